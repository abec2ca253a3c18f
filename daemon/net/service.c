/* A ROUTER whose routing ids are libzmq's own: a zero byte and four of a counter. What a message
 * may say about its sender is nothing; who it is from is the User-Id that the authenticator gave
 * its connection, read from the body frame (the routing id's frame loses it after a poll). */
#include "daemon/net/service.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <zmq.h>

#include "daemon/net/monitor.h"
#include "daemon/net/options.h"
#include "daemon/net/send.h"

enum {
    READS = 256, /* requests per visit: others want their turn */
    ROUTING_ID_BYTES = 5,
};

enum sb_rc sb_net_service_open(struct sb_net_service *s, void *context, uint32_t monitor_number,
                               const struct sb_net_options *o, struct sb_err *err)
{
    sb_net_sessions_init(&s->sessions);
    s->requests = (struct sb_net_source){.kind = SB_NET_SOURCE_SERVICE};
    s->monitor = (struct sb_net_source){.kind = SB_NET_SOURCE_SERVICE_MONITOR};
    s->requests.socket = sb_net_options_service(context, o, err);
    if (s->requests.socket == NULL) {
        return SB_E_NET;
    }
    s->monitor.socket = sb_net_monitor_open(context, s->requests.socket, monitor_number,
                                            ZMQ_EVENT_DISCONNECTED, err);
    if (s->monitor.socket == NULL) {
        return SB_E_NET;
    }
    return sb_net_door_open(&s->door, s->requests.socket, o->service, "listen.service", err);
}

void sb_net_service_close(struct sb_net_service *s, int linger_ms)
{
    if (s->monitor.socket != NULL) {
        (void)zmq_socket_monitor(s->requests.socket, NULL, 0);
        zmq_close(s->monitor.socket);
    }
    if (s->requests.socket != NULL) {
        sb_net_options_linger(s->requests.socket, linger_ms);
        zmq_close(s->requests.socket);
    }
}

static bool send_to(struct sb_net_service *s, uint32_t routing_id, struct sb_bytes frame,
                    struct sb_net_queued *one)
{
    uint8_t id[ROUTING_ID_BYTES];
    struct sb_writer w;
    sb_writer_init(&w, id, sizeof id);
    sb_put_u8(&w, 0);
    sb_put_u32(&w, routing_id);
    return sb_net_send(s->requests.socket, (struct sb_bytes){id, sizeof id}, frame, one, s->queued);
}

bool sb_net_service_turn_away(struct sb_net_service *s, uint32_t routing_id, struct sb_bytes frame)
{
    return send_to(s, routing_id, frame, NULL);
}

bool sb_net_service_answer(struct sb_net_service *s, uint32_t session, enum sb_net_sort sort,
                           struct sb_bytes frame)
{
    struct sb_net_session *to = sb_net_sessions_find(&s->sessions, session);
    if (to == NULL) {
        return false;
    }
    bool sent = send_to(s, to->routing_id, frame, &to->queued[sort]);
    if (!sent && errno == EHOSTUNREACH) {
        sb_net_sessions_end(&s->sessions, to);
    }
    return sent;
}

/* A connection that ended before its first word was read is told by nobody, for it had no session
 * then. Most often an answer finds that out, or the next with its descriptor. */
static void end_dead(struct sb_net_service *s, uint32_t identity)
{
    for (size_t i = 0; i < SB_NET_SESSION_PLACES; i++) {
        struct sb_net_session *session = &s->sessions.place[i];
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        if (session->state == SB_NET_PLACE_LIVE && session->identity == identity &&
            getpeername(session->descriptor, (struct sockaddr *)&peer, &size) != 0) {
            sb_net_sessions_end(&s->sessions, session);
        }
    }
}

/* The session of the message read last; NULL: there is no room for one. */
static struct sb_net_session *find_session(struct sb_net_service *s, struct sb_net_intake *in,
                                           uint32_t routing_id, uint32_t identity, uint32_t ticket)
{
    struct sb_net_session *session = sb_net_sessions_of(&s->sessions, routing_id);
    if (session != NULL && session->ticket == ticket) {
        return session;
    }
    if (session != NULL) {
        sb_net_sessions_end(&s->sessions, session); /* the id's counter has come round */
    }
    sb_net_service_watch(s); /* see session.c: whose descriptor this was before is gone now */
    s->sessions.n_keys = s->zap->n_identities;
    if (sb_net_sessions_room(&s->sessions, identity) == SB_NET_KEY_IS_FULL) {
        end_dead(s, identity);
    }
    session =
        sb_net_sessions_begin(&s->sessions, routing_id, identity, sb_net_intake_descriptor(in));
    if (session != NULL) {
        session->ticket = ticket;
    }
    return session;
}

static void reject(struct sb_net_intake *in, struct sb_net_parts *parts, uint32_t identity,
                   const char *why)
{
    struct sb_net_message *m = sb_net_intake_add(in, SB_NET_REJECTED, identity);
    (void)snprintf(m->text, sizeof m->text, "service endpoint, from %.45s: %s (%zu parts)",
                   sb_net_intake_address(in), why, parts->n - 1);
    sb_net_intake_drop(in, parts);
}

static void tell_crowded(const struct sb_net_service *s, uint32_t routing_id,
                         struct sb_net_message *m)
{
    bool key = sb_net_sessions_room(&s->sessions, m->identity) == SB_NET_KEY_IS_FULL;
    m->session = routing_id;
    if (key) {
        (void)snprintf(m->text, sizeof m->text,
                       "this key has %d connections here, and no key may have more: end one, or "
                       "use another key; one whose other side is lost is noticed in some seconds",
                       SB_SESSIONS_PER_KEY);
    } else {
        (void)snprintf(m->text, sizeof m->text,
                       "there is room for %d connections, and the last are kept for keys that "
                       "have none: end some, and try again",
                       SB_SESSIONS_MAX);
    }
}

static void take_request(struct sb_net_service *s, struct sb_net_intake *in,
                         struct sb_net_parts *parts)
{
    uint32_t identity = 0, ticket = 0;
    struct sb_reader id;
    sb_reader_init(&id, parts->part[0].p, parts->part[0].n);
    uint8_t zero = sb_get_u8(&id);
    uint32_t routing_id = sb_get_u32(&id);
    if (parts->n < 2 || !sb_net_intake_ticket(in, &ticket)) {
        reject(in, parts, 0, "a message of nobody");
    } else if (!sb_net_zap_holder(s->zap, ticket, &identity)) {
        reject(in, parts, 0, "a message under a key that was taken out of the configuration");
    } else if (parts->n > 2) {
        reject(in, parts, identity, "a message of more than one part");
    } else if (zero != 0 || !sb_reader_done(&id)) {
        reject(in, parts, identity, "a routing id of the peer's own making");
    } else {
        struct sb_net_session *session = find_session(s, in, routing_id, identity, ticket);
        struct sb_net_message *m =
            sb_net_intake_add(in, session != NULL ? SB_NET_REQUEST : SB_NET_CROWDED, identity);
        m->frame = parts->part[1];
        if (session == NULL) {
            tell_crowded(s, routing_id, m);
            return;
        }
        m->session = session->number;
        if (session->over) {
            sb_net_sessions_end(&s->sessions, session);
        }
    }
}

bool sb_net_service_collect(struct sb_net_service *s, struct sb_net_intake *in)
{
    for (int i = 0; i < READS; i++) {
        sb_net_service_announce(s, in);
        if (s->sessions.n_gone > 0 || !sb_net_intake_has_room(in, 1)) {
            return false;
        }
        struct sb_net_parts parts;
        if (!sb_net_intake_read(in, s->requests.socket, &parts)) {
            return true;
        }
        take_request(s, in, &parts);
    }
    return false;
}

void sb_net_service_watch(struct sb_net_service *s)
{
    struct sb_net_monitor_event event;
    while (sb_net_monitor_read(s->monitor.socket, &event)) {
        if (event.event == ZMQ_EVENT_DISCONNECTED) {
            sb_net_sessions_disconnect(&s->sessions, (int)event.value);
        }
    }
}

void sb_net_service_announce(struct sb_net_service *s, struct sb_net_intake *in)
{
    uint32_t number, identity;
    while (sb_net_intake_has_room(in, 1) &&
           sb_net_sessions_announce(&s->sessions, &number, &identity)) {
        sb_net_intake_add(in, SB_NET_SESSION_GONE, identity)->session = number;
    }
}
