/* The folder that a store lives in: made, locked, synced, watched. Knows nothing of what is in the
 * files. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/store/handle.h"
#include "proto/failpoint.h"

static enum sb_rc fail_file(struct sb_err *err, const char *path, const char *name,
                            const char *what)
{
    enum sb_rc rc = errno == ENOSPC || errno == EDQUOT ? SB_E_FULL : SB_E_IO;
    return sb_err_set(err, rc, "store %s: %s%s: %s; see that the daemon's user may write there",
                      path, what, name, strerror(errno));
}

static bool is_network(const char *path)
{
    struct statfs fs;
    if (statfs(path, &fs) != 0) {
        return false;
    }
    unsigned long type = (unsigned long)fs.f_type & 0xffffffffU;
    return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == CIFS_SUPER_MAGIC ||
           type == SMB2_SUPER_MAGIC;
}

static bool file_path(char out[static PATH_MAX], const struct sb_store *store, const char *name)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", store->path, name);
    return n > 0 && n < PATH_MAX;
}

enum sb_rc store_folder_prepare(struct sb_store *store, struct sb_err *err)
{
    char data[PATH_MAX];
    if (!file_path(data, store, "data.mdb")) {
        return sb_err_set(err, SB_E_CONFIG, "store %.80s…: the path is too long", store->path);
    }
    if (store->read_only && access(data, F_OK) != 0) {
        return sb_err_set(err, SB_E_NOTFOUND,
                          "store %s: there is none; give the folder that store.path in "
                          "samenbusd.yaml names",
                          store->path);
    }
    if (!store->read_only && mkdir(store->path, 0700) != 0 && errno != EEXIST) {
        return fail_file(err, store->path, "", "cannot make the folder");
    }
    if (is_network(store->path)) {
        return sb_err_set(err, SB_E_CONFIG,
                          "store %s: is on a network file system, which loses locks and writes; "
                          "put it on a local disk",
                          store->path);
    }
    return SB_OK;
}

static enum sb_rc fail_busy(struct sb_err *err, const char *path, int fd)
{
    char text[16] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? (size_t)n : 0] = '\0';
    unsigned long pid = strtoul(text, NULL, 10);
    return sb_err_set(err, SB_E_BUSY,
                      "store %s: in use by another samenbusd (process %lu); stop that one, or give "
                      "this one a store of its own",
                      path, pid);
}

enum sb_rc store_folder_lock(struct sb_store *store, struct sb_err *err)
{
    char path[PATH_MAX], text[16];
    file_path(path, store, "lock-samenbus");
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0) {
        return fail_file(err, store->path, "lock-samenbus", "cannot open ");
    }
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? fail_busy(err, store->path, store->lock_fd)
                                    : fail_file(err, store->path, "lock-samenbus", "cannot lock ");
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    sb_failpoint(SB_FAIL_BEFORE_STORE_LOCK);
    if (ftruncate(store->lock_fd, 0) != 0 || pwrite(store->lock_fd, text, (size_t)n, 0) != n) {
        return fail_file(err, store->path, "lock-samenbus", "cannot write ");
    }
    sb_failpoint(SB_FAIL_AFTER_STORE_LOCK);
    return SB_OK;
}

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

enum sb_rc store_folder_sync(const struct sb_store *store, struct sb_err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", store->path);
    if (!sync_folder(path) || !sync_folder(dirname(path))) {
        return fail_file(err, store->path, "", "cannot sync the folder");
    }
    return SB_OK;
}

bool store_folder_has_data(const struct sb_store *store)
{
    char path[PATH_MAX];
    return file_path(path, store, "data.mdb") && access(path, F_OK) == 0;
}

bool store_folder_data_is_empty(const struct sb_store *store)
{
    char path[PATH_MAX];
    struct stat data;
    return file_path(path, store, "data.mdb") && stat(path, &data) == 0 && data.st_size == 0;
}

/* ---- making a store */

/* What an earlier start left unfinished was nobody's store yet. */
static void clear_making(const struct sb_store *store)
{
    char path[PATH_MAX];
    if (file_path(path, store, "data.mdb")) {
        unlink(path);
    }
    if (file_path(path, store, "lock.mdb")) {
        unlink(path);
    }
}

enum sb_rc store_folder_begin_making(struct sb_store *store, struct sb_err *err)
{
    char making[PATH_MAX], *copy;
    if (!file_path(making, store, "making") || (copy = strdup(making)) == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "store %s: no memory", store->path);
    }
    store->path = copy;
    if (mkdir(store->path, 0700) != 0 && errno != EEXIST) {
        return fail_file(err, store->path, "", "cannot make the folder");
    }
    clear_making(store);
    return SB_OK;
}

enum sb_rc store_folder_end_making(struct sb_store *store, char *path, enum sb_rc made,
                                   struct sb_err *err)
{
    char from[PATH_MAX], to[PATH_MAX], *making = store->path;
    if (making == path) {
        return made;
    }
    bool fits = file_path(from, store, "data.mdb");
    store->path = path;
    fits = fits && file_path(to, store, "data.mdb");
    sb_failpoint(SB_FAIL_BEFORE_STORE_RENAME);
    if (made == SB_OK && (!fits || rename(from, to) != 0 || !sync_folder(path))) {
        made = fail_file(err, path, "data.mdb", "cannot put in its place ");
    }
    sb_failpoint(SB_FAIL_AFTER_STORE_RENAME);
    store->path = making;
    clear_making(store);
    rmdir(making);
    store->path = path;
    free(making);
    return made;
}

enum sb_rc store_folder_remember(struct sb_store *store, struct sb_err *err)
{
    char path[PATH_MAX];
    struct stat data;
    file_path(path, store, "data.mdb");
    store->held = 0;
    store->data_fd = open(path, (store->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (store->data_fd < 0 || fstat(store->data_fd, &data) != 0) {
        return fail_file(err, store->path, "data.mdb", "cannot look at ");
    }
    store->device = data.st_dev;
    store->inode = data.st_ino;
    return SB_OK;
}

void store_folder_close(struct sb_store *store)
{
    if (store->data_fd >= 0) {
        close(store->data_fd);
    }
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
    }
}

uint64_t store_folder_room(const struct sb_store *store, uint64_t file, uint64_t max)
{
    struct statvfs fs;
    uint64_t room = max > file ? max - file : 0;
    if (statvfs(store->path, &fs) == 0 && fs.f_bavail * fs.f_frsize < room) {
        room = fs.f_bavail * fs.f_frsize;
    }
    return room;
}

bool store_folder_is_full(const struct sb_store *store, uint64_t bytes)
{
    struct statvfs fs;
    /* Copies of the pages that a transaction touches come on top of what it adds. */
    uint64_t needed = 4 * bytes + STORE_RESERVE;
    return statvfs(store->path, &fs) == 0 && fs.f_bavail * fs.f_frsize < needed;
}

bool store_folder_is_synced(const struct sb_store *store)
{
    return fdatasync(store->data_fd) == 0;
}

bool store_folder_unchanged(const struct sb_store *store)
{
    char path[PATH_MAX];
    struct stat data;
    return file_path(path, store, "data.mdb") && stat(path, &data) == 0 &&
           data.st_dev == store->device && data.st_ino == store->inode;
}
