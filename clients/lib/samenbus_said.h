/* What was said about decisions, agenda items and notifications (PROTOCOL §8.6), beside samenbus.h
 * and with the same rules. */
#ifndef SB_CLIENTS_LIB_SAMENBUS_SAID_H
#define SB_CLIENTS_LIB_SAMENBUS_SAID_H

#include "clients/lib/samenbus.h"
#include "proto/said.h"

/* What was said about subjects (query->said_...), page after page: the next one is under way while
 * `take` looks at this one, whose memory ends with it. *organisation: whose daemon answers; known
 * when `take` is first called. `timeout_ms`: for each page. */
struct sb_said_taker {
    enum sb_rc (*take)(void *context, const struct sb_said_answer *page, struct sb_err *err);
    void *context;
};
enum sb_rc sb_client_said(struct sb_client *client, const struct sb_query *query, int timeout_ms,
                          struct sb_org *organisation, const struct sb_said_taker *taker,
                          struct sb_err *err);

#endif
