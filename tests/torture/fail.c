/* A preloaded library that fails the n-th call of one kind in a process:
 *
 *   SAMENBUS_FAIL=CALL:HOW:N[:on]   CALL: write pwrite fdatasync open rename mmap malloc accept
 *                                   HOW: ENOSPC EIO ENOMEM EINTR short; on: all calls after it, too
 *   SAMENBUS_FAIL_TOLD=FILE         gets "hit" at the first one, and "ack" if afterwards, and after
 *                                   a failed synchronisation, an event is acknowledged; "crash"
 *                                   and whose code it was in
 *
 * "write" is also writev, "fdatasync" fsync, "malloc" calloc and realloc, "accept" accept4. The
 * calls of libraries count like ours: libzmq wakes its threads with write. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/arena.h"
#include "proto/wire.h"

enum call { NONE, WRITE, PWRITE, FDATASYNC, OPEN, RENAME, MMAP, MALLOC, ACCEPT };
enum { SHORT = -1, ARENA_BYTES = 4 * 1024 * 1024, FRAMES_MAX = 32 };

static struct {
    enum call call;
    int how; /* errno, or SHORT */
    long n;
    bool on;
    const char *told;
} wanted;
static long calls;
static bool sync_failed;
static _Thread_local bool ours; /* what this library itself calls does not count */

static const struct {
    const char *name;
    int value;
} words[] = {{"write", WRITE},   {"pwrite", PWRITE}, {"fdatasync", FDATASYNC}, {"open", OPEN},
             {"rename", RENAME}, {"mmap", MMAP},     {"malloc", MALLOC},       {"accept", ACCEPT},
             {"ENOSPC", ENOSPC}, {"EIO", EIO},       {"ENOMEM", ENOMEM},       {"EINTR", EINTR},
             {"EMFILE", EMFILE}, {"short", SHORT}};

static int look_up(const char *text, size_t n)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].name) == n && memcmp(words[i].name, text, n) == 0) {
            return words[i].value;
        }
    }
    abort();
}

static void watch_crashes(void);

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("SAMENBUS_FAIL");
    wanted.told = getenv("SAMENBUS_FAIL_TOLD");
    if (text == NULL || wanted.told == NULL) {
        return;
    }
    size_t n = strcspn(text, ":"), m = strcspn(text + n + 1, ":");
    char *end;
    wanted.how = look_up(text + n + 1, m);
    wanted.n = strtol(text + n + 1 + m + 1, &end, 10);
    wanted.on = strcmp(end, ":on") == 0;
    watch_crashes();
    wanted.call = (enum call)look_up(text, n);
}

static void tell(const char *what)
{
    long fd = syscall(SYS_openat, AT_FDCWD, wanted.told, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        syscall(SYS_write, fd, what, strlen(what));
        syscall(SYS_close, fd);
    }
}

/* ---- whose a crash is: that of the first object on the stack that is not the C library */

static void on_crash(int signal, siginfo_t *info, void *context)
{
    void *frames[FRAMES_MAX];
    Dl_info at;
    (void)info;
    (void)context;
    ours = true;
    int n = backtrace(frames, FRAMES_MAX);
    for (int i = 1; i < n; i++) { /* 0 is here */
        bool known = dladdr(frames[i], &at) != 0 && at.dli_fname != NULL;
        if (known && strstr(at.dli_fname, "/libc.so") == NULL) {
            tell("crash ");
            tell(at.dli_fname);
            tell("\n");
            break;
        }
    }
    (void)raise(signal); /* its handler is gone by now */
}

static void watch_crashes(void)
{
    static const struct sigaction watch = {.sa_sigaction = on_crash,
                                           .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND)};
    void *frame;
    ours = true;
    (void)backtrace(&frame, 1); /* loads what it needs while there is memory */
    (void)sigaction(SIGSEGV, &watch, NULL);
    ours = false;
}

/* Is this the call that fails? */
static bool fails(enum call call)
{
    if (wanted.call != call || ours) {
        return false;
    }
    long n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (n < wanted.n || (n > wanted.n && !wanted.on)) {
        return false;
    }
    if (n == wanted.n) {
        tell("hit\n");
    }
    sync_failed = sync_failed || call == FDATASYNC;
    errno = wanted.how == SHORT ? 0 : wanted.how;
    return true;
}

static size_t shorter(size_t n)
{
    return n > 1 ? n / 2 : n;
}

ssize_t write(int fd, const void *p, size_t n)
{
    bool fail = fails(WRITE);
    return fail && wanted.how != SHORT ? -1 : syscall(SYS_write, fd, p, fail ? shorter(n) : n);
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    bool fail = fails(WRITE);
    if (fail && wanted.how == SHORT) {
        return syscall(SYS_write, fd, parts[0].iov_base, shorter(parts[0].iov_len));
    }
    return fail ? -1 : syscall(SYS_writev, fd, parts, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    bool fail = fails(PWRITE);
    return fail && wanted.how != SHORT ? -1
                                       : syscall(SYS_pwrite64, fd, p, fail ? shorter(n) : n, at);
}

int fdatasync(int fd)
{
    return fails(FDATASYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return fails(FDATASYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int open(const char *name, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return fails(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, name, flags, mode);
}

int rename(const char *from, const char *to)
{
    return fails(RENAME) ? -1 : (int)syscall(SYS_rename, from, to);
}

void *mmap(void *p, size_t n, int protection, int flags, int fd, off_t at)
{
    return fails(MMAP) ? MAP_FAILED : (void *)syscall(SYS_mmap, p, n, protection, flags, fd, at);
}

int accept4(int fd, struct sockaddr *restrict from, socklen_t *restrict n, int flags)
{
    return fails(ACCEPT) ? -1 : (int)syscall(SYS_accept4, fd, from, n, flags);
}

int accept(int fd, struct sockaddr *restrict from, socklen_t *restrict n)
{
    return accept4(fd, from, n, 0);
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    return fails(MALLOC) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails(MALLOC) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails(MALLOC) ? NULL : __libc_realloc(p, n);
}

/* ---- what is told to clients after a sync that failed */

static bool acknowledges(const void *frame, size_t n)
{
    char why[SB_LABEL_MAX + 1];
    struct sb_message m;
    struct sb_arena arena;
    bool any = false;
    sb_arena_init(&arena, ARENA_BYTES);
    if (sb_wire_decode(&m, (struct sb_bytes){frame, n}, &arena, why) == SB_CODE_OK &&
        m.type == SB_MSG_RESULTS) {
        for (size_t i = 0; i < m.results.n_items; i++) {
            any = any || (m.results.items[i].code == SB_CODE_OK && !m.results.items[i].duplicate);
        }
    }
    sb_arena_fini(&arena);
    return any;
}

static void look_at_sent(const void *p, size_t n)
{
    ours = true;
    if (sync_failed && n > SB_WIRE_HEADER && memcmp(p, "SB", 2) == 0 && acknowledges(p, n)) {
        tell("ack\n");
    }
    ours = false;
}

int zmq_msg_send(zmq_msg_t *m, void *socket, int flags)
{
    static __typeof__(&zmq_msg_send) real;
    ours = true;
    const void *p = ((__typeof__(&zmq_msg_data))dlsym(RTLD_NEXT, "zmq_msg_data"))(m);
    size_t n = ((__typeof__(&zmq_msg_size))dlsym(RTLD_NEXT, "zmq_msg_size"))(m);
    real = real != NULL ? real : (__typeof__(real))dlsym(RTLD_NEXT, "zmq_msg_send");
    ours = false;
    look_at_sent(p, n);
    return real(m, socket, flags);
}

int zmq_send(void *socket, const void *p, size_t n, int flags)
{
    static __typeof__(&zmq_send) real;
    ours = true;
    real = real != NULL ? real : (__typeof__(real))dlsym(RTLD_NEXT, "zmq_send");
    ours = false;
    look_at_sent(p, n);
    return real(socket, p, n, flags);
}
