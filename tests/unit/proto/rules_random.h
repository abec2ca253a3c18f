/* Random sets of events for the rules, in the form of the vectors: few ids, few days and few
 * origins, so that everything happens to everything. The same from the same seed. */
#ifndef SB_TESTS_UNIT_PROTO_RULES_RANDOM_H
#define SB_TESTS_UNIT_PROTO_RULES_RANDOM_H

#include <stdint.h>

struct json_t;

/* A new case without views; "ask" has what may be asked of it: "decision", "item" or
 * "notification", and with all but an item "at", a list. */
struct json_t *rules_random_case(uint64_t seed);

/* A small generator (Knuth's constants). */
uint64_t rules_random_draw(uint64_t *state);

#endif
