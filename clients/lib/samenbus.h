/* libsamenbus: a program's connection to the samenbus daemon of its own organisation. It publishes
 * until the daemon has said yes or no, reads events from any point on without gaps or doubles, and
 * asks for the daemon's account of itself. A lost connection is made again without the caller's
 * doing: what was not answered is sent again with the same ids, streams go on where they were.
 *
 * A client and everything made from it belong to one thread. Nothing blocks but the functions that
 * say so. Links against libzmq. */
#ifndef SB_CLIENTS_LIB_SAMENBUS_H
#define SB_CLIENTS_LIB_SAMENBUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/client_message.h"
#include "proto/code.h"
#include "proto/err.h"
#include "proto/holders.h"
#include "proto/status.h"

/* ---- the connection */

struct sb_client;

/* Reads the client file `config` (NULL: the one that SAMENBUS_CONFIG names, else
 * ~/.config/samenbus/client.yaml, else /etc/samenbus/client.yaml) and begins to connect. Mistakes
 * in the file are printed to `complaints` unless it is NULL.
 * Errors: SB_E_CONFIG, SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_client_open(struct sb_client **out, const char *config, FILE *complaints,
                          struct sb_err *err);
/* NULL is fine. Publishers and subscriptions go first. */
void sb_client_close(struct sb_client *client);

const char *sb_client_organisation(const struct sb_client *client); /* as the file says */

/* Blocks until the daemon has accepted us. Errors: SB_E_UNREACHABLE (timeout_ms went by, or nobody
 * has listened there for a second; the sentence says how far we came), SB_E_REFUSED (it does not
 * know our key). */
enum sb_rc sb_client_connect(struct sb_client *client, int timeout_ms, struct sb_err *err);

bool sb_client_connected(const struct sb_client *client);

/* Blocks until something came from the daemon, `fd` (or -1) can be read, or timeout_ms (-1: never)
 * is over, and does the work of every publisher and subscription. Errors: SB_E_NET. */
enum sb_rc sb_client_wait(struct sb_client *client, int fd, int timeout_ms, struct sb_err *err);

/* ---- questions; they block, and lend their answer until the next. Errors: SB_E_UNREACHABLE,
 * SB_E_REFUSED, and SB_E_VERSION where a daemon may be older than the question. */

enum sb_rc sb_client_status(struct sb_client *client, int timeout_ms, const struct sb_status **out,
                            struct sb_err *err);

/* Who has this event on disk; no items: the daemon holds no such event. */
enum sb_rc sb_client_where(struct sb_client *client, const struct sb_org *origin,
                           const struct sb_uuid *id, int timeout_ms, const struct sb_holders **out,
                           struct sb_err *err);

/* One page of an origin's history; out->next is where the next page begins. */
enum sb_rc sb_client_fetch(struct sb_client *client, const struct sb_fetch *at, int timeout_ms,
                           const struct sb_fetched **out, struct sb_err *err);

/* Some of the evidence of organisations that said two things; `from`: a copy of out->next of the
 * answer before, or nothing. An item may come in two answers. */
enum sb_rc sb_client_evidence(struct sb_client *client, struct sb_bytes from, int timeout_ms,
                              const struct sb_evidence **out, struct sb_err *err);

/* A statement of what the daemon holds, signed by its organisation (PROTOCOL §6.5), in answer to a
 * challenge that is not all zero. */
enum sb_rc sb_client_possession(struct sb_client *client, const struct sb_hash *challenge,
                                int timeout_ms, struct sb_bytes *out, struct sb_err *err);

/* ---- publishing */

struct sb_publisher;

struct sb_published {
    uint64_t number; /* counts what was put, from 0; results come in this order */
    struct sb_org origin;
    struct sb_uuid id;
    bool sent; /* with SB_CODE_UNKNOWN_OUTCOME: false when it surely never left this machine */
    struct sb_result result;
};

struct sb_publisher_options {
    uint32_t remote; /* 0: acknowledged when durable here; k: when k partners hold it too */
    uint32_t
        timeout_ms; /* of each event; 0: SB_PUBLISH_TIMEOUT_MS. Then: SB_CODE_UNKNOWN_OUTCOME */
    size_t window;  /* events under way at most; 0: 1024 */
    void (*on_result)(void *context, const struct sb_published *result);
    void *context;
};

enum { SB_PUBLISHER_WINDOW_MAX = 16384, SB_PUBLISHER_BYTES_MAX = 8 * 1024 * 1024 };

enum sb_rc sb_publisher_new(struct sb_publisher **out, struct sb_client *client,
                            const struct sb_publisher_options *options, struct sb_err *err);
void sb_publisher_free(struct sb_publisher *publisher);

/* Copies one event and sends it together with its neighbours, at the latest when the next wait
 * begins. Blocks while the window is full. Errors: SB_E_NOMEM, SB_E_NET. */
enum sb_rc sb_publisher_put(struct sb_publisher *publisher, const struct sb_submission *event,
                            struct sb_err *err);
/* Blocks until every event has its result. Errors: SB_E_NET. */
enum sb_rc sb_publisher_flush(struct sb_publisher *publisher, struct sb_err *err);
/* Events without a result. */
size_t sb_publisher_pending(const struct sb_publisher *publisher);

/* ---- reading */

struct sb_subscription;

struct sb_subscription_options {
    const char *consumer;         /* as this consumer of the daemon, whose place and filters it has;
                                   * NULL: none. Copied. */
    const char *cursor;           /* text of sb_subscription_cursor; NULL: see the next three */
    struct sb_offset from_offset; /* 0: not given */
    struct sb_time since;         /* committed by this daemon since then; 0: not given */
    bool live_only;               /* only what comes from now on */
    const char **topics;          /* prefixes; none: every topic. Copied. */
    size_t n_topics;
    const struct sb_org *origins; /* none: every origin. Copied. */
    size_t n_origins;
    bool follow;           /* go on at the end; otherwise end at the head found at the start */
    bool system, erasures; /* system events too; whatever `topics` says: by which others go */
    bool stubs;            /* also what lacks its body, and once more when it comes */
};

/* Errors: SB_E_INPUT (not a cursor), SB_E_NOMEM. */
enum sb_rc sb_subscription_new(struct sb_subscription **out, struct sb_client *client,
                               const struct sb_subscription_options *options, struct sb_err *err);
void sb_subscription_free(struct sb_subscription *subscription);

/* Blocks until the next event (SB_OK; borrowed until the next call). SB_E_AGAIN: none within
 * timeout_ms (-1: for ever); SB_E_NOTFOUND: the end. Errors: SB_E_REFUSED, SB_E_NET. */
enum sb_rc sb_subscription_next(struct sb_subscription *subscription,
                                const struct sb_delivered **event, int timeout_ms,
                                struct sb_err *err);

/* Where this reader is after the events that `next` gave, as lines of text: kept durably and given
 * back, reading goes on there, also at another daemon of the partnership, which may repeat events
 * but leaves none out. malloc'ed; NULL without memory. */
char *sb_subscription_cursor(struct sb_subscription *subscription);

#endif
