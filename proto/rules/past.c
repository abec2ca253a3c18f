/* Walking back through chains and their parents. Each chain is entered once: what it leans on and
 * its parents are in the past of all its links. */
#include "proto/rules/past.h"

#include <assert.h>
#include <string.h>

struct walk {
    const struct sb_past *past;
    struct sb_past_at wanted;
    uint32_t *stack, *seen; /* halves of the scratch; seen: 1 for chains that were entered */
    size_t n;
};

bool sb_past_prepare(struct sb_past *past, struct sb_arena *arena)
{
    past->walk = sb_arena_alloc(arena, (2 * past->n_chains + 1) * sizeof *past->walk);
    return past->walk != NULL;
}

/* True when the wanted place is at `at` or before it in that chain; otherwise the chain is noted,
 * to be left through its beginning. */
static bool enter(struct walk *w, struct sb_past_at at)
{
    if (at.chain == w->wanted.chain && w->wanted.seq <= at.seq) {
        return true;
    }
    if (w->seen[at.chain] == 0) {
        w->seen[at.chain] = 1;
        w->stack[w->n++] = at.chain;
    }
    return false;
}

static bool leave(struct walk *w)
{
    const struct sb_past_chain *chain = &w->past->chains[w->stack[--w->n]];
    if (chain->leans_on != SB_PAST_NONE &&
        enter(w, (struct sb_past_at){chain->leans_on, chain->base - 1})) {
        return true;
    }
    for (size_t i = 0; i < chain->n_parents; i++) {
        if (enter(w, chain->parents[i])) {
            return true;
        }
    }
    return false;
}

/* Is `wanted` at `from` or in its past? */
static bool reaches(const struct sb_past *past, struct sb_past_at from, struct sb_past_at wanted)
{
    struct walk w = {past, wanted, past->walk, past->walk + past->n_chains, 0};
    assert(from.chain < past->n_chains && wanted.chain < past->n_chains);
    if (from.chain == wanted.chain && wanted.seq <= from.seq) {
        return true; /* nearly always */
    }
    memset(w.seen, 0, past->n_chains * sizeof *w.seen);
    bool found = enter(&w, from);
    while (!found && w.n > 0) {
        found = leave(&w);
    }
    return found;
}

bool sb_past_has(const struct sb_past *past, struct sb_past_at later, struct sb_past_at earlier)
{
    bool same = later.chain == earlier.chain && later.seq == earlier.seq;
    return !same && reaches(past, later, earlier);
}

static bool is_of(const struct sb_past_chain *chain, const struct sb_cut_tip *tip)
{
    return sb_org_eq(&chain->origin, &tip->origin) && sb_epoch_eq(chain->epoch, tip->epoch);
}

/* The chain that holds exactly this link; SB_PAST_NONE when none is known to. */
static uint32_t chain_of(const struct sb_past *past, const struct sb_cut_tip *tip)
{
    for (size_t i = 0; i < past->n_links; i++) {
        const struct sb_past_link *link = &past->links[i];
        if (link->at.seq == tip->seq.n && sb_hash_eq(&link->hash, &tip->hash) &&
            is_of(&past->chains[link->at.chain], tip)) {
            return link->at.chain;
        }
    }
    return SB_PAST_NONE;
}

bool sb_past_holds(const struct sb_past *past, const struct sb_cut_tip *tip)
{
    return chain_of(past, tip) != SB_PAST_NONE;
}

bool sb_past_cut_has(const struct sb_past *past, const struct sb_cut_tip *tip, struct sb_past_at at)
{
    uint32_t exact = chain_of(past, tip);
    if (exact != SB_PAST_NONE) {
        return reaches(past, (struct sb_past_at){exact, tip->seq.n}, at);
    }
    for (uint32_t i = 0; i < past->n_chains; i++) {
        const struct sb_past_chain *chain = &past->chains[i];
        uint64_t seq = tip->seq.n < chain->last ? tip->seq.n : chain->last;
        if (is_of(chain, tip) && seq >= chain->base &&
            reaches(past, (struct sb_past_at){i, seq}, at)) {
            return true;
        }
    }
    return false;
}
