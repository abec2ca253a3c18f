/* What a node says to partners about itself and asks of them: HELLO, frontiers, views, summaries,
 * wants. Frontiers and summaries show what is durable and nothing else. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

enum {
    SUMMARY_PARTS_MAX = 16,
    /* What the parts of a frontier take in its encoding, at most. */
    HEAD_BYTES = 150,
    ORIGIN_BYTES = 128,
    FRONTIER_BYTES = 512,
    CERTIFICATE_BYTES = 288,
};

static_assert(FRONTIER_BYTES + SB_ORIGINS_MAX * (ORIGIN_BYTES + CERTIFICATE_BYTES + HEAD_BYTES) <=
                  SB_FRAME_MAX,
              "and with certificates on a link");
static_assert(FRONTIER_BYTES + SB_ORIGINS_MAX * (ORIGIN_BYTES + HEAD_BYTES) <= SB_BROADCAST_MAX,
              "a head of every origin fits");

void sb_greet_renew(struct sb_node *node)
{
    const struct sb_node_events *events = &node->o.events;
    node->o.random(node->o.random_context, node->boot_nonce.b, sizeof node->boot_nonce.b);
    if (events->state != NULL) {
        events->state(events->context, node->o.organisation.s, "greeting", "unheard", "anew",
                      "a partner listens to another instance of this daemon");
    }
}

void sb_greet_hello(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_message m = {.type = SB_MSG_HELLO, .request = fx->partner.request};
    m.hello.partnership = node->partnership;
    m.hello.organisation = node->o.organisation;
    m.hello.boot_nonce = node->boot_nonce;
    m.hello.store_id = node->store_id;
    snprintf(m.hello.software, sizeof m.hello.software, "samenbus/%s", node->o.version);
    m.hello.follows = node->origins[fx->partner.partner].followed;
    sb_outbox_send(node, fx->partner.route, &m);
}

/* As many heads as asked for, in `heads`, and what is said of all others. */
static void list_heads(struct sb_node *node, uint16_t origin, size_t max, struct sb_head *heads,
                       struct sb_origin_heads *out)
{
    struct sb_core_rest rest;
    out->n_heads = sb_core_heads(node->core, origin, max, heads, &rest);
    out->heads = heads;
    out->rest_count = rest.count;
    out->rest_events = rest.events;
    out->rest_whole = rest.whole;
    out->rest_digest = rest.digest;
}

size_t sb_greet_room(const struct sb_frontier *f, size_t max)
{
    size_t fixed = FRONTIER_BYTES + f->n_origins * ORIGIN_BYTES;
    for (size_t i = 0; i < f->n_origins; i++) {
        fixed += f->origins[i].certificate.origin.s[0] != '\0' ? CERTIFICATE_BYTES : 0;
    }
    size_t bytes = fixed;
    for (size_t i = 0; i < f->n_origins; i++) {
        bytes += f->origins[i].n_heads * HEAD_BYTES;
    }
    return bytes <= max ? SB_HEADS_MAX : (max - fixed) / (f->n_origins * HEAD_BYTES);
}

/* Heads under a key that the partner has not met count for nothing without it. A head of every
 * origin has room beside them, whatever is sent. */
static void add_certificates(const struct sb_node *node, const uint16_t *origins, size_t max,
                             struct sb_frontier *f)
{
    size_t bytes = FRONTIER_BYTES + f->n_origins * (ORIGIN_BYTES + HEAD_BYTES) + CERTIFICATE_BYTES;
    for (size_t i = 0; i < f->n_origins && bytes <= max; i++) {
        if (node->origins[origins[i]].certified) {
            f->origins[i].certificate = node->origins[origins[i]].certificate;
            bytes += CERTIFICATE_BYTES;
        }
    }
}

bool sb_greet_list(struct sb_node *node, const uint16_t *origins, size_t n, bool certificates,
                   size_t max, struct sb_frontier *f)
{
    struct sb_head *heads = sb_arena_alloc(&node->arena, n * SB_HEADS_MAX * sizeof *heads + 1);
    f->origins = sb_arena_alloc(&node->arena, n * sizeof *f->origins + 1);
    if (heads == NULL || f->origins == NULL) {
        return false;
    }
    memset(f->origins, 0, n * sizeof *f->origins);
    for (size_t i = 0; i < n; i++) {
        f->origins[i].origin = node->orgs[origins[i]];
        list_heads(node, origins[i], SB_HEADS_MAX, &heads[i * SB_HEADS_MAX], &f->origins[i]);
    }
    f->n_origins = n;
    if (certificates) {
        add_certificates(node, origins, max, f);
    }
    const size_t each = sb_greet_room(f, max);
    for (size_t i = 0; i < n; i++) { /* what is left out belongs to the rest */
        if (f->origins[i].n_heads > each) {
            list_heads(node, origins[i], each, &heads[i * SB_HEADS_MAX], &f->origins[i]);
        }
    }
    return true;
}

void sb_greet_frontier(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    struct sb_frontier *f = &m.frontier;
    struct sb_offset last;
    if (fx->frontier.route.kind == SB_ROUTE_PUBLISHER && !node->turn.followed) {
        return;
    }
    bool published = fx->frontier.route.kind == SB_ROUTE_PUBLISHER;
    bool certificates = !published || !sb_planted(SB_PLANT_BROADCAST_UNCERTIFIED);
    if (!sb_greet_list(node, fx->frontier.origins, fx->frontier.n_origins, certificates,
                       published ? SB_BROADCAST_MAX : SB_FRAME_MAX, f)) {
        return;
    }
    f->node = node->o.organisation;
    f->boot_nonce = node->boot_nonce;
    f->store_id = node->store_id;
    f->counter = fx->frontier.counter;
    f->full = fx->frontier.full;
    sb_core_offsets(node->core, &last, f->offsets);
    f->time = node->turn.now.wall;
    sb_outbox_send(node, fx->frontier.route, &m);
}

/* Our way to a partner where we dial it, else its way to us. */
void sb_greet_view(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_message m = {.type = SB_MSG_VIEW, .request = fx->partner.request};
    struct sb_core_peer_status status;
    sb_core_peer_status(node->core, fx->partner.partner, node->turn.now, &status);
    const struct sb_core_direction *d =
        strcmp(status.outgoing.state, "none") == 0 ? &status.incoming : &status.outgoing;
    snprintf(m.view.state, sizeof m.view.state, "%s", d->state);
    snprintf(m.view.reason, sizeof m.view.reason, "%s", d->reason);
    m.view.boot_nonce = status.boot;
    m.view.silent = status.silent;
    m.view.waits = d == &status.incoming; /* no endpoint of theirs: not dialled */
    sb_agreed_tell(&node->origins[fx->partner.partner].agreed, &m.view);
    sb_outbox_send(node, fx->partner.route, &m);
}

void sb_greet_summary(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_message m = {.type = SB_MSG_SUMMARY, .request = fx->partner.request};
    struct sb_summary *s = &m.summary;
    s->origin = node->orgs[fx->partner.origin];
    s->from = fx->partner.from_counter;
    s->to = fx->partner.to_counter;
    s->skip = fx->partner.skip;
    s->epochs = sb_arena_alloc(&node->arena, SB_SUMMARY_MAX * sizeof *s->epochs);
    s->parts = sb_arena_alloc(&node->arena, SUMMARY_PARTS_MAX * sizeof *s->parts);
    if (s->epochs == NULL || s->parts == NULL) {
        return;
    }
    const size_t max = node->o.summary_max > 0 ? node->o.summary_max : SB_SUMMARY_MAX;
    sb_core_summary(node->core, fx->partner.origin, max, s);
    sb_outbox_send(node, fx->partner.route, &m);
}

/* Nothing is missing before this place, where something was: it came, or was erased. What waited
 * for it can be released. */
static void tell_missing(struct sb_node *node, const struct sb_effect *fx, struct sb_seq next)
{
    struct sb_fate *outcome = sb_outcome_add(node, SB_IN_BODIES);
    if (outcome != NULL) {
        outcome->in.bodies = (struct sb_in_bodies){.from = fx->partner.partner,
                                                   .origin = fx->partner.origin,
                                                   .branch = fx->partner.branch,
                                                   .epoch = fx->partner.epoch,
                                                   .next_missing = next};
    }
}

/* Nobody need be asked: `next` is beyond what counts, or 0. Said of no more than was looked at:
 * before the core hears it the epoch may have grown, by what came without its body. */
static void nothing_missing(struct sb_node *node, const struct sb_effect *fx, struct sb_seq next)
{
    next.n = next.n != 0 ? next.n : fx->partner.to.n + 1;
    tell_missing(node, fx, next);
    struct sb_fate *outcome = sb_outcome_add(node, SB_IN_ANSWERED);
    if (outcome != NULL) {
        outcome->in.answered.from = fx->partner.partner;
        outcome->in.answered.request = fx->partner.request;
    }
}

static void ask_bodies(struct sb_node *node, const struct sb_effect *fx, struct sb_message *m)
{
    struct sb_place place = {fx->partner.origin, fx->partner.branch, fx->partner.epoch,
                             fx->partner.from};
    struct sb_want_bodies *w = &m->want_bodies;
    struct sb_seq missing = {0};
    w->origin = node->orgs[fx->partner.origin];
    w->epoch = fx->partner.epoch;
    w->seqs = sb_arena_alloc(&node->arena, SB_WANT_BODIES_MAX * sizeof *w->seqs);
    while (w->seqs != NULL && w->n_seqs < SB_WANT_BODIES_MAX &&
           sb_turn_found(node,
                         sb_store_next_missing(node->o.store, &place, &missing, node->turn.err)) &&
           missing.n <= fx->partner.to.n) {
        w->seqs[w->n_seqs++] = missing;
        place.seq.n = missing.n + 1;
    }
    if (w->n_seqs > 0) {
        if (w->seqs[0].n > fx->partner.from.n) {
            tell_missing(node, fx, w->seqs[0]);
        }
        sb_outbox_send(node, fx->partner.route, m);
        return;
    }
    nothing_missing(node, fx, missing);
}

static void ask_events(struct sb_node *node, const struct sb_effect *fx, struct sb_message *m)
{
    m->want.origin = node->orgs[fx->partner.origin];
    m->want.epoch = fx->partner.epoch;
    m->want.from = fx->partner.from;
    m->want.tip = fx->partner.tip;
    m->want.credit = fx->partner.credit;
    m->want.tip_seq = fx->partner.to;
    sb_outbox_send(node, fx->partner.route, m);
}

static void ask_summary(struct sb_node *node, const struct sb_effect *fx, struct sb_message *m)
{
    m->summary.origin = node->orgs[fx->partner.origin];
    m->summary.from = fx->partner.from_counter;
    m->summary.to = fx->partner.to_counter;
    m->summary.skip = fx->partner.skip;
    sb_outbox_send(node, fx->partner.route, m);
}

void sb_greet_ask(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_message m = {.request = fx->partner.request};
    if (fx->type == SB_FX_WANT) {
        m.type = SB_MSG_WANT;
        ask_events(node, fx, &m);
    } else if (fx->type == SB_FX_WANT_BODIES) {
        m.type = SB_MSG_WANT_BODIES;
        ask_bodies(node, fx, &m);
    } else if (fx->type == SB_FX_SUMMARY_REQUEST) {
        m.type = SB_MSG_SUMMARY_REQUEST;
        ask_summary(node, fx, &m);
    } else {
        m.type = SB_MSG_FRONTIER_REQUEST;
        sb_outbox_send(node, fx->partner.route, &m);
    }
}
