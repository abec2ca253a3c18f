/* A stream of events: asked for from a place on, received against credit, gone on with after a
 * lost connection where it was. Frames that have come are kept and given out one event at a time.
 * Which daemon's offsets they are is asked at every connection, for a daemon that lost its store
 * counts anew: then the cursor's tips say what has been given. */
#include <stdlib.h>
#include <string.h>

#include "clients/lib/client.h"
#include "clients/lib/cursor.h"
#include "clients/lib/samenbus_consumer.h"

enum {
    CREDIT = 2048,      /* events under way or waiting here */
    CREDIT_AGAIN = 512, /* given out before more credit is sent */
    ACKS_AT_ONCE = 1024,
};

enum stream_state { ASKING, ASKED, BEGINNING, STREAMING, ENDED };

struct kept_frame {
    struct kept_frame *next;
    size_t n;
    uint8_t bytes[];
};

struct sb_subscription {
    struct sb_channel channel; /* first: it is the same pointer */
    struct sb_client *client;
    struct sb_subscription_options options; /* its lists are ours */
    enum stream_state state;
    struct sb_cursor cursor;      /* what was given */
    uint32_t begun;               /* of a consumer: how often it was begun anew */
    struct sb_cursor acked, told; /* what it has on disk; and had when the stream was asked for */
    struct sb_offset received;    /* what has come: everything before it; 0: nothing yet */
    struct kept_frame *first, **last;
    size_t waiting;  /* events in the frames that are kept */
    uint32_t credit; /* events given out that were not paid back yet */
    /* The frame that is being given out. */
    struct kept_frame *open;
    struct sb_deliver deliver;
    size_t at, passed; /* events given out; events that the cursor has */
    struct sb_arena decoding;
    struct sb_tip *acks; /* of a consumer: what was given and is to be acknowledged */
    size_t n_acks, cap_acks;
    bool refused, failed;
    struct sb_refusal refusal;
};

static bool is_consumer(const struct sb_subscription *s)
{
    return s->options.consumer != NULL;
}

/* Of its stream; another one for each beginning of a consumer, so that frames of the stream before
 * are known. Even: the question after the store is 1. */
static uint32_t number_of(const struct sb_subscription *s)
{
    return s->channel.number << SB_CHANNEL_SHIFT | (2 * s->begun & SB_CHANNEL_OWN);
}

static void send_unsubscribe(struct sb_subscription *s)
{
    struct sb_message m = {.type = SB_MSG_UNSUBSCRIBE, .request = number_of(s)};
    m.credit.subscription = m.request;
    (void)sb_client_send(s->client, &m); /* a stream that nobody reads costs credit alone */
}

/* ---- beginning */

static bool send_query(struct sb_subscription *s)
{
    struct sb_message m = {.type = SB_MSG_QUERY,
                           .request = s->channel.number << SB_CHANNEL_SHIFT | 1};
    return sb_client_send(s->client, &m);
}

/* From where: what has come, what a cursor says, or what the caller wanted. A consumer's stream
 * begins where its cursor is at the daemon; what it gives again is left out below. */
static void choose_start(struct sb_subscription *s, struct sb_subscribe *out)
{
    if (is_consumer(s)) { /* where the daemon has it */
        out->consumer = s->options.consumer;
    } else if (s->received.n != 0) {
        out->from_offset = s->received;
    } else if (s->cursor.n_tips > 0) {
        out->cursor = s->cursor.tips;
        out->n_cursor = s->cursor.n_tips;
    } else {
        out->from_offset = s->options.from_offset;
        out->since = s->options.since;
        out->live_only = s->options.live_only;
        if (out->from_offset.n == 0 && out->since.ms == 0 && !out->live_only) {
            out->from_offset.n = 1;
        }
    }
}

static bool send_subscribe(struct sb_subscription *s)
{
    uint32_t number = number_of(s);
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = number};
    m.subscribe = (struct sb_subscribe){
        .subscription = number,
        .topics = s->options.topics,
        .n_topics = s->options.n_topics,
        .origins = (struct sb_org *)(uintptr_t)s->options.origins, /* only read */
        .n_origins = s->options.n_origins,
        .follow = s->options.follow,
        .system = s->options.system,
        .erasures = s->options.erasures,
        .stubs = s->options.stubs,
        .credit = s->waiting < CREDIT ? (uint32_t)(CREDIT - s->waiting) : 1,
    };
    choose_start(s, &m.subscribe);
    for (size_t i = 0; i < s->acked.n_tips; i++) {
        s->failed |= sb_cursor_take(&s->told, &s->acked.tips[i]) != SB_OK;
    }
    return sb_client_send(s->client, &m);
}

static bool send_credit(struct sb_subscription *s)
{
    struct sb_message m = {.type = SB_MSG_CREDIT, .request = number_of(s)};
    m.credit = (struct sb_credit){.subscription = m.request, .credit = s->credit};
    return sb_client_send(s->client, &m);
}

static void on_up(struct sb_channel *self)
{
    struct sb_subscription *s = (struct sb_subscription *)self;
    if (s->state != ENDED) {
        s->state = ASKING;
    }
}

static bool on_turn(struct sb_channel *self, int64_t now_ms)
{
    struct sb_subscription *s = (struct sb_subscription *)self;
    (void)now_ms;
    if (s->state == ASKING && send_query(s)) {
        s->state = ASKED;
    }
    if (s->state == BEGINNING && send_subscribe(s)) {
        s->state = STREAMING;
        s->credit = 0; /* the new stream was given all of it */
    }
    if (s->state == STREAMING && s->credit >= CREDIT_AGAIN && send_credit(s)) {
        s->credit = 0;
    }
    return s->state == ASKING || s->state == BEGINNING;
}

/* ---- what was given */

static bool continues(const struct sb_link *a, const struct sb_link *b)
{
    return b->seq.n > a->seq.n && sb_epoch_eq(a->epoch, b->epoch) &&
           sb_org_eq(&a->origin, &b->origin);
}

/* One acknowledgement for a run of events; on a fork every event has its own, for the next may be
 * on another branch. */
static bool add_ack(struct sb_subscription *s, const struct sb_delivered *d)
{
    if (s->n_acks == s->cap_acks) {
        size_t cap = s->cap_acks == 0 ? 64 : 2 * s->cap_acks;
        struct sb_tip *grown = realloc(s->acks, cap * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        s->acks = grown;
        s->cap_acks = cap;
    }
    s->acks[s->n_acks++] =
        (struct sb_tip){.origin = d->item.link.origin,
                        .epoch = d->item.link.epoch,
                        .seq = d->item.link.seq,
                        .hash = sb_link_hash_bytes(d->item.link_bytes.p, d->item.link_bytes.n)};
    return true;
}

/* Brings the cursor to what was given; of neighbours in one epoch only the last needs its hash. */
static enum sb_rc pass_given(struct sb_subscription *s)
{
    const struct sb_delivered *items = s->deliver.items;
    for (; s->passed < s->at; s->passed++) {
        size_t i = s->passed;
        bool covered = i + 1 < s->at && continues(&items[i].item.link, &items[i + 1].item.link);
        bool acked = covered && !items[i].forked && !items[i + 1].forked;
        if (is_consumer(s) && !acked && !add_ack(s, &items[i])) {
            return SB_E_NOMEM;
        }
        if (!covered && sb_cursor_pass(&s->cursor, &items[i].item) != SB_OK) {
            return SB_E_NOMEM;
        }
    }
    if (s->open != NULL && s->at == s->deliver.n_items) {
        s->cursor.offset = s->deliver.position;
    } else if (s->at > 0 && items[s->at - 1].offset.n >= s->cursor.offset.n) {
        s->cursor.offset.n = items[s->at - 1].offset.n + 1;
    }
    return SB_OK;
}

/* ---- receiving */

static void drop_kept(struct sb_subscription *s)
{
    while (s->first != NULL) {
        struct kept_frame *next = s->first->next;
        free(s->first);
        s->first = next;
    }
    s->last = &s->first;
    s->waiting = 0;
}

/* The consumer was begun anew while it was read. What it gave before does not count any more, nor
 * is it acknowledged: what comes from its new place on is new (PROTOCOL §8.10). What was given
 * last stays readable for the caller. */
static void begin_anew(struct sb_subscription *s)
{
    drop_kept(s);
    s->deliver.n_items = s->passed = s->at;
    s->deliver.position.n = s->cursor.offset.n = s->received.n = 0;
    s->cursor.n_tips = s->acked.n_tips = s->told.n_tips = 0;
    s->n_acks = 0;
    s->begun++;
    s->state = s->state == STREAMING || s->state == ENDED ? BEGINNING : s->state;
}

/* Offsets of another store say nothing here: what came and was not given will come again. */
static void change_store(struct sb_subscription *s, const char *store)
{
    s->failed |= pass_given(s) != SB_OK;
    drop_kept(s);
    s->deliver.n_items = s->at;
    s->deliver.position.n = s->cursor.offset.n = s->received.n = 0;
    (void)snprintf(s->cursor.store, sizeof s->cursor.store, "%s", store);
}

static void on_answer(struct sb_subscription *s, const struct sb_status *status)
{
    if (strcmp(s->cursor.store, status->store_id) != 0) {
        change_store(s, status->store_id);
    }
    s->state = BEGINNING;
}

/* Kept as bytes, and decoded again when its turn comes: that is cheap beside the socket. */
static void on_deliver(struct sb_subscription *s, const struct sb_deliver *d, struct sb_bytes frame)
{
    struct kept_frame *kept = malloc(sizeof *kept + frame.n);
    if (s->state != STREAMING || kept == NULL) {
        s->failed |= kept == NULL;
        free(kept);
        return;
    }
    kept->next = NULL;
    kept->n = frame.n;
    memcpy(kept->bytes, frame.p, frame.n);
    *s->last = kept;
    s->last = &kept->next;
    s->waiting += d->n_items;
    s->received = d->position;
    if (d->end) {
        s->state = ENDED;
    }
}

static void on_frame(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                     struct sb_bytes frame)
{
    struct sb_subscription *s = (struct sb_subscription *)self;
    struct sb_arena arena;
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    (void)type;
    if (s->state == STREAMING && request != number_of(s)) {
        return; /* of a stream that was given up */
    }
    sb_arena_init(&arena, SB_CLIENT_ARENA_BYTES);
    if (sb_wire_decode(&m, frame, &arena, why) == SB_CODE_OK) {
        if (m.type == SB_MSG_ANSWER && s->state == ASKED) {
            on_answer(s, m.status);
        } else if (m.type == SB_MSG_DELIVER) {
            on_deliver(s, &m.deliver, frame);
        } else if (m.type == SB_MSG_REFUSAL && m.refusal.code == SB_CODE_BEGUN_ANEW &&
                   is_consumer(s)) {
            begin_anew(s);
        } else if (m.type == SB_MSG_REFUSAL) {
            s->refused = true;
            s->refusal = m.refusal;
        }
    }
    sb_arena_fini(&arena);
}

/* ---- the caller's side */

static bool copy_lists(struct sb_subscription *s, const struct sb_subscription_options *o)
{
    const char **topics = calloc(o->n_topics + 1, sizeof *topics);
    struct sb_org *origins = calloc(o->n_origins + 1, sizeof *origins);
    bool ok = topics != NULL && origins != NULL;
    if (o->consumer != NULL) {
        s->options.consumer = strdup(o->consumer);
        ok = ok && s->options.consumer != NULL;
    }
    s->options.topics = topics;
    s->options.origins = origins;
    s->options.n_topics = 0;
    for (size_t i = 0; ok && i < o->n_topics; i++) {
        topics[i] = strdup(o->topics[i]);
        ok = topics[i] != NULL;
        s->options.n_topics = i + 1;
    }
    if (ok && o->n_origins > 0) {
        memcpy(origins, o->origins, o->n_origins * sizeof *origins);
    }
    return ok;
}

enum sb_rc sb_subscription_new(struct sb_subscription **out, struct sb_client *client,
                               const struct sb_subscription_options *options, struct sb_err *err)
{
    struct sb_subscription *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    s->channel = (struct sb_channel){.on_frame = on_frame, .on_up = on_up, .on_turn = on_turn};
    s->client = client;
    s->options = *options;
    s->last = &s->first;
    sb_arena_init(&s->decoding, SB_CLIENT_ARENA_BYTES);
    enum sb_rc rc = copy_lists(s, options) ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
    if (rc == SB_OK && options->cursor != NULL) {
        rc = sb_cursor_parse(&s->cursor, options->cursor, err);
        s->received = s->cursor.offset;
    }
    if (rc == SB_OK) {
        rc = sb_channel_open(client, &s->channel, err);
    }
    if (rc != SB_OK) {
        sb_subscription_free(s);
        return rc;
    }
    *out = s;
    return SB_OK;
}

void sb_subscription_free(struct sb_subscription *s)
{
    if (s == NULL) {
        return;
    }
    if (s->channel.number != 0) {
        send_unsubscribe(s);
        sb_channel_close(s->client, &s->channel);
    }
    for (size_t i = 0; i < s->options.n_topics; i++) {
        free((char *)(uintptr_t)s->options.topics[i]); /* our copy */
    }
    free((void *)s->options.topics);
    free((struct sb_org *)(uintptr_t)s->options.origins);
    free((char *)(uintptr_t)s->options.consumer);
    free(s->acks);
    drop_kept(s);
    free(s->open);
    sb_cursor_fini(&s->cursor);
    sb_cursor_fini(&s->acked);
    sb_cursor_fini(&s->told);
    sb_arena_fini(&s->decoding);
    free(s);
}

/* Closes the frame that was given out and opens the next. SB_E_AGAIN: there is none. */
static enum sb_rc open_next(struct sb_subscription *s, struct sb_err *err)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    if (pass_given(s) != SB_OK || s->failed) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    free(s->open);
    s->open = s->first;
    s->at = s->passed = 0;
    s->deliver = (struct sb_deliver){0};
    if (s->open == NULL) {
        return SB_E_AGAIN;
    }
    s->first = s->open->next;
    s->last = s->first == NULL ? &s->first : s->last;
    sb_arena_reset(&s->decoding);
    if (sb_wire_decode(&m, (struct sb_bytes){s->open->bytes, s->open->n}, &s->decoding, why) !=
        SB_CODE_OK) {
        return sb_err_set(err, SB_E_NOMEM, "no memory"); /* it decoded when it came */
    }
    s->deliver = m.deliver;
    return SB_OK;
}

/* What there is instead of an event. */
static enum sb_rc say_why_none(const struct sb_subscription *s, struct sb_err *err)
{
    if (s->refused) {
        return sb_err_set(err, SB_E_REFUSED, "%s: %s", sb_code_name(s->refusal.code),
                          s->refusal.text);
    }
    return s->state == ENDED ? SB_E_NOTFOUND : SB_OK;
}

/* What was acknowledged before the stream was asked for is given to nobody again, unless the
 * consumer was begun anew while we were away. */
static bool was_begun_anew(const struct sb_subscription *s, const struct sb_delivered *event)
{
    return is_consumer(s) && !event->forked && sb_cursor_has(&s->told, &event->item.link);
}

/* After a lost connection a consumer gets again what was not acknowledged in time. */
static bool was_given(const struct sb_subscription *s, const struct sb_delivered *event)
{
    return is_consumer(s) && !event->forked && sb_cursor_has(&s->cursor, &event->item.link);
}

enum sb_rc sb_subscription_next(struct sb_subscription *s, const struct sb_delivered **event,
                                int timeout_ms, struct sb_err *err)
{
    int64_t end = timeout_ms < 0 ? INT64_MAX : sb_connection_now_ms() + timeout_ms;
    for (;;) {
        while (s->at < s->deliver.n_items) {
            *event = &s->deliver.items[s->at++];
            s->waiting--;
            s->credit++;
            if (was_begun_anew(s, *event)) {
                send_unsubscribe(s);
                begin_anew(s);
            } else if (!was_given(s, *event)) {
                return SB_OK;
            }
        }
        enum sb_rc rc = open_next(s, err);
        if (rc == SB_E_AGAIN) {
            rc = say_why_none(s, err);
            int64_t left = end - sb_connection_now_ms();
            if (rc == SB_OK && left <= 0) {
                return SB_E_AGAIN;
            }
            int slice = left > INT32_MAX ? -1 : (int)left;
            rc = rc == SB_OK ? sb_client_wait(s->client, -1, slice, err) : rc;
        }
        if (rc != SB_OK) {
            return rc;
        }
    }
}

char *sb_subscription_cursor(struct sb_subscription *s)
{
    return pass_given(s) == SB_OK ? sb_cursor_print(&s->cursor) : NULL;
}

enum sb_rc sb_subscription_ack(struct sb_subscription *s, int timeout_ms, struct sb_err *err)
{
    uint32_t begun = s->begun;
    if (!is_consumer(s)) {
        return sb_err_set(err, SB_E_INPUT, "only the stream of a consumer is acknowledged");
    }
    if (pass_given(s) != SB_OK) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    size_t done = 0;
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && done < s->n_acks) {
        size_t n = s->n_acks - done < ACKS_AT_ONCE ? s->n_acks - done : ACKS_AT_ONCE;
        bool anew;
        rc = sb_client_acknowledge(s->client, s->options.consumer, s->acks + done, n, timeout_ms,
                                   &anew, err);
        if (anew || s->begun != begun) { /* nothing of before counts; its stream is told as well */
            s->n_acks = 0;
            return SB_OK;
        }
        done += rc == SB_OK ? n : 0;
    }
    for (size_t i = 0; i < done; i++) {
        s->failed |= sb_cursor_take(&s->acked, &s->acks[i]) != SB_OK;
    }
    s->n_acks -= done;
    memmove(s->acks, s->acks + done, s->n_acks * sizeof *s->acks);
    return rc;
}
