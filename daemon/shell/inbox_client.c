/* What clients say: publishes, streams, pages, questions. Rights to topics and streams are the
 * core's to judge; reading history and status is judged here, since the core has no part in it. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/embargo.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/evidence.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/journal.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/possession.h"
#include "daemon/shell/serve.h"
#include "daemon/shell/where.h"
#include "proto/secrecy.h"

enum { SEAL_BYTES = 16 }; /* at most, of time and the head of the name, behind a submission */

/* What is wrong with the submission itself, in words that live until the end of the turn. */
static void judge(struct sb_node *node, const struct sb_submission *item, struct sb_submitted *s)
{
    char text[SB_NODE_TEXT_MAX] = "";
    s->in.verdict = sb_submission_check(item->body, &node->arena, text, sizeof text);
    if (s->in.verdict == SB_CODE_OK && sb_uuid_is_zero(&item->id)) {
        s->in.verdict = SB_CODE_MALFORMED;
        snprintf(text, sizeof text, "the id is missing; give each event a UUID of its own");
    }
    if (s->in.verdict != SB_CODE_OK) {
        s->in.text = (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
    }
}

void sb_inbox_read_topic(struct sb_node *node, struct sb_submitted *s)
{
    struct sb_body_head head;
    if (!sb_body_head_read(&head, s->submission) ||
        !sb_topic_valid((const char *)head.topic.p, head.topic.n, &s->in.class)) {
        s->in.verdict = SB_CODE_INVALID_TOPIC;
        s->in.text = NULL;
        return;
    }
    s->content = head.content;
    s->in.topic = (const char *)sb_arena_copy(&node->arena, head.topic.p, head.topic.n).p;
}

/* What is secret goes to nobody else: partners see at most that there is something. */
static void keep_secret(struct sb_node *node, struct sb_submitted *s)
{
    const struct sb_audience *to = &s->in.audience;
    bool at_home = to->n == 1 && sb_org_eq(&to->orgs[0], &node->orgs[0]);
    if (s->content != SB_CONTENT_AGENDA_ITEM || at_home || !sb_secrecy_imposed(s->submission)) {
        return;
    }
    char text[SB_NODE_TEXT_MAX];
    snprintf(text, sizeof text,
             "audience: what is secret stays with its organisation; write [\"%s\"], or another "
             "disclosure",
             node->orgs[0].s);
    s->in.verdict = SB_CODE_INVALID_BODY;
    s->in.text = (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
}

/* The body that is committed to: the submission with our time and the client's name behind it. */
static void seal_body(struct sb_node *node, struct sb_submitted *s)
{
    /* What is kept under embargo is the daemon's own, and names its publisher when it ends. */
    const char *who = s->in.embargoed || s->in.by_daemon
                          ? ""
                          : sb_people_name(node, SB_IDENTITY_CLIENT + (uint32_t)s->in.client);
    s->body = s->submission.p == NULL
                  ? s->submission
                  : sb_body_seal(s->submission, node->turn.now.wall, who, &node->arena);
    if (s->body.p == NULL || s->in.topic == NULL) {
        bool large = s->submission.n + SB_NAME_MAX + SEAL_BYTES > SB_BODY_MAX;
        s->in.verdict = large ? SB_CODE_TOO_LARGE : SB_CODE_UNKNOWN_OUTCOME;
        s->in.text = NULL;
        return;
    }
    s->in.commitment = sb_commitment(&s->salt, s->body);
    s->in.body_len = (uint32_t)s->body.n;
}

static void prepare(struct sb_node *node, const struct sb_submission *item, struct sb_submitted *s)
{
    s->in.id = item->id;
    s->in.audience = item->audience;
    s->submission = item->body;
    judge(node, item, s);
    if (s->in.verdict == SB_CODE_OK) {
        sb_inbox_read_topic(node, s);
    }
    if (s->in.verdict == SB_CODE_OK) {
        keep_secret(node, s);
    }
    if (s->in.verdict == SB_CODE_OK) {
        sb_embargo_take(node, s);
    }
    if (s->in.verdict == SB_CODE_OK) {
        seal_body(node, s);
    }
}

/* Where too many wait, what there is is committed first. */
static void make_room(struct sb_node *node)
{
    if (sb_held_is_full(&node->held) && node->held.deferred.first != NULL) {
        sb_turn_end_round(node);
        if (node->turn.rc == SB_OK) {
            sb_turn_begin_round(node);
        }
    }
}

void sb_inbox_publish(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_publish *p = &in->m->publish;
    struct sb_submitted *all = sb_arena_alloc(&node->arena, (p->n_items + 1) * sizeof *all);
    struct sb_salt *salts = sb_arena_alloc(&node->arena, (p->n_items + 1) * sizeof *salts);
    uint32_t timeout = p->timeout_ms == 0 ? SB_PUBLISH_TIMEOUT_MS : p->timeout_ms;
    if (all == NULL || salts == NULL) {
        sb_people_complain(node, in->net->identity, "PUBLISH", "no room left for it in this turn");
        return;
    }
    node->o.random(node->o.random_context, salts, p->n_items * sizeof *salts);
    for (size_t i = 0; i < p->n_items && node->turn.rc == SB_OK; i++) {
        struct sb_submitted *s = &all[i];
        memset(s, 0, sizeof *s);
        s->in.client = in->client;
        s->in.session = in->net->session;
        s->in.request = in->m->request;
        s->in.index = (uint32_t)i;
        s->in.remote = p->remote;
        s->in.deadline_mono_ms = node->turn.now.mono_ms + timeout;
        s->salt = salts[i];
        prepare(node, &p->items[i], s);
        make_room(node);
        sb_held_publish(node, s);
    }
}

void sb_inbox_publish_own(struct sb_node *node, const struct sb_submission *item)
{
    struct sb_submitted *s = sb_arena_alloc(&node->arena, sizeof *s);
    if (s == NULL) {
        return; /* whoever asked for it asks again */
    }
    memset(s, 0, sizeof *s);
    s->in.by_daemon = s->in.reminds = true;
    s->in.deadline_mono_ms = node->turn.now.mono_ms + SB_PUBLISH_TIMEOUT_MS;
    node->o.random(node->o.random_context, &s->salt, sizeof s->salt);
    prepare(node, item, s);
    sb_held_publish(node, s);
}

void sb_inbox_subscribe(struct sb_node *node, const struct sb_inbound *in)
{
    if (!sb_consume_subscribe(node, in)) {
        return;
    }
    sb_stream_subscribe(node, in->client, in->net->session, in->m->request, &in->m->subscribe);
}

void sb_inbox_credit(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_CREDIT};
    bool ends = in->m->type == SB_MSG_UNSUBSCRIBE;
    if (!ends && in->m->credit.credit == 0) {
        sb_people_complain(node, in->net->identity, "CREDIT", "a credit of no events");
        return;
    }
    if (sb_held_has_message(&node->held, in->net->session) && sb_held_keep_message(node, in->net)) {
        return; /* it may be about a SUBSCRIBE that waits */
    }
    step.in.credit.session = in->net->session;
    step.in.credit.subscription = in->m->credit.subscription;
    step.in.credit.credit = in->m->credit.credit; /* of UNSUBSCRIBE: 0 */
    sb_turn_step(node, &step);
    if (ends) {
        sb_stream_close(node, in->net->session, in->m->credit.subscription);
    }
}

void sb_inbox_session_gone(struct sb_node *node, uint32_t session)
{
    struct sb_step step = {.in.type = SB_IN_SESSION_GONE};
    step.in.session_gone.session = session;
    sb_held_forget_client(&node->held, session);
    sb_consumer_readers_gone(node, session);
    sb_stream_close_session(node, session);
    sb_last_words_forget(node, session);
    sb_outbox_forget_session(node, session);
    sb_turn_step(node, &step);
}

/* May this client read history, and is there room for it in this turn? Otherwise it is told. */
static bool may_read_history(struct sb_node *node, const struct sb_inbound *in)
{
    const struct sb_core_client *rights = &node->clients[in->client];
    if (!rights->subscribe && !rights->admin) {
        sb_people_deny(node, in->net->identity, sb_msg_name(in->m->type),
                       "neither clients.subscribe nor clients.admin is set");
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
                         "this client may not read history: set `subscribe: true` or `admin: "
                         "true` for it in samenbusd.yaml");
        return false;
    }
    bool asks_said = in->m->type == SB_MSG_QUERY && in->m->query.said; /* given by topic */
    if (rights->n_read > 0 && !asks_said) {
        sb_people_deny(node, in->net->identity, sb_msg_name(in->m->type),
                       "denied: clients.read gives it some topics only, and pages have them all");
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
                         "this client may read some topics only (`read` in samenbusd.yaml): "
                         "subscribe to them");
        return false;
    }
    if (!sb_outcome_has_room(node)) {
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_TOO_LARGE,
                         "too much is being read just now: ask again");
        return false;
    }
    return true;
}

/* Bodies are given to nobody before it is known what has been erased; answers otherwise. */
static bool has_settled(struct sb_node *node, const struct sb_inbound *in)
{
    if (sb_core_settling(node->core)) {
        sb_outbox_refuse(node, in->route, in->m->request, SB_CODE_RECOVERING,
                         "this daemon has just started and asks its partners what has been erased: "
                         "ask again in a few seconds");
        return false;
    }
    return true;
}

void sb_inbox_fetch(struct sb_node *node, const struct sb_inbound *in)
{
    if (may_read_history(node, in) && has_settled(node, in)) {
        sb_serve_fetch(node, in->client, in->net->session, in->m->request, &in->m->fetch);
    }
}

static void ask_history(struct sb_node *node, const struct sb_inbound *in,
                        const struct sb_query *query)
{
    if (query->where_origin.s[0] != '\0') {
        sb_where_answer(node, in->net->session, in->m->request, query);
    } else if (query->evidence) {
        sb_evidence_answer(node, in->net->session, in->m->request, query->from);
    } else if (query->erasures) {
        sb_erasure_answer(node, in->net->session, in->m->request, query->erasures_from);
    } else {
        sb_possession_answer(node, in->net->session, in->m->request, &query->challenge);
    }
}

/* Who was denied what is for those who may do something about it. */
static void tell_happenings(struct sb_node *node, const struct sb_inbound *in)
{
    static const struct sb_journal none;
    const struct sb_journal *journal = node->o.events.journal;
    struct sb_message m = {.type = SB_MSG_HAPPENINGS, .request = in->m->request};
    if (!node->clients[in->client].admin) {
        sb_people_deny(node, in->net->identity, "happenings", "denied: clients.admin is not set");
        sb_outbox_refuse(
            node, in->route, in->m->request, SB_CODE_NOT_ALLOWED,
            "this client may not see what happens to the daemon: set `admin: true` for "
            "it in samenbusd.yaml");
        return;
    }
    sb_journal_read(journal == NULL ? &none : journal, in->m->query.happenings_after, &m.happenings,
                    &node->arena);
    sb_outbox_answer(node, in->net->session, &m);
}

void sb_inbox_query(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_message m = {.type = SB_MSG_ANSWER, .request = in->m->request};
    const struct sb_query *query = &in->m->query;
    bool where = query->where_origin.s[0] != '\0', signs = !sb_hash_is_zero(&query->challenge);
    if (query->happenings) {
        tell_happenings(node, in);
        return;
    }
    if (query->consumers || query->consumer[0] != '\0') {
        if (may_read_history(node, in)) {
            sb_consume_list(node, in);
        }
        return;
    }
    if (query->evidence || where || signs || query->said || query->erasures) {
        if (!may_read_history(node, in) || (query->said && !has_settled(node, in))) {
            return;
        }
        if (query->said) {
            sb_said_answer(node, in->client, in->net->session, in->m->request, query);
        } else {
            ask_history(node, in, query);
        }
        return;
    }
    if (!sb_node_has_room(node) && sb_held_keep_message(node, in->net)) {
        return; /* whoever asked asks only once: it is read again in the next turn */
    }
    sb_consumer_watch_look(node);
    m.status = sb_node_status(node, node->turn.now, &node->arena);
    if (m.status != NULL) {
        sb_outbox_answer(node, in->net->session, &m);
    }
}
