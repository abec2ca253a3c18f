/* One declarative table per file says all there is to know of each key: where it goes, its type,
 * range, default and help. Parsing, defaults, checks, messages and manual pages come from it. */
#ifndef SB_CONFIG_TABLE_H
#define SB_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/report.h"
#include "config/tree.h"
#include "proto/arena.h"

/* The C type that each is stored as stands behind it. */
enum sb_key_type {
    SB_KEY_NAME,     /* const char *; min..max bytes */
    SB_KEY_ORG,      /* const char *; an organisation id */
    SB_KEY_PATH,     /* const char *; made relative to the file that it stands in */
    SB_KEY_BIND,     /* const char *; an endpoint to listen on */
    SB_KEY_CONNECT,  /* const char *; an endpoint to connect to */
    SB_KEY_SIZE,     /* uint64_t; bytes, min..max */
    SB_KEY_DURATION, /* int64_t; milliseconds, min..max */
    SB_KEY_RATE,     /* uint64_t; per hour, min..max */
    SB_KEY_DATE,     /* const char *; YYYY-MM-DD */
    SB_KEY_CHOICE,   /* an enum; one of `choices`, in the order of its values */
    SB_KEY_BOOL,     /* bool */
    SB_KEY_SIGN,     /* uint8_t[32]; base64 */
    SB_KEY_CURVE,    /* uint8_t[32]; Z85 */
    SB_KEY_TOPICS,   /* const char **, with a count; at most max prefixes */
    SB_KEY_MAPPING,  /* a struct in place; keys in `inside` */
    SB_KEY_ITEMS,    /* an array of structs, with a count; at most max; keys in `inside` */
};

struct sb_table;

struct sb_key {
    const char *name;
    enum sb_key_type type;
    bool required;                 /* of a mapping's key: when that mapping is there */
    uint64_t min, max;             /* in the unit of the type */
    const char *const *choices;    /* NULL-terminated */
    const char *fallback;          /* the default, as one would write it; NULL: none */
    const char *otherwise;         /* what happens without it, where that is no constant */
    const struct sb_table *inside; /* of a mapping, or of each item */
    size_t offset, count_offset;   /* in the struct */
    bool live;                     /* a running daemon takes over another value of it */
    const char *fixed;             /* why not, where it does not; NULL: it is read at the start */
    const char *item;              /* of items: what one is called */
    bool identity;                 /* of an item's key: two with the same are one and the same */
    const char *help;              /* one sentence without a full stop */
};

struct sb_table {
    const struct sb_key *keys;
    size_t n_keys;
    size_t size;        /* of the struct */
    size_t node_offset; /* of its `const struct sb_yaml_node *` */
};

/* What reading needs besides the tree; `nomem` is set once and stays. */
struct sb_table_reader {
    struct sb_arena *arena;
    struct sb_report *report;
    bool nomem;
};

/* Fills the zeroed struct `into` from `mapping`, which must outlive it; every mistake goes into the
 * report and leaves its field at its default. */
void sb_table_read(struct sb_table_reader *r, const struct sb_table *table,
                   const struct sb_yaml_node *mapping, void *into);

/* The key of that name, or NULL. */
const struct sb_key *sb_table_find(const struct sb_table *table, const char *name);

#endif
