/* Keys that change; see keys.h. */
#include "tests/sim/keys.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/history.h"
#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/faults.h"
#include "tests/sim/snapshot.h"
#include "tests/sim/thief.h"

const char *sim_change_name(enum sim_change change)
{
    static const char *const names[SIM_CHANGES] = {
        "lost after a rotation", "resumed from before a rotation", "restored to the key before",
        "rotated after an announcement", "lost after two rotations"};
    return names[change];
}

enum { MEAN_PAUSE_MS = 800, DOWN_MS = 600, DOWN_MORE_MS = 2500 };

struct sim_keys *sim_keys_new(void)
{
    struct sim_keys *keys = calloc(1, sizeof *keys);
    assert(keys != NULL);
    return keys;
}

void sim_keys_free(struct sim_keys *keys)
{
    free(keys);
}

void sim_keys_begin(struct sim_world *w, const struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    k->seeds[0] = h->seed;
    k->n = 1;
}

/* ---- what a configuration says */

static void read_rekeys(struct sim_world *w, struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    uint32_t before = k->heeds;
    k->n_rekeys = 0;
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sb_rekey *rekey = sim_announced_of(w, i);
        if (rekey != NULL && (i == h->index || k->pinned[i] >= w->keys->of[i].announced)) {
            k->heeds |= 1u << i;
            k->rekeys[k->n_rekeys++] = *rekey;
        }
    }
    if (k->heeds != before) { /* from here on it shows less */
        sim_map_clear(&h->mirror->tips);
    }
}

void sim_keys_configure(struct sim_world *w, struct sim_host *h)
{
    const struct sim_keys_of *k = &w->keys->of[h->index];
    struct sb_err err = {0};
    read_rekeys(w, h);
    if (memcmp(&h->seed, &k->seeds[k->now], sizeof h->seed) != 0) {
        h->seed = k->seeds[k->now];
        sb_signer_free(h->signer);
        enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
        assert(rc == SB_OK);
    }
}

const struct sb_certificate *sim_keys_certificate(const struct sim_world *w,
                                                  const struct sim_host *h)
{
    const struct sim_keys_of *k = &w->keys->of[h->index];
    return k->now == 0 || k->now == k->announced ? NULL : &k->by_last[k->now];
}

struct sb_sign_public sim_keys_pinned(const struct sim_world *w, const struct sim_host *at, int of)
{
    return sb_sign_public_of(&w->keys->of[of].seeds[w->keys->of[at->index].pinned[of]]);
}

bool sim_keys_heeds(const struct sim_world *w, const struct sim_host *h, int origin)
{
    return (w->keys->of[h->index].heeds >> origin & 1) != 0;
}

/* A key that was lost is no more used after that, not by its owner. */
static bool knows(const struct sim_world *w, int at, int of)
{
    return !w->keys->of[of].lost || (w->keys->of[at].heeds >> of & 1) != 0;
}

bool sim_keys_meet(const struct sim_world *w, int a, int b)
{
    return knows(w, a, b) && knows(w, b, a);
}

/* ---- what operators do */

static void tell(const struct sim_world *w, const struct sim_host *h, const char *what,
                 const struct sim_host *of)
{
    if (w->verbose) {
        fprintf(stderr, "%8lld %s %s %s\n", (long long)w->now_ms, h->org.s, what, of->org.s);
    }
}

/* Orderly or not; one that is down stays so until it is started. */
static void restart(struct sim_world *w, struct sim_host *h)
{
    if (h->node == NULL) {
        return;
    }
    if (w->quiet || sim_chance(&w->random, 50)) {
        sim_crash(w, h->index, "its keys change");
    } else {
        sim_stop(w, h);
    }
    int64_t more_ms = w->quiet ? 0 : sim_below(&w->random, DOWN_MORE_MS);
    (void)sim_schedule(w, DOWN_MS + more_ms, SIM_START, h->index);
}

static void certify(struct sim_world *w, struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    struct sb_certificate *by_last = &k->by_last[k->n];
    sim_fill(&w->random, k->seeds[k->n].b, sizeof k->seeds[k->n].b);
    *by_last = (struct sb_certificate){.origin = h->org, .time = sim_now(w, h).wall};
    sb_certificate_sign(by_last, &w->partnership, &k->seeds[k->now], &k->seeds[k->n]);
    k->n++;
}

/* Has it an epoch of this host under that key, with the certificate that leads back from it? */
static bool has_epoch_under(const struct sim_host *at, const struct sim_host *of,
                            const struct sb_sign_seed *seed)
{
    const struct sb_sign_public key = sb_sign_public_of(seed);
    struct sb_chain_info chain;
    uint32_t next = 0;
    bool has = false;
    while (!has && at->node != NULL &&
           sb_core_next_chain(sb_node_core(at->node), sim_number(at, of->index), &next, &chain)) {
        has = memcmp(&chain.key, &key, sizeof key) == 0;
    }
    return has;
}

/* Have all others pinned this key, and all something that it signed? */
static bool all_know(const struct sim_world *w, const struct sim_host *h, int key)
{
    const struct sb_sign_seed *seed = &w->keys->of[h->index].seeds[key];
    bool all = true;
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sim_host *at = &w->hosts[i];
        bool pinned = at == h || w->keys->of[i].pinned[h->index] >= key;
        all = all && (at->villain || at->twin || (pinned && has_epoch_under(at, h, seed)));
    }
    return all;
}

/* The certificate of a key in between stands in the epochs under that key alone: nobody goes back
 * to where it had none of them. */
static void forget_backups(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        sb_disk_image_free(w->hosts[i].backup);
        w->hosts[i].backup = NULL;
        sim_snapshot_free(&w->hosts[i]);
    }
}

bool sim_keys_may_rotate(const struct sim_world *w, const struct sim_host *h)
{
    const struct sim_keys_of *k = &w->keys->of[h->index];
    int left =
        SIM_KEYS_MAX - k->n - (k->lost ? 0 : 2); /* a loss takes one, and a rotation after it */
    bool room = k->n > k->now + 1 || left > 0;
    return k->now == k->announced || (room && all_know(w, h, k->now));
}

void sim_keys_rotate(struct sim_world *w, struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    if (!sim_keys_may_rotate(w, h)) {
        return; /* before a second change partners have to pin the first */
    }
    if (k->now != k->announced) {
        forget_backups(w);
    }
    if (k->n == k->now + 1) {
        certify(w, h);
    }
    tell(w, h, "rotates the key of", h);
    k->now++;
    w->keys->rotations++;
    w->villainy.changes[SIM_CHANGE_ROTATED_ANNOUNCED] += k->lost;
    restart(w, h);
}

void sim_keys_lose(struct sim_world *w, struct sim_host *h, const struct sim_host *exporter,
                   bool before, bool stolen)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    assert(!k->lost && exporter->node != NULL);
    if (h->node != NULL) {
        sim_checks_log(w, h);
    }
    tell(w, h, "loses everything of", h);
    sim_fill(&w->random, k->seeds[k->n].b, sizeof k->seeds[k->n].b);
    w->villainy.changes[SIM_CHANGE_LOST_ROTATED] += k->n > 1;
    w->villainy.changes[SIM_CHANGE_LOST_ROTATED_TWICE] += k->n > 2;
    int first =
        k->n > 2 ? k->n - 2 : 0; /* what partners have pinned, or the one that it vouched for */
    sim_announce(w, h, exporter, &k->seeds[first], &k->seeds[k->n], before);
    k->lost = true;
    k->now = k->announced = k->n++;
    w->keys->losses++;
    sim_lose_disk(w, h);
    sb_disk_image_free(h->backup);
    h->backup = NULL;
    sim_snapshot_free(h);
    (void)sim_schedule(w, DOWN_MS, SIM_START, h->index);
    if (stolen) {
        sim_thief_begin(w, h->index);
    }
}

void sim_keys_pin(struct sim_world *w, struct sim_host *h, int of)
{
    const struct sim_keys_of *k = &w->keys->of[of];
    int *pinned = &w->keys->of[h->index].pinned[of];
    if (*pinned == k->n - 1) {
        return;
    }
    tell(w, h, "pins the new key of", &w->hosts[of]);
    *pinned = *pinned < k->announced ? k->announced : k->n - 1; /* what an announcement names */
    w->keys->pins++;
    restart(w, h);
}

void sim_keys_backed_up(struct sim_world *w, const struct sim_host *h)
{
    w->keys->of[h->index].backed_up = w->keys->of[h->index].now;
}

void sim_keys_put_back(struct sim_world *w, const struct sim_host *h, bool too)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    w->villainy.changes[SIM_CHANGE_RESTORED] += too && k->backed_up < k->now;
    k->now = too ? k->backed_up : k->now;
}

void sim_keys_snapshot(struct sim_world *w, const struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    for (int i = 0; i < k->n; i++) { /* its configuration may name the next one already */
        k->snapshot = memcmp(&k->seeds[i], &h->seed, sizeof h->seed) == 0 ? i : k->snapshot;
    }
}

void sim_keys_resume(struct sim_world *w, const struct sim_host *h)
{
    struct sim_keys_of *k = &w->keys->of[h->index];
    w->villainy.changes[SIM_CHANGE_RESUMED] += k->snapshot < k->now;
    k->now = k->snapshot;
}

/* Of a key that was lost rather than of any other, and of one that changed rather than of one that
 * did not. */
static int choose_changed(struct sim_world *w)
{
    int of = (int)sim_below(&w->random, (uint32_t)w->n_hosts), changed = of;
    for (int i = 0; i < w->n_hosts && !w->keys->of[of].lost; i++) {
        of = (of + 1) % w->n_hosts;
        changed = w->keys->of[changed].n == 1 ? of : changed;
    }
    return w->keys->of[of].lost ? of : changed;
}

/* Its operator has a backup from before, and puts it back, key and all. */
static void go_back(struct sim_world *w, struct sim_host *h)
{
    sim_put_back(w, h);
    sim_keys_put_back(w, h, true);
    (void)sim_schedule(w, DOWN_MS, SIM_START, h->index);
}

static void rotate_some(struct sim_world *w, struct sim_host *h)
{
    if (h->backup == NULL && sim_chance(&w->random, 30)) {
        h->backup = sb_disk_snapshot(h->disk);
        sim_keys_backed_up(w, h);
    }
    if (w->live && h->node != NULL && sim_chance(&w->random, 60)) {
        sim_snapshot_take(w, h);
    }
    sim_keys_rotate(w, h);
}

static void change_some(struct sim_world *w, struct sim_host *h)
{
    int other = (int)sim_below(&w->random, (uint32_t)w->n_hosts), changed = choose_changed(w);
    const struct sim_keys_of *k = &w->keys->of[h->index];
    /* an empty disk, also one of a backup, numbers those that it lists: all of them, as before */
    bool all = h->unlisted == 0;
    bool may_lose = all && !k->lost && other != h->index && w->hosts[other].node != NULL &&
                    sim_chance(&w->random, k->n == 2 ? 15 : 50);
    bool again = k->now != k->announced && sim_keys_may_rotate(w, h);
    if (again && sim_chance(&w->random, 80)) {
        sim_keys_rotate(w, h);
    } else if (changed != h->index && sim_chance(&w->random, 60)) {
        sim_keys_pin(w, h, changed);
    } else if (may_lose) {
        sim_keys_lose(w, h, &w->hosts[other], sim_chance(&w->random, 40),
                      sim_chance(&w->random, 60));
    } else if (all && h->backup != NULL && sim_chance(&w->random, 30)) {
        go_back(w, h);
    } else {
        rotate_some(w, h);
    }
}

void sim_keys_act(struct sim_world *w)
{
    struct sim_host *h = &w->hosts[sim_below(&w->random, (uint32_t)w->n_hosts)];
    if (w->healed) {
        return;
    }
    if (!h->villain) {
        change_some(w, h);
    }
    (void)sim_schedule(w, 200 + sim_below(&w->random, 2 * MEAN_PAUSE_MS), SIM_KEYS, -1);
}

void sim_keys_heal(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        struct sim_keys_of *k = &w->keys->of[i];
        bool changes = k->now != k->n - 1;
        k->now = k->n - 1;
        for (int of = 0; of < w->n_hosts; of++) {
            bool lost = of != i && w->keys->of[of].lost && (k->heeds >> of & 1) == 0;
            k->pinned[of] = lost ? w->keys->of[of].announced : k->pinned[of];
            changes |= lost;
        }
        if (changes) {
            restart(w, &w->hosts[i]);
        }
    }
}

/* ---- what must hold */

bool sim_keys_signed(const struct sim_world *w, int origin, const struct sb_checkpoint *checkpoint,
                     const struct sb_chain_ref *ref)
{
    const struct sim_keys_of *k = &w->keys->of[origin];
    for (int i = 0; i < k->n; i++) {
        struct sb_sign_public key = sb_sign_public_of(&k->seeds[i]);
        if (sb_checkpoint_verify(checkpoint, ref, &key)) {
            return true;
        }
    }
    return false;
}

/* I11: an epoch has one key, and goes on only where that is the host's own. */
void sim_keys_turn(struct sim_world *w, const struct sim_host *h)
{
    const struct sb_core *c = sim_core(h);
    struct sb_sign_public own = sb_sign_public_of(&h->seed);
    if (c->has_open && memcmp(&c->chains[c->open].key, &own, sizeof own) != 0) {
        sim_violate(w, "I11", "%s goes on in an epoch of another key than its own", h->org.s);
    }
}
