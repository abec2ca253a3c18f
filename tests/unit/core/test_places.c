/* Places for what a partner shows: an origin that shows very much, or what nobody gives, keeps no
 * other one out. */
#include "tests/unit/core/core_world.h"

#include <string.h>

#include "daemon/core/places.h"
#include "daemon/core/want.h"

enum {
    HEADS = 80,        /* of one origin; two of them have more than there are places */
    EPOCHS = 300,      /* older ones */
    NEVER_GIVEN = 100, /* of these, the first ones */
    FEW = 8,           /* places */
    STEP_MS = 1000,
    LONG_MS = 60 * 60 * 1000,
};

static struct core_world w;
static uint64_t counter;

static int set_up(void **state)
{
    (void)state;
    counter = 0;
    core_world_init(&w);
    core_world_greet(&w, 1, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    return 0;
}

static struct core_history *epoch_of(uint16_t origin, uint32_t number)
{
    static struct core_history h;
    core_history_make(&h, &w, origin, (struct sb_epoch){number, 100 + number}, 2, NULL, 0);
    return &h;
}

static struct sb_head head_of(uint16_t origin, uint32_t number)
{
    return core_history_head(epoch_of(origin, number), 2);
}

/* A partner's frontier; what it shows of one origin is n heads, the first of them the newest. */
struct view {
    uint32_t from[CORE_WORLD_ORIGINS], n[CORE_WORLD_ORIGINS]; /* numbers of epochs */
    uint64_t rest[CORE_WORLD_ORIGINS];
};

static void show(const struct view *v, bool full)
{
    static struct sb_head heads[CORE_WORLD_ORIGINS * HEADS];
    static enum sb_head_state states[CORE_WORLD_ORIGINS * HEADS];
    struct sb_origin_heads origins[CORE_WORLD_ORIGINS];
    uint16_t numbers[CORE_WORLD_ORIGINS];
    struct sb_frontier f = {
        .node = w.origins[1], .counter = full && counter > 0 ? counter : ++counter, .full = full};
    size_t n = 0;
    for (uint16_t o = 0; o < CORE_WORLD_ORIGINS; o++) {
        if (v->n[o] == 0) {
            continue;
        }
        numbers[f.n_origins] = o;
        origins[f.n_origins++] = (struct sb_origin_heads){.origin = w.origins[o],
                                                          .heads = heads + n,
                                                          .n_heads = v->n[o],
                                                          .rest_count = v->rest[o],
                                                          .rest_digest = {{(uint8_t)v->rest[o]}}};
        for (uint32_t i = v->n[o]; i-- > 0; n++) {
            struct sb_epoch e = {v->from[o] + i, 100 + v->from[o] + i};
            heads[n] = head_of(o, e.counter);
            states[n] = sb_core_branches(w.core, o, e) > 0 ? SB_HEAD_HELD : SB_HEAD_AHEAD;
        }
    }
    f.origins = origins;
    memset(f.boot_nonce.b, 1, sizeof f.boot_nonce.b);
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){1, {SB_ROUTE_LINK, 1}, &f, states, numbers};
    core_world_step(&w, &in);
    core_world_simple(&w, SB_IN_TURN_END);
}

static bool is_known(uint16_t origin, uint32_t number)
{
    struct sb_hash hash = head_of(origin, number).checkpoint.hash;
    for (uint32_t i = w.core->origins[origin].shown; i != NONE; i = w.core->shown[i].next) {
        const struct sb_shown *s = &w.core->shown[i];
        if (s->peer == 1 && !s->ghost && sb_hash_eq(&s->checkpoint.hash, &hash)) {
            return true;
        }
    }
    return false;
}

/* ---- partner 1 answers */

static bool (*gives)(uint16_t origin, uint32_t number);

static bool gives_all(uint16_t origin, uint32_t number)
{
    (void)origin;
    (void)number;
    return true;
}

/* Nothing of 1 and 2. */
static bool gives_third(uint16_t origin, uint32_t number)
{
    (void)number;
    return origin == 3;
}

/* Of 3 what its disk has not lost. */
static bool gives_late(uint16_t origin, uint32_t number)
{
    return origin == 3 && number > NEVER_GIVEN;
}

static void answer(uint32_t request, bool empty)
{
    struct sb_input in = {.type = SB_IN_ANSWERED};
    in.answered.from = 1;
    in.answered.request = request;
    in.answered.empty = empty;
    core_world_step(&w, &in);
}

static void answer_links(const struct sb_want_state *want)
{
    bool given = gives(want->origin, want->epoch.counter);
    if (given) {
        core_world_segment(&w, 1, epoch_of(want->origin, want->epoch.counter), 1, 2);
        core_world_commit(&w);
    }
    answer(want->request, !given);
}

/* Lists EPOCHS older epochs of the origin, without those that are to be left out. */
static void answer_summary(const struct sb_want_state *want)
{
    static struct sb_head epochs[EPOCHS];
    static enum sb_head_state states[EPOCHS];
    struct sb_summary s = {.origin = w.origins[want->origin], .to = UINT32_MAX, .epochs = epochs};
    for (uint32_t i = want->range.skip; i < EPOCHS; i++) {
        struct sb_head head = head_of(want->origin, i + 1);
        bool held = sb_core_branches(w.core, want->origin, head.epoch) > 0;
        states[s.n_epochs] = held ? SB_HEAD_HELD : SB_HEAD_AHEAD;
        epochs[s.n_epochs++] = head;
    }
    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = want->origin;
    in.summary.route = (struct sb_route){SB_ROUTE_LINK, 1};
    in.summary.summary = &s;
    in.summary.states = states;
    in.summary.request = want->request;
    core_world_step(&w, &in);
}

/* Everything that it was asked for. */
static void answer_all(void)
{
    struct sb_want_state asked[4 * SB_WANTS_MAX];
    uint32_t n = w.core->n_wants;
    memcpy(asked, w.core->wants, n * sizeof *asked);
    for (uint32_t i = 0; i < n; i++) {
        if (asked[i].kind == SB_WANT_LINKS) {
            answer_links(&asked[i]);
        } else if (asked[i].kind == SB_WANT_SUMMARY) {
            answer_summary(&asked[i]);
        }
    }
    core_world_simple(&w, SB_IN_TURN_END);
}

/* Until we hold so many epochs of the origin, or so long; true: we do. */
static bool held_within(uint16_t origin, uint32_t n, const struct view *v, int64_t limit_ms)
{
    for (int64_t ms = 0; ms < limit_ms && w.core->origins[origin].n_chains < n; ms += STEP_MS) {
        answer_all();
        core_world_tick(&w, STEP_MS);
        bool asked = core_world_count(&w, SB_FX_FRONTIER_REQUEST) > 0;
        core_world_simple(&w, SB_IN_TURN_END);
        if (asked) {
            show(v, true);
        }
    }
    return w.core->origins[origin].n_chains >= n;
}

/* ---- heads. Partner 1 is honest: it shows what others have begun, as much as that is. */

static void test_places_of_one_with_ever_new_heads_leave_some_to_another(void **state)
{
    (void)state;
    struct view v = {.n = {[2] = 32}};
    for (int i = 0; i < 10; i++) { /* each time others; the old ones are known to exist */
        v.from[2] += 40;
        show(&v, i == 0);
    }
    v = (struct view){.from = {[3] = 1}, .n = {[3] = 1}};
    show(&v, false);
    assert_true(is_known(3, 1));
    v.from[3] = 2; /* and its next one as well */
    show(&v, false);
    assert_true(is_known(3, 2));
}

static void test_places_of_some_with_many_heads_leave_some_to_another(void **state)
{
    (void)state;
    struct view v = {.from = {[1] = 1, [2] = 1}, .n = {[1] = HEADS, [2] = HEADS}};
    gives = gives_third;
    show(&v, true);
    assert_int_equal(w.core->peers[1].n_shown, CORE_WORLD_ORIGINS + 128); /* all of them */
    v = (struct view){.from = {[3] = 1}, .n = {[3] = 3}};
    show(&v, false);
    assert_true(is_known(3, 1) && is_known(3, 2) && is_known(3, 3));
    assert_true(held_within(3, 3, &v, SB_WANT_TIMEOUT_MS));
}

static uint32_t count_paused(uint16_t origin)
{
    uint32_t n = 0;
    for (uint32_t i = w.core->origins[origin].shown; i != NONE; i = w.core->shown[i].next) {
        n += w.core->shown[i].pause_ms > 0;
    }
    return n;
}

/* Else it would be asked for again at once, whenever anything new is shown. */
static void test_places_of_what_is_shown_again_are_kept(void **state)
{
    (void)state;
    struct view v = {.from = {[1] = 1, [2] = 101}, .n = {[1] = HEADS, [2] = HEADS}};
    gives = gives_third;
    show(&v, true);
    assert_false(held_within(2, 1, &v, LONG_MS / 60));
    uint32_t paused = count_paused(2);
    assert_true(paused > 10);
    v = (struct view){.from = {[2] = 91}, .n = {[2] = HEADS}};
    show(&v, false);
    assert_in_range(count_paused(2), paused - 10, paused); /* ten are shown no longer */
    v = (struct view){.from = {[2] = 81}, .n = {[2] = HEADS}};
    assert_true(count_paused(2) > 10);
    paused = count_paused(2);
    show(&v, false);
    assert_in_range(count_paused(2), paused - 10, paused);
}

/* What was left out is shown again when it is asked for, and comes. */
static void test_places_for_fewer_than_are_shown_bring_all_in_the_end(void **state)
{
    (void)state;
    struct view v = {.from = {1, 1, 1, 1}, .n = {1, HEADS, HEADS, 1}};
    gives = gives_all;
    show(&v, true);
    for (uint16_t o = 1; o < CORE_WORLD_ORIGINS; o++) {
        assert_true(held_within(o, v.n[o], &v, LONG_MS));
    }
    assert_true(is_known(0, 1) && is_known(3, 1));
    core_world_tick(&w, SB_COMPARE_RETRY_MAX_MS); /* and then nobody is asked any more */
    show(&v, true);
    core_world_tick(&w, SB_COMPARE_RETRY_MAX_MS);
    assert_int_equal(core_world_count(&w, SB_FX_FRONTIER_REQUEST), 0);
}

/* Places for a few of them at a time: each round brings some, and the next one comes as soon. */
static void test_places_for_much_fewer_than_are_shown_bring_all_without_longer_pauses(void **state)
{
    (void)state;
    struct view v = {.from = {[2] = 1}, .n = {[2] = HEADS}};
    w.options.places = 1;
    core_world_again(&w);
    core_world_greet(&w, 1, 1);
    assert_true(sb_places_per_peer(w.core) <= FEW);
    gives = gives_all;
    show(&v, true);
    assert_true(held_within(2, HEADS, &v, HEADS / 4 * SB_COMPARE_RETRY_MS));
}

/* ... and where none brings any they become rare. */
static void test_places_for_fewer_than_are_shown_are_asked_for_rarely_in_vain(void **state)
{
    (void)state;
    struct view v = {.from = {[1] = 1, [2] = 1}, .n = {[1] = HEADS, [2] = HEADS}};
    gives = gives_third;
    show(&v, true);
    assert_false(held_within(2, 1, &v, LONG_MS / 10));
    assert_int_equal(w.core->peers[1].crowded_pause_ms, SB_COMPARE_RETRY_MAX_MS);
}

/* ---- older epochs */

static struct view older_of_two(void)
{
    return (struct view){.from = {[2] = EPOCHS + 1, [3] = EPOCHS + 1},
                         .n = {[2] = 1, [3] = 1},
                         .rest = {[2] = EPOCHS, [3] = EPOCHS}};
}

/* Those of 2 have what places there are when 3 begins to be shown. */
static void show_older_after_those_of_two(void)
{
    struct view v = older_of_two();
    v.n[3] = 0;
    show(&v, true);
    assert_false(held_within(3, 1, &v, LONG_MS / 20));
    v = older_of_two();
    show(&v, false);
    assert_true(held_within(3, EPOCHS + 1, &v, LONG_MS / 20));
}

static void
test_places_for_older_epochs_of_one_that_are_not_given_leave_some_to_another(void **state)
{
    (void)state;
    gives = gives_third;
    show_older_after_those_of_two();
}

/* Nothing of it is asked for at all. */
static void test_places_for_older_epochs_of_one_over_its_quota_leave_some_to_another(void **state)
{
    (void)state;
    gives = gives_all;
    w.core->origins[2].over_quota = true;
    show_older_after_those_of_two();
}

static void
test_places_for_older_epochs_that_are_not_given_are_left_to_others_in_the_end(void **state)
{
    (void)state;
    struct view v = older_of_two();
    gives = gives_late;
    v.n[2] = 0;
    show(&v, true);
    assert_true(held_within(3, EPOCHS + 1 - NEVER_GIVEN, &v, LONG_MS));
}

static void test_places_for_what_is_to_be_compared_are_shared(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2 * SB_RANGES_MAX; i++) {
        sb_want_range(w.core, 1, (struct sb_counter_range){2, i, i, 0});
    }
    sb_want_range(w.core, 1, (struct sb_counter_range){3, 0, UINT32_MAX, 0});
    const struct sb_peer *p = &w.core->peers[1];
    assert_int_equal(p->n_ranges, SB_RANGES_MAX);
    assert_int_equal(p->ranges[p->n_ranges - 1].origin, 3);
    for (uint32_t i = 0; i < 2 * SB_RANGES_MAX; i++) { /* up to half of them each */
        sb_want_range(w.core, 1, (struct sb_counter_range){3, i, i, 0});
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->n_ranges; i++) {
        n += p->ranges[i].origin == 2;
    }
    assert_int_equal(n, SB_RANGES_MAX / 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_places_of_one_with_ever_new_heads_leave_some_to_another),
        T(test_places_of_some_with_many_heads_leave_some_to_another),
        T(test_places_of_what_is_shown_again_are_kept),
        T(test_places_for_fewer_than_are_shown_bring_all_in_the_end),
        T(test_places_for_much_fewer_than_are_shown_bring_all_without_longer_pauses),
        T(test_places_for_fewer_than_are_shown_are_asked_for_rarely_in_vain),
        T(test_places_for_older_epochs_of_one_that_are_not_given_leave_some_to_another),
        T(test_places_for_older_epochs_of_one_over_its_quota_leave_some_to_another),
        T(test_places_for_older_epochs_that_are_not_given_are_left_to_others_in_the_end),
        T(test_places_for_what_is_to_be_compared_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
