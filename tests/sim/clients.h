/* The clients of a node: a publisher that retries with the same id and loses acknowledgements, and
 * a consumer that crashes and resumes from its cursor. They keep the ledger that the node is
 * checked against. */
#ifndef SB_SIM_CLIENTS_H
#define SB_SIM_CLIENTS_H

#include "tests/sim/ledger.h"
#include "tests/sim/world.h"

/* Bytes per origin; small at one host of some worlds, which then stands still. */
uint64_t sim_quota(const struct sim_world *w, const struct sim_host *h);

/* Events per hour that the publisher of some hosts may publish; 0: any number. */
uint64_t sim_rate(const struct sim_world *w, const struct sim_host *h);
/* A new event of the publisher was acknowledged. */
void sim_rate_check(struct sim_world *w, struct sim_host *h);

void sim_clients_new(struct sim_world *w, struct sim_host *h);
void sim_clients_free(struct sim_host *h);
void sim_clients_connect(struct sim_world *w, struct sim_host *h);
void sim_clients_disconnect(struct sim_world *w, struct sim_host *h);
void sim_clients_act(struct sim_world *w, struct sim_host *h, int client);
/* An answer as it leaves the node: checked here, for it may still be lost. */
void sim_clients_sent(struct sim_world *w, struct sim_host *h, uint32_t session,
                      struct sb_bytes frame);
void sim_clients_hear(struct sim_world *w, struct sim_host *h, const struct sim_event *e);
bool sim_clients_own(const struct sim_host *h, uint32_t session);
void sim_clients_check(struct sim_world *w, struct sim_host *h);
/* The node has stopped as it was told to: nobody is left without an answer. */
void sim_clients_check_stopped(struct sim_world *w, const struct sim_host *h);
void sim_clients_check_end(struct sim_world *w, const struct sim_host *h);
/* The disk of this host has been lost or replaced: local acknowledgements are void. */
void sim_clients_disk_gone(struct sim_host *h);

/* ---- each of the two; what the publisher is answered: answers.c */
struct sim_publisher *sim_publisher_new(struct sim_world *w, struct sim_host *h);
void sim_publisher_act(struct sim_world *w, struct sim_host *h);
void sim_publisher_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
void sim_publisher_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
void sim_publisher_check(struct sim_world *w, struct sim_host *h);
void sim_publisher_check_end(struct sim_world *w, const struct sim_host *h);
/* Scenario: publishes "text" now; false when there is no such host or it is not connected. */
void sim_publisher_say(struct sim_world *w, struct sim_host *h, const char *text, uint32_t audience,
                       uint32_t remote);
/* Scenario: publishes "text" under the id of another: an error of the client. */
void sim_publisher_reuse(struct sim_world *w, struct sim_host *h, const char *text,
                         const char *id_of);
/* Scenario: the connection is gone; what was not answered is asked for when it is told to. */
void sim_publisher_give_up(struct sim_host *h);
bool sim_publisher_acked(const struct sim_host *h, const char *text);
int sim_publisher_refused(const struct sim_host *h, const char *text); /* enum sb_code; 0: not */
/* The id that this host's client uses for "text". */
struct sb_uuid sim_publisher_id(const struct sim_host *h, const char *text);

struct sim_consumer *sim_consumer_new(bool named);
void sim_consumer_free(struct sim_consumer *c);
void sim_consumer_subscribe(struct sim_world *w, struct sim_host *h);
/* Another reader, who has nothing yet. */
void sim_consumer_begin_anew(struct sim_world *w, struct sim_host *h);
void sim_consumer_act(struct sim_world *w, struct sim_host *h);
void sim_consumer_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
/* A frame for it, as it leaves the node; then what must be true after every turn. */
void sim_consumer_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m);
void sim_consumer_check(struct sim_world *w, const struct sim_host *h);
/* Its consumer is begun anew by somebody else, of which the end of its stream will tell it. */
bool sim_consumer_awaits_end(const struct sim_host *h);
/* Was it given this event, and remembers it? */
bool sim_consumer_has(const struct sim_world *w, const struct sim_host *h, int origin,
                      const struct sb_uuid *id);
void sim_consumer_check_end(struct sim_world *w, const struct sim_host *h);

struct sim_publisher {
    uint32_t session; /* 0: not connected */
    uint32_t next_request;
    struct sim_ledger ledger;
    struct sim_item *items;
    size_t n, cap;
    uint64_t accepted; /* new events acknowledged in this run of the node */
    int64_t run_ms;    /* which began then, on the world's clock */
};

enum { SIM_RETRY_MS = 2000 }; /* then a publisher asks again with the same id */

enum sim_item_state { SIM_NEW, SIM_SENT, SIM_ACKED, SIM_REFUSED, SIM_VOID };

struct sim_item {
    struct sb_uuid id;
    char text[48];
    uint32_t audience; /* bits of hosts; 0: all */
    uint32_t remote;
    enum sim_item_state state;
    uint32_t request;
    int64_t sent_ms;
    bool told;   /* the node has sent an acknowledgement, heard or not */
    bool unsure; /* sent more than once, or answered "unknown" */
    bool large;
    bool wrong;            /* another content under a used id: must be refused */
    struct sb_epoch epoch; /* not in the answer: found in the store */
    struct sb_seq seq;
    enum sb_code code;
};

#endif
