/* The program that an administrator wants to be run for every alarm. The daemon starts it and never
 * waits for it. */
#ifndef SB_SHELL_ALARM_H
#define SB_SHELL_ALARM_H

#include <sys/types.h>

#include "daemon/shell/log.h"

enum {
    SB_ALARMS_RUNNING_MAX = 4,   /* programs at once */
    SB_ALARM_RUN_MS = 60 * 1000, /* a program that runs longer is killed */
    SB_ALARM_END_MS = 5 * 1000,  /* that the end of the daemon waits for programs */
    SB_ALARM_INPUT_BYTES = 4096, /* of its JSON: what any pipe takes at once */
};

struct sb_alarm_run {
    pid_t pid; /* 0: free */
    int64_t since_mono_ms;
};

struct sb_alarms {
    struct sb_log *log;                     /* borrowed */
    const char *program;                    /* borrowed; NULL: none */
    const char *partnership, *organisation; /* borrowed; told to the program */
    struct sb_alarm_run runs[SB_ALARMS_RUNNING_MAX];
};

struct sb_alarm {
    const char *code, *text;
    struct sb_time since;
};

/* Starts `program CODE TEXT` with {"code","text","since","organisation","partnership"} on its
 * stdin. Logs, and no more, when it cannot. */
void sb_alarms_run(struct sb_alarms *alarms, const struct sb_alarm *alarm, int64_t mono_ms);

/* Takes leave of programs that ended and ends those that do not. Called at SIGCHLD and in between;
 * waits for none. */
void sb_alarms_reap(struct sb_alarms *alarms, int64_t mono_ms);

/* At the end of the process: gives programs that run up to SB_ALARM_END_MS. Whoever supervises us
 * may end them with us. */
void sb_alarms_wait(struct sb_alarms *alarms);

#endif
