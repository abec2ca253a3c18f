/* The one door to the private signing key: whoever holds a signer can have heads of our own epochs
 * signed and nothing else. Later the key moves into a child process behind the same functions. */
#ifndef SB_SHELL_SIGNER_H
#define SB_SHELL_SIGNER_H

#include "proto/checkpoint.h"
#include "proto/err.h"

struct sb_signer;

/* Takes a copy of the seed and keeps it in locked memory where the system allows. */
enum sb_rc sb_signer_new(struct sb_signer **out, const struct sb_sign_seed *seed,
                         struct sb_err *err);
void sb_signer_free(struct sb_signer *signer);
struct sb_sign_public sb_signer_public(const struct sb_signer *signer);
/* Fills in c->signature. */
void sb_signer_checkpoint(struct sb_signer *signer, struct sb_checkpoint *c,
                          const struct sb_chain_ref *of);

#endif
