/* The book of everything said. */
#include "tests/sim/truth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/announced.h"
#include "tests/sim/forks.h"

struct place_key {
    uint64_t tag, seq, origin_counter;
};

struct id_key {
    uint64_t origin;
    struct sb_uuid id;
};

struct sim_truth *sim_truth_new(void)
{
    struct sim_truth *t = calloc(1, sizeof *t);
    assert(t != NULL);
    sim_map_init(&t->by_hash, sizeof(struct sb_hash));
    sim_map_init(&t->by_place, sizeof(struct place_key));
    sim_map_init(&t->by_id, sizeof(struct id_key));
    return t;
}

void sim_truth_free(struct sim_truth *t)
{
    sim_map_fini(&t->by_hash);
    sim_map_fini(&t->by_place);
    sim_map_fini(&t->by_id);
    free(t->said);
    free(t);
}

const struct sim_said *sim_truth_find(const struct sim_truth *t, const struct sb_hash *hash)
{
    const uint32_t *at = sim_map_get(&t->by_hash, hash);
    return at == NULL ? NULL : &t->said[*at - 1];
}

int sim_host_of(const struct sim_world *w, const struct sb_org *org)
{
    for (int i = 0; i < w->n_hosts; i++) {
        if (sb_org_eq(&w->hosts[i].org, org)) {
            return i;
        }
    }
    return -1;
}

static uint32_t entitled_hosts(const struct sim_world *w, const struct sb_link *link)
{
    uint32_t bits = 0;
    for (int i = 0; i < w->n_hosts; i++) {
        bits |= sb_link_entitles(link, &w->hosts[i].org) ? 1u << i : 0;
    }
    return bits;
}

/* An honest origin never signs two links for one place, whatever befell it but the copy of a
 * running machine that goes on; it counts one id once,
 * unless its disk forgot that it had. */
static void judge(struct sim_world *w, int origin, const struct sb_link *link, bool place_taken,
                  bool id_taken)
{
    const struct sim_host *h = &w->hosts[origin];
    struct sim_truth *t = w->truth;
    t->forks += place_taken;
    t->doubles += id_taken;
    t->forked_origin[origin] |= place_taken;
    if (h->villain) {
        return;
    }
    if (place_taken && !h->resumed && !sim_announced_is_old(w, origin, link->epoch)) {
        sim_violate(w, "I11", "%s signed two links at %u-%llx:%llu", h->org.s, link->epoch.counter,
                    (unsigned long long)link->epoch.tag, (unsigned long long)link->seq.n);
    }
    if (id_taken && !h->disk_lost && !h->rolled_back) {
        sim_violate(w, "I5", "%s counts one id twice", h->org.s);
    }
}

/* What else was said behind the same link? There the origin forked. */
static void add_fork(struct sim_world *w, const struct sim_said *s)
{
    for (uint32_t i = 0; i + 1 < w->truth->n; i++) {
        const struct sim_said *other = &w->truth->said[i];
        if (other->origin == s->origin && sb_epoch_eq(other->epoch, s->epoch) &&
            other->seq.n == s->seq.n && sb_hash_eq(&other->prev, &s->prev)) {
            sim_forks_add(w->forks, &other->hash, &s->hash);
            return;
        }
    }
}

const struct sim_said *sim_truth_say(struct sim_world *w, int origin, const struct sb_link *link,
                                     int by)
{
    struct sim_truth *t = w->truth;
    if (t->n == t->cap) {
        t->cap = t->cap == 0 ? 256 : 2 * t->cap;
        t->said = realloc(t->said, t->cap * sizeof *t->said);
        assert(t->said != NULL);
    }
    struct place_key place = {link->epoch.tag, link->seq.n,
                              (uint64_t)origin << 32 | link->epoch.counter};
    struct id_key id = {(uint64_t)origin, link->id};
    uint32_t *by_place = sim_map_put(&t->by_place, &place), *by_id = sim_map_put(&t->by_id, &id);
    judge(w, origin, link, *by_place != 0, *by_id != 0);
    struct sim_said *s = &t->said[t->n++];
    *s = (struct sim_said){origin,    sb_link_hash(link), link->prev, link->epoch,
                           link->seq, link->id,           link->kind, entitled_hosts(w, link),
                           by};
    if (*by_place != 0) {
        add_fork(w, s);
    }
    *by_place = *by_place == 0 ? t->n : *by_place;
    *by_id = *by_id == 0 ? t->n : *by_id;
    *sim_map_put(&t->by_hash, &s->hash) = t->n;
    t->last_ms = w->hosts[origin].villain ? t->last_ms : w->now_ms;
    return s;
}

bool sim_twins_both_spoke(const struct sim_world *w)
{
    uint32_t epochs[SIM_NODES_MAX] = {0};
    for (uint32_t i = 0; i < w->truth->n; i++) {
        epochs[w->truth->said[i].by] += w->truth->said[i].seq.n == 1;
    }
    return epochs[0] >= 3 && epochs[w->n_hosts - 1] >= 3;
}
