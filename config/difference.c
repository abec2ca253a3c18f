/* Comparing along the tables; see difference.h. A key that says nothing of it is one that a running
 * daemon does not take over, so that a new one is never passed over in silence. */
#include "config/difference.h"

#include <inttypes.h>
#include <string.h>

#include "config/quantity.h"
#include "config/tables.h"
#include "proto/bytes.h"
#include "proto/rekey.h"
#include "proto/z85.h"

enum { VALUE_BYTES = 1024, WHERE_BYTES = 160 };

struct comparison {
    FILE *out;
    struct sb_report *report;
    size_t n;
};

/* A struct of both sides, and what it is called: "log.", "partner GM0451: ". */
struct pair {
    const struct sb_table *table;
    const void *before, *after;
    const char *where;
};

/* ---- values */

static const char *text_at(const void *of, size_t offset)
{
    const char *text;
    memcpy(&text, (const char *)of + offset, sizeof text);
    return text;
}

static size_t count_at(const void *of, size_t offset)
{
    size_t n;
    memcpy(&n, (const char *)of + offset, sizeof n);
    return n;
}

static void show_topics(char out[static VALUE_BYTES], const struct sb_key *key, const void *of)
{
    const char *const *list;
    size_t n = count_at(of, key->count_offset), used = 0;
    memcpy(&list, (const char *)of + key->offset, sizeof(const char *const *));
    (void)snprintf(out, VALUE_BYTES, "%s", key->otherwise == NULL ? "none" : key->otherwise);
    for (size_t i = 0; i < n && used < VALUE_BYTES - 1; i++) {
        int more = snprintf(out + used, VALUE_BYTES - used, "%s%s", i == 0 ? "" : ", ", list[i]);
        used += more < 0 ? 0 : (size_t)more;
    }
}

static void show_choice(char out[static VALUE_BYTES], const struct sb_key *key, const void *at)
{
    unsigned value;
    memcpy(&value, at, sizeof value); /* an enum of ours: its values are those of `choices` */
    (void)snprintf(out, VALUE_BYTES, "%s", key->choices[value]);
}

/* All zero is none, where a key need not be there. */
static void show_curve_key(char out[static VALUE_BYTES], const struct sb_key *key,
                           const uint8_t at[static SB_CONFIG_KEY_BYTES])
{
    static const uint8_t none[SB_CONFIG_KEY_BYTES];
    if (!key->required && memcmp(at, none, sizeof none) == 0) {
        (void)snprintf(out, VALUE_BYTES, "%s", key->otherwise);
        return;
    }
    sb_z85_encode(out, at, SB_CONFIG_KEY_BYTES);
}

/* As one would write it. */
static void show(char out[static VALUE_BYTES], const struct sb_key *key, const void *of)
{
    const char *at = (const char *)of + key->offset;
    char quantity[SB_QUANTITY_TEXT_MAX] = "";
    uint64_t number = 0;
    switch (key->type) {
    case SB_KEY_NAME:
    case SB_KEY_ORG:
    case SB_KEY_PATH:
    case SB_KEY_DATE:
    case SB_KEY_BIND:
    case SB_KEY_CONNECT: {
        const char *text = text_at(of, key->offset);
        (void)snprintf(out, VALUE_BYTES, "%s", text == NULL ? "none" : text);
        break;
    }
    case SB_KEY_SIZE:
    case SB_KEY_DURATION:
    case SB_KEY_RATE:
        memcpy(&number, at, sizeof number);
        if (number == 0 && key->otherwise != NULL) {
            (void)snprintf(out, VALUE_BYTES, "%s", key->otherwise);
            break;
        }
        sb_quantity_format(quantity, number,
                           key->type == SB_KEY_SIZE   ? sb_units_size
                           : key->type == SB_KEY_RATE ? sb_units_rate
                                                      : sb_units_duration);
        (void)snprintf(out, VALUE_BYTES, "%s", quantity);
        break;
    case SB_KEY_CHOICE: show_choice(out, key, at); break;
    case SB_KEY_BOOL: (void)snprintf(out, VALUE_BYTES, "%s", *at != 0 ? "true" : "false"); break;
    case SB_KEY_SIGN: sb_base64_encode(out, (const uint8_t *)at, SB_CONFIG_KEY_BYTES); break;
    case SB_KEY_CURVE: show_curve_key(out, key, (const uint8_t *)at); break;
    case SB_KEY_TOPICS: show_topics(out, key, of); break;
    case SB_KEY_MAPPING:
    case SB_KEY_ITEMS: out[0] = '\0'; break; /* they have no value of their own */
    }
}

static void print(struct comparison *c, char sign, const char *where, const char *what)
{
    fprintf(c->out, "%c %s%s\n", sign, where, what);
    c->n++;
}

static const struct sb_yaml_node *node_of(const struct sb_table *table, const void *of)
{
    const struct sb_yaml_node *node;
    memcpy(&node, (const char *)of + table->node_offset, sizeof(const struct sb_yaml_node *));
    return node;
}

static void refuse(struct comparison *c, const struct pair *p, const struct sb_key *key,
                   const char *before)
{
    char quote[SB_REPORT_QUOTE_MAX];
    const struct sb_yaml_node *node = node_of(p->table, p->after);
    struct sb_report_place at = node == NULL ? (struct sb_report_place){.file = p->where}
                                             : sb_config_place(node, key->name);
    sb_report_add(c->report, at, "%s`%s` cannot change while the daemon runs: %s", p->where,
                  key->name, key->fixed == NULL ? "it is read at the start" : key->fixed);
    sb_report_hint(c->report, "it was `%s`: restart the daemon, or put that back",
                   sb_report_quote(quote, before, strlen(before)));
}

static void compare_value(struct comparison *c, const struct pair *p, const struct sb_key *key)
{
    char before[VALUE_BYTES], after[VALUE_BYTES], line[2 * VALUE_BYTES + WHERE_BYTES];
    show(before, key, p->before);
    show(after, key, p->after);
    if (strcmp(before, after) == 0) {
        return;
    }
    (void)snprintf(line, sizeof line, "%s: %s -> %s", key->name, before, after);
    print(c, '~', p->where, line);
    if (!key->live) {
        refuse(c, p, key, before);
    }
}

/* ---- lists */

static const struct sb_key *identity_of(const struct sb_table *table)
{
    for (size_t i = 0; i < table->n_keys; i++) {
        if (table->keys[i].identity) {
            return &table->keys[i];
        }
    }
    return NULL;
}

struct list {
    const char *items;
    size_t n;
};

static struct list list_of(const struct sb_key *key, const void *of)
{
    struct list l = {.n = count_at(of, key->count_offset)};
    memcpy(&l.items, (const char *)of + key->offset, sizeof l.items);
    return l;
}

static const void *item_at(const struct list *l, const struct sb_table *table, size_t i)
{
    return l->items + i * table->size;
}

static const void *find_item(const struct list *l, const struct sb_table *table,
                             const struct sb_key *identity, const void *wanted)
{
    char one[VALUE_BYTES], other[VALUE_BYTES];
    show(one, identity, wanted);
    for (size_t i = 0; i < l->n; i++) {
        show(other, identity, item_at(l, table, i));
        if (strcmp(one, other) == 0) {
            return item_at(l, table, i);
        }
    }
    return NULL;
}

/* "partner GM0451": what the item is called by its first key. */
static void name_item(char out[static WHERE_BYTES], const struct sb_key *list, const void *item,
                      const char *behind)
{
    char name[VALUE_BYTES];
    show(name, &list->inside->keys[0], item);
    (void)snprintf(out, WHERE_BYTES, "%s %.120s%s", list->item, name, behind);
}

static void compare_table(struct comparison *c, const struct pair *p);

static void compare_items(struct comparison *c, const struct pair *p, const struct sb_key *key)
{
    const struct sb_table *table = key->inside;
    const struct sb_key *identity = identity_of(table);
    struct list before = list_of(key, p->before), after = list_of(key, p->after);
    char where[WHERE_BYTES];
    for (size_t i = 0; i < before.n; i++) {
        const void *old = item_at(&before, table, i);
        if (find_item(&after, table, identity, old) == NULL) {
            name_item(where, key, old, "");
            print(c, '-', where, "");
        }
    }
    for (size_t i = 0; i < after.n; i++) {
        const void *now = item_at(&after, table, i), *old;
        old = find_item(&before, table, identity, now);
        name_item(where, key, now, old == NULL ? "" : ": ");
        if (old == NULL) {
            print(c, '+', where, "");
        } else {
            compare_table(c, &(struct pair){table, old, now, where});
        }
    }
}

static void compare_table(struct comparison *c, const struct pair *p)
{
    for (size_t i = 0; i < p->table->n_keys; i++) {
        const struct sb_key *key = &p->table->keys[i];
        char where[WHERE_BYTES];
        if (key->type == SB_KEY_MAPPING) {
            (void)snprintf(where, sizeof where, "%s%s.", p->where, key->name);
            compare_table(c, &(struct pair){key->inside, (const char *)p->before + key->offset,
                                            (const char *)p->after + key->offset, where});
        } else if (key->type == SB_KEY_ITEMS) {
            compare_items(c, p, key);
        } else {
            compare_value(c, p, key);
        }
    }
}

/* ---- announcements of replaced keys */

static bool same_rekeys(const struct sb_config *a, const struct sb_config *b)
{
    bool same = a->n_rekeys == b->n_rekeys;
    for (size_t i = 0; i < a->n_rekeys && same; i++) {
        bool found = false;
        for (size_t k = 0; k < b->n_rekeys && !found; k++) {
            found = sb_org_eq(&a->rekeys[i].organisation, &b->rekeys[k].organisation) &&
                    memcmp(&a->rekeys[i].old_key, &b->rekeys[k].old_key,
                           sizeof a->rekeys[i].old_key) == 0 &&
                    memcmp(&a->rekeys[i].sign_key, &b->rekeys[k].sign_key,
                           sizeof a->rekeys[i].sign_key) == 0;
        }
        same = found;
    }
    return same;
}

size_t sb_config_compare(const struct sb_config *before, const struct sb_config *after, FILE *out,
                         struct sb_report *report)
{
    struct comparison c = {.out = out, .report = report};
    compare_table(&c, &(struct pair){&sb_table_daemon, before, after, ""});
    if (!same_rekeys(before, after)) {
        print(&c, '~', "rekeys/", ": other announcements of new keys");
        sb_report_add(report, (struct sb_report_place){.file = after->file},
                      "rekeys/ cannot change while the daemon runs: histories were judged by it");
        sb_report_hint(report, "restart the daemon");
    }
    return c.n;
}
