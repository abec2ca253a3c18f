/* Text that came from elsewhere: is it fit to be kept, and how is it shown so that a terminal or a
 * log line cannot be taken over by it. Pure. */
#ifndef SB_PROTO_TEXT_H
#define SB_PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/bytes.h"

/* Valid UTF-8 without NUL, surrogates or overlong forms. */
bool sb_utf8_valid(struct sb_bytes text);

/* May it stand in an event: valid UTF-8; no control character (C0, DEL, C1) other than line feed
 * and tab, and those only where `multiline`. */
bool sb_text_acceptable(struct sb_bytes text, bool multiline);

/* For people: control characters, C1, bidi controls, line and paragraph separators, invalid bytes
 * as \xNN or \u{NNNN}; never a line feed. Always NUL-terminated; cut at a character's edge. */
size_t sb_text_escape(char *out, size_t cap, struct sb_bytes text);

#endif
