/* Reads the log for streams: see stream.h. */
#include "daemon/shell/stream.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/shell/awaited.h"
#include "daemon/shell/covered.h"
#include "daemon/shell/filter.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/rights.h"

static struct sb_stream **find(struct sb_node *node, uint32_t session, uint32_t subscription)
{
    struct sb_stream **at = &node->streams;
    while (*at != NULL && ((*at)->session != session || (*at)->subscription != subscription)) {
        at = &(*at)->next;
    }
    return at;
}

static void remove_at(struct sb_node *node, struct sb_stream **at)
{
    struct sb_stream *stream = *at;
    *at = stream->next;
    node->stream_bytes -= stream->bytes;
    free(stream);
}

void sb_stream_close(struct sb_node *node, uint32_t session, uint32_t subscription)
{
    struct sb_stream **at = find(node, session, subscription);
    if (*at != NULL) {
        remove_at(node, at);
    }
}

uint32_t sb_stream_end(struct sb_node *node, uint32_t session, uint32_t subscription)
{
    struct sb_stream **at = find(node, session, subscription);
    uint32_t request = *at == NULL ? 0 : (*at)->request;
    sb_stream_close(node, session, subscription);
    return request;
}

void sb_stream_close_session(struct sb_node *node, uint32_t session)
{
    struct sb_stream **at = &node->streams;
    while (*at != NULL) {
        if ((*at)->session == session) {
            remove_at(node, at);
        } else {
            at = &(*at)->next;
        }
    }
}

void sb_stream_close_all(struct sb_node *node)
{
    while (node->streams != NULL) {
        remove_at(node, &node->streams);
    }
}

/* A client that subscribes anew under the same number means the new stream: what the old one had
 * coming in this turn is not read. */
static void cancel_queued(struct sb_node *node, uint32_t session, uint32_t subscription, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sb_effect *fx = &node->turn.queue[i].fx;
        if (fx->type == SB_FX_DELIVER && fx->deliver.session == session &&
            fx->deliver.subscription == subscription) {
            fx->type = SB_FX_UNHOLD; /* carried out already: nothing */
        }
    }
}

void sb_stream_subscribe(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                         const struct sb_subscribe *subscribe)
{
    struct sb_step step = {.in.type = SB_IN_SUBSCRIBE};
    struct sb_in_subscribe *in = &step.in.subscribe;
    struct sb_stream *stream = NULL;
    if (!sb_rights_subscribe(node, client, session, request, subscribe->topics,
                             subscribe->n_topics)) {
        return;
    }
    in->client = client;
    in->session = session;
    in->subscription = subscribe->subscription;
    in->credit = subscribe->credit;
    if (node->clients[client].subscribe &&
        !sb_filter_make(node, subscribe, &stream, &in->next, &in->end)) {
        sb_last_word_say(node, session, request, SB_CODE_TOO_LARGE,
                         "there is no room for this subscription now: try again later");
        return;
    }
    size_t queued = node->turn.n_queue;
    step.request = request;
    sb_turn_step(node, &step);
    if (step.refused || stream == NULL) {
        free(stream);
        return;
    }
    cancel_queued(node, session, subscribe->subscription, queued);
    sb_stream_close(node, session, subscribe->subscription);
    stream->session = session;
    stream->subscription = subscribe->subscription;
    stream->request = request;
    stream->client = client;
    uint16_t slot;
    if (subscribe->consumer[0] != '\0' && sb_consumers_find(node, subscribe->consumer, &slot)) {
        stream->consumer = (uint16_t)(slot + 1);
    }
    stream->next = node->streams;
    node->streams = stream;
    node->stream_bytes += stream->bytes;
}

static void end_it(struct sb_node *node, uint32_t session, uint32_t subscription)
{
    struct sb_step step = {.in.type = SB_IN_CREDIT};
    step.in.credit.session = session;
    step.in.credit.subscription = subscription;
    sb_turn_step(node, &step);
    sb_stream_close(node, session, subscription);
}

void sb_stream_roster(struct sb_node *node)
{
    struct sb_stream *next;
    for (struct sb_stream *s = node->streams; s != NULL; s = next) {
        next = s->next;
        if (sb_rights_subscribe(node, s->client, s->session, s->request, s->topics, s->n_topics)) {
            sb_awaited_learn(node, s);
        } else {
            end_it(node, s->session, s->subscription);
        }
    }
}

/* One DELIVER being filled. */
struct reading {
    struct sb_stream *stream;
    struct sb_deliver *out;
    size_t cap, bytes, passed; /* the last: bytes of bodies that were looked into in vain */
    struct sb_offset next;     /* first offset not looked at */
    struct sb_epoch_name epoch;
    struct sb_place covered; /* the checkpoint below covers from here on */
    struct sb_checkpoint checkpoint;
};

static struct sb_time covering_time(struct sb_node *node, struct reading *r,
                                    const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    bool known = r->checkpoint.seq.n >= place.seq.n && r->covered.seq.n <= place.seq.n &&
                 r->covered.origin == place.origin && r->covered.branch == place.branch &&
                 sb_epoch_eq(r->covered.epoch, place.epoch);
    if (!known && sb_turn_found(node, sb_store_checkpoint(node->o.store, &place, &r->checkpoint,
                                                          node->turn.err))) {
        r->covered = place;
    }
    return r->checkpoint.time;
}

/* False: no room in this frame. */
static bool add_event(struct sb_node *node, struct reading *r, struct sb_offset at,
                      const struct sb_record *record)
{
    enum { OVERHEAD = 128 };
    uint8_t link[SB_LINK_MAX];
    size_t n = sb_link_encode(link, &record->item.link);
    size_t bytes = n + record->item.body.n + OVERHEAD;
    if (r->out->n_items == r->cap || (r->out->n_items > 0 && r->bytes + bytes > SB_DELIVER_BYTES)) {
        return false;
    }
    struct sb_delivered *d = &r->out->items[r->out->n_items];
    memset(d, 0, sizeof *d);
    d->offset = at;
    d->item = record->item;
    d->item.link_bytes = sb_arena_copy(&node->arena, link, n);
    d->item.link.audience = (struct sb_audience){NULL, 0}; /* was borrowed from the record */
    if (d->item.link_bytes.p == NULL) {
        return false;
    }
    d->state = record->state;
    d->checkpoint_time = covering_time(node, r, record);
    sb_people_epoch(node, record->origin, record->item.link.epoch, &r->epoch);
    d->forked = r->epoch.forked;
    memcpy(d->epoch, r->epoch.text, sizeof d->epoch);
    r->bytes += bytes;
    r->out->n_items++;
    return true;
}

/* True: the stream goes back before it goes on. It does so with an empty frame only: one that could
 * not be sent is read again from where it began. */
static bool turns_back(struct sb_node *node, struct reading *r, struct sb_offset at,
                       const struct sb_record *record)
{
    if (!sb_covered_is_denied(r->stream, record)) {
        sb_covered_settle(r->stream, record);
        return false;
    }
    if (r->out->n_items > 0) {
        r->next = at;
        return true;
    }
    return sb_covered_reveal(node, r->stream, record, at, &r->next);
}

static bool may_look(const struct reading *r, unsigned looked)
{
    return looked < SB_STREAM_SCAN_MAX && r->passed < SB_STREAM_SCAN_BYTES;
}

static void read_on(struct sb_node *node, struct reading *r, struct sb_offset end)
{
    struct sb_record record;
    struct sb_offset at;
    bool released;
    for (unsigned looked = 0; may_look(r, looked) && r->next.n <= end.n; looked++) {
        if (!sb_turn_found(node, sb_store_next(node->o.store, r->next, &at, &released, &record,
                                               node->turn.err))) {
            r->next.n = end.n + 1;
            return;
        }
        if (at.n > end.n) {
            r->next.n = end.n + 1;
            return;
        }
        bool counts = sb_rekeyed_shows(node, &record); /* else it denies no tip either */
        if (counts && turns_back(node, r, at, &record)) {
            return;
        }
        sb_agreed_cover(node, &node->clients[r->stream->client], &record);
        if (counts && sb_filter_takes(node, r->stream, &record, at, released)) {
            if (!add_event(node, r, at, &record)) {
                r->next = at;
                return;
            }
        } else if (sb_filter_has_topics(node, r->stream)) {
            r->passed += record.item.body.n;
        }
        r->next.n = at.n + 1;
    }
}

/* A planted bug: the stream believes that it sent one event more than it did. */
static void skip_one(struct reading *r)
{
    if (sb_planted(SB_PLANT_CURSOR_SKIPS) && r->out->n_items > 0 && r->next.n % 8 == 0) {
        r->out->n_items--;
    }
}

static void send_frame(struct sb_node *node, const struct sb_effect *fx, struct reading *r,
                       struct sb_message *m, struct sb_fate *outcome)
{
    m->deliver.subscription = fx->deliver.subscription;
    m->deliver.position = r->next;
    m->request = r->stream->request;
    skip_one(r);
    outcome->in.delivered.blocked = !sb_outbox_answer(node, fx->deliver.session, m);
    if (!outcome->in.delivered.blocked) {
        outcome->in.delivered.next = r->next;
        outcome->in.delivered.sent = (uint32_t)m->deliver.n_items;
        outcome->ended = m->deliver.end;
        outcome->session = fx->deliver.session;
        outcome->subscription = fx->deliver.subscription;
        sb_outcome_frames(node, outcome);
    }
}

static size_t room_for(const struct sb_effect *fx, struct sb_offset end)
{
    uint64_t n = end.n >= fx->deliver.next.n ? end.n - fx->deliver.next.n + 1 : 1;
    uint64_t most = SB_DELIVER_BYTES / SB_LINK_MIN;
    n = n < most ? n : most;
    return (size_t)(n < fx->deliver.credit ? n : fx->deliver.credit);
}

/* NULL where the stream has ended meanwhile: its slot may be another's already. */
static struct sb_fate *begin_outcome(struct sb_node *node, const struct sb_effect *fx)
{
    bool ended = *find(node, fx->deliver.session, fx->deliver.subscription) == NULL;
    struct sb_fate *outcome = ended ? NULL : sb_outcome_add(node, SB_IN_DELIVERED);
    if (outcome != NULL) {
        outcome->in.delivered.slot = fx->deliver.slot;
        outcome->in.delivered.serial = fx->deliver.serial;
        outcome->in.delivered.next = fx->deliver.next;
    }
    return outcome;
}

void sb_stream_postpone(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_fate *outcome = begin_outcome(node, fx);
    if (outcome != NULL) {
        outcome->postponed = true;
    }
}

void sb_stream_deliver(struct sb_node *node, const struct sb_effect *fx)
{
    if (!sb_outcome_has_room(node)) {
        sb_stream_postpone(node, fx);
        return;
    }
    struct sb_stream *stream = *find(node, fx->deliver.session, fx->deliver.subscription);
    struct sb_fate *outcome = begin_outcome(node, fx);
    if (outcome == NULL) {
        return;
    }
    struct sb_message m = {.type = SB_MSG_DELIVER};
    struct sb_offset end, by_class[SB_CLASS_COUNT];
    sb_core_offsets(node->core, &end, by_class);
    m.deliver.end = fx->deliver.end.n != 0 && fx->deliver.next.n > fx->deliver.end.n;
    end.n = fx->deliver.end.n != 0 && fx->deliver.end.n < end.n ? fx->deliver.end.n : end.n;
    struct reading r = {.stream = stream, .out = &m.deliver, .next = fx->deliver.next};
    r.cap = room_for(fx, end);
    m.deliver.items = sb_arena_alloc(&node->arena, (r.cap + 1) * sizeof *m.deliver.items);
    if (m.deliver.items == NULL) {
        outcome->in.delivered.blocked = true;
        return;
    }
    read_on(node, &r, end);
    node->turn.read_bytes += r.passed;
    if (m.deliver.n_items > 0 || m.deliver.end) {
        send_frame(node, fx, &r, &m, outcome);
    } else {
        outcome->in.delivered.next = r.next;
    }
}
