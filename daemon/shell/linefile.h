/* A file of whole lines that only grows: what stands in it after a crash ends with a line's end,
 * and an append that did not fit leaves nothing behind. It knows nothing of what the lines say. */
#ifndef SB_SHELL_LINEFILE_H
#define SB_SHELL_LINEFILE_H

#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

enum { SB_LINEFILE_LINE_MAX = 16 * 1024 }; /* bytes of a line that sb_linefile_open finds */

struct sb_linefile {
    const char *path; /* borrowed */
    int fd;           /* -1: closed */
    uint64_t size;    /* bytes of whole lines */
};

void sb_linefile_init(struct sb_linefile *file, const char *path);

/* Opens or makes (0640) the file and copies its last whole line, without its end and with a NUL,
 * into `last`: "" when there is none. What stands behind it, if it begins like `opening`, is what a
 * crash left of a line, and is cut. Errors: SB_E_IO, SB_E_INPUT (not such a file). */
enum sb_rc sb_linefile_open(struct sb_linefile *file, const char *opening,
                            char last[static SB_LINEFILE_LINE_MAX], struct sb_err *err);
void sb_linefile_close(struct sb_linefile *file);

/* Appends whole lines, all or nothing. Errors: SB_E_IO, SB_E_FULL. */
enum sb_rc sb_linefile_append(struct sb_linefile *file, struct sb_bytes lines, struct sb_err *err);

#endif
