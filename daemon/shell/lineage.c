/* Walks from each chain of the table towards its past until it meets others of the table. An
 * epoch's counter exceeds those of its parents, and a branch's number that of the one it leaves: so
 * what is taken in descending order is met once, and what lies below all that is looked for is left
 * out. */
#include "daemon/shell/lineage.h"

#include <string.h>

#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"

void sb_lineage_begin(struct sb_lineage *l, struct sb_node *node)
{
    *l = (struct sb_lineage){.node = node};
}

/* Room for one element more; false: the arena is full. */
static bool grow(struct sb_lineage *l, void *vector, size_t *cap, size_t n, size_t size)
{
    void **items = vector;
    if (n < *cap) {
        return true;
    }
    size_t wider = *cap == 0 ? 16 : *cap * 2;
    void *grown = sb_arena_alloc(&l->node->arena, wider * size);
    if (grown == NULL) {
        l->failed = true;
        return false;
    }
    if (n > 0) {
        memcpy(grown, *items, n * size);
    }
    *items = grown;
    *cap = wider;
    return true;
}

static uint32_t find(const struct sb_lineage *l, uint16_t origin, struct sb_epoch epoch,
                     uint16_t branch)
{
    for (size_t i = l->n_chains; i > 0; i--) { /* mostly the newest */
        const struct sb_lineage_chain *c = &l->chains[i - 1];
        if (c->origin == origin && c->branch == branch && sb_epoch_eq(c->epoch, epoch)) {
            return (uint32_t)(i - 1);
        }
    }
    return SB_PAST_NONE;
}

uint32_t sb_lineage_chain(struct sb_lineage *l, uint16_t origin, struct sb_epoch epoch,
                          uint16_t branch)
{
    uint32_t known = find(l, origin, epoch, branch);
    if (known != SB_PAST_NONE ||
        !grow(l, &l->chains, &l->cap_chains, l->n_chains, sizeof *l->chains)) {
        return known == SB_PAST_NONE ? 0 : known;
    }
    l->chains[l->n_chains] = (struct sb_lineage_chain){origin, branch, epoch};
    return (uint32_t)l->n_chains++;
}

void sb_lineage_link(struct sb_lineage *l, struct sb_past_at at, const struct sb_hash *hash)
{
    for (size_t i = 0; i < l->n_links; i++) {
        if (l->links[i].at.chain == at.chain && l->links[i].at.seq == at.seq) {
            return;
        }
    }
    if (grow(l, &l->links, &l->cap_links, l->n_links, sizeof *l->links)) {
        l->links[l->n_links++] = (struct sb_past_link){at, *hash};
    }
}

/* What does not count is as unknown as what never came (PROTOCOL §9.4): whoever has it sees no
 * other past than whoever has not. */
static bool find_link(const struct sb_lineage *l, uint16_t origin, struct sb_epoch epoch,
                      struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch)
{
    struct sb_place place = {origin, 0, epoch, seq};
    if (!sb_lookup_link(l->node, origin, epoch, seq, hash, &place.branch)) {
        return false;
    }
    *branch = place.branch;
    return sb_rekeyed_covers(l->node, &place);
}

void sb_lineage_tip(struct sb_lineage *l, const struct sb_cut_tip *tip)
{
    struct sb_chain_info info;
    uint16_t origin, branch;
    if (!sb_lookup_origin(l->node, &tip->origin, &origin)) {
        return;
    }
    if (find_link(l, origin, tip->epoch, tip->seq, &tip->hash, &branch)) {
        uint32_t chain = sb_lineage_chain(l, origin, tip->epoch, branch);
        sb_lineage_link(l, (struct sb_past_at){chain, tip->seq.n}, &tip->hash);
        return;
    }
    for (branch = 0; sb_core_look_chain(l->node->core, origin, tip->epoch, branch, &info);
         branch++) {
        (void)sb_lineage_chain(l, origin, tip->epoch, branch);
    }
}

/* ---- the table */

/* A place to walk on from. */
struct stop {
    struct sb_epoch epoch;
    uint16_t branch;
    uint64_t seq;
};

struct walk {
    struct sb_lineage *l;
    uint16_t origin;
    uint32_t lowest; /* counter of the table's chains of this origin */
    struct stop *stops;
    size_t n, cap;
    struct sb_past_at *parents; /* of the chain walked from */
    size_t n_parents, cap_parents;
};

static void push(struct walk *w, struct sb_epoch epoch, uint16_t branch, uint64_t seq)
{
    if (epoch.counter < w->lowest) {
        return;
    }
    for (size_t i = 0; i < w->n; i++) {
        struct stop *s = &w->stops[i];
        if (s->branch == branch && sb_epoch_eq(s->epoch, epoch)) {
            s->seq = seq > s->seq ? seq : s->seq;
            return;
        }
    }
    if (grow(w->l, &w->stops, &w->cap, w->n, sizeof *w->stops)) {
        w->stops[w->n++] = (struct stop){epoch, branch, seq};
    }
}

static struct stop pop(struct walk *w)
{
    size_t best = 0;
    for (size_t i = 1; i < w->n; i++) {
        int order = sb_epoch_cmp(w->stops[i].epoch, w->stops[best].epoch);
        if (order > 0 || (order == 0 && w->stops[i].branch > w->stops[best].branch)) {
            best = i;
        }
    }
    struct stop stop = w->stops[best];
    w->stops[best] = w->stops[--w->n];
    return stop;
}

/* What a chain grew from: the branch that it leaves, or its epoch's parents. */
static void push_past(struct walk *w, const struct sb_chain_info *info)
{
    if (info->base.n > 1) {
        push(w, info->epoch, info->base_branch, info->base.n - 1);
        return;
    }
    for (size_t i = 0; i < info->n_parents; i++) {
        const struct sb_parent *p = &info->parents[i];
        uint16_t branch;
        if (p->epoch.counter >= w->lowest &&
            find_link(w->l, w->origin, p->epoch, p->seq, &p->hash, &branch)) {
            push(w, p->epoch, branch, p->seq.n);
        }
    }
}

static void follow(struct walk *w)
{
    struct sb_lineage *l = w->l;
    struct sb_chain_info info;
    while (w->n > 0 && !l->failed) {
        struct stop stop = pop(w);
        uint32_t chain = find(l, w->origin, stop.epoch, stop.branch);
        if (chain != SB_PAST_NONE) { /* and what that one grew from is its own to say */
            if (grow(l, &w->parents, &w->cap_parents, w->n_parents, sizeof *w->parents)) {
                w->parents[w->n_parents++] = (struct sb_past_at){chain, stop.seq};
            }
        } else if (sb_core_look_chain(l->node->core, w->origin, stop.epoch, stop.branch, &info)) {
            push_past(w, &info);
        }
    }
}

static void fill_chain(struct sb_lineage *l, size_t i, struct sb_past_chain *out)
{
    const struct sb_lineage_chain *c = &l->chains[i];
    struct walk w = {.l = l, .origin = c->origin, .lowest = c->epoch.counter};
    struct sb_chain_info info;
    size_t others = 0;
    *out = (struct sb_past_chain){
        .origin = l->node->orgs[c->origin], .epoch = c->epoch, .leans_on = SB_PAST_NONE, .base = 1};
    for (size_t k = 0; k < l->n_chains; k++) {
        const struct sb_lineage_chain *other = &l->chains[k];
        if (k != i && other->origin == c->origin) {
            others++;
            w.lowest = other->epoch.counter < w.lowest ? other->epoch.counter : w.lowest;
        }
    }
    if (!sb_core_look_chain(l->node->core, c->origin, c->epoch, c->branch, &info)) {
        return;
    }
    out->base = info.base.n;
    out->last = info.tip.seq.n;
    if (others > 0 && !sb_planted(SB_PLANT_VIEW_FORGETS_PAST)) {
        push_past(&w, &info);
        follow(&w);
    }
    out->parents = w.parents;
    out->n_parents = w.n_parents;
}

/* ---- what is missing of the past */

static bool lacks_parent(struct sb_node *node, const struct sb_chain_info *info)
{
    for (size_t i = 0; i < info->n_parents && info->base.n == 1; i++) {
        const struct sb_parent *p = &info->parents[i];
        uint16_t branch;
        if (!sb_lookup_link(node, info->origin, p->epoch, p->seq, &p->hash, &branch)) {
            return true;
        }
    }
    return false;
}

bool sb_lineage_lacks_parents(struct sb_node *node)
{
    for (uint16_t o = 0; o < node->n_origins; o++) {
        struct sb_chain_info info;
        uint32_t at = 0;
        bool asked =
            node->origins[o].known && !sb_rekeyed_any(node, o); /* a partner, or ourselves */
        while (asked && sb_core_next_chain(node->core, o, &at, &info)) {
            if (lacks_parent(node, &info)) {
                return true;
            }
        }
    }
    return false;
}

bool sb_lineage_finish(struct sb_lineage *l, struct sb_past *out)
{
    struct sb_past_chain *chains =
        sb_arena_alloc(&l->node->arena, (l->n_chains + 1) * sizeof *chains);
    l->failed = l->failed || chains == NULL;
    for (size_t i = 0; i < l->n_chains && !l->failed; i++) {
        fill_chain(l, i, &chains[i]);
    }
    *out = (struct sb_past){
        .chains = chains, .n_chains = l->n_chains, .links = l->links, .n_links = l->n_links};
    return !l->failed && l->node->turn.rc == SB_OK;
}
