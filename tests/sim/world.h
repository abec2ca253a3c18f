/* A whole region in one process on a virtual clock: real nodes (daemon/shell/node.h with the real
 * core), disks in memory, a network and clients that misbehave, and checks after every turn.
 *
 * A tour: world.c has the clock and the events; host.c starts and ends daemons; net.c moves frames;
 * publisher.c and consumer.c are the clients, ledger.c holds who was answered; faults.c breaks
 * things; snapshot.c resumes copies of running machines; villain.c holds a valid key and lies,
 * crowd.c with it; reload.c and keys.c change configurations; truth.c knows what was really said;
 * checks.c compares, forks.c what is known of forks, sight.c what is shown of partners, talk.c what
 * is said to them. scenario.c plays text files, main.c seeds. */
#ifndef SB_SIM_WORLD_H
#define SB_SIM_WORLD_H

#include "daemon/core/plant.h"
#include "daemon/shell/node.h"
#include "tests/sim/disk.h"
#include "tests/sim/event.h"
#include "tests/sim/manner.h"
#include "tests/sim/random.h"

enum {
    SIM_NODES_MAX = 10,      /* nine, and the second instance of one */
    SIM_TURN_MS = 2,         /* from the first message of a turn to its end, at the most */
    SIM_SLOW_TURN_MS = 120,  /* on slow machines: much comes in one turn */
    SIM_INBOX_MAX = 4096,    /* connections push back before they drop */
    SIM_PUBLISHED_MAX = 256, /* beyond it, broadcasts are dropped */
    SIM_MESSAGES_MAX = 256,  /* one turn takes */
    SIM_CLIENTS = 2,         /* per node: a publisher, a consumer */
    SIM_ARENAS = 4,
};

struct sim_world;
struct sim_publisher;
struct sim_consumer;
struct sim_mirror;
struct sim_truth;
struct sim_villain;  /* villain.h */
struct sim_forks;    /* forks.h */
struct sim_snapshot; /* snapshot.h */
struct sim_sight;    /* sight.h */
struct sim_talk;     /* talk.h */

struct sim_host {
    int index;
    char path[24];
    struct sb_org org;
    struct sb_sign_seed seed;
    struct sb_signer *signer;
    struct sb_store *store;
    struct sb_node_partner partners[SIM_NODES_MAX]; /* by number, from 1: those of the beginning */
    size_t n_partners;
    struct sb_node_partner listed[SIM_NODES_MAX]; /* those of the configuration of now */
    size_t n_listed;
    struct sb_node_client clients[SIM_CLIENTS];
    uint32_t unlisted;    /* bits of hosts that were taken out of its configuration */
    bool reader_barred;   /* its reader has lost the right to read */
    struct sb_node *node; /* NULL: down */
    struct sb_disk *disk;
    struct sb_disk_image *backup;
    struct sim_snapshot *snapshot;
    bool villain, twin, turn_due, keeps_back, leaves_out; /* the last: bodies (sparing.h) */
    int64_t turn_at_ms, last_turn_ms, turns_now;          /* turns at one and the same time */
    struct sim_event *inbox[SIM_INBOX_MAX];
    size_t n_inbox;
    uint32_t n_sessions;
    int64_t wall_shift_ms, started_ms, paused_from_ms, paused_until_ms, paused_ms; /* in all */
    int64_t crash_at_commit;  /* 0: none; 1: before, 2: after the next commit */
    size_t crash_between;     /* so many messages of a turn, the last of them left out; 0: none */
    int64_t stalled_until_ms; /* one direction of some connection of it stands still */
    bool disk_lost, rolled_back; /* ever: what the disk had promised is gone */
    bool resumed;                /* ever: a copy of its memory went on */
    bool torn;                   /* so late that its epoch of then is closed for ever */
    struct sb_epoch torn_epoch;
    int answers_to_lose;      /* scenario: the next ones to its publisher */
    struct sb_uuid kept_back; /* keeps_back: scenario: whatever it sends with this in it is lost */
    struct sim_publisher *publisher;
    struct sim_consumer *consumer;
    struct sim_mirror *mirror;
    uint64_t said_bytes; /* the most of its own history that its disk ever held */
    bool fork_alarm, second_alarm, quota_alarm;
    struct sim_sight *sights; /* by the partner's number; 0 is unused */
    struct sim_talk *talks;   /* so too */
    uint64_t renewals;        /* of its boot nonce, in this run */
    int64_t renewed_ms;
};

struct sim_world {
    uint64_t seed;
    struct sim_random random;
    int64_t now_ms;
    uint64_t order, turns;
    struct sim_event **heap;
    size_t n_heap, cap_heap;
    int n_hosts;
    struct sim_host hosts[SIM_NODES_MAX];
    struct sim_link links[SIM_NODES_MAX][SIM_NODES_MAX];
    struct sim_truth *truth;
    struct sim_villain *villain;
    struct sim_forks *forks;
    struct sim_erasing *erasing;
    struct sim_sealed *sealed;
    struct sim_keys *keys;
    struct sim_announced *announced;
    struct sb_hash partnership;
    bool healed, live; /* no more faults; snapshots are of running machines, memory and all */
    bool slow, storm;  /* machines; faults of storm.c as well */
    bool reload, reorder, sparing; /* configurations change; sockets reorder; sparing.h */
    bool quiet, verbose;           /* quiet: scenario: clients act only when told */
    char violation[512];
    uint64_t traces[SB_TRACE_COUNT];
    struct sim_villainy villainy;
    struct sb_arena arenas[SIM_ARENAS]; /* of which so many are lent */
    int n_lent;
};

void sim_world_fini(struct sim_world *w);
void sim_world_init(struct sim_world *w, uint64_t seed, int n_hosts);
/* Runs until the virtual time, or until something is violated. */
bool sim_run_until(struct sim_world *w, int64_t until_ms);
void sim_violate(struct sim_world *w, const char *invariant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct sim_event *sim_schedule(struct sim_world *w, int64_t delay_ms, enum sim_event_kind kind,
                               int node);
void sim_event_free(struct sim_event *e);
/* An empty arena for a moment: the last that was lent comes back first. */
struct sb_arena *sim_arena_lend(struct sim_world *w);
void sim_arena_return(struct sim_world *w, const struct sb_arena *arena);

/* ---- host.c */
void sim_start(struct sim_world *w, int host);
void sim_crash(struct sim_world *w, int host, const char *why);
/* As its operator does it: it answers what it was asked, and goes. */
void sim_stop(struct sim_world *w, struct sim_host *h);
void sim_stopped(struct sim_world *w, struct sim_host *h);
void sim_host_init(struct sim_world *w, int index);
void sim_host_fini(struct sim_world *w, struct sim_host *h);
void sim_drop_inbox(struct sim_host *h, size_t n);
void sim_schedule_turn(struct sim_world *w, struct sim_host *h, int64_t at_ms);
struct sb_now sim_now(const struct sim_world *w, const struct sim_host *h);
/* `of`'s origin number at `at`; 0 for itself. */
uint16_t sim_number(const struct sim_host *at, int of);
/* Tests may look inside. */
static inline struct sb_core *sim_core(const struct sim_host *h)
{
    return (struct sb_core *)(uintptr_t)sb_node_core(h->node);
}
void sim_twin_start(struct sim_world *w);
/* Bits of hosts; of two instances of one organisation, both or none. */
uint32_t sim_with_twins(const struct sim_world *w, uint32_t hosts);

#endif
