/* A stolen key; see thief.h. */
#include "tests/sim/thief.h"

#include <assert.h>
#include <string.h>

#include "proto/body.h"
#include "proto/embargo.h"
#include "proto/erasure.h"
#include "tests/sim/announced.h"
#include "tests/sim/clients.h"
#include "tests/sim/forgery.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/sealed.h"
#include "tests/sim/statements.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain_parts.h"

enum { PAUSE_MS = 100, MORE_MS = 700, LATENCY_MS = 3, TEXT_MAX = 48 };
/* Of a hundred of its events. */
enum { ERASES = 12, TAKES_ID = 15, BARE = 10, WHOLE = 25 };

void sim_thief_begin(struct sim_world *w, int victim)
{
    (void)sim_schedule(w, PAUSE_MS, SIM_THIEF, victim);
}

/* One of its owner's events that are no system's; NULL: it has said nothing. */
static const struct sim_said *choose_event(struct sim_world *w, int victim)
{
    const struct sim_truth *t = w->truth;
    uint32_t at = t->n == 0 ? 0 : sim_below(&w->random, t->n);
    for (uint32_t i = 0; i < t->n; i++, at = (at + 1) % t->n) {
        if (t->said[at].origin == victim && t->said[at].kind != SB_KIND_SYSTEM) {
            return &t->said[at];
        }
    }
    return NULL;
}

static struct sb_bytes make_body(struct sim_world *w, const struct sim_host *victim,
                                 struct sb_arena *arena)
{
    static const uint8_t custom[] = "\x0a\x0a"
                                    "custom/sim"
                                    "\x8a\x01\x0c"
                                    "\x0a\x03"
                                    "a/b"
                                    "\x12\x05"
                                    "thief";
    struct sb_bytes body = {custom, sizeof custom - 1};
    if (sim_chance(&w->random, 50)) {
        char text[TEXT_MAX];
        sim_statement_choose(w, victim, text, sizeof text);
        body = sim_statement_body(w, victim, text, arena);
    }
    return sb_body_seal(body, sim_now(w, victim).wall, "thief", arena);
}

/* An Erasure of something that its owner said. */
static struct sb_bytes make_erasure(struct sim_world *w, const struct sim_host *victim,
                                    struct sim_forger *by, struct sb_arena *arena)
{
    const struct sim_said *s = choose_event(w, victim->index);
    if (s == NULL) {
        return make_body(w, victim, arena);
    }
    const struct sb_erasure_said said = {victim->org, s->id, {(const uint8_t *)"AVG", 3}};
    by->kind = SB_KIND_SYSTEM;
    return sb_erasure_build(&said, sim_now(w, victim).wall, arena);
}

/* An id that its owner has used, for an event or for one that is not answered; or that it will use
 * where it makes that statement, for ids of those are known before. */
static void take_id(struct sim_world *w, const struct sim_host *victim, struct sb_uuid *id,
                    struct sim_forger *by)
{
    const struct sim_publisher *p = victim->publisher;
    char text[TEXT_MAX];
    if (p->n > 0 && sim_chance(&w->random, 60)) {
        *id = p->items[sim_below(&w->random, (uint32_t)p->n)].id;
    } else {
        sim_statement_choose(w, victim, text, sizeof text);
        *id = sim_publisher_id(victim, text);
    }
    by->id = id;
}

/* It really was signed with that key: who takes it is not deceived about that. */
static void enter(struct sim_world *w, int victim, const struct sb_events *said, size_t genuine)
{
    sim_announced_signed(w, victim, said->epoch);
    for (size_t i = genuine; i < said->n_items; i++) {
        (void)sim_truth_say(w, victim, &said->items[i].link, victim);
    }
}

static void tell(struct sim_world *w, int victim, int to, const struct sb_message *m,
                 struct sb_arena *arena)
{
    struct sim_host *h = &w->hosts[to];
    if (h->node == NULL || to == victim) {
        return;
    }
    if (!sim_keys_heeds(w, h, victim)) {
        uint32_t session = ++h->n_sessions;
        sim_net_message(w, to, SB_NET_REQUEST, sim_number(h, victim), session,
                        (uint32_t)h->started_ms, (struct sb_bytes){0}, sb_wire_encode(m, arena),
                        SIM_FROM_NOWHERE, LATENCY_MS);
    }
    if (w->villain != NULL) {
        sim_villain_speak(w, w->villain, to, m, false);
    }
}

/* What is it this time? */
static struct sb_bytes scheme(struct sim_world *w, int victim, struct sim_forger *by,
                              struct sb_uuid *id, struct sb_arena *arena)
{
    const struct sim_host *h = &w->hosts[victim];
    uint32_t dice = sim_below(&w->random, 100);
    if (dice < ERASES && !w->quiet) { /* in a scenario what it names stays */
        return make_erasure(w, h, by, arena);
    }
    if (dice < ERASES + TAKES_ID) {
        take_id(w, h, id, by);
    }
    by->bare = dice >= ERASES + TAKES_ID && dice < ERASES + TAKES_ID + BARE;
    by->whole = dice >= 100 - WHOLE;
    return make_body(w, h, arena);
}

static struct sim_forger forger_of(const struct sim_world *w, int victim)
{
    return (struct sim_forger){.host = victim,
                               .victim = victim,
                               .seed = w->keys->of[victim].seeds[w->keys->of[victim].announced - 1],
                               .stolen = true,
                               .kind = SB_KIND_OPEN};
}

void sim_thief_acts(struct sim_world *w, int victim)
{
    struct sim_forger by = forger_of(w, victim);
    struct sb_message m;
    struct sb_uuid id;
    size_t genuine;
    if (w->healed) {
        return;
    }
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_bytes body = scheme(w, victim, &by, &id, arena);
    if (sim_forge(w, &by, body, arena, &m, &genuine)) {
        enter(w, victim, &m.events, genuine);
        for (int i = 0; i < w->n_hosts; i++) {
            tell(w, victim, i, &m, arena);
        }
    }
    sim_arena_return(w, arena);
    (void)sim_schedule(w, PAUSE_MS + sim_below(&w->random, MORE_MS), SIM_THIEF, victim);
}

static const struct sim_said *last_that_counts(const struct sim_world *w, int victim)
{
    const struct sim_said *last = NULL;
    for (uint32_t i = 0; i < w->truth->n; i++) {
        const struct sim_said *s = &w->truth->said[i];
        bool counts = s->origin == victim && sim_announced_is_old(w, victim, s->epoch) &&
                      sim_announced_counts(w, s);
        last = counts ? s : last;
    }
    return last;
}

static void give(struct sim_world *w, const struct sim_forger *by, int to)
{
    struct sb_message m;
    size_t genuine;
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_bytes body = make_body(w, &w->hosts[by->victim], arena);
    if (by->behind != NULL && sim_forge(w, by, body, arena, &m, &genuine)) {
        enter(w, by->victim, &m.events, genuine);
        tell(w, by->victim, to, &m, arena);
    }
    sim_arena_return(w, arena);
}

/* Two links below the last that counts, beside it, with all that lies below that. */
static struct sim_forger beside(const struct sim_world *w, int victim, const struct sb_uuid *id)
{
    struct sim_forger by = forger_of(w, victim);
    by.id = id;
    by.whole = true;
    by.behind = last_that_counts(w, victim);
    for (int i = 0; i < 2 && by.behind != NULL; i++) {
        by.behind = sim_truth_find(w->truth, &by.behind->prev);
    }
    return by;
}

void sim_thief_gives_all(struct sim_world *w, int victim, int to)
{
    struct sim_forger by = forger_of(w, victim);
    by.whole = true;
    by.behind = last_that_counts(w, victim);
    give(w, &by, to);
}

void sim_thief_takes_id(struct sim_world *w, int victim, int to, const char *text)
{
    const struct sb_uuid id = sim_publisher_id(&w->hosts[victim], text);
    const struct sim_forger by = beside(w, victim, &id);
    give(w, &by, to);
}

void sim_thief_follows(struct sim_world *w, int victim, int to, const char *text)
{
    const struct sb_uuid id = sim_publisher_id(&w->hosts[victim], text);
    struct sim_forger by = forger_of(w, victim);
    by.whole = true;
    for (uint32_t i = 0; i < w->truth->n; i++) {
        const struct sim_said *s = &w->truth->said[i];
        by.behind = s->origin == victim && sb_uuid_eq(&s->id, &id) ? s : by.behind;
    }
    give(w, &by, to);
}

/* One who is in league with the thief hands it on to the victim, below the end that counts. */
static void hand_back(struct sim_world *w, const struct sim_forger *by, int by_way_of,
                      struct sb_bytes body, struct sb_arena *arena)
{
    struct sim_host *h = &w->hosts[by->victim];
    struct sb_message m;
    size_t genuine;
    if (by->behind != NULL && sim_forge(w, by, body, arena, &m, &genuine)) {
        enter(w, by->victim, &m.events, genuine);
        sim_net_message(w, by->victim, SB_NET_REQUEST, sim_number(h, by_way_of), ++h->n_sessions,
                        (uint32_t)h->started_ms, (struct sb_bytes){0}, sb_wire_encode(&m, arena),
                        SIM_FROM_NOWHERE, LATENCY_MS);
    }
}

void sim_thief_seals(struct sim_world *w, int victim, int by_way_of, const char *text,
                     int64_t for_ms)
{
    struct sim_host *h = &w->hosts[victim];
    const struct sb_uuid sealed = sim_publisher_id(h, text), id = sb_embargo_hold_id(&sealed);
    struct sim_forger by = beside(w, victim, &id);
    struct sb_arena *arena = sim_arena_lend(w);
    by.kind = SB_KIND_RESTRICTED; /* nobody else is entitled to the body */
    hand_back(w, &by, by_way_of, sim_sealed_hold(w, h, text, for_ms, arena), arena);
    sim_arena_return(w, arena);
}

void sim_thief_erases(struct sim_world *w, int victim, int by_way_of, const char *text)
{
    const struct sim_host *h = &w->hosts[victim];
    const struct sb_erasure_said said = {h->org, sim_publisher_id(h, text), {NULL, 0}};
    struct sim_forger by = beside(w, victim, NULL);
    struct sb_arena *arena = sim_arena_lend(w);
    by.kind = SB_KIND_SYSTEM;
    hand_back(w, &by, by_way_of, sb_erasure_build(&said, sim_now(w, h).wall, arena), arena);
    sim_arena_return(w, arena);
}
