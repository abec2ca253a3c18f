/* Each answer has a table of its own: chains are known again by origin, epoch and branch, and what
 * each is said to have grown from adds up. */
#include "clients/command/chains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/rules/words.h"

enum { BUCKETS = 1 << 12 };

struct chain {
    struct sb_org origin;
    struct sb_epoch epoch;
    uint32_t branch, next_in_bucket;
    uint64_t first, last;
    struct sb_past_at *parents;
    size_t n_parents, cap_parents;
};

struct head {
    uint32_t chain;
    uint64_t seq;
    struct sb_hash hash;
    char text[SB_EPOCH_TEXT_MAX];
};

struct sb_chains {
    struct chain *all;
    size_t n, cap;
    struct sb_past_link *links;
    size_t n_links, cap_links;
    struct head *heads;
    size_t n_heads, cap_heads;
    bool answered;
    uint32_t buckets[BUCKETS]; /* the last chain of an epoch there, or SB_PAST_NONE */
};

struct sb_chains *sb_chains_new(void)
{
    struct sb_chains *c = calloc(1, sizeof *c);
    if (c != NULL) {
        memset(c->buckets, 0xff, sizeof c->buckets);
    }
    return c;
}

void sb_chains_free(struct sb_chains *c)
{
    for (size_t i = 0; c != NULL && i < c->n; i++) {
        free(c->all[i].parents);
    }
    if (c != NULL) {
        free(c->all);
        free(c->links);
        free(c->heads);
        free(c);
    }
}

/* Room for one element more; false: no memory. */
static bool grow(void *vector, size_t *cap, size_t n, size_t size)
{
    void **items = vector;
    if (n < *cap) {
        return true;
    }
    size_t wider = *cap == 0 ? 16 : 2 * *cap;
    void *grown = realloc(*items, wider * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *cap = wider;
    return true;
}

/* ---- adding */

/* The chain of the answer here, made where there is none; SB_PAST_NONE: no memory. */
static uint32_t take_chain(struct sb_chains *c, const struct sb_said_chain *from)
{
    uint32_t *bucket = &c->buckets[(from->epoch.tag ^ from->epoch.counter) % BUCKETS];
    for (uint32_t i = *bucket; i != SB_PAST_NONE; i = c->all[i].next_in_bucket) {
        struct chain *chain = &c->all[i];
        if (sb_epoch_eq(chain->epoch, from->epoch) && sb_org_eq(&chain->origin, &from->origin) &&
            chain->branch == from->branch) {
            chain->last = from->last.n > chain->last ? from->last.n : chain->last;
            return i;
        }
    }
    if (!grow(&c->all, &c->cap, c->n, sizeof *c->all)) {
        return SB_PAST_NONE;
    }
    c->all[c->n] = (struct chain){.origin = from->origin,
                                  .epoch = from->epoch,
                                  .branch = from->branch,
                                  .next_in_bucket = *bucket,
                                  .first = from->first.n,
                                  .last = from->last.n};
    *bucket = (uint32_t)c->n;
    return (uint32_t)c->n++;
}

static bool add_parent(struct chain *chain, uint32_t parent, uint64_t seq)
{
    for (size_t i = 0; i < chain->n_parents; i++) {
        struct sb_past_at *p = &chain->parents[i];
        if (p->chain == parent) {
            p->seq = seq > p->seq ? seq : p->seq;
            return true;
        }
    }
    if (!grow(&chain->parents, &chain->cap_parents, chain->n_parents, sizeof *chain->parents)) {
        return false;
    }
    chain->parents[chain->n_parents++] = (struct sb_past_at){parent, seq};
    return true;
}

static bool add_link(struct sb_chains *c, const struct sb_said_link *link, uint32_t chain)
{
    if (link->head && !c->answered) {
        if (!grow(&c->heads, &c->cap_heads, c->n_heads, sizeof *c->heads)) {
            return false;
        }
        struct head *head = &c->heads[c->n_heads++];
        *head = (struct head){.chain = chain, .seq = link->seq.n, .hash = link->hash};
        memcpy(head->text, link->epoch_text, sizeof head->text);
    }
    for (size_t i = 0; i < c->n_links; i++) {
        if (c->links[i].at.chain == chain && c->links[i].at.seq == link->seq.n) {
            return true;
        }
    }
    if (!grow(&c->links, &c->cap_links, c->n_links, sizeof *c->links)) {
        return false;
    }
    c->links[c->n_links++] = (struct sb_past_link){{chain, link->seq.n}, link->hash};
    return true;
}

bool sb_chains_take(struct sb_chains *c, const struct sb_said_answer *answer, uint32_t *at)
{
    for (size_t i = 0; i < answer->n_chains; i++) {
        at[i] = take_chain(c, &answer->chains[i]);
        if (at[i] == SB_PAST_NONE) {
            return false;
        }
    }
    for (size_t i = 0; i < answer->n_chains; i++) {
        const struct sb_said_chain *from = &answer->chains[i];
        for (size_t k = 0; k < from->n_parents; k++) {
            const struct sb_said_place *p = &from->parents[k];
            if (at[p->chain] != at[i] && !add_parent(&c->all[at[i]], at[p->chain], p->seq.n)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < answer->n_links; i++) {
        if (!add_link(c, &answer->links[i], at[answer->links[i].chain])) {
            return false;
        }
    }
    c->answered = true;
    return true;
}

/* ---- the table */

bool sb_chains_past(const struct sb_chains *c, struct sb_past *out, struct sb_arena *arena)
{
    struct sb_past_chain *chains = sb_arena_alloc(arena, (c->n + 1) * sizeof *chains);
    struct sb_past_link *links = sb_arena_alloc(arena, (c->n_links + 1) * sizeof *links);
    if (chains == NULL || links == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct chain *from = &c->all[i];
        const struct sb_past_at *parents =
            (const struct sb_past_at *)(const void *)sb_arena_copy(
                arena, from->parents, from->n_parents * sizeof *parents)
                .p;
        if (parents == NULL) {
            return false;
        }
        chains[i] = (struct sb_past_chain){.origin = from->origin,
                                           .epoch = from->epoch,
                                           .leans_on = SB_PAST_NONE,
                                           .base = from->first,
                                           .last = from->last,
                                           .parents = parents,
                                           .n_parents = from->n_parents};
    }
    if (c->n_links > 0) {
        memcpy(links, c->links, c->n_links * sizeof *links);
    }
    *out =
        (struct sb_past){.chains = chains, .n_chains = c->n, .links = links, .n_links = c->n_links};
    return true;
}

/* ---- what the answer is based on */

static void put_tip(struct sb_json_out *out, const struct head *head)
{
    char hash[2 * sizeof head->hash.b + 1];
    sb_hex_encode(hash, head->hash.b, sizeof head->hash.b);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "epoch", head->text);
    sb_json_member_uint(out, "seq", head->seq);
    sb_json_member_string(out, "hash", hash);
    sb_json_put_close(out, '}');
}

/* As protobuf's Tip is read in JSON. */
static void put_cut_tip(struct sb_json_out *out, const struct chain *chain, const struct head *head)
{
    char tag[17];
    (void)snprintf(tag, sizeof tag, "%016" PRIx64, chain->epoch.tag);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "origin", chain->origin.s);
    sb_json_member_uint(out, "counter", chain->epoch.counter);
    sb_json_member_string(out, "tag", tag);
    sb_json_member_uint(out, "seq", head->seq);
    sb_json_put_key(out, "hash");
    sb_json_put_base64(out, head->hash.b, sizeof head->hash.b);
    sb_json_put_close(out, '}');
}

struct tip {
    const struct chain *chain;
    const struct head *head;
};

static int by_origin(const void *a, const void *b)
{
    const struct tip *x = a, *y = b;
    int order = sb_org_cmp(&x->chain->origin, &y->chain->origin);
    order = order != 0 ? order : sb_epoch_cmp(x->chain->epoch, y->chain->epoch);
    return order != 0 ? order : memcmp(x->head->hash.b, y->head->hash.b, sizeof x->head->hash.b);
}

/* The heads, malloc'ed and by origin; NULL without memory. */
static struct tip *sorted_tips(const struct sb_chains *c)
{
    struct tip *tips = calloc(c->n_heads + 1, sizeof *tips);
    for (size_t i = 0; tips != NULL && i < c->n_heads; i++) {
        tips[i] = (struct tip){&c->all[c->heads[i].chain], &c->heads[i]};
    }
    if (tips != NULL) {
        qsort(tips, c->n_heads, sizeof *tips, by_origin);
    }
    return tips;
}

void sb_chains_put_as_of(struct sb_json_out *out, const struct sb_chains *c)
{
    struct tip *tips = sorted_tips(c);
    out->failed = out->failed || tips == NULL;
    sb_json_put_key(out, "asOf");
    sb_json_put_open(out, '{');
    for (size_t i = 0; tips != NULL && i < c->n_heads; i++) {
        const struct sb_org *origin = &tips[i].chain->origin;
        if (i == 0 || !sb_org_eq(&tips[i - 1].chain->origin, origin)) {
            sb_json_put_key(out, origin->s);
            sb_json_put_open(out, '[');
        }
        put_tip(out, tips[i].head);
        if (i + 1 == c->n_heads || !sb_org_eq(&tips[i + 1].chain->origin, origin)) {
            sb_json_put_close(out, ']');
        }
    }
    sb_json_put_close(out, '}');
    free(tips);
}

void sb_chains_put_cut(struct sb_json_out *out, const struct sb_chains *c,
                       const struct sb_org *proposer, const struct sb_orgs *of)
{
    struct tip *tips = sorted_tips(c);
    out->failed = out->failed || tips == NULL;
    sb_json_put_open(out, '[');
    for (size_t i = 0; tips != NULL && i < c->n_heads; i++) {
        const struct sb_org *origin = &tips[i].chain->origin;
        if (sb_org_eq(proposer, origin) || sb_orgs_have(*of, origin)) {
            put_cut_tip(out, tips[i].chain, tips[i].head);
        }
    }
    sb_json_put_close(out, ']');
    free(tips);
}
