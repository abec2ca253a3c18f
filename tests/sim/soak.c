/* The soak: processes that take the next seed from a counter which they share, so that all seeds
 * of one stretch are played. One that dies, or does not end, has found something too: its seed is
 * known. */
#include "tests/sim/soak.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/play.h"

enum { JOBS_MAX = 64, FAILURES_MAX = 10, TELL_S = 60, WORLD_S = 120 };

struct soak {
    _Atomic uint64_t next, worlds, turns, violations;
    _Atomic uint64_t playing[JOBS_MAX]; /* the seed of each process */
    _Atomic bool over;
};

static volatile sig_atomic_t told_to_end, rung; /* by a person; by the alarm */

static void on_signal(int signal)
{
    *(signal == SIGALRM ? &rung : &told_to_end) = 1;
    (void)alarm(1); /* once more, should this one have come just before waitpid */
}

static bool goes_on(const struct soak *s)
{
    return !told_to_end && !s->over && s->violations < FAILURES_MAX;
}

static void tell_failure(struct soak *s, uint64_t seed, const char *what)
{
    s->violations++;
    printf("seed %llu: %s\n  again: samenbus-sim --from %llu --seeds 1 --verbose\n",
           (unsigned long long)seed, what, (unsigned long long)seed);
    (void)fflush(stdout);
}

/* Time of the processor that one world may take, of which most take hundredths of a second: beyond
 * it the process dies. */
static void limit_world(void)
{
    const struct itimerval limit = {.it_value = {.tv_sec = WORLD_S}};
    (void)setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

static void work(struct soak *s, int job)
{
    struct sim_world *w = malloc(sizeof *w);
    assert(w != NULL);
    while (goes_on(s)) {
        uint64_t seed = s->next++;
        s->playing[job] = seed;
        limit_world();
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

static void tell(const struct soak *s, uint64_t from, int64_t elapsed_s)
{
    printf("seeds %llu to %llu: %llu worlds, %llu turns, %llu violations, %lld s\n",
           (unsigned long long)from, (unsigned long long)(s->next - 1),
           (unsigned long long)s->worlds, (unsigned long long)s->turns,
           (unsigned long long)s->violations, (long long)elapsed_s);
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
            (void)snprintf(what, sizeof what,
                           status == SIGVTALRM ? "it does not end (status %d)"
                                               : "the simulator died (status %d)",
                           status);
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

/* The alarm is the clock: every minute, and at the end. */
static int64_t set_alarm(int64_t left_s)
{
    int64_t next_s = left_s < TELL_S ? left_s : TELL_S;
    (void)alarm((unsigned)next_s);
    return next_s;
}

static void watch(struct soak *s, pid_t *pids, int jobs, uint64_t from, int64_t seconds)
{
    int64_t elapsed_s = 0, next_s = set_alarm(seconds);
    while (any_left(pids, jobs)) {
        int status = 0;
        pid_t dead = waitpid(-1, &status, 0);
        if (dead > 0) {
            bury(s, pids, jobs, dead, status);
        }
        s->over = s->over || told_to_end; /* each plays its seed to the end */
        if (rung) {
            rung = 0;
            elapsed_s += next_s;
            s->over = s->over || elapsed_s >= seconds;
            if (!s->over) {
                tell(s, from, elapsed_s);
                next_s = set_alarm(seconds - elapsed_s);
            }
        }
    }
    tell(s, from, elapsed_s);
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
    const struct sigaction heard = {.sa_handler = on_signal}; /* waitpid is to be interrupted */
    (void)sigaction(SIGINT, &heard, NULL);
    (void)sigaction(SIGTERM, &heard, NULL);
    (void)sigaction(SIGALRM, &heard, NULL);
    for (int i = 0; i < jobs; i++) {
        pids[i] = begin(s, i);
    }
    watch(s, pids, jobs, from, seconds);
    bool good = s->violations == 0 && s->worlds > 0;
    (void)munmap(s, sizeof *s);
    return good ? 0 : 1;
}
