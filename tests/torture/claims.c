/* Promises; see claims.h. */
#include "tests/torture/claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/arena.h"
#include "proto/sha256.h"
#include "proto/wire.h"

static bool number_of(const struct sb_store *store, const struct sb_org *org, uint16_t *out)
{
    for (size_t i = 0; i < sb_store_origins(store); i++) {
        if (sb_org_eq(sb_store_origin(store, (uint16_t)i), org)) {
            *out = (uint16_t)i;
            return true;
        }
    }
    return false;
}

static bool find(struct sb_store *store, const struct claim *c, struct sb_record *out)
{
    struct sb_err err = {0};
    struct sb_place place = {.epoch = c->epoch, .seq = c->seq};
    return number_of(store, &c->origin, &place.origin) &&
           sb_store_at(store, &place, out, &err) == SB_OK;
}

static struct sb_hash content_of(const struct sb_record *record)
{
    struct sb_hash hash = {{0}};
    if (record->state == SB_BODY_PRESENT) {
        hash = sb_sha256(&record->item.body, 1);
    }
    return hash;
}

/* A place once promised stays so: later promises of it add nothing. */
static bool is_known(const struct claims *claims, const struct claim *c)
{
    for (size_t i = 0; i < claims->n; i++) {
        const struct claim *other = &claims->items[i];
        if (other->seq.n == c->seq.n && sb_epoch_eq(other->epoch, c->epoch) &&
            sb_org_eq(&other->origin, &c->origin)) {
            return true;
        }
    }
    return false;
}

static void add(struct claims *claims, struct claim c, bool with_body, struct sb_store *store)
{
    struct sb_record record;
    if (is_known(claims, &c)) {
        return;
    }
    if (!find(store, &c, &record)) {
        printf("violation: op %zu promises %s seq %llu, which no store has\n", c.op, c.origin.s,
               (unsigned long long)c.seq.n);
        exit(1);
    }
    c.id = record.item.link.id;
    c.content = with_body ? content_of(&record) : (struct sb_hash){{0}};
    if (claims->n == claims->cap) {
        claims->cap = claims->cap == 0 ? 256 : 2 * claims->cap;
        claims->items = realloc(claims->items, claims->cap * sizeof *claims->items);
        if (claims->items == NULL) {
            abort();
        }
    }
    claims->items[claims->n++] = c;
}

/* ---- what frames promise */

struct epoch_search {
    struct sb_epoch found;
    uint16_t origin;
    const char *text;
};

static bool look_at_chain(void *context, const struct sb_chain_row *row)
{
    struct epoch_search *s = context;
    char text[SB_EPOCH_TEXT_MAX];
    sb_epoch_format(text, row->epoch, 16);
    if (row->origin == s->origin && strncmp(text, s->text, strlen(s->text)) == 0) {
        s->found = row->epoch;
    }
    return true;
}

static void add_results(struct claims *claims, size_t op, const struct sb_results *r,
                        struct sb_store *store)
{
    struct sb_err err = {0};
    for (size_t i = 0; i < r->n_items; i++) {
        struct epoch_search s = {.text = r->items[i].epoch};
        if (r->items[i].code != SB_CODE_OK) {
            continue;
        }
        if (number_of(store, &r->origin, &s.origin)) {
            (void)sb_store_chains(store, look_at_chain, &s, &err);
        }
        add(claims,
            (struct claim){.op = op, .origin = r->origin, .epoch = s.found, .seq = r->items[i].seq},
            true, store);
        claims->acknowledged++;
    }
}

static void add_heads(struct claims *claims, size_t op, const struct sb_frontier *f,
                      struct sb_store *store)
{
    for (size_t i = 0; i < f->n_origins; i++) {
        for (size_t j = 0; j < f->origins[i].n_heads; j++) {
            const struct sb_head *head = &f->origins[i].heads[j];
            for (struct sb_seq seq = head->checkpoint.seq; seq.n > 0; seq.n--) {
                add(claims,
                    (struct claim){
                        .op = op, .origin = f->origins[i].origin, .epoch = head->epoch, .seq = seq},
                    seq.n <= head->bodies.n, store);
            }
        }
    }
}

void claims_read(struct claims *claims, const struct tape *tape, struct sb_store *store)
{
    struct sb_arena arena;
    sb_arena_init(&arena, 16 * 1024 * 1024);
    for (size_t i = 0; i < tape->n; i++) {
        const struct tape_op *op = &tape->ops[i];
        char why[SB_LABEL_MAX + 1];
        struct sb_message m;
        sb_arena_reset(&arena);
        if (op->head.kind != TAPE_SENT ||
            sb_wire_decode(&m, (struct sb_bytes){op->data, op->head.n}, &arena, why) !=
                SB_CODE_OK) {
            continue;
        }
        if (m.type == SB_MSG_RESULTS) {
            add_results(claims, i, &m.results, store);
        } else if (m.type == SB_MSG_FRONTIER) {
            add_heads(claims, i, &m.frontier, store);
        } else if (m.type == SB_MSG_BROADCAST) {
            const struct sb_link *link = &m.broadcast.item.link;
            add(claims,
                (struct claim){
                    .op = i, .origin = link->origin, .epoch = link->epoch, .seq = link->seq},
                m.broadcast.item.salt != NULL, store);
        }
    }
    sb_arena_fini(&arena);
}

const struct claim *claims_broken(const struct claims *claims, size_t op, struct sb_store *store)
{
    static const struct sb_hash none = {{0}};
    for (size_t i = 0; i < claims->n && claims->items[i].op < op; i++) {
        const struct claim *c = &claims->items[i];
        struct sb_record record;
        if (!find(store, c, &record) || !sb_uuid_eq(&record.item.link.id, &c->id)) {
            return c;
        }
        struct sb_hash content = content_of(&record);
        if (!sb_hash_eq(&c->content, &none) && !sb_hash_eq(&content, &c->content)) {
            return c;
        }
    }
    return NULL;
}
