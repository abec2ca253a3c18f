/* Borrowed bytes, big-endian writing and reading with bounds, and the text forms of bytes. */
#ifndef SB_PROTO_BYTES_H
#define SB_PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view of bytes that somebody else owns. */
struct sb_bytes {
    const uint8_t *p;
    size_t n;
};

/* A bounded buffer of the caller's. Once a write does not fit, `failed` stays set and further
 * writes do nothing: callers write in prose and ask once. */
struct sb_writer {
    uint8_t *p;
    size_t cap, n;
    bool failed;
};

void sb_writer_init(struct sb_writer *w, uint8_t *p, size_t cap);
void sb_put_u8(struct sb_writer *w, uint8_t v);
void sb_put_u16(struct sb_writer *w, uint16_t v);
void sb_put_u32(struct sb_writer *w, uint32_t v);
void sb_put_u64(struct sb_writer *w, uint64_t v);
void sb_put_bytes(struct sb_writer *w, const void *p, size_t n);

/* The same for reading: after the first short read everything reads as zero and `failed` is set. */
struct sb_reader {
    const uint8_t *p;
    size_t n, at;
    bool failed;
};

void sb_reader_init(struct sb_reader *r, const void *p, size_t n);
uint8_t sb_get_u8(struct sb_reader *r);
uint16_t sb_get_u16(struct sb_reader *r);
uint32_t sb_get_u32(struct sb_reader *r);
uint64_t sb_get_u64(struct sb_reader *r);
/* Borrowed from the reader's bytes; NULL when short. */
const uint8_t *sb_get_bytes(struct sb_reader *r, size_t n);
void sb_get_copy(struct sb_reader *r, void *to, size_t n);
/* True when nothing failed and nothing is left over. */
bool sb_reader_done(const struct sb_reader *r);

/* Lower-case hexadecimal; `out` has 2 n + 1 bytes. */
void sb_hex_encode(char *out, const uint8_t *p, size_t n);
/* Exactly n bytes from 2 n digits, either case. */
bool sb_hex_decode(uint8_t *out, size_t n, const char *text, size_t text_len);
/* Standard base64 with padding; `out` has 4 * ((n + 2) / 3) + 1 bytes. */
void sb_base64_encode(char *out, const uint8_t *p, size_t n);
/* Strict: no white space, right padding, no stray bits. Returns false, or the length in *out_n;
 * `out` has at least 3 * (text_len / 4) bytes. */
bool sb_base64_decode(uint8_t *out, size_t *out_n, const char *text, size_t text_len);

#endif
