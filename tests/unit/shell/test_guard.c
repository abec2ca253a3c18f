/* A page that cannot be read ends the work, and no more than the work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/shell/guard.h"

#include <cmocka.h>

enum { PAGE = 4096 };

struct mapped {
    FILE *file;
    const volatile unsigned char *bytes;
    size_t at;
};

static enum sb_rc read_byte(void *context)
{
    const struct mapped *m = context;
    return m->bytes[m->at] == 'x' ? SB_OK : SB_E_CORRUPT;
}

static void test_guard_returns_when_a_file_was_cut_short(void **state)
{
    (void)state;
    bool unreadable = true;
    struct mapped m = {.file = tmpfile(), .at = PAGE};
    assert_non_null(m.file);
    assert_int_equal(ftruncate(fileno(m.file), 2 * PAGE), 0);
    assert_int_equal(pwrite(fileno(m.file), "x", 1, PAGE), 1);
    void *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fileno(m.file), 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    m.bytes = map;
    assert_int_equal(sb_guard_run(read_byte, &m, &unreadable), SB_OK);
    assert_false(unreadable);
    assert_int_equal(ftruncate(fileno(m.file), PAGE), 0);
    assert_int_equal(sb_guard_run(read_byte, &m, &unreadable), SB_E_IO);
    assert_true(unreadable);
    munmap(map, 2 * PAGE);
    fclose(m.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_returns_when_a_file_was_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
