/* A disk that is really full: the store has had it keep its reserve. Takes the place of fallocate
 * and statvfs; a limit on the size of files stands for the blocks that are there. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "daemon/store/consumers.h"
#include "daemon/store/erasing.h"
#include "tests/store/folder.h"
#include "tests/store/scribe.h"

#include <cmocka.h>

enum { MIB = 1024 * 1024, MAP_SIZE = 64 * MIB, DISK = 2 * MIB, STEP = 64 * 1024 };
enum { PER_TURN = 50 };

static off_t held;  /* the most that the disk keeps for the file */
static int refuses; /* errno of every fallocate; 0: it has DISK bytes */
static unsigned asked;

int fallocate(int fd, int mode, off_t from, off_t n)
{
    assert_int_not_equal(fd, -1);
    assert_int_equal(mode, FALLOC_FL_KEEP_SIZE);
    asked++;
    if (refuses != 0 || from + n > DISK) {
        errno = refuses != 0 ? refuses : ENOSPC;
        return -1;
    }
    held = from + n;
    return 0;
}

int statvfs(const char *path, struct statvfs *out)
{
    (void)path;
    *out = (struct statvfs){.f_frsize = 4096};
    return 0;
}

static int setup(void **state)
{
    char path[FOLDER_PATH];
    folder_fresh(path);
    held = 0;
    refuses = 0;
    asked = 0;
    *state = scribe_new(path, MAP_SIZE);
    return 0;
}

static int teardown(void **state)
{
    scribe_free(*state);
    return 0;
}

/* Events until the store takes no more, or as many as that. */
static enum sb_rc fill(struct scribe *s, unsigned chain, unsigned turns)
{
    enum sb_rc rc = SB_OK;
    for (unsigned i = 0; rc == SB_OK && i < turns; i++) {
        scribe_begin(s);
        for (unsigned k = 0; k < PER_TURN; k++) {
            scribe_append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT);
        }
        scribe_checkpoint(s, chain);
        rc = sb_store_commit(s->txn, NULL);
        assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
    }
    return rc;
}

static void acknowledge_and_erase(struct scribe *s, unsigned i)
{
    static const struct sb_bytes cursor = {(const uint8_t *)"1", 1};
    const struct sb_erased erased = {.event = {{1, (uint8_t)i, (uint8_t)(i >> 8)}}, .since = {1}};
    struct sb_err err = {0};
    scribe_begin(s);
    sb_store_put_consumer(s->txn, "mail", cursor);
    sb_store_put_erased(s->txn, &erased);
    if (sb_store_commit(s->txn, &err) != SB_OK) {
        fail_msg("%u: %s", i, err.text);
    }
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
}

/* Releases are many where a long wait ends: they can wait on. */
static void test_releases_leave_the_reserve_alone(void **state)
{
    enum { RELEASES = 4000 };
    struct scribe *s = *state;
    assert_int_equal(fill(s, scribe_chain(s, "GM0384", 1), 1000), SB_E_FULL);
    scribe_begin(s);
    s->n_log -= PER_TURN; /* which failed */
    for (unsigned i = 0; i < RELEASES; i++) {
        scribe_release(s, 1);
    }
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_E_FULL);
}

/* A link takes places in several trees, each of them half empty at times. */
static void test_links_leave_the_reserve_alone(void **state)
{
    enum { LINKS = 3000 };
    struct scribe *s = *state;
    unsigned chain = scribe_chain(s, "GM0384", 1);
    scribe_begin(s);
    for (unsigned i = 0; i < LINKS; i++) {
        scribe_append(s, chain, SB_KIND_RESTRICTED, SB_BODY_WITHHELD);
        scribe_checkpoint(s, chain);
    }
    assert_int_equal(sb_store_commit(s->txn, NULL), SB_E_FULL);
}

/* With nothing but what the disk keeps, erasures are recorded and consumers acknowledge. */
static void test_full_disk_has_the_reserve(void **state)
{
    struct scribe *s = *state;
    struct rlimit limit;
    assert_true(held >= MIB);      /* at once, not with the first event */
    acknowledge_and_erase(s, 300); /* a consumer that is new takes room like an event */
    unsigned chain = scribe_chain(s, "GM0384", 1);
    assert_int_equal(fill(s, chain, 1000), SB_E_FULL);
    assert_in_range(held, DISK - STEP, DISK);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = (rlim_t)held;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 0; i < 300; i++) {
        acknowledge_and_erase(s, i);
    }
    limit.rlim_cur = before;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    scribe_close(s);
    held = 0;
    scribe_open(s); /* part of it is used: what is left is held, as before */
    assert_in_range(held, DISK - 2 * STEP, DISK);
}

/* Where a file system keeps nothing for anybody, it is asked once and the store is as it was. */
static void test_disk_that_keeps_nothing_is_not_asked_again(void **state)
{
    struct scribe *s = *state;
    scribe_close(s);
    refuses = EOPNOTSUPP;
    asked = 0;
    scribe_open(s);
    assert_int_equal(fill(s, scribe_chain(s, "GM0384", 1), 20), SB_OK);
    assert_int_equal(asked, 1);
    scribe_check(s);
}

/* LMDB would map a lock file for which there is no block, and die of SIGBUS. */
static void test_compaction_waits_for_room(void **state)
{
    struct scribe *s = *state;
    struct sb_err err = {0};
    assert_int_equal(sb_store_compact(s->store, &err), SB_E_FULL);
    assert_non_null(strstr(err.text, "make room"));
    assert_false(sb_store_compacting(s->store));
    scribe_check(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_disk_has_the_reserve, setup, teardown),
        cmocka_unit_test_setup_teardown(test_releases_leave_the_reserve_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_leave_the_reserve_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_that_keeps_nothing_is_not_asked_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_compaction_waits_for_room, setup, teardown),
    };
    return cmocka_run_group_tests_name("store/room", tests, NULL, NULL);
}
