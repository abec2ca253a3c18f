/* The invariants. A mirror is fed by what the node tells when it commits, and compared with the
 * disk whenever the node starts; the truth says what anybody may hold at all. */
#include "tests/sim/checks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/announced.h"
#include "tests/sim/clients.h"
#include "tests/sim/crowd.h"
#include "tests/sim/erasing.h"
#include "tests/sim/forks.h"
#include "tests/sim/keys.h"
#include "tests/sim/sealed.h"
#include "tests/sim/sight.h"
#include "tests/sim/statements.h"
#include "tests/sim/talk.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain.h"

enum { IDLE_MS = 15000 };

struct branch_key {
    uint64_t tag;
    uint32_t counter;
    uint16_t origin, branch;
};

struct sim_mirror *sim_mirror_new(struct sim_world *w, int host)
{
    struct sim_mirror *m = calloc(1, sizeof *m);
    assert(m != NULL);
    m->world = w;
    m->host = host;
    sim_map_init(&m->held, sizeof(struct sb_hash));
    sim_map_init(&m->tips, sizeof(struct branch_key));
    return m;
}

void sim_mirror_free(struct sim_mirror *m)
{
    sim_map_fini(&m->held);
    sim_map_fini(&m->tips);
    free(m);
}

bool sim_mirror_holds(const struct sim_mirror *m, const struct sb_hash *hash)
{
    return sim_map_get(&m->held, hash) != NULL;
}

/* Nobody puts words into a host's own history either: its signature is over them. */
static bool is_own_word(const struct sim_mirror *m, const struct sb_record *r, int origin)
{
    const struct sim_host *h = &m->world->hosts[m->host];
    const struct sb_link *link = &r->item.link;
    struct sb_place place = {r->origin, r->branch, link->epoch, link->seq};
    struct sb_chain_ref ref = {m->world->partnership, link->origin, link->epoch};
    struct sb_checkpoint checkpoint;
    return sb_org_eq(&link->origin, &h->org) &&
           sb_store_checkpoint(h->store, &place, &checkpoint, NULL) == SB_OK &&
           sim_keys_signed(m->world, origin, &checkpoint, &ref);
}

static void check_authentic(struct sim_mirror *m, const struct sb_record *r,
                            const struct sb_hash *hash, int origin)
{
    const struct sb_link *link = &r->item.link;
    struct sim_world *w = m->world;
    if (sim_truth_find(w->truth, hash) != NULL) {
        return;
    }
    const struct sim_host *h = &w->hosts[m->host];
    if (is_own_word(m, r, origin)) { /* it, or its twin, just said so */
        if (h->torn && sb_epoch_eq(h->torn_epoch, link->epoch)) {
            sim_violate(w, "I11", "%s goes on in an epoch that a long sleep has torn apart",
                        h->org.s);
        }
        (void)sim_truth_say(w, origin, link, m->host);
    } else {
        sim_violate(w, "I4", "%s holds an event that %s never made", w->hosts[m->host].org.s,
                    link->origin.s);
    }
}

static void check_chain(struct sim_mirror *m, const struct sb_link *link)
{
    bool first = link->seq.n == 1;
    if (first ? !sb_hash_is_zero(&link->prev) : !sim_mirror_holds(m, &link->prev)) {
        sim_violate(m->world, "I3", "%s holds seq %llu of %s without the link before it",
                    m->world->hosts[m->host].org.s, (unsigned long long)link->seq.n,
                    link->origin.s);
    }
}

static void check_body(struct sim_mirror *m, const struct sb_record *r, bool released)
{
    bool entitled = sb_link_entitles(&r->item.link, &m->world->hosts[m->host].org);
    bool body = r->item.salt != NULL || r->state == SB_BODY_PRESENT;
    if (body && !entitled) {
        sim_violate(m->world, "I9", "%s holds a body that it is not entitled to",
                    m->world->hosts[m->host].org.s);
    }
    if (released && r->state == SB_BODY_MISSING) {
        sim_violate(m->world, "I6", "%s releases an event whose body is missing",
                    m->world->hosts[m->host].org.s);
    }
    if (entitled && r->state == SB_BODY_WITHHELD) {
        sim_violate(m->world, "I9", "%s takes a missing body for a withheld one",
                    m->world->hosts[m->host].org.s);
    }
}

/* I12: what others may make a node keep is bounded, for each of them. */
static void check_quota(struct sim_mirror *m, const struct sb_link *link, int origin)
{
    struct sim_world *w = m->world;
    struct sim_host *h = &w->hosts[m->host];
    uint8_t bytes[SB_LINK_MAX];
    bool entitled = sb_link_entitles(link, &h->org);
    m->bytes[origin] += sb_link_encode(bytes, link);
    m->bytes[origin] += entitled ? sizeof(struct sb_salt) + link->body_len : 0;
    if (origin == h->index && m->bytes[origin] > h->said_bytes) {
        h->said_bytes = m->bytes[origin];
    }
    /* what a replaced key said in vain takes no room from its owner, and was bounded as well */
    uint64_t most = sim_quota(w, h) * (sim_announced_of(w, origin) != NULL ? 2 : 1);
    if (!sb_org_eq(&link->origin, &h->org) && m->bytes[origin] > most) {
        sim_violate(w, "I12", "%s keeps %llu bytes of %s, beyond its quota", h->org.s,
                    (unsigned long long)m->bytes[origin], link->origin.s);
    }
}

/* One entry of the log, as it stands on the disk. */
static void check_entry(struct sim_mirror *m, const struct sb_record *r, struct sb_offset at,
                        bool released)
{
    struct sim_world *w = m->world;
    struct sb_hash hash = sb_link_hash(&r->item.link);
    int origin = sim_host_of(w, &r->item.link.origin);
    bool held = sim_mirror_holds(m, &hash);
    if (origin < 0) {
        sim_violate(w, "I4", "an event of an unknown origin");
        return;
    }
    if (held != released) {
        sim_violate(w, "I5", "%s %s", w->hosts[m->host].org.s,
                    held ? "commits one event twice" : "releases what it never held");
    }
    check_authentic(m, r, &hash, origin);
    check_chain(m, &r->item.link);
    check_body(m, r, released);
    if (!released) {
        check_quota(m, &r->item.link, origin);
        sim_intake_taken(m, origin);
    }
    *sim_map_put(&m->held, &hash) = (uint32_t)r->state;
    sim_erasing_committed(w, &w->hosts[m->host], r);
    sim_sealed_committed(w, &w->hosts[m->host], r);
    m->last_offset = at.n;
}

/* What the node has committed since the last look, read from the disk, whatever the node says. */
void sim_checks_log(struct sim_world *w, struct sim_host *h)
{
    struct sb_record *r = malloc(sizeof *r);
    struct sb_offset at = {h->mirror->last_offset + 1};
    bool released = false;
    assert(r != NULL);
    (void)sb_store_refresh(h->store, NULL);
    while (w->violation[0] == '\0' &&
           sb_store_next(h->store, at, &at, &released, r, NULL) == SB_OK) {
        check_entry(h->mirror, r, at, released);
        at.n++;
    }
    free(r);
}

void sim_mirror_reset(struct sim_mirror *m)
{
    sim_map_clear(&m->held);
    sim_map_clear(&m->tips);
    memset(m->bytes, 0, sizeof m->bytes);
    m->last_offset = 0;
}

/* A crash forgets nothing that was committed, also where the node died before it could say so. */
void sim_checks_restarted(struct sim_world *w, struct sim_host *h)
{
    struct sb_record *r = malloc(sizeof *r);
    struct sb_offset at = {1};
    size_t n = 0;
    bool released = false;
    assert(r != NULL);
    sim_intake_restarts(h->mirror);
    sim_checks_log(w, h);
    sim_intake_restarted(h->mirror);
    while (sb_store_next(h->store, at, &at, &released, r, NULL) == SB_OK) {
        n += !released;
        at.n++;
    }
    if (n < h->mirror->held.n) {
        sim_violate(w, "I1", "%s forgot %zu events in a crash", h->org.s, h->mirror->held.n - n);
    }
    free(r);
}

/* A canary is followed by the bits of those who may have it. */
static bool has_foreign_canary(const struct sim_world *w, const struct sim_host *h,
                               struct sb_bytes bytes)
{
    const uint8_t *at = bytes.p, *end = bytes.p + bytes.n;
    while (at != NULL && (size_t)(end - at) > sizeof SIM_CANARY &&
           (at = memchr(at, SIM_CANARY[0], (size_t)(end - at) - sizeof SIM_CANARY)) != NULL) {
        const uint8_t *bits = at + sizeof SIM_CANARY - 1;
        if (memcmp(at, SIM_CANARY, sizeof SIM_CANARY - 1) == 0 &&
            (sim_with_twins(w, (bits[0] & 0x1fu) | (bits[1] & 0x1fu) << 5) >> h->index & 1) == 0) {
            return true;
        }
        at++;
    }
    return false;
}

void sim_checks_received(struct sim_world *w, const struct sim_host *h,
                         const struct sb_net_message *m)
{
    if (has_foreign_canary(w, h, m->frame)) {
        sim_violate(w, "I9", "%s is sent a body that it is not entitled to", h->org.s);
    }
}

struct disk_check {
    struct sim_world *w;
    const struct sim_host *h;
};

static bool is_foreign(void *context, struct sb_bytes bytes)
{
    const struct disk_check *c = context;
    return has_foreign_canary(c->w, c->h, bytes);
}

static void check_disk(struct sim_world *w, const struct sim_host *h)
{
    struct disk_check check = {w, h};
    if (sb_disk_any(h->disk, is_foreign, &check)) {
        sim_violate(w, "I9", "the disk of %s has a body that it is not entitled to", h->org.s);
    }
}

/* I2: what a node says it holds of a history never becomes less. */
static void check_growth(struct sim_world *w, const struct sim_host *h)
{
    struct sb_chain_info info;
    for (int i = 0; i < w->n_hosts; i++) {
        uint32_t at = 0;
        while (sb_core_next_chain(sb_node_core(h->node), sim_number(h, i), &at, &info)) {
            struct branch_key key = {info.epoch.tag, info.epoch.counter, info.origin, info.branch};
            uint32_t *reached = sim_map_put(&h->mirror->tips, &key);
            if (info.tip.seq.n < *reached) {
                sim_violate(w, "I2", "%s held seq %u of an epoch of %s and now shows seq %llu",
                            h->org.s, *reached, w->hosts[i].org.s,
                            (unsigned long long)info.tip.seq.n);
            }
            *reached = (uint32_t)info.tip.seq.n;
        }
    }
}

void sim_checks_turn(struct sim_world *w, struct sim_host *h)
{
    check_growth(w, h);
    uint64_t renewals = sb_core_traces(sb_node_core(h->node))[SB_TRACE_BOOT_RENEWED];
    if (renewals > h->renewals) {
        h->renewed_ms = w->now_ms;
    }
    h->renewals = renewals;
    sim_clients_check(w, h);
    sim_forks_turn(w, h);
    sim_sight_check(w, h);
    sim_talk_check(w, h);
    sim_erasing_turn(w, h);
    sim_keys_turn(w, h);
    sim_announced_turn(w, h);
    sim_crowd_turn(w, h);
}

/* The body of an event on this host's disk; one that came late may still wait for its release. */
static bool is_in_state(const struct sim_host *h, const struct sim_said *s,
                        enum sb_body_state state)
{
    struct sb_record *r = malloc(sizeof *r);
    uint16_t branch = 0;
    bool is = false;
    assert(r != NULL);
    if (h->node != NULL) {
        uint16_t origin = sim_number(h, s->origin);
        is = sb_store_find_link(h->store, origin, s->epoch, s->seq, &s->hash, &branch, NULL) ==
                 SB_OK &&
             sb_store_at(h->store, &(struct sb_place){origin, branch, s->epoch, s->seq}, r, NULL) ==
                 SB_OK &&
             r->state == state;
    }
    free(r);
    return is;
}

static bool has_body(const struct sim_host *h, const struct sim_said *s)
{
    return is_in_state(h, s, SB_BODY_PRESENT);
}

bool sim_checks_stays_erased(const struct sim_world *w, const struct sim_host *h,
                             const struct sim_said *s)
{
    const uint32_t *last = sim_map_get(&h->mirror->held, &s->hash); /* also of one that is down */
    bool erased = h->node != NULL ? is_in_state(h, s, SB_BODY_ERASED)
                                  : last != NULL && *last == SB_BODY_ERASED;
    return sim_announced_of(w, s->origin) != NULL && erased;
}

/* A restricted body travels between members of its audience only: does one that has it reach this
 * host over such? */
static bool could_come(const struct sim_world *w, const struct sim_host *h,
                       const struct sim_said *s)
{
    uint32_t reached = 1u << h->index, before = 0;
    while (reached != before) {
        before = reached;
        for (int a = 0; a < w->n_hosts; a++) {
            for (int b = 0; b < w->n_hosts; b++) {
                bool linked = w->links[a][b].configured || w->links[b][a].configured;
                if (linked && (reached >> a & 1) != 0 && (s->entitled >> b & 1) != 0 &&
                    !w->hosts[b].villain && !sim_checks_stays_erased(w, &w->hosts[b], s)) {
                    reached |= 1u << b;
                }
            }
        }
    }
    for (int i = 0; i < w->n_hosts; i++) {
        if ((reached >> i & 1) != 0 && has_body(&w->hosts[i], s)) {
            return true;
        }
    }
    return false;
}

/* What no announcement names it rightly lacks. */
static bool lacks_something(const struct sim_world *w, const struct sim_host *h)
{
    for (uint32_t i = 0; i < w->truth->n; i++) {
        const struct sim_said *s = &w->truth->said[i];
        bool somewhere = false;
        for (int k = 0; k < w->n_hosts; k++) {
            somewhere |= sim_mirror_holds(w->hosts[k].mirror, &s->hash);
        }
        if (somewhere && !sim_mirror_holds(h->mirror, &s->hash) && sim_announced_counts(w, s) &&
            !sim_announced_is_cut_off(w, s)) {
            return true;
        }
    }
    return false;
}

/* It had no place for all that a partner shows, and will ask once more. */
static bool will_ask(const struct sim_host *h)
{
    bool crowded = false;
    for (size_t i = 1; i <= h->n_partners; i++) {
        crowded |= sim_crowd_left_out(h, i);
    }
    return crowded;
}

/* I12: who stands still at its quota says so. */
static void check_quota_told(struct sim_world *w, const struct sim_host *h)
{
    if (sim_quota(w, h) < UINT32_MAX && !h->quota_alarm && !will_ask(h) && lacks_something(w, h)) {
        sim_violate(w, "I12", "%s lacks something for its quota and raised no alarm", h->org.s);
    }
}

/* Within its quota. One that stands still at the quota of one origin takes what all others said:
 * of an honest one no more than its own disk ever had. Who was once beyond, and then lost it, is
 * asked for no more until the quota is raised: the alarm stands. */
static bool has_room(const struct sim_world *w, const struct sim_host *h, int origin)
{
    const struct sim_host *of = &w->hosts[origin];
    return sim_quota(w, h) > UINT32_MAX || (!of->villain && origin != h->index &&
                                            of->node != NULL && of->said_bytes <= sim_quota(w, h));
}

/* I7: with the faults gone and nothing new, all hold the same, with every body that is due. */
static void check_same(struct sim_world *w, const struct sim_host *h)
{
    for (uint32_t i = 0; i < w->truth->n && w->violation[0] == '\0'; i++) {
        const struct sim_said *s = &w->truth->said[i];
        const uint32_t *state = sim_map_get(&h->mirror->held, &s->hash);
        bool somewhere = false;
        if (!has_room(w, h, s->origin)) {
            continue;
        }
        for (int k = 0; k < w->n_hosts; k++) {
            somewhere |= w->hosts[k].node != NULL && sim_quota(w, &w->hosts[k]) > UINT32_MAX &&
                         sim_mirror_holds(w->hosts[k].mirror, &s->hash);
        }
        if (!sim_announced_counts(w, s) || sim_announced_is_cut_off(w, s)) {
            continue;
        }
        if (state == NULL && somewhere) {
            sim_violate(w, "I7", "%s lacks %s %u-%08x:%llu", h->org.s, w->hosts[s->origin].org.s,
                        s->epoch.counter, (unsigned)(s->epoch.tag >> 32),
                        (unsigned long long)s->seq.n);
        } else if (state != NULL && *state == SB_BODY_MISSING &&
                   is_in_state(h, s, SB_BODY_MISSING) && could_come(w, h, s)) {
            sim_violate(w, "I7", "%s still misses a body of %s", h->org.s,
                        w->hosts[s->origin].org.s);
        }
    }
}

static void check_lag(struct sim_world *w, const struct sim_host *h)
{
    uint64_t lag = sb_core_lag(sb_node_core(h->node));
    bool gone = w->villain != NULL; /* what was shown and then lost is known to exist for ever */
    for (int i = 0; i < w->n_hosts; i++) {
        gone |= w->hosts[i].disk_lost || w->hosts[i].rolled_back ||
                sim_quota(w, &w->hosts[i]) < UINT32_MAX;
    }
    if (lag != 0 && !gone) {
        sim_violate(w, "I7", "%s still believes to lag %llu events", h->org.s,
                    (unsigned long long)lag);
    }
}

/* Both instances have published while they heard of each other: both have said so. */
static void check_second_instance(struct sim_world *w)
{
    const struct sim_host *twin = &w->hosts[w->n_hosts - 1], *first = &w->hosts[0];
    if (!twin->twin || first->disk_lost || first->rolled_back || w->villain != NULL) {
        return;
    }
    if (sim_twins_both_spoke(w) && !(first->second_alarm && twin->second_alarm)) {
        sim_violate(w, "I11", "two instances of %s: the first %s, the second %s", first->org.s,
                    first->second_alarm ? "says so" : "is silent",
                    twin->second_alarm ? "says so" : "is silent");
    }
}

/* Of two instances none takes the word from the other without news. */
static void check_idle(struct sim_world *w)
{
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sim_host *h = &w->hosts[i];
        if (h->renewed_ms > 0 && h->renewed_ms > w->now_ms - IDLE_MS &&
            sim_quota(w, h) > UINT32_MAX) {
            sim_violate(w, "I7", "%s still greets anew though nothing is new", h->org.s);
        }
    }
}

void sim_checks_end(struct sim_world *w)
{
    check_second_instance(w);
    check_idle(w);
    for (int i = 0; i < w->n_hosts && w->violation[0] == '\0'; i++) {
        const struct sim_host *h = &w->hosts[i];
        check_quota_told(w, h);
        if (h->villain) {
            continue;
        }
        if (h->node == NULL) {
            sim_violate(w, "I13", "%s is not up", h->org.s);
            return;
        }
        check_same(w, h);
        if (sim_quota(w, h) < UINT32_MAX) {
            continue; /* one stops at its quota, visibly */
        }
        check_disk(w, h);
        check_lag(w, h);
        sim_sight_check_end(w, h);
        sim_clients_check_end(w, h);
        sim_erasing_check_end(w, h);
        sim_sealed_check_end(w, h);
        sim_announced_end(w, &w->hosts[i]);
    }
    if (w->violation[0] == '\0') {
        sim_forks_end(w);
    }
    if (w->violation[0] == '\0') {
        sim_statements_check_end(w);
    }
}
