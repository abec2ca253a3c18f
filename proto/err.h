/* An error's sentence, built from the inside out: the layer that failed says what, each layer
 * above adds its subject in front ("append to GM0451: commit 3 events: store is full"). */
#ifndef SB_PROTO_ERR_H
#define SB_PROTO_ERR_H

#include <stddef.h>

#include "proto/rc.h"

enum { SB_ERR_TEXT_MAX = 512 }; /* bytes, with the NUL */

struct sb_err {
    enum sb_rc rc;
    char text[SB_ERR_TEXT_MAX];
};

/* Sets the sentence and returns `rc`, so that a caller can `return sb_err_set(...)`.
 * `err` may be NULL. */
enum sb_rc sb_err_set(struct sb_err *err, enum sb_rc rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "subject: " in front of the sentence and returns err->rc (SB_OK when err is NULL). */
enum sb_rc sb_err_wrap(struct sb_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
