/* The lies that are made on purpose; those of the grammar are in session_grammar.c. */
#include "tests/fuzz/session_liar.h"

#include <string.h>

struct sb_bytes session_greet(struct session_liar *l, struct session_input *in,
                              const struct sb_org *from, struct sb_arena *arena)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello = (struct sb_hello){
        .partnership = l->said.partnership, .organisation = *from, .follows = true};
    m.hello.boot_nonce.b[0] = (uint8_t)(1 + session_pick(in, 4));
    m.hello.store_id.b[0] = 9;
    return sb_wire_encode(&m, arena);
}

struct sb_bytes session_show(struct session_liar *l, struct session_input *in,
                             const struct sb_org *from, struct sb_time now, struct sb_arena *arena)
{
    struct sb_head heads[3];
    struct sb_origin_heads heads_of = {.origin = l->said.origin, .heads = heads};
    size_t most = l->said.n == 0 ? 0 : session_pick(in, 4);
    for (size_t i = 0; i < most; i++) {
        const struct session_link *of = &l->said.links[session_pick(in, l->said.n)];
        heads[heads_of.n_heads++] = (struct sb_head){of->link.epoch, of->checkpoint, of->link.seq};
    }
    heads_of.rest_count = session_pick(in, 3) == 2 ? session_byte(in) : 0;
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    m.frontier = (struct sb_frontier){.node = *from,
                                      .full = session_pick(in, 3) < 2,
                                      .counter = ++l->counter,
                                      .origins = &heads_of,
                                      .n_origins = 1,
                                      .time = now};
    m.frontier.boot_nonce.b[0] = (uint8_t)(1 + session_pick(in, 4));
    m.frontier.store_id.b[0] = 9;
    return sb_wire_encode(&m, arena);
}

struct sb_bytes session_tell(struct session_liar *l, struct session_input *in,
                             struct sb_arena *arena)
{
    if (l->said.n == 0) {
        return (struct sb_bytes){0};
    }
    uint8_t how = session_byte(in);
    size_t to = session_pick(in, l->said.n);
    uint64_t from = how % 4 == 0 ? l->wanted.from.n : how % 3;
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = how < 200 ? l->asked : how};
    struct session_link *of = &l->said.links[to];
    m.events = (struct sb_events){.origin = how == 199 ? l->victim : l->said.origin,
                                  .epoch = of->link.epoch,
                                  .checkpoints = &of->checkpoint,
                                  .n_checkpoints = 1,
                                  .last = how % 2 == 0};
    m.events.n_items = session_items(&l->said, to, from, &m.events.items, arena);
    for (size_t i = 0; how % 8 == 5 && i < m.events.n_items; i++) {
        if (session_pick(in, 3) == 2) { /* withheld */
            m.events.items[i].salt = NULL;
            m.events.items[i].body = (struct sb_bytes){0};
        }
    }
    return sb_wire_encode(&m, arena);
}

struct sb_bytes session_broadcast(struct session_liar *l, struct session_input *in,
                                  const char **topic, struct sb_arena *arena)
{
    static const char *const topics[] = {"custom/sim", "link/custom/sim", "link/", "frontier/", ""};
    if (l->said.n == 0) {
        return (struct sb_bytes){0};
    }
    *topic = topics[session_pick(in, sizeof topics / sizeof topics[0])];
    size_t at = session_pick(in, l->said.n);
    struct sb_item *items;
    size_t n = session_items(&l->said, at, l->said.links[at].link.seq.n, &items, arena);
    struct sb_message m = {.type = SB_MSG_BROADCAST};
    m.broadcast = (struct sb_broadcast){.item = items[n - 1],
                                        .checkpoint = l->said.links[at].checkpoint,
                                        .offset = {1 + session_byte(in)},
                                        .previous = {session_byte(in)}};
    return sb_wire_encode(&m, arena);
}

void session_say_more(struct session_liar *l, struct session_input *in, struct sb_arena *arena)
{
    size_t n = l->said.n;
    uint8_t how = session_byte(in);
    if (n == 0 || how % 8 == 7) {
        session_begin_epoch(&l->said, 1 + how / 64, n > 0 && how % 16 == 7 ? (int)n - 1 : -1,
                            arena);
    } else {
        size_t on = how % 8 == 6 ? session_pick(in, n) : n - 1;
        const struct sb_org *only = how / 8 % 4 == 3 ? &l->pool.orgs[how / 32 % 3] : NULL;
        session_extend(&l->said, on, only, session_byte(in) % 24, arena);
    }
    for (size_t i = n; i < l->said.n; i++) {
        session_learn_link(&l->pool, &l->said.links[i].link, &l->said.links[i].hash,
                           &l->said.links[i].checkpoint);
    }
}

void session_learn(struct session_liar *l, const struct sb_message *m)
{
    l->asked = m->request;
    if (m->type == SB_MSG_WANT) {
        l->wanted = m->want;
    } else if (m->type == SB_MSG_HELLO) {
        session_learn_uuid(&l->pool, &m->hello.boot_nonce);
    } else if (m->type == SB_MSG_EVENTS) {
        for (size_t i = 0; i < m->events.n_items && i < 4; i++) {
            struct sb_hash hash = sb_link_hash(&m->events.items[i].link);
            session_learn_link(&l->pool, &m->events.items[i].link, &hash,
                               m->events.n_checkpoints > 0 ? m->events.checkpoints : NULL);
        }
    }
}

void session_spoil(struct session_input *in, uint8_t how, struct sb_bytes frame)
{
    if (how > 215) {
        uint8_t *p = (uint8_t *)(uintptr_t)frame.p; /* the arena's */
        p[(size_t)session_byte(in) * frame.n / 256] ^= how;
    }
}
