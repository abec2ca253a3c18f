/* The daemon's store does what every store must; what only LMDB can do wrong is in test_files.c. */
#include "tests/store/conformance.h"
#include "tests/store/folder.h"

static_assert((int)FOLDER_PATH == (int)CONFORMANCE_PATH, "a path is a path");

static void limit(const char *path, uint64_t bytes)
{
    (void)path; /* max_size is the limit */
    (void)bytes;
}

int main(void)
{
    static const struct conformance_medium medium = {folder_fresh, limit, folder_backup,
                                                     folder_restore};
    int failed = conformance_run(&medium);
    folder_remove();
    return failed;
}
