/* What a peer says that lies: the messages of a partner, sound and unsound, about a history that it
 * really signs, with what the node under test says learned and said again in other places. */
#ifndef SB_TESTS_FUZZ_SESSION_LIAR_H
#define SB_TESTS_FUZZ_SESSION_LIAR_H

#include "tests/fuzz/session.h"

struct session_liar {
    struct session_history said;
    struct session_pool pool; /* orgs: the victim, then its partners, then a stranger */
    struct sb_org victim;
    uint64_t counter;      /* of its frontiers */
    uint32_t asked;        /* request of the victim's last message */
    struct sb_want wanted; /* its last WANT */
};

/* A message of the victim. */
void session_learn(struct session_liar *l, const struct sb_message *m);

/* Signs something more: behind its newest event or an older one, or a new epoch. */
void session_say_more(struct session_liar *l, struct session_input *in, struct sb_arena *arena);

/* Each a frame from the arena, p NULL where there is nothing to say or no room: HELLO and FRONTIER
 * as `from`; EVENTS, as the victim wanted them or not; one event as BROADCAST, with its topic. */
struct sb_bytes session_greet(struct session_liar *l, struct session_input *in,
                              const struct sb_org *from, struct sb_arena *arena);
struct sb_bytes session_show(struct session_liar *l, struct session_input *in,
                             const struct sb_org *from, struct sb_time now, struct sb_arena *arena);
struct sb_bytes session_tell(struct session_liar *l, struct session_input *in,
                             struct sb_arena *arena);
struct sb_bytes session_broadcast(struct session_liar *l, struct session_input *in,
                                  const char **topic, struct sb_arena *arena);

/* Changes one byte of a frame of the arena, where `how` says so (about one in six). */
void session_spoil(struct session_input *in, uint8_t how, struct sb_bytes frame);

#endif
