/* The last word of a stream: the REFUSAL under a SUBSCRIBE, when it is not taken or when its stream
 * ends. A client cannot tell a stream that has ended from one in which nothing happens, so it asks
 * for none of these again: what a full queue did not take is said again until it has left, or the
 * session is gone. Included by daemon/shell/ only. */
#ifndef SB_SHELL_LAST_WORD_H
#define SB_SHELL_LAST_WORD_H

#include <stddef.h>
#include <stdint.h>

#include "proto/code.h"

struct sb_node;
struct sb_last_word;

enum {
    SB_LAST_WORDS_MAX = 4096,          /* that wait to leave, */
    SB_LAST_WORDS_OF_SESSION_MAX = 64, /* of one session; those beyond are said once */
};

struct sb_last_words {
    struct sb_last_word *first; /* ours */
};

void sb_last_word_say(struct sb_node *node, uint32_t session, uint32_t request, enum sb_code code,
                      const char *text);
/* First thing in a turn: what has left is forgotten, and what has not is said again when that is
 * due. */
void sb_last_words_step(struct sb_node *node);
/* The frame at that place of the outbox could not be sent. */
void sb_last_words_unsent(struct sb_node *node, size_t outgoing);
void sb_last_words_forget(struct sb_node *node, uint32_t session);
/* When the next is due, on the monotonic clock; INT64_MAX: none. */
int64_t sb_last_words_deadline(const struct sb_node *node);
void sb_last_words_fini(struct sb_node *node);

#endif
