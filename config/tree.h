/* A YAML text as a tree, in the small part of YAML that a configuration needs: one document of
 * mappings, sequences and one-line scalars, without anchors, aliases and tags. Every node knows
 * where it stands. What the keys mean is table.h's. */
#ifndef SB_CONFIG_TREE_H
#define SB_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/report.h"
#include "proto/arena.h"
#include "proto/rc.h"

enum {
    SB_YAML_DEPTH_MAX = 8,         /* mappings and sequences inside each other */
    SB_YAML_NODES_MAX = 16 * 1024, /* nodes of one file; bounds the search for duplicate keys */
};

enum sb_yaml_kind {
    SB_YAML_EMPTY,  /* `key:` and nothing behind it */
    SB_YAML_SCALAR, /* visible characters only */
    SB_YAML_SEQUENCE,
    SB_YAML_MAPPING,
    SB_YAML_BROKEN, /* not usable, and already reported */
};

struct sb_yaml_node {
    enum sb_yaml_kind kind;
    struct sb_report_place at;
    struct sb_report_place key_at; /* within a mapping; of the root: the file; else as `at` */
    const char *key;               /* within a mapping, else NULL */
    const char *text;              /* of a scalar, n bytes and a NUL */
    size_t n;
    struct sb_yaml_node *first, *last, *next;
    size_t n_children;
};

/* Builds the tree in `arena`. *out is NULL when there is none to look at; mistakes that leave a
 * tree are reported and do not hide it. `file` must live as long as the tree. Errors: SB_E_CONFIG
 * (no tree; reported), SB_E_NOMEM. */
enum sb_rc sb_tree_parse(struct sb_yaml_node **out, struct sb_arena *arena, const char *file,
                         const char *text, size_t n, struct sb_report *report);

/* The value of `key`, or NULL. */
const struct sb_yaml_node *sb_tree_find(const struct sb_yaml_node *mapping, const char *key);

#endif
