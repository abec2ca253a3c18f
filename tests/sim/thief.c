/* A stolen key; see thief.h. */
#include "tests/sim/thief.h"

#include <assert.h>
#include <string.h>

#include "proto/body.h"
#include "tests/sim/announced.h"
#include "tests/sim/forgery.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/statements.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain_parts.h"

enum { PAUSE_MS = 100, MORE_MS = 700, LATENCY_MS = 3, TEXT_MAX = 48 };

void sim_thief_begin(struct sim_world *w, int victim)
{
    (void)sim_schedule(w, PAUSE_MS, SIM_THIEF, victim);
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

/* It really was signed with that key: who takes it is not deceived about that. */
static void enter(struct sim_world *w, int victim, const struct sb_events *said)
{
    sim_announced_signed(w, victim, said->epoch);
    for (size_t i = 0; i < said->n_items; i++) {
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

void sim_thief_acts(struct sim_world *w, int victim)
{
    const struct sim_forger by = {victim, victim,
                                  w->keys->of[victim].seeds[w->keys->of[victim].n - 2], true};
    struct sb_message m;
    if (w->healed) {
        return;
    }
    struct sb_arena *arena = sim_arena_lend(w);
    if (sim_forge(w, &by, make_body(w, &w->hosts[victim], arena), arena, &m)) {
        enter(w, victim, &m.events);
        for (int i = 0; i < w->n_hosts; i++) {
            tell(w, victim, i, &m, arena);
        }
    }
    sim_arena_return(w, arena);
    (void)sim_schedule(w, PAUSE_MS + sim_below(&w->random, MORE_MS), SIM_THIEF, victim);
}
