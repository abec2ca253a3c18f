/* Where a reader is: the offset at one daemon, and what it has of every epoch, which means the same
 * at every daemon. Kept as lines of text. Private to clients/lib. */
#ifndef SB_CLIENTS_LIB_CURSOR_H
#define SB_CLIENTS_LIB_CURSOR_H

#include "proto/client_message.h"
#include "proto/err.h"

enum { SB_CURSOR_STORE_MAX = 64 };

struct sb_cursor {
    char store[SB_CURSOR_STORE_MAX]; /* whose offset it is; "": nobody's yet */
    struct sb_offset offset;         /* everything before it has been given; 0: nothing */
    struct sb_tip *tips;             /* by origin and epoch */
    size_t n_tips, cap;
};

void sb_cursor_fini(struct sb_cursor *cursor);

/* Marks one event as given. Beyond SB_CURSOR_TIPS_MAX epochs the oldest one is forgotten: it would
 * be repeated, not left out. Errors: SB_E_NOMEM. */
enum sb_rc sb_cursor_pass(struct sb_cursor *cursor, const struct sb_item *item);

/* The same of a tip that is known already. */
enum sb_rc sb_cursor_take(struct sb_cursor *cursor, const struct sb_tip *tip);

/* Was this event, or one above it in its epoch, given? */
bool sb_cursor_has(const struct sb_cursor *cursor, const struct sb_link *link);

/* The text, malloc'ed; NULL without memory. */
char *sb_cursor_print(const struct sb_cursor *cursor);
/* `out` is fresh. Errors: SB_E_INPUT with the line, SB_E_NOMEM. */
enum sb_rc sb_cursor_parse(struct sb_cursor *out, const char *text, struct sb_err *err);

#endif
