/* Every limit of samenbus, with its unit; the relations between them are asserted at the end.
 * PROTOCOL §11 lists those that partners must agree on; they never change within version 1. */
#ifndef SB_PROTO_LIMITS_H
#define SB_PROTO_LIMITS_H

#include <assert.h>

enum {
    /* What partners agree on (PROTOCOL §11) */
    SB_ORG_MIN = 2,                  /* characters of an organisation id */
    SB_ORG_MAX = 32,                 /* characters of an organisation id */
    SB_AUDIENCE_MAX = 64,            /* organisations in an audience or a participants list */
    SB_TOPIC_MAX = 200,              /* bytes of a topic */
    SB_TOPIC_SEGMENTS_MIN = 2,       /* segments of a topic */
    SB_TOPIC_SEGMENTS_MAX = 8,       /* segments of a topic */
    SB_BODY_MAX = 64 * 1024,         /* bytes of a serialised body */
    SB_FRAME_MAX = 1024 * 1024,      /* bytes of one ZeroMQ frame */
    SB_BROADCAST_MAX = 128 * 1024,   /* bytes of one frame of a PUB endpoint */
    SB_BATCH_BYTES_MAX = 768 * 1024, /* bytes of links, salts and bodies under one checkpoint */
    SB_BATCH_EVENTS_MAX = 2048,      /* events under one checkpoint */
    SB_PARENTS_MAX = 16,             /* parents of an epoch */
    SB_HEADS_MAX = 32,               /* heads of one origin in a frontier */
    SB_SUMMARY_MAX = 512,            /* epochs in one summary */
    SB_WANT_BODIES_MAX = 512,        /* bodies asked for in one message */
    SB_CURSOR_TIPS_MAX = 4096,       /* tips in a cursor */
    SB_REFERENCES_MAX = 64,          /* references of one event */
    SB_ATTACHMENTS_MAX = 64,         /* attachments of one content */
    SB_PUBLISH_ITEMS_MAX = 1024,     /* events in one PUBLISH */
    SB_RESULTS_MAX = 1024,           /* results in one RESULTS */
    SB_EVIDENCE_MAX = 256,           /* items in one EVIDENCE */
    SB_SAID_MAX = 2048,              /* items in one SAID */
    SB_CONSUMERS_MAX = 64,           /* consumers that one daemon keeps */
    SB_HAPPENINGS_MAX = 1024,        /* happenings that a daemon remembers, and in one answer */
    SB_CONSUMER_FILTERS_MAX = 64,    /* topics of a consumer; as many origins */
    SB_CONSUMER_NAME_MAX = 64,       /* bytes of a consumer's name */
    SB_ERASURES_MAX = 256,           /* items in one ERASURES */
    SB_LINK_MAX = 2284,              /* bytes of an encoded link */
    SB_LINK_MIN = 142,               /* bytes of an encoded link */
    SB_CHECKPOINT_BYTES = 8 + 32 + 8 + 64, /* bytes of seq, hash, time and signature on disk */

    /* Text, in bytes */
    SB_TITLE_MAX = 1000,
    SB_TEXT_MAX = 48 * 1024,
    SB_LABEL_MAX = 200,
    SB_URL_MAX = 2000,
    SB_CONTENT_TYPE_MAX = 200,
    SB_NAME_MAX = 100, /* names of partnerships, organisations, clients */

    /* Decoding */
    SB_DEPTH_MAX = 4,                      /* nested messages */
    SB_FIELDS_MAX = 32 * 1024,             /* fields in one body, all levels */
    SB_UNPACK_BYTES_MAX = 8 * 1024 * 1024, /* heap that unpacking one frame may take */

    /* One daemon */
    SB_PEERS_MAX = 400,                  /* partners */
    SB_ORIGINS_MAX = SB_PEERS_MAX + 1,   /* partners and ourselves */
    SB_CLIENTS_MAX = 256,                /* configured client keys */
    SB_RETENTION_MAX = 64,               /* configured rules of how long content is kept */
    SB_SESSIONS_MAX = 1024,              /* live service connections, partners and clients */
    SB_SESSIONS_PER_KEY = 16,            /* live service connections of one key */
    SB_SUBSCRIPTIONS_MAX = 256,          /* streams to clients, all together */
    SB_CHAINS_MAX = 128 * 1024,          /* epochs and their branches, all origins together */
    SB_VOUCHED_MAX = 64,                 /* keys that lead to those announced of one origin */
    SB_TURN_INPUTS_MAX = 4096,           /* messages of one turn */
    SB_TURN_BYTES_MAX = 8 * 1024 * 1024, /* bytes of messages of one turn */
    SB_PENDING_PUBLISHES_MAX = 8192, /* publishes waiting: for the commit, remote acks, recovery */
    SB_SUBMITTED_BYTES_MAX = 16 * 1024 * 1024, /* bytes of publishes waiting for a later turn */
    SB_WANTS_MAX = 8,                          /* outstanding requests to one partner */
    SB_SERVES_MAX = 8,                         /* outstanding answers to one partner */
    SB_WANT_CREDIT = 16 * 1024 * 1024,         /* bytes of EVENTS for one WANT */
    SB_OUTBOX_BYTES_MAX = 64 * 1024 * 1024,    /* bytes that one turn may send */
    SB_SUBSCRIPTION_CREDIT_MAX = 8192,         /* events that a client may have outstanding */
    SB_DELIVER_BYTES = 512 * 1024,             /* bytes of one DELIVER */
    SB_ZMQ_SNDHWM = 64,         /* answers queued per connection, and as many parts of streams */
    SB_ZMQ_RCVHWM = 64,         /* messages queued per partner link */
    SB_ZMQ_SERVICE_RCVHWM = 16, /* messages queued per connection of the service endpoint */
    SB_ZMQ_QUEUED_BYTES = 128 * 1024 * 1024, /* queued to all partners and clients; as much again
                                              * to all subscribers */
    SB_ZMQ_PUB_SNDHWM = 1024, /* broadcasts queued per subscriber; those dropped are fetched */
    SB_ZMQ_SUB_RCVHWM = 1024, /* broadcasts queued per publisher followed */

    /* Times */
    SB_FRONTIER_INTERVAL_MS = 2000, /* a frontier at least this often */
    SB_FRONTIER_MIN_GAP_MS = 50,    /* at most 20 frontiers a second */
    SB_STALLED_MS = 6000,           /* silence or standstill until a direction is stalled */
    SB_ATTENDED_MS = 2000, /* of the time between two of a node's turns that counts as silence */
    SB_WANT_TIMEOUT_MS = 5000, /* an unanswered WANT is asked elsewhere */
    SB_RECOVERY_MS = 5000,     /* default of the one bounded wait of an empty store */
    SB_EPOCH_IDLE_MS = 10000,  /* a turn later than this closes the open epoch */
    SB_CLOCK_DRIFT_MS = 10000, /* wall against monotonic clock, closes the open epoch */
    SB_RECONNECT_MIN_MS = 500,
    SB_RECONNECT_MAX_MS = 30000,
    SB_HANDSHAKE_MS = 5000,
    SB_SHUTDOWN_MS = 4000,
    SB_PUBLISH_TIMEOUT_MS = 10000, /* default --timeout */
};

/* Nothing that one partner may lawfully commit under one checkpoint may fail to fit one frame:
 * every reply can end at a checkpoint. */
static_assert(SB_BATCH_BYTES_MAX + SB_BATCH_EVENTS_MAX * 32 + 64 * 1024 <= SB_FRAME_MAX,
              "a batch fits a frame");
static_assert(SB_BODY_MAX + SB_LINK_MAX + 1024 <= SB_BATCH_BYTES_MAX, "an event fits a batch");
static_assert(SB_TEXT_MAX < SB_BODY_MAX, "a text fits a body");
static_assert(SB_STALLED_MS >= 3 * SB_FRONTIER_INTERVAL_MS, "one lost frontier is no stall");
static_assert(SB_ATTENDED_MS >= SB_FRONTIER_INTERVAL_MS, "a node that is on time misses nothing");
static_assert(SB_STALLED_MS >= SB_FRONTIER_INTERVAL_MS + SB_ATTENDED_MS, "nor does one pause");
static_assert(SB_CHAINS_MAX >= 18000, "ten starts a day for five years");

#endif
