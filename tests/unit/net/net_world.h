/* A few sb_net in one process, on ipc endpoints in a folder of their own, and raw libzmq clients
 * beside them. Nothing waits by the clock: the world is pumped until what is awaited came, a
 * bounded number of times. Every failure fails the running test. */
#ifndef SB_TESTS_NET_WORLD_H
#define SB_TESTS_NET_WORLD_H

#include "daemon/net/net.h"

enum { NET_NODES_MAX = 3, NET_SEEN_MAX = 256, NET_FRAME_KEPT = 64 };

struct net_keys {
    struct sb_curve_key public_key, secret_key;
};

struct net_seen {
    enum sb_net_event event;
    uint32_t identity, session;
    char topic[SB_TOPIC_MAX + 1], frame[NET_FRAME_KEPT + 1], text[SB_NET_TEXT_MAX];
    size_t frame_bytes;
    bool taken, next_key;
};

struct net_node {
    struct sb_net *net; /* NULL: not open */
    struct net_keys keys;
    char publish[128], service[128];
    struct net_seen seen[NET_SEEN_MAX];
    size_t n_seen;
};

struct net_world {
    char folder[64];
    struct net_node node[NET_NODES_MAX];
};

/* Makes the folder, the keys and the endpoints' names; opens nothing. */
void net_world_init(struct net_world *w);
void net_world_fini(struct net_world *w);
/* The same around a test whose state is the world alone. */
int net_world_set_up(void **state);
int net_world_tear_down(void **state);

void net_make_keys(struct net_keys *keys);
struct sb_net_identity net_identity(uint32_t number, const struct net_keys *keys, bool may_follow);
/* Both endpoints of a node, as a partner would configure them. */
struct sb_net_partner net_partner(uint32_t number, const struct net_node *node);
void net_open(struct net_node *node, const struct sb_net_identity *identities, size_t n_identities,
              const struct sb_net_partner *partners, size_t n_partners);
void net_shut(struct net_node *node);

/* Lets every open node wait a moment and collect once. */
void net_pump(struct net_world *w);
/* Pumps until the node has an event of this kind that has not been taken, and takes it. */
const struct net_seen *net_await(struct net_world *w, struct net_node *node,
                                 enum sb_net_event event);
/* Pumps until sb_net_followed is as wanted. */
void net_await_followed(struct net_world *w, const struct net_node *node, bool wanted);
/* How many it has seen, taken or not. */
size_t net_count(const struct net_node *node, enum sb_net_event event);

/* Moves the node's endpoints from ipc to TCP, to ports that are free just now. */
void net_use_tcp(struct net_node *node);

struct net_client {
    void *context, *socket, *monitor;
};

/* A raw client: `type` of socket, connected with CURVE to the node's key, or without when keys is
 * NULL. `routing_id` may be NULL. */
void net_client_open(struct net_client *c, int type, const struct net_keys *keys,
                     const struct net_node *to, const char *endpoint, const char *routing_id);
void net_client_close(struct net_client *c);
void net_client_send(struct net_client *c, const char *frame, bool more);
/* Pumps until the client has received a frame; text of it, static storage. */
const char *net_client_await(struct net_world *w, struct net_client *c);
/* Pumps until the client's monitor told one of the events of the mask; which one. */
int net_client_await_event(struct net_world *w, struct net_client *c, int mask);

struct sb_bytes net_bytes(const char *text);

#endif
