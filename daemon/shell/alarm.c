/* Spawning the alarm program; see alarm.h. posix_spawn, never fork: the process holds ZeroMQ's
 * context and an open LMDB environment, which must not be used in a copy of it. */
#include "daemon/shell/alarm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/json.h"
#include "proto/text.h"

enum { FIRST_PRIVATE_FD = 3 };

extern char **environ;

static size_t put_member(char *out, size_t cap, size_t at, const char *key, const char *value)
{
    struct sb_arena arena;
    sb_arena_init(&arena, 8 * SB_ALARM_INPUT_BYTES);
    struct sb_bytes json =
        sb_json_string((struct sb_bytes){(const uint8_t *)value, strlen(value)}, &arena);
    int n = snprintf(out + at, cap - at, "%c\"%s\":%.*s", at == 0 ? '{' : ',', key, (int)json.n,
                     json.p == NULL ? "" : (const char *)json.p);
    sb_arena_fini(&arena);
    return json.p == NULL || n < 0 || (size_t)n >= cap - at ? at : at + (size_t)n;
}

/* One line; a text that does not fit is left out. Returns its length. */
static size_t make_input(char out[static SB_ALARM_INPUT_BYTES], const struct sb_alarms *alarms,
                         const struct sb_alarm *alarm)
{
    char since[SB_TIME_TEXT_MAX];
    sb_time_format(since, alarm->since);
    size_t cap = SB_ALARM_INPUT_BYTES - 2, n = 0;
    n = put_member(out, cap, n, "code", alarm->code);
    n = put_member(out, cap, n, "since", since);
    n = put_member(out, cap, n, "organisation", alarms->organisation);
    n = put_member(out, cap, n, "partnership", alarms->partnership);
    n = put_member(out, cap, n, "text", alarm->text);
    memcpy(out + n, "}\n", 2);
    return n + 2;
}

/* A pipe that already holds the input and is closed for writing; returns the end to read. */
static int make_stdin(const char *input, size_t n)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return -1;
    }
    bool whole = write(ends[1], input, n) == (ssize_t)n;
    close(ends[1]);
    if (whole && fcntl(ends[0], F_SETFL, 0) == 0) { /* programs expect a stdin that waits */
        return ends[0];
    }
    close(ends[0]);
    return -1;
}

/* The program gets our stderr for all that it says, none of our other descriptors, and signals as
 * they are for everybody. */
static int spawn(pid_t *pid, char *const argv[], int input_fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int error = posix_spawn_file_actions_adddup2(&files, input_fd, STDIN_FILENO);
    error = error ? error : posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    error = error ? error : posix_spawn_file_actions_addclosefrom_np(&files, FIRST_PRIVATE_FD);
    error = error ? error : posix_spawnattr_setsigmask(&attributes, &none);
    error = error ? error : posix_spawnattr_setsigdefault(&attributes, &all);
    error = error ? error
                  : posix_spawnattr_setflags(&attributes,
                                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = error ? error : posix_spawn(pid, argv[0], &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static struct sb_alarm_run *find_free(struct sb_alarms *alarms)
{
    for (size_t i = 0; i < SB_ALARMS_RUNNING_MAX; i++) {
        if (alarms->runs[i].pid == 0) {
            return &alarms->runs[i];
        }
    }
    return NULL;
}

void sb_alarms_run(struct sb_alarms *alarms, const struct sb_alarm *alarm, int64_t mono_ms)
{
    if (alarms->program == NULL) {
        return;
    }
    struct sb_alarm_run *run = find_free(alarms);
    if (run == NULL) {
        sb_log_write(alarms->log, SB_CONFIG_LOG_ERROR,
                     "on_alarm: not run for %s, %d programs are still at it", alarm->code,
                     SB_ALARMS_RUNNING_MAX);
        return;
    }
    char input[SB_ALARM_INPUT_BYTES], program[PATH_MAX], code[SB_LABEL_MAX + 1];
    char text[SB_TITLE_MAX + 1];
    int input_fd = make_stdin(input, make_input(input, alarms, alarm));
    snprintf(program, sizeof program, "%s", alarms->program);
    snprintf(code, sizeof code, "%s", alarm->code);
    /* It ends up in mails and on terminals, and others may have chosen some of its words. */
    sb_text_escape(text, sizeof text,
                   (struct sb_bytes){(const uint8_t *)alarm->text, strlen(alarm->text)});
    char *const argv[] = {program, code, text, NULL};
    pid_t pid = 0;
    int error = input_fd < 0 ? errno : spawn(&pid, argv, input_fd);
    if (error != 0) {
        sb_log_write(alarms->log, SB_CONFIG_LOG_ERROR, "on_alarm: %s: %s", alarms->program,
                     strerror(error));
    } else {
        *run = (struct sb_alarm_run){.pid = pid, .since_mono_ms = mono_ms};
    }
    if (input_fd >= 0) {
        close(input_fd);
    }
}

static void tell_end(const struct sb_alarms *alarms, int status)
{
    if (WIFSIGNALED(status)) {
        sb_log_write(alarms->log, SB_CONFIG_LOG_WARNING, "on_alarm: %s was ended by signal %d",
                     alarms->program, WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        sb_log_write(alarms->log, SB_CONFIG_LOG_WARNING, "on_alarm: %s ended with %d",
                     alarms->program, WEXITSTATUS(status));
    }
}

void sb_alarms_reap(struct sb_alarms *alarms, int64_t mono_ms)
{
    for (size_t i = 0; i < SB_ALARMS_RUNNING_MAX; i++) {
        struct sb_alarm_run *run = &alarms->runs[i];
        int status = 0;
        if (run->pid == 0) {
            continue;
        }
        if (waitpid(run->pid, &status, WNOHANG) == run->pid) {
            tell_end(alarms, status);
            *run = (struct sb_alarm_run){0};
        } else if (mono_ms - run->since_mono_ms > SB_ALARM_RUN_MS) {
            kill(run->pid, SIGKILL); /* reaped at the SIGCHLD that follows */
        }
    }
}

static bool any_runs(const struct sb_alarms *alarms)
{
    bool any = false;
    for (size_t i = 0; i < SB_ALARMS_RUNNING_MAX; i++) {
        any |= alarms->runs[i].pid != 0;
    }
    return any;
}

void sb_alarms_wait(struct sb_alarms *alarms)
{
    enum { STEP_MS = 20 };
    const struct timespec step = {.tv_nsec = STEP_MS * 1000 * 1000};
    for (int waited = 0; any_runs(alarms) && waited < SB_ALARM_END_MS; waited += STEP_MS) {
        sb_alarms_reap(alarms, 0);
        if (any_runs(alarms)) {
            nanosleep(&step, NULL);
        }
    }
}
