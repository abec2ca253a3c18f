/* What the core tells about itself: rows for the store, tips for lookups, states for status. */
#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/peer.h"
#include "daemon/core/shown.h"
#include "daemon/core/silence.h"

const struct sb_staged *sb_core_staged(const struct sb_core *c)
{
    return c->stage.events;
}

const uint64_t *sb_core_traces(const struct sb_core *c)
{
    return c->traces;
}

static void fill(const struct sb_core *c, uint32_t chain, struct sb_chain_info *out)
{
    const struct sb_chain *k = &c->chains[chain];
    *out = (struct sb_chain_info){.index = chain,
                                  .origin = k->origin,
                                  .branch = k->branch,
                                  .base_branch = k->base_branch,
                                  .epoch = k->epoch,
                                  .base = k->base,
                                  .tip = k->tip,
                                  .bodies = k->bodies,
                                  .bytes = k->bytes,
                                  .key = k->key,
                                  .parents = &c->parents[k->first_parent],
                                  .n_parents = k->n_parents,
                                  .aside = k->aside,
                                  .counts_to = sb_history_counts_to(k)};
}

void sb_core_chain_row(const struct sb_core *c, uint32_t chain, struct sb_chain_info *out)
{
    fill(c, chain, out);
    if (c->chains[chain].touch != 0) {
        const struct sb_touch *t = &c->stage.touches[c->chains[chain].touch - 1];
        out->tip = (struct sb_checkpoint){t->seq, t->hash, t->time, t->signature};
        out->bodies = t->bodies;
        out->bytes = t->bytes;
    }
}

bool sb_core_find_tip(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                      struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch)
{
    for (uint16_t b = 0;; b++) {
        uint32_t chain = sb_history_find(c, origin, epoch, b);
        if (chain == NONE) {
            return false;
        }
        const struct sb_chain *k = &c->chains[chain];
        bool durable = k->tip.seq.n == seq.n && sb_hash_eq(&k->tip.hash, hash);
        if (durable ||
            (sb_history_seq(c, chain).n == seq.n && sb_hash_eq(sb_history_hash(c, chain), hash))) {
            *branch = b;
            return true;
        }
    }
}

bool sb_core_find_chain(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                        uint16_t branch, struct sb_chain_info *out)
{
    uint32_t chain = sb_history_find(c, origin, epoch, branch);
    if (chain == NONE || chain >= c->n_chains - c->stage.n_born) {
        return false;
    }
    fill(c, chain, out);
    return true;
}

bool sb_core_look_chain(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                        uint16_t branch, struct sb_chain_info *out)
{
    uint32_t chain = sb_history_find(c, origin, epoch, branch);
    if (chain == NONE) {
        return false;
    }
    sb_core_chain_row(c, chain, out);
    return true;
}

unsigned sb_core_branches(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch)
{
    return sb_history_branches(c, origin, epoch);
}

void sb_core_offsets(const struct sb_core *c, struct sb_offset *last,
                     struct sb_offset by_class[static SB_CLASS_COUNT])
{
    *last = c->last;
    memcpy(by_class, c->by_class, sizeof c->by_class);
}

static unsigned common_digits(uint64_t a, uint64_t b)
{
    unsigned n = 0;
    while (n < 16 && ((a ^ b) >> (60 - 4 * n) & 15) == 0) {
        n++;
    }
    return n;
}

/* Epochs are shown with their counter, so only those of the same counter can be confused. */
unsigned sb_core_epoch_digits(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch)
{
    unsigned digits = 8;
    for (uint32_t i = c->origins[origin].last;
         i != NONE && c->chains[i].epoch.counter >= epoch.counter; i = c->chains[i].previous) {
        const struct sb_chain *k = &c->chains[i];
        if (k->epoch.counter == epoch.counter && k->epoch.tag != epoch.tag) {
            unsigned n = common_digits(k->epoch.tag, epoch.tag) + 1;
            digits = n > digits ? n : digits;
        }
    }
    return digits;
}

bool sb_core_next_chain(const struct sb_core *c, uint16_t origin, uint32_t *at,
                        struct sb_chain_info *out)
{
    uint32_t chain = *at == 0 ? c->origins[origin].first : c->chains[*at - 1].next;
    if (chain == NONE) {
        return false;
    }
    *at = chain + 1;
    fill(c, chain, out);
    return true;
}

uint32_t sb_core_chain_count(const struct sb_core *c)
{
    return c->n_chains - c->stage.n_born;
}

/* Who is held to its rate is told so, here and by itself: a view says the reason too. */
static struct sb_core_direction account_direction(const struct sb_core *c, uint16_t partner,
                                                  const struct sb_direction *d)
{
    static const char slowed[] = "slowed: more events than its rate (peers.rate); the rest later";
    bool moves = d->state == SB_DIRECTION_LIVE || d->state == SB_DIRECTION_CATCHING_UP;
    return (struct sb_core_direction){sb_direction_name(d->state),
                                      moves && c->origins[partner].slowed ? slowed : d->reason,
                                      d->contact_ms};
}

void sb_core_peer_status(const struct sb_core *c, uint16_t partner, struct sb_now now,
                         struct sb_core_peer_status *out)
{
    const struct sb_peer *p = &c->peers[partner];
    struct sb_time oldest = now.wall;
    *out = (struct sb_core_peer_status){.outgoing = account_direction(c, partner, &p->out),
                                        .incoming = account_direction(c, partner, &p->in),
                                        .lag_events = sb_shown_lag(c, partner, &oldest),
                                        .their_lag_events = sb_shown_their_lag(c, partner),
                                        .boot = p->boot,
                                        .silent = sb_awake_ms(c) - p->heard_ms > SB_STALLED_MS,
                                        .their_state = p->view_state,
                                        .their_reason = p->view_reason};
    out->lag_seconds = (uint64_t)(now.wall.ms - oldest.ms) / 1000;
}

const char *sb_core_state(const struct sb_core *c, const char **reason)
{
    *reason = "";
    if (c->stopping) {
        return "stopping";
    }
    if (c->recovering) {
        *reason = "asking partners for our own history";
        return "recovering";
    }
    if (c->full) {
        *reason = "the disk or the store is full: make room or raise store.max_size";
        return "full";
    }
    return "ready";
}
