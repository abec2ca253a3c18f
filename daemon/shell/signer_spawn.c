/* Begins the process that holds the signing key; see signer.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "daemon/shell/signer_process.h"

enum { PATIENCE_S = 5 }; /* for an answer that takes microseconds */

static enum sb_rc hear_greeting(struct sb_signer *signer, struct sb_err *err)
{
    struct sb_signer_greeting greeting;
    if (!sb_signer_receive(signer, &greeting, sizeof greeting)) {
        return sb_signer_give_up(signer, err);
    }
    signer->key = greeting.key;
    signer->confined = greeting.confined;
    return greeting.err.rc == SB_OK ? SB_OK
                                    : sb_err_set(err, greeting.err.rc, "%s", greeting.err.text);
}

static enum sb_rc begin(struct sb_signer *signer, const struct sb_signer_duty *duty,
                        struct sb_err *err)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    pid_t parent = getpid();
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return sb_err_set(err, SB_E_SIGNER, "a process for the signing key: %s", strerror(errno));
    }
    signer->pid = fork();
    if (signer->pid == 0) {
        close(pair[0]);
        sb_signer_child(duty, pair[1], parent);
    }
    close(pair[1]);
    signer->fd = pair[0];
    if (signer->pid < 0) {
        signer->pid = 0;
        return sb_err_set(err, SB_E_SIGNER, "a process for the signing key: %s", strerror(errno));
    }
    setsockopt(signer->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(signer->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return hear_greeting(signer, err);
}

enum sb_rc sb_signer_spawn(struct sb_signer **out, const char *key_file,
                           const struct sb_hash *partnership, const struct sb_org *origin,
                           struct sb_err *err)
{
    const struct sb_signer_duty duty = {key_file, *partnership, *origin};
    struct sb_signer *signer = NULL;
    enum sb_rc rc = sb_signer_alloc(&signer, err);
    if (rc != SB_OK) {
        return rc;
    }
    rc = begin(signer, &duty, err);
    if (rc != SB_OK) {
        sb_signer_free(signer);
        signer = NULL;
    }
    *out = signer;
    return rc;
}
