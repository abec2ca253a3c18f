/* Text that came from elsewhere: is it fit to be kept, and how is it shown so that a terminal or a
 * log line cannot be taken over by it. Pure. */
#ifndef SB_PROTO_TEXT_H
#define SB_PROTO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/bytes.h"

/* One code point from n bytes into *code_point: returns its length in bytes (1..4), or 0 when they
 * do not begin with one (n == 0, overlong forms, surrogates). NUL is a code point here. */
size_t sb_utf8_next(uint32_t *code_point, const uint8_t *p, size_t n);

/* C0, DEL or C1. */
bool sb_text_is_control(uint32_t code_point);
/* A control, a bidirectional control, a line or paragraph separator, or what has no shape of its
 * own (PROTOCOL §16.3): what is never printed. It may stand in an event nevertheless. */
bool sb_text_is_hostile(uint32_t code_point);

/* Valid UTF-8 without NUL, surrogates or overlong forms. */
bool sb_utf8_valid(struct sb_bytes text);

/* May it stand in an event: valid UTF-8; no control character (C0, DEL, C1) other than line feed
 * and tab, and those only where `multiline`. */
bool sb_text_acceptable(struct sb_bytes text, bool multiline);

/* For people: what is hostile and bytes that are no UTF-8 as \xNN or \u{NNNN}; never a line feed.
 * Always NUL-terminated; cut at a character's edge. */
size_t sb_text_escape(char *out, size_t cap, struct sb_bytes text);

#endif
