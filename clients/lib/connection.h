/* The socket to the daemon's service endpoint: whether somebody is there, and frames out and in.
 * It understands none of them. */
#ifndef SB_CLIENTS_LIB_CONNECTION_H
#define SB_CLIENTS_LIB_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct sb_connection;

struct sb_connection_options {
    const char *endpoint;                   /* borrowed for the connection's life */
    const uint8_t *server_key, *secret_key; /* 32 bytes each; copied by libzmq */
    const uint8_t *next_server_key; /* which the daemon may have as well; all 0: none. Borrowed, as
                                       server_key is, for the connection's life */
};

/* How far we came, in the order of how much it explains. */
enum sb_connection_state {
    SB_CONNECTION_NONE,    /* nothing was heard yet */
    SB_CONNECTION_ABSENT,  /* nobody listens there, longer than a restart takes */
    SB_CONNECTION_BROKEN,  /* somebody listens, the handshake fails */
    SB_CONNECTION_REFUSED, /* the daemon does not know our key */
    SB_CONNECTION_UP,
};

/* Begins to connect. Errors: SB_E_NET. */
enum sb_rc sb_connection_open(struct sb_connection **out, const struct sb_connection_options *o,
                              struct sb_err *err);
void sb_connection_close(struct sb_connection *connection);

enum sb_connection_state sb_connection_state(const struct sb_connection *connection);
/* Grows with every handshake: what was under way before is lost. */
uint32_t sb_connection_generation(const struct sb_connection *connection);

/* Waits until a frame is there, the state may have changed, `fd` (or -1) can be read, or, where
 * `sending`, there is room to send; at most timeout_ms (-1: for ever). Errors: SB_E_NET. */
enum sb_rc sb_connection_wait(struct sb_connection *connection, int fd, bool sending,
                              int timeout_ms, struct sb_err *err);

/* The next frame that is there, borrowed until the next call; false when there is none. */
bool sb_connection_receive(struct sb_connection *connection, struct sb_bytes *frame);
/* False when it must be tried again after a wait. The bytes are copied. */
bool sb_connection_send(struct sb_connection *connection, struct sb_bytes frame);

/* Milliseconds of a clock that never goes back; here, so that tests replace it with the socket. */
int64_t sb_connection_now_ms(void);

#endif
