/* What the daemon and the process that holds its signing key say to each other: one greeting, then
 * an answer to each order, one message each over a pair of SOCK_SEQPACKET sockets. Both are the
 * same program, so that plain structs will do. Included by the signer's own files. */
#ifndef SB_SHELL_SIGNER_PROCESS_H
#define SB_SHELL_SIGNER_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/shell/signer.h"

/* In a page of its own. */
struct sb_signer {
    struct sb_sign_public key;
    struct sb_sign_secret secret; /* within this process only */
    pid_t pid;                    /* 0: within this process */
    int fd;
    bool confined;
    bool ended;
    int status; /* of the child that has ended, as waitpid gives it */
};

enum sb_rc sb_signer_alloc(struct sb_signer **out, struct sb_err *err);

/* Whose heads a child signs, and with which key. */
struct sb_signer_duty {
    const char *key_file;
    struct sb_hash partnership;
    struct sb_org origin;
};

struct sb_signer_greeting {
    struct sb_err err; /* SB_OK: serves from here on */
    struct sb_sign_public key;
    bool confined;
};

struct sb_signer_order {
    bool possession; /* else a head; then `of` has no epoch, and `digest` is what counts */
    struct sb_chain_ref of;
    struct sb_checkpoint checkpoint; /* all but the signature */
    struct sb_hash digest;           /* of a statement of possession */
};

struct sb_signer_answer {
    bool signed_; /* false: not a head or a statement of ours */
    struct sb_signature signature;
};

/* The life of the child, which ends with `parent`. `fd` is all that it keeps. */
_Noreturn void sb_signer_child(const struct sb_signer_duty *duty, int fd, pid_t parent);

/* The daemon's side (signer_remote.c). */
enum sb_rc sb_signer_ask(struct sb_signer *signer, struct sb_checkpoint *c,
                         const struct sb_chain_ref *of, struct sb_err *err);
enum sb_rc sb_signer_ask_possession(struct sb_signer *signer, const struct sb_possession_ref *of,
                                    struct sb_signature *out, struct sb_err *err);
bool sb_signer_receive(const struct sb_signer *signer, void *to, size_t n);
/* After a failure to send or receive: ends the child and says what became of it. */
enum sb_rc sb_signer_give_up(struct sb_signer *signer, struct sb_err *err);
void sb_signer_dismiss(struct sb_signer *signer);

#endif
