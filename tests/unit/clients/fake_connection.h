/* A daemon in the test's hands, in place of the socket: it implements clients/lib/connection.h with
 * its own clock. What the library sends is kept; what the daemon does while the library waits is a
 * function of the test's. */
#ifndef SB_TESTS_UNIT_CLIENTS_FAKE_CONNECTION_H
#define SB_TESTS_UNIT_CLIENTS_FAKE_CONNECTION_H

#include "clients/lib/client.h"

enum { FAKE_FRAMES_MAX = 64 };

struct fake {
    struct sb_client client; /* what the library is given */
    struct sb_arena arena;   /* everything that was sent and is to be received */
    struct sb_message sent[FAKE_FRAMES_MAX];
    size_t n_sent;
    struct sb_bytes coming[FAKE_FRAMES_MAX];
    size_t n_coming, at;
    /* Called at every wait, before time passes. */
    void (*daemon)(struct fake *fake);
    size_t seen;   /* for the daemon: sent frames that it has looked at */
    void *context; /* the test's */
};

/* One at a time. Begins connected. */
void fake_init(struct fake *fake, void (*daemon)(struct fake *fake));
void fake_fini(struct fake *fake);

/* The connection is lost; what was on its way is gone. */
void fake_disconnect(struct fake *fake);
void fake_connect(struct fake *fake);
/* From the daemon to the library. */
void fake_answer(struct fake *fake, const struct sb_message *message);
/* The next frame that the daemon has not looked at; NULL: none. */
const struct sb_message *fake_next(struct fake *fake);

#endif
