/* Files that a command writes whole; see wholefile.h. */
#include "clients/command/wholefile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum sb_rc sb_wholefile_write(const char *path, struct sb_bytes bytes, struct sb_err *err)
{
    FILE *to = path == NULL ? stdout : fopen(path, "wb");
    bool good = to != NULL && fwrite(bytes.p, 1, bytes.n, to) == bytes.n && fflush(to) == 0;
    if (path != NULL && to != NULL) {
        good = good && fsync(fileno(to)) == 0;
        good = fclose(to) == 0 && good;
    }
    return good ? SB_OK
                : sb_err_set(err, SB_E_IO, "write %s: %s", path == NULL ? "the file" : path,
                             strerror(errno));
}

static enum sb_rc read_stream(struct sb_bytes *out, FILE *from, const char *path, size_t room,
                              size_t max, struct sb_arena *arena, struct sb_err *err)
{
    uint8_t *bytes = sb_arena_alloc(arena, room);
    if (bytes == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "%s: no memory to read it", path);
    }
    *out = (struct sb_bytes){bytes, fread(bytes, 1, room, from)};
    if (ferror(from) != 0) {
        return sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
    }
    return out->n <= max ? SB_OK
                         : sb_err_set(err, SB_E_INPUT, "%s: larger than %zu MiB", path, max >> 20);
}

enum sb_rc sb_wholefile_read(struct sb_bytes *out, const char *path, size_t max,
                             struct sb_arena *arena, struct sb_err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0) {
        return read_stream(out, stdin, path, max + 1, max, arena, err);
    }
    FILE *from = fopen(path, "rbe");
    if (from == NULL || fstat(fileno(from), &st) != 0) {
        enum sb_rc rc = sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
        if (from != NULL) {
            (void)fclose(from);
        }
        return rc;
    }
    bool plain = S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max;
    size_t room = plain ? (size_t)st.st_size + 1 : max + 1;
    enum sb_rc rc = read_stream(out, from, path, room, max, arena, err);
    (void)fclose(from);
    return rc;
}
