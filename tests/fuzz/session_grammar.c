/* Messages by the tables of the wire (proto/layout.h), written field by field: what a field holds
 * is chosen by the input, mostly among values that mean something to the node. */
#include <assert.h>
#include <string.h>

#include "proto/layout.h"
#include "tests/fuzz/session.h"

enum { TYPES_MAX = 64, REPEATED_MAX = 4, DEPTH_MAX = 4, VALUE_BYTES = 700 };

/* What a message may take, by its depth: there is always room for one more field. */
static const size_t room[DEPTH_MAX + 1] = {32768, 8192, 2048, VALUE_BYTES + 64, VALUE_BYTES};

struct grammar {
    struct session_input *in;
    const struct session_pool *pool;
    const struct session_history *history;
    struct sb_arena *arena;
    struct sb_epoch epoch; /* that this message is mostly about */
};

uint8_t session_byte(struct session_input *in)
{
    if (in->n == 0) {
        return 0;
    }
    in->n--;
    return *in->p++;
}

size_t session_pick(struct session_input *in, size_t below)
{
    return below == 0 ? 0 : session_byte(in) % below;
}

/* ---- the pool */

void session_learn_hash(struct session_pool *pool, const struct sb_hash *hash)
{
    pool->hashes[pool->n_hashes++ % SESSION_POOL_MAX] = *hash;
}

void session_learn_uuid(struct session_pool *pool, const struct sb_uuid *uuid)
{
    pool->uuids[pool->n_uuids++ % SESSION_POOL_MAX] = *uuid;
}

void session_learn_link(struct session_pool *pool, const struct sb_link *link,
                        const struct sb_hash *hash, const struct sb_checkpoint *checkpoint)
{
    session_learn_hash(pool, hash);
    session_learn_uuid(pool, &link->id);
    pool->epochs[pool->n_epochs++ % SESSION_POOL_MAX] = link->epoch;
    if (checkpoint != NULL) {
        pool->checkpoints[pool->n_checkpoints++ % SESSION_POOL_MAX] = *checkpoint;
    }
}

static size_t pick_of(struct session_input *in, size_t n)
{
    return session_pick(in, n < SESSION_POOL_MAX ? n : SESSION_POOL_MAX);
}

/* ---- values */

static uint64_t any_number(struct grammar *g, const struct sb_field *f)
{
    static const uint64_t odd[] = {0,     1,         2,          255,       1000,
                                   65536, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    uint8_t how = session_byte(g->in);
    if (strcmp(f->name, "epoch.counter") == 0 && how < 224) {
        return g->epoch.counter;
    }
    return how < 160 ? how % 16 : odd[how % (sizeof odd / sizeof odd[0])];
}

static struct sb_bytes any_fixed(struct grammar *g, size_t size)
{
    const struct session_pool *pool = g->pool;
    uint8_t how = session_byte(g->in);
    uint8_t *p = sb_arena_alloc(g->arena, size + 1);
    assert(p != NULL);
    memset(p, how, size);
    if (how < 224 && size == sizeof(struct sb_hash) && pool->n_hashes > 0) {
        memcpy(p, pool->hashes[pick_of(g->in, pool->n_hashes)].b, size);
    } else if (how < 224 && size == sizeof(struct sb_uuid) && pool->n_uuids > 0) {
        memcpy(p, pool->uuids[pick_of(g->in, pool->n_uuids)].b, size);
    }
    return (struct sb_bytes){p, how == 255 ? size - 1 : size};
}

static struct sb_bytes any_bytes(struct grammar *g, size_t max)
{
    size_t n = session_pick(g->in, 40);
    n = n < max ? n : max;
    uint8_t *p = sb_arena_alloc(g->arena, n + 1);
    assert(p != NULL);
    for (size_t i = 0; i < n; i++) {
        p[i] = session_byte(g->in);
    }
    return (struct sb_bytes){p, n};
}

static struct sb_bytes any_text(struct grammar *g)
{
    static const char *const texts[] = {"",           "custom/sim",     "custom/",
                                        "agenda/",    "decision/x",     "live",
                                        "1-9f1c2ab7", "not a topic\x01"};
    size_t i = session_pick(g->in, sizeof texts / sizeof texts[0] + 1);
    if (i == sizeof texts / sizeof texts[0]) {
        return any_bytes(g, 40);
    }
    return (struct sb_bytes){(const uint8_t *)texts[i], strlen(texts[i])};
}

static const struct session_link *any_link(struct grammar *g)
{
    return g->history->n == 0 ? NULL : &g->history->links[session_pick(g->in, g->history->n)];
}

static struct sb_bytes any_checkpoint(struct grammar *g)
{
    uint8_t *p = sb_arena_alloc(g->arena, SB_CHECKPOINT_BYTES);
    assert(p != NULL);
    memset(p, 0, SB_CHECKPOINT_BYTES);
    if (g->pool->n_checkpoints > 0) {
        sb_checkpoint_encode(p, &g->pool->checkpoints[pick_of(g->in, g->pool->n_checkpoints)]);
    }
    uint8_t spoil = session_byte(g->in);
    if (spoil > 200) {
        p[spoil % SB_CHECKPOINT_BYTES] ^= spoil;
    }
    return (struct sb_bytes){p, SB_CHECKPOINT_BYTES};
}

static struct sb_bytes bytes_for(struct grammar *g, const struct sb_field *f)
{
    const struct session_link *s;
    switch (f->type) {
    case SB_FIELD_FIXED_BYTES: return any_fixed(g, f->size);
    case SB_FIELD_ORG: {
        const struct sb_org *org = &g->pool->orgs[session_pick(g->in, g->pool->n_orgs)];
        return (struct sb_bytes){(const uint8_t *)org->s, sb_org_len(org)};
    }
    case SB_FIELD_CHECKPOINT: return any_checkpoint(g);
    case SB_FIELD_SALT:
        s = any_link(g);
        return s == NULL ? any_fixed(g, sizeof(struct sb_salt))
                         : (struct sb_bytes){s->salt.b, sizeof s->salt.b};
    case SB_FIELD_LINK:
        s = any_link(g);
        return s == NULL ? any_bytes(g, 200) : (struct sb_bytes){s->bytes, s->n_bytes};
    case SB_FIELD_BYTES:
        s = session_pick(g->in, 3) > 0 ? any_link(g) : NULL;
        return s == NULL ? any_bytes(g, 200) : (struct sb_bytes){s->body, s->n_body};
    default: return any_text(g);
    }
}

/* ---- messages */

static void write_fields(struct grammar *g, struct sb_pb_writer *w, const struct sb_layout *layout,
                         int depth);

static void write_one(struct grammar *g, struct sb_pb_writer *w, const struct sb_field *f,
                      int depth)
{
    if (f->type == SB_FIELD_MESSAGE) {
        struct sb_pb_writer inner = {.p = sb_arena_alloc(g->arena, room[depth + 1])};
        assert(inner.p != NULL);
        write_fields(g, &inner, f->layout, depth + 1);
        sb_pb_put_bytes(w, f->number, inner.p, inner.n);
    } else if (f->type == SB_FIELD_FIXED64) {
        bool other = session_pick(g->in, 16) == 15;
        sb_pb_put_fixed64(w, f->number, other ? session_byte(g->in) : g->epoch.tag);
    } else if (f->type == SB_FIELD_CONST) {
        sb_pb_put_uint(w, f->number, session_pick(g->in, 16) == 15 ? 9 : f->max);
    } else if (f->type < SB_FIELD_FIXED64) {
        sb_pb_put_uint(w, f->number, any_number(g, f));
    } else {
        struct sb_bytes b = bytes_for(g, f);
        sb_pb_put_bytes(w, f->number, b.p, b.n);
    }
}

static bool has_room(const struct sb_pb_writer *w, int depth)
{
    return w->n + room[depth + 1] + 16 <= room[depth];
}

static void write_fields(struct grammar *g, struct sb_pb_writer *w, const struct sb_layout *layout,
                         int depth)
{
    assert(depth < DEPTH_MAX);
    for (size_t i = 0; i < layout->n; i++) {
        const struct sb_field *f = &layout->fields[i];
        uint8_t how = session_byte(g->in);
        size_t times = f->repeated ? how % REPEATED_MAX : f->required ? how != 255 : how % 2;
        for (size_t k = 0; k < times && has_room(w, depth); k++) {
            write_one(g, w, f, depth);
        }
    }
}

static const struct sb_layout *layout_of(uint8_t type)
{
    static const struct sb_layout *const layouts[TYPES_MAX] = {
        [SB_MSG_HELLO] = &sb_layout_hello,
        [SB_MSG_FRONTIER] = &sb_layout_frontier,
        [SB_MSG_WANT] = &sb_layout_want,
        [SB_MSG_EVENTS] = &sb_layout_events,
        [SB_MSG_VIEW] = &sb_layout_view,
        [SB_MSG_SUMMARY_REQUEST] = &sb_layout_summary_request,
        [SB_MSG_SUMMARY] = &sb_layout_summary,
        [SB_MSG_WANT_BODIES] = &sb_layout_want_bodies,
        [SB_MSG_BODIES] = &sb_layout_bodies,
        [SB_MSG_FRONTIER_REQUEST] = &sb_layout_frontier_request,
        [SB_MSG_BROADCAST] = &sb_layout_broadcast,
        [SB_MSG_PUBLISH] = &sb_layout_publish,
        [SB_MSG_RESULTS] = &sb_layout_results,
        [SB_MSG_SUBSCRIBE] = &sb_layout_subscribe,
        [SB_MSG_DELIVER] = &sb_layout_deliver,
        [SB_MSG_CREDIT] = &sb_layout_credit,
        [SB_MSG_UNSUBSCRIBE] = &sb_layout_unsubscribe,
        [SB_MSG_FETCH] = &sb_layout_fetch,
        [SB_MSG_FETCHED] = &sb_layout_fetched,
        [SB_MSG_QUERY] = &sb_layout_query,
        [SB_MSG_EVIDENCE] = &sb_layout_evidence,
        [SB_MSG_HOLDERS] = &sb_layout_holders,
        [SB_MSG_REFUSAL] = &sb_layout_refusal,
    };
    return type < TYPES_MAX ? layouts[type] : NULL;
}

struct sb_bytes session_frame(struct session_input *in, const struct session_pool *pool,
                              const struct session_history *history, uint8_t type, uint32_t request,
                              struct sb_arena *arena)
{
    struct grammar g = {.in = in, .pool = pool, .history = history, .arena = arena};
    const struct sb_layout *layout = layout_of(type);
    uint8_t *p = sb_arena_alloc(arena, SB_WIRE_HEADER + room[0]);
    if (p == NULL) {
        return (struct sb_bytes){0};
    }
    const uint8_t header[SB_WIRE_HEADER] = {'S',
                                            'B',
                                            SB_WIRE_VERSION,
                                            type,
                                            (uint8_t)(request >> 24),
                                            (uint8_t)(request >> 16),
                                            (uint8_t)(request >> 8),
                                            (uint8_t)request};
    memcpy(p, header, sizeof header);
    struct sb_pb_writer w = {.p = p + SB_WIRE_HEADER};
    if (pool->n_epochs > 0) {
        g.epoch = pool->epochs[pick_of(in, pool->n_epochs)];
    }
    if (layout != NULL) {
        write_fields(&g, &w, layout, 0);
    } else {
        struct sb_bytes any = any_bytes(&g, 200);
        memcpy(w.p, any.p, any.n);
        w.n = any.n;
    }
    return (struct sb_bytes){p, SB_WIRE_HEADER + w.n};
}
