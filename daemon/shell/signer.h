/* The one door to the private signing key: whoever holds a signer can have heads of our own epochs
 * and statements of possession signed, and nothing else. The daemon's is a process of its own
 * (signer_process.h), so that neither a mistake in what reads the network nor whoever has taken it
 * over reaches the key; tests and the simulator keep theirs in the same process, behind the same
 * functions. */
#ifndef SB_SHELL_SIGNER_H
#define SB_SHELL_SIGNER_H

#include "proto/checkpoint.h"
#include "proto/err.h"
#include "proto/possession.h"

struct sb_signer;

/* Within this process: takes a copy of the seed into memory that is locked where the system allows,
 * left out of core dumps and wiped at the end. */
enum sb_rc sb_signer_new(struct sb_signer **out, const struct sb_sign_seed *seed,
                         struct sb_err *err);

/* In a child process, which reads the key file itself, lets go of every other right and signs heads
 * of `origin` in `partnership` only. Must be called before there are threads, and before the store
 * and the sockets are open. Errors: SB_E_CONFIG (the key file), SB_E_SIGNER, SB_E_NOMEM. */
enum sb_rc sb_signer_spawn(struct sb_signer **out, const char *key_file,
                           const struct sb_hash *partnership, const struct sb_org *origin,
                           struct sb_err *err);
/* NULL is fine. A child has ended when this returns. */
void sb_signer_free(struct sb_signer *signer);

struct sb_sign_public sb_signer_public(const struct sb_signer *signer);
/* Has the child no right left but to read orders and write signatures? False as well for a signer
 * within this process. */
bool sb_signer_is_confined(const struct sb_signer *signer);

/* Fills in c->signature. Errors: SB_E_SIGNER, the child is gone, does not answer or refuses. */
enum sb_rc sb_signer_checkpoint(struct sb_signer *signer, struct sb_checkpoint *c,
                                const struct sb_chain_ref *of, struct sb_err *err);

/* Signs what this node holds: `digest` is that of the statement before its signature. Errors:
 * likewise. */
enum sb_rc sb_signer_possession(struct sb_signer *signer, const struct sb_possession_ref *of,
                                struct sb_signature *out, struct sb_err *err);

/* Never waits. Errors: SB_E_SIGNER, the child has ended. */
enum sb_rc sb_signer_look(struct sb_signer *signer, struct sb_err *err);

#endif
