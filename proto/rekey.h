/* The announcement of a new key after the old one was lost or stolen (PROTOCOL §9.4): a text,
 * signed by the new key, that names the tips of the old key's history that count. Pure, but for
 * sign.h. */
#ifndef SB_PROTO_REKEY_H
#define SB_PROTO_REKEY_H

#include "proto/arena.h"
#include "proto/checkpoint.h"
#include "proto/err.h"
#include "proto/ids.h"
#include "proto/sign.h"

enum { SB_REKEY_TIPS_MAX = 65536, SB_REKEY_BYTES_MAX = 8 * 1024 * 1024 };

struct sb_rekey_tip {
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash; /* of the link at seq */
};

struct sb_rekey {
    char partnership[SB_NAME_MAX + 1];
    struct sb_org organisation;
    struct sb_sign_public old_key, sign_key;
    uint8_t curve_key[32];
    const struct sb_rekey_tip *tips; /* ascending by epoch, one each */
    size_t n_tips;
};

struct sb_rekeys { /* those that somebody was given; borrowed */
    const struct sb_rekey *items;
    size_t n;
};

/* The signed text, from the arena; p NULL: it is full. The seed is that of rekey->sign_key. */
struct sb_bytes sb_rekey_write(const struct sb_rekey *rekey, const struct sb_sign_seed *seed,
                               struct sb_arena *arena);
/* Reads and verifies one. Errors: SB_E_INPUT with the line and what is wrong, SB_E_NOMEM. */
enum sb_rc sb_rekey_read(struct sb_rekey *out, struct sb_bytes text, struct sb_arena *arena,
                         struct sb_err *err);

/* The tip of this epoch; NULL: nothing of it counts. */
const struct sb_rekey_tip *sb_rekey_find(const struct sb_rekey *rekey, struct sb_epoch epoch);
/* Does one of them name just this link as the tip of its epoch, in this partnership? Then a
 * checkpoint of it needs no signature. */
bool sb_rekeys_name(const struct sb_rekeys *rekeys, const struct sb_chain_ref *of,
                    const struct sb_checkpoint *c);

#endif
