/* Publishing: a window of events under way, each kept until the daemon has answered for it. Events
 * are numbered; a request's id is the number of its first event, so that an answer finds its events
 * whichever sending it belongs to. Sending again is harmless, for the ids make it idempotent. */
#include <stdlib.h>
#include <string.h>

#include "clients/lib/client.h"
#include "proto/text.h"

enum {
    WINDOW_DEFAULT = 1024,
    BATCH_ITEMS = 256,
    BATCH_BYTES = 64 * 1024,
    EARLY_ITEMS = 128, /* as many need not wait for more to go with them */
    REPEAT_MS = 5000,  /* an answer that is not here by then was perhaps lost */
    GRACE_MS = 500,    /* the daemon's own time-out says more than ours: it goes first */
    TEXT_KEPT = 256,
};

struct slot {
    struct sb_submission event; /* audience and body point into `bytes` */
    uint8_t *bytes;
    size_t cap, n;
    int64_t deadline_ms;
    uint32_t batch; /* events of the request that it began */
    bool sent, resolved;
    bool doubtful; /* an earlier sending has no answer: it may have been done */
    struct sb_org origin;
    struct sb_result result;
    char text[TEXT_KEPT];
};

struct sb_publisher {
    struct sb_channel channel; /* first: it is the same pointer */
    struct sb_client *client;
    struct sb_publisher_options options;
    struct slot *slots; /* options.window of them; event n is in slot n % window */
    /* Numbers: resolved < head <= next <= end. [head, next) is sent, [next, end) waits. */
    uint64_t head, next, end;
    size_t bytes;    /* of all events from head on */
    int64_t sent_ms; /* when something was last sent or answered */
    struct sb_submission *batch;
    struct sb_arena decoding;
};

static struct slot *slot_of(const struct sb_publisher *p, uint64_t number)
{
    return &p->slots[number % p->options.window];
}

/* ---- results */

/* Gives the caller what is resolved, in order. */
static void deliver(struct sb_publisher *p)
{
    while (p->head < p->end && slot_of(p, p->head)->resolved) {
        struct slot *s = slot_of(p, p->head);
        struct sb_published result = {.number = p->head,
                                      .origin = s->origin,
                                      .id = s->event.id,
                                      .sent = s->sent,
                                      .result = s->result};
        result.result.text = s->text;
        p->bytes -= s->n;
        p->head++;
        p->next = p->next < p->head ? p->head : p->next;
        p->client->news = true;
        p->options.on_result(p->options.context, &result);
    }
}

static void resolve(struct slot *s, const struct sb_org *origin, const struct sb_result *result)
{
    s->result = *result;
    if (origin != NULL) {
        s->origin = *origin;
    }
    (void)sb_text_escape(s->text, sizeof s->text,
                         (struct sb_bytes){(const uint8_t *)result->text, strlen(result->text)});
    /* A daemon that stops has surely not done it; the next one may. */
    s->resolved = result->code != SB_CODE_SHUTTING_DOWN;
}

static void on_results(struct sb_publisher *p, uint64_t first, const struct sb_results *results)
{
    for (size_t i = 0; i < results->n_items; i++) {
        uint64_t number = first + results->items[i].index;
        if (number >= p->head && number < p->next && !slot_of(p, number)->resolved) {
            resolve(slot_of(p, number), &results->origin, &results->items[i]);
        }
    }
}

static void on_refusal(struct sb_publisher *p, uint64_t first, const struct sb_refusal *refusal)
{
    if (first < p->head || first >= p->next) {
        return;
    }
    struct sb_result result = {.code = refusal->code, .text = refusal->text};
    uint64_t end = first + slot_of(p, first)->batch;
    for (uint64_t number = first; number < end && number < p->next; number++) {
        if (!slot_of(p, number)->resolved) {
            resolve(slot_of(p, number), NULL, &result);
        }
    }
}

/* The whole number from the 24 bits that a request id has for it. */
static uint64_t number_of(const struct sb_publisher *p, uint32_t request)
{
    int64_t distance = (int64_t)((request - (uint32_t)p->head) & SB_CHANNEL_OWN);
    if (distance > SB_CHANNEL_OWN / 2) {
        distance -= SB_CHANNEL_OWN + 1; /* a request whose first events have their results */
    }
    return (uint64_t)((int64_t)p->head + distance);
}

static void on_frame(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                     struct sb_bytes frame)
{
    struct sb_publisher *p = (struct sb_publisher *)self;
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    (void)type;
    sb_arena_reset(&p->decoding);
    if (sb_wire_decode(&m, frame, &p->decoding, why) != SB_CODE_OK) {
        return; /* as if it had been lost: it is asked again */
    }
    if (m.type == SB_MSG_RESULTS) {
        on_results(p, number_of(p, request), &m.results);
    } else if (m.type == SB_MSG_REFUSAL) {
        on_refusal(p, number_of(p, request), &m.refusal);
    }
    p->sent_ms = sb_connection_now_ms();
    deliver(p);
}

/* ---- sending */

static void on_up(struct sb_channel *self)
{
    struct sb_publisher *p = (struct sb_publisher *)self;
    p->next = p->head;
}

/* One request from `next` on; returns its events, 0 when it would not go. */
static uint32_t send_batch(struct sb_publisher *p, int64_t now_ms)
{
    uint32_t n = 0;
    int64_t left = slot_of(p, p->next)->deadline_ms - GRACE_MS - now_ms;
    size_t bytes = 0;
    while (p->next + n < p->end && n < BATCH_ITEMS && bytes < BATCH_BYTES) {
        const struct slot *s = slot_of(p, p->next + n);
        p->batch[n++] = s->event;
        bytes += s->n;
    }
    struct sb_message m = {
        .type = SB_MSG_PUBLISH,
        .request = p->channel.number << SB_CHANNEL_SHIFT | (uint32_t)(p->next & SB_CHANNEL_OWN),
        .publish = {.remote = p->options.remote,
                    .timeout_ms = left > 0 ? (uint32_t)left : 1,
                    .items = p->batch,
                    .n_items = n},
    };
    return sb_client_send(p->client, &m) ? n : 0;
}

static void send_waiting(struct sb_publisher *p, int64_t now_ms)
{
    while (p->next < p->end) {
        uint32_t n = send_batch(p, now_ms);
        if (n == 0) {
            return;
        }
        slot_of(p, p->next)->batch = n;
        for (uint32_t i = 0; i < n; i++) {
            struct slot *s = slot_of(p, p->next + i);
            s->doubtful |= s->sent && s->result.code == SB_CODE_OK;
            s->result.code = s->resolved ? s->result.code : SB_CODE_OK;
            s->sent = true;
        }
        p->next += n;
        p->sent_ms = now_ms;
    }
}

/* Events have their deadlines in order, so the oldest is the first to be late. */
static void give_up_late(struct sb_publisher *p, int64_t now_ms)
{
    for (uint64_t i = p->head; i < p->end && slot_of(p, i)->deadline_ms <= now_ms; i++) {
        struct slot *s = slot_of(p, i);
        if (s->resolved) {
            continue;
        }
        if (s->doubtful || s->result.code == SB_CODE_OK) { /* else: refused by a stopping daemon */
            struct sb_result late = {
                .code = SB_CODE_UNKNOWN_OUTCOME,
                .text = s->sent ? "no answer in time; repeat it with the same id"
                                : "the daemon was not reached; repeat it with the same id"};
            resolve(s, NULL, &late);
        }
        s->resolved = true;
    }
    deliver(p);
}

static bool on_turn(struct sb_channel *self, int64_t now_ms)
{
    struct sb_publisher *p = (struct sb_publisher *)self;
    if (p->head < p->next && now_ms - p->sent_ms > REPEAT_MS) {
        p->next = p->head;
    }
    send_waiting(p, now_ms);
    give_up_late(p, now_ms);
    return p->next < p->end;
}

/* ---- the caller's side */

enum sb_rc sb_publisher_new(struct sb_publisher **out, struct sb_client *client,
                            const struct sb_publisher_options *options, struct sb_err *err)
{
    struct sb_publisher *p = calloc(1, sizeof *p);
    *out = NULL;
    if (p == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    p->channel = (struct sb_channel){.on_frame = on_frame, .on_up = on_up, .on_turn = on_turn};
    p->client = client;
    p->options = *options;
    if (p->options.timeout_ms == 0) {
        p->options.timeout_ms = SB_PUBLISH_TIMEOUT_MS;
    }
    if (p->options.window == 0 || p->options.window > SB_PUBLISHER_WINDOW_MAX) {
        p->options.window = options->window == 0 ? WINDOW_DEFAULT : SB_PUBLISHER_WINDOW_MAX;
    }
    sb_arena_init(&p->decoding, SB_CLIENT_ARENA_BYTES);
    p->slots = calloc(p->options.window, sizeof *p->slots);
    p->batch = calloc(BATCH_ITEMS, sizeof *p->batch);
    enum sb_rc rc = p->slots == NULL || p->batch == NULL
                        ? sb_err_set(err, SB_E_NOMEM, "no memory")
                        : sb_channel_open(client, &p->channel, err);
    if (rc != SB_OK) {
        sb_publisher_free(p);
        return rc;
    }
    *out = p;
    return SB_OK;
}

void sb_publisher_free(struct sb_publisher *p)
{
    if (p == NULL) {
        return;
    }
    if (p->channel.number != 0) {
        sb_channel_close(p->client, &p->channel);
    }
    for (size_t i = 0; p->slots != NULL && i < p->options.window; i++) {
        free(p->slots[i].bytes);
    }
    free(p->slots);
    free(p->batch);
    sb_arena_fini(&p->decoding);
    free(p);
}

/* The slot's own copy: audience first, which is aligned for nothing more than bytes. */
static bool fill_slot(struct slot *s, const struct sb_submission *event)
{
    size_t audience = event->audience.n * sizeof *event->audience.orgs;
    size_t n = audience + event->body.n;
    if (n > s->cap) {
        uint8_t *grown = realloc(s->bytes, n);
        if (grown == NULL) {
            return false;
        }
        s->bytes = grown;
        s->cap = n;
    }
    if (audience > 0) {
        memcpy(s->bytes, event->audience.orgs, audience);
    }
    if (event->body.n > 0) {
        memcpy(s->bytes + audience, event->body.p, event->body.n);
    }
    s->n = n;
    s->event = (struct sb_submission){
        .id = event->id,
        .audience = {(const struct sb_org *)(const void *)s->bytes, event->audience.n},
        .body = {s->bytes + audience, event->body.n}};
    s->sent = s->resolved = s->doubtful = false;
    s->result = (struct sb_result){.code = SB_CODE_OK};
    s->origin = (struct sb_org){0};
    return true;
}

static bool has_room(const struct sb_publisher *p, size_t n)
{
    uint64_t pending = p->end - p->head;
    return pending == 0 || (pending < p->options.window && p->bytes + n <= SB_PUBLISHER_BYTES_MAX);
}

enum sb_rc sb_publisher_put(struct sb_publisher *p, const struct sb_submission *event,
                            struct sb_err *err)
{
    while (!has_room(p, event->body.n)) {
        enum sb_rc rc = sb_client_wait(p->client, -1, -1, err);
        if (rc != SB_OK) {
            return rc;
        }
    }
    struct slot *s = slot_of(p, p->end);
    if (!fill_slot(s, event)) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    s->deadline_ms = sb_connection_now_ms() + p->options.timeout_ms + GRACE_MS;
    p->bytes += s->n;
    p->end++;
    if (p->end - p->next >= EARLY_ITEMS) {
        send_waiting(p, sb_connection_now_ms());
    }
    return SB_OK;
}

enum sb_rc sb_publisher_flush(struct sb_publisher *p, struct sb_err *err)
{
    while (p->head < p->end) {
        enum sb_rc rc = sb_client_wait(p->client, -1, -1, err);
        if (rc != SB_OK) {
            return rc;
        }
    }
    return SB_OK;
}

size_t sb_publisher_pending(const struct sb_publisher *p)
{
    return (size_t)(p->end - p->head);
}
