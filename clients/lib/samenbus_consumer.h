/* Consumers: cursors that the daemon keeps by name (PROTOCOL §8.10). Read one with
 * sb_subscription_options.consumer of samenbus.h, process what comes, and acknowledge it: what was
 * not acknowledged is given again to whoever reads next. */
#ifndef SB_CLIENTS_LIB_SAMENBUS_CONSUMER_H
#define SB_CLIENTS_LIB_SAMENBUS_CONSUMER_H

#include "proto/consumer.h"
#include "proto/err.h"

struct sb_client;
struct sb_subscription;

/* All consumers (name NULL) without their cursors, or this one with its cursor; borrowed until the
 * next question. Errors: SB_E_UNREACHABLE, SB_E_REFUSED, SB_E_VERSION (an older daemon). */
enum sb_rc sb_client_consumers(struct sb_client *client, const char *name, int timeout_ms,
                               const struct sb_consumers **out, struct sb_err *err);
/* Has it done; SB_OK: it is durable. An older daemon never answers: ask sb_client_consumers first.
 * Errors: SB_E_UNREACHABLE, SB_E_REFUSED. */
enum sb_rc sb_client_consume(struct sb_client *client, const struct sb_consume *what,
                             int timeout_ms, const struct sb_consumers **out, struct sb_err *err);

/* Of a consumer: all that `next` gave has been processed. Blocks until the daemon has it on disk;
 * until then it is given again after a lost connection of the process. Where the consumer was begun
 * anew meanwhile nothing is acknowledged, and `next` goes on from its new place. Errors: as
 * sb_client_consume; what was not acknowledged goes with the next call. */
enum sb_rc sb_subscription_ack(struct sb_subscription *subscription, int timeout_ms,
                               struct sb_err *err);

/* A consumer's cursor as the text of sb_subscription_cursor, malloc'ed (NULL without memory), and
 * the tips of such a text, with which it continues at another daemon; the caller frees *tips.
 * Errors: SB_E_INPUT, SB_E_NOMEM. */
char *sb_consumer_cursor_text(const struct sb_consumer *consumer);
enum sb_rc sb_consumer_cursor_read(struct sb_tip **tips, size_t *n, const char *text,
                                   struct sb_err *err);

#endif
