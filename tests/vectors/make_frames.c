/* Whole frames: one or two of every message, and frames that are refused. What a frame says is
 * printed by the schema itself, so that no field can be forgotten here. */
#include <assert.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/json_print.h"
#include "proto/pb_writer.h"
#include "proto/unpack.h"
#include "proto/wire.h"
#include "tests/vectors/chain.h"

#define DESCRIPTORS(X)                                                                             \
    X(HELLO, hello)                                                                                \
    X(FRONTIER, frontier)                                                                          \
    X(WANT, want)                                                                                  \
    X(EVENTS, events)                                                                              \
    X(VIEW, view)                                                                                  \
    X(SUMMARY_REQUEST, summary_request)                                                            \
    X(SUMMARY, summary)                                                                            \
    X(WANT_BODIES, want_bodies)                                                                    \
    X(BODIES, bodies)                                                                              \
    X(FRONTIER_REQUEST, frontier_request)                                                          \
    X(BROADCAST, broadcast)                                                                        \
    X(PUBLISH, publish)                                                                            \
    X(RESULTS, results)                                                                            \
    X(SUBSCRIBE, subscribe)                                                                        \
    X(DELIVER, deliver)                                                                            \
    X(CREDIT, credit)                                                                              \
    X(UNSUBSCRIBE, unsubscribe)                                                                    \
    X(FETCH, fetch)                                                                                \
    X(FETCHED, fetched)                                                                            \
    X(QUERY, query)                                                                                \
    X(ANSWER, answer)                                                                              \
    X(EVIDENCE, evidence)                                                                          \
    X(HOLDERS, holders)                                                                            \
    X(CONSUME, consume)                                                                            \
    X(CONSUMERS, consumers)                                                                        \
    X(ERASE, erase)                                                                                \
    X(ERASURES, erasures)                                                                          \
    X(ADMIN, admin)                                                                                \
    X(ADMINISTERED, administered)                                                                  \
    X(POSSESSION, possession)                                                                      \
    X(SAID, said)                                                                                  \
    X(REFUSAL, refusal)

/* Generated from samenbus.proto. */
#define DECLARE(type, name) extern const ProtobufCMessageDescriptor samenbus__##name##__descriptor;
DESCRIPTORS(DECLARE)

static const ProtobufCMessageDescriptor *descriptor_of(enum sb_msg_type type)
{
#define ENTRY(type, name) {SB_MSG_##type, &samenbus__##name##__descriptor},
    static const struct {
        enum sb_msg_type type;
        const ProtobufCMessageDescriptor *descriptor;
    } all[] = {DESCRIPTORS(ENTRY)};
    size_t i = 0;
    while (all[i].type != type) {
        i++;
        assert(i < sizeof all / sizeof *all);
    }
    return all[i].descriptor;
}

static json_t *fields_of(enum sb_msg_type type, struct sb_bytes frame, struct sb_arena *arena)
{
    struct sb_json_out out;
    struct sb_bytes message = {frame.p + SB_WIRE_HEADER, frame.n - SB_WIRE_HEADER};
    const ProtobufCMessage *unpacked = sb_unpack(descriptor_of(type), message, arena);
    assert(unpacked != NULL);
    sb_json_out_init(&out, arena, 4096);
    sb_json_put_message(&out, unpacked);
    struct sb_bytes text = sb_json_out_done(&out);
    json_t *value = json_loadb((const char *)text.p, text.n, 0, NULL);
    assert(value != NULL);
    return value;
}

struct sb_bytes add_frame(json_t *list, const char *name, const struct sb_message *m,
                          struct sb_arena *arena)
{
    struct sb_bytes frame = sb_wire_encode(m, arena);
    assert(frame.p != NULL);
    json_t *one = add_case(list, name);
    put_number(one, "type", (uint64_t)m->type);
    put_text(one, "message", sb_msg_name(m->type));
    put_number(one, "request", m->request);
    put(one, "frame", hex_bytes(frame));
    put(one, "fields", fields_of(m->type, frame, arena));
    return frame;
}

static struct sb_uuid nonce_of(const char *text)
{
    struct sb_uuid nonce;
    memcpy(nonce.b, seeded(text).b, sizeof nonce.b);
    return nonce;
}

static struct sb_message hello_message(void)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello = (struct sb_hello){.partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
                                .organisation = org_of("GM0384"),
                                .boot_nonce = nonce_of("boot"),
                                .store_id = nonce_of("store"),
                                .software = "samenbus/0.1.0",
                                .follows = true};
    return m;
}

static struct sb_message events_message(struct chain *c)
{
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = 7, .events = c->events};
    m.events.last = true;
    return m;
}

static struct sb_message broadcast_message(const struct chain *c, size_t item, size_t checkpoint)
{
    struct sb_message m = {.type = SB_MSG_BROADCAST};
    m.broadcast = (struct sb_broadcast){.item = c->items[item],
                                        .checkpoint = c->checkpoints[checkpoint],
                                        .offset = {57},
                                        .previous = {55}};
    if (c->items[item].link.kind == SB_KIND_RESTRICTED) {
        m.broadcast.item.salt = NULL;
        m.broadcast.item.body = (struct sb_bytes){0};
    }
    return m;
}

static void add_frontier_frames(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_head head = {c->events.epoch, c->checkpoints[1], {2}};
    struct sb_origin_heads origins[] = {{.origin = org_of("GM0384"),
                                         .heads = &head,
                                         .n_heads = 1,
                                         .rest_count = 2,
                                         .rest_events = 40,
                                         .rest_whole = true,
                                         .rest_digest = seeded("rest")},
                                        {.origin = org_of("GM0437")}};
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    m.frontier = (struct sb_frontier){.node = org_of("GM0384"),
                                      .boot_nonce = nonce_of("boot"),
                                      .store_id = nonce_of("store"),
                                      .counter = 12,
                                      .full = true,
                                      .origins = origins,
                                      .n_origins = 2,
                                      .offsets = {{57}, {0}, {3}, {0}, {58}},
                                      .time = VECTOR_TIME};
    add_frame(list, "a full frontier", &m, arena);
    m.frontier.full = false;
    m.frontier.counter = 13;
    m.frontier.n_origins = 0;
    add_frame(list, "a heartbeat without news", &m, arena);
    m = (struct sb_message){.type = SB_MSG_FRONTIER_REQUEST, .request = 3};
    add_frame(list, "a request for a full frontier", &m, arena);
    m = (struct sb_message){.type = SB_MSG_VIEW};
    m.view = (struct sb_view){.state = "catching_up",
                              .reason = "events still to come",
                              .boot_nonce = nonce_of("boot"),
                              .silent = true};
    add_frame(list, "a view", &m, arena);
    m.view = (struct sb_view){.state = "live",
                              .shows = "agenda/, decision/, up to 16384 bytes",
                              .hidden = 3,
                              .hidden_topic = "custom/x"};
    add_frame(list, "a view of one of whom clients are not shown everything", &m, arena);
    m = (struct sb_message){.type = SB_MSG_SUMMARY, .request = 5};
    m.summary = (struct sb_summary){
        .origin = org_of("GM0384"), .to = UINT32_MAX, .epochs = &head, .n_epochs = 1};
    add_frame(list, "a summary that lists epochs", &m, arena);
    m.summary.from = m.summary.to = 1;
    m.summary.next = 1024;
    add_frame(list, "a summary of one counter, which has more epochs than that", &m, arena);
    m.summary.from = m.summary.next = 0;
    m.summary.to = UINT32_MAX;
    struct sb_range_digest part = {0, 255, 600, seeded("part")};
    m.summary.n_epochs = 0;
    m.summary.parts = &part;
    m.summary.n_parts = 1;
    add_frame(list, "a summary by parts", &m, arena);
    m.type = SB_MSG_SUMMARY_REQUEST;
    m.summary.n_parts = 0;
    add_frame(list, "a request for a summary", &m, arena);
    m.summary.from = m.summary.to = 1;
    m.summary.skip = 1024;
    add_frame(list, "a request for what another summary had no room for", &m, arena);
}

static void add_partner_frames(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_message m = hello_message();
    add_frame(list, "a greeting", &m, arena);
    add_frontier_frames(list, c, arena);
    m = (struct sb_message){.type = SB_MSG_WANT, .request = 7};
    m.want =
        (struct sb_want){c->events.origin, c->events.epoch, {1}, c->hashes[3], SB_WANT_CREDIT, {4}};
    add_frame(list, "a want", &m, arena);
    m = events_message(c);
    add_frame(list, "its answer", &m, arena);
    m.events.n_items = m.events.n_checkpoints = 0;
    add_frame(list, "an answer with nothing", &m, arena);
    struct sb_seq seqs[] = {{3}, {4}};
    m = (struct sb_message){.type = SB_MSG_WANT_BODIES, .request = 8};
    m.want_bodies = (struct sb_want_bodies){c->events.origin, c->events.epoch, seqs, 2};
    add_frame(list, "a want of bodies", &m, arena);
    struct sb_body_item body = {{3}, c->hashes[2], c->items[2].salt, c->items[2].body, false};
    m = (struct sb_message){.type = SB_MSG_BODIES, .request = 8};
    m.bodies = (struct sb_bodies){c->events.origin, c->events.epoch, &body, 1, true};
    add_frame(list, "bodies", &m, arena);
    m = broadcast_message(c, 1, 0);
    add_frame(list, "a broadcast of an open event", &m, arena);
    m = broadcast_message(c, 2, 1);
    add_frame(list, "a broadcast of a restricted event", &m, arena);
}

static void add_evidence(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_evidence_side sides[2] = {
        {c->events.epoch, "1-0123abcd", 0, {3}, c->hashes[2], seeded("one"), c->checkpoints[1]},
        {c->events.epoch, "1-0123abcd", 1, {3}, seeded("link"), seeded("two"), c->checkpoints[1]}};
    struct sb_evidence_item items[] = {
        {SB_EVIDENCE_FORK, c->events.origin, {{0}}, VECTOR_TIME, false, sides, 2},
        {SB_EVIDENCE_ID_CONFLICT, c->events.origin, uuid_of(7), VECTOR_TIME, true, sides, 2}};
    struct sb_message m = {.type = SB_MSG_EVIDENCE, .request = 6};
    m.evidence = (struct sb_evidence){items, 2, {(const uint8_t *)"\1\2", 2}, false};
    add_frame(list, "evidence", &m, arena);
    m.evidence = (struct sb_evidence){.end = true};
    add_frame(list, "the end of the evidence", &m, arena);
}

static void add_holders(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_holder items[] = {
        {org_of("GM0384"), true, SB_HOLDING_YES, SB_HOLDING_YES, VECTOR_TIME, VECTOR_TIME, 0, 0},
        {org_of("GM0437"), true, SB_HOLDING_YES, SB_HOLDING_NO, VECTOR_TIME, {0}, true, false},
        {org_of("GM0451"), false, SB_HOLDING_UNKNOWN, SB_HOLDING_UNKNOWN, {0}, {0}, 0, 0}};
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 7};
    m.query = (struct sb_query){.where_origin = c->events.origin, .where_id = uuid_of(7)};
    add_frame(list, "a question for who has an event", &m, arena);
    m = (struct sb_message){.type = SB_MSG_HOLDERS, .request = 7};
    m.holders = (struct sb_holders){.origin = c->events.origin, .id = uuid_of(7)};
    add_frame(list, "an event that nobody here knows", &m, arena);
    m.holders = (struct sb_holders){
        c->events.origin, uuid_of(7), c->events.epoch, "1-0123abcd", {3}, false, items, 3};
    add_frame(list, "who has an event", &m, arena);
}

static void add_consumers(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_tip tip = {c->events.origin, c->events.epoch, {4}, c->hashes[3], false};
    const char *topics[] = {"decision/"};
    struct sb_org origins[] = {org_of("GM0384")};
    struct sb_message m = {.type = SB_MSG_CONSUME, .request = 8};
    m.consume = (struct sb_consume){.action = SB_CONSUME_ADD,
                                    .name = "archive",
                                    .live_only = true,
                                    .topics = topics,
                                    .n_topics = 1,
                                    .origins = origins,
                                    .n_origins = 1};
    add_frame(list, "a consumer is added", &m, arena);
    m.consume = (struct sb_consume){
        .action = SB_CONSUME_ACK, .name = "archive", .cursor = &tip, .n_cursor = 1};
    add_frame(list, "an acknowledgement", &m, arena);
    m = (struct sb_message){.type = SB_MSG_QUERY, .request = 9, .query = {.consumer = "archive"}};
    add_frame(list, "a question for one consumer", &m, arena);
    struct sb_consumer consumer = {.name = "archive",
                                   .client = "archive-service",
                                   .topics = topics,
                                   .n_topics = 1,
                                   .origins = origins,
                                   .n_origins = 1,
                                   .created = VECTOR_TIME,
                                   .acked = VECTOR_TIME,
                                   .readers = 1,
                                   .behind = 3,
                                   .waiting = VECTOR_TIME,
                                   .stuck = true,
                                   .cursor = &tip,
                                   .n_cursor = 1};
    m = (struct sb_message){.type = SB_MSG_CONSUMERS, .request = 9, .consumers = {&consumer, 1}};
    add_frame(list, "a consumer with its cursor", &m, arena);
}

static void add_said(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_said_place parent = {0, {4}};
    struct sb_said_chain chains[] = {
        {c->events.origin, c->events.epoch, {1}, {4}, NULL, 0, 0},
        {c->events.origin, {c->events.epoch.counter + 1, 7}, {1}, {2}, &parent, 1, 0}};
    struct sb_said_link link = {0, {4}, c->hashes[3], true, "1-0123abcd"};
    struct sb_said_item item = {0, c->events.items[1]};
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 8};
    m.query =
        (struct sb_query){.said = true, .said_kinds = 2, .said_id = uuid_of(7), .said_open = true};
    add_frame(list, "a question for what was said about a decision", &m, arena);

    m = (struct sb_message){.type = SB_MSG_SAID, .request = 8};
    m.said = (struct sb_said_answer){
        chains, 2, &link, 1, &item, 1, true, {(const uint8_t *)"\1\2", 2}, false};
    add_frame(list, "what was said", &m, arena);
}

static void add_client_frames(json_t *list, struct chain *c, struct sb_arena *arena)
{
    struct sb_submission submission = {.id = uuid_of(9)};
    submission.body = submission_of(JSON_NOTIFICATION, arena, &submission.audience);
    struct sb_message m = {.type = SB_MSG_PUBLISH, .request = 1};
    m.publish = (struct sb_publish){2, 5000, &submission, 1};
    add_frame(list, "a publish", &m, arena);
    struct sb_result results[] = {
        {.index = 0, .text = "", .epoch = "3-9f1c2ab7", .seq = {12}, .duplicate = true},
        {.index = 1, .code = SB_CODE_NOT_ALLOWED, .text = "This key has no right to do that."}};
    m = (struct sb_message){.type = SB_MSG_RESULTS, .request = 1};
    m.results = (struct sb_results){c->events.origin, results, 2};
    add_frame(list, "results", &m, arena);
    struct sb_tip tip = {c->events.origin, c->events.epoch, {4}, c->hashes[3], true};
    const char *topics[] = {"decision/", "agenda/wonen"};
    struct sb_org origins[] = {org_of("GM0384")};
    m = (struct sb_message){.type = SB_MSG_SUBSCRIBE, .request = 2};
    m.subscribe = (struct sb_subscribe){.subscription = 4,
                                        .cursor = &tip,
                                        .n_cursor = 1,
                                        .topics = topics,
                                        .n_topics = 2,
                                        .origins = origins,
                                        .n_origins = 1,
                                        .follow = true,
                                        .credit = 512};
    add_frame(list, "a subscription from a cursor", &m, arena);
    struct sb_delivered delivered[] = {
        {{57}, c->items[1], SB_BODY_PRESENT, c->checkpoints[0].time, false, "1-0123abcd"},
        {{58}, c->items[2], SB_BODY_WITHHELD, c->checkpoints[1].time, true, "1-0123abcd"}};
    delivered[1].item.salt = NULL;
    delivered[1].item.body = (struct sb_bytes){0};
    m = (struct sb_message){.type = SB_MSG_DELIVER, .request = 2};
    m.deliver = (struct sb_deliver){4, delivered, 2, false, {59}};
    add_frame(list, "a delivery", &m, arena);
    m = (struct sb_message){.type = SB_MSG_CREDIT, .request = 2, .credit = {4, 256}};
    add_frame(list, "credit", &m, arena);
    m = (struct sb_message){.type = SB_MSG_UNSUBSCRIBE, .request = 2, .credit = {4, 0}};
    add_frame(list, "the end of a subscription", &m, arena);
    m = (struct sb_message){.type = SB_MSG_FETCH, .request = 3};
    m.fetch.origin = c->events.origin;
    add_frame(list, "a fetch from the beginning", &m, arena);
    m = (struct sb_message){.type = SB_MSG_FETCHED, .request = 3};
    m.fetched = (struct sb_fetched){.events = c->events, .sign_key = c->start.sign_key};
    m.fetched.next = (struct sb_fetch){c->events.origin, c->events.epoch, 0, {5}};
    add_frame(list, "a page", &m, arena);
    m.fetched.events.n_items = m.fetched.events.n_checkpoints = 0;
    m.fetched.end = true;
    add_frame(list, "the last page", &m, arena);
    m = (struct sb_message){.type = SB_MSG_QUERY, .request = 6};
    add_frame(list, "a question for the status", &m, arena);
    m.query = (struct sb_query){.evidence = true, .from = {(const uint8_t *)"\1\2", 2}};
    add_frame(list, "a question for evidence", &m, arena);
    m = (struct sb_message){.type = SB_MSG_REFUSAL, .request = 3};
    m.refusal = (struct sb_refusal){SB_CODE_NOT_ALLOWED, "this client may not read history"};
    add_frame(list, "a refusal", &m, arena);
    add_evidence(list, c, arena);
    add_holders(list, c, arena);
    add_consumers(list, c, arena);
    add_daemon_frames(list, arena);
    add_said(list, c, arena);
}

/* ---- refused */

static void add_refused(json_t *list, const char *name, const void *p, size_t n,
                        struct sb_arena *arena)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    enum sb_code code = sb_wire_decode(&m, (struct sb_bytes){p, n}, arena, why);
    assert(code != SB_CODE_OK);
    json_t *one = add_case(list, name);
    put(one, "frame", hex_of(p, n));
    put_text(one, "code", sb_code_name(code));
}

/* A greeting with one byte changed. */
static void add_changed(json_t *list, const char *name, struct sb_bytes frame, size_t at,
                        uint8_t byte, struct sb_arena *arena)
{
    uint8_t *bytes = copy_of(arena, frame, 0);
    bytes[at] = byte;
    add_refused(list, name, bytes, frame.n, arena);
}

/* Frames made of one field. */
static void add_made(json_t *list, const char *name, enum sb_msg_type type,
                     const struct sb_pb_writer *message, struct sb_arena *arena)
{
    uint8_t frame[SB_WIRE_HEADER + 8192] = {'S', 'B', SB_WIRE_VERSION, (uint8_t)type};
    assert(message->n <= 8192);
    memcpy(frame + SB_WIRE_HEADER, message->p, message->n);
    add_refused(list, name, frame, SB_WIRE_HEADER + message->n, arena);
}

static void add_made_frames(json_t *list, struct sb_arena *arena)
{
    uint8_t bytes[8192];
    struct sb_pb_writer w = {.p = bytes};
    sb_pb_put_bytes(&w, 2, seeded("partnership").b, 31);
    add_made(list, "a partnership of 31 bytes", SB_MSG_HELLO, &w, arena);
    w.n = 0;
    sb_pb_put_bytes(&w, 1, "\xc3\x28", 2);
    add_made(list, "a state that is not UTF-8", SB_MSG_VIEW, &w, arena);
    w.n = 0;
    sb_pb_put_bytes(&w, 1, "GM0384", 6);
    sb_pb_put_uint(&w, 2, 1);
    for (uint64_t i = 1; i <= SB_WANT_BODIES_MAX + 1; i++) {
        sb_pb_put_uint(&w, 4, i);
    }
    add_made(list, "513 bodies", SB_MSG_WANT_BODIES, &w, arena);
    w.n = 0;
    sb_pb_put_bytes(&w, 1, "GM0384", 6);
    sb_pb_put_uint(&w, 2, 1);
    sb_pb_put_uint(&w, 4, 7);
    sb_pb_put_uint(&w, 4, 7);
    add_made(list, "a seq twice", SB_MSG_WANT_BODIES, &w, arena);
    w.n = 0;
    sb_pb_put_bytes(&w, 1, "gm0384", 6);
    add_made(list, "an origin in lower case", SB_MSG_FETCH, &w, arena);
    w.n = 0;
    sb_pb_put_bytes(&w, 1, "\x0a\x06GM0384", 8);
    sb_pb_put_bytes(&w, 1, "\x0a\x06GM0384", 8);
    add_made(list, "a page twice", SB_MSG_FETCHED, &w, arena);
    w.n = 0;
    sb_pb_put_uint(&w, 2, 1);
    add_made(list, "a last page that is not there", SB_MSG_FETCHED, &w, arena);
    w.n = 0;
    sb_pb_put_uint(&w, 1, UINT64_C(1) << 32);
    add_made(list, "a code of 33 bits", SB_MSG_REFUSAL, &w, arena);
    w.n = 0;
    sb_pb_put_uint(&w, 1, UINT64_C(1) << 32);
    add_made(list, "a number of 33 bits", SB_MSG_CREDIT, &w, arena);
}

static void add_refused_frames(json_t *root, struct chain *c, struct sb_arena *arena)
{
    json_t *list = put_list(root, "refused");
    struct sb_message m = hello_message();
    struct sb_bytes hello = sb_wire_encode(&m, arena);
    add_changed(list, "other first bytes", hello, 1, 'C', arena);
    add_changed(list, "version 2", hello, 2, 2, arena);
    add_changed(list, "an unknown type", hello, 3, 62, arena);
    add_changed(list, "another version in the greeting", hello, 9, 2, arena);
    add_changed(list, "a wire type that does not fit", hello, 8, 0x0a, arena);
    add_refused(list, "seven bytes", hello.p, 7, arena);
    add_refused(list, "cut short", hello.p, hello.n - 3, arena);
    m.hello.organisation = (struct sb_org){""};
    struct sb_bytes nobody = sb_wire_encode(&m, arena);
    add_refused(list, "a greeting of nobody", nobody.p, nobody.n, arena);
    m = broadcast_message(c, 2, 0);
    struct sb_bytes early = sb_wire_encode(&m, arena);
    add_refused(list, "a checkpoint below its broadcast", early.p, early.n, arena);
    m = events_message(c);
    struct sb_item item = c->items[1];
    item.salt = NULL;
    m.events.items = &item;
    m.events.n_items = 1;
    struct sb_bytes unsalted = sb_wire_encode(&m, arena);
    add_refused(list, "a body without its salt", unsalted.p, unsalted.n, arena);
    item = c->items[1];
    item.erased = true;
    struct sb_bytes erased = sb_wire_encode(&m, arena);
    add_refused(list, "an erased body that is there", erased.p, erased.n, arena);
    m = (struct sb_message){.type = SB_MSG_SUMMARY_REQUEST};
    m.summary = (struct sb_summary){.origin = org_of("GM0384"), .from = 9, .to = 8};
    struct sb_bytes backwards = sb_wire_encode(&m, arena);
    add_refused(list, "a range that ends before it begins", backwards.p, backwards.n, arena);
    add_made_frames(list, arena);
    add_refused(list, "a group", "SB\x01\x0a\0\0\0\0\x0b\x0c", 10, arena);
}

json_t *make_frames(struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    json_t *root = object_about("Frames: bytes, and what they say as JSON by PROTOCOL 16 (bytes in "
                                "base64); frames that are refused (PROTOCOL 2, 7, 8)");
    json_t *list = put_list(root, "frames");
    add_partner_frames(list, &c, arena);
    add_client_frames(list, &c, arena);
    add_refused_frames(root, &c, arena);
    return root;
}
