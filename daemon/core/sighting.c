/* What partners show, and since when. Of each partner a row of moments is kept, in the order of
 * time; when it is full, older ones are thinned out, so that what happened long ago is known less
 * exactly, and said to be. */
#include "daemon/core/sighting.h"

#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/holder.h"
#include "daemon/core/shown.h"

enum { RECENT = SB_SIGHTINGS_PER_PEER / 4 };

static struct sb_sighting *row_of(const struct sb_core *c, uint16_t peer)
{
    return &c->sightings[(size_t)peer * SB_SIGHTINGS_PER_PEER];
}

static bool same_epoch(const struct sb_sighting *a, uint16_t origin, struct sb_epoch epoch)
{
    return a->origin == origin && sb_epoch_eq(a->epoch, epoch);
}

static struct sb_sighting *next_of_epoch(struct sb_sighting *row, uint32_t n, uint32_t at)
{
    for (uint32_t i = at + 1; i < n; i++) {
        if (same_epoch(&row[i], row[at].origin, row[at].epoch)) {
            return &row[i];
        }
    }
    return NULL;
}

/* Every other one of those that a later one of the same epoch can stand for; where there is none,
 * the oldest. */
static uint32_t thin(struct sb_sighting *row, uint32_t n)
{
    uint32_t kept = 0;
    bool odd = false;
    for (uint32_t i = 0; i < n; i++) {
        struct sb_sighting *next = i < n - RECENT ? next_of_epoch(row, n, i) : NULL;
        odd = next != NULL ? !odd : odd;
        if (next != NULL && odd) {
            next->coarse = true;
        } else {
            row[kept++] = row[i];
        }
    }
    if (kept == n) {
        kept = n - RECENT;
        memmove(row, row + RECENT, kept * sizeof *row);
    }
    return kept;
}

/* What it showed beyond this it shows no longer: another disk. */
static uint32_t forget_beyond(struct sb_sighting *row, uint32_t n, uint16_t origin,
                              const struct sb_head *head)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool gone = same_epoch(&row[i], origin, head->epoch) &&
                    (row[i].links.n > head->checkpoint.seq.n || row[i].bodies.n > head->bodies.n);
        if (!gone) {
            row[kept++] = row[i];
        }
    }
    return kept;
}

void sb_sighting_note(struct sb_core *c, uint16_t peer, uint16_t origin, const struct sb_head *head,
                      bool news)
{
    struct sb_sighting *row = row_of(c, peer);
    uint32_t n = c->peers[peer].n_sightings, last = n;
    while (last > 0 && !same_epoch(&row[last - 1], origin, head->epoch)) {
        last--;
    }
    if (last > 0 && row[last - 1].links.n == head->checkpoint.seq.n &&
        row[last - 1].bodies.n == head->bodies.n) {
        return;
    }
    n = forget_beyond(row, n, origin, head);
    n = n == SB_SIGHTINGS_PER_PEER ? thin(row, n) : n;
    row[n++] = (struct sb_sighting){.origin = origin,
                                    .news = news,
                                    .epoch = head->epoch,
                                    .links = head->checkpoint.seq,
                                    .bodies = head->bodies,
                                    .at = c->now.wall};
    c->peers[peer].n_sightings = n;
}

/* ---- what is shown now */

/* Does every tip of its epoch at or beyond the event descend from it? Where the epoch is forked a
 * head may lead past the event, also one that is aside here: not everybody has been told what
 * counts. Then only the digest and equal tips tell. */
static bool is_on_every_path(const struct sb_core *c, const struct sb_chain *k, struct sb_seq seq)
{
    unsigned branches = sb_history_branches(c, k->origin, k->epoch);
    for (unsigned b = 0; b < branches; b++) {
        const struct sb_chain *other =
            &c->chains[sb_history_find(c, k->origin, k->epoch, (uint16_t)b)];
        if (other != k && other->base.n <= seq.n) {
            return false;
        }
    }
    return true;
}

static bool same_rest(struct sb_core *c, uint16_t peer, uint16_t origin)
{
    const struct sb_rest_view *rest = sb_rest_of(c, peer, origin);
    return rest->count > 0 && sb_history_rest_equal(c, origin, rest);
}

/* Either the partner shows this epoch at or beyond the event, or the rest of its epochs is exactly
 * ours, this one among them, with every body that is due to it. */
void sb_sighting_shows(struct sb_core *c, uint16_t peer, uint32_t chain, struct sb_seq seq,
                       bool *links, bool *bodies)
{
    const struct sb_chain *k = &c->chains[chain];
    bool one_path = is_on_every_path(c, k, seq);
    *links = *bodies = false;
    for (uint32_t i = c->origins[k->origin].shown; i != NONE; i = c->shown[i].next) {
        const struct sb_shown *s = &c->shown[i];
        if (s->peer == peer && s->held && !s->ghost && sb_epoch_eq(s->epoch, k->epoch) &&
            s->checkpoint.seq.n >= seq.n &&
            (one_path || sb_hash_eq(&s->checkpoint.hash, &k->tip.hash))) {
            *links = true;
            *bodies |= s->bodies.n >= seq.n;
        }
    }
    const struct sb_rest_view *rest = sb_rest_of(c, peer, k->origin);
    uint16_t
        final; /* of a branch aside the end of what counts is shown, where this lies on its way */
    bool has_final = k->aside && sb_core_find_final(c, k->origin, k->epoch, &final);
    chain = has_final ? sb_history_find(c, k->origin, k->epoch, final) : chain;
    if (sb_history_is_rest(c, chain, rest->from) && same_rest(c, peer, k->origin)) {
        *links = true;
        *bodies |= rest->whole;
    }
}

/* ---- since when */

/* The first moment that is remembered; *earlier: it may have been before. Zero: none. */
static struct sb_time since(const struct sb_core *c, uint16_t peer, const struct sb_chain *k,
                            struct sb_seq seq, bool of_bodies, bool *earlier)
{
    const struct sb_sighting *row = row_of(c, peer);
    bool before = false;
    for (uint32_t i = 0; i < c->peers[peer].n_sightings; i++) {
        const struct sb_sighting *s = &row[i];
        if (!same_epoch(s, k->origin, k->epoch)) {
            continue;
        }
        if ((of_bodies ? s->bodies.n : s->links.n) >= seq.n) {
            *earlier = s->coarse || !(before || s->news);
            return s->at;
        }
        before = true;
    }
    *earlier = true;
    return sb_rest_of(c, peer, k->origin)->since;
}

void sb_core_holder(struct sb_core *c, uint16_t partner, uint16_t origin, struct sb_epoch epoch,
                    uint16_t branch, struct sb_seq seq, struct sb_holder *out)
{
    uint32_t chain = sb_history_find(c, origin, epoch, branch);
    bool links = false, bodies = false;
    out->links = out->bodies = SB_HOLDING_UNKNOWN;
    if (chain == NONE || !c->peers[partner].has_full) {
        return;
    }
    const struct sb_chain *k = &c->chains[chain];
    const struct sb_rest_view *rest = sb_rest_of(c, partner, origin);
    sb_sighting_shows(c, partner, chain, seq, &links, &bodies);
    if (!links) { /* it may be among older epochs, of which only a digest is shown */
        bool perhaps = rest->count > 0 && !same_rest(c, partner, origin);
        out->links = out->bodies = perhaps ? SB_HOLDING_UNKNOWN : SB_HOLDING_NO;
        return;
    }
    /* moments are remembered of epochs, not of their branches: another one may have come first */
    bool forked = sb_history_branches(c, origin, epoch) > 1;
    out->links = SB_HOLDING_YES;
    out->links_since = since(c, partner, k, seq, false, &out->links_earlier);
    out->links_earlier |= forked;
    out->bodies = bodies ? SB_HOLDING_YES : SB_HOLDING_NO;
    if (bodies) {
        out->bodies_since = since(c, partner, k, seq, true, &out->bodies_earlier);
        out->bodies_earlier |= forked;
    }
}
