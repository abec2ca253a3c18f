/* The sums of budget.h, from proto/limits.h. Estimates are rounded up: exceeding the budget ends
 * the process, so that only a mistake of ours may ever do it. */
#include "daemon/shell/budget.h"

#include <sys/resource.h>
#include <unistd.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/process.h"
#include "proto/limits.h"

enum {
    MIB = 1024 * 1024,
    CHAIN_BYTES = 512,         /* of one epoch in the core, with its parents and index */
    PEER_BYTES = 256 * 1024,   /* what the core keeps of one partner */
    SESSION_BYTES = 16 * 1024, /* of one session and its stream */
    STAGED_BYTES = 64 * MIB,   /* of the core's tables for one turn */
    INDEX_BYTES = 32 * MIB,    /* of the store's rows for the youngest entries of its index */
    PAGES_PER_BYTE = 4,        /* pages that LMDB dirties for a byte appended in one commit */
    PROCESS_BYTES = 64 * MIB,  /* code, libraries, configuration, event log, allocator */
    ZMQ_THREADS = 2,           /* one for input and output, one that closes sockets */
};

static uint64_t stacks(void)
{
    struct rlimit limit;
    bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return ZMQ_THREADS * (known ? (uint64_t)limit.rlim_cur : 8 * (uint64_t)MIB);
}

struct sb_budget sb_budget_compute(uint64_t network)
{
    struct sb_budget b = {.network = network};
    b.history = (uint64_t)SB_CHAINS_MAX * CHAIN_BYTES + (uint64_t)SB_ORIGINS_MAX * PEER_BYTES +
                (uint64_t)SB_SESSIONS_MAX * SESSION_BYTES + STAGED_BYTES + INDEX_BYTES;
    b.turn = (uint64_t)SB_TURN_BYTES_MAX * (1 + PAGES_PER_BYTE) + SB_NODE_ARENA_BYTES +
             SB_STREAM_BYTES_MAX + 2 * (uint64_t)SB_CONSUMERS_BYTES_MAX +
             (uint64_t)SB_TURN_INPUTS_MAX * sizeof(struct sb_net_message);
    b.waiting = (uint64_t)SB_SUBMITTED_BYTES_MAX * (1 + PAGES_PER_BYTE) +
                (uint64_t)SB_PENDING_PUBLISHES_MAX * SB_LINK_MAX;
    b.process = PROCESS_BYTES + stacks();
    b.total = b.history + b.turn + b.waiting + b.network + b.process;
    return b;
}

static unsigned long long mib(uint64_t bytes)
{
    return (bytes + MIB - 1) / MIB;
}

void sb_budget_tell(const struct sb_budget *b, struct sb_log *log)
{
    sb_log_write(log, SB_CONFIG_LOG_INFO,
                 "memory: at most %llu MiB (history %llu, a turn %llu, waiting %llu, network %llu, "
                 "process %llu)",
                 mib(b->total), mib(b->history), mib(b->turn), mib(b->waiting), mib(b->network),
                 mib(b->process));
    if (b->files < b->files_wanted) {
        sb_log_write(log, SB_CONFIG_LOG_WARNING,
                     "open files: %llu allowed, %llu wanted for all partners and clients at once: "
                     "raise the limit (LimitNOFILE)",
                     (unsigned long long)b->files, (unsigned long long)b->files_wanted);
    }
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t machine = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    if (machine < b->total) {
        sb_log_write(log, SB_CONFIG_LOG_INFO,
                     "memory: this machine has %llu MiB, enough unless all queues are full at once",
                     mib(machine));
    }
}

void sb_budget_enforce(const struct sb_budget *b, struct sb_log *log)
{
    if (!sb_process_limit_memory(b->total)) {
        sb_log_write(log, SB_CONFIG_LOG_INFO, "memory: the limit is not enforced in this build");
    }
}
