/* The words of scenarios: one table of sentences, each a pattern and what it does. A pattern is a
 * row of words; those in capitals stand for what the writer names:
 *   NODE   one of the nodes, twin  NODES    one or more of them
 *   TEXT   "in quotes"             COUNT    a number
 *   PERIOD +3600s, 20s, -1.5s      NAME     a word of a fixed set (a code, a state) */
#ifndef SB_SIM_SCENARIO_WORDS_H
#define SB_SIM_SCENARIO_WORDS_H

#include "tests/sim/world.h"

enum { SCENARIO_TOKENS_MAX = 64, SCENARIO_TEXT_MAX = 47, SCENARIO_TEXTS_MAX = 64 };
enum { SCENARIO_TWIN = SIM_NODES_MAX }; /* the second instance, until it is known which host */

struct scenario_token {
    char s[SCENARIO_TEXT_MAX + 1];
    bool quoted;
};

/* What a sentence names, in its order. */
struct scenario_slots {
    int nodes[2];
    size_t n_nodes;
    uint32_t mask; /* of NODES: bits of hosts */
    const char *texts[2];
    size_t n_texts;
    const char *name;
    uint32_t count;
    int64_t period_ms;
};

struct scenario {
    struct sim_world *world;
    bool begun; /* the nodes have been named, the world exists */
    bool shaped;
    uint32_t down; /* bits of hosts that are not started at the beginning */
    char why[256]; /* of an expectation that does not hold, or a sentence that cannot be done */
    struct {
        char s[SCENARIO_TEXT_MAX + 1];
        int host;
    } texts[SCENARIO_TEXTS_MAX]; /* who published what */
    size_t n_texts;
};

enum scenario_place { SCENARIO_SET_UP, SCENARIO_ACT, SCENARIO_EXPECT };

struct scenario_sentence {
    enum scenario_place place;
    const char *pattern;
    /* False: `why` says what is wrong. */
    bool (*play)(struct scenario *s, const struct scenario_slots *slots);
};

/* The sentence of these tokens, or NULL and in `why` what is allowed where it stops making sense.
 */
const struct scenario_sentence *scenario_find(const struct scenario_token *tokens, size_t n,
                                              struct scenario_slots *slots, char why[static 256]);

/* ---- the sentences: scenario_acts.c and scenario_expects.c */
extern const struct scenario_sentence scenario_acts[];
extern const size_t scenario_n_acts;
extern const struct scenario_sentence scenario_expects[];
extern const size_t scenario_n_expects;

bool scenario_fail(struct scenario *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The host that published this text; NULL and `why` when none did. */
struct sim_host *scenario_publisher(struct scenario *s, const char *text);
/* Is this node running? Otherwise `why`. */
bool scenario_is_up(struct scenario *s, const struct sim_host *h);

/* Erasures (scenario_erase.c) */
bool scenario_erase(struct scenario *s, const struct scenario_slots *in);
bool scenario_steal_erase(struct scenario *s, const struct scenario_slots *in);
bool scenario_new_reader(struct scenario *s, const struct scenario_slots *in);
bool scenario_is_erased(struct scenario *s, const struct scenario_slots *in);
bool scenario_has_bytes(struct scenario *s, const struct scenario_slots *in);
bool scenario_has_no_byte(struct scenario *s, const struct scenario_slots *in);
bool scenario_erasing_answered(struct scenario *s, const struct scenario_slots *in);

#endif
