/* The event log against a log of a few events: each has its line once, in order, whatever happens
 * to the file. The store and the core are played by this test. */
#include "daemon/shell/eventlog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRIES_MAX = 20000 };

/* ---- the store and the core */

struct entry {
    enum sb_kind kind;
    bool deferred;
    uint64_t releases; /* the offset of a deferred event; 0: an event */
};

static struct entry entries[ENTRIES_MAX + 1]; /* by offset */
static uint64_t n_entries;
static enum sb_rc store_answer;

static void commit(enum sb_kind kind, bool deferred, uint64_t releases)
{
    entries[++n_entries] = (struct entry){kind, deferred, releases};
}

static void commit_open(int n)
{
    for (int i = 0; i < n; i++) {
        commit(SB_KIND_OPEN, false, 0);
    }
}

enum sb_rc sb_store_refresh(struct sb_store *store, struct sb_err *err)
{
    (void)store;
    return store_answer == SB_OK ? SB_OK : sb_err_set(err, store_answer, "store");
}

enum sb_rc sb_store_next(struct sb_store *store, struct sb_offset from, struct sb_offset *at,
                         bool *released, struct sb_record *out, struct sb_err *err)
{
    (void)store;
    if (from.n > n_entries) {
        return sb_err_set(err, SB_E_NOTFOUND, "no more");
    }
    const struct entry *e = &entries[from.n];
    uint64_t of = e->releases > 0 ? e->releases : from.n;
    *at = from;
    *released = e->releases > 0;
    *out = (struct sb_record){
        .offset = {of}, .origin = 1, .state = SB_BODY_WITHHELD, .deferred = entries[of].deferred};
    out->item.link = (struct sb_link){.kind = entries[of].kind,
                                      .origin = {"GM0437"},
                                      .epoch = {1, 0x9f1c2ab700000000},
                                      .seq = {of}};
    return SB_OK;
}

enum sb_rc sb_store_checkpoint(struct sb_store *store, const struct sb_place *place,
                               struct sb_checkpoint *out, struct sb_err *err)
{
    (void)store, (void)place, (void)err;
    *out = (struct sb_checkpoint){.time = {1795427728123}};
    return SB_OK;
}

unsigned sb_core_epoch_digits(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch)
{
    (void)core, (void)origin, (void)epoch;
    return 8;
}

unsigned sb_core_branches(const struct sb_core *core, uint16_t origin, struct sb_epoch epoch)
{
    (void)core, (void)origin, (void)epoch;
    return 1;
}

void sb_core_offsets(const struct sb_core *core, struct sb_offset *last,
                     struct sb_offset by_class[static SB_CLASS_COUNT])
{
    (void)core, (void)by_class;
    last->n = n_entries;
}

/* ---- the file */

static char folder[] = "/tmp/samenbus-eventlog-XXXXXX";
static char path[64], moved[64], position[64];
static struct sb_eventlog eventlog;
static struct sb_err error;

static void start(void)
{
    assert_int_equal(sb_eventlog_open(&eventlog, path, &error), SB_OK);
}

static void restart(void)
{
    sb_eventlog_close(&eventlog);
    start();
}

static int set_up(void **state)
{
    (void)state;
    n_entries = 0;
    store_answer = SB_OK;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/events", folder);
    snprintf(moved, sizeof moved, "%s/events.1", folder);
    snprintf(position, sizeof position, "%s/events.position", folder);
    start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sb_eventlog_close(&eventlog);
    unlink(path);
    unlink(moved);
    unlink(position);
    return rmdir(folder);
}

static enum sb_rc write_at(int64_t mono_ms)
{
    return sb_eventlog_write(&eventlog, NULL, NULL, mono_ms, &error);
}

static void write_all(void)
{
    while (sb_eventlog_behind(&eventlog, NULL)) {
        assert_int_equal(write_at(0), SB_OK);
    }
}

/* The offsets of a file's lines as text: "1 2 5". */
static const char *offsets_in(const char *name)
{
    static char text[1000], line[SB_LINEFILE_LINE_MAX];
    size_t n = 0;
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    text[0] = '\0';
    while (fgets(line, sizeof line, f) != NULL) {
        const char *at = strstr(line, "\"offset\":");
        assert_non_null(at);
        assert_non_null(strchr(line, '\n'));
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%lu", n == 0 ? "" : " ",
                              strtoul(at + 9, NULL, 10));
    }
    fclose(f);
    return text;
}

/* ---- the tests */

static void test_eventlog_line_is_the_events_without_its_body(void **state)
{
    char line[SB_LINEFILE_LINE_MAX] = "";
    (void)state;
    commit_open(1);
    write_all();
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_string_equal(line, "{\"origin\":\"GM0437\",\"epoch\":\"1-9f1c2ab7\",\"seq\":1,"
                              "\"offset\":1,\"id\":\"00000000-0000-0000-0000-000000000000\","
                              "\"time\":\"2026-11-23T09:55:28.123Z\",\"topic\":null,"
                              "\"type\":null,\"audience\":[],\"state\":\"withheld\","
                              "\"publisher\":null,\"body\":null}\n");
}

static void test_eventlog_has_no_system_events_and_deferred_ones_where_released(void **state)
{
    (void)state;
    commit(SB_KIND_SYSTEM, false, 0);
    commit(SB_KIND_OPEN, false, 0);
    commit(SB_KIND_OPEN, true, 0);
    commit(SB_KIND_RESTRICTED, false, 0);
    write_all();
    assert_string_equal(offsets_in(path), "2 4");
    commit(SB_KIND_OPEN, false, 3);
    write_all();
    assert_string_equal(offsets_in(path), "2 4 5");
}

static void test_eventlog_goes_on_after_a_crash_behind_its_last_line(void **state)
{
    (void)state;
    commit_open(2);
    write_all();
    commit_open(2);
    restart();
    write_all();
    assert_string_equal(offsets_in(path), "1 2 3 4");
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    fputs("{\"origin\":\"GM04", f); /* what a crash left of the fifth */
    fclose(f);
    commit_open(1);
    restart();
    write_all();
    assert_string_equal(offsets_in(path), "1 2 3 4 5");
}

static void test_eventlog_that_was_deleted_is_made_again(void **state)
{
    (void)state;
    commit_open(3);
    write_all();
    unlink(path);
    unlink(position);
    restart();
    write_all();
    assert_string_equal(offsets_in(path), "1 2 3");
}

static void test_eventlog_after_rotation_goes_on_in_a_new_file(void **state)
{
    (void)state;
    commit_open(2);
    write_all();
    assert_int_equal(rename(path, moved), 0);
    commit_open(1);
    write_all();
    assert_string_equal(offsets_in(moved), "1 2 3");
    sb_eventlog_reopen(&eventlog);
    write_all();
    assert_string_equal(offsets_in(path), "");
    restart(); /* before the new file has a line */
    commit_open(1);
    write_all();
    assert_string_equal(offsets_in(path), "4");
}

static void test_eventlog_moved_away_under_no_daemon_goes_on_in_a_new_file(void **state)
{
    (void)state;
    commit_open(3);
    write_all();
    commit_open(1);
    assert_int_equal(rename(path, moved), 0);
    restart(); /* it died before it heard of the rotation */
    write_all();
    assert_string_equal(offsets_in(moved), "1 2 3");
    assert_string_equal(offsets_in(path), "4");
}

static void test_eventlog_full_disk_is_told_and_nothing_is_missing_afterwards(void **state)
{
    struct rlimit limit, small;
    (void)state;
    commit_open(1);
    write_all();
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = eventlog.file.size + 10;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    commit_open(2);
    assert_int_equal(write_at(1000), SB_E_FULL);
    assert_true(eventlog.failed);
    assert_false(sb_eventlog_behind(&eventlog, NULL)); /* not again at once */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(write_at(1000 + SB_EVENTLOG_RETRY_MS - 1), SB_OK);
    assert_string_equal(offsets_in(path), "1");
    assert_int_equal(write_at(1000 + SB_EVENTLOG_RETRY_MS), SB_OK);
    assert_false(eventlog.failed);
    assert_string_equal(offsets_in(path), "1 2 3");
}

static void test_eventlog_of_another_store_goes_on_at_the_end_of_this_one(void **state)
{
    (void)state;
    commit_open(5);
    write_all();
    n_entries = 2; /* a backup was put back */
    restart();
    write_all();
    commit_open(1);
    write_all();
    assert_string_equal(offsets_in(path), "1 2 3 4 5 3");
}

static void test_eventlog_writes_a_long_rest_in_slices(void **state)
{
    unsigned slices = 0;
    (void)state;
    commit_open(ENTRIES_MAX);
    for (; sb_eventlog_behind(&eventlog, NULL); slices++) {
        uint64_t before = eventlog.file.size;
        assert_int_equal(write_at(0), SB_OK);
        assert_true(eventlog.file.size - before <= SB_EVENTLOG_SLICE_BYTES);
    }
    assert_true(slices > 1);
    assert_int_equal(eventlog.written.n, ENTRIES_MAX);
}

static void test_eventlog_store_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    commit_open(1);
    store_answer = SB_E_CORRUPT;
    assert_int_equal(write_at(0), SB_E_CORRUPT);
    assert_non_null(strstr(error.text, "event log: "));
    store_answer = SB_OK;
    assert_int_equal(write_at(SB_EVENTLOG_RETRY_MS), SB_OK);
    assert_string_equal(offsets_in(path), "1");
}

static void test_eventlog_without_a_path_does_nothing(void **state)
{
    (void)state;
    sb_eventlog_close(&eventlog);
    assert_int_equal(sb_eventlog_open(&eventlog, NULL, &error), SB_OK);
    commit_open(1);
    assert_false(sb_eventlog_behind(&eventlog, NULL));
    sb_eventlog_reopen(&eventlog);
    assert_int_equal(write_at(0), SB_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_eventlog_line_is_the_events_without_its_body),
        TEST(test_eventlog_has_no_system_events_and_deferred_ones_where_released),
        TEST(test_eventlog_goes_on_after_a_crash_behind_its_last_line),
        TEST(test_eventlog_that_was_deleted_is_made_again),
        TEST(test_eventlog_after_rotation_goes_on_in_a_new_file),
        TEST(test_eventlog_moved_away_under_no_daemon_goes_on_in_a_new_file),
        TEST(test_eventlog_full_disk_is_told_and_nothing_is_missing_afterwards),
        TEST(test_eventlog_of_another_store_goes_on_at_the_end_of_this_one),
        TEST(test_eventlog_writes_a_long_rest_in_slices),
        TEST(test_eventlog_store_that_cannot_be_read_is_told),
        TEST(test_eventlog_without_a_path_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
