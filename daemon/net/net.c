/* The sockets of one daemon, and a short tour of the folder.
 *
 *   options       every socket with every option; nothing else sets one
 *   zap           who may connect: answers libzmq's question at each handshake
 *   publisher     XPUB: broadcasts out, counts subscriptions
 *   service       ROUTER: requests in, answers out; session: numbers for its connections
 *   links         the links to partners, opened and closed while others go on
 *   partner_link  DEALER to a partner's service; follower: SUB to its publisher; both stand on
 *                 outgoing, which retries, and on monitor, which tells what became of it
 *   ready         which of all these have something to read
 *   intake        the messages of one collect and the frames they borrow
 *
 * This file opens and closes them, waits, and gives each its turn. It may not look into a frame. */
#include "daemon/net/net.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "daemon/net/follower.h"
#include "daemon/net/intake.h"
#include "daemon/net/links.h"
#include "daemon/net/options.h"
#include "daemon/net/publisher.h"
#include "daemon/net/ready.h"
#include "daemon/net/service.h"
#include "daemon/net/zap.h"

struct sb_net {
    void *context;
    struct sb_net_ready ready;
    struct sb_net_zap zap;
    struct sb_net_publisher publisher;
    struct sb_net_service service;
    struct sb_net_intake *intake;
    struct sb_net_links links;
    struct sb_net_queued queued; /* on all conversations: the service and the links to others */
    int64_t look_at_ms;          /* for descriptors */
    bool crowded;                /* both doors are shut for want of them */
    int64_t cut_at_ms;           /* shuts the service for a moment; INT64_MAX: not */
    int64_t tick_at_ms;          /* when something wants to be tried again; INT64_MAX: nothing */
};

enum {
    SOURCES_OF_OURS = 4, /* the authenticator, the publisher, the service and its monitor */
    SERVICE_MONITOR_NUMBER = 0,
    RESTORE_MS = 20, /* between tries to bind again */
    LOOK_MS = 250,   /* between looks at the number of descriptors, while it is low */
    LOOK_AGAIN_MS = 20,
    CUT_MS = 150,    /* after a change: whoever ordered it hears what became of it */
    FILES_KEPT = 24, /* for what is not a connection: a log that is opened anew, a program run */
    SOCKETS_TO_SPARE = 16,
    FOLLOWERS_PER_KEY = 2,         /* connections of a key to the PUB endpoint */
    STRANGERS = 64,                /* connections that have not yet said who they are */
    CONNECTION_BYTES = 256 * 1024, /* of libzmq's own, for one connection and its queues */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Room for all partners that may ever come: neither the context nor the queue can grow. */
static enum sb_rc allocate(struct sb_net *net, struct sb_err *err)
{
    const size_t n_sources = SOURCES_OF_OURS + SB_NET_LINK_SOURCES * SB_NET_LINK_PLACES;
    enum sb_rc rc = sb_net_links_init(&net->links, err);
    net->intake = sb_net_intake_new();
    if (rc != SB_OK || net->intake == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the sockets");
    }
    /* A monitor is one socket at either end; some to spare for libzmq's own. */
    net->context = sb_net_options_context(2 * n_sources + SOCKETS_TO_SPARE);
    if (net->context == NULL) {
        return sb_err_set(err, SB_E_NET, "start the sockets: %s", zmq_strerror(errno));
    }
    return sb_net_ready_init(&net->ready, n_sources, err);
}

/* The authenticator first: whoever binds before it lets everybody in. */
static enum sb_rc open_ours(struct sb_net *net, const struct sb_net_options *o, struct sb_err *err)
{
    enum sb_rc rc = sb_net_zap_open(&net->zap, net->context, o, err);
    if (rc == SB_OK) {
        rc = sb_net_publisher_open(&net->publisher, net->context, o, err);
    }
    if (rc == SB_OK) {
        rc = sb_net_service_open(&net->service, net->context, SERVICE_MONITOR_NUMBER, o, err);
    }
    return rc;
}

static enum sb_rc watch_ours(struct sb_net *net, struct sb_err *err)
{
    struct sb_net_source *ours[SOURCES_OF_OURS] = {&net->zap.source, &net->publisher.source,
                                                   &net->service.requests, &net->service.monitor};
    enum sb_rc rc = SB_OK;
    for (size_t i = 0; i < SOURCES_OF_OURS && rc == SB_OK; i++) {
        rc = sb_net_ready_add(&net->ready, ours[i], err);
    }
    return rc;
}

static enum sb_rc open_links(struct sb_net *net, const struct sb_net_options *o, struct sb_err *err)
{
    enum sb_rc rc = sb_net_links_prepare(&net->links, &net->ready, net->context, o, err);
    if (rc == SB_OK) {
        sb_net_links_settle(&net->links, &net->ready, o);
    }
    return rc;
}

enum sb_rc sb_net_open(struct sb_net **out, const struct sb_net_options *options,
                       struct sb_err *err)
{
    struct sb_net *net = calloc(1, sizeof *net);
    if (net == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the sockets");
    }
    net->ready.epoll = -1;
    net->cut_at_ms = INT64_MAX;
    net->queued.limit = SB_ZMQ_QUEUED_BYTES;
    net->publisher.queued.limit = SB_ZMQ_QUEUED_BYTES;
    net->service.queued = &net->queued;
    net->service.zap = net->publisher.zap = &net->zap;
    enum sb_rc rc = allocate(net, err);
    if (rc == SB_OK) {
        rc = open_ours(net, options, err);
    }
    if (rc == SB_OK) {
        rc = watch_ours(net, err);
    }
    if (rc == SB_OK) {
        rc = open_links(net, options, err);
    }
    if (rc != SB_OK) {
        sb_net_close(net, 0);
        return rc;
    }
    *out = net;
    return SB_OK;
}

void sb_net_close(struct sb_net *net, int linger_ms)
{
    sb_net_intake_free(net->intake);
    sb_net_links_close(&net->links, linger_ms);
    sb_net_service_close(&net->service, linger_ms);
    sb_net_publisher_close(&net->publisher, linger_ms);
    sb_net_zap_close(&net->zap);
    sb_net_ready_fini(&net->ready);
    if (net->context != NULL) {
        while (zmq_ctx_term(net->context) != 0 && errno == EINTR) {
        }
    }
    free(net->links.place); /* it counts what was under way: the last to go */
    free(net->links.sorted);
    free(net);
}

/* ---- another configuration */

bool sb_net_moves(const struct sb_net *net, const struct sb_net_partner *partner)
{
    const struct sb_net_partner_link *link = sb_net_links_find(&net->links, partner->number);
    return link != NULL && !sb_net_links_leads_to(link, partner);
}

/* There is no call to end one connection. Those who stay come back within a second. From now on
 * nothing under a key that went is read, nor answered, nor published to it. */
static void end_connections(struct sb_net *net, const struct sb_net_zap_lost *lost)
{
    if (lost->keys) {
        sb_net_sessions_revoke(&net->service.sessions, &net->zap);
        net->cut_at_ms = now_ms() + CUT_MS;
    }
    if (lost->followers) {
        sb_net_door_shut(&net->publisher.door);
    }
    net->tick_at_ms = 0; /* the doors open again at once */
}

static void cut_if_due(struct sb_net *net, int64_t now)
{
    if (now >= net->cut_at_ms) {
        net->cut_at_ms = INT64_MAX;
        sb_net_door_shut(&net->service.door);
        net->tick_at_ms = now;
    }
}

enum sb_rc sb_net_change(struct sb_net *net, const struct sb_net_options *options,
                         struct sb_err *err)
{
    struct sb_net_zap_lost lost;
    enum sb_rc rc = sb_net_links_prepare(&net->links, &net->ready, net->context, options, err);
    if (rc != SB_OK) {
        return rc;
    }
    rc = sb_net_zap_change(&net->zap, options, &lost, err);
    if (rc != SB_OK) {
        sb_net_links_revert(&net->links, &net->ready);
        return rc;
    }
    sb_net_links_settle(&net->links, &net->ready, options);
    end_connections(net, &lost);
    return SB_OK;
}

static void mark_outgoing(struct sb_net *net, struct sb_net_outgoing *o)
{
    if (o->data.socket != NULL) {
        sb_net_ready_mark(&net->ready, &o->data);
        sb_net_ready_mark(&net->ready, &o->events);
    }
}

/* Shuts both doors before the descriptors run out; strangers come in no other way. */
static void look_at_descriptors(struct sb_net *net, int64_t now)
{
    if (now < net->look_at_ms) {
        return;
    }
    net->look_at_ms = now + (sb_net_door_quiet() ? LOOK_MS : LOOK_AGAIN_MS);
    if (!net->crowded && sb_net_door_crowded(FILES_KEPT)) {
        net->crowded = true;
        sb_net_door_shut(&net->publisher.door);
        sb_net_door_shut(&net->service.door);
    } else if (net->crowded && sb_net_door_quiet()) {
        net->crowded = false;
        net->tick_at_ms = now;
    }
}

bool sb_net_is_crowded(const struct sb_net *net)
{
    return net->crowded;
}

static bool reopen_doors(struct sb_net *net)
{
    if (net->crowded) {
        return false;
    }
    bool publisher = sb_net_door_reopen(&net->publisher.door);
    return sb_net_door_reopen(&net->service.door) && publisher;
}

/* Connects the links whose time has come. */
static void tick(struct sb_net *net, int64_t now)
{
    if (now < net->tick_at_ms) {
        return;
    }
    net->tick_at_ms = reopen_doors(net) ? INT64_MAX : now + RESTORE_MS;
    sb_net_ready_mark(&net->ready, &net->publisher.source);
    for (size_t i = 0; i < net->links.n; i++) {
        struct sb_net_partner_link *link = net->links.sorted[i];
        sb_net_outgoing_tick(&link->ask, now, &net->tick_at_ms);
        sb_net_outgoing_tick(&link->follow, now, &net->tick_at_ms);
        mark_outgoing(net, &link->ask);
        mark_outgoing(net, &link->follow);
    }
}

static bool is_something_there(struct sb_net *net)
{
    return sb_net_ready_prune(&net->ready) > 0 || net->zap.n_notices > 0 ||
           net->service.sessions.n_gone > 0;
}

/* Milliseconds to sleep: not past the deadline nor the next try of a link. */
static int sleep_ms(const struct sb_net *net, int64_t now, int64_t deadline)
{
    int64_t until = deadline < net->tick_at_ms ? deadline : net->tick_at_ms;
    until = until < net->look_at_ms ? until : net->look_at_ms;
    until = until < net->cut_at_ms ? until : net->cut_at_ms;
    int64_t rest = until - now;
    return rest < 0 ? 0 : rest > INT32_MAX ? INT32_MAX : (int)rest;
}

enum sb_rc sb_net_wait(struct sb_net *net, int timeout_ms, int wake_fd, struct sb_err *err)
{
    int64_t now = now_ms(), deadline = timeout_ms < 0 ? INT64_MAX : now + timeout_ms;
    for (;; now = now_ms()) {
        look_at_descriptors(net, now);
        cut_if_due(net, now);
        tick(net, now);
        int wait_ms = is_something_there(net) ? 0 : sleep_ms(net, now, deadline);
        enum sb_net_wakeup wakeup = sb_net_ready_poll(&net->ready, wait_ms, wake_fd);
        if (wakeup == SB_NET_WAKEUP_INTERRUPTED) {
            return SB_E_AGAIN;
        }
        if (wakeup == SB_NET_WAKEUP_FAILED) {
            return sb_err_set(err, SB_E_NET, "wait for the network: %s", strerror(errno));
        }
        enum sb_rc rc = sb_net_zap_serve(&net->zap, err);
        if (rc != SB_OK) {
            return rc;
        }
        if (wakeup == SB_NET_WAKEUP_DESCRIPTOR || is_something_there(net)) {
            return SB_OK;
        }
        if (now >= deadline) {
            return SB_E_AGAIN;
        }
    }
}

/* A request that a connection left behind comes before the news that it ended. */
static bool collect_service_news(struct sb_net *net)
{
    (void)sb_net_service_collect(&net->service, net->intake);
    sb_net_ready_mark(&net->ready, &net->service.requests);
    sb_net_service_watch(&net->service);
    sb_net_service_announce(&net->service, net->intake);
    return true;
}

static bool collect_publisher(struct sb_net *net)
{
    bool empty = sb_net_publisher_collect(&net->publisher, net->intake);
    if (net->publisher.door.shut) {
        net->tick_at_ms = 0;
    }
    return empty;
}

static bool collect_link_news(struct sb_net *net, struct sb_net_partner_link *link)
{
    bool empty = sb_net_partner_link_watch(link, now_ms(), net->intake);
    net->tick_at_ms = 0; /* the link may have set itself a time */
    mark_outgoing(net, &link->follow);
    sb_net_ready_mark(&net->ready, &link->ask.data);
    return empty;
}

static bool collect_follower_news(struct sb_net *net, struct sb_net_partner_link *link)
{
    bool empty = sb_net_follower_watch(&link->follow, link->number, now_ms(), net->intake);
    net->tick_at_ms = 0;
    sb_net_ready_mark(&net->ready, &link->follow.data);
    return empty;
}

/* One visit; true: the source is empty. */
static bool collect_source(struct sb_net *net, const struct sb_net_source *source)
{
    struct sb_net_partner_link *link = &net->links.place[source->index];
    switch (source->kind) {
    case SB_NET_SOURCE_ZAP: return true; /* served by sb_net_wait, never queued */
    case SB_NET_SOURCE_SERVICE: return sb_net_service_collect(&net->service, net->intake);
    case SB_NET_SOURCE_SERVICE_MONITOR: return collect_service_news(net);
    case SB_NET_SOURCE_PUBLISHER: return collect_publisher(net);
    case SB_NET_SOURCE_LINK: return sb_net_partner_link_collect(link, net->intake);
    case SB_NET_SOURCE_LINK_MONITOR: return collect_link_news(net, link);
    case SB_NET_SOURCE_FOLLOWER:
        return sb_net_follower_collect(&link->follow, link->number, net->intake);
    case SB_NET_SOURCE_FOLLOWER_MONITOR: return collect_follower_news(net, link);
    }
    return true;
}

size_t sb_net_collect(struct sb_net *net, struct sb_net_message *out, size_t max)
{
    size_t n_denied = sb_net_zap_tell(&net->zap, out, max);
    sb_net_intake_begin(net->intake, out + n_denied, max - n_denied);
    sb_net_service_announce(&net->service, net->intake);
    struct sb_net_source *source;
    while (sb_net_intake_has_room(net->intake, 1) &&
           (source = sb_net_ready_pop(&net->ready)) != NULL) {
        if (!collect_source(net, source)) {
            sb_net_ready_mark(&net->ready, source);
        }
    }
    return n_denied + sb_net_intake_count(net->intake);
}

void sb_net_release(struct sb_net *net)
{
    sb_net_intake_release(net->intake);
}

static bool answer(struct sb_net *net, uint32_t session, enum sb_net_sort sort,
                   struct sb_bytes frame)
{
    assert(frame.n <= SB_FRAME_MAX);
    sb_net_ready_mark(&net->ready, &net->service.requests);
    return sb_net_service_answer(&net->service, session, sort, frame);
}

bool sb_net_answer(struct sb_net *net, uint32_t session, struct sb_bytes frame)
{
    return answer(net, session, SB_NET_ANSWERS, frame);
}

bool sb_net_answer_paced(struct sb_net *net, uint32_t session, struct sb_bytes frame)
{
    return answer(net, session, SB_NET_PACED, frame);
}

bool sb_net_turn_away(struct sb_net *net, uint32_t crowded, struct sb_bytes frame)
{
    assert(frame.n <= SB_FRAME_MAX);
    sb_net_ready_mark(&net->ready, &net->service.requests);
    return sb_net_service_turn_away(&net->service, crowded, frame);
}

static bool ask(struct sb_net *net, uint32_t identity, enum sb_net_sort sort, struct sb_bytes frame)
{
    assert(frame.n <= SB_FRAME_MAX);
    struct sb_net_partner_link *link = sb_net_links_find(&net->links, identity);
    if (link == NULL) {
        return false;
    }
    mark_outgoing(net, &link->ask);
    return sb_net_partner_link_ask(link, sort, frame, &net->queued);
}

bool sb_net_ask(struct sb_net *net, uint32_t identity, struct sb_bytes frame)
{
    return ask(net, identity, SB_NET_ANSWERS, frame);
}

bool sb_net_ask_paced(struct sb_net *net, uint32_t identity, struct sb_bytes frame)
{
    return ask(net, identity, SB_NET_PACED, frame);
}

bool sb_net_publish(struct sb_net *net, struct sb_bytes topic, struct sb_bytes frame)
{
    assert(topic.n <= SB_TOPIC_MAX && frame.n <= SB_BROADCAST_MAX);
    sb_net_ready_mark(&net->ready, &net->publisher.source);
    return sb_net_publisher_send(&net->publisher, topic, frame);
}

bool sb_net_followed(const struct sb_net *net)
{
    return net->publisher.n_subscriptions > 0;
}

void sb_net_hurry(struct sb_net *net, uint32_t identity)
{
    struct sb_net_partner_link *link = sb_net_links_find(&net->links, identity);
    if (link != NULL) {
        sb_net_partner_link_hurry(link);
        mark_outgoing(net, &link->ask);
        mark_outgoing(net, &link->follow);
    }
}

size_t sb_net_descriptors(const struct sb_net_options *options)
{
    const size_t sockets = SOURCES_OF_OURS + SB_NET_LINK_SOURCES * options->n_partners;
    const size_t ours = 2 * sockets + SOCKETS_TO_SPARE + 2 * options->n_partners;
    return ours + options->n_identities * (SB_SESSIONS_PER_KEY + FOLLOWERS_PER_KEY) + STRANGERS;
}

/* Whoever holds a descriptor may fill its queue to us, and make libzmq allocate the largest frame
 * before a word of the handshake is said. */
uint64_t sb_net_memory_bound(const struct sb_net_options *options)
{
    const uint64_t connection = (uint64_t)(SB_ZMQ_SERVICE_RCVHWM + 1) * SB_FRAME_MAX +
                                SB_NET_SORTS * SB_NET_QUEUED_ALWAYS + CONNECTION_BYTES;
    const uint64_t asked = (uint64_t)(SB_ZMQ_RCVHWM + 1) * SB_FRAME_MAX;
    const uint64_t followed = (uint64_t)(SB_ZMQ_SUB_RCVHWM + 1) * SB_BROADCAST_MAX;
    uint64_t bound = sb_net_descriptors(options) * connection + 2 * (uint64_t)SB_ZMQ_QUEUED_BYTES;
    for (size_t i = 0; i < options->n_partners; i++) {
        bound += options->partners[i].service != NULL ? asked : 0;
        bound += options->partners[i].publish != NULL ? followed : 0;
    }
    return bound;
}
