/* Create, write, sync, sync the folder; see newfile.h. */
#include "config/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t wrote = write(fd, bytes + at, n - at);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* A new name is durable only when its folder is. */
static bool sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
    if (n >= (int)sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : n, slash == NULL ? "." : path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool done = fsync(fd) == 0;
    close(fd);
    return done;
}

static bool fill(int fd, mode_t mode, const void *bytes, size_t n)
{
    /* The umask may have taken bits away; a public file must be readable by others. */
    return fchmod(fd, mode) == 0 && write_all(fd, bytes, n) && fsync(fd) == 0;
}

enum sb_rc sb_newfile_write(const char *path, mode_t mode, const void *bytes, size_t n,
                            struct sb_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        enum sb_rc rc = errno == EEXIST ? SB_E_BUSY : SB_E_IO;
        return sb_err_set(err, rc, "create %s: %s", path, strerror(errno));
    }
    bool done = fill(fd, mode, bytes, n);
    int saved = errno;
    if (close(fd) != 0 && done) {
        done = false;
        saved = errno;
    }
    if (done && !sync_folder(path)) {
        done = false;
        saved = errno;
    }
    if (!done) {
        unlink(path);
        return sb_err_set(err, SB_E_IO, "write %s: %s", path, strerror(saved));
    }
    return SB_OK;
}

enum sb_rc sb_newfile_rename(const char *from, const char *to, struct sb_err *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
        enum sb_rc rc = errno == EEXIST ? SB_E_BUSY : SB_E_IO;
        return sb_err_set(err, rc, "rename %s to %s: %s", from, to, strerror(errno));
    }
    return sync_folder(to)
               ? SB_OK
               : sb_err_set(err, SB_E_IO, "rename %s to %s: %s", from, to, strerror(errno));
}
