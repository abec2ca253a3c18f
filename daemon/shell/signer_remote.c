/* The daemon's side of the process that holds its signing key: gives it orders, notices its end. An
 * order waits for its answer: a head is not committed without its signature. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/shell/signer_process.h"

static const char rest[] = "; nothing that was acknowledged is lost: start the daemon again";

static enum sb_rc tell_end(const struct sb_signer *signer, struct sb_err *err)
{
    bool killed = WIFSIGNALED(signer->status);
    return sb_err_set(err, SB_E_SIGNER, "the process that holds the signing key %s %d%s",
                      killed ? "was ended by signal" : "ended with",
                      killed ? WTERMSIG(signer->status) : WEXITSTATUS(signer->status), rest);
}

enum sb_rc sb_signer_look(struct sb_signer *signer, struct sb_err *err)
{
    if (signer->pid != 0 && !signer->ended) {
        signer->ended = waitpid(signer->pid, &signer->status, WNOHANG) == signer->pid;
    }
    return signer->ended ? tell_end(signer, err) : SB_OK;
}

/* Whole messages only; errno is 0 where the other end is closed. */
bool sb_signer_receive(const struct sb_signer *signer, void *to, size_t n)
{
    ssize_t got;
    do {
        errno = 0;
        got = recv(signer->fd, to, n, 0);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

static bool send_whole(int fd, const void *what, size_t n)
{
    ssize_t sent;
    do {
        sent = send(fd, what, n, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)n;
}

static void end_child(struct sb_signer *signer)
{
    if (signer->pid != 0 && !signer->ended) {
        kill(signer->pid, SIGKILL); /* changes nothing where it is ending by itself */
        while (waitpid(signer->pid, &signer->status, 0) < 0 && errno == EINTR) {
        }
        signer->ended = true;
    }
}

enum sb_rc sb_signer_give_up(struct sb_signer *signer, struct sb_err *err)
{
    bool hangs = errno == EAGAIN || errno == EWOULDBLOCK;
    end_child(signer);
    return hangs ? sb_err_set(err, SB_E_SIGNER,
                              "the process that holds the signing key does not answer%s", rest)
                 : tell_end(signer, err);
}

static enum sb_rc ask(struct sb_signer *signer, const struct sb_signer_order *order,
                      struct sb_signature *out, struct sb_err *err)
{
    struct sb_signer_answer answer;
    if (!send_whole(signer->fd, order, sizeof *order) ||
        !sb_signer_receive(signer, &answer, sizeof answer)) {
        return sb_signer_give_up(signer, err);
    }
    if (!answer.signed_) {
        return sb_err_set(err, SB_E_SIGNER,
                          "the process that holds the signing key signs no head of another "
                          "organisation or partnership");
    }
    *out = answer.signature;
    return SB_OK;
}

enum sb_rc sb_signer_ask(struct sb_signer *signer, struct sb_checkpoint *c,
                         const struct sb_chain_ref *of, struct sb_err *err)
{
    struct sb_signer_order order;
    memset(&order, 0, sizeof order); /* no bytes of ours go along between the fields */
    order.of = *of;
    order.checkpoint.seq = c->seq;
    order.checkpoint.hash = c->hash;
    order.checkpoint.time = c->time;
    return ask(signer, &order, &c->signature, err);
}

enum sb_rc sb_signer_ask_possession(struct sb_signer *signer, const struct sb_possession_ref *of,
                                    struct sb_signature *out, struct sb_err *err)
{
    struct sb_signer_order order;
    memset(&order, 0, sizeof order);
    order.possession = true;
    order.of.partnership = of->partnership;
    order.of.origin = of->node;
    order.digest = of->digest;
    return ask(signer, &order, out, err);
}

void sb_signer_dismiss(struct sb_signer *signer)
{
    if (signer->fd >= 0) {
        close(signer->fd); /* the child reads its end from that */
    }
    end_child(signer);
}
