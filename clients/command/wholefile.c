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

enum sb_rc sb_wholefile_read(struct sb_bytes *out, const char *path, size_t max,
                             struct sb_arena *arena, struct sb_err *err)
{
    struct stat st;
    FILE *from = fopen(path, "rbe");
    if (from == NULL || fstat(fileno(from), &st) != 0) {
        enum sb_rc rc = sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
        if (from != NULL) {
            (void)fclose(from);
        }
        return rc;
    }
    bool fits = S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max;
    size_t n = fits ? (size_t)st.st_size : 0;
    uint8_t *bytes = sb_arena_alloc(arena, n + 1);
    bool good = bytes != NULL && fread(bytes, 1, n, from) == n;
    (void)fclose(from);
    if (!fits || !good) {
        return fits && bytes == NULL
                   ? sb_err_set(err, SB_E_NOMEM, "%s: no memory to read it", path)
                   : sb_err_set(err, SB_E_INPUT, "%s: %s", path,
                                fits ? "cannot be read" : "not a file of at most 256 MiB");
    }
    *out = (struct sb_bytes){bytes, n};
    return SB_OK;
}
