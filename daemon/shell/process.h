/* What a process asks of the operating system before it serves: signals as something to read,
 * descriptors, no core dumps, a limit on memory. */
#ifndef SB_SHELL_PROCESS_H
#define SB_SHELL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

/* What signals asked for since the last time. */
struct sb_signals {
    bool stop;   /* SIGTERM, SIGINT */
    bool reopen; /* SIGUSR1, SIGHUP */
    bool reload; /* SIGHUP */
    bool child;  /* SIGCHLD */
};

/* Blocks the signals that we serve and ignores SIGPIPE; must come before any thread is made.
 * Returns a descriptor that is readable when one came, -1 with `err` set. */
int sb_process_catch_signals(struct sb_err *err);
/* Adds what came; never waits. */
void sb_process_read_signals(int fd, struct sb_signals *into);

/* `wanted` descriptors, or as many of them as the system allows us; returns how many. */
uint64_t sb_process_limit_files(uint64_t wanted);
/* Private keys are in this memory. */
void sb_process_forbid_dumps(void);
/* No more than `bytes` of memory of our own from here on. False: not in this build, or refused. */
bool sb_process_limit_memory(uint64_t bytes);

#endif
