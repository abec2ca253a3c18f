/* What was in whose past: the chains of all origins as far as a view needs them (PROTOCOL §5.5).
 * The caller builds the table from its store or stream; nothing here owns or changes it, save the
 * scratch for one walk. */
#ifndef SB_PROTO_RULES_PAST_H
#define SB_PROTO_RULES_PAST_H

#include "proto/arena.h"
#include "proto/ids.h"

enum { SB_PAST_NONE = UINT32_MAX };

/* A place: the index of a chain in the table, and a seq. */
struct sb_past_at {
    uint32_t chain;
    uint64_t seq;
};

/* One branch of one epoch. Branches of a forked epoch are chains of their own that lean on another
 * from their base on. */
struct sb_past_chain {
    struct sb_org origin;
    struct sb_epoch epoch;
    uint32_t leans_on;                /* SB_PAST_NONE for one that begins at seq 1 */
    uint64_t base;                    /* its first link */
    uint64_t last;                    /* its last link that is held */
    const struct sb_past_at *parents; /* those that are held */
    size_t n_parents;
};

/* A link whose hash is known: what tells the branches of a forked epoch apart. */
struct sb_past_link {
    struct sb_past_at at;
    struct sb_hash hash;
};

struct sb_past {
    const struct sb_past_chain *chains;
    size_t n_chains;
    const struct sb_past_link *links;
    size_t n_links;
    uint32_t *walk; /* scratch: 2 n_chains numbers */
};

/* Gives the table its scratch; false when the arena is full. */
bool sb_past_prepare(struct sb_past *past, struct sb_arena *arena);

/* Does `later` have `earlier` in its past? Nothing has itself. */
bool sb_past_has(const struct sb_past *past, struct sb_past_at later, struct sb_past_at earlier);

/* A tip of a closing's cut. */
struct sb_cut_tip {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
};

/* Is the place at the tip or in its past (PROTOCOL §18.5)? */
bool sb_past_cut_has(const struct sb_past *past, const struct sb_cut_tip *tip,
                     struct sb_past_at at);
/* Is the link that the tip names held here? */
bool sb_past_holds(const struct sb_past *past, const struct sb_cut_tip *tip);

#endif
