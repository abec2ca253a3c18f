/* Copying; see copy.h. LMDB writes the copy, we see that it reaches the disk: it does not.
 * Compacted, since a plain copy takes deleted bytes along. */
#include "daemon/store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/handle.h"

static enum sb_rc fail_copy(struct sb_err *err, int error, const char *into)
{
    return sb_err_set(err, error == EEXIST ? SB_E_BUSY : store_rc(error), "copy into %s: %s", into,
                      mdb_strerror(error));
}

/* Returns 0 or what went wrong, as LMDB would say it. */
static int write_copy(const struct sb_store *store, int folder)
{
    int fd = openat(folder, "data.mdb", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    int rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
    if (rc == MDB_SUCCESS && fsync(fd) != 0) {
        rc = errno;
    }
    if (close(fd) != 0 && rc == MDB_SUCCESS) {
        rc = errno;
    }
    return rc == MDB_SUCCESS && fsync(folder) != 0 ? errno : rc;
}

static int make_copy(const struct sb_store *store, const char *into)
{
    if (mkdir(into, 0700) != 0) {
        return errno;
    }
    int folder = open(into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno;
    }
    int rc = write_copy(store, folder);
    close(folder);
    return rc;
}

enum sb_rc sb_store_copy(const char *path, const char *into, struct sb_err *err)
{
    const struct sb_store_options options = {.path = path, .read_only = true};
    struct sb_store *store;
    enum sb_rc rc = sb_store_open(&store, &options, err);
    if (rc != SB_OK) {
        return rc;
    }
    int copied = make_copy(store, into);
    sb_store_close(store);
    return copied == MDB_SUCCESS ? SB_OK : fail_copy(err, copied, into);
}
