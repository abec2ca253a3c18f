/* What partners say of themselves and ask of us. Who speaks is what the key says, never a field. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/certified.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "proto/text.h"

static void complain(struct sb_node *node, const struct sb_inbound *in, const char *why)
{
    sb_people_complain(node, in->net->identity, sb_msg_name(in->m->type), why);
}

void sb_inbox_hello(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_hello *hello = &in->m->hello;
    if (!sb_org_eq(&hello->organisation, &node->orgs[in->from])) {
        complain(node, in, "names another organisation than its key");
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
                         "your key belongs to another organisation here: compare `peers` in both "
                         "configurations");
        return;
    }
    struct sb_step step = {.in.type = SB_IN_HELLO};
    step.in.hello.from = in->from;
    step.in.hello.route = in->route;
    step.in.hello.hello = hello;
    memcpy(node->origins[in->from].software, hello->software, sizeof hello->software);
    step.in.hello.same_partnership = sb_hash_eq(&hello->partnership, &node->partnership);
    sb_turn_step(node, &step);
}

/* For people alone: nothing is decided by it. A delta lists what changed, and who is new. */
static void note_frontier(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_frontier *f = &in->m->frontier;
    struct sb_origin *o = &node->origins[in->from];
    o->clock_known = f->time.ms > 0;
    o->clock_offset_ms = f->time.ms - node->turn.now.wall.ms;
    if (f->full) {
        memset(o->lists, 0, sizeof o->lists);
        o->n_strangers = 0;
        o->shows_all = true;
    }
    for (size_t i = 0; i < f->n_origins; i++) {
        uint16_t number;
        if (sb_lookup_history(node, &f->origins[i].origin, &number)) {
            o->lists[number / 8] |= (uint8_t)(1u << (number % 8));
        } else if (f->full && o->n_strangers < SB_STRANGERS_MAX) {
            o->strangers[o->n_strangers++] = f->origins[i].origin;
        }
    }
}

static size_t count_heads(const struct sb_frontier *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_origins; i++) {
        n += f->origins[i].n_heads;
    }
    return n;
}

/* Keeps what is known and signed, in place; the frontier is our own copy in the arena. */
static void judge_frontier(struct sb_node *node, const struct sb_inbound *in, struct sb_frontier *f,
                           enum sb_head_state *states, uint16_t *numbers)
{
    size_t kept = 0, heads = 0;
    bool forged = false;
    for (size_t i = 0; i < f->n_origins; i++) {
        struct sb_origin_heads *o = &f->origins[i];
        if (!sb_lookup_origin(node, &o->origin, &numbers[kept])) {
            node->unknown_origins++;
            continue;
        }
        if (o->certificate.origin.s[0] != '\0') {
            (void)sb_certified_learn(node, numbers[kept], &o->certificate);
        }
        size_t n =
            sb_lookup_heads(node, in->from, numbers[kept], o->heads, o->n_heads, states + heads);
        forged |= n != o->n_heads;
        o->n_heads = n;
        heads += n;
        f->origins[kept++] = *o;
    }
    f->n_origins = kept;
    if (forged) {
        complain(node, in, "shows a head without its origin's signature");
    }
}

void sb_inbox_frontier(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_frontier *f = &in->m->frontier;
    if (!sb_org_eq(&f->node, &node->orgs[in->from])) {
        complain(node, in, "is of another node than its key");
        return;
    }
    note_frontier(node, in);
    enum sb_head_state *states =
        sb_arena_alloc(&node->arena, (count_heads(f) + 1) * sizeof *states);
    uint16_t *numbers = sb_arena_alloc(&node->arena, (f->n_origins + 1) * sizeof *numbers);
    if (states == NULL || numbers == NULL) {
        return;
    }
    judge_frontier(node, in, f, states, numbers);
    struct sb_step step = {.in.type = SB_IN_FRONTIER};
    step.in.frontier.from = in->from;
    step.in.frontier.route = in->route;
    step.in.frontier.frontier = f;
    step.in.frontier.states = states;
    step.in.frontier.origins = numbers;
    sb_turn_step(node, &step);
}

void sb_inbox_frontier_request(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_FRONTIER_REQUEST};
    step.in.frontier_request.from = in->from;
    step.in.frontier_request.route = in->route;
    sb_turn_step(node, &step);
}

void sb_inbox_view(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_VIEW};
    step.in.view.from = in->from;
    step.in.view.route = in->route;
    step.in.view.view = &in->m->view;
    /* of partners that say nothing of it, nothing is known */
    step.in.view.other_boot = !sb_uuid_is_zero(&in->m->view.boot_nonce) &&
                              !sb_uuid_eq(&in->m->view.boot_nonce, &node->boot_nonce);
    sb_agreed_learn(&node->origins[in->from].agreed, &in->m->view);
    sb_turn_step(node, &step);
}

/* Of an origin that is unknown here there is nothing: said at once, so that others are asked. */
void sb_inbox_want(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_want *want = &in->m->want;
    struct sb_step step = {.in.type = SB_IN_WANT};
    if (!sb_lookup_history(node, &want->origin, &step.in.want.origin)) {
        struct sb_message m = {.type = SB_MSG_EVENTS, .request = in->m->request};
        m.events.origin = want->origin;
        m.events.epoch = want->epoch;
        m.events.last = true;
        sb_outbox_send(node, in->route, &m);
        return;
    }
    step.in.want.from = in->from;
    step.in.want.route = in->route;
    step.in.want.request = in->m->request;
    step.in.want.want = want;
    step.in.want.held =
        sb_lookup_tip(node, step.in.want.origin, want, &step.in.want.branch, &step.in.want.seq);
    sb_turn_step(node, &step);
}

void sb_inbox_want_bodies(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_want_bodies *want = &in->m->want_bodies;
    struct sb_step step = {.in.type = SB_IN_WANT_BODIES};
    if (!sb_lookup_history(node, &want->origin, &step.in.want_bodies.origin)) {
        struct sb_message m = {.type = SB_MSG_BODIES, .request = in->m->request};
        m.bodies.origin = want->origin;
        m.bodies.epoch = want->epoch;
        m.bodies.last = true;
        sb_outbox_send(node, in->route, &m);
        return;
    }
    step.in.want_bodies.from = in->from;
    step.in.want_bodies.route = in->route;
    step.in.want_bodies.request = in->m->request;
    step.in.want_bodies.want = want;
    sb_turn_step(node, &step);
}

/* `asked`: for what we hold; else it answers a question of ours. */
static bool place_summary(struct sb_node *node, const struct sb_inbound *in, struct sb_step *step,
                          bool asked)
{
    const struct sb_org *org = &in->m->summary.origin;
    uint16_t *number = &step->in.summary.origin;
    if (!(asked ? sb_lookup_history(node, org, number) : sb_lookup_origin(node, org, number))) {
        node->unknown_origins++;
        return false;
    }
    step->in.summary.from = in->from;
    step->in.summary.route = in->route;
    step->in.summary.request = in->m->request;
    step->in.summary.summary = &in->m->summary;
    return true;
}

void sb_inbox_summary_request(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_SUMMARY_REQUEST};
    if (place_summary(node, in, &step, true)) {
        sb_turn_step(node, &step);
    }
}

void sb_inbox_summary(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_SUMMARY};
    struct sb_summary *s = &in->m->summary;
    enum sb_head_state *states = sb_arena_alloc(&node->arena, (s->n_epochs + 1) * sizeof *states);
    if (states == NULL || !place_summary(node, in, &step, false)) {
        return;
    }
    size_t n =
        sb_lookup_heads(node, in->from, step.in.summary.origin, s->epochs, s->n_epochs, states);
    if (n != s->n_epochs) {
        complain(node, in, "shows an epoch without its origin's signature");
    }
    s->n_epochs = n;
    step.in.summary.states = states;
    sb_turn_step(node, &step);
}

void sb_inbox_refusal(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_REFUSED};
    char text[SB_NODE_TEXT_MAX];
    struct sb_bytes raw = {(const uint8_t *)in->m->refusal.text, strlen(in->m->refusal.text)};
    sb_text_escape(text, sizeof text, raw);
    step.in.refused.from = in->from;
    step.in.refused.route = in->route;
    step.in.refused.text = text;
    sb_turn_step(node, &step);
}
