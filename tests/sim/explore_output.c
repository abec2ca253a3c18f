/* What leaves, once the commit has been answered. */
#include <assert.h>
#include <string.h>

#include "tests/sim/explore_work.h"

static void send_to(struct explore_work *k, int to, struct explore_message *m)
{
    assert(k->turn->n_out < EXPLORE_OUT_MAX && m->n <= EXPLORE_ENTRIES_MAX);
    m->from = k->host;
    k->turn->out[k->turn->n_out].to = to;
    k->turn->out[k->turn->n_out++].message = explore_message(k->nodes, m);
}

static void send_by(struct explore_work *k, struct sb_route route, struct explore_message *m)
{
    switch (route.kind) {
    case SB_ROUTE_LINK: send_to(k, explore_org(k->host, (uint16_t)route.number), m); break;
    case SB_ROUTE_SESSION: send_to(k, (int)route.number - 1, m); break;
    case SB_ROUTE_PUBLISHER:
        m->published = 1;
        send_to(k, EXPLORE_TO_FOLLOWERS, m);
        break;
    case SB_ROUTE_NONE: break;
    }
}

/* I1: what is acknowledged is durable here. I14: what is refused is not. */
static void answer(struct explore_work *k, const struct sb_effect *e, bool ack)
{
    int32_t id = (int32_t)e->ack.request;
    bool held = false;
    for (size_t i = 0; i < k->n_durable; i++) {
        held |= k->disk[i].origin == k->host && k->disk[i].id == id;
    }
    if (ack && !held) {
        explore_violate(k, "acknowledges event %d and does not hold it (I1)", id);
    }
    if (!ack && held && e->ack.code != SB_CODE_UNKNOWN_OUTCOME) {
        explore_violate(k, "refuses event %d and holds it (I14)", id);
    }
    *(ack ? &k->turn->acked : &k->turn->refused) |= 1u << id;
}

static void add_entry(struct explore_message *m, const struct explore_entry *e)
{
    assert(m->n < EXPLORE_ENTRIES_MAX);
    m->entries[m->n++] = *e;
}

static void add_heads(struct explore_work *k, struct explore_message *m, uint16_t origin)
{
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest rest;
    size_t n = sb_core_heads(k->core, origin, k->nodes->heads, heads, &rest);
    struct explore_entry of = {.origin = explore_org(k->host, origin),
                               .is_rest = 1,
                               .id = rest.whole,
                               .seq = {rest.count},
                               .bodies = {rest.events},
                               .hash = rest.digest};
    add_entry(m, &of);
    for (size_t i = 0; i < n; i++) {
        struct explore_entry head = {.origin = of.origin,
                                     .epoch = heads[i].epoch,
                                     .seq = heads[i].checkpoint.seq,
                                     .bodies = heads[i].bodies,
                                     .hash = heads[i].checkpoint.hash};
        add_entry(m, &head);
    }
}

static void send_frontier(struct explore_work *k, const struct sb_effect *e)
{
    static struct explore_message m;
    memset(&m, 0, sizeof m);
    m.kind = EXPLORE_FRONTIER;
    m.boot = k->local->boot;
    m.full = e->frontier.full;
    m.counter = e->frontier.counter;
    for (size_t i = 0; i < e->frontier.n_origins; i++) {
        add_heads(k, &m, e->frontier.origins[i]);
    }
    send_by(k, e->frontier.route, &m);
}

/* The links of a branch from..to, those below its base from the branches that it grew from. */
static void add_path(struct explore_work *k, struct explore_message *m, const struct sb_effect *e)
{
    struct sb_hash at = e->partner.tip;
    int origin = explore_org(k->host, e->partner.origin);
    size_t n = 0;
    const struct explore_entry *path[EXPLORE_ENTRIES_MAX];
    for (uint64_t seq = e->partner.to.n; seq >= e->partner.from.n && seq > 0; seq--) {
        const struct explore_entry *link = explore_find(k, origin, e->partner.epoch, seq, &at);
        assert(link != NULL && n < EXPLORE_ENTRIES_MAX);
        path[n++] = link;
        at = link->prev;
    }
    while (n > 0) {
        add_entry(m, path[--n]);
    }
}

static void serve(struct explore_work *k, const struct sb_effect *e)
{
    static struct explore_message m;
    memset(&m, 0, sizeof m);
    m.kind = EXPLORE_EVENTS;
    m.request = e->partner.request;
    add_path(k, &m, e);
    send_by(k, e->partner.route, &m);
    struct sb_input in = {.type = SB_IN_SERVED};
    in.served.slot = e->partner.slot;
    in.served.next.n = e->partner.to.n + 1;
    in.served.bytes = 1;
    explore_step(k, &in);
}

/* One message per origin and epoch of what was appended; only chains that grew at branch 0 or by
 * branches of their own, as their links stand on the disk. */
static void broadcast(struct explore_work *k, const struct sb_effect *e)
{
    static struct explore_message m;
    size_t at = k->n_durable - e->append.n, end = k->n_durable;
    while (at < end) {
        const struct explore_entry *first = &k->disk[at];
        memset(&m, 0, sizeof m);
        m.kind = EXPLORE_EVENTS;
        m.published = 1;
        while (at < end && k->disk[at].origin == first->origin &&
               sb_epoch_eq(k->disk[at].epoch, first->epoch)) {
            add_entry(&m, &k->disk[at++]);
        }
        send_to(k, EXPLORE_TO_FOLLOWERS, &m);
    }
}

static void add_parts(struct explore_message *m, const struct sb_summary *s)
{
    for (size_t i = 0; i < s->n_parts; i++) {
        struct explore_entry part = {.is_part = 1,
                                     .id = (int32_t)s->parts[i].count,
                                     .seq = {s->parts[i].from},
                                     .bodies = {s->parts[i].to},
                                     .hash = s->parts[i].digest};
        add_entry(m, &part);
    }
}

static void send_summary(struct explore_work *k, const struct sb_effect *e)
{
    static struct explore_message m;
    static struct sb_head heads[SB_SUMMARY_MAX];
    struct sb_range_digest parts[SB_SUMMARY_PARTS];
    struct sb_summary s = {.from = e->partner.from_counter,
                           .to = e->partner.to_counter,
                           .skip = e->partner.skip,
                           .epochs = heads,
                           .parts = parts};
    memset(&m, 0, sizeof m);
    m.kind = EXPLORE_SUMMARY;
    m.request = e->partner.request;
    m.origin = explore_org(k->host, e->partner.origin);
    sb_core_summary(k->core, e->partner.origin, k->nodes->summary, &s);
    m.next = s.next;
    for (size_t i = 0; i < s.n_epochs; i++) {
        struct explore_entry head = {.origin = m.origin,
                                     .epoch = heads[i].epoch,
                                     .seq = heads[i].checkpoint.seq,
                                     .bodies = heads[i].bodies,
                                     .hash = heads[i].checkpoint.hash};
        add_entry(&m, &head);
    }
    add_parts(&m, &s);
    send_by(k, e->partner.route, &m);
}

static void ask(struct explore_work *k, const struct sb_effect *e, enum explore_kind kind)
{
    static struct explore_message m;
    memset(&m, 0, sizeof m);
    m.kind = (int32_t)kind;
    m.boot = kind == EXPLORE_HELLO ? k->local->boot : 0;
    m.request = e->partner.request;
    m.origin = explore_org(k->host, e->partner.origin);
    m.epoch = e->partner.epoch;
    m.first = e->partner.from;
    m.tip = e->partner.tip;
    m.from_counter = e->partner.from_counter;
    m.to_counter = e->partner.to_counter;
    m.skip = e->partner.skip;
    send_by(k, e->partner.route, &m);
}

static void check_alarm(struct explore_work *k, const struct sb_effect *e)
{
    if (e->alarm.code == SB_ALARM_FORK) {
        k->nodes->forks++;
        k->turn->forked |= 1u << explore_org(k->host, e->alarm.origin);
    }
}

void explore_leave(struct explore_work *k)
{
    for (size_t i = 0; i < k->n_outside; i++) { /* SERVED adds to them */
        struct sb_effect e = k->outside[i];
        switch (e.type) {
        case SB_FX_ACK: answer(k, &e, true); break;
        case SB_FX_REFUSE: answer(k, &e, false); break;
        case SB_FX_BROADCAST: broadcast(k, &e); break;
        case SB_FX_HELLO: ask(k, &e, EXPLORE_HELLO); break;
        case SB_FX_FRONTIER: send_frontier(k, &e); break;
        case SB_FX_FRONTIER_REQUEST: ask(k, &e, EXPLORE_FRONTIER_REQUEST); break;
        case SB_FX_WANT: ask(k, &e, EXPLORE_WANT); break;
        case SB_FX_SERVE: serve(k, &e); break;
        case SB_FX_SUMMARY_REQUEST: ask(k, &e, EXPLORE_SUMMARY_REQUEST); break;
        case SB_FX_SUMMARY: send_summary(k, &e); break;
        case SB_FX_ALARM: check_alarm(k, &e); break;
        case SB_FX_APPEND: /* sorted out before */
        case SB_FX_HOLD:
        case SB_FX_DEFER:
        case SB_FX_UNHOLD:
        case SB_FX_OPEN_EPOCH:
        case SB_FX_SEAL: /* the disk here is its links: rows follow from them */
        case SB_FX_PUT_CHAIN:
        case SB_FX_STATE: /* for people */
        case SB_FX_VIEW:
        case SB_FX_RENEW_BOOT: /* nobody says whom it listens to */
        case SB_FX_HURRY: /* whoever can be connected is */ break;
        case SB_FX_WANT_BODIES: /* there are no bodies apart from links, and no streams */
        case SB_FX_PUT_BODIES:
        case SB_FX_ERASE:
        case SB_FX_RELEASE:
        case SB_FX_SERVE_BODIES:
        case SB_FX_REFUSE_SUBSCRIPTION:
        case SB_FX_PUT_CONSUMER:
        case SB_FX_CONSUMED:
        case SB_FX_DELIVER:
        case SB_FX_REFUSE_PARTNER:
            explore_violate(k, "does what nothing here asks for (effect %d)", (int)e.type);
            break;
        }
    }
}
