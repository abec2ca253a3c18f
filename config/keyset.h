/* All keys of an organisation in one file, sealed with a passphrase: what `samenbus key backup`
 * writes and `key restore` reads.
 *
 *     # comments, the fingerprint among them
 *     samenbus-sealed-keys-1
 *     <base64 of the sealed bytes (proto/seal.h), in lines>
 */
#ifndef SB_CONFIG_KEYSET_H
#define SB_CONFIG_KEYSET_H

#include "config/keyfile.h"
#include "config/public.h"
#include "proto/bytes.h"

enum { SB_KEYSET_TEXT_MAX = 256 }; /* bytes of a name or an endpoint, with the NUL */

/* Wipe it after use. */
struct sb_keyset {
    uint8_t sign[SB_KEYFILE_SECRET_BYTES], curve[SB_KEYFILE_SECRET_BYTES];
    char id[SB_KEYSET_TEXT_MAX], name[SB_KEYSET_TEXT_MAX]; /* "": none, as below */
    char publish[SB_KEYSET_TEXT_MAX], service[SB_KEYSET_TEXT_MAX];
};

/* The public half; its texts are borrowed from the set. */
void sb_keyset_public(struct sb_public *out, const struct sb_keyset *set);

/* Writes a new file of mode 0600, durably. Errors: SB_E_BUSY (it exists), SB_E_IO, SB_E_NOMEM. */
enum sb_rc sb_keyset_write(const char *path, const struct sb_keyset *set,
                           struct sb_bytes passphrase, struct sb_err *err);
/* Errors: SB_E_INPUT (no such file, damaged, another passphrase), SB_E_VERSION, SB_E_NOMEM. */
enum sb_rc sb_keyset_read(struct sb_keyset *out, const char *path, struct sb_bytes passphrase,
                          struct sb_err *err);

#endif
