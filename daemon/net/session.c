/* Numbers for connections. A ROUTER does not tell that a connection ended; but every message has
 * the descriptor of its connection, and the socket's monitor names the descriptors that closed.
 * With one I/O thread, "closed" of an older connection is told before a newer one with the same
 * descriptor can say anything; who reads the monitor before beginning a session does not take the
 * newer for the one that closed. What the older one said last may be read after what the newer one
 * said first, for a ROUTER reads its connections in turn: routing ids, which libzmq counts up, tell
 * which of two is older. */
#include "daemon/net/session.h"

#include <assert.h>
#include <string.h>

enum {
    NOWHERE = UINT16_MAX, /* the end of a chain */
    KEYS_MAX = SB_PEERS_MAX + SB_CLIENTS_MAX,
};

static_assert(SB_NET_SESSION_PLACES < UINT16_MAX, "places fit their links");
static_assert((SB_NET_SESSION_PLACES & (SB_NET_SESSION_PLACES - 1)) == 0,
              "a number's low bits stay its place when the number wraps");
static_assert((int)KEYS_MAX < (int)SB_SESSIONS_MAX,
              "every key has room for one, and some for more");

void sb_net_sessions_init(struct sb_net_sessions *s)
{
    memset(s, 0, sizeof *s);
    for (uint16_t i = 0; i < SB_NET_SESSION_PLACES; i++) {
        s->place[i].number = i;
        s->place[i].next = (uint16_t)(i + 1);
        s->chain[i] = NOWHERE;
    }
    s->free_first = 0;
    s->free_last = SB_NET_SESSION_PLACES - 1;
    s->place[s->free_last].next = NOWHERE;
}

static uint16_t place_of(const struct sb_net_sessions *s, const struct sb_net_session *session)
{
    return (uint16_t)(session - s->place);
}

/* libzmq counts its routing ids up, so their low bits spread well. */
static uint16_t *chain_of(struct sb_net_sessions *s, uint32_t routing_id)
{
    return &s->chain[routing_id % SB_NET_SESSION_PLACES];
}

struct sb_net_session *sb_net_sessions_of(struct sb_net_sessions *s, uint32_t routing_id)
{
    uint16_t i = *chain_of(s, routing_id);
    while (i != NOWHERE && s->place[i].routing_id != routing_id) {
        i = s->place[i].next;
    }
    return i == NOWHERE ? NULL : &s->place[i];
}

struct sb_net_session *sb_net_sessions_find(struct sb_net_sessions *s, uint32_t number)
{
    struct sb_net_session *session = &s->place[number % SB_NET_SESSION_PLACES];
    bool found = session->number == number && session->state == SB_NET_PLACE_LIVE;
    return found ? session : NULL;
}

/* Another one of its key is the first now. */
static void pass_on_first(struct sb_net_sessions *s, struct sb_net_session *session)
{
    session->first = false;
    s->n_first--;
    for (size_t i = 0; i < SB_NET_SESSION_PLACES; i++) {
        struct sb_net_session *other = &s->place[i];
        if (other != session && other->state == SB_NET_PLACE_LIVE &&
            other->identity == session->identity) {
            other->first = true;
            s->n_first++;
            return;
        }
    }
}

void sb_net_sessions_end(struct sb_net_sessions *s, struct sb_net_session *session)
{
    assert(session->state == SB_NET_PLACE_LIVE);
    if (session->first) {
        pass_on_first(s, session);
    }
    uint16_t *link = chain_of(s, session->routing_id);
    while (*link != place_of(s, session)) {
        link = &s->place[*link].next;
    }
    *link = session->next;
    session->state = SB_NET_PLACE_GONE;
    s->n_live--;
    s->n_gone++;
}

void sb_net_sessions_disconnect(struct sb_net_sessions *s, int descriptor)
{
    for (size_t i = 0; s->n_live > 0 && i < SB_NET_SESSION_PLACES; i++) {
        struct sb_net_session *session = &s->place[i];
        if (session->state == SB_NET_PLACE_LIVE && session->descriptor == descriptor) {
            sb_net_sessions_end(s, session);
        }
    }
}

void sb_net_sessions_revoke(struct sb_net_sessions *s, const struct sb_net_zap *zap)
{
    uint32_t number;
    for (size_t i = 0; s->n_live > 0 && i < SB_NET_SESSION_PLACES; i++) {
        struct sb_net_session *session = &s->place[i];
        if (session->state == SB_NET_PLACE_LIVE &&
            !sb_net_zap_holder(zap, session->ticket, &number)) {
            sb_net_sessions_end(s, session);
        }
    }
}

static size_t count_of(const struct sb_net_sessions *s, uint32_t identity)
{
    size_t n = 0;
    for (size_t i = 0; i < SB_NET_SESSION_PLACES; i++) {
        n += s->place[i].state == SB_NET_PLACE_LIVE && s->place[i].identity == identity;
    }
    return n;
}

/* Further sessions leave room for the first one of every key: whoever has many connections open
 * keeps nobody out. */
enum sb_net_room sb_net_sessions_room(const struct sb_net_sessions *s, uint32_t identity)
{
    const size_t of_key = count_of(s, identity), further = s->n_live - s->n_first;
    const size_t n_keys = s->n_keys < KEYS_MAX ? s->n_keys : KEYS_MAX;
    if (of_key >= SB_SESSIONS_PER_KEY) {
        return SB_NET_KEY_IS_FULL;
    }
    bool full = s->n_live >= SB_SESSIONS_MAX;
    full |= of_key > 0 && further >= SB_SESSIONS_MAX - n_keys;
    return full ? SB_NET_ALL_IS_FULL : SB_NET_ROOM;
}

/* From the front of the free list, to whose end places go back: numbers are long in coming. */
static struct sb_net_session *take_place(struct sb_net_sessions *s)
{
    assert(s->free_first != NOWHERE); /* who reads the socket announces before each message */
    struct sb_net_session *session = &s->place[s->free_first];
    s->free_first = session->next;
    if (s->free_first == NOWHERE) {
        s->free_last = NOWHERE;
    }
    session->number += SB_NET_SESSION_PLACES; /* 2^21 times until it wraps */
    return session;
}

static void give_place(struct sb_net_sessions *s, struct sb_net_session *session)
{
    session->state = SB_NET_PLACE_FREE;
    session->next = NOWHERE;
    if (s->free_last == NOWHERE) {
        s->free_first = place_of(s, session);
    } else {
        s->place[s->free_last].next = place_of(s, session);
    }
    s->free_last = place_of(s, session);
}

/* Has a connection that is newer than this one the descriptor by now? */
static bool is_taken(const struct sb_net_sessions *s, uint32_t routing_id, int descriptor)
{
    for (size_t i = 0; i < SB_NET_SESSION_PLACES; i++) {
        const struct sb_net_session *other = &s->place[i];
        if (other->state == SB_NET_PLACE_LIVE && other->descriptor == descriptor &&
            (int32_t)(other->routing_id - routing_id) > 0) {
            return true;
        }
    }
    return false;
}

struct sb_net_session *sb_net_sessions_begin(struct sb_net_sessions *s, uint32_t routing_id,
                                             uint32_t identity, int descriptor)
{
    bool over = descriptor >= 0 && is_taken(s, routing_id, descriptor);
    if (descriptor >= 0 && !over) {
        sb_net_sessions_disconnect(s, descriptor); /* it has another connection's descriptor now */
    }
    if (sb_net_sessions_room(s, identity) != SB_NET_ROOM) {
        return NULL;
    }
    bool first = count_of(s, identity) == 0;
    struct sb_net_session *session = take_place(s);
    session->routing_id = routing_id;
    session->identity = identity;
    session->descriptor = over ? -1 : descriptor;
    session->over = over;
    session->state = SB_NET_PLACE_LIVE;
    session->first = first;
    s->n_first += first;
    session->next = *chain_of(s, routing_id);
    *chain_of(s, routing_id) = place_of(s, session);
    s->n_live++;
    return session;
}

bool sb_net_sessions_announce(struct sb_net_sessions *s, uint32_t *number, uint32_t *identity)
{
    for (size_t i = 0; s->n_gone > 0 && i < SB_NET_SESSION_PLACES; i++) {
        struct sb_net_session *session = &s->place[i];
        if (session->state == SB_NET_PLACE_GONE) {
            *number = session->number;
            *identity = session->identity;
            s->n_gone--;
            give_place(s, session);
            return true;
        }
    }
    return false;
}
