/* What can be expected in a scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/clients.h"
#include "tests/sim/scenario_words.h"
#include "tests/sim/sealed.h"
#include "tests/sim/sight.h"

bool scenario_is_up(struct scenario *s, const struct sim_host *h)
{
    return h->node != NULL || scenario_fail(s, "%s is not running", h->org.s);
}

struct sim_host *scenario_publisher(struct scenario *s, const char *text)
{
    for (size_t i = 0; i < s->n_texts; i++) {
        if (strcmp(s->texts[i].s, text) == 0) {
            return &s->world->hosts[s->texts[i].host];
        }
    }
    (void)scenario_fail(s, "nobody published \"%s\"", text);
    return NULL;
}

/* ---- clients */

static bool is_acked(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = scenario_publisher(s, in->texts[0]);
    if (h == NULL || sim_publisher_acked(h, in->texts[0])) {
        return h != NULL;
    }
    return scenario_fail(s, "the last answer was %s",
                         sb_code_name((enum sb_code)sim_publisher_refused(h, in->texts[0])));
}

static bool is_not_acked(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = scenario_publisher(s, in->texts[0]);
    return h != NULL &&
           (!sim_publisher_acked(h, in->texts[0]) || scenario_fail(s, "it was acknowledged"));
}

static bool is_refused(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = scenario_publisher(s, in->texts[0]);
    if (h == NULL) {
        return false;
    }
    int sealed = sim_sealed_code(s->world, h, in->texts[0]);
    bool acked = sealed == SB_CODE_OK || sim_publisher_acked(h, in->texts[0]);
    const char *code =
        sb_code_name((enum sb_code)(sealed > 0 ? sealed : sim_publisher_refused(h, in->texts[0])));
    return strcmp(code, in->name) == 0 ||
           scenario_fail(s, "%s", acked ? "it was acknowledged" : code);
}

/* ---- events */

/* 0: the node has no link of it; otherwise what it has of the body. */
static enum sb_body_state state_at(struct scenario *s, struct sim_host *h, const char *text)
{
    const struct sim_host *origin = scenario_publisher(s, text);
    struct sb_record *r = malloc(sizeof *r);
    enum sb_body_state state = 0;
    if (origin != NULL && h->node != NULL && r != NULL) {
        struct sb_uuid id = sim_publisher_id(origin, text);
        (void)sb_store_refresh(h->store, NULL);
        bool held =
            sb_store_find_id(h->store, sim_number(h, origin->index), &id, 0, r, NULL) == SB_OK;
        state = held ? r->state : 0;
    }
    free(r);
    return state;
}

static bool check_state(struct scenario *s, struct sim_host *h, const char *text,
                        enum sb_body_state want)
{
    if (!scenario_is_up(s, h) || scenario_publisher(s, text) == NULL) {
        return false;
    }
    enum sb_body_state state = state_at(s, h, text);
    return state == want || scenario_fail(s, "%s: %s", h->org.s,
                                          state == 0 ? "not there" : sb_body_state_name(state));
}

static bool check_everywhere(struct scenario *s, const char *text, enum sb_body_state want)
{
    for (int i = 0; i < s->world->n_hosts; i++) {
        struct sim_host *h = &s->world->hosts[i];
        if (h->node != NULL && !check_state(s, h, text, want)) {
            return false;
        }
    }
    return scenario_publisher(s, text) != NULL;
}

static bool everybody_has(struct scenario *s, const struct scenario_slots *in)
{
    return check_everywhere(s, in->texts[0], SB_BODY_PRESENT);
}

static bool nobody_has(struct scenario *s, const struct scenario_slots *in)
{
    return check_everywhere(s, in->texts[0], 0);
}

static bool has(struct scenario *s, const struct scenario_slots *in)
{
    return check_state(s, &s->world->hosts[in->nodes[0]], in->texts[0], SB_BODY_PRESENT);
}

static bool lacks(struct scenario *s, const struct scenario_slots *in)
{
    return check_state(s, &s->world->hosts[in->nodes[0]], in->texts[0], 0);
}

static bool has_stub(struct scenario *s, const struct scenario_slots *in)
{
    return check_state(s, &s->world->hosts[in->nodes[0]], in->texts[0], SB_BODY_WITHHELD);
}

static bool misses_body(struct scenario *s, const struct scenario_slots *in)
{
    return check_state(s, &s->world->hosts[in->nodes[0]], in->texts[0], SB_BODY_MISSING);
}

/* What its reader was given; without bodies that are missing there. */
static bool reader_was_given(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *origin = scenario_publisher(s, in->texts[0]);
    if (origin == NULL) {
        return false;
    }
    struct sb_uuid id = sim_publisher_id(origin, in->texts[0]);
    return sim_consumer_has(s->world, &s->world->hosts[in->nodes[0]], origin->index, &id);
}

static bool reader_has(struct scenario *s, const struct scenario_slots *in)
{
    return reader_was_given(s, in) || scenario_fail(s, "it was not given to its reader");
}

static bool reader_lacks(struct scenario *s, const struct scenario_slots *in)
{
    return !reader_was_given(s, in) || scenario_fail(s, "it was given to its reader");
}

/* ---- nodes */

static bool has_lag(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    if (!scenario_is_up(s, h)) {
        return false;
    }
    uint64_t lag = sb_core_lag(sb_node_core(h->node));
    return lag == in->count || scenario_fail(s, "its lag is %llu", (unsigned long long)lag);
}

static bool has_epochs(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    if (!scenario_is_up(s, h)) {
        return false;
    }
    struct sb_chain_info info;
    uint32_t at = 0, n = 0;
    while (sb_core_next_chain(sb_node_core(h->node), 0, &at, &info)) {
        n += info.branch == 0;
    }
    return n == in->count || scenario_fail(s, "it has %u", n);
}

static bool is_state(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    const char *reason, *state = "down";
    if (h->node != NULL) {
        state = sb_core_state(sb_node_core(h->node), &reason);
    }
    return strcmp(state, in->name) == 0 || scenario_fail(s, "it is %s", state);
}

/* Of the way that it dialled, else of the way that the partner dialled. */
static bool sees(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    if (!scenario_is_up(s, h)) {
        return false;
    }
    struct sb_core_peer_status status;
    sb_core_peer_status(sb_node_core(h->node), sim_number(h, in->nodes[1]), sim_now(s->world, h),
                        &status);
    bool dialled = s->world->links[in->nodes[0]][in->nodes[1]].configured;
    const char *state = dialled ? status.outgoing.state : status.incoming.state;
    return strcmp(state, in->name) == 0 || scenario_fail(s, "it sees it as %s", state);
}

static bool has_fork_alarm(struct scenario *s, const struct scenario_slots *in)
{
    return s->world->hosts[in->nodes[0]].fork_alarm || scenario_fail(s, "there was none");
}

/* Does the status of the first node say that the second one stalls? */
static bool tells_stalled(const struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    const char *org = s->world->hosts[in->nodes[1]].org.s;
    struct sb_arena arena;
    sb_arena_init(&arena, 4 * 1024 * 1024);
    const struct sb_status *status = sb_node_status(h->node, sim_now(s->world, h), &arena);
    bool told = false;
    for (size_t i = 0; status != NULL && i < status->n_alarms; i++) {
        const struct sb_status_alarm *a = &status->alarms[i];
        told |= strcmp(a->code, "stalled") == 0 && strncmp(a->text, org, strlen(org)) == 0;
    }
    sb_arena_fini(&arena);
    return told;
}

static bool has_stalled_alarm(struct scenario *s, const struct scenario_slots *in)
{
    return scenario_is_up(s, &s->world->hosts[in->nodes[0]]) &&
           (tells_stalled(s, in) || scenario_fail(s, "there was none"));
}

static bool no_stalled_alarm(struct scenario *s, const struct scenario_slots *in)
{
    return scenario_is_up(s, &s->world->hosts[in->nodes[0]]) &&
           (!tells_stalled(s, in) || scenario_fail(s, "there is one"));
}

static bool never_stalled(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    return scenario_is_up(s, h) &&
           (!sim_sight_stalled(h, in->nodes[1]) || scenario_fail(s, "since it was started it did"));
}

static bool has_second_alarm(struct scenario *s, const struct scenario_slots *in)
{
    return s->world->hosts[in->nodes[0]].second_alarm || scenario_fail(s, "there was none");
}

static bool has_greeted(struct scenario *s, const struct scenario_slots *in)
{
    uint64_t n = s->world->hosts[in->nodes[0]].renewals;
    return n <= in->count || scenario_fail(s, "it did %llu times", (unsigned long long)n);
}

static bool no_alarm(struct scenario *s, const struct scenario_slots *in)
{
    const struct sim_host *h = &s->world->hosts[in->nodes[0]];
    return !(h->fork_alarm || h->second_alarm) ||
           scenario_fail(s, "%s", h->fork_alarm ? "a fork" : "a second instance");
}

/* Does b hold every chain of a that counts, up to the same tip? */
static bool covers(struct scenario *s, const struct sim_host *a, const struct sim_host *b)
{
    const struct sb_core *of_a = sb_node_core(a->node), *of_b = sb_node_core(b->node);
    for (int o = 0; o < s->world->n_hosts; o++) {
        struct sb_chain_info info;
        uint32_t at = 0;
        uint16_t branch;
        while (sb_core_next_chain(of_a, sim_number(a, o), &at, &info)) {
            if (!info.aside && !sb_core_find_tip(of_b, sim_number(b, o), info.epoch, info.tip.seq,
                                                 &info.tip.hash, &branch)) {
                return scenario_fail(s, "%s has %u-%08x up to %llu of %s, %s not", a->org.s,
                                     info.epoch.counter, (unsigned)(info.epoch.tag >> 32),
                                     (unsigned long long)info.tip.seq.n, s->world->hosts[o].org.s,
                                     b->org.s);
            }
        }
    }
    return true;
}

static bool same_histories(struct scenario *s, const struct scenario_slots *in)
{
    (void)in;
    for (int a = 0; a < s->world->n_hosts; a++) {
        for (int b = 0; b < s->world->n_hosts; b++) {
            const struct sim_host *x = &s->world->hosts[a], *y = &s->world->hosts[b];
            if (x->node != NULL && y->node != NULL && !covers(s, x, y)) {
                return false;
            }
        }
    }
    return true;
}

const struct scenario_sentence scenario_expects[] = {
    {SCENARIO_EXPECT, "expect client TEXT acked", is_acked},
    {SCENARIO_EXPECT, "expect client TEXT not acked", is_not_acked},
    {SCENARIO_EXPECT, "expect client TEXT refused NAME", is_refused},
    {SCENARIO_EXPECT, "expect everybody has TEXT", everybody_has},
    {SCENARIO_EXPECT, "expect nobody has TEXT", nobody_has},
    {SCENARIO_EXPECT, "expect NODE has TEXT", has},
    {SCENARIO_EXPECT, "expect NODE lacks TEXT", lacks},
    {SCENARIO_EXPECT, "expect NODE has a stub of TEXT", has_stub},
    {SCENARIO_EXPECT, "expect NODE misses the body of TEXT", misses_body},
    {SCENARIO_EXPECT, "expect NODE has erased TEXT", scenario_is_erased},
    {SCENARIO_EXPECT, "expect bytes of TEXT at NODE", scenario_has_bytes},
    {SCENARIO_EXPECT, "expect no byte of TEXT at NODE", scenario_has_no_byte},
    {SCENARIO_EXPECT, "expect erasing TEXT at NODE answered NAME", scenario_erasing_answered},
    {SCENARIO_EXPECT, "expect reader of NODE has TEXT", reader_has},
    {SCENARIO_EXPECT, "expect reader of NODE lacks TEXT", reader_lacks},
    {SCENARIO_EXPECT, "expect NODE lag COUNT", has_lag},
    {SCENARIO_EXPECT, "expect NODE has COUNT epochs", has_epochs},
    {SCENARIO_EXPECT, "expect NODE is NAME", is_state},
    {SCENARIO_EXPECT, "expect NODE sees NODE NAME", sees},
    {SCENARIO_EXPECT, "expect fork alarm at NODE", has_fork_alarm},
    {SCENARIO_EXPECT, "expect instance alarm at NODE", has_second_alarm},
    {SCENARIO_EXPECT, "expect NODE greeted anew at most COUNT times", has_greeted},
    {SCENARIO_EXPECT, "expect no alarm at NODE", no_alarm},
    {SCENARIO_EXPECT, "expect NODE tells that NODE stalls", has_stalled_alarm},
    {SCENARIO_EXPECT, "expect NODE tells not that NODE stalls", no_stalled_alarm},
    {SCENARIO_EXPECT, "expect NODE never told that NODE stalls", never_stalled},
    {SCENARIO_EXPECT, "expect same histories", same_histories},
};
const size_t scenario_n_expects = sizeof scenario_expects / sizeof scenario_expects[0];
