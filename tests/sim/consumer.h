/* The consumer's own books; see clients.h. */
#ifndef SB_SIM_CONSUMER_H
#define SB_SIM_CONSUMER_H

#include "proto/client_message.h"
#include "tests/sim/map.h"

struct sb_message;
struct sim_named;

struct sim_consumer {
    uint32_t session, subscription;
    int64_t last_ms; /* when what it said last arrives: one connection keeps its order */
    struct sb_tip *tips, *saved; /* cursor as it is; as last made durable */
    size_t n_tips, n_saved, cap;
    struct sb_hash *seen; /* in the order of delivery; the first n_durable are durable */
    size_t n_seen, n_durable, cap_seen;
    struct sim_map index; /* link hash → place in seen + 1 */
    uint32_t uncredited;
    bool fed;                /* the stream of now has brought something */
    bool barred;             /* ever */
    bool owed;               /* it lost its right, and is to be told */
    struct sim_named *named; /* named.h */
};

struct sim_world;
struct sim_host;
void sim_consumer_send(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
/* Opens its stream: from its own cursor, or as the consumer of this name. */
void sim_consumer_stream(struct sim_world *w, struct sim_host *h, const char *name);
/* The request of the SUBSCRIBE that its stream of now began with. */
uint32_t sim_consumer_request(const struct sim_consumer *c);
/* It has been given nothing yet. */
void sim_consumer_forget(struct sim_consumer *c);

#endif
