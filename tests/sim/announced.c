/* Announcements of new keys; see announced.h. */
#include "tests/sim/announced.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/internal.h"
#include "proto/rekey.h"
#include "proto/wire.h"
#include "tests/sim/checks.h"
#include "tests/sim/keys.h"
#include "tests/sim/map.h"
#include "tests/sim/truth.h"

enum { ARENA_BYTES = 1024 * 1024, TIPS_MAX = 512 };

struct epoch_key {
    uint64_t tag;
    uint32_t origin, counter;
};

struct announcement {
    bool made;
    struct sb_rekey rekey; /* as everybody reads it; from the arena */
    struct sb_arena arena;
};

struct sim_announced {
    struct announcement of[SIM_NODES_MAX];
    struct sim_map epochs; /* under a key that was replaced */
    struct sim_map counts; /* link hashes: what the announcements name, and what lies below */
    size_t n;
};

struct sim_announced *sim_announced_new(void)
{
    struct sim_announced *a = calloc(1, sizeof *a);
    assert(a != NULL);
    sim_map_init(&a->epochs, sizeof(struct epoch_key));
    sim_map_init(&a->counts, sizeof(struct sb_hash));
    return a;
}

void sim_announced_free(struct sim_announced *a)
{
    for (int i = 0; i < SIM_NODES_MAX; i++) {
        if (a->of[i].made) {
            sb_arena_fini(&a->of[i].arena);
        }
    }
    sim_map_fini(&a->epochs);
    sim_map_fini(&a->counts);
    free(a);
}

const struct sb_rekey *sim_announced_of(const struct sim_world *w, int origin)
{
    const struct announcement *a = &w->announced->of[origin];
    return a->made ? &a->rekey : NULL;
}

void sim_announced_signed(struct sim_world *w, int origin, struct sb_epoch epoch)
{
    struct epoch_key key = {epoch.tag, (uint32_t)origin, epoch.counter};
    *sim_map_put(&w->announced->epochs, &key) = 1;
}

bool sim_announced_is_old(const struct sim_world *w, int origin, struct sb_epoch epoch)
{
    struct epoch_key key = {epoch.tag, (uint32_t)origin, epoch.counter};
    return sim_map_get(&w->announced->epochs, &key) != NULL;
}

bool sim_announced_counts(const struct sim_world *w, const struct sim_said *said)
{
    return w->announced->n == 0 || !sim_announced_is_old(w, said->origin, said->epoch) ||
           sim_map_get(&w->announced->counts, &said->hash) != NULL;
}

bool sim_announced_is_cut_off(const struct sim_world *w, const struct sim_said *said)
{
    const struct sb_rekey *rekey = sim_announced_of(w, said->origin);
    const struct sb_rekey_tip *tip = rekey == NULL ? NULL : sb_rekey_find(rekey, said->epoch);
    for (int i = 0; i < w->n_hosts && tip != NULL; i++) {
        if (w->hosts[i].node != NULL && sim_mirror_holds(w->hosts[i].mirror, &tip->hash)) {
            return false;
        }
    }
    return tip != NULL;
}

/* ---- making one */

/* As it was at some time before: the last epochs were not there, of the newest not all was. */
static size_t set_back(struct sim_world *w, const struct sim_host *exporter, uint16_t origin,
                       struct sb_rekey_tip *tips, size_t n)
{
    n = n > 1 ? n - sim_below(&w->random, 2) : n;
    if (n > 0) {
        struct sb_rekey_tip *last = &tips[n - 1];
        struct sb_place place = {origin, 0, last->epoch, last->seq};
        struct sb_checkpoint c = {last->seq, last->hash, {0}, {{0}}};
        place.seq.n = 1 + sim_below(&w->random, (uint32_t)last->seq.n);
        (void)sb_store_checkpoint(exporter->store, &place, &c, NULL);
        last->seq = c.seq;
        last->hash = c.hash;
    }
    return n;
}

/* As `samenbus key announce` does it: of each epoch the highest place, whatever its branch. */
static size_t collect(struct sim_world *w, const struct sim_host *h,
                      const struct sim_host *exporter, bool before, struct sb_rekey_tip *tips)
{
    uint16_t origin = sim_number(exporter, h->index);
    struct sb_chain_info chain;
    uint32_t at = 0;
    size_t n = 0;
    while (n < TIPS_MAX && sb_core_next_chain(sb_node_core(exporter->node), origin, &at, &chain)) {
        struct sb_rekey_tip tip = {chain.epoch, chain.tip.seq, chain.tip.hash};
        if (n > 0 && sb_epoch_eq(tips[n - 1].epoch, tip.epoch)) {
            tips[n - 1] = tips[n - 1].seq.n < tip.seq.n ? tip : tips[n - 1];
        } else {
            tips[n++] = tip;
        }
    }
    return before ? set_back(w, exporter, origin, tips, n) : n;
}

static void count_down_from(struct sim_world *w, const struct sb_hash *tip)
{
    const struct sim_said *s = sim_truth_find(w->truth, tip);
    while (s != NULL) {
        *sim_map_put(&w->announced->counts, &s->hash) = 1;
        s = s->seq.n == 1 ? NULL : sim_truth_find(w->truth, &s->prev);
    }
}

void sim_announce(struct sim_world *w, const struct sim_host *h, const struct sim_host *exporter,
                  const struct sb_sign_seed *old_seed, const struct sb_sign_seed *new_seed,
                  bool before)
{
    struct announcement *a = &w->announced->of[h->index];
    struct sb_rekey_tip tips[TIPS_MAX];
    struct sb_rekey rekey = {.partnership = "simulated",
                             .organisation = h->org,
                             .old_key = sb_sign_public_of(old_seed),
                             .sign_key = sb_sign_public_of(new_seed),
                             .tips = tips};
    struct sb_err err = {0};
    assert(!a->made);
    rekey.n_tips = collect(w, h, exporter, before, tips);
    a->made = true;
    sb_arena_init(&a->arena, ARENA_BYTES);
    struct sb_bytes text = sb_rekey_write(&rekey, new_seed, &a->arena);
    enum sb_rc rc = sb_rekey_read(&a->rekey, text, &a->arena, &err);
    assert(rc == SB_OK);
    for (uint32_t i = 0; i < w->truth->n; i++) {
        if (w->truth->said[i].origin == h->index) {
            sim_announced_signed(w, h->index, w->truth->said[i].epoch);
        }
    }
    for (size_t i = 0; i < a->rekey.n_tips; i++) {
        count_down_from(w, &a->rekey.tips[i].hash);
    }
    w->announced->n++;
    if (w->verbose) {
        fprintf(stderr, "%8lld %s announces a new key: of the old one count %zu epochs, from %s\n",
                (long long)w->now_ms, h->org.s, a->rekey.n_tips, exporter->org.s);
    }
}

/* ---- what must hold */

static bool heeds(const struct sim_world *w, const struct sim_host *h, int origin)
{
    return origin >= 0 && w->announced->of[origin].made && sim_keys_heeds(w, h, origin);
}

/* Until the tip is there nobody can tell which of several histories below it leads to it. */
static bool cannot_tell(const struct sim_world *w, const struct sim_host *h,
                        const struct sim_said *s)
{
    const struct sb_rekey_tip *tip = sb_rekey_find(sim_announced_of(w, s->origin), s->epoch);
    struct sb_chain_info chain;
    uint16_t origin = sim_number(h, s->origin), branch;
    return tip != NULL && s->seq.n < tip->seq.n &&
           (!sb_core_find_tip(sb_node_core(h->node), origin, s->epoch, tip->seq, &tip->hash,
                              &branch) ||
            !sb_core_find_chain(sb_node_core(h->node), origin, s->epoch, branch, &chain) ||
            chain.tip.seq.n != tip->seq.n);
}

bool sim_announced_may_show(const struct sim_world *w, const struct sim_host *h,
                            const struct sb_hash *hash)
{
    const struct sim_said *s = w->announced->n == 0 ? NULL : sim_truth_find(w->truth, hash);
    return s == NULL || !heeds(w, h, s->origin) || sim_announced_counts(w, s) ||
           cannot_tell(w, h, s);
}

bool sim_announced_find_id(const struct sim_world *w, const struct sim_host *h,
                           const struct sb_uuid *id, struct sb_record *out)
{
    bool counts = false;
    for (unsigned nth = 0; !counts && sb_store_find_id(h->store, 0, id, nth, out, NULL) == SB_OK;
         nth++) {
        struct sb_hash hash = sb_link_hash(&out->item.link);
        counts = sim_announced_may_show(w, h, &hash);
    }
    return counts;
}

void sim_announced_turn(struct sim_world *w, const struct sim_host *h)
{
    for (int o = 0; o < w->n_hosts && w->announced->n > 0; o++) {
        struct sb_chain_info chain;
        uint32_t at = 0;
        while (heeds(w, h, o) &&
               sb_core_next_chain(sb_node_core(h->node), sim_number(h, o), &at, &chain)) {
            if (!chain.aside && !sim_announced_may_show(w, h, &chain.tip.hash)) {
                sim_violate(w, "I15", "%s counts %s %u-%08x:%llu, which its replaced key signed",
                            h->org.s, w->hosts[o].org.s, chain.epoch.counter,
                            (unsigned)(chain.epoch.tag >> 32), (unsigned long long)chain.tip.seq.n);
            }
        }
    }
}

static void check_left(struct sim_world *w, const struct sim_host *h, const struct sb_org *origin,
                       struct sb_seq seq, struct sb_hash hash)
{
    if (!sim_announced_may_show(w, h, &hash)) {
        sim_violate(w, "I15", "%s gives %s seq %llu, which its replaced key signed", h->org.s,
                    origin->s, (unsigned long long)seq.n);
    }
}

void sim_announced_left(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    char why[SB_LABEL_MAX + 1];
    if (w->announced->n == 0 || frame.n < SB_WIRE_HEADER ||
        (frame.p[3] != SB_MSG_EVENTS && frame.p[3] != SB_MSG_BODIES)) {
        return;
    }
    struct sb_arena *arena = sim_arena_lend(w);
    bool read = sb_wire_decode(&m, frame, arena, why) == SB_CODE_OK;
    for (size_t i = 0; read && m.type == SB_MSG_EVENTS && i < m.events.n_items; i++) {
        const struct sb_link *link = &m.events.items[i].link;
        check_left(w, h, &m.events.origin, link->seq, sb_link_hash(link));
    }
    for (size_t i = 0; read && m.type == SB_MSG_BODIES && i < m.bodies.n_items; i++) {
        const struct sb_body_item *item = &m.bodies.items[i];
        check_left(w, h, &m.bodies.origin, item->seq, item->link_hash);
    }
    sim_arena_return(w, arena);
}

void sim_announced_given(struct sim_world *w, const struct sim_host *h, const struct sb_hash *hash)
{
    if (!sim_announced_may_show(w, h, hash)) {
        sim_violate(w, "I15", "%s gives its reader what a replaced key signed", h->org.s);
    }
}

/* Is it on the way down from the end of a chain that counts? */
static bool counts_here(const struct sim_host *h, const struct sim_said *s)
{
    const struct sb_core *core = sb_node_core(h->node);
    uint16_t origin = sim_number(h, s->origin), branch;
    struct sb_chain_info end, below;
    bool here = sb_store_find_link(h->store, origin, s->epoch, s->seq, &s->hash, &branch, NULL) ==
                SB_OK,
         counts = false;
    for (uint16_t b = 0; here && !counts && sb_core_find_chain(core, origin, s->epoch, b, &end);
         b++) {
        below = end;
        while (s->seq.n < below.base.n &&
               sb_core_find_chain(core, origin, s->epoch, below.base_branch, &below)) {
        }
        counts = !end.aside && s->seq.n <= end.tip.seq.n && below.branch == branch;
    }
    return counts;
}

/* What its owner may have kept is measured by what counts alone. */
static void check_bytes(struct sim_world *w, const struct sim_host *h)
{
    struct sb_record *r = malloc(sizeof *r);
    uint64_t bytes[SIM_NODES_MAX] = {0};
    struct sb_offset at = {1};
    bool released;
    assert(r != NULL);
    for (; sb_store_next(h->store, at, &at, &released, r, NULL) == SB_OK; at.n++) {
        const struct sb_link *link = &r->item.link;
        struct sb_hash hash = sb_link_hash(link);
        int origin = sim_host_of(w, &link->origin);
        uint8_t out[SB_LINK_MAX];
        if (!released && origin >= 0 && sim_announced_may_show(w, h, &hash)) {
            bytes[origin] += sb_link_encode(out, link);
            bytes[origin] +=
                sb_link_entitles(link, &h->org) ? sizeof(struct sb_salt) + link->body_len : 0;
        }
    }
    for (int o = 0; o < w->n_hosts; o++) {
        uint64_t counted = sim_core(h)->origins[sim_number(h, o)].bytes;
        if (o != h->index && heeds(w, h, o) && counted > bytes[o]) { /* its own are estimates */
            sim_violate(w, "I15", "%s counts %llu bytes of %s, and %llu count", h->org.s,
                        (unsigned long long)counted, w->hosts[o].org.s,
                        (unsigned long long)bytes[o]);
        }
    }
    free(r);
}

/* A stored chain ends with what was signed last in it, whatever of it counts. */
struct ends {
    struct sim_world *w;
    const struct sim_host *h;
};

static bool check_end(void *context, const struct sb_chain_row *row)
{
    const struct ends *e = context;
    const struct sb_place beyond = {row->origin, row->branch, row->epoch, {row->tip.seq.n + 1}};
    struct sb_checkpoint c;
    if (sb_store_checkpoint(e->h->store, &beyond, &c, NULL) == SB_OK) {
        sim_violate(e->w, "I15", "the store of %s has a chain that goes on behind its end",
                    e->h->org.s);
    }
    return e->w->violation[0] == '\0';
}

/* Nothing that the tips name is lost: what anybody has of it counts everywhere, and nothing else
 * that the old key signed counts anywhere. */
void sim_announced_end(struct sim_world *w, struct sim_host *h)
{
    (void)sb_store_refresh(h->store, NULL);
    if (w->announced->n > 0) {
        struct ends ends = {w, h};
        check_bytes(w, h);
        (void)sb_store_chains(h->store, check_end, &ends, NULL);
    }
    for (uint32_t i = 0; i < w->truth->n && w->announced->n > 0 && w->violation[0] == '\0'; i++) {
        const struct sim_said *s = &w->truth->said[i];
        if (!sim_announced_is_old(w, s->origin, s->epoch)) {
            continue;
        }
        bool counts = sim_announced_counts(w, s), here = counts_here(h, s);
        if (sim_announced_is_cut_off(w, s)) {
            continue;
        }
        if (counts != here && (here || sim_mirror_holds(h->mirror, &s->hash))) {
            sim_violate(w, "I15", "%s %s %s %u-%08x:%llu, which its announcement %s", h->org.s,
                        here ? "counts" : "does not count", w->hosts[s->origin].org.s,
                        s->epoch.counter, (unsigned)(s->epoch.tag >> 32),
                        (unsigned long long)s->seq.n, counts ? "names" : "does not name");
        }
    }
}
