/* Orders to a daemon: for the samenbus command, and no part of what the library promises. */
#ifndef SB_CLIENTS_LIB_ADMINISTER_H
#define SB_CLIENTS_LIB_ADMINISTER_H

#include "clients/lib/samenbus.h"
#include "proto/admin.h"

/* Gives the daemon an order, for clients with `admin`; the answer is borrowed until the next
 * question. Errors: SB_E_UNREACHABLE, SB_E_REFUSED, SB_E_VERSION (the daemon is older than orders).
 */
enum sb_rc sb_client_administer(struct sb_client *client, const struct sb_admin *order,
                                int timeout_ms, const struct sb_administered **out,
                                struct sb_err *err);

#endif
