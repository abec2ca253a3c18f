/* The most memory that this daemon may take, as its limits and its configuration say: told at the
 * start, so that an administrator can give it, and enforced, so that nobody can make it take more.
 * What it counts is private memory; pages of the store belong to the system. */
#ifndef SB_SHELL_BUDGET_H
#define SB_SHELL_BUDGET_H

#include <stdint.h>

#include "daemon/shell/log.h"

struct sb_budget {    /* bytes */
    uint64_t history; /* tables of the core */
    uint64_t turn;    /* messages of one turn, decoded, staged, and what is made of them */
    uint64_t waiting; /* publishes that wait for another turn */
    uint64_t network; /* queues of ZeroMQ, all full */
    uint64_t process; /* code, stacks, small things */
    uint64_t total;
    uint64_t files, files_wanted; /* descriptors, of which each may have its frames */
};

/* `network`: sb_net_memory_bound. */
struct sb_budget sb_budget_compute(uint64_t network);
/* One line, and a second one when the machine has less than that. */
void sb_budget_tell(const struct sb_budget *budget, struct sb_log *log);
/* From here on the process gets no more: an allocation beyond it fails. */
void sb_budget_enforce(const struct sb_budget *budget, struct sb_log *log);

#endif
