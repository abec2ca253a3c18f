/* The soak: processes that take the next seed from a counter which they share, so that all seeds
 * of one stretch are played. One that dies has found something too: its seed is known. */
#include "tests/sim/soak.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/play.h"

enum { JOBS_MAX = 64, FAILURES_MAX = 10, TELL_S = 60 };

struct soak {
    _Atomic uint64_t next, worlds, turns, violations;
    _Atomic uint64_t playing[JOBS_MAX]; /* the seed of each process */
    int64_t until_s;
};

static volatile sig_atomic_t told_to_end;

static void on_end(int signal)
{
    (void)signal;
    told_to_end = 1;
}

static int64_t clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static bool goes_on(const struct soak *s)
{
    return !told_to_end && clock_s() < s->until_s && s->violations < FAILURES_MAX;
}

static void tell_failure(struct soak *s, uint64_t seed, const char *what)
{
    s->violations++;
    printf("seed %llu: %s\n  again: samenbus-sim --from %llu --seeds 1 --verbose\n",
           (unsigned long long)seed, what, (unsigned long long)seed);
    (void)fflush(stdout);
}

static void work(struct soak *s, int job)
{
    struct sim_world *w = malloc(sizeof *w);
    assert(w != NULL);
    while (goes_on(s)) {
        uint64_t seed = s->next++;
        s->playing[job] = seed;
        if (!sim_play(w, seed, false)) {
            tell_failure(s, seed, w->violation);
        }
        s->worlds++;
        s->turns += w->turns;
        sim_world_fini(w);
    }
    free(w);
}

static pid_t begin(struct soak *s, int job)
{
    pid_t pid = fork();
    if (pid == 0) {
        work(s, job);
        exit(0);
    }
    return pid;
}

static void tell(const struct soak *s, uint64_t from, int64_t began_s)
{
    printf("seeds %llu to %llu: %llu worlds, %llu turns, %llu violations, %lld s\n",
           (unsigned long long)from, (unsigned long long)(s->next - 1),
           (unsigned long long)s->worlds, (unsigned long long)s->turns,
           (unsigned long long)s->violations, (long long)(clock_s() - began_s));
    (void)fflush(stdout);
}

/* A process that died is replaced, for the other seeds. */
static void bury(struct soak *s, pid_t *pids, int jobs, pid_t dead, int status)
{
    for (int i = 0; i < jobs; i++) {
        if (pids[i] != dead) {
            continue;
        }
        pids[i] = 0;
        if (status != 0) {
            char what[64];
            (void)snprintf(what, sizeof what, "the simulator died (status %d)", status);
            tell_failure(s, s->playing[i], what);
            s->worlds++;
            pids[i] = goes_on(s) ? begin(s, i) : 0;
        }
    }
}

static bool any_left(const pid_t *pids, int jobs)
{
    bool any = false;
    for (int i = 0; i < jobs; i++) {
        any = any || pids[i] > 0;
    }
    return any;
}

static void stop_all(const pid_t *pids, int jobs)
{
    for (int i = 0; i < jobs; i++) {
        if (pids[i] > 0) {
            (void)kill(pids[i], SIGTERM); /* it plays its seed to the end */
        }
    }
}

static void watch(struct soak *s, pid_t *pids, int jobs, uint64_t from)
{
    int64_t began_s = clock_s(), told_s = began_s;
    bool stopping = false;
    while (any_left(pids, jobs)) {
        int status = 0;
        pid_t dead = waitpid(-1, &status, WNOHANG);
        if (dead > 0) {
            bury(s, pids, jobs, dead, status);
            continue;
        }
        if (told_to_end && !stopping) {
            stopping = true;
            stop_all(pids, jobs);
        }
        if (clock_s() - told_s >= TELL_S) {
            told_s = clock_s();
            tell(s, from, began_s);
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    tell(s, from, began_s);
}

int64_t sim_soak_seconds(const char *text)
{
    char *end;
    long long n = strtoll(text, &end, 10);
    int64_t unit = strcmp(end, "h") == 0                   ? 3600
                   : strcmp(end, "m") == 0                 ? 60
                   : strcmp(end, "s") == 0 || *end == '\0' ? 1
                                                           : -1;
    return n < 1 || n > 1000000 || unit < 0 ? -1 : n * unit;
}

int sim_soak(uint64_t from, int64_t seconds, int jobs)
{
    pid_t pids[JOBS_MAX] = {0};
    jobs = jobs < 1 ? 1 : jobs > JOBS_MAX ? JOBS_MAX : jobs;
    struct soak *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) {
        perror("samenbus-sim: mmap");
        return 1;
    }
    s->next = from;
    s->until_s = clock_s() + seconds;
    const struct sigaction end = {.sa_handler = on_end};
    (void)sigaction(SIGINT, &end, NULL);
    (void)sigaction(SIGTERM, &end, NULL);
    for (int i = 0; i < jobs; i++) {
        pids[i] = begin(s, i);
    }
    watch(s, pids, jobs, from);
    bool good = s->violations == 0 && s->worlds > 0;
    (void)munmap(s, sizeof *s);
    return good ? 0 : 1;
}
