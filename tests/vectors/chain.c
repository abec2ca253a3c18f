/* Makes epochs; see chain.h. */
#include "tests/vectors/chain.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/json.h"

struct sb_bytes submission_of(const char *json, struct sb_arena *arena,
                              struct sb_audience *audience)
{
    char line[4096];
    struct sb_submission s;
    struct sb_err err;
    enum sb_code code;
    size_t n = strlen(json);
    assert(n < sizeof line);
    for (size_t i = 0; i < n; i++) {
        line[i] = (char)(json[i] == '\'' ? '"' : json[i]);
    }
    enum sb_rc rc = sb_json_read_submission(&s, &code, line, n, VECTOR_TIME, arena, &err);
    assert(rc == SB_OK && code == SB_CODE_OK);
    if (audience != NULL) {
        *audience = s.audience;
    }
    return s.body;
}

void chain_init(struct chain *c, const char *origin, const char *signer, struct sb_arena *arena)
{
    *c = (struct chain){.arena = arena,
                        .partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
                        .seed = seed_of(signer)};
    c->events.origin = org_of(origin);
    c->events.items = c->items;
    c->events.checkpoints = c->checkpoints;
    c->start.sign_key = sb_sign_public_of(&c->seed);
    memcpy(c->start.nonce, seeded("nonce").b, sizeof c->start.nonce);
}

void chain_give_body(struct chain *c, size_t i, struct sb_bytes body)
{
    char text[64];
    struct sb_item *item = &c->items[i];
    struct sb_salt *salt = sb_arena_alloc(c->arena, sizeof *salt);
    assert(salt != NULL && body.p != NULL);
    (void)snprintf(text, sizeof text, "salt %u %zu", (unsigned)c->start.counter, i);
    memcpy(salt->b, seeded(text).b, sizeof salt->b);
    item->salt = salt;
    item->body = body;
    item->link.body_len = (uint32_t)body.n;
    item->link.commitment = sb_commitment(salt, body);
}

void chain_take_body(struct sb_item *item)
{
    item->salt = NULL;
    item->body = (struct sb_bytes){0};
}

struct sb_bytes chain_changed_body(const struct chain *c, size_t i, size_t longer)
{
    uint8_t *bytes = copy_of(c->arena, c->items[i].body, longer);
    bytes[5] ^= 1;
    return (struct sb_bytes){bytes, c->items[i].body.n + longer};
}

void chain_vouch(struct chain *c, const char *signer, const char *new)
{
    const struct sb_sign_seed old_seed = seed_of(signer), new_seed = seed_of(new);
    c->start.certified = true;
    c->start.certificate = (struct sb_certificate){.origin = c->events.origin, .time = VECTOR_TIME};
    sb_certificate_sign(&c->start.certificate, &c->partnership, &old_seed, &new_seed);
}

static size_t append(struct chain *c, enum sb_kind kind, struct sb_audience audience)
{
    size_t i = c->events.n_items++;
    assert(i < CHAIN_EVENTS_MAX);
    c->items[i].link = (struct sb_link){.partnership = c->partnership,
                                        .origin = c->events.origin,
                                        .epoch = c->events.epoch,
                                        .seq = {i + 1},
                                        .kind = kind,
                                        .id = uuid_of((unsigned)(c->start.counter * 100 + i)),
                                        .audience = audience};
    return i;
}

static void append_json(struct chain *c, const char *json)
{
    struct sb_audience audience = {0};
    struct sb_bytes submission = submission_of(json, c->arena, &audience);
    size_t i = append(c, audience.n > 0 ? SB_KIND_RESTRICTED : SB_KIND_OPEN, audience);
    struct sb_time time = {VECTOR_TIME.ms + (int64_t)i};
    chain_give_body(c, i, sb_body_seal(submission, time, "operator", c->arena));
}

void chain_relink(struct chain *c, size_t first)
{
    for (size_t i = first; i < c->events.n_items; i++) {
        struct sb_item *item = &c->items[i];
        if (i > 0) {
            item->link.prev = c->hashes[i - 1];
        }
        uint8_t *bytes = sb_arena_alloc(c->arena, SB_LINK_MAX);
        assert(bytes != NULL);
        item->link_bytes = (struct sb_bytes){bytes, sb_link_encode(bytes, &item->link)};
        c->hashes[i] = sb_link_hash_bytes(item->link_bytes.p, item->link_bytes.n);
    }
    chain_resign(c);
}

void chain_resign(struct chain *c)
{
    const struct sb_chain_ref of = {c->partnership, c->events.origin, c->events.epoch};
    for (size_t i = 0; i < c->events.n_checkpoints; i++) {
        struct sb_checkpoint *checkpoint = &c->checkpoints[i];
        checkpoint->hash = c->hashes[checkpoint->seq.n - 1];
        sb_checkpoint_sign(checkpoint, &of, &c->seed);
    }
}

void chain_restart(struct chain *c, const struct sb_epoch_start *tag_of)
{
    struct sb_bytes named = sb_epoch_start_build(tag_of, VECTOR_TIME, c->arena);
    struct sb_bytes body = sb_epoch_start_build(&c->start, VECTOR_TIME, c->arena);
    assert(named.p != NULL);
    c->events.epoch = (struct sb_epoch){tag_of->counter, sb_epoch_tag(named)};
    for (size_t i = 0; i < c->events.n_items; i++) {
        c->items[i].link.epoch = c->events.epoch;
    }
    chain_give_body(c, 0, body);
    chain_relink(c, 0);
}

void chain_open(struct chain *c, uint32_t counter, const char *json)
{
    c->start.counter = counter;
    append(c, SB_KIND_SYSTEM, (struct sb_audience){0});
    append_json(c, json);
    c->start.first_commitment = c->items[1].link.commitment;
    chain_restart(c, &c->start);
}

void chain_add(struct chain *c, const char *json)
{
    append_json(c, json);
    chain_relink(c, c->events.n_items - 1);
}

void chain_seal(struct chain *c)
{
    c->checkpoints[c->events.n_checkpoints++] = (struct sb_checkpoint){
        .seq = {c->events.n_items}, .time = {VECTOR_TIME.ms + 1000 * (int64_t)c->events.n_items}};
    chain_resign(c);
}

void chain_example(struct chain *c, struct sb_arena *arena)
{
    chain_init(c, "GM0384", "GM0384", arena);
    chain_open(c, 1, JSON_MEETING);
    chain_seal(c);
    chain_add(c, JSON_NOTIFICATION);
    chain_add(c, JSON_POSITION);
    chain_seal(c);
}
