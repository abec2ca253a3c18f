/* Talking to a node in tests: frames in, one turn, what came out. */
#ifndef SB_TEST_NODE_TALK_H
#define SB_TEST_NODE_TALK_H

#include "tests/unit/shell/node_world.h"

static inline void world_turn(struct node_world *w, const struct sb_net_message *messages, size_t n)
{
    w->now.mono_ms++;
    w->now.wall.ms++;
    assert_int_equal(sb_node_turn(w->node, w->now, messages, n, true, &w->out, NULL), SB_OK);
}

/* An open world that has had its first turn; `partner` may be NULL. */
static inline struct node_world *world_new(const char *org, const char *partner)
{
    struct node_world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    world_open(w, org, partner, 0);
    world_turn(w, NULL, 0);
    return w;
}

static inline void world_free(struct node_world *w)
{
    world_close(w);
    free(w);
}

/* A message of `identity`, as a request on our service endpoint. */
static inline struct sb_net_message world_request(struct node_world *w, uint32_t identity,
                                                  uint32_t session, const struct sb_message *m)
{
    struct sb_net_message net = {.event = SB_NET_REQUEST, .identity = identity, .session = session};
    net.frame = sb_wire_encode(m, &w->arena);
    assert_non_null(net.frame.p);
    return net;
}

static inline void world_say(struct node_world *w, uint32_t identity, const struct sb_message *m)
{
    struct sb_net_message net = world_request(w, identity, WORLD_SESSION, m);
    world_turn(w, &net, 1);
}

/* The nth message of this type in the outbox; false: there are fewer. */
static inline bool world_heard(struct node_world *w, enum sb_msg_type type, size_t nth,
                               struct sb_message *out)
{
    char why[SB_LABEL_MAX + 1];
    for (size_t i = 0; i < w->out.n; i++) {
        if (w->out.items[i].kind == SB_OUT_HURRY) {
            continue;
        }
        assert_int_equal(sb_wire_decode(out, w->out.items[i].frame, &w->arena, why), SB_CODE_OK);
        if (out->type == type && nth-- == 0) {
            return true;
        }
    }
    return false;
}

/* One event to publish, from the JSON that a user would write. */
static inline struct sb_submission world_submission(struct node_world *w, const char *json)
{
    struct sb_submission s;
    struct sb_err err = {0};
    enum sb_code code;
    assert_int_equal(
        sb_json_read_submission(&s, &code, json, strlen(json), w->now.wall, &w->arena, &err),
        SB_OK);
    assert_int_equal(code, SB_CODE_OK);
    return s;
}

/* A custom event whose id ends in `number`, for everybody or with `audience`, the JSON of
 * that field and a comma. */
static inline struct sb_submission world_custom(struct node_world *w, unsigned number,
                                                const char *text, const char *audience)
{
    char json[512], data[256];
    sb_base64_encode(data, (const uint8_t *)text, strlen(text));
    snprintf(json, sizeof json,
             "{\"id\":\"01930000-0000-7000-8000-%012u\",\"topic\":\"custom/test\",%s"
             "\"custom\":{\"contentType\":\"text/plain\",\"data\":\"%s\"}}",
             number, audience, data);
    return world_submission(w, json);
}

static inline struct sb_message world_publish(uint32_t request, struct sb_submission *items,
                                              size_t n)
{
    struct sb_message m = {.type = SB_MSG_PUBLISH, .request = request};
    m.publish.items = items;
    m.publish.n_items = n;
    return m;
}

/* Publishes `n` custom events in one commit, numbered from `first`. */
static inline void world_fill(struct node_world *w, unsigned first, size_t n)
{
    struct sb_submission *items = calloc(n, sizeof *items);
    struct sb_message results;
    assert_non_null(items);
    for (size_t i = 0; i < n; i++) {
        items[i] = world_custom(w, first + (unsigned)i, "text", "");
    }
    struct sb_message m = world_publish(first, items, n);
    world_say(w, WORLD_CLIENT, &m);
    assert_true(world_heard(w, SB_MSG_RESULTS, 0, &results));
    assert_int_equal(results.results.n_items, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(results.results.items[i].code, SB_CODE_OK);
    }
    free(items);
}

#endif
