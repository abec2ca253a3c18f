/* The chains of every origin. A chain that a turn creates is found through the stage until the
 * turn commits; only then it enters the order and the table, so that a failed commit has nothing
 * to undo but the end of the pool. */
#include "daemon/core/history.h"

#include <assert.h>
#include <string.h>

/* By branch as well: whoever forks an epoch ten thousandfold makes no long bucket. */
static uint32_t bucket_of(uint16_t origin, struct sb_epoch epoch, uint16_t branch)
{
    uint64_t x = epoch.tag ^ ((uint64_t)epoch.counter << 32) ^ ((uint64_t)origin << 16) ^ branch;
    x *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(x >> 32) & (SB_BUCKETS - 1);
}

static bool is_chain(const struct sb_chain *k, uint16_t origin, struct sb_epoch epoch,
                     uint16_t branch)
{
    return k->origin == origin && k->branch == branch && sb_epoch_eq(k->epoch, epoch);
}

uint32_t sb_history_find(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                         uint16_t branch)
{
    for (uint32_t at = c->buckets[bucket_of(origin, epoch, branch)]; at != 0;
         at = c->chains[at - 1].bucket_next) {
        if (is_chain(&c->chains[at - 1], origin, epoch, branch)) {
            return at - 1;
        }
    }
    for (uint32_t i = c->n_chains - c->stage.n_born; i < c->n_chains; i++) {
        if (is_chain(&c->chains[i], origin, epoch, branch)) {
            return i;
        }
    }
    return NONE;
}

unsigned sb_history_branches(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch)
{
    unsigned n = 0;
    while (sb_history_find(c, origin, epoch, (uint16_t)n) != NONE) {
        n++;
    }
    return n;
}

bool sb_history_room_to_settle(const struct sb_core *c)
{
    return c->n_chains < SB_CHAINS_MAX && c->n_parents + SB_PARENTS_MAX <= SB_PARENTS_POOL;
}

/* Would this origin have fewer than `most` with those that the turn has added? What it added of
 * others is not this one's. */
static bool is_below(const struct sb_core *c, uint16_t origin, uint32_t n, uint32_t most)
{
    bool below = n + c->stage.n_born < most;
    for (uint32_t i = c->n_chains - c->stage.n_born; !below && i < c->n_chains; i++) {
        n += c->chains[i].origin == origin;
    }
    return below || n < most;
}

bool sb_history_room(const struct sb_core *c, uint16_t origin)
{
    const struct sb_origin_state *o = &c->origins[origin];
    uint32_t aside = o->n_aside < SB_CHAINS_PER_ORIGIN ? o->n_aside : SB_CHAINS_PER_ORIGIN;
    return sb_history_room_to_settle(c) &&
           is_below(c, origin, o->n_chains - aside, SB_CHAINS_PER_ORIGIN);
}

bool sb_history_room_to_end(const struct sb_core *c, uint16_t origin)
{
    return sb_history_room_to_settle(c) &&
           is_below(c, origin, c->origins[origin].n_chains, 2 * SB_CHAINS_PER_ORIGIN);
}

uint64_t sb_history_bytes_beside(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                                 uint32_t chain)
{
    unsigned branches = sb_history_branches(c, origin, epoch);
    uint64_t bytes = 0;
    for (unsigned b = 0; b < branches; b++) {
        uint32_t at = sb_history_find(c, origin, epoch, (uint16_t)b);
        bytes += at == chain || c->chains[at].aside ? 0 : c->chains[at].bytes;
    }
    return bytes;
}

uint32_t sb_history_add(struct sb_core *c, const struct sb_chain_info *info)
{
    if (c->n_chains == SB_CHAINS_MAX || c->n_parents + info->n_parents > SB_PARENTS_POOL) {
        return NONE;
    }
    struct sb_chain *k = &c->chains[c->n_chains];
    *k = (struct sb_chain){.origin = info->origin,
                           .branch = info->branch,
                           .base_branch = info->base_branch,
                           .n_parents = (uint8_t)info->n_parents,
                           .epoch = info->epoch,
                           .base = info->base,
                           .bodies = info->bodies,
                           .tip = info->tip,
                           .bytes = info->bytes,
                           .key = info->key,
                           .aside = info->aside,
                           .covered = info->aside,
                           .first_parent = c->n_parents,
                           .by_hash = NONE,
                           .previous = NONE,
                           .next = NONE};
    if (info->n_parents > 0) {
        memcpy(&c->parents[c->n_parents], info->parents, info->n_parents * sizeof *info->parents);
        c->n_parents += (uint32_t)info->n_parents;
    }
    return c->n_chains++;
}

void sb_history_remove_last(struct sb_core *c)
{
    assert(c->n_chains > 0);
    struct sb_chain *k = &c->chains[--c->n_chains];
    c->n_parents -= k->n_parents;
    memset(&c->parents[c->n_parents], 0, k->n_parents * sizeof c->parents[0]);
    memset(k, 0, sizeof *k);
}

static int order_of(const struct sb_chain *a, const struct sb_chain *b)
{
    int by_epoch = sb_epoch_cmp(a->epoch, b->epoch);
    return by_epoch != 0 ? by_epoch : (a->branch > b->branch) - (a->branch < b->branch);
}

/* From the end: new epochs have the highest counters. */
static void insert_ordered(struct sb_core *c, uint32_t chain)
{
    struct sb_chain *k = &c->chains[chain];
    struct sb_origin_state *o = &c->origins[k->origin];
    uint32_t at = o->last;
    while (at != NONE && order_of(&c->chains[at], k) > 0) {
        at = c->chains[at].previous;
    }
    k->previous = at;
    k->next = at == NONE ? o->first : c->chains[at].next;
    *(at == NONE ? &o->first : &c->chains[at].next) = chain;
    *(k->next == NONE ? &o->last : &c->chains[k->next].previous) = chain;
}

static const struct sb_parent *parents_of(const struct sb_core *c, const struct sb_chain *k)
{
    return &c->parents[k->first_parent];
}

static bool names_tip(const struct sb_parent *p, const struct sb_chain *k)
{
    return sb_epoch_eq(p->epoch, k->epoch) && p->seq.n == k->tip.seq.n &&
           sb_hash_eq(&p->hash, &k->tip.hash);
}

static void set_covered(struct sb_core *c, struct sb_chain *k, bool covered)
{
    covered |= k->aside;
    if (k->covered != covered) {
        k->covered = covered;
        c->origins[k->origin].rest.valid = false;
    }
}

static void cover_parents(struct sb_core *c, const struct sb_chain *k)
{
    const struct sb_parent *p = parents_of(c, k);
    for (unsigned i = 0; i < k->n_parents; i++) {
        unsigned branches = sb_history_branches(c, k->origin, p[i].epoch);
        for (unsigned b = 0; b < branches; b++) {
            struct sb_chain *parent =
                &c->chains[sb_history_find(c, k->origin, p[i].epoch, (uint16_t)b)];
            if (names_tip(&p[i], parent)) {
                set_covered(c, parent, true);
            }
        }
    }
}

void sb_history_recover(struct sb_core *c, uint32_t chain)
{
    struct sb_chain *k = &c->chains[chain];
    bool covered = false;
    for (uint32_t i = k->next; i != NONE && !covered; i = c->chains[i].next) {
        const struct sb_parent *p = parents_of(c, &c->chains[i]);
        for (unsigned j = 0; j < c->chains[i].n_parents && !covered; j++) {
            covered = names_tip(&p[j], k);
        }
    }
    sb_history_rest_moved(c, k);
    set_covered(c, k, covered);
}

/* Links below it in chains aside, as far as no other chain that counts has them below it as well.
 */
static void count_below(struct sb_core *c, struct sb_chain *k)
{
    const struct sb_chain *above = k;
    k->below = 0;
    while (above->base.n > 1) {
        const uint64_t left_at = above->base.n - 1;
        uint32_t at = sb_history_find(c, k->origin, k->epoch, above->base_branch);
        if (at == NONE || !c->chains[at].aside || left_at <= c->chains[at].left_at.n) {
            return;
        }
        struct sb_chain *aside = &c->chains[at];
        k->below += left_at - (aside->left_at.n > 0 ? aside->left_at.n : aside->base.n - 1);
        aside->left_at.n = left_at;
        above = aside;
    }
}

uint64_t sb_history_events(const struct sb_chain *k)
{
    return k->tip.seq.n - k->base.n + 1 + k->below;
}

static void enter(struct sb_core *c, uint32_t chain)
{
    struct sb_chain *k = &c->chains[chain];
    struct sb_origin_state *o = &c->origins[k->origin];
    uint32_t *bucket = &c->buckets[bucket_of(k->origin, k->epoch, k->branch)];
    k->bucket_next = *bucket;
    *bucket = chain + 1;
    insert_ordered(c, chain);
    o->n_chains++;
    o->n_aside += k->aside;
    if (!k->aside) {
        count_below(c, k);
        o->bytes += k->bytes;
        o->events += sb_history_events(k);
    }
    if (k->epoch.counter > o->max_counter) {
        o->max_counter = k->epoch.counter;
    }
}

void sb_history_enter(struct sb_core *c, uint32_t chain)
{
    enter(c, chain);
    cover_parents(c, &c->chains[chain]);
    sb_history_recover(c, chain);
}

bool sb_core_find_final(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                        uint16_t *branch)
{
    uint32_t first = sb_history_find(c, origin, epoch, 0);
    bool found = first != NONE && c->chains[first].final != 0;
    *branch = found ? (uint16_t)(c->chains[first].final - 1) : 0;
    return found;
}

static void set_final(struct sb_core *c, const struct sb_chain *k)
{
    c->chains[sb_history_find(c, k->origin, k->epoch, 0)].final = (uint16_t)(k->branch + 1);
}

struct sb_seq sb_history_counts_to(const struct sb_chain *k)
{
    return k->aside ? k->left_at : k->tip.seq;
}

bool sb_core_load(struct sb_core *c, const struct sb_chain_info *info)
{
    uint32_t chain = sb_history_add(c, info);
    if (chain == NONE) {
        return false;
    }
    enter(c, chain);
    if (info->final) {
        set_final(c, &c->chains[chain]);
    }
    return true;
}

void sb_history_cover_all(struct sb_core *c)
{
    for (uint32_t i = 0; i < c->n_chains; i++) {
        cover_parents(c, &c->chains[i]);
    }
}

void sb_history_set_others_aside(struct sb_core *c, uint32_t chain)
{
    struct sb_chain *final = &c->chains[chain];
    struct sb_origin_state *o = &c->origins[final->origin];
    unsigned branches = sb_history_branches(c, final->origin, final->epoch);
    for (unsigned b = 0; b < branches; b++) {
        struct sb_chain *k =
            &c->chains[sb_history_find(c, final->origin, final->epoch, (uint16_t)b)];
        o->events -= k->aside ? 0 : sb_history_events(k);
        k->left_at.n = 0;
        if (k != final && !k->aside) {
            k->aside = true;
            o->n_aside++;
            o->bytes -= k->bytes;
            set_covered(c, k, true);
        }
    }
    set_final(c, final);
    count_below(c, final);
    o->events += sb_history_events(final);
    o->rest.valid = false;
}

struct sb_seq sb_history_seq(const struct sb_core *c, uint32_t chain)
{
    const struct sb_chain *k = &c->chains[chain];
    return k->touch != 0 ? c->stage.touches[k->touch - 1].seq : k->tip.seq;
}

const struct sb_hash *sb_history_hash(const struct sb_core *c, uint32_t chain)
{
    const struct sb_chain *k = &c->chains[chain];
    return k->touch != 0 ? &c->stage.touches[k->touch - 1].hash : &k->tip.hash;
}

struct sb_seq sb_history_bodies(const struct sb_core *c, uint32_t chain)
{
    const struct sb_chain *k = &c->chains[chain];
    return k->touch != 0 ? c->stage.touches[k->touch - 1].bodies : k->bodies;
}

static void add_parent(struct sb_core *c, struct sb_parent *out, size_t *n, uint32_t chain)
{
    if (*n < SB_PARENTS_MAX) {
        out[(*n)++] = (struct sb_parent){c->chains[chain].epoch, sb_history_seq(c, chain),
                                         *sb_history_hash(c, chain)};
    }
}

/* A chain that grew in this turn is no longer covered, whatever covered its old tip. The newest
 * come first: should there be more heads than fit, the oldest stay heads. */
size_t sb_history_own_heads(struct sb_core *c, struct sb_parent out[static SB_PARENTS_MAX])
{
    size_t n = 0;
    for (uint32_t i = c->n_chains - c->stage.n_born; i < c->n_chains; i++) {
        if (c->chains[i].origin == 0) {
            add_parent(c, out, &n, i);
        }
    }
    for (uint32_t i = c->origins[0].last; i != NONE; i = c->chains[i].previous) {
        const struct sb_chain *k = &c->chains[i];
        if (!k->aside && (!k->covered || k->touch != 0)) {
            add_parent(c, out, &n, i);
        }
    }
    return n;
}

bool sb_history_after_run(const struct sb_core *c, const struct sb_parent *parents, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t parent = sb_history_find(c, 0, parents[i].epoch, 0);
        if (parent != NONE && (c->chains[parent].opened_here || c->chains[parent].after_run)) {
            return true;
        }
    }
    return false;
}
