/* Frames there and back, one message of each type with every field set. */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/proto/history.h"

static struct sb_arena arena;
static struct history history;
static char why[SB_LABEL_MAX + 1];

static const struct sb_org GM0437 = {"GM0437"};
static const struct sb_epoch EPOCH = {3, 0x9f1c2ab700000001};
static const struct sb_hash HASH = {{1, 2, 3}};
static const struct sb_uuid UUID = {{4, 5, 6}};

/* Encodes and decodes; the decoded message must encode to the same bytes. Where a field were lost
 * on either way, the bytes or the caller's look at the result would show it. */
static struct sb_message there_and_back(const struct sb_message *m)
{
    struct sb_message back;
    struct sb_bytes frame = sb_wire_encode(m, &arena);
    assert_non_null(frame.p);
    enum sb_code code = sb_wire_decode(&back, frame, &arena, why);
    assert_string_equal(why, "");
    assert_int_equal(code, SB_CODE_OK);
    struct sb_bytes again = sb_wire_encode(&back, &arena);
    assert_int_equal(again.n, frame.n);
    assert_memory_equal(again.p, frame.p, frame.n);
    assert_true(back.type == m->type && back.request == m->request);
    return back;
}

static void test_header_is_these_eight_bytes(void **state)
{
    const struct sb_message m = {.type = SB_MSG_CREDIT, .request = 0x01020304, .credit = {5, 6}};
    (void)state;
    struct sb_bytes frame = sb_wire_encode(&m, &arena);
    assert_int_equal(frame.n, 12);
    assert_memory_equal(frame.p, "SB\x01\x24\x01\x02\x03\x04\x08\x05\x10\x06", 12);
}

static void test_hello_there_and_back(void **state)
{
    struct sb_message m = {.type = SB_MSG_HELLO, .request = 7};
    (void)state;
    m.hello = (struct sb_hello){HASH, GM0437, UUID, {{7}}, "samenbusd 0.1.0", true};
    struct sb_hello h = there_and_back(&m).hello;
    assert_memory_equal(&h, &m.hello, sizeof h);
}

static void test_frontier_there_and_back(void **state)
{
    struct sb_head heads[] = {
        {.epoch = EPOCH, .checkpoint = {{9}, HASH, {-5}, {{1}}}, .bodies = {8}},
        {.epoch = {4, 1}, .checkpoint = {{2}, HASH, {6}, {{2}}}}};
    struct sb_origin_heads origins[] = {{.origin = GM0437,
                                         .heads = heads,
                                         .n_heads = 2,
                                         .rest_count = 17,
                                         .rest_events = 900,
                                         .rest_whole = true,
                                         .rest_digest = HASH,
                                         .certificate = {.origin = GM0437,
                                                         .old_key = {{1}},
                                                         .new_key = {{2}},
                                                         .time = {3},
                                                         .old_signature = {{4}},
                                                         .new_signature = {{5}}}},
                                        {.origin = {"GM0384"}}};
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    (void)state;
    m.frontier = (struct sb_frontier){
        GM0437, UUID, {{9}}, 12, true, origins, 2, {{1}, {2}, {3}, {4}, {5}}, {1795428000123}};
    struct sb_frontier f = there_and_back(&m).frontier;
    assert_int_equal(f.n_origins, 2);
    assert_int_equal(f.origins[0].n_heads, 2);
    assert_memory_equal(&f.origins[0].certificate, &origins[0].certificate,
                        sizeof origins[0].certificate);
    assert_int_equal(f.origins[1].certificate.origin.s[0], '\0');
    assert_true(f.origins[0].heads[0].checkpoint.time.ms == -5);
    assert_true(f.origins[0].heads[0].bodies.n == 8);
    assert_true(f.origins[0].rest_count == 17 && f.origins[0].rest_events == 900);
    assert_true(f.origins[0].rest_whole && !f.origins[1].rest_whole);
    assert_true(f.offsets[SB_CLASS_AGENDA].n == 1 && f.offsets[SB_CLASS_LINK].n == 5);
    assert_true(f.full && f.counter == 12 && f.time.ms == 1795428000123);
    assert_memory_equal(&f.store_id, &m.frontier.store_id, sizeof f.store_id);
}

static void test_want_there_and_back(void **state)
{
    struct sb_message m = {.type = SB_MSG_WANT};
    (void)state;
    m.want = (struct sb_want){GM0437, EPOCH, {13}, HASH, 4096, {20}};
    struct sb_want w = there_and_back(&m).want;
    assert_memory_equal(&w, &m.want, sizeof w);
}

static void test_events_there_and_back(void **state)
{
    struct sb_message m = {.type = SB_MSG_EVENTS, .events = history.events};
    (void)state;
    m.events.last = true;
    m.events.items[4].salt = NULL;
    m.events.items[4].body = (struct sb_bytes){0};
    m.events.items[4].erased = true;
    struct sb_events e = there_and_back(&m).events;
    assert_true(e.last && sb_epoch_eq(e.epoch, history.events.epoch));
    assert_int_equal(e.n_items, history.events.n_items);
    assert_int_equal(e.n_checkpoints, history.events.n_checkpoints);
    assert_int_equal(e.items[2].link.audience.n, 2);
    assert_string_equal(e.items[2].link.audience.orgs[1].s, "GM0451");
    assert_memory_equal(e.items[3].salt, history.events.items[3].salt, 32);
    assert_true(e.items[4].erased && e.items[4].salt == NULL && !e.items[3].erased);
}

static void test_bodies_there_and_back(void **state)
{
    struct sb_seq seqs[] = {{1}, {300}, {UINT64_MAX}};
    struct sb_body_item items[] = {
        {{5}, HASH, history.events.items[3].salt, history.events.items[3].body, false},
        {.seq = {6}, .link_hash = HASH, .erased = true},
    };
    struct sb_message want = {.type = SB_MSG_WANT_BODIES};
    struct sb_message bodies = {.type = SB_MSG_BODIES};
    (void)state;
    want.want_bodies = (struct sb_want_bodies){GM0437, EPOCH, seqs, 3};
    struct sb_want_bodies w = there_and_back(&want).want_bodies;
    assert_int_equal(w.n_seqs, 3);
    assert_true(w.seqs[1].n == 300 && w.seqs[2].n == UINT64_MAX);
    bodies.bodies = (struct sb_bodies){GM0437, EPOCH, items, 2, true};
    struct sb_bodies b = there_and_back(&bodies).bodies;
    assert_int_equal(b.n_items, 2);
    assert_true(b.last && b.items[1].erased && b.items[1].salt == NULL);
    assert_int_equal(b.items[0].body.n, items[0].body.n);
}

static void test_summaries_there_and_back(void **state)
{
    struct sb_head epochs[] = {{.epoch = EPOCH, .checkpoint = {{9}, HASH, {5}, {{1}}}}};
    struct sb_range_digest parts[] = {{1, 10, 7, HASH}, {11, 20, 0, {{0}}}};
    struct sb_message m = {.type = SB_MSG_SUMMARY};
    (void)state;
    m.summary = (struct sb_summary){GM0437, 1, 20, 5, 6, epochs, 1, parts, 2};
    struct sb_summary s = there_and_back(&m).summary;
    assert_true(s.from == 1 && s.to == 20 && s.n_epochs == 1 && s.n_parts == 2);
    assert_true(s.parts[1].from == 11 && s.parts[0].count == 7);
    assert_true(s.next == 6 && s.skip == 0);
    m.type = SB_MSG_SUMMARY_REQUEST;
    s = there_and_back(&m).summary;
    assert_true(s.from == 1 && s.to == 20 && s.n_epochs == 0 && s.n_parts == 0);
    assert_true(s.skip == 5 && s.next == 0);
}

static void test_small_messages_there_and_back(void **state)
{
    struct sb_message m = {.type = SB_MSG_VIEW,
                           .view = {.state = "stalled",
                                    .reason = "silent for 6 s",
                                    .waits = true,
                                    .shows = "agenda/",
                                    .hidden = 1,
                                    .hidden_topic = "custom/x"}};
    (void)state;
    struct sb_view v = there_and_back(&m).view;
    assert_string_equal(v.shows, "agenda/");
    assert_string_equal(v.hidden_topic, "custom/x");
    assert_int_equal(v.hidden, 1);
    assert_string_equal(there_and_back(&m).view.reason, "silent for 6 s");
    assert_true(there_and_back(&m).view.waits && !there_and_back(&m).view.silent);
    m = (struct sb_message){.type = SB_MSG_REFUSAL, .refusal = {SB_CODE_QUOTA, "full"}};
    assert_int_equal(there_and_back(&m).refusal.code, SB_CODE_QUOTA);
    m = (struct sb_message){.type = SB_MSG_CREDIT, .credit = {3, 100}};
    assert_int_equal(there_and_back(&m).credit.credit, 100);
    m.type = SB_MSG_UNSUBSCRIBE;
    m.credit.credit = 0;
    assert_int_equal(there_and_back(&m).credit.subscription, 3);
    m = (struct sb_message){.type = SB_MSG_FETCH, .fetch = {GM0437, EPOCH, 2, {9}}};
    struct sb_fetch f = there_and_back(&m).fetch;
    assert_memory_equal(&f, &m.fetch, sizeof f);
    m = (struct sb_message){.type = SB_MSG_QUERY, .request = 8};
    (void)there_and_back(&m);
    m.type = SB_MSG_FRONTIER_REQUEST;
    (void)there_and_back(&m);
}

static void test_fetched_names_the_origin_of_the_next_page(void **state)
{
    struct sb_message m = {.type = SB_MSG_FETCHED};
    (void)state;
    m.fetched = (struct sb_fetched){
        history.events, true, {history.events.origin, EPOCH, 1, {77}}, history.key};
    struct sb_fetched f = there_and_back(&m).fetched;
    assert_true(f.end && f.next.seq.n == 77 && f.next.branch == 1);
    assert_string_equal(f.next.origin.s, "GM0384");
    assert_memory_equal(f.sign_key.b, history.key.b, sizeof history.key.b);
    assert_int_equal(f.events.n_items, history.events.n_items);
}

static void test_broadcast_there_and_back(void **state)
{
    struct sb_message m = {.type = SB_MSG_BROADCAST};
    (void)state;
    m.broadcast = (struct sb_broadcast){.item = history.events.items[3],
                                        .checkpoint = history.events.checkpoints[0],
                                        .offset = {57},
                                        .previous = {55}};
    struct sb_broadcast b = there_and_back(&m).broadcast;
    assert_true(b.offset.n == 57 && b.previous.n == 55 && b.item.link.seq.n == 4);
    m.broadcast.checkpoint.seq.n = 3; /* below the link that it should cover */
    assert_int_equal(sb_wire_decode(&m, sb_wire_encode(&m, &arena), &arena, why),
                     SB_CODE_MALFORMED);
    assert_string_equal(why, "BROADCAST: Broadcast: a checkpoint that does not cover the link");
}

static void test_publish_normalises_the_audience(void **state)
{
    struct sb_org orgs[] = {{"GM0451"}, {"GM0437"}, {"GM0451"}};
    struct sb_submission items[] = {{UUID, {orgs, 3}, {(const uint8_t *)"body", 4}}, {.id = {{9}}}};
    struct sb_message m = {.type = SB_MSG_PUBLISH, .publish = {2, 5000, items, 2}}, back;
    (void)state;
    assert_int_equal(sb_wire_decode(&back, sb_wire_encode(&m, &arena), &arena, why), SB_CODE_OK);
    assert_true(back.publish.remote == 2 && back.publish.timeout_ms == 5000);
    assert_int_equal(back.publish.n_items, 2);
    assert_int_equal(back.publish.items[0].audience.n, 2);
    assert_string_equal(back.publish.items[0].audience.orgs[0].s, "GM0437");
    assert_memory_equal(back.publish.items[0].body.p, "body", 4);
    assert_int_equal(back.publish.items[1].audience.n, 0);
    (void)there_and_back(&back);
}

static void test_results_there_and_back(void **state)
{
    struct sb_result items[] = {{0, SB_CODE_OK, "", "3-9f1c2ab7", {12}, true},
                                {1, SB_CODE_ID_CONFLICT, "two contents", "", {0}, false}};
    struct sb_message m = {.type = SB_MSG_RESULTS, .results = {GM0437, items, 2}};
    (void)state;
    struct sb_results r = there_and_back(&m).results;
    assert_string_equal(r.items[0].epoch, "3-9f1c2ab7");
    assert_string_equal(r.items[0].text, "");
    assert_true(r.items[0].duplicate && r.items[0].seq.n == 12);
    assert_int_equal(r.items[1].code, SB_CODE_ID_CONFLICT);
    assert_string_equal(r.items[1].text, "two contents");
}

static void test_subscribe_there_and_back(void **state)
{
    struct sb_tip cursor[] = {{GM0437, EPOCH, {12}, HASH, true}};
    const char *topics[] = {"decision/", "agenda/wonen"};
    struct sb_org origins[] = {{"GM0384"}, {"GM0451"}};
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE};
    (void)state;
    m.subscribe = (struct sb_subscribe){5,    cursor, 1,      {9}, {10},    true, true, true,
                                        true, true,   topics, 2,   origins, 2,    1000, "archive"};
    struct sb_subscribe s = there_and_back(&m).subscribe;
    assert_string_equal(s.cursor[0].origin.s, GM0437.s);
    assert_true(sb_epoch_eq(s.cursor[0].epoch, EPOCH) && s.cursor[0].seq.n == 12);
    assert_true(sb_hash_eq(&s.cursor[0].hash, &HASH) && s.cursor[0].past);
    assert_string_equal(s.topics[1], "agenda/wonen");
    assert_string_equal(s.origins[1].s, "GM0451");
    assert_true(s.live_only && s.follow && s.system && s.stubs && s.credit == 1000);
    assert_true(s.from_offset.n == 9 && s.since.ms == 10);
    assert_string_equal(s.consumer, "archive");
}

static void test_deliver_there_and_back(void **state)
{
    struct sb_delivered items[] = {
        {{57}, history.events.items[3], SB_BODY_PRESENT, {1795428000123}, true, "2-12345678"},
        {{58}, history.events.items[2], SB_BODY_WITHHELD, {5}, false, ""}};
    struct sb_message m = {.type = SB_MSG_DELIVER, .deliver = {5, items, 2, true, {59}}};
    (void)state;
    items[1].item.salt = NULL;
    items[1].item.body = (struct sb_bytes){0};
    struct sb_deliver d = there_and_back(&m).deliver;
    assert_true(d.end && d.position.n == 59 && d.subscription == 5);
    assert_true(d.items[0].forked && d.items[0].offset.n == 57);
    assert_int_equal(d.items[1].state, SB_BODY_WITHHELD);
    assert_string_equal(d.items[0].epoch, "2-12345678");
    items[1].state = SB_BODY_PRESENT; /* without a body */
    assert_int_equal(sb_wire_decode(&m, sb_wire_encode(&m, &arena), &arena, why),
                     SB_CODE_MALFORMED);
}

static void test_answer_says_what_clients_are_shown(void **state)
{
    struct sb_status_peer peer = {.id = "GM0451",
                                  .shows = "agenda/",
                                  .hidden = 4,
                                  .their_shows = "decision/",
                                  .their_hidden = 5,
                                  .their_hidden_topic = "custom/x"};
    struct sb_status status = {.organisation = "GM0384", .peers = &peer, .n_peers = 1};
    struct sb_message m = {.type = SB_MSG_ANSWER, .status = &status};
    (void)state;
    const struct sb_status_peer *p = there_and_back(&m).status->peers;
    assert_string_equal(p->shows, "agenda/");
    assert_string_equal(p->their_shows, "decision/");
    assert_string_equal(p->their_hidden_topic, "custom/x");
    assert_true(p->hidden == 4 && p->their_hidden == 5);
}

static void test_answer_there_and_back(void **state)
{
    struct sb_status_head heads[] = {{"GM0384", "3-9f1c2ab7", 12, "2026-11-23T10:00:00.123Z"}};
    const char *strangers[] = {"GM0736", "GM0362"};
    struct sb_status_peer peers[] = {{.id = "GM0451",
                                      .name = "Uithoorn",
                                      .outgoing = {"live", "", 410},
                                      .incoming = {"stalled", "silent", -1},
                                      .lag_events = 1,
                                      .lag_seconds = 2,
                                      .their_lag_events = 3,
                                      .their_state = "live",
                                      .their_reason = "well",
                                      .over_others = true,
                                      .software = "samenbusd 9",
                                      .clock_known = true,
                                      .clock_offset_ms = -250,
                                      .strangers = strangers,
                                      .n_strangers = 2}};
    struct sb_status_alarm alarms[] = {{"fork", "2026-11-23T10:00:00.123Z", "two histories"}};
    struct sb_status status = {.organisation = "GM0384",
                               .name = "Diemen",
                               .partnership = "duoplus",
                               .version = "0.1.0",
                               .state = "ready",
                               .reason = "",
                               .store_id = "ab",
                               .running_digest = "ab12",
                               .file_digest = "",
                               .events = 57,
                               .bytes = 81920,
                               .map_bytes = 1048576,
                               .lag_events = 4,
                               .heads = heads,
                               .n_heads = 1,
                               .peers = peers,
                               .n_peers = 1,
                               .alarms = alarms,
                               .n_alarms = 1,
                               .malformed_frames = 5,
                               .denied = 6,
                               .missing_bodies = 7,
                               .commits = 8,
                               .dropped_unknown_origin = 9,
                               .without_effect = 10};
    struct sb_message m = {.type = SB_MSG_ANSWER, .status = &status};
    (void)state;
    const struct sb_status *s = there_and_back(&m).status;
    assert_true(s->events == 57 && s->map_bytes == 1048576 && s->dropped_unknown_origin == 9);
    assert_int_equal(s->without_effect, 10);
    assert_string_equal(s->peers[0].their_reason, "well");
    assert_string_equal(s->peers[0].outgoing.reason, "");
    assert_true(s->peers[0].incoming.last_contact_ms == -1);
    assert_true(s->peers[0].over_others);
    assert_true(s->peers[0].clock_known && s->peers[0].clock_offset_ms == -250);
    assert_int_equal(s->peers[0].n_unlisted, 0);
    assert_string_equal(s->peers[0].strangers[1], "GM0362");
    assert_string_equal(s->running_digest, "ab12");
    assert_string_equal(s->file_digest, "");
    assert_string_equal(s->alarms[0].text, "two histories");
    assert_string_equal(s->heads[0].epoch, "3-9f1c2ab7");
    assert_string_equal(s->reason, "");
}

static int set_up(void **state)
{
    const struct history_plan plan = {.events = 12, .per_checkpoint = 5, .payload = 100};
    (void)state;
    sb_arena_init(&arena, 64 * 1024 * 1024);
    history_init(&history, &plan);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_fini(&history);
    sb_arena_fini(&arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_header_is_these_eight_bytes),
        TEST(test_hello_there_and_back),
        TEST(test_frontier_there_and_back),
        TEST(test_want_there_and_back),
        TEST(test_events_there_and_back),
        TEST(test_bodies_there_and_back),
        TEST(test_summaries_there_and_back),
        TEST(test_small_messages_there_and_back),
        TEST(test_fetched_names_the_origin_of_the_next_page),
        TEST(test_broadcast_there_and_back),
        TEST(test_publish_normalises_the_audience),
        TEST(test_results_there_and_back),
        TEST(test_subscribe_there_and_back),
        TEST(test_deliver_there_and_back),
        TEST(test_answer_there_and_back),
        TEST(test_answer_says_what_clients_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
