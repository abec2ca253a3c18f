/* The outbox: makes frames of the effects that waited for the commit. */
#include "daemon/shell/outbox.h"

#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/serve.h"

static void put(struct sb_node *node, enum sb_outgoing_kind kind, uint32_t to,
                struct sb_bytes topic, struct sb_bytes frame)
{
    if (!sb_turn_grow(&node->outgoing, &node->cap_outgoing, node->n_outgoing,
                      sizeof *node->outgoing)) {
        sb_turn_fail(node, SB_E_NOMEM, "fill the outbox");
        return;
    }
    node->outgoing[node->n_outgoing++] =
        (struct sb_outgoing){.kind = kind, .to = to, .topic = topic, .frame = frame};
    node->outgoing_bytes += frame.n;
}

/* What does not fit a frame, or this turn, is our own affair: said, and not sent. Whoever misses it
 * asks again. */
static bool encode(struct sb_node *node, const struct sb_message *message, struct sb_bytes *frame)
{
    if (node->outgoing_bytes >= SB_OUTBOX_BYTES_MAX) {
        sb_people_complain(node, 0, sb_msg_name(message->type), "no room left in this turn");
        return false;
    }
    *frame = sb_wire_encode(message, &node->arena);
    if (frame->p == NULL) {
        sb_people_complain(node, 0, sb_msg_name(message->type), "does not fit a frame: not sent");
    }
    return frame->p != NULL;
}

bool sb_outbox_answer(struct sb_node *node, uint32_t session, const struct sb_message *message)
{
    struct sb_bytes frame;
    if (!encode(node, message, &frame)) {
        return false;
    }
    put(node, SB_OUT_ANSWER, session, (struct sb_bytes){NULL, 0}, frame);
    return true;
}

static bool ask(struct sb_node *node, uint32_t partner, const struct sb_message *message)
{
    struct sb_bytes frame;
    if (!encode(node, message, &frame)) {
        return false;
    }
    put(node, SB_OUT_ASK, partner, (struct sb_bytes){NULL, 0}, frame);
    return true;
}

bool sb_outbox_publish(struct sb_node *node, struct sb_bytes topic,
                       const struct sb_message *message)
{
    struct sb_bytes frame;
    if (topic.p == NULL || !encode(node, message, &frame)) {
        return false;
    }
    put(node, SB_OUT_PUBLISH, 0, topic, frame);
    return true;
}

static bool publish_own(struct sb_node *node, const struct sb_message *message)
{
    char topic[sizeof "frontier/" + SB_ORG_MAX];
    int n = snprintf(topic, sizeof topic, "frontier/%s", node->o.organisation.s);
    return sb_outbox_publish(node, sb_arena_copy(&node->arena, topic, (size_t)n), message);
}

bool sb_outbox_send(struct sb_node *node, struct sb_route route, const struct sb_message *message)
{
    switch (route.kind) {
    case SB_ROUTE_LINK: return ask(node, route.number, message);
    case SB_ROUTE_SESSION: return sb_outbox_answer(node, route.number, message);
    case SB_ROUTE_PUBLISHER: return publish_own(node, message);
    case SB_ROUTE_NONE: break;
    }
    return false;
}

static struct sb_message refusal_of(uint32_t request, enum sb_code code, const char *text)
{
    struct sb_message m = {.type = SB_MSG_REFUSAL, .request = request};
    m.refusal.code = code;
    snprintf(m.refusal.text, sizeof m.refusal.text, "%s", text);
    return m;
}

void sb_outbox_refuse(struct sb_node *node, struct sb_route route, uint32_t request,
                      enum sb_code code, const char *text)
{
    struct sb_message m = refusal_of(request, code, text);
    sb_outbox_send(node, route, &m);
}

void sb_outbox_turn_away(struct sb_node *node, uint32_t crowded, uint32_t request, const char *text)
{
    struct sb_message m = refusal_of(request, SB_CODE_TOO_LARGE, text);
    struct sb_bytes frame;
    if (encode(node, &m, &frame)) {
        put(node, SB_OUT_TURN_AWAY, crowded, (struct sb_bytes){NULL, 0}, frame);
    }
}

void sb_outbox_keep(struct sb_node *node, const struct sb_effect *fx, const void *about,
                    uint32_t request)
{
    struct sb_turn *turn = &node->turn;
    bool answer = fx->type == SB_FX_ACK || fx->type == SB_FX_REFUSE;
    if (answer && fx->ack.session == 0) {
        return; /* of what the daemon published itself: it looks into the log */
    }
    if (!sb_turn_grow(&turn->queue, &turn->cap_queue, turn->n_queue, sizeof *turn->queue)) {
        sb_turn_fail(node, SB_E_NOMEM, "keep an effect");
        return;
    }
    turn->queue[turn->n_queue++] = (struct sb_queued){*fx, about, request};
}

/* The slots of the core that served it may be another's before this round ends. Its streams are
 * gone, so that nothing is read for them. */
void sb_outbox_forget_session(struct sb_node *node, uint32_t session)
{
    for (size_t i = 0; i < node->turn.n_queue; i++) {
        struct sb_effect *fx = &node->turn.queue[i].fx;
        bool served = fx->type == SB_FX_SERVE && fx->partner.route.kind == SB_ROUTE_SESSION &&
                      fx->partner.route.number == session;
        bool refused =
            fx->type == SB_FX_REFUSE_SUBSCRIPTION && fx->refuse_subscription.session == session;
        if (served || refused) {
            fx->type = SB_FX_UNHOLD; /* carried out already: nothing */
        }
    }
}

static void refuse_subscription(struct sb_node *node, const struct sb_queued *queued)
{
    const struct sb_effect *fx = &queued->fx;
    sb_last_word_say(node, fx->refuse_subscription.session, queued->answer,
                     fx->refuse_subscription.code, fx->refuse_subscription.text);
}

static void refuse_partner(struct sb_node *node, const struct sb_effect *fx)
{
    sb_outbox_refuse(node, fx->partner.route, fx->partner.request, SB_CODE_NOT_ALLOWED,
                     "this daemon serves another partnership");
}

static void hurry(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_bytes none = {NULL, 0};
    put(node, SB_OUT_HURRY, fx->partner.partner, none, none);
}

/* What the core paces is told that it is not yet its turn; the rest is said again by itself. */
static void leave_out(struct sb_node *node, const struct sb_effect *fx)
{
    if (fx->type == SB_FX_DELIVER) {
        sb_stream_postpone(node, fx);
    } else if (fx->type == SB_FX_SERVE) {
        sb_serve_postpone(node, fx);
    }
}

static bool may_wait(const struct sb_effect *fx)
{
    return fx->type != SB_FX_ACK && fx->type != SB_FX_REFUSE && fx->type != SB_FX_STATE &&
           fx->type != SB_FX_REFUSE_SUBSCRIPTION && fx->type != SB_FX_CONSUMED &&
           fx->type != SB_FX_ALARM && fx->type != SB_FX_HURRY && fx->type != SB_FX_RENEW_BOOT;
}

static void send_effect(struct sb_node *node, struct sb_answers *answers,
                        const struct sb_queued *queued)
{
    const struct sb_effect *fx = &queued->fx;
    switch (fx->type) {
    case SB_FX_ACK:
    case SB_FX_REFUSE: sb_results_add(node, answers, queued); break;
    case SB_FX_REFUSE_SUBSCRIPTION: refuse_subscription(node, queued); break;
    case SB_FX_CONSUMED: sb_consume_answer(node, fx); break;
    case SB_FX_DELIVER: sb_stream_deliver(node, fx); break;
    case SB_FX_BROADCAST: sb_broadcast_send(node, fx); break;
    case SB_FX_HELLO: sb_greet_hello(node, fx); break;
    case SB_FX_FRONTIER: sb_greet_frontier(node, fx); break;
    case SB_FX_VIEW: sb_greet_view(node, fx); break;
    case SB_FX_FRONTIER_REQUEST:
    case SB_FX_WANT:
    case SB_FX_WANT_BODIES:
    case SB_FX_SUMMARY_REQUEST: sb_greet_ask(node, fx); break;
    case SB_FX_SUMMARY: sb_greet_summary(node, fx); break;
    case SB_FX_SERVE: sb_serve_events(node, fx); break;
    case SB_FX_SERVE_BODIES: sb_serve_bodies(node, fx, queued->about); break;
    case SB_FX_REFUSE_PARTNER: refuse_partner(node, fx); break;
    case SB_FX_HURRY: hurry(node, fx); break;
    case SB_FX_RENEW_BOOT: sb_greet_renew(node); break;
    case SB_FX_STATE: sb_people_state(node, fx); break;
    case SB_FX_ALARM: sb_people_alarm(node, fx); break;
    case SB_FX_APPEND:
    case SB_FX_ERASE:
    case SB_FX_PUT_BODIES:
    case SB_FX_RELEASE:
    case SB_FX_SEAL:
    case SB_FX_PUT_CHAIN:
    case SB_FX_PUT_CONSUMER:
    case SB_FX_OPEN_EPOCH:
    case SB_FX_DEFER:
    case SB_FX_HOLD:
    case SB_FX_UNHOLD: break; /* carried out when they came */
    }
}

void sb_outbox_fill(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    struct sb_answers *answers = sb_results_gather(node);
    for (size_t i = 0; i < turn->n_queue && turn->rc == SB_OK; i++) {
        const struct sb_queued *queued = &turn->queue[i];
        if (may_wait(&queued->fx) && !sb_node_has_room(node)) {
            leave_out(node, &queued->fx);
        } else {
            send_effect(node, answers, queued);
        }
    }
    turn->n_queue = 0;
}
