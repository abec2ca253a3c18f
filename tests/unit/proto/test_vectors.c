/* The vectors of proto/vectors/ against this implementation: layouts, hashes, signatures, and what
 * must be refused. Every other implementation runs the same. */
#include <inttypes.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/export.h"
#include "proto/wire.h"
#include "tests/unit/proto/vector_file.h"

static void expect_bytes(const void *p, size_t n, const json_t *one, const char *key,
                         struct sb_arena *arena)
{
    struct sb_bytes expected = vector_bytes(one, key, arena);
    assert_int_equal(n, expected.n);
    assert_memory_equal(p, expected.p, n);
}

static void expect_fault(enum sb_fault fault, const json_t *one)
{
    const char *expected = vector_text(one, "fault");
    assert_string_equal(sb_fault_name(fault), expected == NULL ? "none" : expected);
}

/* ---- bodies */

static void check_body(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_salt salt;
    struct sb_body_head head;
    (void)index;
    vector_copy(salt.b, sizeof salt.b, one, "salt", arena);
    struct sb_bytes body = vector_bytes(one, "body", arena);
    struct sb_hash commitment = sb_commitment(&salt, body);
    expect_bytes(commitment.b, sizeof commitment.b, one, "commitment", arena);
    assert_true(sb_body_well_formed(body) && sb_body_head_read(&head, body));
    const json_t *shown = json_object_get(one, "head");
    const char *topic = vector_text(shown, "topic"), *type = vector_text(shown, "type");
    assert_int_equal(head.topic.n, strlen(topic));
    assert_memory_equal(head.topic.p, topic, head.topic.n);
    assert_int_equal(head.time.ms, vector_number(shown, "timeMs"));
    assert_string_equal(sb_content_name(head.content), type == NULL ? "" : type);
}

static void check_sealed(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_time time = {vector_number(one, "timeMs")};
    struct sb_bytes body = sb_body_seal(vector_bytes(one, "submission", arena), time,
                                        vector_text(one, "publisher"), arena);
    (void)index;
    expect_bytes(body.p, body.n, one, "body", arena);
}

static void check_malformed(const json_t *one, size_t index, struct sb_arena *arena)
{
    (void)index;
    assert_false(sb_body_well_formed(vector_bytes(one, "body", arena)));
}

static void check_submission(const json_t *one, size_t index, struct sb_arena *arena)
{
    char text[512];
    enum sb_code code =
        sb_submission_check(vector_bytes(one, "submission", arena), arena, text, sizeof text);
    (void)index;
    assert_string_equal(sb_code_name(code), vector_text(one, "code"));
}

static void test_vectors_of_bodies(void **state)
{
    (void)state;
    vector_each("bodies", "bodies", check_body);
    vector_each("bodies", "sealed", check_sealed);
    vector_each("bodies", "malformed", check_malformed);
    vector_each("submissions", "submissions", check_submission);
}

/* ---- links */

static void expect_fields(const struct sb_link *link, const json_t *one, struct sb_arena *arena)
{
    static const char *const kinds[] = {"", "system", "open", "restricted"};
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &link->id);
    expect_bytes(link->partnership.b, sizeof link->partnership.b, one, "partnership", arena);
    assert_string_equal(link->origin.s, vector_text(one, "origin"));
    assert_true(sb_epoch_eq(link->epoch, vector_epoch(one, arena)));
    assert_int_equal(link->seq.n, vector_number(one, "seq"));
    expect_bytes(link->prev.b, sizeof link->prev.b, one, "prev", arena);
    assert_string_equal(kinds[link->kind], vector_text(one, "kind"));
    assert_string_equal(id, vector_text(one, "id"));
    assert_int_equal(link->audience.n, vector_count(one, "audience"));
    for (size_t i = 0; i < link->audience.n; i++) {
        assert_string_equal(link->audience.orgs[i].s,
                            json_string_value(vector_at(one, "audience", i)));
    }
    assert_int_equal(link->body_len, vector_number(one, "bodyLength"));
    expect_bytes(link->commitment.b, sizeof link->commitment.b, one, "commitment", arena);
}

static void check_link(const json_t *one, size_t index, struct sb_arena *arena)
{
    static const struct sb_org orgs[] = {{"GM0384"}, {"GM0437"}, {"GM0451"}};
    struct sb_org audience[SB_AUDIENCE_MAX];
    struct sb_link link;
    uint8_t again[SB_LINK_MAX];
    size_t entitled = 0;
    struct sb_bytes bytes = vector_bytes(one, "bytes", arena);
    struct sb_hash hash = sb_link_hash_bytes(bytes.p, bytes.n);
    (void)index;
    assert_true(sb_link_decode(&link, audience, bytes.p, bytes.n));
    expect_fields(&link, one, arena);
    expect_bytes(hash.b, sizeof hash.b, one, "hash", arena);
    assert_int_equal(sb_link_encode(again, &link), bytes.n);
    assert_memory_equal(again, bytes.p, bytes.n);
    for (size_t i = 0; i < sizeof orgs / sizeof *orgs; i++) {
        if (sb_link_entitles(&link, &orgs[i])) {
            assert_string_equal(orgs[i].s,
                                json_string_value(vector_at(one, "entitled", entitled++)));
        }
    }
    assert_int_equal(entitled, vector_count(one, "entitled"));
}

static void check_refused_link(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_org audience[SB_AUDIENCE_MAX];
    struct sb_link link;
    struct sb_bytes bytes = vector_bytes(one, "bytes", arena);
    (void)index;
    assert_false(sb_link_decode(&link, audience, bytes.p, bytes.n));
    expect_fault(SB_FAULT_BAD_LINK, one);
}

static void test_vectors_of_links(void **state)
{
    (void)state;
    vector_each("links", "links", check_link);
    vector_each("links", "refused", check_refused_link);
}

/* ---- what is signed */

static void check_epoch(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_org audience[SB_AUDIENCE_MAX];
    struct sb_link link;
    struct sb_sign_public pinned;
    struct sb_epoch_start start;
    struct sb_salt salt;
    struct sb_bytes bytes = vector_bytes(one, "link", arena);
    struct sb_bytes body = vector_bytes(one, "body", arena);
    struct sb_bytes tag = vector_bytes(one, "bodyTag", arena);
    struct sb_reader r;
    (void)index;
    sb_reader_init(&r, tag.p, tag.n);
    assert_true(sb_epoch_tag(body) == sb_get_u64(&r));
    vector_copy(pinned.b, sizeof pinned.b, one, "pinned", arena);
    assert_true(sb_link_decode(&link, audience, bytes.p, bytes.n));
    enum sb_fault fault = sb_epoch_start_verify(&start, &link, body, &pinned, arena);
    expect_fault(fault, one);
    vector_copy(salt.b, sizeof salt.b, one, "salt", arena);
    assert_int_equal(sb_body_verify(&link, &salt, body), SB_FAULT_NONE);
    if (fault == SB_FAULT_NONE) {
        expect_bytes(start.first_commitment.b, sizeof start.first_commitment.b, one,
                     "firstCommitment", arena);
        assert_true(sb_epoch_eq(link.epoch, vector_epoch(one, arena)));
        assert_int_equal(start.n_parents, vector_number(one, "parents"));
        expect_bytes(start.sign_key.b, sizeof start.sign_key.b, one, "signKey", arena);
        expect_bytes(start.nonce, sizeof start.nonce, one, "nonce", arena);
    }
}

static void check_checkpoint(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_checkpoint c;
    struct sb_sign_public key;
    uint8_t message[SB_CHECKPOINT_SIGNED_MAX];
    struct sb_chain_ref of = {vector_hash(one, "partnership", arena), vector_org(one, "origin"),
                              vector_epoch(one, arena)};
    struct sb_bytes bytes = vector_bytes(one, "bytes", arena);
    (void)index;
    vector_copy(key.b, sizeof key.b, one, "key", arena);
    bool readable = sb_checkpoint_decode(&c, bytes.p, bytes.n);
    assert_int_equal(c.seq.n, vector_number(one, "seq"));
    assert_int_equal(c.time.ms, vector_number(one, "timeMs"));
    expect_bytes(message, sb_checkpoint_signed_bytes(message, &of, &c), one, "signed", arena);
    assert_int_equal(readable && sb_checkpoint_verify(&c, &of, &key), vector_flag(one, "valid"));
}

static void check_certificate(const json_t *one, size_t index, struct sb_arena *arena)
{
    uint8_t message[SB_CERTIFICATE_SIGNED_MAX];
    struct sb_hash partnership = vector_hash(one, "partnership", arena);
    struct sb_certificate c = {.origin = vector_org(one, "origin"),
                               .time = {vector_number(one, "timeMs")}};
    (void)index;
    vector_copy(c.old_key.b, sizeof c.old_key.b, one, "oldKey", arena);
    vector_copy(c.new_key.b, sizeof c.new_key.b, one, "newKey", arena);
    vector_copy(c.old_signature.b, sizeof c.old_signature.b, one, "oldSignature", arena);
    vector_copy(c.new_signature.b, sizeof c.new_signature.b, one, "newSignature", arena);
    expect_bytes(message, sb_certificate_signed_bytes(message, &c, &partnership), one, "signed",
                 arena);
    assert_int_equal(sb_certificate_verify(&c, &partnership), vector_flag(one, "valid"));
}

static void test_vectors_of_what_is_signed(void **state)
{
    (void)state;
    vector_each("epochs", "epochs", check_epoch);
    vector_each("checkpoints", "checkpoints", check_checkpoint);
    vector_each("certificates", "certificates", check_certificate);
}

/* ---- frames */

static void check_frame(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    struct sb_bytes frame = vector_bytes(one, "frame", arena);
    (void)index;
    assert_int_equal(sb_wire_decode(&m, frame, arena, why), SB_CODE_OK);
    assert_int_equal(m.type, vector_number(one, "type"));
    assert_int_equal(m.request, vector_number(one, "request"));
    assert_string_equal(sb_msg_name(m.type), vector_text(one, "message"));
    struct sb_bytes again = sb_wire_encode(&m, arena);
    expect_bytes(again.p, again.n, one, "frame", arena);
}

static void check_refused_frame(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    enum sb_code code = sb_wire_decode(&m, vector_bytes(one, "frame", arena), arena, why);
    (void)index;
    assert_string_equal(sb_code_name(code), vector_text(one, "code"));
}

static void test_vectors_of_frames(void **state)
{
    (void)state;
    vector_each("frames", "frames", check_frame);
    vector_each("frames", "refused", check_refused_frame);
}

/* ---- histories */

enum { ITEMS_MAX = 16 };

static void read_item(struct sb_item *item, const json_t *from, struct sb_arena *arena)
{
    struct sb_org *audience = sb_arena_alloc(arena, SB_AUDIENCE_MAX * sizeof *audience);
    struct sb_bytes salt = vector_bytes(from, "salt", arena);
    *item = (struct sb_item){.link_bytes = vector_bytes(from, "link", arena),
                             .salt = (const struct sb_salt *)salt.p,
                             .body = vector_bytes(from, "body", arena)};
    assert_non_null(audience);
    assert_true(sb_link_decode(&item->link, audience, item->link_bytes.p, item->link_bytes.n));
}

static void read_events(struct sb_events *events, const json_t *one, struct sb_arena *arena)
{
    events->n_items = vector_count(one, "items");
    events->n_checkpoints = vector_count(one, "checkpoints");
    assert_true(events->n_items <= ITEMS_MAX && events->n_checkpoints <= ITEMS_MAX);
    for (size_t i = 0; i < events->n_items; i++) {
        read_item(&events->items[i], vector_at(one, "items", i), arena);
    }
    for (size_t i = 0; i < events->n_checkpoints; i++) {
        uint8_t bytes[SB_CHECKPOINT_BYTES];
        const char *text = json_string_value(vector_at(one, "checkpoints", i));
        assert_true(sb_hex_decode(bytes, sizeof bytes, text, strlen(text)));
        assert_true(sb_checkpoint_decode(&events->checkpoints[i], bytes, sizeof bytes));
    }
}

static void check_segment(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_item items[ITEMS_MAX];
    struct sb_checkpoint checkpoints[ITEMS_MAX];
    struct sb_events events = {.origin = vector_org(one, "origin"),
                               .epoch = vector_epoch(one, arena),
                               .items = items,
                               .checkpoints = checkpoints};
    struct sb_sign_public pinned;
    struct sb_segment segment;
    struct sb_seq at;
    struct sb_bytes key = vector_bytes(one, "key", arena),
                    promised = vector_bytes(one, "promised", arena);
    (void)index;
    vector_copy(pinned.b, sizeof pinned.b, one, "pinned", arena);
    read_events(&events, one, arena);
    struct sb_segment_check check = {sb_partnership_hash("duoplus"), &pinned,
                                     (const struct sb_sign_public *)key.p, NULL,
                                     (const struct sb_hash *)promised.p};
    expect_fault(sb_segment_verify(&segment, &events, &check, arena, &at), one);
    assert_int_equal(at.n, vector_number(one, "at"));
}

struct expected_lines {
    const json_t *one;
    size_t n;
};

static void expect_line(void *context, const struct sb_export_fault *f)
{
    struct expected_lines *e = context;
    char line[SB_LABEL_MAX + 200], epoch[SB_EPOCH_TEXT_MAX], place[SB_EPOCH_TEXT_MAX + 24] = "-";
    assert_true(e->n < vector_count(e->one, "lines"));
    sb_epoch_format(epoch, f->epoch, 8);
    if (f->epoch.counter != 0) {
        (void)snprintf(place, sizeof place, "%s:%" PRIu64, epoch, f->seq.n);
    }
    (void)snprintf(line, sizeof line, "fault %s %s %s: %s",
                   f->origin.s[0] == '\0' ? "-" : f->origin.s, place, sb_fault_name(f->fault),
                   f->text);
    assert_string_equal(line, json_string_value(vector_at(e->one, "lines", e->n++)));
}

static void check_export(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_export_totals totals;
    struct expected_lines e = {one, 0};
    char line[100];
    struct sb_bytes file = vector_bytes(one, "file", arena);
    (void)index;
    assert_int_equal(sb_export_verify(&totals, file.p, file.n, expect_line, &e, NULL), SB_OK);
    if (totals.faults == 0) {
        (void)snprintf(line, sizeof line, "ok: %" PRIu64 " events, %" PRIu64 " epochs, 1 origins",
                       totals.events, totals.epochs);
        assert_string_equal(line, json_string_value(vector_at(one, "lines", e.n++)));
    }
    assert_int_equal(e.n, vector_count(one, "lines"));
}

static void test_vectors_of_histories(void **state)
{
    (void)state;
    vector_each("segments", "segments", check_segment);
    vector_each("exports", "exports", check_export);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_bodies),         cmocka_unit_test(test_vectors_of_links),
        cmocka_unit_test(test_vectors_of_what_is_signed), cmocka_unit_test(test_vectors_of_frames),
        cmocka_unit_test(test_vectors_of_histories),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
