/* Files of whole lines; see linefile.h. Nothing is synced: its owner can write every line again. */
#include "daemon/shell/linefile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void sb_linefile_init(struct sb_linefile *file, const char *path)
{
    *file = (struct sb_linefile){.path = path, .fd = -1};
}

void sb_linefile_close(struct sb_linefile *file)
{
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
}

static enum sb_rc fail(const struct sb_linefile *file, const char *what, struct sb_err *err)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return sb_err_set(err, full ? SB_E_FULL : SB_E_IO, "%s: %s: %s", file->path, what,
                      strerror(errno));
}

/* The end of the file, as far as a line may reach back and a torn one behind it. */
struct tail {
    char p[2 * SB_LINEFILE_LINE_MAX];
    size_t n;
};

static bool read_tail(int fd, uint64_t size, struct tail *tail)
{
    tail->n = size < sizeof tail->p ? (size_t)size : sizeof tail->p;
    return pread(fd, tail->p, tail->n, (off_t)(size - tail->n)) == (ssize_t)tail->n;
}

static bool begins_like(const char *p, size_t n, const char *opening)
{
    size_t m = strlen(opening);
    return n == 0 || memcmp(p, opening, n < m ? n : m) == 0;
}

/* Copies the line that ends before `end`; false when it is too long or not ours. */
static bool copy_line(const struct tail *tail, size_t end, const char *opening,
                      char last[static SB_LINEFILE_LINE_MAX])
{
    const char *before = end == 0 ? NULL : memrchr(tail->p, '\n', end - 1);
    size_t start = before == NULL ? 0 : (size_t)(before - tail->p) + 1;
    size_t n = end == 0 ? 0 : end - 1 - start;
    if (n >= SB_LINEFILE_LINE_MAX || !begins_like(tail->p + start, n, opening)) {
        return false;
    }
    memcpy(last, tail->p + start, n);
    last[n] = '\0';
    return end == 0 || n > 0;
}

/* Finds the last whole line and cuts what stands behind it. */
static enum sb_rc mend(struct sb_linefile *file, const char *opening,
                       char last[static SB_LINEFILE_LINE_MAX], struct sb_err *err)
{
    struct stat st;
    struct tail tail;
    if (fstat(file->fd, &st) != 0 || !read_tail(file->fd, (uint64_t)st.st_size, &tail)) {
        return fail(file, "read", err);
    }
    const char *feed = memrchr(tail.p, '\n', tail.n);
    size_t end = feed == NULL ? 0 : (size_t)(feed - tail.p) + 1, torn = tail.n - end;
    if (!copy_line(&tail, end, opening, last) || torn >= SB_LINEFILE_LINE_MAX ||
        !begins_like(tail.p + end, torn, opening)) {
        return sb_err_set(err, SB_E_INPUT, "%s: not a file of ours: its last line is another's",
                          file->path);
    }
    file->size = (uint64_t)st.st_size - torn;
    if (torn > 0 && ftruncate(file->fd, (off_t)file->size) != 0) {
        return fail(file, "cut a torn line", err);
    }
    return SB_OK;
}

enum sb_rc sb_linefile_open(struct sb_linefile *file, const char *opening,
                            char last[static SB_LINEFILE_LINE_MAX], struct sb_err *err)
{
    last[0] = '\0';
    file->fd = open(file->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
    if (file->fd < 0) {
        return fail(file, "open", err);
    }
    enum sb_rc rc = mend(file, opening, last, err);
    if (rc != SB_OK) {
        sb_linefile_close(file);
    }
    return rc;
}

enum sb_rc sb_linefile_append(struct sb_linefile *file, struct sb_bytes lines, struct sb_err *err)
{
    size_t done = 0;
    while (done < lines.n) {
        ssize_t n = write(file->fd, lines.p + done, lines.n - done);
        if (n < 0 && errno != EINTR) {
            enum sb_rc rc = fail(file, "write", err);
            /* Should even this fail, sb_linefile_open cuts it. */
            return ftruncate(file->fd, (off_t)file->size) == 0 ? rc : sb_err_wrap(err, "torn");
        }
        done += n < 0 ? 0 : (size_t)n;
    }
    file->size += lines.n;
    return SB_OK;
}
