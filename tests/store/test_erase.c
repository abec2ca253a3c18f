/* What only files can do wrong in erasing: bytes that stay where nobody looks, files that a crash
 * leaves, stores that an older version wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "daemon/store/copy.h"
#include "daemon/store/erasing.h"
#include "proto/subject_read.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"
#include "tests/store/scribe.h"

#include <cmocka.h>

enum { MAP_SIZE = 64 * 1024 * 1024, EVENTS = 1500, PIECE = 24 };

static int setup(void **state)
{
    char path[FOLDER_PATH];
    folder_fresh(path);
    *state = scribe_new(path, MAP_SIZE);
    return 0;
}

static int teardown(void **state)
{
    scribe_free(*state);
    return 0;
}

static struct sb_bytes read_file(const char *folder, const char *name)
{
    char path[FOLDER_PATH + 32];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    uint8_t *bytes = test_malloc((size_t)st.st_size);
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, f), (size_t)st.st_size);
    fclose(f);
    return (struct sb_bytes){bytes, (size_t)st.st_size};
}

/* How many of these events have a piece of their body or their salt in the file? What statements
 * say, others say too: of them the salt. */
static size_t count_in(struct scribe *s, const char *folder, unsigned rest)
{
    struct sb_bytes file = read_file(folder, "data.mdb");
    size_t n = 0;
    for (size_t i = rest; i < s->n_events; i += 3) {
        const struct scribe_event *e = &s->events[i];
        const struct sb_link *link = &e->record.item.link;
        struct sb_about about[SB_ABOUT_MAX];
        bool shared =
            sb_about_read(about, &link->origin, (struct sb_bytes){e->body, link->body_len});
        size_t len = shared ? 0 : link->body_len;
        bool found = memmem(file.p, file.n, e->salt.b, PIECE) != NULL;
        for (size_t at = 0; at + PIECE <= len && !found; at += PIECE) {
            found = memmem(file.p, file.n, e->body + at, PIECE) != NULL;
        }
        n += found;
    }
    test_free((void *)(uintptr_t)file.p);
    return n;
}

static void fill(struct scribe *s)
{
    unsigned chains[2] = {scribe_chain(s, "GM0384", 1), scribe_chain(s, "GM0437", 1)};
    for (size_t i = 0; i < EVENTS; i += 50) {
        scribe_begin(s);
        for (size_t k = 0; k < 50; k++) {
            scribe_append(s, chains[k % 2], SB_KIND_OPEN, SB_BODY_PRESENT);
        }
        scribe_checkpoint(s, chains[0]);
        scribe_checkpoint(s, chains[1]);
        scribe_commit(s);
    }
}

static void erase_every_third(struct scribe *s)
{
    for (size_t i = 0; i < s->n_events; i += 30) {
        scribe_begin(s);
        for (size_t k = i; k < s->n_events && k < i + 30; k += 3) {
            scribe_erase(s, k);
        }
        scribe_commit(s);
    }
}

static void compact(struct scribe *s)
{
    struct sb_err err = {0};
    assert_int_equal(sb_store_compact(s->store, &err), SB_OK);
    enum sb_rc rc = SB_E_AGAIN;
    while (rc == SB_E_AGAIN) {
        rc = sb_store_compact_step(s->store, &err);
    }
    assert_int_equal(rc, SB_OK);
    assert_int_equal(sb_store_refresh(s->store, NULL), SB_OK);
}

static size_t count_erased(const struct scribe *s)
{
    return (s->n_events + 2) / 3;
}

static void test_compaction_leaves_no_byte_of_what_was_erased(void **state)
{
    struct scribe *s = *state;
    char copy[FOLDER_PATH + 16];
    struct sb_err err = {0};
    fill(s);
    assert_int_equal(count_in(s, s->options.path, 0), count_erased(s));
    erase_every_third(s);
    scribe_check(s);
    assert_true(count_in(s, s->options.path, 0) > 0); /* in free pages */
    compact(s);
    scribe_check(s);
    assert_int_equal(count_in(s, s->options.path, 0), 0);
    assert_int_equal(count_in(s, s->options.path, 1), EVENTS / 3);
    snprintf(copy, sizeof copy, "%s/copy", s->options.path);
    assert_int_equal(sb_store_copy(s->options.path, copy, &err), SB_OK);
    assert_int_equal(count_in(s, copy, 0), 0);
    assert_int_equal(count_in(s, copy, 1), EVENTS / 3);
    scribe_close(s);
    scribe_open(s);
    scribe_check(s);
}

/* In a process of its own: LMDB does not open a store twice in one. Returns 0 where all is well. */
static int read_beside(const struct sb_store_options *options, int go, int ready)
{
    struct sb_store *reader;
    struct sb_offset last, before, by_class[SB_CLASS_COUNT];
    char byte = 0;
    if (sb_store_open(&reader, options, NULL) != SB_OK) {
        return 1;
    }
    sb_store_offsets(reader, &before, by_class);
    if (write(ready, &byte, 1) != 1 || read(go, &byte, 1) != 1 ||
        sb_store_refresh(reader, NULL) != SB_OK) {
        return 2;
    }
    sb_store_offsets(reader, &last, by_class);
    sb_store_close(reader);
    if (last.n != before.n || sb_store_open(&reader, options, NULL) != SB_OK) {
        return 3;
    }
    sb_store_offsets(reader, &last, by_class);
    sb_store_close(reader);
    return last.n == before.n + 1 ? 0 : 4;
}

/* Such as a verification: it goes on with the file that it opened. */
static void test_compaction_does_not_disturb_who_reads_beside(void **state)
{
    struct scribe *s = *state;
    int go[2], ready[2], status;
    char byte = 0;
    fill(s);
    struct sb_store_options options = s->options;
    options.read_only = true;
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(read_beside(&options, go[0], ready[1]));
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    for (int i = 0; i < 2; i++) {
        close(i == 0 ? ready[0] : ready[1]);
    }
    compact(s);
    scribe_begin(s);
    scribe_append(s, 0, SB_KIND_OPEN, SB_BODY_PRESENT);
    scribe_checkpoint(s, 0);
    scribe_commit(s);
    assert_int_equal(write(go[1], &byte, 1), 1);
    close(go[0]);
    close(go[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    scribe_check(s);
}

static void test_open_removes_what_a_crash_left_of_a_compaction(void **state)
{
    struct scribe *s = *state;
    char folder[FOLDER_PATH + 16], file[FOLDER_PATH + 32];
    fill(s);
    scribe_close(s);
    snprintf(folder, sizeof folder, "%s/compacting", s->options.path);
    snprintf(file, sizeof file, "%s/data.mdb", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    fputs("half of it", f);
    fclose(f);
    scribe_open(s);
    assert_int_not_equal(access(folder, F_OK), 0);
    scribe_check(s);
}

/* ---- a store of version 0.1 */

static void make_format_1(const char *path)
{
    static const char *const newer[] = {"erased", "erasing", "receipts"};
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tree;
    uint8_t format[4] = {0, 0, 0, 1};
    MDB_val key = {6, (void *)(uintptr_t) "format"}, value = {sizeof format, format};
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 32), 0);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) {
        assert_int_equal(mdb_dbi_open(txn, newer[i], 0, &tree), 0);
        assert_int_equal(mdb_drop(txn, tree, 1), 0);
    }
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &tree), 0);
    assert_int_equal(mdb_put(txn, tree, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void test_open_raises_a_store_of_format_1(void **state)
{
    struct scribe *s = *state;
    struct sb_store *reader;
    struct sb_erased e;
    fill(s);
    scribe_close(s);
    make_format_1(s->options.path);
    struct sb_store_options options = s->options;
    options.read_only = true;
    assert_int_equal(sb_store_open(&reader, &options, NULL), SB_OK); /* as it is */
    assert_int_equal(sb_store_next_erased(reader, 0, &(struct sb_uuid){{0}}, &e, NULL),
                     SB_E_NOTFOUND);
    assert_int_equal(sb_store_refresh(reader, NULL), SB_OK);
    sb_store_close(reader);
    scribe_open(s);
    scribe_check(s);
    erase_every_third(s);
    compact(s);
    scribe_check(s);
    assert_int_equal(count_in(s, s->options.path, 0), 0);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_compaction_leaves_no_byte_of_what_was_erased),
        T(test_compaction_does_not_disturb_who_reads_beside),
        T(test_open_removes_what_a_crash_left_of_a_compaction),
        T(test_open_raises_a_store_of_format_1),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
