/* Questions to the daemon that have one answer: asked again over every new connection until it is
 * there. Each blocks; see samenbus.h. */
#include "clients/lib/client.h"

#include <string.h>

#include "clients/lib/administer.h"
#include "clients/lib/erasures.h"
#include "clients/lib/happenings.h"
#include "clients/lib/samenbus_consumer.h"
#include "clients/lib/samenbus_said.h"

enum { SETTLING_PAUSE_MS = 200 };

struct question {
    struct sb_channel channel; /* first: it is the same pointer */
    struct sb_client *client;
    struct sb_message message, answer;
    bool unsent, answered;
    char why[SB_LABEL_MAX + 1];
};

static void on_frame(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                     struct sb_bytes frame)
{
    struct question *q = (struct question *)self;
    struct sb_arena *arena = &q->client->answering;
    (void)type;
    if (request != q->message.request) {
        return;
    }
    sb_arena_reset(arena);
    struct sb_bytes copy = sb_arena_copy(arena, frame.p, frame.n);
    q->answered = true;
    if (copy.p == NULL || sb_wire_decode(&q->answer, copy, arena, q->why) != SB_CODE_OK) {
        q->answer.type = 0; /* no message has it */
    }
}

static void on_up(struct sb_channel *self)
{
    ((struct question *)self)->unsent = true;
}

static bool on_turn(struct sb_channel *self, int64_t now_ms)
{
    struct question *q = (struct question *)self;
    (void)now_ms;
    if (q->unsent && sb_client_send(q->client, &q->message)) {
        q->unsent = false;
    }
    return q->unsent;
}

/* A daemon that has just started asks its partners what has been erased before it shows a body. */
static bool is_settling(const struct question *q)
{
    return q->answer.type == SB_MSG_REFUSAL && q->answer.refusal.code == SB_CODE_RECOVERING;
}

static enum sb_rc await(struct question *q, int timeout_ms, struct sb_err *err)
{
    int64_t end = sb_connection_now_ms() + timeout_ms;
    enum sb_rc rc = sb_client_connect(q->client, timeout_ms, err);
    while (rc == SB_OK && (!q->answered || is_settling(q))) {
        if (q->answered) { /* it says when it knows */
            q->answered = false;
            rc = sb_client_wait(q->client, -1, SETTLING_PAUSE_MS, err);
            q->unsent = true;
            continue;
        }
        int64_t left = end - sb_connection_now_ms();
        if (left <= 0) {
            return sb_err_set(err, SB_E_UNREACHABLE, "the daemon of %s does not answer",
                              sb_client_organisation(q->client));
        }
        rc = sb_client_wait(q->client, -1, (int)left, err);
    }
    return rc;
}

/* The answer must be of this type; a refusal becomes the error. */
static enum sb_rc judge(const struct question *q, enum sb_msg_type expected, struct sb_err *err)
{
    if (q->answer.type == expected) {
        return SB_OK;
    }
    if (q->answer.type == SB_MSG_REFUSAL) {
        return sb_err_set(err, SB_E_REFUSED, "%s: %s", sb_code_name(q->answer.refusal.code),
                          q->answer.refusal.text);
    }
    return sb_err_set(err, SB_E_NET, "the daemon's answer cannot be read: %s", q->why);
}

static enum sb_rc ask(struct question *q, enum sb_msg_type expected, int timeout_ms,
                      struct sb_err *err)
{
    enum sb_rc rc = sb_channel_open(q->client, &q->channel, err);
    if (rc != SB_OK) {
        return rc;
    }
    q->message.request = q->channel.number << SB_CHANNEL_SHIFT;
    rc = await(q, timeout_ms, err);
    sb_channel_close(q->client, &q->channel);
    return rc == SB_OK ? judge(q, expected, err) : rc;
}

static void init_question(struct question *q, struct sb_client *client)
{
    *q = (struct question){.channel = {.on_frame = on_frame, .on_up = on_up, .on_turn = on_turn},
                           .client = client,
                           .unsent = true};
}

enum sb_rc sb_client_status(struct sb_client *client, int timeout_ms, const struct sb_status **out,
                            struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.type = SB_MSG_QUERY;
    enum sb_rc rc = ask(&q, SB_MSG_ANSWER, timeout_ms, err);
    *out = rc == SB_OK ? q.answer.status : NULL;
    return rc;
}

/* A daemon that does not know a kind of question takes it for one after its status. */
static enum sb_rc judge_newer(const struct question *q, enum sb_rc rc, const char *lacks,
                              struct sb_err *err)
{
    if (rc != SB_OK && q->answered && q->answer.type == SB_MSG_ANSWER) {
        return sb_err_set(err, SB_E_VERSION,
                          "the daemon of %s has version %s, which %s; upgrade it",
                          sb_client_organisation(q->client), q->answer.status->version, lacks);
    }
    return rc;
}

static enum sb_rc ask_newer(struct question *q, enum sb_msg_type expected, const char *lacks,
                            int timeout_ms, struct sb_err *err)
{
    q->message.type = SB_MSG_QUERY;
    return judge_newer(q, ask(q, expected, timeout_ms, err), lacks, err);
}

/* The answer's own memory is the question's: what the caller borrows is copied. */
static const void *keep(struct sb_client *client, const void *answer, size_t n, enum sb_rc *rc,
                        struct sb_err *err)
{
    if (*rc != SB_OK) {
        return NULL;
    }
    const void *kept = sb_arena_copy(&client->answering, answer, n).p;
    *rc = kept == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory") : SB_OK;
    return kept;
}

enum sb_rc sb_client_evidence(struct sb_client *client, struct sb_bytes from, int timeout_ms,
                              const struct sb_evidence **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.evidence = true, .from = from};
    enum sb_rc rc = ask_newer(&q, SB_MSG_EVIDENCE, "keeps no list of evidence", timeout_ms, err);
    *out = keep(client, &q.answer.evidence, sizeof q.answer.evidence, &rc, err);
    return rc;
}

enum sb_rc sb_client_where(struct sb_client *client, const struct sb_org *origin,
                           const struct sb_uuid *id, int timeout_ms, const struct sb_holders **out,
                           struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.where_origin = *origin, .where_id = *id};
    enum sb_rc rc = ask_newer(&q, SB_MSG_HOLDERS, "does not say who has an event", timeout_ms, err);
    *out = keep(client, &q.answer.holders, sizeof q.answer.holders, &rc, err);
    return rc;
}

enum sb_rc sb_client_possession(struct sb_client *client, const struct sb_hash *challenge,
                                int timeout_ms, struct sb_bytes *out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.challenge = *challenge};
    enum sb_rc rc =
        ask_newer(&q, SB_MSG_POSSESSION, "signs no statements of possession", timeout_ms, err);
    *out = rc == SB_OK ? q.answer.possession.statement : (struct sb_bytes){NULL, 0};
    return rc;
}

/* ---- what was said */

enum { PLACE_BYTES = 256, FIRST_PAGE = 1, SECOND_PAGE = 2 };

struct walk {
    struct question q;        /* first: it is the same pointer */
    struct sb_message status; /* asked with the first page: one way there and back less */
    struct sb_org *organisation;
    uint8_t from[PLACE_BYTES];
};

static bool knows_whose(const struct walk *w)
{
    return w->organisation->s[0] != '\0';
}

static void on_walk_frame(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                          struct sb_bytes frame)
{
    struct walk *w = (struct walk *)self;
    struct sb_arena *arena = &w->q.client->answering;
    struct sb_arena_mark mark = sb_arena_mark(arena);
    struct sb_message answer;
    if (request != w->status.request) {
        on_frame(self, type, request, frame);
        return;
    }
    if (sb_wire_decode(&answer, frame, arena, w->q.why) == SB_CODE_OK &&
        answer.type == SB_MSG_ANSWER) {
        (void)sb_org_parse(w->organisation, answer.status->organisation,
                           strlen(answer.status->organisation));
    }
    sb_arena_rewind(arena, mark);
}

static bool on_walk_turn(struct sb_channel *self, int64_t now_ms)
{
    struct walk *w = (struct walk *)self;
    bool sent = !w->q.unsent || knows_whose(w) || sb_client_send(w->q.client, &w->status);
    return !sent || on_turn(self, now_ms);
}

/* Asks for the next page, before anybody looks at this one. */
static enum sb_rc ask_on(struct walk *w, const struct sb_said_answer *page, struct sb_err *err)
{
    struct sb_query *query = &w->q.message.query;
    bool moves = page->next.n > 0 && page->next.n <= sizeof w->from &&
                 (page->next.n != query->said_from.n ||
                  memcmp(page->next.p, query->said_from.p, page->next.n) != 0);
    if (!moves) {
        return sb_err_set(err, SB_E_NET, "the daemon does not say how its answer goes on");
    }
    memcpy(w->from, page->next.p, page->next.n);
    query->said_from = (struct sb_bytes){w->from, page->next.n};
    w->q.message.request ^= FIRST_PAGE ^ SECOND_PAGE; /* and so on, in turn */
    w->q.answered = false;
    w->q.unsent = !sb_client_send(w->q.client, &w->q.message);
    return SB_OK;
}

static enum sb_rc take_page(struct walk *w, const struct sb_said_taker *taker, int timeout_ms,
                            bool *end, struct sb_err *err)
{
    enum sb_rc rc = await(&w->q, timeout_ms, err);
    rc = rc == SB_OK ? judge(&w->q, SB_MSG_SAID, err) : rc;
    rc = judge_newer(&w->q, rc, "keeps no views", err);
    if (rc == SB_OK && !knows_whose(w)) {
        rc = sb_err_set(err, SB_E_NET, "the daemon does not say whose it is");
    }
    if (rc != SB_OK) {
        return rc;
    }
    struct sb_said_answer page = w->q.answer.said;
    *end = page.end;
    rc = page.end ? SB_OK : ask_on(w, &page, err);
    return rc == SB_OK ? taker->take(taker->context, &page, err) : rc;
}

enum sb_rc sb_client_said(struct sb_client *client, const struct sb_query *query, int timeout_ms,
                          struct sb_org *organisation, const struct sb_said_taker *taker,
                          struct sb_err *err)
{
    struct walk w = {.organisation = organisation, .status = {.type = SB_MSG_QUERY}};
    bool end = false;
    *organisation = (struct sb_org){{0}};
    init_question(&w.q, client);
    w.q.channel.on_frame = on_walk_frame;
    w.q.channel.on_turn = on_walk_turn;
    w.q.message = (struct sb_message){.type = SB_MSG_QUERY, .query = *query};
    w.q.message.query.said = true;
    enum sb_rc rc = sb_channel_open(client, &w.q.channel, err);
    if (rc != SB_OK) {
        return rc;
    }
    w.status.request = w.q.channel.number << SB_CHANNEL_SHIFT;
    w.q.message.request = w.status.request + FIRST_PAGE;
    while (rc == SB_OK && !end) {
        rc = take_page(&w, taker, timeout_ms, &end, err);
    }
    sb_channel_close(client, &w.q.channel);
    return rc;
}

/* ---- others */

enum sb_rc sb_client_fetch(struct sb_client *client, const struct sb_fetch *at, int timeout_ms,
                           const struct sb_fetched **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.type = SB_MSG_FETCH;
    q.message.fetch = *at;
    enum sb_rc rc = ask(&q, SB_MSG_FETCHED, timeout_ms, err);
    *out = keep(client, &q.answer.fetched, sizeof q.answer.fetched, &rc, err);
    return rc;
}

/* A daemon that does not know orders says nothing to them; it still says how it is. */
enum sb_rc sb_client_administer(struct sb_client *client, const struct sb_admin *order,
                                int timeout_ms, const struct sb_administered **out,
                                struct sb_err *err)
{
    struct question q;
    const struct sb_status *status;
    init_question(&q, client);
    q.message.type = SB_MSG_ADMIN;
    q.message.admin = *order;
    enum sb_rc rc = ask(&q, SB_MSG_ADMINISTERED, timeout_ms, err);
    if (rc == SB_E_UNREACHABLE && sb_client_connected(client) &&
        sb_client_status(client, timeout_ms, &status, NULL) == SB_OK) {
        return sb_err_set(err, SB_E_VERSION,
                          "the daemon of %s, version %s, gives no answer to orders; restart it "
                          "instead, or upgrade it",
                          sb_client_organisation(client), status->version);
    }
    *out = keep(client, &q.answer.administered, sizeof q.answer.administered, &rc, err);
    return rc;
}

enum sb_rc sb_client_consumers(struct sb_client *client, const char *name, int timeout_ms,
                               const struct sb_consumers **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.consumers = name == NULL, .consumer = name};
    enum sb_rc rc = ask_newer(&q, SB_MSG_CONSUMERS, "keeps no consumers", timeout_ms, err);
    *out = keep(client, &q.answer.consumers, sizeof q.answer.consumers, &rc, err);
    return rc;
}

enum sb_rc sb_client_consume(struct sb_client *client, const struct sb_consume *what,
                             int timeout_ms, const struct sb_consumers **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.type = SB_MSG_CONSUME;
    q.message.consume = *what;
    enum sb_rc rc = ask(&q, SB_MSG_CONSUMERS, timeout_ms, err);
    *out = keep(client, &q.answer.consumers, sizeof q.answer.consumers, &rc, err);
    return rc;
}

enum sb_rc sb_client_acknowledge(struct sb_client *client, const char *name, struct sb_tip *tips,
                                 size_t n, int timeout_ms, bool *anew, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.type = SB_MSG_CONSUME;
    q.message.consume =
        (struct sb_consume){.action = SB_CONSUME_ACK, .name = name, .cursor = tips, .n_cursor = n};
    enum sb_rc rc = ask(&q, SB_MSG_CONSUMERS, timeout_ms, err);
    *anew = rc == SB_E_REFUSED && q.answer.refusal.code == SB_CODE_BEGUN_ANEW;
    return *anew ? SB_OK : rc;
}

enum sb_rc sb_client_happenings(struct sb_client *client, uint64_t after, int timeout_ms,
                                const struct sb_happenings **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.happenings = true, .happenings_after = after};
    enum sb_rc rc = ask_newer(&q, SB_MSG_HAPPENINGS, "keeps no happenings", timeout_ms, err);
    *out = keep(client, &q.answer.happenings, sizeof q.answer.happenings, &rc, err);
    return rc;
}

enum sb_rc sb_client_erasures(struct sb_client *client, struct sb_bytes from, int timeout_ms,
                              const struct sb_erasures **out, struct sb_err *err)
{
    struct question q;
    init_question(&q, client);
    q.message.query = (struct sb_query){.erasures = true, .erasures_from = from};
    enum sb_rc rc = ask_newer(&q, SB_MSG_ERASURES, "knows no erasures", timeout_ms, err);
    *out = keep(client, &q.answer.erasures, sizeof q.answer.erasures, &rc, err);
    return rc;
}
