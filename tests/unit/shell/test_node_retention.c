/* Retention through whole nodes on real stores: whatever time an origin writes into its events, it
 * decides nothing; and what is destroyed is told once it is durable, not before. */
#include <sys/statvfs.h>

#include "daemon/shell/node_internal.h"
#include "tests/unit/shell/file_limit.h"
#include "tests/unit/shell/node_pair.h"

enum { EVENTS = 5, SMALL = 2 * 4096, STEADY_MS = 10000 };
#define HOUR_MS INT64_C(3600000)
#define YEAR_MS (365 * 24 * HOUR_MS)

static struct node_world *origin, *holder; /* GM0384, and GM0437 which dials it */

struct told {
    unsigned n;
    char why[256];
};
static struct told told; /* by the holder, of retention */

static void note_state(void *context, const char *who, const char *what, const char *from,
                       const char *to, const char *why)
{
    (void)context, (void)who, (void)from, (void)to;
    if (strcmp(what, "retention") == 0) {
        told.n++;
        snprintf(told.why, sizeof told.why, "%s", why);
    }
}

static void pass(int64_t ms)
{
    holder->now.mono_ms += ms;
    holder->now.wall.ms += ms;
    for (unsigned i = 0; i < 5; i++) {
        world_turn(holder, NULL, 0);
    }
}

static int open_worlds(void **state)
{
    origin = world_new("GM0384", "GM0437");
    holder = world_new("GM0437", "GM0384");
    *state = NULL;
    told = (struct told){0};
    holder->node->o.events.state = note_state;
    return 0;
}

static int close_worlds(void **state)
{
    (void)state;
    world_free(origin);
    world_free(holder);
    return 0;
}

static void link_up(void)
{
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    world_turn(holder, &up, 1);
    pair_talk(holder, origin, false);
}

/* One event, by a clock that its organisation sets as it likes, for that one turn. */
static void publish_at(unsigned number, int64_t wall_ms)
{
    int64_t right = origin->now.wall.ms;
    origin->now.wall.ms = wall_ms;
    world_fill(origin, number, 1);
    origin->now.wall.ms = right;
    world_turn(origin, NULL, 0);
}

static void keep(int64_t keep_ms)
{
    static const char *const topics[] = {"custom/"};
    static struct sb_config_retention rule;
    rule = (struct sb_config_retention){
        .ground = "5.1.2", .topics = topics, .n_topics = 1, .keep_ms = keep_ms};
    sb_node_retain(holder->node, &rule, 1);
}

/* How many events of clients have this state at the holder. */
static unsigned count(enum sb_body_state state)
{
    struct sb_record record;
    struct sb_offset at = {0};
    bool released;
    unsigned n = 0;
    assert_int_equal(sb_store_refresh(holder->store, NULL), SB_OK);
    while (sb_store_next(holder->store, (struct sb_offset){at.n + 1}, &at, &released, &record,
                         NULL) == SB_OK) {
        n += !released && record.item.link.kind != SB_KIND_SYSTEM && record.state == state;
    }
    return n;
}

static void test_retention_is_not_decided_by_a_time_that_the_origin_invents(void **state)
{
    (void)state;
    publish_at(1, INT64_MAX - YEAR_MS);                /* with its term: beyond all numbers */
    publish_at(2, INT64_MIN + 100 * YEAR_MS);          /* over since ever */
    publish_at(3, INT64_C(253402300799000));           /* the last second of 9999 */
    publish_at(4, origin->now.wall.ms + 10 * YEAR_MS); /* not for another ten years */
    publish_at(5, origin->now.wall.ms);
    keep(2 * YEAR_MS);
    link_up();
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    pass(2 * YEAR_MS - HOUR_MS);
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    pass(2 * HOUR_MS);
    assert_int_equal(count(SB_BODY_EXPIRED), EVENTS);
}

static void test_retention_reads_an_old_time_as_it_is(void **state)
{
    (void)state;
    publish_at(1, origin->now.wall.ms - 10 * YEAR_MS); /* history that was taken in */
    publish_at(2, origin->now.wall.ms);
    keep(2 * YEAR_MS);
    link_up();
    pass(HOUR_MS);
    assert_int_equal(count(SB_BODY_EXPIRED), 1);
    assert_int_equal(count(SB_BODY_PRESENT), 1);
}

/* A machine that starts with a clock of years from now; whoever is asked sets it right. */
static void test_retention_waits_for_a_clock_that_is_steady(void **state)
{
    (void)state;
    world_fill(holder, 1, EVENTS);
    holder->now.wall.ms += 10 * YEAR_MS;
    keep(2 * YEAR_MS);
    for (unsigned i = 0; i < 9; i++) {
        pass(1000);
    }
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    holder->now.wall.ms -= 10 * YEAR_MS;
    pass(STEADY_MS - 1000);
    pass(2 * STEADY_MS);
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    pass(2 * YEAR_MS);
    assert_int_equal(count(SB_BODY_EXPIRED), EVENTS);
}

/* Also long after the start, where the next search is due. */
static void test_retention_waits_where_the_clock_is_moved(void **state)
{
    (void)state;
    world_fill(holder, 1, EVENTS);
    keep(2 * YEAR_MS);
    pass(HOUR_MS);
    holder->now.wall.ms += 10 * YEAR_MS;
    pass(HOUR_MS);
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    holder->now.wall.ms -= 10 * YEAR_MS;
    pass(2 * STEADY_MS);
    pass(HOUR_MS);
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
}

static bool disk_is_full; /* as far as statvfs says, whose place this takes */

int statvfs(const char *path, struct statvfs *out)
{
    (void)path;
    *out = (struct statvfs){.f_frsize = 4096, .f_bavail = disk_is_full ? 10 : 1000 * 1000};
    return 0;
}

static void test_retention_tells_what_it_destroyed_once_it_is_durable(void **state)
{
    (void)state;
    world_fill(origin, 1, EVENTS);
    link_up();
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    pass(STEADY_MS);
    uint64_t commits = holder->node->commits;
    limit_files(SMALL);
    keep(1);
    pass(2000);
    pass(2000);
    limit_files(RLIM_INFINITY);
    assert_int_equal(holder->node->commits, commits);
    assert_int_equal(count(SB_BODY_PRESENT), EVENTS);
    assert_int_equal(told.n, 0);
    pass(2000);
    pass(2000);
    assert_int_equal(count(SB_BODY_EXPIRED), EVENTS);
    assert_int_equal(told.n, 1);
    assert_string_equal(told.why, "the content of 5 events, whose time was up; `samenbus erasures` "
                                  "has the grounds");
    pass(HOUR_MS);
    assert_int_equal(told.n, 1);
}

/* Beyond its file's end there is room for a few pages alone: so many that each commit has to be
 * small, and what each of them frees is used by the next. */
static void test_retention_goes_on_in_small_parts_where_there_is_little_room(void **state)
{
    enum { FILLS = 5, PER_FILL = 40, ROOM = 8 * 4096, SECONDS = 40 };
    struct sb_store_usage usage;
    (void)state;
    for (unsigned i = 0; i < FILLS; i++) {
        world_fill(holder, 1 + i * PER_FILL, PER_FILL);
    }
    assert_int_equal(count(SB_BODY_PRESENT), FILLS * PER_FILL);
    sb_store_usage(holder->store, &usage);
    limit_files(usage.map_bytes + ROOM);
    disk_is_full = true;
    pass(STEADY_MS);
    keep(1);
    for (unsigned i = 0; i < SECONDS && count(SB_BODY_EXPIRED) < FILLS * PER_FILL; i++) {
        pass(1000);
    }
    limit_files(RLIM_INFINITY);
    disk_is_full = false;
    assert_int_equal(count(SB_BODY_EXPIRED), FILLS * PER_FILL);
    pass(2000);
    assert_true(told.n > 0);
    assert_string_equal(told.why, "the content of 200 events, whose time was up; `samenbus "
                                  "erasures` has the grounds");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_retention_is_not_decided_by_a_time_that_the_origin_invents, open_worlds,
            close_worlds),
        cmocka_unit_test_setup_teardown(test_retention_waits_for_a_clock_that_is_steady,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(test_retention_waits_where_the_clock_is_moved, open_worlds,
                                        close_worlds),
        cmocka_unit_test_setup_teardown(test_retention_reads_an_old_time_as_it_is, open_worlds,
                                        close_worlds),
        cmocka_unit_test_setup_teardown(test_retention_tells_what_it_destroyed_once_it_is_durable,
                                        open_worlds, close_worlds),
        cmocka_unit_test_setup_teardown(
            test_retention_goes_on_in_small_parts_where_there_is_little_room, open_worlds,
            close_worlds),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
