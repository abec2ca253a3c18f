/* Walks a mapping along its table; see table.h. What a single value may look like is value.h's,
 * what values mean together is check.h's. */
#include "config/table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "proto/suggest.h"

enum { LIST_MAX = 400 }; /* bytes of a list of keys in a message */

static void *field_at(void *into, size_t offset)
{
    return (char *)into + offset;
}

const struct sb_key *sb_table_find(const struct sb_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_keys; i++) {
        if (strcmp(table->keys[i].name, name) == 0) {
            return &table->keys[i];
        }
    }
    return NULL;
}

/* The mapping one level further down in which the key would be right, or NULL. */
static const char *find_home(const struct sb_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct sb_key *key = &table->keys[i];
        if (key->inside != NULL && sb_table_find(key->inside, name) != NULL) {
            return key->name;
        }
    }
    return NULL;
}

/* The key of the table that was probably meant, or NULL. */
static const char *guess_key(const struct sb_table *table, const char *name)
{
    struct sb_suggestion near = {.word = name, .n = strlen(name)};
    for (size_t i = 0; i < table->n_keys; i++) {
        sb_suggest_offer(&near, table->keys[i].name);
    }
    return near.best;
}

static void report_unknown(struct sb_table_reader *r, const struct sb_table *table,
                           const struct sb_yaml_node *node)
{
    char quote[SB_REPORT_QUOTE_MAX], list[LIST_MAX] = "";
    size_t n = 0;
    for (size_t i = 0; i < table->n_keys; i++) {
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "",
                              table->keys[i].name);
        assert(n < sizeof list);
    }
    sb_report_add(r->report, node->key_at, "unknown key `%s`",
                  sb_report_quote(quote, node->key, strlen(node->key)));
    const char *guess = guess_key(table, node->key), *home = find_home(table, node->key);
    if (guess != NULL) {
        sb_report_hint(r->report, "allowed here: %s; did you mean `%s`?", list, guess);
    } else if (home != NULL) {
        sb_report_hint(r->report, "allowed here: %s; `%s` belongs in `%s`", list, node->key, home);
    } else {
        sb_report_hint(r->report, "allowed here: %s", list);
    }
}

/* Whether the key is there, or was meant by one that is: a typing mistake is one mistake. */
static bool is_given(const struct sb_table *table, const struct sb_yaml_node *mapping,
                     const char *name)
{
    for (const struct sb_yaml_node *child = mapping->first; child != NULL; child = child->next) {
        const char *guess =
            sb_table_find(table, child->key) == NULL ? guess_key(table, child->key) : child->key;
        if (guess != NULL && strcmp(guess, name) == 0) {
            return true;
        }
    }
    return false;
}

static void report_missing(struct sb_table_reader *r, const struct sb_yaml_node *mapping,
                           const struct sb_key *key)
{
    struct sb_report_place at = mapping->key_at;
    if (mapping->key != NULL) {
        sb_report_add(r->report, at, "`%s` needs a key `%s`", mapping->key, key->name);
    } else {
        at.width = 1;
        sb_report_add(r->report, at, "missing key `%s`", key->name);
    }
    sb_report_hint(r->report, "%s: %s", key->name, key->help);
}

/* Reports a value of the wrong shape. */
static bool has_kind(struct sb_table_reader *r, const struct sb_key *key,
                     const struct sb_yaml_node *node, enum sb_yaml_kind kind)
{
    struct sb_report_place at = node->at;
    if (node->kind == kind || node->kind == SB_YAML_BROKEN) {
        return node->kind == kind;
    }
    if (node->kind == SB_YAML_EMPTY) {
        sb_report_add(r->report, node->key_at, "`%s` has no value", key->name);
        sb_report_hint(r->report, "%s: %s", key->name, key->help);
    } else if (kind == SB_YAML_MAPPING) {
        sb_report_add(r->report, at, "%s`%s` must be a mapping",
                      key->type == SB_KEY_ITEMS ? "an entry of " : "", key->name);
        sb_report_hint(r->report, "one `key: value` per line, indented; or {key: value, ...}");
    } else if (kind == SB_YAML_SEQUENCE) {
        sb_report_add(r->report, at, "`%s` must be a list", key->name);
        sb_report_hint(r->report, "one line per entry that starts with `- `; or [one, two]");
    } else {
        at.width = 1;
        sb_report_add(r->report, at, "`%s` must be a single value", key->name);
        sb_report_hint(r->report, "%s: %s", key->name, key->help);
    }
    return false;
}

/* An array for the children of `node`, zeroed; NULL for none of them. */
static void *new_array(struct sb_table_reader *r, const struct sb_key *key,
                       const struct sb_yaml_node *node, size_t size)
{
    if (node->n_children > key->max) {
        sb_report_add(r->report, node->key_at, "more than %zu entries in `%s`", (size_t)key->max,
                      key->name);
        return NULL;
    }
    if (node->n_children == 0) {
        return NULL;
    }
    void *array = sb_arena_alloc(r->arena, node->n_children * size);
    if (array == NULL) {
        r->nomem = true;
        return NULL;
    }
    return memset(array, 0, node->n_children * size);
}

static void store_array(const struct sb_key *key, const void *array, size_t n, void *into)
{
    memcpy(field_at(into, key->offset), &array, sizeof array);
    memcpy(field_at(into, key->count_offset), &n, sizeof n);
}

/* Entries that are no mappings are left out: they are reported and the file is refused anyway. */
static void read_items(struct sb_table_reader *r, const struct sb_key *key,
                       const struct sb_yaml_node *node, void *into)
{
    char *array = new_array(r, key, node, key->inside->size);
    size_t n = 0;
    for (const struct sb_yaml_node *c = node->first; array != NULL && c != NULL; c = c->next) {
        if (has_kind(r, key, c, SB_YAML_MAPPING)) {
            sb_table_read(r, key->inside, c, array + n++ * key->inside->size);
        }
    }
    store_array(key, array, n, into);
}

static void read_topics(struct sb_table_reader *r, const struct sb_key *key,
                        const struct sb_yaml_node *node, void *into)
{
    const char **array = new_array(r, key, node, sizeof *array);
    size_t n = 0;
    for (const struct sb_yaml_node *c = node->first; array != NULL && c != NULL; c = c->next) {
        if (has_kind(r, key, c, SB_YAML_SCALAR)) {
            sb_value_read(r, key, c, &array[n++]);
        }
    }
    store_array(key, array, n, into);
}

static void read_key(struct sb_table_reader *r, const struct sb_key *key,
                     const struct sb_yaml_node *node, void *into)
{
    bool list = key->type == SB_KEY_ITEMS || key->type == SB_KEY_TOPICS;
    if (list && node->kind == SB_YAML_EMPTY) {
        return; /* `peers:` with every entry commented out */
    }
    if (key->type == SB_KEY_MAPPING && node->kind == SB_YAML_EMPTY) {
        sb_table_read(r, key->inside, node, field_at(into, key->offset)); /* likewise `log:` */
    } else if (list && has_kind(r, key, node, SB_YAML_SEQUENCE)) {
        (key->type == SB_KEY_ITEMS ? read_items : read_topics)(r, key, node, into);
    } else if (key->type == SB_KEY_MAPPING && has_kind(r, key, node, SB_YAML_MAPPING)) {
        sb_table_read(r, key->inside, node, field_at(into, key->offset));
    } else if (!list && key->type != SB_KEY_MAPPING && has_kind(r, key, node, SB_YAML_SCALAR)) {
        sb_value_read(r, key, node, field_at(into, key->offset));
    }
}

/* Defaults are read as if the administrator had written them in `where`, so that a table cannot
 * hold one that its own key would refuse. */
static void fill_defaults(struct sb_table_reader *r, const struct sb_table *table,
                          const struct sb_yaml_node *where, void *into)
{
    memcpy(field_at(into, table->node_offset), &where, sizeof where);
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct sb_key *key = &table->keys[i];
        void *field = field_at(into, key->offset);
        if (key->type == SB_KEY_MAPPING) {
            fill_defaults(r, key->inside, where, field);
        } else if (key->fallback != NULL) {
            struct sb_yaml_node node = {.kind = SB_YAML_SCALAR,
                                        .at = where->at,
                                        .key_at = where->key_at,
                                        .text = key->fallback,
                                        .n = strlen(key->fallback)};
            sb_value_read(r, key, &node, field);
        }
    }
}

void sb_table_read(struct sb_table_reader *r, const struct sb_table *table,
                   const struct sb_yaml_node *mapping, void *into)
{
    fill_defaults(r, table, mapping, into);
    for (const struct sb_yaml_node *child = mapping->first; child != NULL; child = child->next) {
        const struct sb_key *key = sb_table_find(table, child->key);
        if (key == NULL) {
            report_unknown(r, table, child);
        } else {
            read_key(r, key, child, into);
        }
    }
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct sb_key *key = &table->keys[i];
        if (key->required && !is_given(table, mapping, key->name)) {
            report_missing(r, mapping, key);
        }
    }
}
