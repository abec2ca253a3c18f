/* samenbus-sim: plays worlds. Every seed that fails prints the one line that plays it again. */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tests/sim/explore.h"
#include "tests/sim/manner.h"
#include "tests/sim/play.h"
#include "tests/sim/scenario.h"
#include "tests/sim/soak.h"

struct arguments {
    uint64_t from, seeds;
    const char *plant, *as;
    struct sim_scope_choice scopes; /* of --explore */
    int64_t soak_s;
    int jobs;
    bool coverage, verbose, explore;
    uint64_t coverage_traces[SB_TRACE_COUNT], villainy[SIM_MANNERS], changes[SIM_CHANGES];
};

static const char usage[] =
    "usage: samenbus-sim [--seeds N] [--from SEED] [--coverage] [--verbose]\n"
    "       samenbus-sim --plant NAME [--as I4] [--seeds N]\n"
    "                                               succeeds when the planted bug is found, as a\n"
    "                                               breach of that invariant\n"
    "       samenbus-sim --soak TIME [--jobs N] [--from SEED]\n"
    "                                               seed after seed for that time (90s, 30m, "
    "12h),\n"
    "                                               in N processes\n"
    "       samenbus-sim [--plant NAME [--as I4]] --scenario FILE...   plays text scenarios;\n"
    "                                               as a breach of an invariant: one\n"
    "       samenbus-sim --explore [--large] [--only N] [--more N] [--every-order] [--plant NAME]\n"
    "                                               all interleavings of small worlds, or of "
    "larger\n"
    "                                               ones; of the N-th alone; with N more faults; "
    "also\n"
    "                                               those that are known to lead to the same "
    "states\n"
    "\n"
    "examples:\n"
    "  samenbus-sim --seeds 2000 --coverage\n"
    "  samenbus-sim --from 4711 --seeds 1 --verbose\n"
    "  samenbus-sim --soak 8h --jobs 2 --from 1000000\n"
    "  samenbus-sim --plant ack_on_failed_commit\n";

static bool play_one(struct arguments *a, uint64_t seed, struct sim_world *w)
{
    bool good = sim_play(w, seed, a->verbose);
    if (!good && a->plant == NULL) {
        printf("seed %llu: %s\n  again: samenbus-sim --from %llu --seeds 1 --verbose\n",
               (unsigned long long)seed, w->violation, (unsigned long long)seed);
    }
    sim_world_fini(w);
    for (size_t i = 0; i < SB_TRACE_COUNT; i++) {
        a->coverage_traces[i] += w->traces[i];
    }
    for (size_t i = 0; i < SIM_MANNERS; i++) {
        a->villainy[i] += w->villainy.times[i];
    }
    for (size_t i = 0; i < SIM_CHANGES; i++) {
        a->changes[i] += w->villainy.changes[i];
    }
    return good;
}

static unsigned report_coverage(const struct arguments *a)
{
    unsigned unreached = 0;
    for (size_t i = 0; i < SB_TRACE_COUNT; i++) {
        if (a->coverage_traces[i] == 0) {
            printf("never reached: %s\n", sb_trace_name((enum sb_trace)i));
            unreached++;
        }
    }
    for (size_t i = SIM_MANNER_PLAIN + 1; i < SIM_MANNERS; i++) {
        printf("villains: %s %llu times\n", sim_manner_name((enum sim_manner)i),
               (unsigned long long)a->villainy[i]);
        unreached += a->villainy[i] == 0;
    }
    for (size_t i = 0; i < SIM_CHANGES; i++) {
        printf("keys: %s %llu times\n", sim_change_name((enum sim_change)i),
               (unsigned long long)a->changes[i]);
        unreached += a->changes[i] == 0;
    }
    return unreached;
}

/* Is this breach the one that a planted bug must cause? */
static bool is_as_asked(const struct arguments *a, const struct sim_world *w)
{
    size_t n = a->as == NULL ? 0 : strlen(a->as);
    return n == 0 || (strncmp(w->violation, a->as, n) == 0 && w->violation[n] == ' ');
}

static int play_seeds(struct arguments *a)
{
    struct sim_world *w = malloc(sizeof *w);
    uint64_t played = 0, failed = 0, turns = 0;
    bool as_asked = false;
    for (uint64_t s = a->from; w != NULL && s < a->from + a->seeds; s++) {
        bool good = play_one(a, s, w);
        failed += !good;
        played++;
        turns += w->turns;
        if (a->plant != NULL && !good) { /* in another world it may break what is asked for first */
            printf("found at seed %llu: %s\n", (unsigned long long)s, w->violation);
            as_asked = is_as_asked(a, w);
        }
        if (as_asked || failed == 10) {
            break;
        }
    }
    free(w);
    printf("%llu worlds, %llu turns, %llu violations\n", (unsigned long long)played,
           (unsigned long long)turns, (unsigned long long)failed);
    if (a->plant != NULL) {
        return as_asked ? 0 : 1;
    }
    unsigned unreached = a->coverage ? report_coverage(a) : 0;
    return failed > 0 || unreached > 0;
}

static bool set_plant(const char *name)
{
    static const char forget[] = "forget_";
    for (int i = 0; i < SB_TRACE_COUNT; i++) {
        if (strncasecmp(name, forget, sizeof forget - 1) == 0 &&
            strcasecmp(name + sizeof forget - 1, sb_trace_name((enum sb_trace)i)) == 0) {
            sb_plant_forget((enum sb_trace)i);
            return true;
        }
    }
    for (int i = 1; i < SB_PLANT_COUNT; i++) {
        if (strcasecmp(name, sb_plant_name((enum sb_plant)i)) == 0) {
            sb_plant_set((enum sb_plant)i);
            return true;
        }
    }
    fprintf(stderr, "samenbus-sim: no plant is called %s\n", name);
    return false;
}

static bool label_wanted;

/* Some planted bugs run into an assertion before an invariant is asked: found as well, unless it
 * is an invariant that must find it. */
static void found_by_assertion(int signal)
{
    (void)signal;
    static const char text[] = "found by an assertion\n";
    _exit(write(STDOUT_FILENO, text, sizeof text - 1) < 0 || label_wanted);
}

/* With a plant, one of them must fail; where it must be found as a breach of an invariant, the
 * first, and what else it expects does not matter. */
static int play_scenarios(const struct arguments *a, char **files, int n)
{
    if (a->plant != NULL && !set_plant(a->plant)) {
        return 64;
    }
    if (a->as != NULL && (a->plant == NULL || n != 1)) {
        fputs("samenbus-sim: --as goes with --plant, and with one scenario\n", stderr);
        return 64;
    }
    if (a->as != NULL) {
        struct sim_world *w = malloc(sizeof *w);
        bool found = w != NULL && !sim_scenario_breaks_nothing(files[0], w) && is_as_asked(a, w);
        free(w);
        return found ? 0 : 1;
    }
    int rc = sim_scenarios_play(files, n);
    return a->plant == NULL || rc > 1 ? rc : rc == 0;
}

/* Nodes come and go by the hundred, each with tables of megabytes of which a small world touches a
 * little. A fresh mapping of zeros costs what is touched; memory that is used again is cleared. */
static void map_large_tables(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 48 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 512 * 1024);
}

int main(int argc, char **argv)
{
    map_large_tables();
    struct arguments a = {.seeds = 100};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--scenario") == 0) {
            return play_scenarios(&a, argv + i + 1, argc - i - 1);
        } else if (strcmp(argv[i], "--every-order") == 0) {
            a.scopes.every_order = true;
        } else if (strcmp(argv[i], "--explore") == 0) {
            a.explore = true;
        } else if (strcmp(argv[i], "--large") == 0) {
            a.scopes.large = true;
        } else if (strcmp(argv[i], "--coverage") == 0) {
            a.coverage = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            a.verbose = true;
        } else if (strcmp(argv[i], "--seeds") == 0 && ++i < argc) {
            a.seeds = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--from") == 0 && ++i < argc) {
            a.from = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--soak") == 0 && ++i < argc) {
            a.soak_s = sim_soak_seconds(value);
        } else if (strcmp(argv[i], "--jobs") == 0 && ++i < argc) {
            a.jobs = (int)strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0 && ++i < argc) {
            a.scopes.only = (int)strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--more") == 0 && ++i < argc) {
            a.scopes.more = (int)strtol(value, NULL, 10);
        } else if (strcmp(argv[i], "--plant") == 0 && ++i < argc) {
            a.plant = value;
        } else if (strcmp(argv[i], "--as") == 0 && ++i < argc) {
            a.as = value;
            label_wanted = true;
        } else {
            fputs(usage, stderr);
            return 64;
        }
    }
    if (a.plant != NULL && !set_plant(a.plant)) {
        return 64;
    }
    if (a.plant != NULL) {
        signal(SIGABRT, found_by_assertion);
    }
    if (a.soak_s < 0) {
        fputs("samenbus-sim: --soak wants a time: 90s, 30m or 12h\n", stderr);
        return 64;
    }
    if (a.soak_s > 0) {
        return sim_soak(a.from, a.soak_s, a.jobs);
    }
    if (!a.explore) {
        return play_seeds(&a);
    }
    bool found = sim_explore(&a.scopes) != 0;
    return found == (a.plant != NULL) ? 0 : 1;
}
