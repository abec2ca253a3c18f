/* Plays text scenarios: each file under a few seeds, for latencies and turns differ by them. */
#include "tests/sim/scenario.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/consumer.h"
#include "tests/sim/net.h"
#include "tests/sim/scenario_script.h"

enum { SEEDS = 5 };

/* Clients, but none that acts of its own accord. */
static void begin(struct scenario *s)
{
    struct sim_world *w = s->world;
    if (!s->shaped) {
        (void)sim_net_init(w, false); /* a mesh */
    }
    for (int i = 0; i < w->n_hosts; i++) {
        struct sim_host *h = &w->hosts[i];
        h->publisher = sim_publisher_new(w, h);
        h->consumer = sim_consumer_new(false);
        if ((s->down >> i & 1) == 0) {
            sim_start(w, i);
        }
    }
}

/* With everybody up and connected, nothing may be missing anywhere at the end. */
static void check_end(struct sim_world *w)
{
    for (int a = 0; a < w->n_hosts; a++) {
        if (w->hosts[a].node == NULL) {
            return;
        }
        for (int b = 0; b < w->n_hosts; b++) {
            if (w->links[a][b].cut) {
                return;
            }
        }
    }
    sim_checks_end(w);
}

static void describe(const struct scenario_step *step)
{
    for (size_t i = 0; i < step->n_tokens; i++) {
        const char *quote = step->tokens[i].quoted ? "\"" : "";
        printf("%s%s%s%s", i > 0 ? " " : "", quote, step->tokens[i].s, quote);
    }
}

static bool play_step(struct scenario *s, const struct scenario_step *step)
{
    struct scenario_slots slots = step->slots;
    for (size_t i = 0; i < slots.n_nodes; i++) {
        if (slots.nodes[i] == SCENARIO_TWIN) {
            slots.nodes[i] = s->world->n_hosts - 1;
        }
    }
    return step->sentence->play(s, &slots);
}

static bool play_steps(struct scenario *s, const struct scenario_script *p, bool invariants_alone)
{
    bool begun = false;
    for (size_t i = 0; i < p->n; i++) {
        const struct scenario_step *step = &p->steps[i];
        if (step->at_ms >= 0 && !begun) {
            begin(s);
            begun = true;
        }
        if (begun && !sim_run_until(s->world, step->at_ms)) {
            printf("%s:%d: before this: %s (seed %llu)\n", p->file, step->line, s->world->violation,
                   (unsigned long long)s->world->seed);
            return false;
        }
        if (!play_step(s, step) && !invariants_alone) {
            printf("%s:%d: ", p->file, step->line);
            describe(step);
            printf(": %s (seed %llu)\n", s->why, (unsigned long long)s->world->seed);
            return false;
        }
    }
    check_end(s->world);
    if (s->world->violation[0] != '\0') {
        printf("%s: at the end: %s (seed %llu)\n", p->file, s->world->violation,
               (unsigned long long)s->world->seed);
    }
    return s->world->violation[0] == '\0';
}

static bool play_file(const char *file, struct sim_world *w, bool invariants_alone)
{
    struct scenario_script script;
    bool good = scenario_script_read(&script, file);
    if (!good) {
        printf("%s:%d: %s\n", file, script.line, script.why);
    }
    for (uint64_t seed = 1; seed <= SEEDS && good; seed++) {
        memset(w, 0, sizeof *w);
        w->seed = seed;
        struct scenario s = {.world = w};
        good = play_steps(&s, &script, invariants_alone);
        sim_world_fini(w);
    }
    scenario_script_fini(&script);
    return good;
}

static bool are_readable(char **files, int n)
{
    for (int i = 0; i < n; i++) {
        FILE *file = fopen(files[i], "r");
        if (file == NULL) {
            perror(files[i]);
            return false;
        }
        (void)fclose(file);
    }
    return n > 0;
}

int sim_scenarios_play(char **files, int n)
{
    int failed = 0;
    struct sim_world *w = malloc(sizeof *w);
    assert(w != NULL);
    if (!are_readable(files, n)) {
        free(w);
        return SIM_SCENARIO_UNREADABLE;
    }
    for (int i = 0; i < n; i++) {
        failed += !play_file(files[i], w, false);
    }
    free(w);
    printf("%d scenarios, %d failed\n", n, failed);
    return failed > 0;
}

bool sim_scenario_breaks_nothing(char *file, struct sim_world *w)
{
    return !are_readable(&file, 1) || play_file(file, w, true);
}
