/* Makes histories for tests; see history.h. Everything is counted, nothing is random: a test that
 * fails fails again. */
#include "tests/unit/proto/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/export.h"
#include "proto/pb_writer.h"

static const struct sb_org ORIGIN = {"GM0384"};
static const struct sb_org AUDIENCE[] = {{"GM0437"}, {"GM0451"}};
static const struct sb_time MADE_AT = {1795428000123};

struct sb_bytes history_submission(size_t payload, struct sb_arena *arena)
{
    static const uint8_t data[HISTORY_BODY_MAX];
    uint8_t custom[HISTORY_BODY_MAX + 64];
    struct sb_pb_writer c = {.p = custom};
    assert(payload <= sizeof data);
    sb_pb_put_bytes(&c, 1, "application/octet-stream", 24);
    sb_pb_put_bytes(&c, 2, data, payload);
    uint8_t *to = sb_arena_alloc(arena, payload + 128);
    assert(to != NULL);
    struct sb_pb_writer w = {.p = to};
    sb_pb_put_bytes(&w, 1, "agenda/wonen", 12);
    sb_pb_put_bytes(&w, SB_CONTENT_CUSTOM, custom, c.n);
    return (struct sb_bytes){to, w.n};
}

static void give_body(struct history *h, size_t i, struct sb_bytes body)
{
    struct sb_item *item = &h->events.items[i];
    struct sb_salt *salt = sb_arena_alloc(&h->arena, sizeof *salt);
    assert(salt != NULL && body.p != NULL);
    memset(salt->b, (int)(i & 0xff), sizeof salt->b);
    item->salt = salt;
    item->body = body;
    item->link.body_len = (uint32_t)body.n;
    item->link.commitment = sb_commitment(salt, body);
}

static void make_event(struct history *h, size_t i, size_t payload)
{
    struct sb_link *link = &h->events.items[i].link;
    *link = (struct sb_link){.partnership = h->partnership,
                             .origin = ORIGIN,
                             .seq = {i + 1},
                             .kind = i == 0 ? SB_KIND_SYSTEM : SB_KIND_OPEN,
                             .id = sb_uuid_v7((struct sb_time){(int64_t)i}, h->seed.b)};
    if (i == 2) {
        link->kind = SB_KIND_RESTRICTED;
        link->audience = (struct sb_audience){AUDIENCE, 2};
    }
    if (i > 0) {
        give_body(
            h, i,
            sb_body_seal(history_submission(payload, &h->arena), MADE_AT, "operator", &h->arena));
    }
}

static void make_start(struct history *h)
{
    h->start.counter = 2;
    h->start.n_parents = 1;
    h->start.parents[0] = (struct sb_parent){{1, 0xabc}, {7}, {{1}}};
    h->start.sign_key = h->key;
    h->start.first_commitment = h->events.items[1].link.commitment;
    struct sb_bytes body = sb_epoch_start_build(&h->start, MADE_AT, &h->arena);
    give_body(h, 0, body);
    h->events.epoch = (struct sb_epoch){h->start.counter, sb_epoch_tag(body)};
}

void history_relink(struct history *h, size_t first)
{
    for (size_t i = first; i < h->events.n_items; i++) {
        struct sb_item *item = &h->events.items[i];
        if (i > 0) {
            struct sb_bytes before = h->events.items[i - 1].link_bytes;
            item->link.prev = sb_link_hash_bytes(before.p, before.n);
        }
        uint8_t bytes[SB_LINK_MAX];
        size_t n = sb_link_encode(bytes, &item->link);
        item->link_bytes = sb_arena_copy(&h->arena, bytes, n);
        assert(item->link_bytes.p != NULL);
    }
    for (size_t i = 0; i < h->events.n_checkpoints; i++) {
        struct sb_checkpoint *c = &h->events.checkpoints[i];
        struct sb_bytes covered = h->events.items[c->seq.n - 1].link_bytes;
        c->hash = sb_link_hash_bytes(covered.p, covered.n);
    }
    history_resign(h);
}

void history_resign(struct history *h)
{
    const struct sb_chain_ref of = {h->partnership, h->events.origin, h->events.epoch};
    for (size_t i = 0; i < h->events.n_checkpoints; i++) {
        sb_checkpoint_sign(&h->events.checkpoints[i], &of, &h->seed);
    }
}

static void place_checkpoints(struct history *h, size_t per_checkpoint)
{
    size_t last = h->events.n_items;
    for (size_t seq = 2; seq <= last; seq++) {
        if (seq == last || seq % per_checkpoint == 0) {
            h->events.checkpoints[h->events.n_checkpoints++] =
                (struct sb_checkpoint){.seq = {seq}, .time = MADE_AT};
        }
    }
}

void history_init(struct history *h, const struct history_plan *plan)
{
    assert(plan->events >= 2 && plan->events <= HISTORY_EVENTS_MAX && sb_crypto_init());
    *h = (struct history){.events = {.origin = ORIGIN, .n_items = plan->events}};
    sb_arena_init(&h->arena, 64 * 1024 * 1024);
    memset(h->seed.b, 42, sizeof h->seed.b);
    h->key = sb_sign_public_of(&h->seed);
    h->partnership = sb_partnership_hash(HISTORY_PARTNERSHIP);
    h->events.items = calloc(plan->events, sizeof *h->events.items);
    h->events.checkpoints = calloc(plan->events, sizeof *h->events.checkpoints);
    assert(h->events.items != NULL && h->events.checkpoints != NULL);
    for (size_t i = 0; i < plan->events; i++) {
        make_event(h, i, plan->payload);
    }
    make_start(h);
    for (size_t i = 0; i < plan->events; i++) {
        h->events.items[i].link.epoch = h->events.epoch;
    }
    place_checkpoints(h, plan->per_checkpoint);
    history_relink(h, 0);
}

void history_fini(struct history *h)
{
    free(h->events.items);
    free(h->events.checkpoints);
    sb_arena_fini(&h->arena);
}

uint8_t *history_export(const struct history *h, size_t *n)
{
    struct sb_export_header header = {HISTORY_PARTNERSHIP, h->events.origin, h->key};
    char *file = NULL;
    FILE *to = open_memstream(&file, n);
    assert(to != NULL);
    bool ok = sb_export_begin(to, &header, NULL) == SB_OK &&
              sb_export_events(to, &h->events, NULL) == SB_OK &&
              sb_export_end(to, h->events.n_items, NULL) == SB_OK;
    ok = fclose(to) == 0 && ok;
    assert(ok);
    return (uint8_t *)file;
}
