/* SIGBUS, and SIGSEGV of a library, as a return; see guard.h. */
#include "daemon/shell/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf left;
static pid_t guarded; /* the thread that reads the store */
static uintptr_t code[2];
static struct sigaction before_segv, before_bus;

static void leave_unreadable(int number)
{
    static const char text[] = "samenbusd: a page of a mapped file cannot be read\n";
    (void)number;
    if (gettid() == guarded) {
        siglongjmp(left, SB_GUARD_UNREADABLE);
    }
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(SB_EXIT_DISK);
}

/* Where it was; 0 on a machine that is not known here. */
static uintptr_t program_counter(const void *context)
{
    const ucontext_t *u = context;
#if defined(__x86_64__)
    return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)u->uc_mcontext.pc;
#else
    return (uintptr_t)u * 0;
#endif
}

/* Of our own bugs the process dies as it would without us: the fault comes again. */
static void leave_misled(int number, siginfo_t *info, void *context)
{
    uintptr_t at = program_counter(context);
    (void)info;
    if (gettid() == guarded && code[0] <= at && at < code[1]) {
        siglongjmp(left, SB_GUARD_MISLED);
    }
    sigaction(number, &before_segv, NULL);
}

static void catch_both(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = leave_unreadable;
    sigaction(SIGBUS, &action, &before_bus);
    action.sa_sigaction = leave_misled;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, &before_segv);
}

enum sb_rc sb_guard_run(enum sb_rc (*work)(void *context), void *context,
                        const uintptr_t library[static 2], enum sb_guard_end *end)
{
    memcpy(code, library, sizeof code);
    guarded = gettid();
    *end = (enum sb_guard_end)sigsetjmp(left, 1);
    if (*end != SB_GUARD_RETURNED) {
        return SB_E_IO;
    }
    catch_both();
    enum sb_rc rc = work(context);
    sigaction(SIGBUS, &before_bus, NULL);
    sigaction(SIGSEGV, &before_segv, NULL);
    return rc;
}
