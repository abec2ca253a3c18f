/* A signer's page, and signing within this process; see signer.h. */
#include "daemon/shell/signer.h"

#include <string.h>
#include <sys/mman.h>

#include "daemon/shell/signer_process.h"

enum { SIGNER_PAGE = 4096 };

_Static_assert(sizeof(struct sb_signer) <= SIGNER_PAGE, "a signer fits its page");

enum sb_rc sb_signer_alloc(struct sb_signer **out, struct sb_err *err)
{
    void *page =
        mmap(NULL, SIGNER_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the signing key");
    }
    /* Best effort: a limit on locked memory must not keep a daemon from starting. */
    (void)mlock(page, SIGNER_PAGE);
    (void)madvise(page, SIGNER_PAGE, MADV_DONTDUMP);
    *out = page;
    (*out)->fd = -1;
    return SB_OK;
}

enum sb_rc sb_signer_new(struct sb_signer **out, const struct sb_sign_seed *seed,
                         struct sb_err *err)
{
    enum sb_rc rc = sb_signer_alloc(out, err);
    if (rc == SB_OK) {
        (*out)->secret = sb_sign_expand(seed);
        (*out)->key = sb_sign_public_of(seed);
    }
    return rc;
}

void sb_signer_free(struct sb_signer *signer)
{
    if (signer != NULL) {
        sb_signer_dismiss(signer);
        sb_wipe(signer, sizeof *signer);
        munmap(signer, SIGNER_PAGE);
    }
}

struct sb_sign_public sb_signer_public(const struct sb_signer *signer)
{
    return signer->key;
}

bool sb_signer_is_confined(const struct sb_signer *signer)
{
    return signer->confined;
}

enum sb_rc sb_signer_checkpoint(struct sb_signer *signer, struct sb_checkpoint *c,
                                const struct sb_chain_ref *of, struct sb_err *err)
{
    if (signer->pid != 0) {
        return sb_signer_ask(signer, c, of, err);
    }
    sb_checkpoint_sign_with(c, of, &signer->secret);
    return SB_OK;
}

enum sb_rc sb_signer_possession(struct sb_signer *signer, const struct sb_possession_ref *of,
                                struct sb_signature *out, struct sb_err *err)
{
    if (signer->pid != 0) {
        return sb_signer_ask_possession(signer, of, out, err);
    }
    *out = sb_possession_sign(of, &signer->secret);
    return SB_OK;
}
