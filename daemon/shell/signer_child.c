/* The process that holds the signing key. It reads the key file, confines itself, and then signs
 * heads of one origin in one partnership, and what its node holds, until the daemon is gone. It
 * builds the signed bytes itself from the fields of an order: nobody can have it sign bytes of his
 * own choice. */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config/keyfile.h"
#include "daemon/shell/confine.h"
#include "daemon/shell/signer_process.h"

enum { ORDERS_FD = 0 };

static bool is_ours(const struct sb_signer_duty *duty, const struct sb_signer_order *order)
{
    return memcmp(&order->of.partnership, &duty->partnership, sizeof duty->partnership) == 0 &&
           memcmp(&order->of.origin, &duty->origin, sizeof duty->origin) == 0;
}

static bool is_head(const struct sb_signer_order *order)
{
    return !order->possession && order->of.epoch.counter >= 1 && order->checkpoint.seq.n >= 1;
}

static bool sign_possession(const struct sb_signer_duty *duty, struct sb_signer *signer,
                            const struct sb_signer_order *order, struct sb_signature *out)
{
    const struct sb_possession_ref of = {duty->partnership, duty->origin, order->digest};
    return sb_signer_possession(signer, &of, out, NULL) == SB_OK;
}

static void carry_out(const struct sb_signer_duty *duty, struct sb_signer *signer,
                      struct sb_signer_order *order, bool whole, struct sb_signer_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    if (!whole || !is_ours(duty, order)) {
        return;
    }
    if (order->possession) {
        answer->signed_ = sign_possession(duty, signer, order, &answer->signature);
    } else if (is_head(order)) {
        answer->signed_ =
            sb_signer_checkpoint(signer, &order->checkpoint, &order->of, NULL) == SB_OK;
        answer->signature = order->checkpoint.signature;
    }
}

static void serve(const struct sb_signer_duty *duty, struct sb_signer *signer)
{
    struct sb_signer_order order;
    struct sb_signer_answer answer;
    for (ssize_t n; (n = read(ORDERS_FD, &order, sizeof order)) > 0;) {
        carry_out(duty, signer, &order, n == (ssize_t)sizeof order, &answer);
        if (write(ORDERS_FD, &answer, sizeof answer) != (ssize_t)sizeof answer) {
            return;
        }
    }
}

static enum sb_rc read_key(const struct sb_signer_duty *duty, struct sb_signer **signer,
                           struct sb_err *err)
{
    struct sb_sign_seed seed;
    enum sb_rc rc = sb_keyfile_read(duty->key_file, SB_KEYFILE_SIGN, seed.b, err);
    if (rc == SB_OK) {
        rc = sb_signer_new(signer, &seed, err);
    }
    sb_wipe(&seed, sizeof seed);
    return rc;
}

/* Ends with the daemon, whatever becomes of it; a terminal's or a service manager's signal to all
 * processes is for the daemon alone, which wants to sign what is under way. */
static void live_for(pid_t parent)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    prctl(PR_SET_NAME, "samenbus-signer", 0, 0, 0);
    if (getppid() != parent) {
        _exit(0);
    }
}

_Noreturn void sb_signer_child(const struct sb_signer_duty *duty, int fd, pid_t parent)
{
    struct sb_signer *signer = NULL;
    struct sb_signer_greeting greeting = {0};
    live_for(parent);
    enum sb_rc rc = read_key(duty, &signer, &greeting.err);
    if (rc == SB_OK) {
        greeting.key = sb_signer_public(signer);
    }
    greeting.confined = sb_confine(fd, ORDERS_FD);
    if (write(ORDERS_FD, &greeting, sizeof greeting) == (ssize_t)sizeof greeting && rc == SB_OK) {
        serve(duty, signer);
    }
    if (signer != NULL) {
        sb_wipe(signer, sizeof *signer);
    }
    for (;;) {
        sb_confined_end(0);
    }
}
