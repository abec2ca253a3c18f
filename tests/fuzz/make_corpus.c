/* Writes the corpora of the fuzz targets of proto/ anew: honest inputs for the fuzzer to spoil. Run
 * it when a format changes: build/<preset>/bin/fuzz/make_corpus tests/fuzz/corpus. The files that
 * are there already stay, for they are what was found. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/lib/cursor.h"
#include "proto/export.h"
#include "proto/rekey.h"
#include "proto/wire.h"
#include "tests/unit/proto/history.h"

static const char *root;

static void write_input(const char *corpus, const char *name, const void *p, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", root, corpus);
    (void)mkdir(path, 0777); /* it may exist; if it does not come to be, fopen says so */
    snprintf(path, sizeof path, "%s/%s/%s", root, corpus, name);
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void write_frame(const char *name, const struct sb_message *m, struct sb_arena *arena)
{
    struct sb_bytes frame = sb_wire_encode(m, arena);
    assert(frame.p != NULL);
    write_input("wire", name, frame.p, frame.n);
}

static void write_partner_frames(struct history *h)
{
    const struct sb_chain_ref of = {h->partnership, h->events.origin, h->events.epoch};
    struct sb_head heads[] = {{of.epoch, h->events.checkpoints[0], {2}}};
    struct sb_origin_heads origins[] = {{.origin = of.origin,
                                         .heads = heads,
                                         .n_heads = 1,
                                         .rest_count = 1,
                                         .rest_events = 7,
                                         .rest_whole = true,
                                         .rest_digest = h->partnership}};
    struct sb_range_digest parts[] = {{1, 4, 2, h->partnership}};
    struct sb_seq seqs[] = {{2}, {3}};
    struct sb_item *item = &h->events.items[1];
    struct sb_body_item bodies[] = {
        {{2}, h->partnership, item->salt, item->body, false},
        {.seq = {3}, .link_hash = h->partnership, .erased = true},
    };
    const struct sb_uuid id = item->link.id;
    struct sb_message m = {.type = SB_MSG_HELLO,
                           .hello = {of.partnership, of.origin, id, id, "samenbusd", true}};
    write_frame("hello", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_FRONTIER,
                            .frontier = {.node = of.origin,
                                         .boot_nonce = id,
                                         .store_id = id,
                                         .counter = 3,
                                         .full = true,
                                         .origins = origins,
                                         .n_origins = 1,
                                         .offsets = {{1}, {2}, {3}, {4}, {5}}}};
    write_frame("frontier", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_WANT,
                            .want = {of.origin, of.epoch, {2}, h->partnership, 4096, {5}}};
    write_frame("want", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_EVENTS, .events = h->events};
    write_frame("events", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_WANT_BODIES,
                            .want_bodies = {of.origin, of.epoch, seqs, 2}};
    write_frame("want_bodies", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_BODIES,
                            .bodies = {of.origin, of.epoch, bodies, 2, true}};
    write_frame("bodies", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_SUMMARY,
                            .summary = {of.origin, 1, 4, 512, 1024, heads, 1, parts, 1}};
    write_frame("summary", &m, &h->arena);
    m = (struct sb_message){
        .type = SB_MSG_BROADCAST,
        .broadcast = {h->events.items[1], h->events.checkpoints[0], {57}, {55}}};
    write_frame("broadcast", &m, &h->arena);
}

static void write_client_frames(struct history *h)
{
    struct sb_org orgs[] = {{"GM0437"}, {"GM0451"}};
    struct sb_submission submissions[] = {
        {h->events.items[1].link.id, {orgs, 2}, history_submission(10, &h->arena)}};
    struct sb_result results[] = {{0, SB_CODE_OK, "", "2-12345678", {2}, true},
                                  {1, SB_CODE_QUOTA, "full", "", {0}, false}};
    struct sb_tip cursor[] = {{h->events.origin, h->events.epoch, {2}, h->partnership, true}};
    const char *topics[] = {"agenda/", "decision/duoplus"};
    struct sb_delivered delivered[] = {
        {{57}, h->events.items[1], SB_BODY_PRESENT, {5}, false, "2-12345678"}};
    struct sb_status_head heads[] = {{"GM0384", "2-12345678", 2, "2026-11-23T10:00:00.123Z"}};
    struct sb_status status = {.organisation = "GM0384", .events = 5, .heads = heads, .n_heads = 1};
    struct sb_message m = {.type = SB_MSG_PUBLISH, .publish = {2, 5000, submissions, 1}};
    write_frame("publish", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_RESULTS, .results = {h->events.origin, results, 2}};
    write_frame("results", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_SUBSCRIBE,
                            .subscribe = {.subscription = 1,
                                          .cursor = cursor,
                                          .n_cursor = 1,
                                          .topics = topics,
                                          .n_topics = 2,
                                          .origins = orgs,
                                          .n_origins = 2,
                                          .follow = true,
                                          .credit = 100}};
    write_frame("subscribe", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_DELIVER, .deliver = {1, delivered, 1, true, {58}}};
    write_frame("deliver", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_FETCHED, .fetched = {.events = h->events, .end = true}};
    write_frame("fetched", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_ANSWER, .status = &status};
    write_frame("answer", &m, &h->arena);
    m = (struct sb_message){.type = SB_MSG_REFUSAL, .refusal = {SB_CODE_MALFORMED, "why"}};
    write_frame("refusal", &m, &h->arena);
}

static void write_pieces(struct history *h)
{
    uint8_t checkpoint[SB_CHECKPOINT_BYTES];
    const struct sb_item *items = h->events.items;
    struct sb_epoch_start certified = h->start;
    size_t n;
    write_input("link", "system", items[0].link_bytes.p, items[0].link_bytes.n);
    write_input("link", "open", items[1].link_bytes.p, items[1].link_bytes.n);
    write_input("link", "restricted", items[2].link_bytes.p, items[2].link_bytes.n);
    sb_checkpoint_encode(checkpoint, &h->events.checkpoints[0]);
    write_input("link", "checkpoint", checkpoint, sizeof checkpoint);
    write_input("body", "custom", items[1].body.p, items[1].body.n);
    write_input("body", "epoch_start", items[0].body.p, items[0].body.n);
    certified.certified = true;
    certified.certificate.origin = h->events.origin;
    sb_certificate_sign(&certified.certificate, &h->partnership, &h->seed, &h->seed);
    struct sb_bytes body = sb_epoch_start_build(&certified, (struct sb_time){5}, &h->arena);
    write_input("body", "certified", body.p, body.n);
    uint8_t *file = history_export(h, &n);
    write_input("export", "honest", file, n);
    write_input("export", "cut", file, n / 2);
    file[n / 2] ^= 1;
    write_input("export", "flipped", file, n);
    free(file);
}

static void write_texts(struct history *h)
{
    struct sb_cursor cursor = {.store = "0123456789abcdef0123456789abcdef", .offset = {57}};
    for (size_t i = 0; i < h->events.n_items; i++) {
        enum sb_rc rc = sb_cursor_pass(&cursor, &h->events.items[i]);
        assert(rc == SB_OK);
    }
    char *text = sb_cursor_print(&cursor);
    assert(text != NULL);
    write_input("cursor", "one_epoch", text, strlen(text));
    free(text);
    sb_cursor_fini(&cursor);

    const struct sb_rekey_tip tips[] = {{{1, 0x9f1c2ab7U}, {57}, h->partnership},
                                        {{2, UINT64_MAX}, {UINT64_MAX}, h->partnership}};
    struct sb_rekey rekey = {.partnership = "duoplus",
                             .organisation = h->events.origin,
                             .old_key = sb_sign_public_of(&h->seed),
                             .sign_key = sb_sign_public_of(&h->seed),
                             .tips = tips,
                             .n_tips = 2};
    struct sb_bytes announcement = sb_rekey_write(&rekey, &h->seed, &h->arena);
    assert(announcement.p != NULL);
    write_input("rekey", "two_tips", announcement.p, announcement.n);
    rekey.n_tips = 0;
    announcement = sb_rekey_write(&rekey, &h->seed, &h->arena);
    assert(announcement.p != NULL);
    write_input("rekey", "no_tips", announcement.p, announcement.n);
}

int main(int argc, char **argv)
{
    const struct history_plan plan = {.events = 5, .per_checkpoint = 3, .payload = 10};
    struct history h;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 64;
    }
    root = argv[1];
    history_init(&h, &plan);
    write_partner_frames(&h);
    write_client_frames(&h);
    write_pieces(&h);
    write_texts(&h);
    history_fini(&h);
    return 0;
}
