/* What happened to the daemon itself, for `samenbus events`. Not part of what the library promises.
 */
#ifndef SB_CLIENTS_LIB_HAPPENINGS_H
#define SB_CLIENTS_LIB_HAPPENINGS_H

#include "clients/lib/samenbus.h"
#include "proto/happening.h"

/* Those after this number that the daemon remembers, borrowed until the next question; for clients
 * with `admin`. Errors: SB_E_UNREACHABLE, SB_E_REFUSED, SB_E_VERSION (an older daemon). */
enum sb_rc sb_client_happenings(struct sb_client *client, uint64_t after, int timeout_ms,
                                const struct sb_happenings **out, struct sb_err *err);

#endif
