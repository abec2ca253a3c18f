/* The sessions of the service endpoint: a number for every connection that has spoken. Tables
 * only; no socket. A session that is gone keeps its place until that has been announced. None ends
 * to make room for another: who only listens says nothing for hours, and must miss nothing. */
#ifndef SB_NET_SESSION_H
#define SB_NET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/net/send.h"
#include "daemon/net/zap.h"
#include "proto/limits.h"

struct sb_net_session {
    uint32_t number;     /* place + k * SB_NET_SESSION_PLACES: never the same twice */
    uint32_t routing_id; /* as libzmq assigned it */
    uint32_t identity, ticket;
    int descriptor; /* of its connection, -1: unknown */
    bool over;      /* its connection had ended before it began: nobody will tell */
    bool first;     /* of its key; those beside it are further ones */
    enum sb_net_session_state { SB_NET_PLACE_FREE, SB_NET_PLACE_LIVE, SB_NET_PLACE_GONE } state;
    uint16_t next; /* in the chain of its hash, or the free list */
    /* Stays when the place is given to another, until it drains. */
    struct sb_net_queued queued[SB_NET_SORTS];
};

/* As many may be gone and not yet announced as may live. */
enum { SB_NET_SESSION_PLACES = 2 * SB_SESSIONS_MAX };

struct sb_net_sessions {
    struct sb_net_session place[SB_NET_SESSION_PLACES];
    uint16_t chain[SB_NET_SESSION_PLACES];
    uint16_t free_first, free_last;
    uint32_t n_live, n_gone, n_first;
    size_t n_keys; /* that are listed: there is always room for the first session of each */
};

/* Is there room for one more session of a key? */
enum sb_net_room { SB_NET_ROOM, SB_NET_KEY_IS_FULL, SB_NET_ALL_IS_FULL };

void sb_net_sessions_init(struct sb_net_sessions *s);
/* The live session of a connection; NULL: it has none. */
struct sb_net_session *sb_net_sessions_of(struct sb_net_sessions *s, uint32_t routing_id);
/* The live session of that number, or NULL. */
struct sb_net_session *sb_net_sessions_find(struct sb_net_sessions *s, uint32_t number);
enum sb_net_room sb_net_sessions_room(const struct sb_net_sessions *s, uint32_t identity);
/* A new one, for a routing id that has none; NULL: there is no room. Any older one on the same
 * descriptor becomes gone first. Where a newer connection has that descriptor, this one is `over`.
 */
struct sb_net_session *sb_net_sessions_begin(struct sb_net_sessions *s, uint32_t routing_id,
                                             uint32_t identity, int descriptor);
/* Ends every session whose key is not listed any more. */
void sb_net_sessions_revoke(struct sb_net_sessions *s, const struct sb_net_zap *zap);
void sb_net_sessions_end(struct sb_net_sessions *s, struct sb_net_session *session);
/* Ends the session whose connection had this descriptor, if there is one. */
void sb_net_sessions_disconnect(struct sb_net_sessions *s, int descriptor);
/* Takes one that is gone out of the table and fills in who it was; false: there is none. */
bool sb_net_sessions_announce(struct sb_net_sessions *s, uint32_t *number, uint32_t *identity);

#endif
