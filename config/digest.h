/* One number for all that a daemon's configuration says: whether two are the same shows without
 * reading them. */
#ifndef SB_CONFIG_DIGEST_H
#define SB_CONFIG_DIGEST_H

#include "proto/err.h"
#include "proto/ids.h"

enum { SB_CONFIG_DIGEST_TEXT = 2 * 32 + 1 };

/* SHA-256 over the names and bytes of the file, conf.d and rekeys beside it, as they are now; what
 * a daemon does not look at does not count, key files neither. Errors: SB_E_CONFIG (a file cannot
 * be read), SB_E_NOMEM. */
enum sb_rc sb_config_digest(struct sb_hash *out, const char *file, struct sb_err *err);

#endif
