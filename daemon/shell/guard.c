/* SIGBUS as a return; see guard.h. */
#include "daemon/shell/guard.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static sigjmp_buf left;
static pid_t guarded; /* the thread that reads the store */

static void leave(int number)
{
    static const char text[] = "samenbusd: a page of a mapped file cannot be read\n";
    (void)number;
    if (gettid() == guarded) {
        siglongjmp(left, 1);
    }
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(SB_EXIT_DISK);
}

enum sb_rc sb_guard_run(enum sb_rc (*work)(void *context), void *context, bool *unreadable)
{
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = leave;
    sigemptyset(&action.sa_mask);
    guarded = gettid();
    *unreadable = true;
    if (sigsetjmp(left, 1) != 0) {
        return SB_E_IO;
    }
    sigaction(SIGBUS, &action, &before);
    enum sb_rc rc = work(context);
    sigaction(SIGBUS, &before, NULL);
    *unreadable = false;
    return rc;
}
