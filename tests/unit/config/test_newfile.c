/* Files that are there whole or not at all, and that never take another's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/newfile.h"
#include "config/public.h"
#include "tests/unit/config/config_helper.h"

static char folder[64];

static int begin(void **state)
{
    (void)state;
    make_folder(folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static void test_newfile_rename_never_takes_the_place_of_another(void **state)
{
    struct sb_err err = {0};
    (void)state;
    write_file(path_in(folder, "a"), 0644, "a");
    write_file(path_in(folder, "b"), 0644, "b");
    assert_int_equal(sb_newfile_rename(path_in(folder, "a"), path_in(folder, "b"), &err),
                     SB_E_BUSY);
    assert_non_null(strstr(err.text, "/b: "));
    assert_int_equal(access(path_in(folder, "a"), F_OK), 0);
    assert_int_equal(sb_newfile_rename(path_in(folder, "a"), path_in(folder, "c"), &err), SB_OK);
    assert_int_equal(access(path_in(folder, "c"), F_OK), 0);
    assert_int_equal(access(path_in(folder, "a"), F_OK), -1);
    assert_int_equal(sb_newfile_rename(path_in(folder, "a"), path_in(folder, "d"), &err), SB_E_IO);
}

static void test_public_fingerprints_are_compared_by_their_digits(void **state)
{
    (void)state;
    assert_true(sb_public_same_fingerprint("12345 67890", "12345 67890"));
    assert_true(sb_public_same_fingerprint("1234567890 ", " 12345  67890"));
    assert_false(sb_public_same_fingerprint("12345 67890", "12345 67891"));
    assert_false(sb_public_same_fingerprint("12345", "12345 67890"));
    assert_false(sb_public_same_fingerprint("", "12345"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_newfile_rename_never_takes_the_place_of_another, begin,
                                        end),
        cmocka_unit_test(test_public_fingerprints_are_compared_by_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
