/* Signals and limits of the process; see process.h. */
#include "daemon/shell/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

int sb_process_catch_signals(struct sb_err *err)
{
    static const int served[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP, SIGCHLD};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++) {
        sigaddset(&set, served[i]);
    }
    signal(SIGPIPE, SIG_IGN);
    /* Whoever started us may have ignored it, and then nobody would ever be reaped. */
    signal(SIGCHLD, SIG_DFL);
    int fd = sigprocmask(SIG_BLOCK, &set, NULL) != 0
                 ? -1
                 : signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        sb_err_set(err, SB_E_IO, "signals: %s", strerror(errno));
    }
    return fd;
}

static void note_signal(struct sb_signals *into, uint32_t number)
{
    into->stop |= number == SIGTERM || number == SIGINT;
    into->reopen |= number == SIGUSR1 || number == SIGHUP;
    into->reload |= number == SIGHUP;
    into->child |= number == SIGCHLD;
}

void sb_process_read_signals(int fd, struct sb_signals *into)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
        note_signal(into, info.ssi_signo);
    }
}

uint64_t sb_process_limit_files(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

void sb_process_forbid_dumps(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef SAMENBUS_TEST_BUILD
    /* A core_pattern that is a pipe takes dumps whatever RLIMIT_CORE says. Test builds stay open to
     * the leak sanitizer and to debuggers. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

#if defined(__SANITIZE_ADDRESS__)
enum { IS_SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif
#else
enum { IS_SANITIZED = 0 };
#endif

bool sb_process_limit_memory(uint64_t bytes)
{
    /* RLIMIT_DATA counts what is private and writable. Not RLIMIT_AS: it counts LMDB's map, which
     * is as large as store.max_size and belongs to the page cache. The shadow memory of the address
     * sanitizer would count, too. */
    if (IS_SANITIZED) {
        return false;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = bytes < limit.rlim_max ? (rlim_t)bytes : limit.rlim_max;
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}
