/* One node of the search: a real core, a disk that is a list of links, and a turn that does what
 * the shell does, without bytes. Everything is a value, so that a turn is a function: of where the
 * node stands, what comes and how its commit ends. */
#ifndef SB_SIM_EXPLORE_NODE_H
#define SB_SIM_EXPLORE_NODE_H

#include "tests/sim/explore_core.h"

enum { EXPLORE_ENTRIES_MAX = 48, EXPLORE_PARENTS_MAX = 4, EXPLORE_OUT_MAX = 32 };

/* A link, a head, the rest of an origin or a part of a summary. */
struct explore_entry {
    int32_t origin; /* organisation, not a number of some core */
    int32_t id;     /* 0: an EpochStart; of the rest: whether it is whole */
    int32_t branch, n_parents;
    int32_t is_rest, is_part;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_seq bodies; /* of a head; of the rest: its events; of a part: the last counter */
    struct sb_hash hash, prev;
    struct sb_parent parents[EXPLORE_PARENTS_MAX]; /* of an EpochStart */
};

enum explore_kind {
    EXPLORE_TIME, /* a turn without anything */
    EXPLORE_PUBLISH,
    EXPLORE_AGAIN, /* what the last turn deferred */
    EXPLORE_LINK_UP,
    EXPLORE_LINK_DOWN,
    EXPLORE_SESSION_GONE,
    EXPLORE_HELLO,
    EXPLORE_FRONTIER,
    EXPLORE_FRONTIER_REQUEST,
    EXPLORE_WANT,
    EXPLORE_EVENTS,
    EXPLORE_SUMMARY_REQUEST,
    EXPLORE_SUMMARY,
};

struct explore_message {
    int32_t kind; /* enum explore_kind */
    int32_t from; /* host */
    uint32_t request;
    uint32_t ids; /* PUBLISH: bits */
    int32_t boot, full;
    uint64_t counter;
    int32_t origin;
    int32_t published; /* it came from a PUB socket */
    struct sb_epoch epoch;
    struct sb_seq first;
    struct sb_hash tip;
    uint32_t from_counter, to_counter, skip, next;
    int32_t n, twice; /* PUBLISH: each id twice in one turn */
    struct explore_entry entries[EXPLORE_ENTRIES_MAX];
};

/* A node between two turns; a plain value. */
struct explore_local {
    int32_t core; /* EXPLORE_NO_CORE: down */
    uint32_t disk, older;
    int32_t boot, opened;
    uint32_t held, again; /* ids of publishes that wait */
    int32_t older_core;   /* of this run, when `older` was the disk; EXPLORE_NO_CORE: not kept */
    int64_t clock_ms, deadline_ms;
};

enum explore_fate { EXPLORE_COMMITS, EXPLORE_FULL, EXPLORE_DIES_BEFORE, EXPLORE_DIES_AFTER };

enum { EXPLORE_TO_FOLLOWERS = -1 };

struct explore_turn {
    struct explore_local after;
    bool committed_something; /* otherwise every fate but COMMITS is no choice */
    uint32_t acked, refused;  /* ids */
    uint32_t forked;          /* organisations of which it says that they forked */
    char *violation;          /* NULL: none */
    int n_out;
    struct {
        int to;
        uint32_t message;
    } out[EXPLORE_OUT_MAX]; /* kept as long as it is used */
};

struct explore_nodes {
    struct explore_intern cores, chunks, disks, messages;
    struct explore_core machines[EXPLORE_ORGS];
    int n_hosts;
    bool snapshots;        /* the core before the last commit is kept in mind */
    size_t heads;          /* that a frontier lists of an origin, at most */
    size_t summary;        /* chains that a summary lists, at most */
    uint64_t turns, forks; /* forks: turns in which one was seen */
};

void explore_nodes_init(struct explore_nodes *nodes, int n_hosts);
void explore_nodes_fini(struct explore_nodes *nodes);
uint32_t explore_message(struct explore_nodes *nodes, const struct explore_message *m);
/* The node comes up from its disk. */
void explore_start(struct explore_nodes *nodes, int host, struct explore_local *local);
/* `turn->violation` is the caller's. */
void explore_turn(struct explore_nodes *nodes, int host, const struct explore_local *local,
                  uint32_t message, enum explore_fate fate, struct explore_turn *turn);

/* The links of a disk, in the order of its commits. */
const struct explore_entry *explore_disk(const struct explore_nodes *nodes, uint32_t disk,
                                         size_t *n);

#endif
