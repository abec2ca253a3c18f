/* Two nodes in tests that hear each other by one connection, which the second of them made. */
#ifndef SB_TEST_NODE_PAIR_H
#define SB_TEST_NODE_PAIR_H

#include "tests/unit/shell/node_talk.h"

enum { SESSION = 9, PARTNER = 1 };

/* What `from` just put in its outbox, in one turn of `to`; broadcasts where `live`. Returns the
 * number of frames. */
static inline size_t pair_pass_on(struct node_world *from, struct node_world *to, bool live)
{
    struct sb_net_message net[WORLD_FRAMES];
    size_t n = 0;
    for (size_t i = 0; i < from->out.n && n < WORLD_FRAMES; i++) {
        const struct sb_outgoing *o = &from->out.items[i];
        bool answer = o->kind == SB_OUT_ANSWER && o->to == SESSION;
        if (answer || o->kind == SB_OUT_ASK || (live && o->kind == SB_OUT_PUBLISH)) {
            net[n++] = (struct sb_net_message){.event = answer ? SB_NET_REPLY : SB_NET_REQUEST,
                                               .identity = PARTNER,
                                               .session = SESSION,
                                               .topic = o->topic,
                                               .frame = o->frame};
            if (o->kind == SB_OUT_PUBLISH) {
                net[n - 1].event = SB_NET_PUBLISHED;
            }
        }
    }
    world_turn(to, net, n);
    return n;
}

/* Back and forth until both have said everything. */
static inline void pair_talk(struct node_world *a, struct node_world *b, bool live)
{
    for (unsigned quiet = 0, rounds = 0; quiet < 3; rounds++) {
        size_t n = pair_pass_on(a, b, live);
        n += pair_pass_on(b, a, live);
        quiet = n > 0 ? 0 : quiet + 1;
        assert_true(rounds < 200);
    }
}

#endif
