/* What a node shows of its partners: see sight.h. Knows only what arrived, not the core's rules for
 * what to make of it. */
#include "tests/sim/sight.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"

/* A heartbeat is heard, and an attempt that was under way ends. */
enum { DIALLED_MS = SB_FRONTIER_INTERVAL_MS + SB_HANDSHAKE_MS + 1000 };
/* Who was heard so long before a pause is not silent so long after it. */
enum { ATTENTIVE_MS = SB_FRONTIER_INTERVAL_MS + 500, AWAKE_MS = 1000 };

static struct sim_sight *sight_of(struct sim_host *h, uint32_t identity)
{
    return identity >= 1 && identity <= h->n_partners ? &h->sights[identity] : NULL;
}

struct sim_sight *sim_sights_new(void)
{
    struct sim_sight *sights = calloc(SIM_NODES_MAX + 1, sizeof *sights);
    assert(sights != NULL);
    return sights;
}

void sim_sight_reset(struct sim_host *h)
{
    memset(h->sights, 0, (SIM_NODES_MAX + 1) * sizeof *h->sights);
}

static bool lists(const uint32_t *sessions, size_t n, uint32_t session)
{
    for (size_t i = 0; i < n; i++) {
        if (sessions[i] == session) {
            return true;
        }
    }
    return false;
}

static void strike(uint32_t *sessions, size_t *n, uint32_t session)
{
    for (size_t i = 0; i < *n; i++) {
        if (sessions[i] == session) {
            sessions[i] = sessions[--*n];
        }
    }
}

static void enter(uint32_t *sessions, size_t *n, uint32_t session)
{
    strike(sessions, n, session);
    if (*n == SIM_SESSIONS_MAX) { /* the oldest is long gone */
        memmove(sessions, sessions + 1, --*n * sizeof *sessions);
    }
    sessions[(*n)++] = session;
}

bool sim_sight_greeted(const struct sim_sight *s, uint32_t session)
{
    return session == 0 ? s->out.greeted : lists(s->sessions, s->n_sessions, session);
}

bool sim_sight_refused(const struct sim_sight *s, uint32_t session)
{
    return session == 0 ? s->out.foreign : lists(s->refused, s->n_refused, session);
}

static void take_greeting(struct sim_sight *s, uint32_t session, bool ours)
{
    struct sim_way *way = session == 0 ? &s->out : &s->in;
    if (session == 0 && !way->up) {
        return; /* of a connection that is over, or of one of the run before */
    }
    way->greeted = ours;
    way->foreign = !ours;
    if (session != 0) {
        strike(s->sessions, &s->n_sessions, session);
        strike(s->refused, &s->n_refused, session);
        enter(ours ? s->sessions : s->refused, ours ? &s->n_sessions : &s->n_refused, session);
    }
}

static void hear_frame(struct sim_world *w, struct sim_host *h, struct sim_sight *s,
                       const struct sb_net_message *m)
{
    uint32_t session = m->event == SB_NET_REQUEST ? m->session : 0;
    struct sim_way *way = session == 0 ? &s->out : &s->in;
    struct sb_message message;
    char why[SB_LABEL_MAX + 1];
    way->used = way->heard = true;
    way->heard_ms = w->now_ms;
    way->heard_paused_ms = h->paused_ms;
    uint8_t type = m->frame.n < SB_WIRE_HEADER ? 0 : m->frame.p[3];
    if (type == SB_MSG_HELLO || type == SB_MSG_FRONTIER || type == SB_MSG_VIEW) {
        way->beats = true;
        way->beat_ms = w->now_ms;
    }
    if (type != SB_MSG_HELLO) {
        return;
    }
    struct sb_arena *arena = sim_arena_lend(w);
    if (sb_wire_decode(&message, m->frame, arena, why) == SB_CODE_OK &&
        sb_org_eq(&message.hello.organisation, &h->partners[m->identity - 1].org)) {
        take_greeting(s, session, sb_hash_eq(&message.hello.partnership, &w->partnership));
    }
    sim_arena_return(w, arena);
}

static void forget_session(struct sim_host *h, uint32_t session)
{
    for (size_t i = 1; i <= h->n_partners; i++) {
        struct sim_sight *s = &h->sights[i];
        strike(s->sessions, &s->n_sessions, session);
        strike(s->refused, &s->n_refused, session);
    }
}

void sim_sight_heard(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m)
{
    struct sim_sight *s = sight_of(h, m->identity);
    if (m->event == SB_NET_SESSION_GONE) {
        forget_session(h, m->session);
    } else if (s != NULL && (m->event == SB_NET_LINK_UP || m->event == SB_NET_LINK_DOWN)) {
        s->out.used = true;
        s->out.up = m->event == SB_NET_LINK_UP;
        s->out.down = !s->out.up;
        s->out.foreign = s->out.greeted = s->out.heard = false;
    } else if (s != NULL && (m->event == SB_NET_REQUEST || m->event == SB_NET_REPLY)) {
        hear_frame(w, h, s, m);
    }
}

/* Who hung and has just gone on has not read yet what came meanwhile. */
static void check_accusation(struct sim_host *h, const struct sim_way *way, const char *who)
{
    const struct sim_world *w = h->mirror->world;
    bool beats = way->beats && way->beat_ms >= h->paused_from_ms - ATTENTIVE_MS;
    if (beats && h->paused_ms > 0 && w->now_ms >= h->paused_until_ms &&
        w->now_ms - h->paused_until_ms < AWAKE_MS) {
        sim_violate(h->mirror->world, "status", "%s hung itself, and says that %s is silent",
                    h->org.s, who);
    }
}

bool sim_sight_stalled(const struct sim_host *h, int partner)
{
    const struct sim_sight *s = &h->sights[sim_number(h, partner)];
    return s->out.stalled || s->in.stalled;
}

void sim_sight_told(struct sim_host *h, const char *who, const char *what, const char *to,
                    const char *why)
{
    if (strcmp(why, "greeting") == 0 && strcmp(to, "connecting") != 0) {
        sim_violate(h->mirror->world, "status",
                    "%s says that %s is %s, for the reason of another "
                    "state: %s",
                    h->org.s, who, to, why);
    }
    for (size_t i = 1; i <= h->n_partners; i++) {
        bool out = strcmp(what, "outgoing") == 0;
        if (strcmp(h->partners[i - 1].org.s, who) == 0 && (out || strcmp(what, "incoming") == 0)) {
            struct sim_way *way = out ? &h->sights[i].out : &h->sights[i].in;
            (void)snprintf(way->told, sizeof way->told, "%s", to);
            if (strcmp(to, "stalled") == 0) {
                way->stalled = true;
                if (strstr(why, "nothing heard") != NULL) {
                    check_accusation(h, way, who);
                }
            }
        }
    }
}

/* ---- compared */

static void check_way(struct sim_world *w, const struct sim_host *h, size_t partner, bool out,
                      const char *shown)
{
    const struct sim_sight *s = &h->sights[partner];
    const struct sim_way *way = out ? &s->out : &s->in;
    const char *direction = out ? "to" : "from", *org = h->partners[partner - 1].org.s;
    bool moves = strcmp(shown, "live") == 0 || strcmp(shown, "catching_up") == 0;
    bool refuses = way->foreign && (out || s->n_sessions == 0);
    int64_t paused_ms = h->paused_ms - way->heard_paused_ms; /* meanwhile it saw nothing */
    if (moves && (!way->heard || w->now_ms - way->heard_ms - paused_ms > SB_STALLED_MS)) {
        sim_violate(w, "status", "%s shows the direction %s %s as %s, and nothing comes by it",
                    h->org.s, direction, org, shown);
    } else if (out && way->down && strcmp(shown, "down") != 0) {
        sim_violate(w, "status", "%s was told that its connection to %s ended, and shows it as %s",
                    h->org.s, org, shown);
    } else if (refuses && !(out && way->down) && strcmp(shown, "refused") != 0 &&
               strcmp(shown, "down") != 0) {
        sim_violate(w, "status", "%s shows the direction %s %s, of another partnership, as %s",
                    h->org.s, direction, org, shown);
    } else if (way->told[0] != '\0' && strcmp(way->told, shown) != 0) {
        sim_violate(w, "status", "%s says that the direction %s %s is %s, and shows it as %s",
                    h->org.s, direction, org, way->told, shown);
    } else if (way->told[0] == '\0' && way->used && moves) {
        sim_violate(w, "status", "%s shows the direction %s %s as %s, and never said so", h->org.s,
                    direction, org, shown);
    }
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whoever hears a partner's broadcasts dials it at once, however long nobody had been there. */
static void check_dialled(struct sim_world *w, const struct sim_host *h, const struct sim_host *to)
{
    const struct sim_link *l = &w->links[h->index][to->index];
    int64_t since =
        later(later(l->follows_ms, h->started_ms), later(h->paused_until_ms, to->paused_until_ms));
    if (w->healed && l->follows && !l->up && !to->villain && w->now_ms - since > DIALLED_MS) {
        sim_violate(w, "dialling", "%s hears %s and does not dial it", h->org.s, to->org.s);
    }
}

void sim_sight_check(struct sim_world *w, const struct sim_host *h)
{
    for (int i = 0; i < w->n_hosts; i++) {
        check_dialled(w, h, &w->hosts[i]);
    }
    for (size_t i = 1; i <= h->n_partners; i++) {
        struct sb_core_peer_status status;
        sb_core_peer_status(sb_node_core(h->node), (uint16_t)i, sim_now(w, h), &status);
        check_way(w, h, i, true, status.outgoing.state);
        check_way(w, h, i, false, status.incoming.state);
    }
}

static void check_live(struct sim_world *w, const struct sim_host *h, int partner)
{
    struct sb_core_peer_status s;
    const char *org = w->hosts[partner].org.s;
    sb_core_peer_status(sb_node_core(h->node), sim_number(h, partner), sim_now(w, h), &s);
    if (w->links[h->index][partner].up && strcmp(s.outgoing.state, "live") != 0) {
        sim_violate(w, "status", "%s still shows its connection to %s as %s (%s)", h->org.s, org,
                    s.outgoing.state, s.outgoing.reason);
    }
    if (w->links[partner][h->index].up && strcmp(s.incoming.state, "live") != 0) {
        sim_violate(w, "status", "%s still shows the connection from %s as %s (%s)", h->org.s, org,
                    s.incoming.state, s.incoming.reason);
    }
    if (s.lag_events != 0 || s.their_lag_events != 0) {
        sim_violate(w, "status", "%s believes to lag %s by %llu events, and %s it by %llu",
                    h->org.s, org, (unsigned long long)s.lag_events, org,
                    (unsigned long long)s.their_lag_events);
    }
}

/* In worlds where nothing was lost for ever and everybody can come to hold the same. */
void sim_sight_check_end(struct sim_world *w, const struct sim_host *h)
{
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sim_host *o = &w->hosts[i];
        if (w->villain != NULL || o->disk_lost || o->rolled_back || sim_quota(w, o) < UINT32_MAX) {
            return;
        }
    }
    for (int i = 0; i < w->n_hosts; i++) {
        bool linked = w->links[h->index][i].up || w->links[i][h->index].up;
        if (i != h->index && linked && w->violation[0] == '\0') {
            check_live(w, h, i);
        }
    }
}
