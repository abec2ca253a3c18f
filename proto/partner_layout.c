/* The messages between partners as tables (PROTOCOL §7). Data, and what no single field can tell.
 */
#include <string.h>

#include "proto/layout.h"
#include "proto/partner_message.h"
#include "proto/wire.h"

/* The epoch of a message is always two fields. */
#define EPOCH_ROWS(owner, counter_number, tag_number)                                              \
    SB_ROW(counter_number, U32, owner, epoch.counter, .required = true),                           \
        SB_ROW(tag_number, FIXED64, owner, epoch.tag)

static const struct sb_field HELLO[] = {
    {.number = 1,
     .type = SB_FIELD_CONST,
     .name = "version",
     .max = SB_WIRE_VERSION,
     .required = true},
    SB_ROW(2, FIXED_BYTES, sb_hello, partnership, .required = true),
    SB_ROW(3, ORG, sb_hello, organisation, .required = true),
    SB_ROW(4, FIXED_BYTES, sb_hello, boot_nonce, .required = true),
    SB_ROW(5, FIXED_BYTES, sb_hello, store_id, .required = true),
    SB_ROW(6, CHARS, sb_hello, software),
    SB_ROW(7, BOOL, sb_hello, follows),
};
const struct sb_layout sb_layout_hello = SB_LAYOUT("Hello", HELLO);

static const char *finish_head(void *message)
{
    const struct sb_head *h = message;
    return h->bodies.n > h->checkpoint.seq.n ? "more bodies than links" : NULL;
}

static const struct sb_field HEAD[] = {
    EPOCH_ROWS(sb_head, 1, 2),
    SB_ROW(3, CHECKPOINT, sb_head, checkpoint, .required = true),
    SB_ROW(4, U64, sb_head, bodies),
};
static const struct sb_layout HEAD_LAYOUT = SB_LAYOUT("Head", HEAD, .finish = finish_head);

/* Whole or absent: as one that lacks something nobody would know what to do with it. */
static const char *finish_certificate(void *message)
{
    static const struct sb_certificate none;
    const struct sb_certificate *c = message;
    bool whole = c->origin.s[0] != '\0' &&
                 memcmp(&c->old_key, &none.old_key, sizeof none.old_key) != 0 &&
                 memcmp(&c->new_key, &none.new_key, sizeof none.new_key) != 0 &&
                 memcmp(&c->old_signature, &none.old_signature, sizeof none.old_signature) != 0 &&
                 memcmp(&c->new_signature, &none.new_signature, sizeof none.new_signature) != 0;
    return whole ? NULL : "a certificate without all its parts";
}

static const struct sb_field KEY_CERTIFICATE[] = {
    SB_ROW(1, ORG, sb_certificate, origin),
    SB_ROW(2, FIXED_BYTES, sb_certificate, old_key),
    SB_ROW(3, FIXED_BYTES, sb_certificate, new_key),
    SB_ROW(4, I64, sb_certificate, time),
    SB_ROW(5, FIXED_BYTES, sb_certificate, old_signature),
    SB_ROW(6, FIXED_BYTES, sb_certificate, new_signature),
};
static const struct sb_layout KEY_CERTIFICATE_LAYOUT =
    SB_LAYOUT("KeyCertificate", KEY_CERTIFICATE, .finish = finish_certificate);

static const struct sb_field ORIGIN_HEADS[] = {
    SB_ROW(1, ORG, sb_origin_heads, origin, .required = true),
    SB_ROWS(2, MESSAGE, sb_origin_heads, heads, n_heads, SB_HEADS_MAX, .layout = &HEAD_LAYOUT),
    SB_ROW(3, U64, sb_origin_heads, rest_count),
    SB_ROW(4, FIXED_BYTES, sb_origin_heads, rest_digest),
    SB_ROW(5, U64, sb_origin_heads, rest_events),
    SB_ROW(6, BOOL, sb_origin_heads, rest_whole),
    SB_ROW(7, MESSAGE, sb_origin_heads, certificate, .layout = &KEY_CERTIFICATE_LAYOUT),
};
static const struct sb_layout ORIGIN_HEADS_LAYOUT = SB_LAYOUT("OriginHeads", ORIGIN_HEADS);

static const struct sb_field CLASS_OFFSETS[] = {
    SB_ROW(1, U64, sb_frontier, offsets[SB_CLASS_AGENDA]),
    SB_ROW(2, U64, sb_frontier, offsets[SB_CLASS_DECISION]),
    SB_ROW(3, U64, sb_frontier, offsets[SB_CLASS_NOTIFICATION]),
    SB_ROW(4, U64, sb_frontier, offsets[SB_CLASS_CUSTOM]),
    SB_ROW(5, U64, sb_frontier, offsets[SB_CLASS_LINK]),
};
static const struct sb_layout CLASS_OFFSETS_LAYOUT = SB_LAYOUT("ClassOffsets", CLASS_OFFSETS);

static const struct sb_field FRONTIER[] = {
    SB_ROW(1, ORG, sb_frontier, node, .required = true),
    SB_ROW(2, FIXED_BYTES, sb_frontier, boot_nonce, .required = true),
    SB_ROW(3, U64, sb_frontier, counter),
    SB_ROW(4, BOOL, sb_frontier, full),
    SB_ROWS(5, MESSAGE, sb_frontier, origins, n_origins, SB_ORIGINS_MAX,
            .layout = &ORIGIN_HEADS_LAYOUT),
    SB_ROW(6, FIXED_BYTES, sb_frontier, store_id, .required = true),
    {.number = 7, .type = SB_FIELD_MESSAGE, .name = "offsets", .layout = &CLASS_OFFSETS_LAYOUT},
    SB_ROW(8, I64, sb_frontier, time),
};
const struct sb_layout sb_layout_frontier = SB_LAYOUT("Frontier", FRONTIER);

static const struct sb_field WANT[] = {
    SB_ROW(1, ORG, sb_want, origin, .required = true),
    EPOCH_ROWS(sb_want, 2, 3),
    SB_ROW(4, U64, sb_want, from),
    SB_ROW(5, FIXED_BYTES, sb_want, tip),
    SB_ROW(6, U32, sb_want, credit),
    SB_ROW(7, U64, sb_want, tip_seq),
};
const struct sb_layout sb_layout_want = SB_LAYOUT("Want", WANT);

static const char *complain_of_body(const struct sb_salt *salt, struct sb_bytes body, bool erased)
{
    if (salt == NULL) {
        return body.n > 0 ? "a body without its salt" : NULL;
    }
    return erased ? "an erased body with a salt" : NULL;
}

static const char *finish_item(void *message)
{
    const struct sb_item *item = message;
    return complain_of_body(item->salt, item->body, item->erased);
}

static const struct sb_field EVENT_ITEM[] = {
    SB_ROW(1, LINK, sb_item, link, .required = true),
    SB_ROW(2, SALT, sb_item, salt),
    SB_ROW(3, BYTES, sb_item, body),
    SB_ROW(4, BOOL, sb_item, erased),
};
static const struct sb_layout EVENT_ITEM_LAYOUT =
    SB_LAYOUT("EventItem", EVENT_ITEM, .finish = finish_item);

static const struct sb_field EVENTS[] = {
    SB_ROW(1, ORG, sb_events, origin, .required = true),
    SB_ROW(2, U32, sb_events, epoch.counter),
    SB_ROW(3, FIXED64, sb_events, epoch.tag),
    SB_ROWS(4, MESSAGE, sb_events, items, n_items, SB_BATCH_EVENTS_MAX,
            .layout = &EVENT_ITEM_LAYOUT),
    SB_ROWS(5, CHECKPOINT, sb_events, checkpoints, n_checkpoints, SB_BATCH_EVENTS_MAX),
    SB_ROW(6, BOOL, sb_events, last),
};
const struct sb_layout sb_layout_events = SB_LAYOUT("Events", EVENTS);

static const struct sb_field VIEW[] = {
    SB_ROW(1, CHARS, sb_view, state),
    SB_ROW(2, CHARS, sb_view, reason),
    SB_ROW(3, FIXED_BYTES, sb_view, boot_nonce),
    SB_ROW(4, BOOL, sb_view, silent),
    SB_ROW(5, BOOL, sb_view, waits),
    SB_ROW(6, CHARS, sb_view, shows),
    SB_ROW(7, U64, sb_view, hidden),
    SB_ROW(8, CHARS, sb_view, hidden_topic),
};
const struct sb_layout sb_layout_view = SB_LAYOUT("View", VIEW);

static const char *finish_want_bodies(void *message)
{
    const struct sb_want_bodies *want = message;
    for (size_t i = 1; i < want->n_seqs; i++) {
        if (want->seqs[i].n <= want->seqs[i - 1].n) {
            return "seqs that do not ascend";
        }
    }
    return NULL;
}

static const struct sb_field WANT_BODIES[] = {
    SB_ROW(1, ORG, sb_want_bodies, origin, .required = true),
    EPOCH_ROWS(sb_want_bodies, 2, 3),
    SB_ROWS(4, U64, sb_want_bodies, seqs, n_seqs, SB_WANT_BODIES_MAX),
};
const struct sb_layout sb_layout_want_bodies =
    SB_LAYOUT("WantBodies", WANT_BODIES, .finish = finish_want_bodies);

static const char *finish_body_item(void *message)
{
    const struct sb_body_item *item = message;
    return complain_of_body(item->salt, item->body, item->erased);
}

static const struct sb_field BODY_ITEM[] = {
    SB_ROW(1, U64, sb_body_item, seq, .required = true),
    SB_ROW(2, FIXED_BYTES, sb_body_item, link_hash, .required = true),
    SB_ROW(3, SALT, sb_body_item, salt),
    SB_ROW(4, BYTES, sb_body_item, body),
    SB_ROW(5, BOOL, sb_body_item, erased),
};
static const struct sb_layout BODY_ITEM_LAYOUT =
    SB_LAYOUT("BodyItem", BODY_ITEM, .finish = finish_body_item);

static const struct sb_field BODIES[] = {
    SB_ROW(1, ORG, sb_bodies, origin, .required = true),
    EPOCH_ROWS(sb_bodies, 2, 3),
    SB_ROWS(4, MESSAGE, sb_bodies, items, n_items, SB_WANT_BODIES_MAX, .layout = &BODY_ITEM_LAYOUT),
    SB_ROW(5, BOOL, sb_bodies, last),
};
const struct sb_layout sb_layout_bodies = SB_LAYOUT("Bodies", BODIES);

#define SUMMARY_RANGE                                                                              \
    SB_ROW(1, ORG, sb_summary, origin, .required = true), SB_ROW(2, U32, sb_summary, from),        \
        SB_ROW(3, U32, sb_summary, to)

static const char *finish_summary(void *message)
{
    const struct sb_summary *s = message;
    return s->from > s->to ? "a range that ends before it begins" : NULL;
}

static const struct sb_field SUMMARY_REQUEST[] = {
    SUMMARY_RANGE,
    SB_ROW(4, U32, sb_summary, skip),
};
const struct sb_layout sb_layout_summary_request =
    SB_LAYOUT("SummaryRequest", SUMMARY_REQUEST, .finish = finish_summary);

static const char *finish_range(void *message)
{
    const struct sb_range_digest *r = message;
    return r->from > r->to ? "a range that ends before it begins" : NULL;
}

static const struct sb_field RANGE_DIGEST[] = {
    SB_ROW(1, U32, sb_range_digest, from),
    SB_ROW(2, U32, sb_range_digest, to),
    SB_ROW(3, U64, sb_range_digest, count),
    SB_ROW(4, FIXED_BYTES, sb_range_digest, digest),
};
static const struct sb_layout RANGE_DIGEST_LAYOUT =
    SB_LAYOUT("RangeDigest", RANGE_DIGEST, .finish = finish_range);

static const struct sb_field SUMMARY[] = {
    SUMMARY_RANGE,
    SB_ROWS(4, MESSAGE, sb_summary, epochs, n_epochs, SB_SUMMARY_MAX, .layout = &HEAD_LAYOUT),
    SB_ROWS(5, MESSAGE, sb_summary, parts, n_parts, SB_SUMMARY_MAX, .layout = &RANGE_DIGEST_LAYOUT),
    SB_ROW(6, U32, sb_summary, next),
};
const struct sb_layout sb_layout_summary = SB_LAYOUT("Summary", SUMMARY, .finish = finish_summary);

const struct sb_layout sb_layout_frontier_request = {.name = "FrontierRequest"};

static const struct sb_field REFUSAL[] = {
    SB_ROW(1, ENUM, sb_refusal, code, .max = SB_CODE_COUNT),
    SB_ROW(2, CHARS, sb_refusal, text),
};
const struct sb_layout sb_layout_refusal = SB_LAYOUT("Refusal", REFUSAL);

static const char *finish_broadcast(void *message)
{
    struct sb_broadcast *b = message;
    return b->checkpoint.seq.n < b->item.link.seq.n ? "a checkpoint that does not cover the link"
                                                    : finish_item(&b->item);
}

static const struct sb_field BROADCAST[] = {
    SB_ROW(1, LINK, sb_broadcast, item, .required = true),
    SB_ROW(2, SALT, sb_broadcast, item.salt),
    SB_ROW(3, BYTES, sb_broadcast, item.body),
    SB_ROW(4, CHECKPOINT, sb_broadcast, checkpoint, .required = true),
    SB_ROW(5, U64, sb_broadcast, offset),
    SB_ROW(6, U64, sb_broadcast, previous),
};
const struct sb_layout sb_layout_broadcast =
    SB_LAYOUT("Broadcast", BROADCAST, .finish = finish_broadcast);
