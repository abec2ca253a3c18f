/* Stores as earlier versions wrote them (golden/format-N.txt: every tree, key and value in
 * hexadecimal; format 1 was written by version 0.1.0, with what the fork waits for put right) open,
 * whole, and go on in the format of now. Whoever raises the format adds the one before it here. */
#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/store/consumers.h"
#include "daemon/store/handle.h"
#include "daemon/store/verify.h"
#include "proto/failpoint.h"
#include "tests/store/annals.h"
#include "tests/store/folder.h"
#include "tests/store/scalpel.h"

#include <cmocka.h>

enum { LINE_BYTES = 16 * 1024, VALUE_BYTES = LINE_BYTES / 2 };

static char path[FOLDER_PATH];

static void ok(int rc)
{
    if (rc != MDB_SUCCESS) {
        fail_msg("%s", mdb_strerror(rc));
    }
}

static MDB_val read_hex(const char *text, uint8_t out[static VALUE_BYTES])
{
    size_t n = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    assert_true(n < VALUE_BYTES && (n == 0 || sb_hex_decode(out, n, text, 2 * n)));
    return (MDB_val){n, out};
}

static void read_line(MDB_txn *txn, MDB_dbi *tree, const char *line)
{
    char first[64 + LINE_BYTES / 4], second[LINE_BYTES] = "";
    static uint8_t key_bytes[VALUE_BYTES], value_bytes[VALUE_BYTES];
    int n = sscanf(line, "%4159s %16383s", first, second);
    char name[64], kind[16] = "";
    if (strcmp(first, "tree") == 0) {
        assert_true(sscanf(line, "tree %63s %15s", name, kind) >= 1);
        bool offsets = strcmp(kind, "offsets") == 0;
        ok(mdb_dbi_open(txn, name, MDB_CREATE | (offsets ? MDB_INTEGERKEY : 0), tree));
        return;
    }
    assert_int_equal(n, 2);
    MDB_val key = read_hex(first, key_bytes), value = read_hex(second, value_bytes);
    ok(mdb_put(txn, *tree, &key, &value, MDB_NOOVERWRITE));
}

/* A store of this format, at `path`. */
static void make(unsigned format)
{
    char file[64], *line = malloc(LINE_BYTES);
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tree = 0;
    snprintf(file, sizeof file, "tests/store/golden/format-%u.txt", format);
    FILE *in = fopen(file, "re");
    assert_true(in != NULL && line != NULL);
    folder_fresh(path);
    assert_int_equal(mkdir(path, 0700), 0);
    ok(mdb_env_create(&env));
    ok(mdb_env_set_maxdbs(env, STORE_TREES));
    ok(mdb_env_open(env, path, 0, 0600));
    ok(mdb_txn_begin(env, NULL, 0, &txn));
    while (fgets(line, LINE_BYTES, in) != NULL) {
        read_line(txn, &tree, line);
    }
    ok(mdb_txn_commit(txn));
    mdb_env_close(env);
    fclose(in);
    free(line);
}

static void take_fault(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    print_message("%s\n", fault->text);
}

static void expect_whole(void)
{
    struct sb_store_totals totals;
    struct sb_err err = {0};
    const struct sb_store_verifier to = {.on_fault = take_fault};
    if (sb_store_verify(path, &to, &totals, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(totals.faults, 0);
    assert_int_equal(totals.events, ANNALS_EVENTS);
    assert_int_equal(totals.epochs, ANNALS_EPOCHS);
    assert_int_equal(totals.origins, ANNALS_ORIGINS);
}

/* As its text has it: the format as four bytes, big-endian. */
static unsigned format_of_files(void)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = {6, (void *)(uintptr_t) "format"}, value;
    ok(mdb_env_create(&env));
    ok(mdb_env_set_maxdbs(env, STORE_TREES));
    ok(mdb_env_open(env, path, MDB_RDONLY, 0600));
    ok(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
    ok(mdb_dbi_open(txn, "meta", 0, &meta));
    ok(mdb_get(txn, meta, &key, &value));
    assert_int_equal(value.mv_size, 4);
    unsigned format = ((const uint8_t *)value.mv_data)[3];
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return format;
}

static struct sb_store *open_store(bool read_only)
{
    struct sb_store *store;
    struct sb_err err = {0};
    struct sb_store_options options = annals_options(path);
    options.read_only = read_only;
    if (sb_store_open(&store, &options, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    return store;
}

static bool count(void *context, const char *name, struct sb_bytes value)
{
    (void)name;
    (void)value;
    ++*(unsigned *)context;
    return true;
}

static void expect_consumers(struct sb_store *store, unsigned expected)
{
    unsigned n = 0;
    assert_int_equal(sb_store_consumers(store, count, &n, NULL), SB_OK);
    assert_int_equal(n, expected);
}

/* Verification and backups read a store beside its daemon, which may not have been started yet. */
static void test_older_formats_are_read_as_they_are(void **state)
{
    (void)state;
    for (unsigned format = 1; format < STORE_FORMAT; format++) {
        make(format);
        expect_whole();
        struct sb_store *store = open_store(true);
        expect_consumers(store, 0);
        assert_int_equal(sb_store_refresh(store, NULL), SB_OK);
        sb_store_close(store);
        assert_int_equal(format_of_files(), format);
    }
}

static void test_older_formats_open_and_go_on_in_the_format_of_now(void **state)
{
    (void)state;
    for (unsigned format = 1; format < STORE_FORMAT; format++) {
        make(format);
        struct sb_store *store = open_store(false);
        struct sb_store_txn *txn;
        assert_int_equal(sb_store_begin(store, &txn, NULL), SB_OK);
        sb_store_put_consumer(txn, "mail", (struct sb_bytes){(const uint8_t *)"1", 1});
        assert_int_equal(sb_store_commit(txn, NULL), SB_OK);
        sb_store_close(store);
        assert_int_equal(format_of_files(), STORE_FORMAT);
        expect_whole();
        store = open_store(false);
        expect_consumers(store, 1);
        sb_store_close(store);
    }
}

#ifdef SAMENBUS_TEST_BUILD
/* The step happens as a whole or not at all. The first test: a process looks once which failpoint
 * is meant. */
static void test_a_start_cut_short_leaves_the_format_as_it_was(void **state)
{
    (void)state;
    make(1);
    pid_t child = fork();
    if (child == 0) {
        setenv("SAMENBUS_FAILPOINT", "before_store_trees", 1);
        struct sb_store_options options = annals_options(path);
        struct sb_store *store;
        sb_store_open(&store, &options, NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(format_of_files(), 1);
    sb_store_close(open_store(false));
    assert_int_equal(format_of_files(), STORE_FORMAT);
    expect_whole();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef SAMENBUS_TEST_BUILD
        cmocka_unit_test(test_a_start_cut_short_leaves_the_format_as_it_was),
#endif
        cmocka_unit_test(test_older_formats_are_read_as_they_are),
        cmocka_unit_test(test_older_formats_open_and_go_on_in_the_format_of_now),
    };
    if (!sb_crypto_init()) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove();
    return failed;
}
