/* One core between hand-made inputs: what the shell would look up, verify and answer is said by
 * the test. Origins are GM0384 (ourselves, 0), GM0437 (1), GM0451 (2), GM0736 (3). */
#ifndef SB_TESTS_UNIT_CORE_WORLD_H
#define SB_TESTS_UNIT_CORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/internal.h"

enum { CORE_WORLD_ORIGINS = 4, CORE_WORLD_EVENTS = 64 };

/* Who asks for what: clients[0] may publish agenda/ and subscribe, clients[1] may do neither. */
enum { CORE_WORLD_CLIENT, CORE_WORLD_STRANGER };

struct core_world {
    struct sb_org origins[CORE_WORLD_ORIGINS];
    struct sb_core_partner partners[CORE_WORLD_ORIGINS];
    struct sb_core_client clients[2];
    struct sb_core_options options;
    struct sb_core *core;
    struct sb_effects fx; /* of the last step */
    struct sb_now now;
    uint32_t opened; /* epochs of ours: makes their tags differ */
    bool final;      /* the segments to come end with what an announcement names */
    bool broadcasts; /* the segments to come answer nothing */
};

/* Links of one epoch of one origin, as that origin would have made them. */
struct core_history {
    uint16_t origin;
    struct sb_epoch epoch;
    struct sb_item items[CORE_WORLD_EVENTS];
    struct sb_hash hashes[CORE_WORLD_EVENTS];
    struct sb_item_note notes[CORE_WORLD_EVENTS];
    struct sb_epoch_start start;
    size_t n;
};

/* A core of an empty store that has given up waiting for partners; nobody is connected. */
void core_world_init(struct core_world *w);
/* The same, still waiting. */
void core_world_init_recovering(struct core_world *w);
/* Takes over w->options, as they are now, for a new core without any history. */
void core_world_again(struct core_world *w);
void core_world_fini(struct core_world *w);

/* Steps it; w->fx has this step's effects alone. */
void core_world_step(struct core_world *w, struct sb_input *in);
void core_world_simple(struct core_world *w, enum sb_input_type type); /* TICK, TURN_END, ... */
void core_world_tick(struct core_world *w, int64_t later_ms); /* one, whatever was to come before */
void core_world_pass(struct core_world *w, int64_t ms);       /* ticks in time; last is the last */
/* TURN_END and COMMITTED; w->fx has the effects of the latter. */
void core_world_commit(struct core_world *w);
void core_world_fail(struct core_world *w);

/* The nth effect of this kind of the last step; NULL: there are not so many. */
const struct sb_effect *core_world_effect(const struct core_world *w, enum sb_effect_type type,
                                          size_t nth);
size_t core_world_count(const struct core_world *w, enum sb_effect_type type);

/* A publish of a valid event with this id, for a test to change; then one step of it. */
struct sb_input core_world_publish(uint8_t id);
/* Steps a publish; where that asks for an epoch, answers and steps it again. */
void core_world_submit(struct core_world *w, struct sb_input *publish);
void core_world_start_epoch(struct core_world *w);

/* `n` links of an epoch with the given counter and tag, the first of them an EpochStart where
 * `from` is NULL; otherwise a branch that leaves `from` behind its first `keep` links. */
void core_history_make(struct core_history *h, const struct core_world *w, uint16_t origin,
                       struct sb_epoch epoch, size_t n, const struct core_history *from,
                       size_t keep);
struct sb_checkpoint core_history_checkpoint(const struct core_history *h, size_t seq);
/* The head that a partner shows which holds this history up to `seq`. */
struct sb_head core_history_head(const struct core_history *h, size_t seq);
/* Steps links first..last (seqs) as one segment from `from`, under one checkpoint: what answers the
 * question for links of that epoch, if it was asked one. */
void core_world_segment(struct core_world *w, uint16_t from, const struct core_history *h,
                        size_t first, size_t last);
/* Greets and shows: afterwards partner `peer` is reachable by its link. */
void core_world_greet(struct core_world *w, uint16_t peer, uint8_t boot);
/* One frontier of `peer` with one head of one origin; heads == NULL: none. */
void core_world_frontier(struct core_world *w, uint16_t peer, uint8_t boot, uint64_t counter,
                         bool full, uint16_t origin, struct sb_head *head,
                         enum sb_head_state state);

/* The number of the question about that epoch that this partner was asked first; 0: none. */
uint32_t core_world_asked(const struct core_world *w, enum sb_want_kind kind, uint16_t peer,
                          const struct core_history *h);

/* Asks that partner for a summary of everything of an origin; the number of the request. */
uint32_t core_world_ask_summary(struct core_world *w, uint16_t peer, uint16_t origin);

#endif
