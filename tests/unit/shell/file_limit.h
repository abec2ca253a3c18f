/* A disk that takes no more, in tests that have a real store. */
#ifndef SB_TEST_FILE_LIMIT_H
#define SB_TEST_FILE_LIMIT_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

/* No file grows beyond it (RLIM_INFINITY: as ever): a commit fails as on a full disk. */
static inline void limit_files(rlim_t most)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

#endif
