/* The tips of a history, as exports of it have them. */
#ifndef SB_CLIENTS_COMMAND_TIPS_H
#define SB_CLIENTS_COMMAND_TIPS_H

#include "proto/rekey.h"

struct sb_tips {
    struct sb_rekey_tip *items; /* ascending by epoch; freed by the caller */
    size_t n, cap;
};

/* Verifies one export and adds the longest tip of each epoch. The first one sets rekey->old_key,
 * the others must be under the same, and of its organisation and partnership. `earlier` are the
 * announcements of keys that were lost before that one, each of which must lead to it: epochs that
 * they name are verified, and not added, for they are named already. Errors: SB_E_INPUT,
 * SB_E_NOMEM.
 */
enum sb_rc sb_tips_collect(struct sb_tips *tips, const char *path, const struct sb_rekeys *earlier,
                           struct sb_rekey *rekey, struct sb_err *err);

#endif
