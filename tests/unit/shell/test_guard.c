/* A page that cannot be read ends the work, and no more than the work. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/shell/guard.h"

#include <cmocka.h>

enum { PAGE = 4096, CODE = 512 };

#define BEYOND ((uintptr_t)0x190) /* of a pointer that is none */

static const uintptr_t nowhere[2];

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
    enum sb_guard_end end;
    struct mapped m = {.file = tmpfile(), .at = PAGE};
    assert_non_null(m.file);
    assert_int_equal(ftruncate(fileno(m.file), 2 * PAGE), 0);
    assert_int_equal(pwrite(fileno(m.file), "x", 1, PAGE), 1);
    void *map = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fileno(m.file), 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    m.bytes = map;
    assert_int_equal(sb_guard_run(read_byte, &m, nowhere, &end), SB_OK);
    assert_int_equal(end, SB_GUARD_RETURNED);
    assert_int_equal(ftruncate(fileno(m.file), PAGE), 0);
    assert_int_equal(sb_guard_run(read_byte, &m, nowhere, &end), SB_E_IO);
    assert_int_equal(end, SB_GUARD_UNREADABLE);
    munmap(map, 2 * PAGE);
    fclose(m.file);
}

/* As LMDB, where a node says that it has duplicates in a tree that knows of none. */
__attribute__((noinline)) static enum sb_rc go_astray(void *context)
{
    return *(volatile const unsigned char *)context == 'x' ? SB_OK : SB_E_CORRUPT;
}

static void test_guard_returns_when_the_library_goes_astray(void **state)
{
    (void)state;
    enum sb_guard_end end;
    const uintptr_t library[2] = {(uintptr_t)go_astray, (uintptr_t)go_astray + CODE};
    assert_int_equal(sb_guard_run(go_astray, (void *)BEYOND, library, &end), SB_E_IO);
    assert_int_equal(end, SB_GUARD_MISLED);
}

static void test_guard_leaves_our_own_faults_alone(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        enum sb_guard_end end;
        signal(SIGSEGV, SIG_DFL);
        (void)sb_guard_run(go_astray, (void *)BEYOND, nowhere, &end);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_returns_when_a_file_was_cut_short),
        cmocka_unit_test(test_guard_returns_when_the_library_goes_astray),
        cmocka_unit_test(test_guard_leaves_our_own_faults_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
