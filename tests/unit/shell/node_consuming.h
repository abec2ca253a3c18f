/* Consumers in tests of a whole node: one world, what is asked of it, and what it answers. */
#ifndef SB_TEST_NODE_CONSUMING_H
#define SB_TEST_NODE_CONSUMING_H

#include "tests/unit/shell/node_talk.h"

static struct node_world *world;

static inline int open_world(void **state)
{
    *state = world = world_new("GM0384", NULL);
    return 0;
}

static inline int close_world(void **state)
{
    world_free(*state);
    return 0;
}

static inline struct sb_consume consume(enum sb_consume_action action, const char *name)
{
    return (struct sb_consume){.action = action, .name = name};
}

/* Says it, and returns the code of the answer; `heard` has the answer. */
static inline enum sb_code ask(uint32_t identity, const struct sb_consume *consume,
                               struct sb_message *heard)
{
    struct sb_message m = {.type = SB_MSG_CONSUME, .request = 40, .consume = *consume};
    world_say(world, identity, &m);
    if (world_heard(world, SB_MSG_CONSUMERS, 0, heard)) {
        assert_int_equal(heard->request, 40);
        return SB_CODE_OK;
    }
    assert_true(world_heard(world, SB_MSG_REFUSAL, 0, heard));
    assert_int_equal(heard->request, 40);
    return heard->refusal.code;
}

static inline enum sb_code do_it(enum sb_consume_action action, const char *name)
{
    struct sb_message heard;
    struct sb_consume c = consume(action, name);
    return ask(WORLD_CLIENT, &c, &heard);
}

static inline enum sb_code acknowledge(const char *name, const struct sb_delivered *event)
{
    struct sb_message heard;
    struct sb_tip tip = {.origin = event->item.link.origin,
                         .epoch = event->item.link.epoch,
                         .seq = event->item.link.seq,
                         .hash = sb_link_hash(&event->item.link)};
    struct sb_consume c = consume(SB_CONSUME_ACK, name);
    c.cursor = &tip;
    c.n_cursor = 1;
    return ask(WORLD_CLIENT, &c, &heard);
}

static inline struct sb_consumer show(const char *name)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 50}, heard;
    m.query.consumer = name;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.consumers.n_items, 1);
    return heard.consumers.items[0];
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

#endif
