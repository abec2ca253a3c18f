/* Checks one field's value and puts it into its struct; the inside of wire_decode.c. */
#ifndef SB_PROTO_WIRE_VALUE_H
#define SB_PROTO_WIRE_VALUE_H

#include "proto/arena.h"
#include "proto/code.h"
#include "proto/layout.h"

struct sb_wire_decoder {
    struct sb_arena *arena;
    enum sb_code code; /* the verdict; SB_CODE_OK until something is refused */
    char *why;
    size_t why_cap;
};

/* Records the verdict and "where: what"; returns false, so that a caller can return it. */
bool sb_wire_refuse(struct sb_wire_decoder *d, enum sb_code code, const char *where,
                    const char *what);

/* From the arena; NULL and a verdict when there is no room. */
void *sb_wire_allocate(struct sb_wire_decoder *d, const char *where, size_t n);

/* `to` is the value's place. False, with a verdict, when the value is not lawful. */
bool sb_wire_store_number(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                          uint64_t value);
/* Everything length-delimited but a nested message. */
bool sb_wire_store_bytes(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                         struct sb_bytes bytes);

#endif
