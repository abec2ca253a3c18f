/* Many scattered erasures on a disk that takes few pages more: one commit has no room for all of
 * them, smaller ones have, whether a client asks for them or a partner's history says them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "daemon/shell/retention.h"
#include "daemon/store/erasing.h"
#include "tests/unit/shell/file_limit.h"
#include "tests/unit/shell/node_pair.h"

enum {
    FILLS = 25,
    PER_FILL = 40,
    EVENTS = FILLS * PER_FILL,
    EVERY = 10,
    ERASED = EVENTS / EVERY,
    PAGE = 4096,
    OUR_ROOM = 35 * PAGE,
    THEIR_ROOM = 60 * PAGE,
    TURNS = 400,
    TURN_MS = 250,
};

static struct node_world *us, *them; /* GM0384, whose events they are, and GM0437 which dials it */
static uint64_t disk; /* bytes that a store's file may have; 0: as many as it likes */

/* These two take the place of the system's: a disk keeps nothing for anybody, and tells how much
 * room the store has. */
int fallocate(int fd, int mode, off_t from, off_t n)
{
    (void)fd, (void)mode, (void)from, (void)n;
    errno = EOPNOTSUPP;
    return -1;
}

int statvfs(const char *path, struct statvfs *out)
{
    char file[64];
    struct stat now;
    snprintf(file, sizeof file, "%s/data.mdb", path);
    *out = (struct statvfs){.f_frsize = PAGE, .f_bavail = 1000 * 1000};
    if (disk > 0 && stat(file, &now) == 0) {
        uint64_t size = (uint64_t)now.st_size;
        out->f_bavail = size < disk ? (disk - size) / PAGE : 0;
    }
    return 0;
}

static int open_worlds(void **state)
{
    (void)state;
    us = world_new("GM0384", "GM0437");
    them = world_new("GM0437", "GM0384");
    for (unsigned i = 0; i < FILLS; i++) {
        world_fill(us, i * PER_FILL, PER_FILL);
    }
    return 0;
}

static void free_disk(void)
{
    limit_files(RLIM_INFINITY);
    disk = 0;
}

static int close_worlds(void **state)
{
    (void)state;
    free_disk();
    world_free(us);
    world_free(them);
    return 0;
}

static uint64_t file_bytes(const struct node_world *w)
{
    struct sb_store_usage usage;
    sb_store_usage(w->store, &usage);
    return usage.map_bytes;
}

/* No store grows beyond that. */
static void fill_disk(uint64_t bytes)
{
    limit_files(bytes);
    disk = bytes;
}

static struct sb_message erase_scattered(struct node_world *w)
{
    static struct sb_erase_item items[ERASED];
    struct sb_message m = {.type = SB_MSG_ERASE, .request = 1};
    for (unsigned i = 0; i < ERASED; i++) {
        items[i] =
            (struct sb_erase_item){world_org("GM0384"), world_custom(w, i * EVERY, "text", "").id};
    }
    m.erase.ground = "AVG";
    m.erase.items = items;
    m.erase.n_items = ERASED;
    return m;
}

/* Notes the first answer of each item, as a client does; returns how many have one by now. */
static unsigned note_answers(struct node_world *w, enum sb_code codes[static ERASED],
                             bool answered[static ERASED])
{
    struct sb_message m;
    unsigned n = 0;
    for (size_t nth = 0; world_heard(w, SB_MSG_RESULTS, nth, &m); nth++) {
        for (size_t i = 0; i < m.results.n_items; i++) {
            uint32_t index = m.results.items[i].index;
            assert_true(index < ERASED);
            codes[index] = answered[index] ? codes[index] : m.results.items[i].code;
            answered[index] = true;
        }
    }
    for (size_t i = 0; i < ERASED; i++) {
        n += answered[i];
    }
    return n;
}

/* How many are recorded. */
static unsigned count_rows(struct node_world *w)
{
    struct sb_erased row = {.origin = 0};
    unsigned n = 0;
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    while (sb_store_next_erased(w->store, row.origin, &row.event, &row, NULL) == SB_OK) {
        n++;
    }
    return n;
}

static unsigned count_erased(struct node_world *w, uint16_t origin)
{
    struct sb_record r;
    unsigned n = 0;
    assert_int_equal(sb_store_refresh(w->store, NULL), SB_OK);
    for (unsigned i = 0; i < EVENTS; i++) {
        const struct sb_uuid id = world_custom(w, i, "text", "").id;
        if (sb_store_find_id(w->store, origin, &id, 0, &r, NULL) == SB_OK) {
            assert_true(r.state != SB_BODY_ERASED || i % EVERY == 0);
            n += r.state == SB_BODY_ERASED;
        }
    }
    return n;
}

static void erase_all(uint64_t room)
{
    enum sb_code codes[ERASED];
    bool answered[ERASED] = {false};
    struct sb_message m = erase_scattered(us);
    fill_disk(file_bytes(us) + room);
    world_say(us, WORLD_CLIENT, &m);
    for (unsigned i = 0; i < TURNS && note_answers(us, codes, answered) < ERASED; i++) {
        world_turn(us, NULL, 0);
    }
    assert_int_equal(note_answers(us, codes, answered), ERASED);
    for (unsigned i = 0; i < ERASED; i++) {
        assert_int_equal(codes[i], SB_CODE_OK);
    }
    assert_int_equal(count_erased(us, 0), ERASED);
}

static void test_erase_of_many_leaves_the_next_part_room(void **state)
{
    (void)state;
    erase_all(OUR_ROOM);
}

static void pass(struct node_world *w)
{
    w->now.mono_ms += TURN_MS;
    w->now.wall.ms += TURN_MS;
}

/* Each hears what the other said; the disk of the second takes no more than that. */
static void talk(uint64_t bytes)
{
    pass(us);
    pass(them);
    fill_disk(bytes);
    pair_pass_on(us, them, true);
    free_disk();
    pair_pass_on(them, us, false); /* what they relay is more than a turn of this test takes */
}

static void test_erasures_of_a_partner_go_on_in_small_parts_where_there_is_little_room(void **state)
{
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    struct sb_message m = erase_scattered(us);
    (void)state;
    world_turn(them, &up, 1);
    pair_talk(them, us, false);
    world_say(us, WORLD_CLIENT, &m);
    assert_int_equal(count_erased(us, 0), ERASED);
    world_turn(us, NULL, 0); /* nobody hears it at once */
    uint64_t bytes = file_bytes(them) + THEIR_ROOM;
    for (unsigned i = 0; i < TURNS && count_rows(them) < ERASED; i++) {
        talk(bytes);
    }
    assert_int_equal(count_erased(them, PARTNER), ERASED);
}

/* Where there is room for one at a time it is not what retention finds, as long as it finds any. */
static void test_erase_does_not_wait_for_retention(void **state)
{
    enum { WHILE_MS = 60000, SOON = 10 };
    static const char *const topics[] = {"custom/"};
    const struct sb_config_retention rule = {
        .ground = "5.1.2", .topics = topics, .n_topics = 1, .keep_ms = 1};
    struct sb_erase_item item = {world_org("GM0384"), world_custom(us, EVENTS - 1, "text", "").id};
    struct sb_message heard, m = {.type = SB_MSG_ERASE, .request = 1};
    (void)state;
    m.erase = (struct sb_erase){.ground = "AVG", .items = &item, .n_items = 1};
    us->now.mono_ms += WHILE_MS;
    us->now.wall.ms += WHILE_MS;
    world_turn(us, NULL, 0);
    us->now.mono_ms += WHILE_MS;
    us->now.wall.ms += WHILE_MS;
    fill_disk(file_bytes(us) + OUR_ROOM);
    sb_node_retain(us->node, &rule, 1);
    world_turn(us, NULL, 0);
    assert_in_range(count_rows(us), 1, EVENTS / 2);
    world_say(us, WORLD_CLIENT, &m);
    for (unsigned i = 0; i < SOON && !world_heard(us, SB_MSG_RESULTS, 0, &heard); i++) {
        world_turn(us, NULL, 0);
    }
    assert_true(world_heard(us, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
    const unsigned n = count_rows(us);
    assert_in_range(n, 1, EVENTS / 2);
    for (unsigned i = 0; i < 2 * SOON; i++) { /* which goes on by itself */
        pass(us);
        world_turn(us, NULL, 0);
    }
    assert_true(count_rows(us) > n);
    sb_node_retain(us->node, NULL, 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, open_worlds, close_worlds)
    const struct CMUnitTest tests[] = {
        T(test_erase_of_many_leaves_the_next_part_room),
        T(test_erase_does_not_wait_for_retention),
        T(test_erasures_of_a_partner_go_on_in_small_parts_where_there_is_little_room),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
