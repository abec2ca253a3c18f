/* Follows chains by `prev`: a link that follows none of the tips of its epoch begins a branch. */
#include "clients/command/chains.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "proto/rules/words.h"

enum { BUCKETS = 1 << 15, SCRATCH_BYTES = 1024 * 1024 };

struct chain {
    struct sb_org origin;
    struct sb_epoch epoch;
    char text[SB_EPOCH_TEXT_MAX];
    uint32_t leans_on, next_in_bucket;
    uint64_t base;
    struct sb_hash *hashes; /* of its links, from base on */
    size_t n, cap;
    struct sb_parent *parents;
    size_t n_parents;
};

struct sb_chains {
    struct chain *all;
    size_t n, cap;
    uint32_t buckets[BUCKETS]; /* the last chain of an epoch there, or SB_PAST_NONE */
    struct sb_arena scratch;
};

struct sb_chains *sb_chains_new(void)
{
    struct sb_chains *c = calloc(1, sizeof *c);
    if (c != NULL) {
        memset(c->buckets, 0xff, sizeof c->buckets);
        sb_arena_init(&c->scratch, SCRATCH_BYTES);
    }
    return c;
}

void sb_chains_free(struct sb_chains *c)
{
    for (size_t i = 0; c != NULL && i < c->n; i++) {
        free(c->all[i].hashes);
        free(c->all[i].parents);
    }
    if (c != NULL) {
        sb_arena_fini(&c->scratch);
        free(c->all);
        free(c);
    }
}

static uint32_t *bucket_of(const struct sb_chains *c, struct sb_epoch epoch)
{
    return (uint32_t *)&c->buckets[(epoch.tag ^ epoch.counter) % BUCKETS];
}

/* The chain of that epoch that holds this hash at that seq; SB_PAST_NONE: none. */
static uint32_t find(const struct sb_chains *c, const struct sb_org *origin, struct sb_epoch epoch,
                     uint64_t seq, const struct sb_hash *hash)
{
    for (uint32_t i = *bucket_of(c, epoch); i != SB_PAST_NONE; i = c->all[i].next_in_bucket) {
        const struct chain *chain = &c->all[i];
        if (sb_epoch_eq(chain->epoch, epoch) && sb_org_eq(&chain->origin, origin) &&
            seq >= chain->base && seq < chain->base + chain->n &&
            sb_hash_eq(&chain->hashes[seq - chain->base], hash)) {
            return i;
        }
    }
    return SB_PAST_NONE;
}

/* ---- adding */

static bool grow_hashes(struct chain *chain)
{
    size_t cap = chain->cap == 0 ? 16 : 2 * chain->cap;
    struct sb_hash *hashes = realloc(chain->hashes, cap * sizeof *hashes);
    if (hashes == NULL) {
        return false;
    }
    chain->hashes = hashes;
    chain->cap = cap;
    return true;
}

static struct chain *begin_chain(struct sb_chains *c, const struct sb_link *link, const char *epoch,
                                 uint32_t leans_on)
{
    if (c->n == c->cap) {
        size_t cap = c->cap == 0 ? 64 : 2 * c->cap;
        struct chain *all = realloc(c->all, cap * sizeof *all);
        if (all == NULL) {
            return NULL;
        }
        c->all = all;
        c->cap = cap;
    }
    struct chain *chain = &c->all[c->n];
    uint32_t *bucket = bucket_of(c, link->epoch);
    *chain = (struct chain){.origin = link->origin,
                            .epoch = link->epoch,
                            .leans_on = leans_on,
                            .next_in_bucket = *bucket,
                            .base = link->seq.n};
    strncpy(chain->text, epoch, sizeof chain->text - 1);
    *bucket = (uint32_t)c->n++;
    return chain;
}

static bool keep_parents(struct sb_chains *c, struct chain *chain, struct sb_bytes body)
{
    struct sb_epoch_start *start = sb_arena_alloc(&c->scratch, sizeof *start);
    bool ok = start != NULL;
    if (ok && sb_epoch_start_read(start, body, &c->scratch) && start->n_parents > 0) {
        chain->parents = calloc(start->n_parents, sizeof *chain->parents);
        ok = chain->parents != NULL;
        chain->n_parents = ok ? start->n_parents : 0;
        for (size_t i = 0; i < chain->n_parents; i++) {
            chain->parents[i] = start->parents[i];
        }
    }
    sb_arena_reset(&c->scratch);
    return ok;
}

/* The chain that the link is to be put behind, made where there is none. */
static struct chain *chain_for(struct sb_chains *c, const struct sb_link *link, const char *epoch)
{
    if (link->seq.n == 1) {
        return begin_chain(c, link, epoch, SB_PAST_NONE);
    }
    uint32_t before = find(c, &link->origin, link->epoch, link->seq.n - 1, &link->prev);
    if (before == SB_PAST_NONE) {
        return NULL;
    }
    struct chain *chain = &c->all[before];
    return chain->base + chain->n == link->seq.n ? chain : begin_chain(c, link, epoch, before);
}

bool sb_chains_add(struct sb_chains *c, const struct sb_link *link, const struct sb_hash *hash,
                   const char *epoch, struct sb_bytes body, struct sb_past_at *at)
{
    uint32_t known = find(c, &link->origin, link->epoch, link->seq.n, hash);
    if (known != SB_PAST_NONE) { /* once more: its body came */
        *at = (struct sb_past_at){known, link->seq.n};
        return true;
    }
    struct chain *chain = chain_for(c, link, epoch);
    if (chain == NULL || (chain->n == chain->cap && !grow_hashes(chain))) {
        return false;
    }
    chain->hashes[chain->n++] = *hash;
    *at = (struct sb_past_at){(uint32_t)(chain - c->all), link->seq.n};
    return link->seq.n != 1 || keep_parents(c, chain, body);
}

/* ---- the table */

static bool fill_parents(const struct sb_chains *c, const struct chain *from,
                         struct sb_past_chain *to, struct sb_arena *arena)
{
    struct sb_past_at *parents = sb_arena_alloc(arena, (from->n_parents + 1) * sizeof *parents);
    if (parents == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_parents; i++) {
        const struct sb_parent *p = &from->parents[i];
        uint32_t chain = find(c, &from->origin, p->epoch, p->seq.n, &p->hash);
        if (chain != SB_PAST_NONE) {
            parents[to->n_parents++] = (struct sb_past_at){chain, p->seq.n};
        }
    }
    to->parents = parents;
    return true;
}

static bool fill_links(const struct sb_chains *c, const struct sb_statement *const *statements,
                       size_t n, struct sb_past *out, struct sb_arena *arena)
{
    size_t tips = 0;
    for (size_t i = 0; i < n; i++) {
        tips += statements[i]->content == SB_CONTENT_CLOSING ? statements[i]->ending.n_cut : 0;
    }
    struct sb_past_link *links = sb_arena_alloc(arena, (tips + 1) * sizeof *links);
    if (links == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct sb_ending *closing = &statements[i]->ending;
        bool closes = statements[i]->content == SB_CONTENT_CLOSING;
        for (size_t k = 0; closes && k < closing->n_cut; k++) {
            const struct sb_cut_tip *tip = &closing->cut[k];
            uint32_t chain = find(c, &tip->origin, tip->epoch, tip->seq.n, &tip->hash);
            if (chain != SB_PAST_NONE) {
                links[out->n_links++] = (struct sb_past_link){{chain, tip->seq.n}, tip->hash};
            }
        }
    }
    out->links = links;
    return true;
}

bool sb_chains_past(const struct sb_chains *c, const struct sb_statement *const *statements,
                    size_t n, struct sb_past *out, struct sb_arena *arena)
{
    struct sb_past_chain *chains = sb_arena_alloc(arena, (c->n + 1) * sizeof *chains);
    *out = (struct sb_past){.chains = chains, .n_chains = c->n};
    if (chains == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct chain *from = &c->all[i];
        chains[i] = (struct sb_past_chain){.origin = from->origin,
                                           .epoch = from->epoch,
                                           .leans_on = from->leans_on,
                                           .base = from->base,
                                           .last = from->base + from->n - 1};
        if (!fill_parents(c, from, &chains[i], arena)) {
            return false;
        }
    }
    return fill_links(c, statements, n, out, arena);
}

/* ---- what the answer is based on */

/* The chains whose tip is no chain's parent, in the order of their chains; returns how many. */
static size_t list_tips(const struct sb_chains *c, const struct chain **tips, bool *followed)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        for (size_t k = 0; k < c->all[i].n_parents; k++) {
            const struct sb_parent *p = &c->all[i].parents[k];
            uint32_t at = find(c, &c->all[i].origin, p->epoch, p->seq.n, &p->hash);
            if (at != SB_PAST_NONE && c->all[at].base + c->all[at].n - 1 == p->seq.n) {
                followed[at] = true;
            }
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        if (!followed[i]) {
            tips[n++] = &c->all[i];
        }
    }
    return n;
}

static void put_tip(struct sb_json_out *out, const struct chain *chain)
{
    char hash[2 * sizeof chain->hashes->b + 1];
    sb_hex_encode(hash, chain->hashes[chain->n - 1].b, sizeof chain->hashes->b);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "epoch", chain->text);
    sb_json_member_uint(out, "seq", chain->base + chain->n - 1);
    sb_json_member_string(out, "hash", hash);
    sb_json_put_close(out, '}');
}

static int by_origin(const void *a, const void *b)
{
    const struct chain *x = *(const struct chain *const *)a, *y = *(const struct chain *const *)b;
    int order = sb_org_cmp(&x->origin, &y->origin);
    return order != 0 ? order : sb_epoch_cmp(x->epoch, y->epoch);
}

/* As protobuf's Tip is read in JSON. */
static void put_cut_tip(struct sb_json_out *out, const struct chain *chain)
{
    char tag[17];
    (void)snprintf(tag, sizeof tag, "%016" PRIx64, chain->epoch.tag);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "origin", chain->origin.s);
    sb_json_member_uint(out, "counter", chain->epoch.counter);
    sb_json_member_string(out, "tag", tag);
    sb_json_member_uint(out, "seq", chain->base + chain->n - 1);
    sb_json_put_key(out, "hash");
    sb_json_put_base64(out, chain->hashes[chain->n - 1].b, sizeof chain->hashes->b);
    sb_json_put_close(out, '}');
}

static void put_tips(struct sb_json_out *out, const struct chain **tips, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !sb_org_eq(&tips[i - 1]->origin, &tips[i]->origin)) {
            if (i > 0) {
                sb_json_put_close(out, ']');
            }
            sb_json_put_key(out, tips[i]->origin.s);
            sb_json_put_open(out, '[');
        }
        put_tip(out, tips[i]);
    }
    if (n > 0) {
        sb_json_put_close(out, ']');
    }
}

/* The tips, malloc'ed and by origin; NULL without memory. */
static const struct chain **sorted_tips(const struct sb_chains *c, size_t *n)
{
    const struct chain **tips = calloc(c->n + 1, sizeof *tips);
    bool *followed = calloc(c->n + 1, sizeof *followed);
    if (tips != NULL && followed != NULL) {
        *n = list_tips(c, tips, followed);
        qsort(tips, *n, sizeof *tips, by_origin);
    } else {
        free(tips);
        tips = NULL;
    }
    free(followed);
    return tips;
}

void sb_chains_put_as_of(struct sb_json_out *out, const struct sb_chains *c)
{
    size_t n = 0;
    const struct chain **tips = sorted_tips(c, &n);
    out->failed = out->failed || tips == NULL;
    sb_json_put_key(out, "asOf");
    sb_json_put_open(out, '{');
    put_tips(out, tips, n);
    sb_json_put_close(out, '}');
    free(tips);
}

void sb_chains_put_cut(struct sb_json_out *out, const struct sb_chains *c, const struct sb_orgs *of)
{
    size_t n = 0;
    const struct chain **tips = sorted_tips(c, &n);
    out->failed = out->failed || tips == NULL;
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (sb_orgs_have(*of, &tips[i]->origin)) {
            put_cut_tip(out, tips[i]);
        }
    }
    sb_json_put_close(out, ']');
    free(tips);
}
