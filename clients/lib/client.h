/* The inside of a client: channels, by which publishers, subscriptions and questions share one
 * connection. Private to clients/lib. */
#ifndef SB_CLIENTS_LIB_CLIENT_H
#define SB_CLIENTS_LIB_CLIENT_H

#include "clients/lib/connection.h"
#include "clients/lib/samenbus.h"
#include "config/config.h"
#include "proto/arena.h"
#include "proto/wire.h"

enum {
    SB_CHANNELS_MAX = 32,
    SB_CHANNEL_SHIFT =
        24, /* request ids and subscription numbers: channel, then 24 bits of its own */
    SB_CHANNEL_OWN = (1 << SB_CHANNEL_SHIFT) - 1,
    SB_CLIENT_ARENA_BYTES = 32 * 1024 * 1024, /* more than any frame takes when decoded */
};

/* What shares the connection. `self` of the functions is the channel. */
struct sb_channel {
    uint32_t number;
    /* A frame that is for this channel; borrowed. */
    void (*on_frame)(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                     struct sb_bytes frame);
    /* The connection is new: whatever was under way must be said again. */
    void (*on_up)(struct sb_channel *self);
    /* Time passed, there may be room: send what waits, give up what is late. Returns whether it
     * has more to send than would go. */
    bool (*on_turn)(struct sb_channel *self, int64_t now_ms);
};

struct sb_client {
    struct sb_client_config *config;
    struct sb_connection *connection;
    uint32_t generation; /* the connection that the channels were told of */
    bool news;           /* something came or was given up: a wait is over */
    struct sb_channel *channels[SB_CHANNELS_MAX];
    struct sb_arena encoding;  /* one frame being made */
    struct sb_arena answering; /* the last answer to a question */
};

/* Gives the channel its number. Errors: SB_E_BUSY. */
enum sb_rc sb_channel_open(struct sb_client *client, struct sb_channel *channel,
                           struct sb_err *err);
void sb_channel_close(struct sb_client *client, struct sb_channel *channel);

/* Encodes and sends. False: try again in a later turn. */
bool sb_client_send(struct sb_client *client, const struct sb_message *message);

/* Acknowledges for a consumer; SB_OK: it is durable, or, with `anew`, counts no more, since the
 * consumer was begun anew. Errors: as sb_client_consume. */
enum sb_rc sb_client_acknowledge(struct sb_client *client, const char *name, struct sb_tip *tips,
                                 size_t n, int timeout_ms, bool *anew, struct sb_err *err);

#endif
