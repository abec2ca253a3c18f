/* Comparing epochs with partners where the digest of what is too many to list differs: ranges of
 * counters, halved until what differs is found. */
#include <string.h>

#include "daemon/core/history.h"
#include "daemon/core/peer.h"
#include "daemon/core/places.h"
#include "daemon/core/shown.h"
#include "daemon/core/want_parts.h"

static struct sb_counter_range take_range(struct sb_peer *p, uint32_t at)
{
    struct sb_counter_range range = p->ranges[at];
    p->n_ranges--;
    memmove(&p->ranges[at], &p->ranges[at + 1], (p->n_ranges - at) * sizeof *p->ranges);
    return range;
}

/* The last one first: parts before what waits beside them. Those of an origin for whose epochs
 * there is no room wait, and hold up no other's. */
void sb_want_plan_ranges(struct sb_core *c, uint16_t peer, struct sb_effects *fx)
{
    struct sb_peer *p = &c->peers[peer];
    for (uint32_t i = p->n_ranges; i-- > 0 && sb_want_room(c, peer) == SB_WANT_ROOM;) {
        if (!sb_places_summary_room(c, peer, p->ranges[i].origin)) {
            continue;
        }
        struct sb_counter_range range = take_range(p, i);
        struct sb_want_state *w = sb_want_add(c, SB_WANT_SUMMARY, peer, range.origin);
        struct sb_effect *e = sb_want_send(fx, SB_FX_SUMMARY_REQUEST, w);
        w->range = range;
        e->partner.from_counter = range.from;
        e->partner.to_counter = range.to;
        e->partner.skip = range.skip;
    }
}

void sb_want_compare_anew(struct sb_core *c, uint16_t peer)
{
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        memset(&sb_rest_of(c, peer, o)->compared, 0, sizeof(struct sb_hash));
    }
}

/* The oldest range of the origin that has most of them; NONE: nobody has more than one more than
 * this one would. */
static uint32_t range_of_richest(const struct sb_peer *p, uint16_t origin)
{
    uint32_t most = 1, found = NONE;
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        most += p->ranges[i].origin == origin;
    }
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        uint32_t n = 0;
        for (uint32_t j = i; j < p->n_ranges; j++) {
            n += p->ranges[j].origin == p->ranges[i].origin;
        }
        if (n > most) {
            most = n;
            found = i;
        }
    }
    return found;
}

/* One that is left out comes again: as long as the epochs differ they are compared again. */
void sb_want_range(struct sb_core *c, uint16_t peer, struct sb_counter_range range)
{
    struct sb_peer *p = &c->peers[peer];
    uint32_t other = p->n_ranges == SB_RANGES_MAX ? range_of_richest(p, range.origin) : NONE;
    if (other != NONE) {
        (void)take_range(p, other);
    }
    if (p->n_ranges < SB_RANGES_MAX) {
        p->ranges[p->n_ranges++] = range;
        c->plan = true;
    }
}

static bool rest_differs(struct sb_core *c, uint16_t origin, const struct sb_rest_view *rest)
{
    return rest->count > 0 && !sb_planted(SB_PLANT_IGNORE_REST) &&
           !sb_history_rest_equal(c, origin, rest);
}

static void compare(struct sb_core *c, uint16_t peer, uint16_t origin, struct sb_rest_view *rest)
{
    rest->compared = rest->digest;
    rest->had = c->origins[origin].n_chains;
    rest->compare_after_ms = c->now.mono_ms + rest->compare_pause_ms;
    trace(c, SB_TRACE_FRONTIER_REST_DIFFERS);
    sb_want_range(c, peer, (struct sb_counter_range){origin, 0, UINT32_MAX, 0});
}

void sb_want_compare_rest(struct sb_core *c, uint16_t peer, uint16_t origin)
{
    struct sb_rest_view *rest = sb_rest_of(c, peer, origin);
    if (!sb_hash_eq(&rest->compared, &rest->digest) && rest_differs(c, origin, rest)) {
        rest->compare_pause_ms = SB_COMPARE_RETRY_MS;
        compare(c, peer, origin, rest);
    }
}

/* Twice as long each time: the partner may simply lag. But where something came there is more of
 * it. */
static void wait_longer(const struct sb_core *c, uint16_t origin, struct sb_rest_view *rest)
{
    bool came = c->origins[origin].n_chains > rest->had;
    rest->compare_pause_ms = sb_want_longer(came ? 0 : rest->compare_pause_ms, SB_COMPARE_RETRY_MS,
                                            SB_COMPARE_RETRY_MAX_MS);
}

/* An answer may have been lost, or what it listed: as long as they differ they are compared again,
 * ever more rarely where nothing comes of it. */
void sb_want_compare_again(struct sb_core *c)
{
    for (uint16_t p = 1; p < c->o.n_origins; p++) {
        for (uint16_t o = 0; o < c->o.n_origins; o++) {
            struct sb_rest_view *rest = sb_rest_of(c, p, o);
            if (rest->count > 0 && c->now.mono_ms >= rest->compare_after_ms &&
                sb_peer_route(c, p).kind != SB_ROUTE_NONE && rest_differs(c, o, rest)) {
                wait_longer(c, o, rest);
                compare(c, p, o, rest);
            }
        }
    }
    c->compared_ms = c->now.mono_ms;
}

static bool is_narrower(const struct sb_counter_range *asked, const struct sb_range_digest *part)
{
    return part->from >= asked->from && part->to <= asked->to && part->from <= part->to &&
           part->to - part->from < asked->to - asked->from;
}

const struct sb_counter_range *sb_want_asked_summary(const struct sb_core *c, uint16_t peer,
                                                     uint32_t request,
                                                     const struct sb_summary *summary)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        const struct sb_want_state *w = &c->wants[i];
        if (w->kind != SB_WANT_SUMMARY || w->peer != peer || w->request != request) {
            continue;
        }
        for (size_t p = 0; p < summary->n_parts; p++) {
            if (!is_narrower(&w->range, &summary->parts[p])) {
                return NULL;
            }
        }
        return &w->range;
    }
    return NULL;
}

bool sb_want_comparing(const struct sb_core *c)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        if (c->wants[i].kind != SB_WANT_BODIES) {
            return true;
        }
    }
    for (uint16_t p = 1; p < c->o.n_origins; p++) {
        if (c->peers[p].n_ranges > 0) {
            return true;
        }
    }
    return false;
}

bool sb_want_own_comparing(const struct sb_core *c)
{
    for (uint32_t i = 0; i < c->n_wants; i++) {
        if (c->wants[i].origin == 0) {
            return true;
        }
    }
    for (uint16_t p = 1; p < c->o.n_origins; p++) {
        for (uint32_t i = 0; i < c->peers[p].n_ranges; i++) {
            if (c->peers[p].ranges[i].origin == 0) {
                return true;
            }
        }
    }
    return false;
}
