/* The simulator's disk is a store like any other. Linked with tests/sim/disk*.c in front of the
 * archives, so that the daemon's store is not in this program. */
#include <stdio.h>

#include "tests/sim/disk.h"
#include "tests/store/conformance.h"

static const char PATH[] = "the-disk";
static struct sb_disk_image *image;

static void fresh(char path[static CONFORMANCE_PATH])
{
    sb_disk_lose(sb_disk_at(PATH));
    sb_disk_set_capacity(sb_disk_at(PATH), 0);
    snprintf(path, CONFORMANCE_PATH, "%s", PATH);
}

static void limit(const char *path, uint64_t bytes)
{
    sb_disk_set_capacity(sb_disk_at(path), bytes);
}

static void backup(const char *path)
{
    sb_disk_image_free(image);
    image = sb_disk_snapshot(sb_disk_at(path));
}

static void restore(const char *path)
{
    sb_disk_restore(sb_disk_at(path), image);
}

int main(void)
{
    static const struct conformance_medium medium = {fresh, limit, backup, restore};
    int failed = conformance_run(&medium);
    sb_disk_image_free(image);
    sb_disk_forget_all();
    return failed;
}
