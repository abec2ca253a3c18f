/* Z85 (ZeroMQ RFC 32): the text form of CURVE keys in configuration and certificates. */
#ifndef SB_PROTO_Z85_H
#define SB_PROTO_Z85_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_Z85_KEY_CHARS = 40 }; /* characters of a 32-byte key, without the NUL */

/* n is a multiple of 4; `out` has n / 4 * 5 + 1 bytes. */
void sb_z85_encode(char *out, const uint8_t *p, size_t n);
/* Exactly n bytes, a multiple of 4, from n / 4 * 5 characters. Strict: false for a character that
 * is not of the alphabet and for a group above 2^32 - 1. */
bool sb_z85_decode(uint8_t *out, size_t n, const char *text, size_t text_len);

#endif
