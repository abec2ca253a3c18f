/* A scenario file, read: its sentences in order, each understood before the first is played. */
#ifndef SB_SIM_SCENARIO_SCRIPT_H
#define SB_SIM_SCENARIO_SCRIPT_H

#include "tests/sim/scenario_words.h"

enum { SCENARIO_STEPS_MAX = 256 };

struct scenario_step {
    int line;
    int64_t at_ms; /* -1: before the nodes start */
    const struct scenario_sentence *sentence;
    struct scenario_slots slots; /* borrows from tokens */
    struct scenario_token tokens[SCENARIO_TOKENS_MAX];
    size_t n_tokens;
};

struct scenario_script {
    const char *file;
    struct scenario_step *steps;
    size_t n;
    int line;      /* the last one read */
    char why[256]; /* of a file that cannot be understood */
};

/* Reads the file; false with `line` and `why`. Either way scenario_script_fini. */
bool scenario_script_read(struct scenario_script *script, const char *file);
void scenario_script_fini(struct scenario_script *script);

#endif
