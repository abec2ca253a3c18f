/* What the core says of histories: heads, the digest of the rest, ranges, cursors, digits. */
#include "tests/unit/core/core_world.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/cover.h"

static struct core_world w, v;

static int set_up(void **state)
{
    (void)state;
    core_world_init(&w);
    core_world_init(&v);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    core_world_fini(&w);
    core_world_fini(&v);
    return 0;
}

static void take(struct core_world *to, const struct core_history *h, size_t first, size_t last)
{
    core_world_segment(to, 1, h, first, last);
    assert_int_equal(core_world_count(to, SB_FX_APPEND), 1);
    core_world_commit(to);
}

/* An epoch whose EpochStart names the tip of another. */
static void follow(struct core_history *h, uint32_t counter, uint64_t tag,
                   const struct core_history *parent)
{
    core_history_make(h, &w, 1, (struct sb_epoch){counter, tag}, 2, NULL, 0);
    if (parent != NULL) {
        h->start.n_parents = 1;
        h->start.parents[0] =
            (struct sb_parent){parent->epoch, {parent->n}, parent->hashes[parent->n - 1]};
    }
}

struct rest {
    size_t heads;
    uint64_t count, events;
    struct sb_hash digest;
};

static struct rest rest_of(struct core_world *of)
{
    struct rest r;
    struct sb_head heads[SB_HEADS_MAX];
    struct sb_core_rest rest;
    r.heads = sb_core_heads(of->core, 1, SB_HEADS_MAX, heads, &rest);
    r.count = rest.count;
    r.events = rest.events;
    r.digest = rest.digest;
    return r;
}

static void assert_same_rest(void)
{
    struct rest a = rest_of(&w), b = rest_of(&v);
    assert_int_equal(a.heads, b.heads);
    assert_int_equal(a.count, b.count);
    assert_int_equal(a.events, b.events);
    assert_memory_equal(a.digest.b, b.digest.b, sizeof a.digest.b);
}

static void test_history_rest_is_the_same_for_every_order_of_arrival(void **state)
{
    (void)state;
    static struct core_history e[3];
    follow(&e[0], 1, 5, NULL);
    follow(&e[1], 2, 9, &e[0]);
    follow(&e[2], 3, 7, &e[1]);
    for (int i = 0; i < 3; i++) {
        take(&w, &e[i], 1, 2);
        take(&v, &e[2 - i], 1, 2);
    }
    assert_int_equal(rest_of(&w).heads, 1);
    assert_int_equal(rest_of(&w).count, 2);
    assert_int_equal(rest_of(&w).events, 4);
    assert_same_rest();
}

static void test_history_rest_is_the_same_whichever_branch_came_first(void **state)
{
    (void)state;
    static struct core_history one, other, next;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 5, NULL, 0);
    core_history_make(&other, &w, 1, (struct sb_epoch){1, 5}, 5, &one, 3);
    follow(&next, 2, 8, &one);
    next.start.parents[next.start.n_parents++] =
        (struct sb_parent){other.epoch, {5}, other.hashes[4]};
    take(&w, &one, 1, 5);
    take(&w, &other, 4, 5);
    take(&w, &next, 1, 2);
    take(&v, &other, 1, 5);
    take(&v, &one, 4, 5);
    take(&v, &next, 1, 2);
    assert_int_equal(rest_of(&w).heads, 1);
    assert_int_equal(rest_of(&w).count, 2);
    struct rest a = rest_of(&w), b = rest_of(&v);
    assert_memory_equal(a.digest.b, b.digest.b, sizeof a.digest.b);
    assert_same_rest();
}

/* What partners are shown is an epoch's all or none; people are shown some. */
static void test_history_epoch_of_many_branches_is_shown_to_people(void **state)
{
    (void)state;
    static struct core_history first, branch;
    struct sb_head heads[SB_HEADS_MAX];
    core_history_make(&first, &w, 1, (struct sb_epoch){1, 5}, 3, NULL, 0);
    take(&w, &first, 1, 3);
    for (size_t i = 0; i < SB_HEADS_MAX; i++) {
        assert_int_equal(rest_of(&w).heads, i + 1);
        assert_int_equal(sb_core_newest_heads(w.core, 1, SB_HEADS_MAX, heads), i + 1);
        core_history_make(&branch, &w, 1, (struct sb_epoch){1, 5}, 3, &first, 2);
        branch.items[2].link.id.b[3] = (uint8_t)(i + 1);
        branch.hashes[2] = sb_link_hash(&branch.items[2].link);
        take(&w, &branch, 3, 3);
    }
    assert_int_equal(rest_of(&w).heads, 0);
    assert_int_equal(rest_of(&w).count, SB_HEADS_MAX + 1);
    assert_int_equal(sb_core_newest_heads(w.core, 1, SB_HEADS_MAX, heads), SB_HEADS_MAX);
}

static void test_history_epoch_that_grows_again_is_a_head_again(void **state)
{
    (void)state;
    static struct core_history one, next;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 4, NULL, 0);
    one.n = 2;
    follow(&next, 2, 8, &one);
    take(&w, &one, 1, 2);
    take(&w, &next, 1, 2);
    assert_int_equal(rest_of(&w).heads, 1);
    take(&w, &one, 3, 4);
    assert_int_equal(rest_of(&w).heads, 2);
    assert_int_equal(rest_of(&w).count, 0);
}

static void test_history_summary_lists_a_small_range(void **state)
{
    (void)state;
    static struct core_history e[3];
    static struct sb_head epochs[SB_SUMMARY_MAX];
    struct sb_range_digest parts[SB_SUMMARY_PARTS];
    struct sb_summary s = {.to = UINT32_MAX, .epochs = epochs, .parts = parts};
    follow(&e[0], 1, 5, NULL);
    follow(&e[1], 2, 9, &e[0]);
    follow(&e[2], 3, 7, &e[1]);
    for (int i = 0; i < 3; i++) {
        take(&w, &e[i], 1, 2);
    }
    sb_core_summary(w.core, 1, SB_SUMMARY_MAX, &s);
    assert_int_equal(s.n_epochs, 2); /* the head is not of the rest */
    assert_int_equal(s.n_parts, 0);
    assert_int_equal(s.next, 0);
    assert_int_equal(epochs[0].epoch.counter, 1);
    assert_int_equal(epochs[1].epoch.counter, 2);
    s.from = s.to = 2;
    sb_core_summary(w.core, 1, SB_SUMMARY_MAX, &s);
    assert_int_equal(s.n_epochs, 1);
}

static void load_epochs(struct core_world *to, uint32_t n, uint32_t without)
{
    core_world_again(to);
    struct sb_parent parent = {{0}, {2}, {{0}}};
    for (uint32_t i = 1; i <= n; i++) {
        struct sb_chain_info info = {.origin = 1,
                                     .epoch = {i, i * 77},
                                     .base = {1},
                                     .bodies = {2},
                                     .parents = &parent,
                                     .n_parents = i > 1};
        info.tip.seq.n = 2;
        memcpy(info.tip.hash.b, &i, sizeof i);
        if (i != without) {
            assert_true(sb_core_load(to->core, &info));
        }
        parent.epoch = info.epoch;
        parent.hash = info.tip.hash;
    }
    sb_core_loaded(to->core);
}

static void test_history_summary_parts_cover_a_large_range_and_show_where_it_differs(void **state)
{
    (void)state;
    static struct sb_head epochs[SB_SUMMARY_MAX];
    struct sb_range_digest parts[SB_SUMMARY_PARTS];
    struct sb_summary summary = {.to = UINT32_MAX, .epochs = epochs, .parts = parts};
    uint32_t n = SB_SUMMARY_MAX + 100, without = 300;
    load_epochs(&w, n, 0);
    load_epochs(&v, n, without);
    sb_core_summary(w.core, 1, SB_SUMMARY_MAX, &summary);
    assert_int_equal(summary.n_epochs, 0);
    assert_int_equal(summary.n_parts, SB_SUMMARY_PARTS);
    assert_int_equal(parts[0].from, 0);
    assert_int_equal(parts[SB_SUMMARY_PARTS - 1].to, n);
    uint64_t count = 0;
    for (size_t i = 0; i < SB_SUMMARY_PARTS; i++) {
        count += parts[i].count;
        assert_true(i == 0 || parts[i].from == parts[i - 1].to + 1);
    }
    assert_int_equal(count, n - 1);

    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = 1;
    in.summary.summary = &summary;
    core_world_greet(&v, 1, 1);
    core_world_step(&v, &in);
    core_world_simple(&v, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&v, SB_FX_SUMMARY_REQUEST), 0); /* nobody asked for it */
    in.summary.request = core_world_ask_summary(&v, 1, 1);
    core_world_step(&v, &in);
    core_world_simple(&v, SB_IN_TURN_END);
    /* The epoch before the missing one is no rest there: it is a head. Both lie in one part. */
    assert_int_equal(core_world_count(&v, SB_FX_SUMMARY_REQUEST), 1);
    const struct sb_effect *request = core_world_effect(&v, SB_FX_SUMMARY_REQUEST, 0);
    assert_true(request->partner.from_counter <= without);
    assert_true(request->partner.to_counter >= without);
}

/* Many epochs of one counter, side by side, but not that one, and a head above them all. */
static void load_beside(struct core_world *to, uint32_t n, uint32_t without)
{
    core_world_again(to);
    for (uint32_t i = 1; i <= n + 1; i++) {
        struct sb_chain_info info = {
            .origin = 1, .epoch = {i <= n ? 7 : 8, i * 77}, .base = {1}, .bodies = {2}};
        info.tip.seq.n = 2;
        memcpy(info.tip.hash.b, &i, sizeof i);
        assert_true(i == without || sb_core_load(to->core, &info));
    }
    sb_core_loaded(to->core);
    core_world_greet(to, 1, 1);
}

/* What `w` answers to what v asks last, and what v does then. */
static void summarise(const struct sb_effect *request, struct sb_summary *s)
{
    static struct sb_head epochs[SB_SUMMARY_MAX];
    static struct sb_range_digest parts[SB_SUMMARY_PARTS];
    enum sb_head_state states[SB_SUMMARY_MAX];
    *s = (struct sb_summary){.from = request->partner.from_counter,
                             .to = request->partner.to_counter,
                             .skip = request->partner.skip,
                             .epochs = epochs,
                             .parts = parts};
    sb_core_summary(w.core, 1, SB_SUMMARY_MAX, s);
    for (size_t i = 0; i < s->n_epochs; i++) {
        bool held = sb_core_branches(v.core, 1, epochs[i].epoch) > 0;
        states[i] = held ? SB_HEAD_HELD : SB_HEAD_AHEAD;
    }
    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = 1;
    in.summary.request = request->partner.request;
    in.summary.summary = s;
    in.summary.states = states;
    core_world_step(&v, &in);
    core_world_simple(&v, SB_IN_TURN_END);
}

static void test_history_more_of_one_counter_than_a_summary_has_are_asked_for(void **state)
{
    (void)state;
    enum { MANY = 2 * SB_SUMMARY_MAX + 100, WITHOUT = MANY - 50 };
    struct sb_summary s;
    load_beside(&w, MANY, 0);
    load_beside(&v, MANY, WITHOUT);
    (void)core_world_ask_summary(&v, 1, 1);
    uint32_t next[8] = {0};
    size_t n = 0;
    for (const struct sb_effect *e;
         (e = core_world_effect(&v, SB_FX_SUMMARY_REQUEST, 0)) != NULL && n < 8; n++) {
        const struct sb_effect request = *e;
        assert_int_equal(core_world_count(&v, SB_FX_SUMMARY_REQUEST), 1);
        assert_null(core_world_effect(&v, SB_FX_WANT, 0));
        summarise(&request, &s);
        next[n] = s.next;
    }
    assert_int_equal(n, 4); /* parts, and three lists of the one that differs */
    assert_int_equal(next[1], SB_SUMMARY_MAX);
    assert_int_equal(next[2], 2 * SB_SUMMARY_MAX);
    assert_int_equal(next[3], 0);
    const struct sb_effect *want = core_world_effect(&v, SB_FX_WANT, 0);
    assert_non_null(want);
    assert_int_equal(want->partner.epoch.tag, WITHOUT * 77);
}

/* Some ten thousand branches of one epoch, from the first to the last or the other way round. */
static void load_branches(struct core_world *to, uint32_t n, bool backwards)
{
    core_world_again(to);
    for (uint32_t i = 0; i < n; i++) {
        struct sb_chain_info info = {
            .origin = 1, .branch = (uint16_t)i, .epoch = {7, 77}, .base = {2}, .bodies = {2}};
        const uint32_t mixed = (backwards ? n - 1 - i : i) * 2654435761u;
        info.tip.seq.n = 2;
        memcpy(info.tip.hash.b, &mixed, sizeof mixed);
        assert_true(sb_core_load(to->core, &info));
    }
    sb_core_loaded(to->core);
}

/* Comparing each with each, this takes a minute. */
static void test_history_digest_of_very_many_branches_is_the_same_in_any_order(void **state)
{
    (void)state;
    enum { BRANCHES = 30011 };
    load_branches(&w, BRANCHES, false);
    load_branches(&v, BRANCHES, true);
    assert_int_equal(rest_of(&w).count, BRANCHES);
    assert_same_rest();
}

/* Whoever says over and over that there is more, and where we have been, is asked no further. */
static void test_history_list_that_goes_round_ends(void **state)
{
    (void)state;
    load_beside(&v, 20, 0);
    struct sb_summary s = {.from = 7, .to = 7, .next = 5};
    struct sb_input in = {.type = SB_IN_SUMMARY};
    in.summary.from = 1;
    in.summary.origin = 1;
    in.summary.request = core_world_ask_summary(&v, 1, 1);
    in.summary.summary = &s;
    core_world_step(&v, &in);
    core_world_simple(&v, SB_IN_TURN_END);
    const struct sb_effect *e = core_world_effect(&v, SB_FX_SUMMARY_REQUEST, 0);
    assert_non_null(e);
    assert_int_equal(e->partner.skip, 5);
    in.summary.request = e->partner.request;
    core_world_step(&v, &in);
    core_world_simple(&v, SB_IN_TURN_END);
    assert_int_equal(core_world_count(&v, SB_FX_SUMMARY_REQUEST), 0);
}

/* One that may have one chain more has it, whoever else begins some in the same turn; and no
 * second. */
static void test_history_of_others_takes_no_room(void **state)
{
    (void)state;
    static struct core_history a, b, c;
    core_history_make(&a, &w, 2, (struct sb_epoch){1, 5}, 2, NULL, 0);
    core_history_make(&b, &w, 1, (struct sb_epoch){1, 6}, 2, NULL, 0);
    core_history_make(&c, &w, 1, (struct sb_epoch){2, 7}, 2, NULL, 0);
    w.core->origins[1].n_chains = SB_CHAINS_PER_ORIGIN - 1;
    core_world_segment(&w, 1, &a, 1, 2);
    core_world_segment(&w, 1, &b, 1, 2);
    core_world_segment(&w, 1, &c, 1, 2);
    assert_int_equal(w.core->stage.n_born, 2);
    assert_false(w.core->origins[2].over_quota);
    assert_true(w.core->origins[1].over_quota);
    assert_int_equal(w.core->chains[w.core->n_chains - 1].origin, 1);
}

static void test_history_shows_as_many_digits_as_are_unambiguous(void **state)
{
    (void)state;
    static struct core_history a, b, c;
    core_history_make(&a, &w, 1, (struct sb_epoch){1, 0x123456789abcdef0}, 2, NULL, 0);
    core_history_make(&b, &w, 1, (struct sb_epoch){1, 0x123456789abc0000}, 2, NULL, 0);
    core_history_make(&c, &w, 1, (struct sb_epoch){2, 0x123456789abcdef1}, 2, NULL, 0);
    take(&w, &a, 1, 2);
    assert_int_equal(sb_core_epoch_digits(w.core, 1, a.epoch), 8);
    take(&w, &b, 1, 2);
    take(&w, &c, 1, 2);
    assert_int_equal(sb_core_epoch_digits(w.core, 1, a.epoch), 13);
    assert_int_equal(sb_core_epoch_digits(w.core, 1, b.epoch), 13);
    assert_int_equal(sb_core_epoch_digits(w.core, 1, c.epoch), 8);
}

static uint64_t covered_of(const uint64_t *by_chain, const struct core_history *h, uint16_t branch)
{
    struct sb_chain_info info;
    assert_true(sb_core_find_chain(w.core, 1, h->epoch, branch, &info));
    return by_chain[info.index];
}

static uint64_t covered[8], held[8];
static struct sb_open_tip open_tips[4];

static bool find_tip(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch)
{
    return sb_core_find_tip(context, origin, tip->epoch, tip->seq, &tip->hash, branch);
}

static size_t cover(const struct sb_tip *tips, size_t n)
{
    struct sb_cover c = {.find = find_tip, .context = w.core, .upto = covered, .held = held};
    c.open = open_tips;
    c.cap_open = sizeof open_tips / sizeof *open_tips;
    sb_core_cover(w.core, tips, n, &c);
    return c.n_open;
}

static void test_history_cursor_ahead_of_an_epoch_holds_it_back_until_it_forks(void **state)
{
    (void)state;
    static struct core_history one, other;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 6, NULL, 0);
    core_history_make(&other, &w, 1, (struct sb_epoch){1, 5}, 6, &one, 3);
    struct sb_tip ahead = {w.origins[1], one.epoch, {6}, one.hashes[5], false};
    assert_int_equal(cover(&ahead, 1), 1); /* nothing is here yet */
    assert_int_equal(open_tips[0].seq.n, 6);
    take(&w, &one, 1, 4);
    assert_int_equal(cover(&ahead, 1), 1);
    assert_int_equal(covered_of(covered, &one, 0), 0);
    assert_int_equal(covered_of(held, &one, 0), 6);
    take(&w, &other, 4, 5);
    assert_int_equal(cover(&ahead, 1), 0);
    assert_int_equal(covered_of(held, &one, 0), 0);
    take(&w, &one, 5, 6);
    assert_int_equal(cover(&ahead, 1), 0);
    assert_int_equal(covered_of(covered, &one, 0), 6);
    assert_int_equal(covered_of(covered, &one, 1), 0);
}

static void test_history_cursor_covers_the_past_of_its_tips_and_no_more(void **state)
{
    (void)state;
    static struct core_history one, other, next;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 6, NULL, 0);
    core_history_make(&other, &w, 1, (struct sb_epoch){1, 5}, 6, &one, 3);
    follow(&next, 2, 8, NULL);
    next.start.n_parents = 1;
    next.start.parents[0] = (struct sb_parent){other.epoch, {6}, other.hashes[5]};
    take(&w, &one, 1, 6);
    take(&w, &other, 4, 6);
    take(&w, &next, 1, 2);
    assert_int_equal(sb_core_chain_count(w.core), 3);
    cover(NULL, 0);
    assert_int_equal(covered_of(covered, &one, 0), 0);

    struct sb_tip middle = {w.origins[1], one.epoch, {5}, one.hashes[4], false};
    cover(&middle, 1);
    assert_int_equal(covered_of(covered, &one, 0), 0); /* which branch it is on nobody says */
    assert_int_equal(covered_of(covered, &one, 1), 0);
    assert_int_equal(covered_of(held, &one, 0), 0);

    struct sb_tip last = {w.origins[1], next.epoch, {2}, next.hashes[1], false};
    cover(&last, 1);
    assert_int_equal(covered_of(covered, &next, 0), 2);
    assert_int_equal(covered_of(covered, &other, 1), 0); /* a tip speaks for its own epoch */

    last.past = true;
    cover(&last, 1);
    assert_int_equal(covered_of(covered, &next, 0), 2);
    assert_int_equal(covered_of(covered, &other, 1), 6); /* its parent */
    assert_int_equal(covered_of(covered, &one, 0), 3);   /* where that branch left */
}

static void test_history_cursor_of_another_origin_covers_nothing(void **state)
{
    (void)state;
    static struct core_history one;
    core_history_make(&one, &w, 1, (struct sb_epoch){1, 5}, 6, NULL, 0);
    take(&w, &one, 1, 6);
    struct sb_tip tip = {w.origins[2], one.epoch, {5}, one.hashes[4], true};
    cover(&tip, 1);
    assert_int_equal(covered_of(covered, &one, 0), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_history_rest_is_the_same_for_every_order_of_arrival),
        T(test_history_rest_is_the_same_whichever_branch_came_first),
        T(test_history_epoch_of_many_branches_is_shown_to_people),
        T(test_history_epoch_that_grows_again_is_a_head_again),
        T(test_history_summary_lists_a_small_range),
        T(test_history_summary_parts_cover_a_large_range_and_show_where_it_differs),
        T(test_history_more_of_one_counter_than_a_summary_has_are_asked_for),
        T(test_history_digest_of_very_many_branches_is_the_same_in_any_order),
        T(test_history_list_that_goes_round_ends),
        T(test_history_of_others_takes_no_room),
        T(test_history_shows_as_many_digits_as_are_unambiguous),
        T(test_history_cursor_ahead_of_an_epoch_holds_it_back_until_it_forks),
        T(test_history_cursor_covers_the_past_of_its_tips_and_no_more),
        T(test_history_cursor_of_another_origin_covers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
