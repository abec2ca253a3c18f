/* What every store must do, whatever it is made of: one list of tests, run by test_lmdb.c on the
 * daemon's store and by test_disk.c on the simulator's. */
#ifndef SB_TESTS_STORE_CONFORMANCE_H
#define SB_TESTS_STORE_CONFORMANCE_H

#include "tests/store/scribe.h"

enum { CONFORMANCE_PATH = 4096 };

struct conformance_medium {
    /* A path where nothing is; whatever was made before is gone. */
    void (*fresh)(char path[static CONFORMANCE_PATH]);
    /* Bounds the store at `path` to about this many bytes; it is bounded by max_size besides. */
    void (*limit)(const char *path, uint64_t bytes);
    /* Takes a backup of the closed store; puts the backup in its place, open or not. */
    void (*backup)(const char *path);
    void (*restore)(const char *path);
};

/* Runs all tests; returns how many failed. */
int conformance_run(const struct conformance_medium *medium);

/* ---- for conformance_*.c */
extern const struct conformance_medium *conformance_medium;
/* State: a scribe with an empty store on the medium. */
int conformance_setup(void **state);
int conformance_teardown(void **state);
#define CONFORMANCE_TEST(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, conformance_setup, conformance_teardown)

int conformance_run_open(void);
int conformance_run_read(void);
int conformance_run_fail(void);
int conformance_run_consumers(void);
int conformance_run_erase(void);

#endif
