/* What only a store in files can go through: disks that fail or are full, files that are damaged,
 * replaced or of another format, readers beside the daemon. Takes the place of fdatasync
 * and statvfs. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/store/folder.h"
#include "tests/store/scalpel.h"
#include "tests/store/scribe.h"

#include <cmocka.h>

enum { MAP_SIZE = 64 * 1024 * 1024 };

static int fail_sync_with; /* errno of the next fdatasyncs; 0: none */
static int fail_syncs;     /* how many of them */
static bool disk_is_full;  /* as far as statvfs says */

int fdatasync(int fd)
{
    if (fail_syncs > 0) {
        fail_syncs--;
        errno = fail_sync_with;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

int statvfs(const char *path, struct statvfs *out)
{
    (void)path;
    *out = (struct statvfs){.f_frsize = 4096, .f_bavail = disk_is_full ? 10 : 1000 * 1000};
    return 0;
}

static int setup(void **state)
{
    char path[FOLDER_PATH];
    folder_fresh(path);
    fail_syncs = 0;
    disk_is_full = false;
    *state = scribe_new(path, MAP_SIZE);
    return 0;
}

static int teardown(void **state)
{
    scribe_free(*state);
    return 0;
}

static void append(struct scribe *s, unsigned chain, unsigned n)
{
    scribe_begin(s);
    for (unsigned i = 0; i < n; i++) {
        scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
    }
    scribe_checkpoint(s, chain);
}

/* ---- opening */

static void test_open_makes_a_folder_for_its_user_alone(void **state)
{
    struct scribe *s = *state;
    char data[FOLDER_PATH];
    struct stat info;
    assert_int_equal(stat(s->options.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(data, sizeof data, "%s/data.mdb", s->options.path);
    assert_int_equal(stat(data, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_open_says_which_process_is_in_the_way(void **state)
{
    struct scribe *s = *state;
    struct sb_store *second;
    struct sb_err err = {0};
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(sb_store_open(&second, &s->options, &err), SB_E_BUSY);
    assert_non_null(strstr(err.text, pid));
}

static void test_open_refuses_a_newer_format(void **state)
{
    struct scribe *s = *state;
    static const uint8_t format[4] = {0, 0, 0, 4};
    struct sb_err err = {0};
    scribe_close(s);
    scalpel_put(s->options.path, "meta", (struct sb_bytes){(const uint8_t *)"format", 6},
                (struct sb_bytes){format, sizeof format});
    assert_int_equal(sb_store_open(&s->store, &s->options, &err), SB_E_VERSION);
    assert_non_null(strstr(err.text, "format 4"));
    assert_non_null(strstr(err.text, "reads up to 3"));
    s->store = NULL;
}

/* A store of format 1 is one of today without the index of what was said, old entries or young. */
static void test_open_raises_the_format_of_an_older_store(void **state)
{
    struct scribe *s = *state;
    static const uint8_t format[4] = {0, 0, 0, 1};
    append(s, scribe_chain(s, "GM0384", 1), 40);
    scribe_commit(s);
    scribe_close(s);
    assert_true(scalpel_count(s->options.path, "young") > 0);
    scalpel_drop(s->options.path, "said");
    scalpel_drop(s->options.path, "young");
    scalpel_put(s->options.path, "meta", (struct sb_bytes){(const uint8_t *)"format", 6},
                (struct sb_bytes){format, sizeof format});
    struct sb_store_options reader = {.path = s->options.path, .read_only = true};
    assert_int_equal(sb_store_open(&s->store, &reader, NULL), SB_OK); /* and leaves it so */
    sb_store_close(s->store);
    assert_true(scalpel_is_without(s->options.path, "said"));
    scribe_open(s);
    scribe_check(s);
    scribe_close(s);
    scribe_open(s);
    scribe_check(s);
}

static void test_open_refuses_what_is_no_store(void **state)
{
    struct scribe *s = *state;
    char data[FOLDER_PATH];
    struct sb_err err = {0};
    scribe_close(s);
    snprintf(data, sizeof data, "%s/data.mdb", s->options.path);
    FILE *file = fopen(data, "wb");
    assert_non_null(file);
    for (int i = 0; i < 16384; i++) {
        fputc('x', file);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sb_store_open(&s->store, &s->options, &err), SB_E_CORRUPT);
    assert_non_null(strstr(err.text, s->options.path));
    s->store = NULL;
}

/* Of a store with something in it. */
static void drop_tree(struct scribe *s, const char *tree)
{
    append(s, scribe_chain(s, "GM0384", 1), 3);
    scribe_commit(s);
    scribe_close(s);
    scalpel_drop(s->options.path, tree);
}

/* To read as to write; `err` is the latter's. */
static void expect_refused(struct scribe *s, struct sb_err *err)
{
    struct sb_store_options reader = {.path = s->options.path, .read_only = true};
    assert_int_equal(sb_store_open(&s->store, &reader, err), SB_E_CORRUPT);
    assert_non_null(strstr(err->text, "open its trees"));
    assert_int_equal(sb_store_open(&s->store, &s->options, err), SB_E_CORRUPT);
}

/* Made anew it would be empty: what was erased would be shown again, and what was said not found.
 */
static void test_open_refuses_a_store_that_has_lost_a_tree(void **state)
{
    static const char *const trees[] = {"log", "erased", "consumers", "said", "young"};
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        struct scribe *s = *state;
        struct sb_err err = {0};
        drop_tree(s, trees[i]);
        expect_refused(s, &err);
        assert_true(scalpel_is_without(s->options.path, trees[i]));
        s->store = NULL;
        teardown(state);
        setup(state);
    }
}

/* A tree that cannot be opened would be number 0, which is LMDB's own list of free pages. */
static void test_open_refuses_a_store_whose_tree_is_none(void **state)
{
    static const char *const trees[] = {"meta", "log", "chains", "said", "young"};
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        struct scribe *s = *state;
        struct sb_err err = {0};
        drop_tree(s, trees[i]);
        scalpel_put(s->options.path, NULL,
                    (struct sb_bytes){(const uint8_t *)trees[i], strlen(trees[i])},
                    (struct sb_bytes){(const uint8_t *)"none", 4});
        expect_refused(s, &err);
        assert_non_null(strstr(err.text, "samenbus repair --store"));
        s->store = NULL;
        teardown(state);
        setup(state);
    }
}

/* Where the power went off while a store was made there is none, and the next start makes one. */
static void test_open_makes_a_store_whose_making_was_cut_short(void **state)
{
    struct scribe *s = *state;
    char path[FOLDER_PATH], making[FOLDER_PATH];
    struct sb_store_options options = s->options;
    struct sb_err err = {0};
    snprintf(path, sizeof path, "%s/inner", s->options.path);
    snprintf(making, sizeof making, "%.4000s/making", path);
    assert_int_equal(mkdir(path, 0700) | mkdir(making, 0700), 0);
    snprintf(making, sizeof making, "%.4000s/making/data.mdb", path);
    FILE *file = fopen(making, "wb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 8191, SEEK_SET) | fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    options.path = path;
    struct sb_store *store;
    assert_int_equal(sb_store_open(&store, &options, &err), SB_OK);
    sb_store_close(store);
    assert_int_equal(access(making, F_OK), -1);
    const char *const left[] = {"data.mdb", "lock.mdb", "lock-samenbus"};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        snprintf(making, sizeof making, "%.4000s/%s", path, left[i]);
        assert_int_equal(unlink(making), 0);
    }
    assert_int_equal(rmdir(path), 0);
}

static void test_open_says_when_the_folder_cannot_be_made(void **state)
{
    struct scribe *s = *state;
    struct sb_store *store;
    struct sb_store_options options = s->options;
    struct sb_err err = {0};
    options.path = "/proc/no-such/store";
    assert_int_equal(sb_store_open(&store, &options, &err), SB_E_IO);
    assert_non_null(strstr(err.text, options.path));
}

/* ---- disks */

static void test_commit_ends_the_process_when_the_sync_fails(void **state)
{
    struct scribe *s = *state;
    static const int errors[] = {EIO, ENOSPC};
    struct scribe *before = test_malloc(sizeof *before);
    scribe_chain(s, "GM0384", 1);
    memcpy(before, s, sizeof *before);
    for (unsigned i = 0; i < 2; i++) {
        struct sb_err err = {0};
        append(s, 0, 3);
        fail_sync_with = errors[i];
        fail_syncs = 2; /* LMDB's file, and ours */
        disk_is_full = true;
        assert_int_equal(sb_store_commit(s->txn, &err), SB_E_IO);
        assert_int_equal(err.rc, SB_E_IO);
        assert_non_null(strstr(err.text, s->options.path));
        assert_int_equal(fail_syncs, 0);
        memcpy(s, before, sizeof *s);
    }
    test_free(before);
}

static rlim_t limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t old = limit.rlim_cur;
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return old;
}

/* Fails to commit many events, which leaves the store as in `before`. */
static void overfill(struct scribe *s, const struct scribe *before, rlim_t size)
{
    struct sb_err err = {0};
    rlim_t old = limit_files(size);
    append(s, 0, 500);
    enum sb_rc rc = sb_store_commit(s->txn, &err);
    limit_files(old);
    assert_int_equal(rc, SB_E_FULL);
    assert_non_null(strstr(err.text, "make room"));
    memcpy(s, before, sizeof *s);
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    scribe_check(s);
}

/* A limit on the size of files stands for a full disk: the kernel refuses in the same place, be it
 * between two pages or within one. */
static void test_commit_undoes_all_when_the_disk_is_full(void **state)
{
    struct scribe *s = *state;
    struct scribe *before = test_malloc(sizeof *before);
    unsigned chain = scribe_chain(s, "GM0384", 1);
    append(s, chain, 20);
    scribe_commit(s);
    memcpy(before, s, sizeof *before);
    signal(SIGXFSZ, SIG_IGN);
    disk_is_full = true;
    overfill(s, before, 128 * 1024);
    overfill(s, before, 128 * 1024 + 100);
    append(s, chain, 500);
    scribe_commit(s);
    scribe_check(s);
    test_free(before);
}

static void test_commit_ends_the_process_when_a_write_fails_with_room(void **state)
{
    struct scribe *s = *state;
    append(s, scribe_chain(s, "GM0384", 1), 500);
    signal(SIGXFSZ, SIG_IGN);
    rlim_t old = limit_files(128 * 1024 + 100);
    enum sb_rc rc = sb_store_commit(s->txn, NULL);
    limit_files(old);
    assert_int_equal(rc, SB_E_IO);
}

/* What has to be written always can be: events leave a reserve. */
static void test_full_store_keeps_its_reserve_for_other_things(void **state)
{
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_close(s);
    s->options.max_size = 3 * 1024 * 1024;
    scribe_open(s);
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK) {
        append(s, chain, 50);
        rc = sb_store_commit(s->txn, NULL);
        assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    }
    assert_int_equal(rc, SB_E_FULL);
    struct sb_chain_row row = s->chains[chain].row;
    scribe_begin(s);
    for (row.epoch.counter = 2; row.epoch.counter < 1500; row.epoch.counter++) {
        sb_store_put_chain(s->txn, &row);
    }
    scribe_commit(s);
}

/* Of a million events none may take more than 1,100 bytes; one-event commits take the most. */
static void test_events_take_little_room(void **state)
{
    struct scribe *s = *state;
    struct sb_store_usage usage;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    static const uint8_t body[592];
    for (int i = 0; i < 3000; i++) {
        scribe_begin(s);
        size_t event = scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_WITHHELD);
        sb_store_abort(s->txn);
        struct sb_record record = s->events[event].record;
        record.state = SB_BODY_PRESENT;
        record.item.link.body_len = sizeof body;
        record.item.salt = &s->events[event].salt;
        record.item.body = (struct sb_bytes){body, sizeof body};
        scribe_begin(s);
        sb_store_put_event(s->txn, &record);
        scribe_checkpoint(s, chain);
        scribe_commit(s);
    }
    sb_store_usage(s->store, &usage);
    assert_int_equal(usage.events, 3000);
    assert_in_range(usage.map_bytes / usage.events, 600, 1100);
    assert_true(usage.bytes <= usage.map_bytes);
    assert_int_equal(usage.max_bytes, MAP_SIZE);
}

/* ---- others who touch the files */

static void commit_row(struct scribe *s, unsigned chain)
{
    scribe_begin(s);
    s->chains[chain].row.bytes++;
    sb_store_put_chain(s->txn, &s->chains[chain].row);
    scribe_commit(s);
}

/* By a backup in which every offset and tip that the daemon expects is as it should be. */
static void test_commit_refuses_when_the_file_was_overwritten(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    unsigned chain = scribe_chain(s, "GM0384", 1);
    append(s, chain, 3);
    scribe_commit(s);
    commit_row(s, chain);
    commit_row(s, chain);
    scribe_close(s);
    folder_backup(s->options.path);
    scribe_open(s);
    commit_row(s, chain);
    folder_overwrite(s->options.path);
    append(s, chain, 3);
    assert_int_equal(sb_store_commit(s->txn, &err), SB_E_CHANGED);
    assert_non_null(strstr(err.text, s->options.path));
}

static int read_twice(struct scribe *s, int go, int went)
{
    char c;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    s->options.read_only = true;
    if (sb_store_open(&s->store, &s->options, NULL) != SB_OK) {
        return 1;
    }
    sb_store_offsets(s->store, &last, by_class);
    if (last.n != 3 || write(went, "1", 1) != 1 || read(go, &c, 1) != 1) {
        return 2;
    }
    sb_store_offsets(s->store, &last, by_class);
    if (last.n != 3 || sb_store_refresh(s->store, NULL) != SB_OK) {
        return 3;
    }
    sb_store_offsets(s->store, &last, by_class);
    struct sb_offset at;
    struct sb_record record;
    bool released;
    enum sb_rc rc = sb_store_next(s->store, last, &at, &released, &record, NULL);
    return last.n == 6 && rc == SB_OK && strcmp(record.item.link.origin.s, "GM0451") == 0 ? 0 : 4;
}

/* The reader keeps what it saw until it refreshes; then it knows new origins too. */
static void test_reader_beside_a_daemon_sees_commits_when_it_refreshes(void **state)
{
    struct scribe *s = *state;
    int go[2], went[2], status = -1;
    char c;
    append(s, scribe_chain(s, "GM0384", 1), 3);
    scribe_commit(s);
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(went), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(read_twice(s, go[0], went[1]));
    }
    assert_int_equal(read(went[0], &c, 1), 1);
    append(s, scribe_chain(s, "GM0451", 1), 3);
    scribe_commit(s);
    assert_int_equal(write(go[1], "2", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(go[i]);
        close(went[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_open_makes_a_folder_for_its_user_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_says_which_process_is_in_the_way, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_refuses_a_newer_format, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_raises_the_format_of_an_older_store, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_refuses_what_is_no_store, setup, teardown),
        cmocka_unit_test_setup_teardown(test_open_refuses_a_store_that_has_lost_a_tree, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_refuses_a_store_whose_tree_is_none, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_makes_a_store_whose_making_was_cut_short, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_open_says_when_the_folder_cannot_be_made, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_commit_ends_the_process_when_the_sync_fails, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_commit_undoes_all_when_the_disk_is_full, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_commit_ends_the_process_when_a_write_fails_with_room,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_store_keeps_its_reserve_for_other_things, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_events_take_little_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_commit_refuses_when_the_file_was_overwritten, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_reader_beside_a_daemon_sees_commits_when_it_refreshes,
                                        setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
