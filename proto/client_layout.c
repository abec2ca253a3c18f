/* The messages between a client and its daemon as tables (PROTOCOL §8). */
#include "proto/client_message.h"
#include "proto/layout.h"

enum {
    TOPICS_MAX = 256,       /* prefixes in one subscription */
    EVIDENCE_SIDES_MAX = 8, /* of one item; two today */
};

const char *sb_body_state_name(enum sb_body_state state)
{
    switch (state) {
    case SB_BODY_PRESENT: return "present";
    case SB_BODY_WITHHELD: return "withheld";
    case SB_BODY_MISSING: return "missing";
    case SB_BODY_ERASED: return "erased";
    case SB_BODY_EXPIRED: return "expired";
    case SB_BODY_HIDDEN: return "hidden";
    }
    return "unknown";
}

/* An audience is a set: sorted and without doubles from here on. */
static const char *finish_submission(void *message)
{
    struct sb_submission *s = message;
    struct sb_org *orgs = (struct sb_org *)(uintptr_t)s->audience.orgs; /* ours: the arena's */
    s->audience.n = sb_audience_normalise(orgs, s->audience.n);
    return NULL;
}

static const struct sb_field SUBMISSION[] = {
    SB_ROW(1, FIXED_BYTES, sb_submission, id, .required = true),
    SB_ROWS(2, ORG, sb_submission, audience.orgs, audience.n, SB_AUDIENCE_MAX),
    SB_ROW(3, BYTES, sb_submission, body),
};
static const struct sb_layout SUBMISSION_LAYOUT =
    SB_LAYOUT("Submission", SUBMISSION, .finish = finish_submission);

static const struct sb_field PUBLISH[] = {
    SB_ROW(1, U32, sb_publish, remote),
    SB_ROW(2, U32, sb_publish, timeout_ms),
    SB_ROWS(3, MESSAGE, sb_publish, items, n_items, SB_PUBLISH_ITEMS_MAX,
            .layout = &SUBMISSION_LAYOUT),
};
const struct sb_layout sb_layout_publish = SB_LAYOUT("Publish", PUBLISH);

static const struct sb_field RESULT[] = {
    SB_ROW(1, U32, sb_result, index),
    SB_ROW(2, ENUM, sb_result, code, .max = SB_CODE_COUNT),
    SB_ROW(3, TEXT, sb_result, text, .max_bytes = SB_TITLE_MAX),
    SB_ROW(4, CHARS, sb_result, epoch),
    SB_ROW(5, U64, sb_result, seq),
    SB_ROW(6, BOOL, sb_result, duplicate),
};
static const struct sb_layout RESULT_LAYOUT = SB_LAYOUT("Result", RESULT);

static const struct sb_field RESULTS[] = {
    SB_ROW(1, ORG, sb_results, origin, .required = true),
    SB_ROWS(2, MESSAGE, sb_results, items, n_items, SB_RESULTS_MAX, .layout = &RESULT_LAYOUT),
};
const struct sb_layout sb_layout_results = SB_LAYOUT("Results", RESULTS);

static const struct sb_field TIP[] = {
    SB_ROW(1, ORG, sb_tip, origin, .required = true),
    SB_ROW(2, U32, sb_tip, epoch.counter, .required = true),
    SB_ROW(3, FIXED64, sb_tip, epoch.tag),
    SB_ROW(4, U64, sb_tip, seq),
    SB_ROW(5, FIXED_BYTES, sb_tip, hash, .required = true),
    SB_ROW(6, BOOL, sb_tip, past),
};
const struct sb_layout sb_layout_tip = SB_LAYOUT("Tip", TIP);

static const struct sb_field SUBSCRIBE[] = {
    SB_ROW(1, U32, sb_subscribe, subscription),
    SB_ROWS(2, MESSAGE, sb_subscribe, cursor, n_cursor, SB_CURSOR_TIPS_MAX,
            .layout = &sb_layout_tip),
    SB_ROW(3, U64, sb_subscribe, from_offset),
    SB_ROW(4, I64, sb_subscribe, since),
    SB_ROW(5, BOOL, sb_subscribe, live_only),
    SB_ROWS(6, TEXT, sb_subscribe, topics, n_topics, TOPICS_MAX, .max_bytes = SB_TOPIC_MAX),
    SB_ROWS(7, ORG, sb_subscribe, origins, n_origins, SB_ORIGINS_MAX),
    SB_ROW(8, BOOL, sb_subscribe, follow),
    SB_ROW(9, BOOL, sb_subscribe, system),
    SB_ROW(10, BOOL, sb_subscribe, stubs),
    SB_ROW(11, U32, sb_subscribe, credit),
    SB_ROW(30, TEXT, sb_subscribe, consumer, .max_bytes = SB_CONSUMER_NAME_MAX),
    SB_ROW(40, BOOL, sb_subscribe, erasures),
};
const struct sb_layout sb_layout_subscribe = SB_LAYOUT("Subscribe", SUBSCRIBE);

static const char *finish_delivered(void *message)
{
    const struct sb_delivered *d = message;
    if (d->state < SB_BODY_PRESENT || d->state > SB_BODY_HIDDEN) {
        return "a state of the body that does not exist";
    }
    return (d->item.salt != NULL) != (d->state == SB_BODY_PRESENT)
               ? "a body where its state says there is none, or none where there should be one"
               : NULL;
}

static const struct sb_field DELIVERED[] = {
    SB_ROW(1, U64, sb_delivered, offset),
    SB_ROW(2, LINK, sb_delivered, item, .required = true),
    SB_ROW(3, SALT, sb_delivered, item.salt),
    SB_ROW(4, BYTES, sb_delivered, item.body),
    SB_ROW(5, ENUM, sb_delivered, state, .max = SB_BODY_HIDDEN + 1, .required = true),
    SB_ROW(6, I64, sb_delivered, checkpoint_time),
    SB_ROW(7, BOOL, sb_delivered, forked),
    SB_ROW(8, CHARS, sb_delivered, epoch),
};
static const struct sb_layout DELIVERED_LAYOUT =
    SB_LAYOUT("Delivered", DELIVERED, .finish = finish_delivered);

static const struct sb_field DELIVER[] = {
    SB_ROW(1, U32, sb_deliver, subscription),
    SB_ROWS(2, MESSAGE, sb_deliver, items, n_items, SB_SUBSCRIPTION_CREDIT_MAX,
            .layout = &DELIVERED_LAYOUT),
    SB_ROW(3, BOOL, sb_deliver, end),
    SB_ROW(4, U64, sb_deliver, position),
};
const struct sb_layout sb_layout_deliver = SB_LAYOUT("Deliver", DELIVER);

static const struct sb_field CREDIT[] = {
    SB_ROW(1, U32, sb_credit, subscription),
    SB_ROW(2, U32, sb_credit, credit),
};
const struct sb_layout sb_layout_credit = SB_LAYOUT("Credit", CREDIT);

static const struct sb_field UNSUBSCRIBE[] = {
    SB_ROW(1, U32, sb_credit, subscription),
};
const struct sb_layout sb_layout_unsubscribe = SB_LAYOUT("Unsubscribe", UNSUBSCRIBE);

static const struct sb_field FETCH[] = {
    SB_ROW(1, ORG, sb_fetch, origin, .required = true),
    SB_ROW(2, U32, sb_fetch, epoch.counter),
    SB_ROW(3, FIXED64, sb_fetch, epoch.tag),
    SB_ROW(4, U32, sb_fetch, branch),
    SB_ROW(5, U64, sb_fetch, seq),
};
const struct sb_layout sb_layout_fetch = SB_LAYOUT("Fetch", FETCH);

/* The next page is of the same origin: it is not said twice. */
static const char *finish_fetched(void *message)
{
    struct sb_fetched *f = message;
    f->next.origin = f->events.origin;
    return NULL;
}

static const struct sb_field FETCHED[] = {
    SB_ROW(1, MESSAGE, sb_fetched, events, .layout = &sb_layout_events, .required = true),
    SB_ROW(2, BOOL, sb_fetched, end),
    SB_ROW(3, U32, sb_fetched, next.epoch.counter),
    SB_ROW(4, FIXED64, sb_fetched, next.epoch.tag),
    SB_ROW(5, U32, sb_fetched, next.branch),
    SB_ROW(6, U64, sb_fetched, next.seq),
    SB_ROW(7, FIXED_BYTES, sb_fetched, sign_key),
};
const struct sb_layout sb_layout_fetched = SB_LAYOUT("Fetched", FETCHED, .finish = finish_fetched);

static const struct sb_field QUERY[] = {
    {.number = 1, .type = SB_FIELD_CONST, .name = "what", .max = 0},
    SB_ROW(10, BOOL, sb_query, evidence),
    SB_ROW(11, BYTES, sb_query, from),
    SB_ROW(12, ORG, sb_query, where_origin),
    SB_ROW(13, FIXED_BYTES, sb_query, where_id),
    SB_ROW(20, BOOL, sb_query, said),
    SB_ROW(21, U32, sb_query, said_kinds),
    SB_ROW(22, FIXED_BYTES, sb_query, said_id),
    SB_ROW(23, ORG, sb_query, said_origin),
    SB_ROW(24, BOOL, sb_query, said_open),
    SB_ROW(25, BYTES, sb_query, said_from),
    SB_ROW(30, BOOL, sb_query, consumers),
    SB_ROW(31, TEXT, sb_query, consumer, .max_bytes = SB_CONSUMER_NAME_MAX),
    SB_ROW(32, BOOL, sb_query, happenings),
    SB_ROW(33, U64, sb_query, happenings_after),
    SB_ROW(40, BOOL, sb_query, erasures),
    SB_ROW(41, BYTES, sb_query, erasures_from),
    SB_ROW(80, FIXED_BYTES, sb_query, challenge),
};
const struct sb_layout sb_layout_query = SB_LAYOUT("Query", QUERY);

static const struct sb_field POSSESSION[] = {
    SB_ROW(1, BYTES, sb_possession_answer, statement, .required = true),
};
const struct sb_layout sb_layout_possession = SB_LAYOUT("Possession", POSSESSION);

static const struct sb_field EVIDENCE_SIDE[] = {
    SB_ROW(1, U32, sb_evidence_side, epoch.counter, .required = true),
    SB_ROW(2, FIXED64, sb_evidence_side, epoch.tag),
    SB_ROW(3, CHARS, sb_evidence_side, epoch_text),
    SB_ROW(4, U32, sb_evidence_side, branch),
    SB_ROW(5, U64, sb_evidence_side, seq, .required = true),
    SB_ROW(6, FIXED_BYTES, sb_evidence_side, hash, .required = true),
    SB_ROW(7, FIXED_BYTES, sb_evidence_side, commitment, .required = true),
    SB_ROW(8, CHECKPOINT, sb_evidence_side, checkpoint, .required = true),
};
static const struct sb_layout EVIDENCE_SIDE_LAYOUT = SB_LAYOUT("EvidenceSide", EVIDENCE_SIDE);

static const struct sb_field EVIDENCE_ITEM[] = {
    SB_ROW(1, ENUM, sb_evidence_item, kind, .max = SB_EVIDENCE_ID_CONFLICT + 1, .required = true),
    SB_ROW(2, ORG, sb_evidence_item, origin, .required = true),
    SB_ROW(3, FIXED_BYTES, sb_evidence_item, id),
    SB_ROW(4, I64, sb_evidence_item, since),
    SB_ROW(5, BOOL, sb_evidence_item, compared),
    SB_ROWS(6, MESSAGE, sb_evidence_item, sides, n_sides, EVIDENCE_SIDES_MAX,
            .layout = &EVIDENCE_SIDE_LAYOUT),
};
static const struct sb_layout EVIDENCE_ITEM_LAYOUT = SB_LAYOUT("EvidenceItem", EVIDENCE_ITEM);

static const struct sb_field EVIDENCE[] = {
    SB_ROWS(1, MESSAGE, sb_evidence, items, n_items, SB_EVIDENCE_MAX,
            .layout = &EVIDENCE_ITEM_LAYOUT),
    SB_ROW(2, BYTES, sb_evidence, next),
    SB_ROW(3, BOOL, sb_evidence, end),
};
const struct sb_layout sb_layout_evidence = SB_LAYOUT("Evidence", EVIDENCE);
