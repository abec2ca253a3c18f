/* libsamenbus: having events erased, and what has been. Both block; see samenbus.h. */
#ifndef SB_CLIENTS_LIB_ERASURES_H
#define SB_CLIENTS_LIB_ERASURES_H

#include "proto/erasures.h"
#include "proto/err.h"

struct sb_client;

/* Some of what was erased or has expired, borrowed until the next question; `from` as for evidence.
 * Errors: SB_E_UNREACHABLE, SB_E_REFUSED, SB_E_VERSION. */
enum sb_rc sb_client_erasures(struct sb_client *client, struct sb_bytes from, int timeout_ms,
                              const struct sb_erasures **out, struct sb_err *err);

/* Has events of one's own organisation erased everywhere, at most SB_PUBLISH_ITEMS_MAX at a time;
 * each gets its result. Asking again does no harm. Errors: SB_E_UNREACHABLE, SB_E_REFUSED. */
struct sb_erase_result {
    bool answered, again; /* again: it had been erased before */
    enum sb_code code;
    char text[SB_TITLE_MAX + 1];
    char epoch[SB_EPOCH_TEXT_MAX]; /* of the Erasure */
    struct sb_seq seq;
};
enum sb_rc sb_client_erase(struct sb_client *client, const char *ground,
                           struct sb_erase_item *items, size_t n, int timeout_ms,
                           struct sb_erase_result *results, struct sb_err *err);

#endif
