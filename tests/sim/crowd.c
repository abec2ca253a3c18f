/* Places that are all taken; see crowd.h. */
#include "tests/sim/crowd.h"

#include "daemon/core/places.h"
#include "tests/sim/villain_parts.h"

bool sim_crowds(const struct sim_villain *v)
{
    return v->manner == SIM_MANNER_HEADS || v->manner == SIM_MANNER_OLDER;
}

struct sb_head sim_crowd_hollow(struct sim_world *w, const struct sim_villain *v)
{
    const struct sim_host *h = &w->hosts[v->host];
    struct sb_chain_ref ref = {w->partnership, h->org, {1 + sim_below(&w->random, 2000), 0}};
    struct sb_checkpoint tip = {{1 + sim_below(&w->random, 9)}, {{0}}, sim_now(w, h).wall, {{0}}};
    ref.epoch.tag = sim_random_u64(&w->random);
    sim_fill(&w->random, tip.hash.b, sizeof tip.hash.b);
    sb_checkpoint_sign(&tip, &ref, &h->seed);
    return (struct sb_head){ref.epoch, tip, tip.seq};
}

/* No fewer than there are origins, so that each may have one. Of its own, so that all else of a
 * world stays what it is. */
uint32_t sim_crowd_places(const struct sim_world *w, const struct sim_host *h)
{
    struct sim_random shape;
    sim_random_seed(&shape, w->seed ^ 0xc40d);
    bool few = w->villainy.crowded && h->index == 0;
    return few ? (uint32_t)w->n_hosts + sim_below(&shape, 4) : 0;
}

/* It may have come in the same turn. */
bool sim_crowd_left_out(const struct sim_host *h, size_t partner)
{
    const struct sb_core *c = sim_core(h);
    return c->peers[partner].crowded || c->peers[partner].crowded_after_ms > c->now.mono_ms;
}

void sim_crowd_turn(struct sim_world *w, const struct sim_host *h)
{
    const struct sb_core *c = sim_core(h);
    if (!w->villainy.crowded) {
        return;
    }
    const enum sim_manner manner = w->villain->manner;
    for (uint16_t p = 1; p < c->o.n_origins; p++) {
        bool older = manner == SIM_MANNER_OLDER;
        w->villainy.times[manner] += older ? sb_places_summaries_full(c, p) : sb_places_full(c, p);
    }
}
