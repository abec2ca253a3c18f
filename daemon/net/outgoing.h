/* One connection that we make: its socket, what its monitor tells, and when to try again. */
#ifndef SB_NET_OUTGOING_H
#define SB_NET_OUTGOING_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/net/net.h"
#include "daemon/net/ready.h"
#include "proto/err.h"

enum sb_net_outgoing_state {
    SB_NET_OUTGOING_CONNECTING, /* libzmq tries, with its own back-off */
    SB_NET_OUTGOING_UP,         /* the handshake is done */
    SB_NET_OUTGOING_WAITING,    /* we try again at retry_at_ms */
};

enum { SB_NET_OUTGOING_KEYS = 2 };

struct sb_net_outgoing {
    struct sb_net_source data, events;              /* data.socket is NULL: there is no endpoint */
    struct sb_curve_key keys[SB_NET_OUTGOING_KEYS]; /* theirs: of now, and the next or all zero */
    size_t key;                                     /* the one that we connect with */
    char *endpoint;
    enum sb_net_outgoing_state state;
    int64_t retry_at_ms; /* monotonic clock */
    int backoff_ms;
    const char *refused; /* why, the last time; NULL: not refused since it was up */
    bool hurried;        /* connect at once when it is known not to be up */
};

enum sb_net_outgoing_change {
    SB_NET_OUTGOING_SAME,
    SB_NET_OUTGOING_NOW_UP,
    SB_NET_OUTGOING_NOW_DOWN,
    SB_NET_OUTGOING_NOW_REFUSED, /* or for another reason than before */
};

/* Takes `socket` (NULL with err set: passes that on), made for partner->key, and connects it.
 * Errors: SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_net_outgoing_open(struct sb_net_outgoing *o, void *context, void *socket,
                                const struct sb_net_partner *partner, const char *endpoint,
                                uint32_t monitor_number, struct sb_err *err);
/* Other keys, the one in use among them: the connection goes on. False: it is not, and nothing has
 * changed. */
bool sb_net_outgoing_rekey(struct sb_net_outgoing *o, const struct sb_net_partner *partner);
void sb_net_outgoing_close(struct sb_net_outgoing *o, int linger_ms);
/* Reads one event of the monitor into *change; false: there is none. `why` is static text. */
bool sb_net_outgoing_watch(struct sb_net_outgoing *o, int64_t now_ms,
                           enum sb_net_outgoing_change *change, const char **why);
/* "ENDPOINT: why": the reason whole, and of an endpoint for which there is no room its beginning.
 */
void sb_net_outgoing_tell(char out[static SB_NET_TEXT_MAX], const char *endpoint, const char *why);
/* Connects at once unless it is up. */
void sb_net_outgoing_hurry(struct sb_net_outgoing *o);
/* Connects if its time has come; lowers *next_ms to when it wants to be called again. */
void sb_net_outgoing_tick(struct sb_net_outgoing *o, int64_t now_ms, int64_t *next_ms);

#endif
