/* The network between hosts: connections that come and go, publishers that drop and double, frames
 * that take their time but keep their order within one connection. */
#include "tests/sim/net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/clients.h"
#include "tests/sim/keys.h"
#include "tests/sim/sparing.h"

enum { FROM_CLIENT = -1, FROM_ITSELF = SIM_FROM_NOWHERE, RETRY_MIN_MS = 300, RETRY_MAX_MS = 1500 };
enum { PATIENCE_MAX_MS = 20000, PATIENT_PERCENT = 20 };
enum { STILL_PERCENT = 10, STILL_MAX_MS = 1500, LATE_PERCENT = 60, LATE_MAX_MS = 4000 };

/* Which pairs dial: a full mesh, a line, or each pair one way at least (a firewall that lets only
 * outgoing connections through). */
void sim_net_init(struct sim_world *w, bool any_shape)
{
    uint32_t shape = any_shape ? sim_below(&w->random, 3) : 0;
    for (int a = 0; a < w->n_hosts; a++) {
        for (int b = 0; b < w->n_hosts; b++) {
            bool neighbours = a - b == 1 || b - a == 1;
            struct sim_link *l = &w->links[a][b];
            l->configured = a != b && (shape == 0 || (shape == 1 && neighbours) ||
                                       (shape == 2 && (a < b || sim_chance(&w->random, 40))));
            l->loss_percent = any_shape ? sim_below(&w->random, 30) : 0;
            l->duplicate_percent = any_shape ? sim_below(&w->random, 10) : 0;
        }
    }
}

bool sim_net_followed(const struct sim_world *w, int host)
{
    for (int a = 0; a < w->n_hosts; a++) {
        if (w->links[a][host].follows) {
            return true;
        }
    }
    return false;
}

static uint32_t identity_at(const struct sim_world *w, int at, int of)
{
    return w->hosts[at].villain ? (uint32_t)of : sim_number(&w->hosts[at], of);
}

static struct sim_link *link_of(struct sim_world *w, const struct sim_event *e)
{
    return e->message.event == SB_NET_REQUEST ? &w->links[e->other][e->node]
                                              : &w->links[e->node][e->other];
}

/* Frames of one connection and direction arrive in the order in which they left. */
static int64_t in_order(struct sim_world *w, const struct sim_event *e, int64_t at_ms)
{
    if (e->other < 0) {
        return at_ms;
    }
    struct sim_link *l = link_of(w, e);
    int64_t *last = e->message.event == SB_NET_REQUEST ? &l->last_request_ms
                    : e->by_publisher                  ? &l->last_publish_ms
                                                       : &l->last_reply_ms;
    *last = at_ms > *last ? at_ms : *last;
    return *last;
}

void sim_net_message(struct sim_world *w, int to, enum sb_net_event event, uint32_t identity,
                     uint32_t session, uint32_t incarnation, struct sb_bytes topic,
                     struct sb_bytes frame, int from, int64_t delay_ms)
{
    struct sim_event probe = {.node = to, .other = from, .by_publisher = event == SB_NET_PUBLISHED};
    probe.message.event = event;
    int64_t at_ms = in_order(w, &probe, w->now_ms + delay_ms);
    struct sim_event *e = sim_schedule(w, at_ms - w->now_ms, SIM_MESSAGE, to);
    e->other = from;
    e->sent_ms = w->now_ms;
    e->incarnation = incarnation;
    e->by_publisher = probe.by_publisher;
    e->bytes = malloc(topic.n + frame.n + 1);
    assert(e->bytes != NULL);
    if (topic.n > 0) {
        memcpy(e->bytes, topic.p, topic.n);
    }
    if (frame.n > 0) {
        memcpy(e->bytes + topic.n, frame.p, frame.n);
    }
    e->message = (struct sb_net_message){.event = event,
                                         .identity = identity,
                                         .session = session,
                                         .topic = {e->bytes, topic.n},
                                         .frame = {e->bytes + topic.n, frame.n}};
}

bool sim_net_arrives(struct sim_world *w, const struct sim_event *e)
{
    if (e->other == FROM_ITSELF) { /* not what an earlier run was to be told */
        return e->incarnation == (uint32_t)w->hosts[e->node].started_ms;
    }
    if (e->other == FROM_CLIENT) {
        return sim_clients_own(&w->hosts[e->node], e->incarnation);
    }
    if (e->late) {
        const struct sim_host *h = &w->hosts[e->node];
        return h->node != NULL && h->started_ms <= e->sent_ms;
    }
    struct sim_link *l = link_of(w, e);
    return e->by_publisher ? l->follows && l->follow_incarnation == e->incarnation
                           : l->up && l->incarnation == e->incarnation;
}

/* libzmq hands on what it had received when a connection ended, perhaps behind what has come by the
 * next one by then; of one connection still in order. */
void sim_net_linger(struct sim_world *w, struct sim_event *e)
{
    if (!w->reorder || w->healed || e->late || e->other < 0 || w->hosts[e->node].node == NULL ||
        !sim_chance(&w->random, LATE_PERCENT)) {
        return;
    }
    struct sim_link *l = link_of(w, e);
    int64_t at_ms = w->now_ms + sim_below(&w->random, LATE_MAX_MS);
    l->late_ms = at_ms > l->late_ms ? at_ms : l->late_ms;
    struct sim_event *late = sim_schedule(w, l->late_ms - w->now_ms, SIM_MESSAGE, e->node);
    const struct sim_event place = *late;
    *late = *e;
    late->at_ms = place.at_ms;
    late->order = place.order;
    late->late = true;
    e->bytes = NULL;
}

/* What goes by one socket may stand still while another is read on. */
static int64_t latency(struct sim_world *w)
{
    if (w->reorder && !w->healed && sim_chance(&w->random, STILL_PERCENT)) {
        return 1 + sim_below(&w->random, STILL_MAX_MS);
    }
    return 1 + sim_below(&w->random, sim_chance(&w->random, 5) ? 200 : 12);
}

static void to_self(struct sim_world *w, int host, enum sb_net_event event, uint32_t identity,
                    uint32_t session, int64_t delay_ms)
{
    sim_net_message(w, host, event, identity, session, (uint32_t)w->hosts[host].started_ms,
                    (struct sb_bytes){0}, (struct sb_bytes){0}, FROM_ITSELF, delay_ms);
}

static void send_answer(struct sim_world *w, struct sim_host *from, const struct sb_outgoing *out)
{
    for (int a = 0; a < w->n_hosts; a++) {
        struct sim_link *l = &w->links[a][from->index];
        if (l->up && l->session == out->to) {
            sim_net_message(w, a, SB_NET_REPLY, identity_at(w, a, from->index), 0, l->incarnation,
                            out->topic, out->frame, from->index, latency(w));
            return;
        }
    }
    if (!sim_clients_own(from, out->to)) {
        to_self(w, from->index, SB_NET_SESSION_GONE, 0, out->to, 0);
        return;
    }
    sim_clients_sent(w, from, out->to, out->frame);
    bool publisher = from->publisher->session == out->to;
    const uint32_t full = sim_consumer_awaits_end(from) ? 40 : 5;
    if (!publisher && !w->quiet && !w->healed && sim_chance(&w->random, full)) {
        sb_node_unsent(from->node, out); /* its queue is full */
        return;
    }
    bool lost = publisher && (w->quiet ? from->answers_to_lose > 0 : sim_chance(&w->random, 10));
    from->answers_to_lose -= lost && w->quiet;
    if (!lost) {
        struct sim_event *e = sim_schedule(w, 1, SIM_ANSWER, from->index);
        e->incarnation = out->to;
        e->bytes = malloc(out->frame.n + 1);
        assert(e->bytes != NULL);
        memcpy(e->bytes, out->frame.p, out->frame.n);
        e->message.frame = (struct sb_bytes){e->bytes, out->frame.n};
    }
}

static void send_question(struct sim_world *w, struct sim_host *from, const struct sb_outgoing *out)
{
    for (int b = 0; b < w->n_hosts; b++) {
        struct sim_link *l = &w->links[from->index][b];
        if (b != from->index && sim_number(from, b) == out->to && l->up) {
            sim_net_message(w, b, SB_NET_REQUEST, identity_at(w, b, from->index), l->session,
                            l->incarnation, out->topic, out->frame, from->index, latency(w));
        }
    }
}

static void send_published(struct sim_world *w, struct sim_host *from,
                           const struct sb_outgoing *out)
{
    for (int a = 0; a < w->n_hosts; a++) {
        struct sim_link *l = &w->links[a][from->index];
        if (!l->follows || (!w->healed && sim_chance(&w->random, l->loss_percent))) {
            continue;
        }
        int copies = sim_chance(&w->random, l->duplicate_percent) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            sim_net_message(w, a, SB_NET_PUBLISHED, identity_at(w, a, from->index), 0,
                            l->follow_incarnation, out->topic, out->frame, from->index, latency(w));
        }
    }
}

static void send_out(struct sim_world *w, struct sim_host *from, const struct sb_outgoing *out)
{
    switch (out->kind) {
    case SB_OUT_ANSWER: send_answer(w, from, out); break;
    case SB_OUT_TURN_AWAY: break; /* connections are never too many here */
    case SB_OUT_ASK: send_question(w, from, out); break;
    case SB_OUT_PUBLISH: send_published(w, from, out); break;
    case SB_OUT_HURRY:
        for (int b = 0; b < w->n_hosts; b++) {
            if (b != from->index && sim_number(from, b) == out->to) {
                w->links[from->index][b].patience_ms = 0;
                sim_schedule(w, 1, SIM_CONNECT, from->index)->other = b;
            }
        }
        break;
    }
}

void sim_net_send(struct sim_world *w, struct sim_host *from, const struct sb_outgoing *out)
{
    const struct sb_uuid *id = &from->kept_back;
    if (from->keeps_back && memmem(out->frame.p, out->frame.n, id->b, sizeof id->b) != NULL) {
        return;
    }
    if (!w->sparing && !from->leaves_out) {
        send_out(w, from, out);
        return;
    }
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_outgoing less = *out;
    bool spares = out->kind != SB_OUT_HURRY && sim_sparing(w, from, &less.frame, arena);
    send_out(w, from, spares ? &less : out); /* a node knows what it sent by where it stands */
    sim_arena_return(w, arena);
}

static bool is_up(const struct sim_host *h)
{
    return h->villain || h->node != NULL;
}

/* Ups and downs of one connection are told in their order. */
static void tell_dialler(struct sim_world *w, int a, int b, enum sb_net_event event,
                         int64_t delay_ms)
{
    struct sim_link *l = &w->links[a][b];
    int64_t at_ms = w->now_ms + delay_ms;
    l->last_event_ms = at_ms > l->last_event_ms ? at_ms : l->last_event_ms;
    to_self(w, a, event, sim_number(&w->hosts[a], b), 0, l->last_event_ms - w->now_ms);
}

void sim_net_connect(struct sim_world *w, int a, int b)
{
    struct sim_link *l = &w->links[a][b];
    if (!l->configured || l->up || !is_up(&w->hosts[a]) || (w->hosts[a].unlisted >> b & 1) != 0) {
        return;
    }
    if (l->cut || !is_up(&w->hosts[b]) || !sim_keys_meet(w, a, b) ||
        (w->hosts[b].unlisted >> a & 1) != 0) {
        int64_t pause = RETRY_MIN_MS + sim_below(&w->random, RETRY_MAX_MS);
        sim_schedule(w, pause, SIM_CONNECT, a)->other = b;
        return;
    }
    if (!l->follows) {
        l->follows = true;
        l->follow_incarnation++;
        l->follows_ms = w->now_ms;
    }
    if (w->now_ms < l->patience_ms) {
        sim_schedule(w, l->patience_ms - w->now_ms, SIM_CONNECT, a)->other = b;
        return;
    }
    l->up = true;
    l->incarnation++;
    l->session = ++w->hosts[b].n_sessions;
    if (!w->hosts[a].villain) {
        tell_dialler(w, a, b, SB_NET_LINK_UP, 1);
    }
}

static void take_down(struct sim_world *w, int a, int b)
{
    struct sim_link *l = &w->links[a][b];
    bool was_up = l->up;
    if (!l->up && !l->follows) {
        return;
    }
    l->up = l->follows = false;
    l->incarnation += was_up;
    l->follow_incarnation++;
    if (!w->quiet && sim_chance(&w->random, PATIENT_PERCENT)) {
        l->patience_ms = w->now_ms + sim_below(&w->random, PATIENCE_MAX_MS);
    }
    if (was_up && w->hosts[a].node != NULL) {
        tell_dialler(w, a, b, SB_NET_LINK_DOWN, 1 + sim_below(&w->random, 2000));
    }
    sim_schedule(w, RETRY_MIN_MS + sim_below(&w->random, RETRY_MAX_MS), SIM_CONNECT, a)->other = b;
}

void sim_net_cut_way(struct sim_world *w, int a, int b, bool cut)
{
    w->links[a][b].cut = cut;
    if (cut) {
        take_down(w, a, b);
    }
}

void sim_net_cut(struct sim_world *w, int a, int b, bool cut)
{
    w->links[a][b].cut = w->links[b][a].cut = cut;
    if (cut) {
        take_down(w, a, b);
        take_down(w, b, a);
    }
}

/* b loses its connection as if by a cut; what a has is closed by itself, and nobody tells it. */
void sim_net_unlist(struct sim_world *w, int a, int b)
{
    struct sim_link *l = &w->links[a][b];
    uint32_t session = w->links[b][a].session;
    bool was_up = w->links[b][a].up;
    l->incarnation += l->up;
    l->follow_incarnation++;
    l->up = l->follows = false;
    take_down(w, b, a);
    if (was_up) {
        to_self(w, a, SB_NET_SESSION_GONE, 0, session, 0);
    }
}

void sim_net_host_down(struct sim_world *w, int host)
{
    for (int i = 0; i < w->n_hosts; i++) {
        take_down(w, host, i);
        take_down(w, i, host);
    }
}
