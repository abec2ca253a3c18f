/* Nodes and clients for the tests of daemon/net. */
#include "tests/unit/net/net_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "proto/z85.h"

enum {
    PUMPS_MAX = 4000,
    PUMP_MS = 2, /* each node's share of a pump */
};

void net_make_keys(struct net_keys *keys)
{
    char public_text[SB_Z85_KEY_CHARS + 1], secret_text[SB_Z85_KEY_CHARS + 1];
    assert_int_equal(zmq_curve_keypair(public_text, secret_text), 0);
    assert_true(sb_z85_decode(keys->public_key.b, sizeof keys->public_key.b, public_text,
                              SB_Z85_KEY_CHARS));
    assert_true(sb_z85_decode(keys->secret_key.b, sizeof keys->secret_key.b, secret_text,
                              SB_Z85_KEY_CHARS));
}

void net_world_init(struct net_world *w)
{
    char folder[] = "/tmp/samenbus-net-XXXXXX";
    assert_non_null(mkdtemp(folder));
    memset(w, 0, sizeof *w);
    memcpy(w->folder, folder, sizeof folder);
    for (int i = 0; i < NET_NODES_MAX; i++) {
        struct net_node *node = &w->node[i];
        net_make_keys(&node->keys);
        (void)snprintf(node->publish, sizeof node->publish, "ipc://%s/%d.publish", folder, i);
        (void)snprintf(node->service, sizeof node->service, "ipc://%s/%d.service", folder, i);
    }
}

/* By its first name: the node may have moved to TCP since. */
static void remove_socket(const char *folder, int node, const char *which)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%d.%s", folder, node, which);
    (void)unlink(path);
}

void net_world_fini(struct net_world *w)
{
    for (int i = 0; i < NET_NODES_MAX; i++) {
        net_shut(&w->node[i]);
        remove_socket(w->folder, i, "publish");
        remove_socket(w->folder, i, "service");
    }
    assert_int_equal(rmdir(w->folder), 0);
}

int net_world_set_up(void **state)
{
    struct net_world *w = malloc(sizeof *w);
    assert_non_null(w);
    net_world_init(w);
    *state = w;
    return 0;
}

int net_world_tear_down(void **state)
{
    net_world_fini(*state);
    free(*state);
    return 0;
}

struct sb_net_identity net_identity(uint32_t number, const struct net_keys *keys, bool may_follow)
{
    return (struct sb_net_identity){number, keys->public_key, may_follow};
}

struct sb_net_partner net_partner(uint32_t number, const struct net_node *node)
{
    return (struct sb_net_partner){.number = number,
                                   .key = node->keys.public_key,
                                   .publish = node->publish,
                                   .service = node->service};
}

void net_open(struct net_node *node, const struct sb_net_identity *identities, size_t n_identities,
              const struct sb_net_partner *partners, size_t n_partners)
{
    struct sb_err err = {0};
    struct sb_net_options options = {
        .publish = node->publish,
        .service = node->service,
        .public_key = node->keys.public_key,
        .secret_key = node->keys.secret_key,
        .identities = identities,
        .n_identities = n_identities,
        .partners = partners,
        .n_partners = n_partners,
    };
    enum sb_rc rc = sb_net_open(&node->net, &options, &err);
    if (rc != SB_OK) {
        fail_msg("%s", err.text);
    }
    node->n_seen = 0;
}

void net_shut(struct net_node *node)
{
    if (node->net != NULL) {
        sb_net_close(node->net, 0);
        node->net = NULL;
    }
}

static void find_port(char *endpoint, size_t size)
{
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_REP);
    assert_int_equal(zmq_bind(socket, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
    assert_int_equal(zmq_close(socket), 0);
    assert_int_equal(zmq_ctx_term(context), 0);
}

void net_use_tcp(struct net_node *node)
{
    find_port(node->publish, sizeof node->publish);
    find_port(node->service, sizeof node->service);
}

static void copy_text(char *to, size_t max, struct sb_bytes from)
{
    size_t n = from.n < max ? from.n : max;
    if (n > 0) {
        memcpy(to, from.p, n);
    }
    to[n] = '\0';
}

static void note(struct net_node *node, const struct sb_net_message *m)
{
    assert_true(node->n_seen < NET_SEEN_MAX);
    struct net_seen *seen = &node->seen[node->n_seen++];
    *seen = (struct net_seen){.event = m->event,
                              .identity = m->identity,
                              .session = m->session,
                              .next_key = m->next_key,
                              .frame_bytes = m->frame.n};
    copy_text(seen->topic, SB_TOPIC_MAX, m->topic);
    copy_text(seen->frame, NET_FRAME_KEPT, m->frame);
    (void)snprintf(seen->text, sizeof seen->text, "%s", m->text);
}

static void pump_node(struct net_node *node)
{
    struct sb_err err = {0};
    enum sb_rc rc = sb_net_wait(node->net, PUMP_MS, -1, &err);
    assert_true(rc == SB_OK || rc == SB_E_AGAIN);
    struct sb_net_message messages[8];
    size_t n = sb_net_collect(node->net, messages, 8);
    for (size_t i = 0; i < n; i++) {
        note(node, &messages[i]);
    }
    sb_net_release(node->net);
}

void net_pump(struct net_world *w)
{
    for (int i = 0; i < NET_NODES_MAX; i++) {
        if (w->node[i].net != NULL) {
            pump_node(&w->node[i]);
        }
    }
}

const struct net_seen *net_await(struct net_world *w, struct net_node *node,
                                 enum sb_net_event event)
{
    size_t from = 0;
    for (int pumps = 0; pumps < PUMPS_MAX; pumps++) {
        for (; from < node->n_seen; from++) {
            struct net_seen *seen = &node->seen[from];
            if (seen->event == event && !seen->taken) {
                seen->taken = true;
                return seen;
            }
        }
        net_pump(w);
    }
    fail_msg("event %d never came", (int)event);
    return NULL;
}

void net_await_followed(struct net_world *w, const struct net_node *node, bool wanted)
{
    for (int pumps = 0; pumps < PUMPS_MAX; pumps++) {
        if (sb_net_followed(node->net) == wanted) {
            return;
        }
        net_pump(w);
    }
    fail_msg("never %sfollowed", wanted ? "" : "not ");
}

size_t net_count(const struct net_node *node, enum sb_net_event event)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n_seen; i++) {
        n += node->seen[i].event == event;
    }
    return n;
}

static void set_curve(void *socket, const struct net_keys *keys, const struct net_node *to)
{
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, to->keys.public_key.b, 32), 0);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key.b, 32), 0);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key.b, 32), 0);
}

void net_client_open(struct net_client *c, int type, const struct net_keys *keys,
                     const struct net_node *to, const char *endpoint, const char *routing_id)
{
    int none = 0;
    c->context = zmq_ctx_new();
    c->socket = zmq_socket(c->context, type);
    c->monitor = zmq_socket(c->context, ZMQ_PAIR);
    assert_true(c->context != NULL && c->socket != NULL && c->monitor != NULL);
    assert_int_equal(zmq_setsockopt(c->socket, ZMQ_LINGER, &none, sizeof none), 0);
    assert_int_equal(zmq_setsockopt(c->socket, ZMQ_SNDHWM, &none, sizeof none), 0);
    if (keys != NULL) {
        set_curve(c->socket, keys, to);
    }
    if (routing_id != NULL) {
        assert_int_equal(zmq_setsockopt(c->socket, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)),
                         0);
    }
    assert_int_equal(zmq_socket_monitor(c->socket, "inproc://client", ZMQ_EVENT_ALL), 0);
    assert_int_equal(zmq_connect(c->monitor, "inproc://client"), 0);
    assert_int_equal(zmq_connect(c->socket, endpoint), 0);
}

void net_client_close(struct net_client *c)
{
    (void)zmq_socket_monitor(c->socket, NULL, 0);
    assert_int_equal(zmq_close(c->monitor), 0);
    assert_int_equal(zmq_close(c->socket), 0);
    assert_int_equal(zmq_ctx_term(c->context), 0);
}

void net_client_send(struct net_client *c, const char *frame, bool more)
{
    assert_int_equal(zmq_send(c->socket, frame, strlen(frame), more ? ZMQ_SNDMORE : 0),
                     strlen(frame));
}

const char *net_client_await(struct net_world *w, struct net_client *c)
{
    static char frame[256];
    for (int pumps = 0; pumps < PUMPS_MAX; pumps++) {
        int n = zmq_recv(c->socket, frame, sizeof frame - 1, ZMQ_DONTWAIT);
        if (n >= 0) {
            frame[n < (int)sizeof frame ? n : (int)sizeof frame - 1] = '\0';
            return frame;
        }
        net_pump(w); /* which does not wait when no node is open */
        zmq_pollitem_t item = {.socket = c->socket, .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 1);
    }
    fail_msg("the client never received anything");
    return NULL;
}

int net_client_await_event(struct net_world *w, struct net_client *c, int mask)
{
    for (int pumps = 0; pumps < PUMPS_MAX; pumps++) {
        uint8_t head[6], endpoint[256];
        while (zmq_recv(c->monitor, head, sizeof head, ZMQ_DONTWAIT) == (int)sizeof head) {
            uint16_t event;
            memcpy(&event, head, sizeof event);
            (void)zmq_recv(c->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
            if ((event & mask) != 0) {
                return event;
            }
        }
        net_pump(w);
    }
    fail_msg("the client's socket never told any of %x", (unsigned)mask);
    return 0;
}

struct sb_bytes net_bytes(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}
