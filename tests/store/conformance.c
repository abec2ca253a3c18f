/* The conformance tests of stores, all of them on one medium. */
#include "tests/store/conformance.h"

const struct conformance_medium *conformance_medium;

int conformance_setup(void **state)
{
    enum { MAP_SIZE = 64 * 1024 * 1024 };
    char path[CONFORMANCE_PATH];
    conformance_medium->fresh(path);
    *state = scribe_new(path, MAP_SIZE);
    return 0;
}

int conformance_teardown(void **state)
{
    scribe_free(*state);
    return 0;
}

int conformance_run(const struct conformance_medium *medium)
{
    conformance_medium = medium;
    return conformance_run_open() + conformance_run_read() + conformance_run_fail() +
           conformance_run_consumers() + conformance_run_erase();
}
