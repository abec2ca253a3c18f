/* Who has a place and who gives his up: see places.h. */
#include "daemon/core/places.h"

#include "daemon/core/path.h"
#include "daemon/core/peer.h"
#include "daemon/core/shown.h"
#include "daemon/core/want_parts.h"

static uint32_t for_heads(const struct sb_core *c)
{
    return c->o.places > 0 ? (uint32_t)c->o.places : SB_SHOWN_PER_PEER;
}

static uint32_t for_summaries(const struct sb_core *c)
{
    return c->o.places > 0 ? (uint32_t)c->o.places : SB_SUMMARIES_PER_PEER;
}

uint32_t sb_places_per_peer(const struct sb_core *c)
{
    return (uint32_t)c->o.max_origins + for_heads(c) + for_summaries(c);
}

bool sb_places_full(const struct sb_core *c, uint16_t peer)
{
    return c->peers[peer].n_shown == sb_places_per_peer(c);
}

bool sb_places_summaries_full(const struct sb_core *c, uint16_t peer)
{
    return c->peers[peer].n_summaries == for_summaries(c);
}

/* At the end of its origin's list, whose order is that of asking. */
static void put_last(struct sb_core *c, uint32_t entry)
{
    uint32_t *at = &c->origins[c->shown[entry].origin].shown;
    while (*at != NONE) {
        at = &c->shown[*at].next;
    }
    c->shown[entry].next = NONE;
    *at = entry;
}

/* What all else is asked for is what we lack: mostly nothing, among entries that are partners times
 * origins. So it is counted. */
void sb_places_set_held(struct sb_core *c, struct sb_shown *s)
{
    if (!s->held) {
        c->peers[s->peer].n_lacking--;
        c->origins[s->origin].n_lacking--;
        s->held = true;
    }
}

void sb_places_set_summary(struct sb_core *c, struct sb_shown *s, bool summary)
{
    struct sb_rest_view *rest = sb_rest_of(c, s->peer, s->origin);
    c->peers[s->peer].n_summaries += summary;
    c->peers[s->peer].n_summaries -= s->summary;
    rest->n_summaries += summary;
    rest->n_summaries -= s->summary;
    s->summary = summary;
}

void sb_places_give(struct sb_core *c, uint32_t *link)
{
    uint32_t at = *link;
    struct sb_shown *s = &c->shown[at];
    *link = s->next;
    sb_places_set_summary(c, s, false);
    sb_places_set_held(c, s);
    c->peers[s->peer].n_shown--;
    sb_rest_of(c, s->peer, s->origin)->n_shown--;
    *s = (struct sb_shown){.next = c->free_shown};
    c->free_shown = at;
}

/* ---- who gives way */

/* In the order in which they give way. */
enum worth { HEAD, OLDER, IN_VAIN, HELD, GHOST, OVER, NEVER };

static enum worth worth_of(const struct sb_shown *s)
{
    if (s->ghost && !s->summary) {
        return s->held ? OVER : GHOST;
    }
    if (s->held) {
        return HELD;
    }
    return s->pause_ms >= SB_WANT_RETRY_MAX_MS ? IN_VAIN : s->summary ? OLDER : HEAD;
}

static uint32_t share_of(const struct sb_core *c, uint16_t peer, uint16_t origin, bool summaries)
{
    const struct sb_rest_view *rest = sb_rest_of(c, peer, origin);
    return summaries ? rest->n_summaries : rest->n_shown;
}

/* Whose places are most; `origin` itself where nobody has more than one more. */
static uint16_t richest(const struct sb_core *c, uint16_t peer, uint16_t origin, bool summaries)
{
    uint16_t most = origin;
    uint32_t n = share_of(c, peer, origin, summaries) + 1;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        uint32_t share = share_of(c, peer, o, summaries);
        if (share > n && !sb_planted(SB_PLANT_PLACES_UNSHARED)) {
            most = o;
            n = share;
        }
    }
    return most;
}

/* What gives way to this wish; NULL: nothing does. Another origin's may be anything; among its own
 * it displaces only what is of less use than itself. */
static uint32_t *find_victim(const struct sb_core *c, const struct sb_place_wish *wish,
                             bool summaries)
{
    const uint16_t from = richest(c, wish->peer, wish->origin, summaries);
    const enum worth own = wish->held ? GHOST : IN_VAIN;
    enum worth least = from == wish->origin ? own : HEAD;
    uint32_t *victim = NULL;
    for (uint32_t *at = &c->origins[from].shown; *at != NONE; at = &c->shown[*at].next) {
        const struct sb_shown *s = &c->shown[*at];
        if (s->peer == wish->peer && (!summaries || s->summary) && worth_of(s) >= least) {
            least = worth_of(s); /* of several the last, which is asked for last */
            victim = at;
        }
    }
    return victim;
}

/* A newer head of an epoch goes on where the older one was. */
static void displace(struct sb_core *c, uint32_t *victim, const struct sb_place_wish *wish,
                     struct sb_shown *heir)
{
    const struct sb_shown *s = &c->shown[*victim];
    c->peers[wish->peer].crowded |= !s->held && !s->ghost && !s->summary;
    if (s->origin == wish->origin && !s->held && sb_epoch_eq(s->epoch, wish->head->epoch) &&
        s->checkpoint.seq.n <= wish->head->checkpoint.seq.n) {
        heir->missing_since = s->missing_since;
        sb_path_inherit(heir, s);
    }
    sb_places_give(c, victim);
}

static bool make_room(struct sb_core *c, const struct sb_place_wish *wish, struct sb_shown *heir)
{
    bool summaries = wish->summary && sb_places_summaries_full(c, wish->peer);
    if (!summaries && !sb_places_full(c, wish->peer)) {
        return true;
    }
    uint32_t *victim = find_victim(c, wish, summaries);
    if (victim == NULL || sb_planted(SB_PLANT_PLACES_KEPT)) {
        c->peers[wish->peer].crowded |= !wish->summary && !wish->held;
        return false;
    }
    displace(c, victim, wish, heir);
    return true;
}

struct sb_shown *sb_places_take(struct sb_core *c, const struct sb_place_wish *wish)
{
    struct sb_shown entry = {.peer = wish->peer,
                             .origin = wish->origin,
                             .epoch = wish->head->epoch,
                             .checkpoint = wish->head->checkpoint,
                             .missing_since = wish->head->checkpoint.time};
    if (!make_room(c, wish, &entry)) {
        return NULL;
    }
    uint32_t at = c->free_shown;
    if (at != NONE) {
        c->free_shown = c->shown[at].next;
    } else {
        at = c->n_shown++;
    }
    c->shown[at] = entry;
    c->peers[wish->peer].n_shown++;
    c->peers[wish->peer].n_lacking++;
    c->origins[wish->origin].n_lacking++;
    sb_rest_of(c, wish->peer, wish->origin)->n_shown++;
    put_last(c, at);
    return &c->shown[at];
}

bool sb_places_summary_room(const struct sb_core *c, uint16_t peer, uint16_t origin)
{
    const struct sb_place_wish wish = {.peer = peer, .origin = origin, .summary = true};
    bool summaries = sb_places_summaries_full(c, peer);
    return (!summaries && !sb_places_full(c, peer)) || find_victim(c, &wish, summaries) != NULL;
}

/* ---- what was left out */

void sb_places_begin(struct sb_core *c, uint16_t peer)
{
    struct sb_peer *p = &c->peers[peer];
    p->crowded_pause_ms = p->crowded ? p->crowded_pause_ms : 0;
    p->crowded = false;
}

/* Twice as long each time. But where something came there is room for more of it. */
static void ask_later(const struct sb_core *c, struct sb_peer *p)
{
    bool came = c->n_chains > p->crowded_had;
    p->crowded_pause_ms = sb_want_longer(came ? 0 : p->crowded_pause_ms, SB_COMPARE_RETRY_MS,
                                         SB_COMPARE_RETRY_MAX_MS);
    p->crowded_after_ms = c->now.mono_ms + p->crowded_pause_ms;
    p->crowded_had = c->n_chains;
}

void sb_places_tick(struct sb_core *c, struct sb_effects *fx)
{
    for (uint16_t i = 1; i < c->o.n_origins; i++) {
        struct sb_peer *p = &c->peers[i];
        if (!p->crowded || c->now.mono_ms < p->crowded_after_ms) {
            continue;
        }
        ask_later(c, p);
        sb_peer_ask_full(c, i, fx);
    }
}
