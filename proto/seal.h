/* Secrets sealed with a passphrase, to be kept where others may come: Argon2id makes a key of the
 * passphrase, XSalsa20-Poly1305 closes the box. Files and passphrases are asked for elsewhere. */
#ifndef SB_PROTO_SEAL_H
#define SB_PROTO_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

enum {
    /* version 1 ‖ passes 4 ‖ memory in KiB 4 ‖ salt 16 ‖ nonce 24 ‖ box (n + 16) ‖ check 8 */
    SB_SEAL_OVERHEAD = 1 + 4 + 4 + 16 + 24 + 16 + 8,
    SB_SEAL_MEMORY_MAX_KIB = 1024 * 1024, /* that opening may be asked to take */
    SB_SEAL_PASSES_MAX = 16,
};

/* Writes n + SB_SEAL_OVERHEAD bytes. Takes about a second and 256 MiB: that is what makes guessing
 * dear. Errors: SB_E_NOMEM. */
enum sb_rc sb_seal(uint8_t *out, const void *secret, size_t n, struct sb_bytes passphrase,
                   struct sb_err *err);

/* Writes sealed.n - SB_SEAL_OVERHEAD bytes, which the caller wipes. Errors: SB_E_INPUT (damaged, or
 * another passphrase; the sentence says which), SB_E_VERSION, SB_E_NOMEM. */
enum sb_rc sb_seal_open(uint8_t *out, struct sb_bytes sealed, struct sb_bytes passphrase,
                        struct sb_err *err);

#endif
