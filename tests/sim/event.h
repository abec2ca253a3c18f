/* What can happen in a world, and the connections by which it travels. */
#ifndef SB_SIM_EVENT_H
#define SB_SIM_EVENT_H

#include "daemon/net/net.h"

/* ---- the clock: things that happen at a time, in the order they were asked for */
enum sim_event_kind {
    SIM_TURN,    /* node: its next turn */
    SIM_MESSAGE, /* to a node */
    SIM_ANSWER,  /* to a client of a node */
    SIM_CLIENT,  /* node, client: its next act */
    SIM_CONNECT, /* node dials other */
    SIM_FAULT,
    SIM_START, /* node comes up */
    SIM_VILLAIN,
    SIM_TWIN,    /* a second instance starts */
    SIM_STOPPED, /* node: its drain is over */
    SIM_SWIZZLE, /* node leaves all others (other: 1), or comes back */
    SIM_KEYS,    /* somebody changes a key */
    SIM_THIEF,   /* with a key of that node: its next act */
};

struct sim_event {
    int64_t at_ms;
    uint64_t order;
    enum sim_event_kind kind;
    int node, other;
    uint32_t incarnation; /* of the link or client session that a message travels by */
    bool by_publisher;    /* it came from a PUB socket */
    bool late;            /* of a connection that is over, read after what came by the next one */
    int64_t sent_ms;
    struct sb_net_message message;
    uint8_t *bytes; /* owned: topic and frame */
};

/* ---- connections: a dials b's service and follows b's publisher; each comes and goes alone */
struct sim_link {
    bool configured, up, cut;
    bool follows;
    int64_t follows_ms;  /* since when, at the latest */
    int64_t patience_ms; /* until then a backs off, after all the vain attempts of a long outage */
    uint32_t incarnation, follow_incarnation;
    uint32_t session;                         /* at b */
    uint32_t loss_percent, duplicate_percent; /* of what b publishes to a */
    int64_t last_request_ms, last_reply_ms, last_publish_ms, last_event_ms;
    int64_t late_ms; /* when the last late one comes */
};

#endif
