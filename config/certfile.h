/* The file of a key certificate (PROTOCOL §9.2): one line that says by which key ours is vouched
 * for. Nothing in it is secret.
 *
 *     # comment
 *     samenbus-certificate-1 ORG <base64 of old key, new key, time in ms, both signatures>
 */
#ifndef SB_CONFIG_CERTFILE_H
#define SB_CONFIG_CERTFILE_H

#include "proto/certificate.h"
#include "proto/err.h"
#include "proto/rc.h"

/* Errors: SB_E_CONFIG with a sentence: absent, not a certificate, or one that is not signed by both
 * keys for this organisation in this partnership. */
enum sb_rc sb_certfile_read(struct sb_certificate *out, const char *path,
                            const struct sb_org *origin, const char *partnership,
                            struct sb_err *err);
/* Into a new file, durably. Errors: SB_E_BUSY (it exists), SB_E_IO. */
enum sb_rc sb_certfile_write(const char *path, const struct sb_certificate *certificate,
                             struct sb_err *err);

#endif
