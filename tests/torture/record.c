/* A preloaded library that records on a tape (tape.h) what a process does to the files below
 * SAMENBUS_RECORD_ROOT, and the frames that it hands to libzmq. The tape is SAMENBUS_RECORD, to
 * be kept elsewhere; several processes, one after another, go on with it. What was done is recorded
 * after it is done, a synchronisation before others hear of it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/torture/tape.h"

enum { FILES_MAX = 4096, PARTS_MAX = 64 };

static struct {
    char path[PATH_MAX]; /* below the root; "": not watched */
    bool synchronous, append;
} files[FILES_MAX];
static char root[PATH_MAX];
static int tape = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void)
{
    const char *to = getenv("SAMENBUS_RECORD"), *below = getenv("SAMENBUS_RECORD_ROOT");
    if (to != NULL && below != NULL && realpath(below, root) != NULL) {
        tape =
            (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

static void note(struct tape_head head, const char *path, const struct iovec *parts, int n_parts)
{
    struct iovec all[PARTS_MAX + 2] = {{&head, sizeof head}, {(void *)(uintptr_t)path, 0}};
    if (tape < 0) {
        return;
    }
    head.n_path = (uint32_t)strlen(path);
    all[1].iov_len = head.n_path;
    head.n = 0;
    for (int i = 0; i < n_parts; i++) {
        all[2 + i] = parts[i];
        head.n += (uint32_t)parts[i].iov_len;
    }
    pthread_mutex_lock(&lock);
    if (syscall(SYS_writev, tape, all, n_parts + 2) < 0) {
        abort();
    }
    pthread_mutex_unlock(&lock);
}

/* The part below the root of the file behind a descriptor; false: not ours. */
static bool path_of(int fd, char out[static PATH_MAX])
{
    char name[64], whole[PATH_MAX];
    size_t n = strlen(root);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(name, whole, sizeof whole - 1);
    whole[got < 0 ? 0 : got] = '\0';
    if (tape < 0 || strncmp(whole, root, n) != 0 || (whole[n] != '/' && whole[n] != '\0')) {
        return false;
    }
    snprintf(out, PATH_MAX, "%s", whole[n] == '/' ? whole + n + 1 : ".");
    return true;
}

/* The same of a name, whose folder must be there. */
static bool path_of_name(const char *name, char out[static PATH_MAX])
{
    char copy[PATH_MAX], folder[PATH_MAX];
    size_t n = strlen(root);
    snprintf(copy, sizeof copy, "%s", name);
    char *slash = strrchr(copy, '/');
    const char *last = slash == NULL ? copy : slash + 1;
    if (slash != NULL) {
        *slash = '\0';
    }
    if (tape < 0 || realpath(slash == NULL ? "." : copy, folder) == NULL ||
        strncmp(folder, root, n) != 0 || (folder[n] != '/' && folder[n] != '\0')) {
        return false;
    }
    snprintf(out, PATH_MAX, "%.2000s%s%.2000s", folder[n] == '/' ? folder + n + 1 : "",
             folder[n] == '/' ? "/" : "", last);
    return true;
}

int open(const char *name, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    bool fresh = (flags & O_CREAT) != 0 && access(name, F_OK) != 0;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
    if (fd < 0 || fd >= FILES_MAX) {
        return fd;
    }
    files[fd].path[0] = '\0';
    files[fd].synchronous = (flags & O_DSYNC) != 0;
    files[fd].append = (flags & O_APPEND) != 0;
    if (path_of(fd, files[fd].path) && fresh) {
        note((struct tape_head){.kind = TAPE_CREATE}, files[fd].path, NULL, 0);
    } else if (files[fd].path[0] != '\0' && (flags & O_TRUNC) != 0) {
        note((struct tape_head){.kind = TAPE_TRUNCATE}, files[fd].path, NULL, 0);
    }
    return fd;
}

int close(int fd)
{
    if (fd >= 0 && fd < FILES_MAX) {
        files[fd].path[0] = '\0';
    }
    return (int)syscall(SYS_close, fd);
}

static bool is_watched(int fd)
{
    return fd >= 0 && fd < FILES_MAX && files[fd].path[0] != '\0';
}

static void note_write(int fd, uint64_t at, const struct iovec *parts, int n, ssize_t wrote)
{
    struct iovec cut[PARTS_MAX];
    size_t left = wrote < 0 ? 0 : (size_t)wrote;
    int used = 0;
    for (; used < n && used < PARTS_MAX && left > 0; used++) {
        cut[used] = parts[used];
        cut[used].iov_len = parts[used].iov_len < left ? parts[used].iov_len : left;
        left -= cut[used].iov_len;
    }
    if (wrote > 0) {
        note((struct tape_head){.kind = TAPE_WRITE, .synchronous = files[fd].synchronous, .at = at},
             files[fd].path, cut, used);
    }
}

static uint64_t place_of(int fd)
{
    off_t at = lseek(fd, 0, files[fd].append ? SEEK_END : SEEK_CUR);
    return at < 0 ? 0 : (uint64_t)at;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    ssize_t wrote = syscall(SYS_pwrite64, fd, p, n, at);
    if (is_watched(fd)) {
        note_write(fd, (uint64_t)at, &(struct iovec){(void *)(uintptr_t)p, n}, 1, wrote);
    }
    return wrote;
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    uint64_t at = is_watched(fd) ? place_of(fd) : 0;
    ssize_t wrote = syscall(SYS_writev, fd, parts, n);
    if (is_watched(fd)) {
        note_write(fd, at, parts, n, wrote);
    }
    return wrote;
}

ssize_t write(int fd, const void *p, size_t n)
{
    uint64_t at = is_watched(fd) ? place_of(fd) : 0;
    ssize_t wrote = syscall(SYS_write, fd, p, n);
    if (is_watched(fd)) {
        note_write(fd, at, &(struct iovec){(void *)(uintptr_t)p, n}, 1, wrote);
    }
    return wrote;
}

static int note_sync(int fd, int rc)
{
    if (rc == 0 && is_watched(fd)) {
        note((struct tape_head){.kind = TAPE_SYNC}, files[fd].path, NULL, 0);
    }
    return rc;
}

int fsync(int fd)
{
    return note_sync(fd, (int)syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    return note_sync(fd, (int)syscall(SYS_fdatasync, fd));
}

/* Nobody here may write through a map: power.c would not see it. */
int msync(void *p, size_t n, int flags)
{
    (void)p, (void)n, (void)flags;
    abort();
}

int ftruncate(int fd, off_t n)
{
    int rc = (int)syscall(SYS_ftruncate, fd, n);
    if (rc == 0 && is_watched(fd)) {
        note((struct tape_head){.kind = TAPE_TRUNCATE, .at = (uint64_t)n}, files[fd].path, NULL, 0);
    }
    return rc;
}

int rename(const char *from, const char *to)
{
    char before[PATH_MAX], after[PATH_MAX];
    bool ours = path_of_name(from, before) && path_of_name(to, after);
    int rc = REAL(rename)(from, to);
    if (rc == 0 && ours) {
        note((struct tape_head){.kind = TAPE_RENAME}, before,
             &(struct iovec){after, strlen(after) + 1}, 1);
    }
    return rc;
}

int unlink(const char *name)
{
    char path[PATH_MAX];
    bool ours = path_of_name(name, path);
    int rc = REAL(unlink)(name);
    if (rc == 0 && ours) {
        note((struct tape_head){.kind = TAPE_UNLINK}, path, NULL, 0);
    }
    return rc;
}

int mkdir(const char *name, mode_t mode)
{
    char path[PATH_MAX];
    int rc = (int)syscall(SYS_mkdir, name, mode);
    if (rc == 0 && path_of_name(name, path)) {
        note((struct tape_head){.kind = TAPE_MKDIR}, path, NULL, 0);
    }
    return rc;
}

/* Recorded before it is sent: a promise cannot be on its way and not on the tape. */
static void note_sent(const void *p, size_t n)
{
    if (n > 2 && memcmp(p, "SB", 2) == 0) {
        note((struct tape_head){.kind = TAPE_SENT}, "", &(struct iovec){(void *)(uintptr_t)p, n},
             1);
    }
}

int zmq_msg_send(zmq_msg_t *m, void *socket, int flags)
{
    const void *p = ((__typeof__(&zmq_msg_data))dlsym(RTLD_NEXT, "zmq_msg_data"))(m);
    size_t n = ((__typeof__(&zmq_msg_size))dlsym(RTLD_NEXT, "zmq_msg_size"))(m);
    note_sent(p, n);
    return REAL(zmq_msg_send)(m, socket, flags);
}

int zmq_send(void *socket, const void *p, size_t n, int flags)
{
    note_sent(p, n);
    return REAL(zmq_send)(socket, p, n, flags);
}
