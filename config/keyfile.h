/* Key files: one secret in one small text file, and nothing public (public.h). Making keys and
 * using them is not done here.
 *
 *     # comment
 *     samenbus-sign-key-1 <base64 of the 32-byte Ed25519 seed>
 *     samenbus-curve-key-1 <Z85 of the 32-byte Curve25519 secret>
 */
#ifndef SB_CONFIG_KEYFILE_H
#define SB_CONFIG_KEYFILE_H

#include <stdint.h>

#include "proto/err.h"
#include "proto/rc.h"

enum { SB_KEYFILE_SECRET_BYTES = 32 };

enum sb_keyfile_kind { SB_KEYFILE_SIGN, SB_KEYFILE_CURVE };

/* Reads a secret. The caller wipes it.
 * Errors: SB_E_CONFIG with a sentence that names the file: absent, unreadable, readable by others
 * than its owner, the other kind, not a key. */
enum sb_rc sb_keyfile_read(const char *path, enum sb_keyfile_kind kind,
                           uint8_t secret[static SB_KEYFILE_SECRET_BYTES], struct sb_err *err);

/* Writes a secret into a new file of mode 0600, durably. A file that exists is never touched.
 * Errors: SB_E_BUSY (it exists), SB_E_IO. */
enum sb_rc sb_keyfile_write(const char *path, enum sb_keyfile_kind kind,
                            const uint8_t secret[static SB_KEYFILE_SECRET_BYTES],
                            struct sb_err *err);

#endif
