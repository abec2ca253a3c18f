/* How the messages of the wire lie in our structs: one table per message of samenbus.proto, one row
 * per field. The decoder (wire_decode.c) and the encoder (wire_encode.c) follow the tables, so that
 * what is read is what is written, and a test compares every table with the schema. */
#ifndef SB_PROTO_LAYOUT_H
#define SB_PROTO_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sb_field_type {
    /* varints */
    SB_FIELD_U32,
    SB_FIELD_U64, /* also struct sb_seq, struct sb_offset */
    SB_FIELD_I64, /* also struct sb_time */
    SB_FIELD_BOOL,
    SB_FIELD_ENUM,  /* an enum; values above `max` are read as `max`: a newer node may know more */
    SB_FIELD_CONST, /* always `max`; nothing in the struct */
    /* eight bytes */
    SB_FIELD_FIXED64,
    /* length-delimited */
    SB_FIELD_FIXED_BYTES, /* exactly `size` bytes in the struct: hash, UUID, key */
    SB_FIELD_ORG,         /* struct sb_org */
    SB_FIELD_CHECKPOINT,  /* struct sb_checkpoint, SB_CHECKPOINT_BYTES */
    SB_FIELD_SALT,        /* const struct sb_salt *, borrowed; NULL where absent */
    SB_FIELD_BYTES,       /* struct sb_bytes, borrowed */
    SB_FIELD_LINK,        /* struct sb_item: its link, and link_bytes borrowed */
    SB_FIELD_TEXT,        /* const char *, copied to the arena; "" where absent */
    SB_FIELD_CHARS,       /* char array of `size`, NUL included */
    SB_FIELD_MESSAGE,     /* as `layout` says, at the offset */
};

struct sb_layout;

struct sb_field {
    uint32_t number; /* in samenbus.proto */
    enum sb_field_type type;
    const char *name;
    size_t offset; /* of the value; of the pointer to the elements where repeated */
    size_t size;   /* bytes of the value, or of one element */
    bool required; /* absence, which is also zero or empty, is malformed */
    bool repeated;
    size_t count_offset; /* repeated: of the size_t that counts the elements */
    size_t max;          /* repeated: elements; otherwise as the type says */
    size_t max_bytes;    /* of a text */
    const struct sb_layout *layout;
};

struct sb_layout {
    const char *name; /* of the message in samenbus.proto */
    const struct sb_field *fields;
    size_t n;
    /* After reading: what no single field can tell. NULL, or a complaint in words. */
    const char *(*finish)(void *message);
};

/* Rows of a table: field number, type, struct, member; then what else the type needs. */
#define SB_ROW(number_, type_, owner, member, ...)                                                 \
    {                                                                                              \
        .number = (number_), .type = SB_FIELD_##type_, .name = #member,                            \
        .offset = offsetof(struct owner, member), .size = sizeof(((struct owner *)0)->member),     \
        __VA_ARGS__                                                                                \
    }
#define SB_ROWS(number_, type_, owner, member, count, max_, ...)                                   \
    {                                                                                              \
        .number = (number_), .type = SB_FIELD_##type_, .name = #member,                            \
        .offset = offsetof(struct owner, member), .size = sizeof(*((struct owner *)0)->member),    \
        .repeated = true, .count_offset = offsetof(struct owner, count), .max = (max_),            \
        __VA_ARGS__                                                                                \
    }
#define SB_LAYOUT(name_, fields_, ...)                                                             \
    {                                                                                              \
        .name = (name_), .fields = (fields_), .n = sizeof(fields_) / sizeof((fields_)[0]),         \
        __VA_ARGS__                                                                                \
    }

/* Partners (partner_layout.c) */
extern const struct sb_layout sb_layout_hello, sb_layout_frontier, sb_layout_want, sb_layout_events,
    sb_layout_view, sb_layout_summary_request, sb_layout_summary, sb_layout_want_bodies,
    sb_layout_bodies, sb_layout_frontier_request, sb_layout_broadcast, sb_layout_refusal;
/* Clients (client_layout.c) */
extern const struct sb_layout sb_layout_publish, sb_layout_results, sb_layout_subscribe,
    sb_layout_deliver, sb_layout_credit, sb_layout_unsubscribe, sb_layout_fetch, sb_layout_fetched,
    sb_layout_query, sb_layout_evidence, sb_layout_holders, sb_layout_possession, sb_layout_tip,
    sb_layout_consume, sb_layout_consumers, sb_layout_said, sb_layout_happenings;
/* admin_layout.c */
extern const struct sb_layout sb_layout_admin, sb_layout_administered;
/* erasure_layout.c */
extern const struct sb_layout sb_layout_erase, sb_layout_erasures;
/* status_layout.c; of struct sb_status */
extern const struct sb_layout sb_layout_answer;

#endif
