/* The waiting room: see held.h. Entries move between the lists and are never copied again; what was
 * stepped is freed a turn later, since effects may name its bytes. */
#include "daemon/shell/held.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/embargo.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

static void init_list(struct sb_waiting_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void push(struct sb_waiting_list *list, struct sb_waiting *w)
{
    w->next = NULL;
    *list->end = w;
    list->end = &w->next;
}

static struct sb_waiting *pop(struct sb_waiting_list *list)
{
    struct sb_waiting *w = list->first;
    if (w != NULL) {
        list->first = w->next;
        list->end = list->first == NULL ? &list->first : list->end;
    }
    return w;
}

/* Puts `head` in front of `list`; head is empty afterwards. */
static void prepend(struct sb_waiting_list *list, struct sb_waiting_list *head)
{
    if (head->first == NULL) {
        return;
    }
    *head->end = list->first;
    list->end = list->first == NULL ? head->end : list->end;
    list->first = head->first;
    init_list(head);
}

static void free_publishes(struct sb_waiting *w)
{
    while (w != NULL) {
        struct sb_waiting *next = w->next;
        free(w);
        w = next;
    }
}

static void free_messages(struct sb_waiting_message *m)
{
    while (m != NULL) {
        struct sb_waiting_message *next = m->next;
        free(m);
        m = next;
    }
}

void sb_held_init(struct sb_held *held)
{
    memset(held, 0, sizeof *held);
    init_list(&held->deferred);
    init_list(&held->held);
    held->messages_end = held->back = &held->messages;
}

void sb_held_fini(struct sb_held *held)
{
    free_publishes(held->deferred.first);
    free_publishes(held->held.first);
    free_publishes(held->finished);
    free_messages(held->messages);
    free_messages(held->read);
    sb_held_init(held);
}

void sb_held_begin_turn(struct sb_held *held)
{
    free_publishes(held->finished);
    free_messages(held->read);
    held->finished = NULL;
    held->read = NULL;
}

bool sb_held_is_full(const struct sb_held *held)
{
    return held->n >= SB_PENDING_PUBLISHES_MAX || held->bytes >= SB_SUBMITTED_BYTES_MAX;
}

bool sb_held_is_empty(const struct sb_held *held)
{
    return held->n == 0;
}

/* A copy with everything it names behind it, in one block. */
static struct sb_waiting *copy_publish(const struct sb_submitted *s)
{
    size_t orgs = s->in.audience.n * sizeof s->in.audience.orgs[0];
    size_t later = s->in.later.n * sizeof s->in.later.orgs[0];
    size_t topic = strlen(s->in.topic) + 1;
    size_t bytes = sizeof(struct sb_waiting) + orgs + later + topic + s->body.n;
    struct sb_waiting *w = malloc(bytes);
    if (w == NULL) {
        return NULL;
    }
    uint8_t *at = (uint8_t *)(w + 1);
    w->bytes = bytes;
    w->submitted = *s;
    w->submitted.in.text = "";
    if (orgs > 0) {
        memcpy(at, s->in.audience.orgs, orgs);
        w->submitted.in.audience.orgs = (const struct sb_org *)at;
    }
    at += orgs;
    if (later > 0) {
        memcpy(at, s->in.later.orgs, later);
        w->submitted.in.later.orgs = (const struct sb_org *)at;
    }
    at += later;
    memcpy(at, s->in.topic, topic);
    memcpy(at + topic, s->body.p, s->body.n);
    w->submitted.in.topic = (const char *)at;
    w->submitted.body.p = at + topic;
    w->submitted.submission.p = w->submitted.body.p;
    return w;
}

static bool is_stalled(const struct sb_held *held, uint32_t session)
{
    for (size_t i = 0; i < held->n_stalled; i++) {
        if (held->stalled[i] == session) {
            return true;
        }
    }
    return held->n_stalled == SB_STALLED_SESSIONS_MAX;
}

static void stall(struct sb_held *held, uint32_t session)
{
    if (!is_stalled(held, session)) {
        held->stalled[held->n_stalled++] = session;
    }
}

/* Looks the id up anew: an earlier turn may have stored it. */
static void step_publish(struct sb_node *node, const struct sb_submitted *s, struct sb_step *step)
{
    *step = (struct sb_step){
        .in = {.type = SB_IN_PUBLISH, .publish = s->in}, .salt = &s->salt, .body = s->body};
    struct sb_in_publish *in = &step->in.publish;
    char text[SB_MEANING_TEXT_MAX] = "";
    if (in->verdict == SB_CODE_OK) {
        struct sb_known_id known = sb_lookup_id(node, s);
        in->id_state = known.state;
        in->known_epoch = known.epoch;
        in->known_branch = known.branch;
        in->known_seq = known.seq;
        if (known.unsure) {
            in->verdict = SB_CODE_UNKNOWN_OUTCOME;
            in->text = "the event with this id is here without its body; ask again later";
        }
        if (in->verdict == SB_CODE_OK && known.state == SB_ID_NEW && !in->by_daemon) {
            in->meaning =
                in->embargoed ? sb_embargo_check(node, s, text) : sb_meaning_check(node, s, text);
        }
        if (in->meaning != SB_CODE_OK) { /* it is answered after the commit */
            in->meaning_text = (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
        }
    }
    sb_turn_step(node, step);
    sb_said_end_step(node);
}

static void refuse_for_room(struct sb_node *node, const struct sb_submitted *s)
{
    struct sb_effect fx = {.type = SB_FX_REFUSE};
    fx.ack.session = s->in.session;
    fx.ack.request = s->in.request;
    fx.ack.index = s->in.index;
    fx.ack.code = SB_CODE_UNKNOWN_OUTCOME;
    fx.ack.text = "too many publishes are waiting here; ask again with the same id";
    sb_outbox_keep(node, &fx, NULL, 0);
}

/* Files an entry where the core wants it; a stalled session's own order is kept by the list. */
static void file(struct sb_held *held, struct sb_waiting *w, const struct sb_step *step)
{
    if (step->held) {
        push(&held->held, w);
    } else {
        push(&held->deferred, w);
        stall(held, w->submitted.in.session);
    }
}

void sb_held_publish(struct sb_node *node, const struct sb_submitted *s)
{
    struct sb_held *held = &node->held;
    struct sb_step step = {.deferred = true};
    bool wrong = s->in.verdict != SB_CODE_OK;
    if (wrong || (!is_stalled(held, s->in.session) && sb_node_has_room(node))) {
        step_publish(node, s, &step);
    }
    if (!step.deferred && !step.held) {
        return;
    }
    struct sb_waiting *w = sb_held_is_full(held) ? NULL : copy_publish(s);
    if (w == NULL) {
        refuse_for_room(node, s);
        return;
    }
    held->n++;
    held->bytes += w->bytes;
    file(held, w, &step);
}

static void finish(struct sb_held *held, struct sb_waiting *w)
{
    held->n--;
    held->bytes -= w->bytes;
    w->next = held->finished;
    held->finished = w;
}

static void run_one(struct sb_node *node, struct sb_waiting *w)
{
    struct sb_held *held = &node->held;
    struct sb_step step = {.deferred = true};
    if (!is_stalled(held, w->submitted.in.session) && sb_node_has_room(node)) {
        step_publish(node, &w->submitted, &step);
    }
    if (step.deferred || step.held) {
        file(held, w, &step);
    } else {
        finish(held, w);
    }
}

/* Held publishes whose clients will not wait longer: the core refuses them now. */
static void take_expired(struct sb_held *held, int64_t now_ms, struct sb_waiting_list *out)
{
    struct sb_waiting_list all = held->held;
    if (all.first == NULL) {
        return;
    }
    init_list(&held->held);
    for (struct sb_waiting *w; (w = pop(&all)) != NULL;) {
        push(w->submitted.in.deadline_mono_ms <= now_ms ? out : &held->held, w);
    }
}

void sb_held_run(struct sb_node *node)
{
    struct sb_held *held = &node->held;
    struct sb_waiting_list due;
    init_list(&due);
    held->n_stalled = 0;
    take_expired(held, node->turn.now.mono_ms, &due);
    prepend(&held->deferred, &due);
    prepend(&due, &held->deferred);
    for (struct sb_waiting *w; (w = pop(&due)) != NULL;) {
        run_one(node, w);
    }
}

void sb_held_release(struct sb_node *node)
{
    prepend(&node->held.deferred, &node->held.held);
}

static bool keep_at(struct sb_held *held, struct sb_waiting_message **at,
                    const struct sb_net_message *message)
{
    size_t bytes = sizeof(struct sb_waiting_message) + message->frame.n;
    struct sb_waiting_message *m = sb_held_is_full(held) ? NULL : malloc(bytes);
    if (m == NULL) {
        return false;
    }
    m->bytes = bytes;
    m->message = *message;
    m->message.topic = (struct sb_bytes){NULL, 0};
    memcpy(m + 1, message->frame.p, message->frame.n);
    m->message.frame.p = (const uint8_t *)(m + 1);
    m->next = *at;
    *at = m;
    held->messages_end = m->next == NULL ? &m->next : held->messages_end;
    held->n++;
    held->bytes += bytes;
    return true;
}

bool sb_held_keep_message(struct sb_node *node, const struct sb_net_message *message)
{
    return keep_at(&node->held, node->held.messages_end, message);
}

bool sb_held_put_back(struct sb_node *node, const struct sb_net_message *message)
{
    struct sb_held *held = &node->held;
    bool kept = keep_at(held, held->back, message);
    held->back = kept ? &(*held->back)->next : held->back;
    return kept;
}

bool sb_held_has_message(const struct sb_held *held, uint32_t session)
{
    const struct sb_waiting_message *m = held->messages;
    while (m != NULL && m->message.session != session) {
        m = m->next;
    }
    return m != NULL;
}

void sb_held_forget_client(struct sb_held *held, uint32_t session)
{
    struct sb_waiting_message **at = &held->messages, *m;
    while ((m = *at) != NULL) {
        if (m->message.session == session && m->message.identity >= SB_IDENTITY_CLIENT) {
            *at = m->next;
            held->back = held->back == &m->next ? at : held->back;
            held->n--;
            held->bytes -= m->bytes;
            free(m);
        } else {
            at = &m->next;
        }
    }
    held->messages_end = at;
}

struct sb_waiting_message *sb_held_take_messages(struct sb_held *held)
{
    assert(held->read == NULL);
    held->read = held->messages;
    held->messages = NULL;
    held->messages_end = held->back = &held->messages;
    for (const struct sb_waiting_message *m = held->read; m != NULL; m = m->next) {
        held->n--;
        held->bytes -= m->bytes;
    }
    return held->read;
}

int64_t sb_held_deadline(const struct sb_held *held)
{
    int64_t due = INT64_MAX;
    if (held->deferred.first != NULL || held->messages != NULL) {
        return 0;
    }
    for (const struct sb_waiting *w = held->held.first; w != NULL; w = w->next) {
        int64_t at = w->submitted.in.deadline_mono_ms;
        due = at < due ? at : due;
    }
    return due;
}
