/* Signs heads with the secret key in this process's memory: locked where the system allows, left
 * out of core dumps, wiped at the end. It signs checkpoints and nothing else. */
#include "daemon/shell/signer.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { SIGNER_PAGE = 4096 };

struct sb_signer {
    struct sb_sign_secret secret;
    struct sb_sign_public key;
};

_Static_assert(sizeof(struct sb_signer) <= SIGNER_PAGE, "a signer fits its page");

enum sb_rc sb_signer_new(struct sb_signer **out, const struct sb_sign_seed *seed,
                         struct sb_err *err)
{
    void *page =
        mmap(NULL, SIGNER_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the signing key");
    }
    /* Best effort: a limit on locked memory must not keep a daemon from starting. */
    (void)mlock(page, SIGNER_PAGE);
    (void)madvise(page, SIGNER_PAGE, MADV_DONTDUMP);
    struct sb_signer *signer = page;
    signer->secret = sb_sign_expand(seed);
    signer->key = sb_sign_public_of(seed);
    *out = signer;
    return SB_OK;
}

void sb_signer_free(struct sb_signer *signer)
{
    if (signer != NULL) {
        sb_wipe(signer, sizeof *signer);
        munmap(signer, SIGNER_PAGE);
    }
}

struct sb_sign_public sb_signer_public(const struct sb_signer *signer)
{
    return signer->key;
}

void sb_signer_checkpoint(struct sb_signer *signer, struct sb_checkpoint *c,
                          const struct sb_chain_ref *of)
{
    sb_checkpoint_sign_with(c, of, &signer->secret);
}
