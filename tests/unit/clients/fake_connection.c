/* The connection that is none; see fake_connection.h. */
#include "tests/unit/clients/fake_connection.h"

#include <assert.h>
#include <string.h>

enum { IDLE_MS = 1000 /* what passes in a wait without end */ };

static struct {
    enum sb_connection_state state;
    uint32_t generation;
    int64_t now_ms;
    struct fake *fake;
} connection;

void fake_init(struct fake *fake, void (*daemon)(struct fake *fake))
{
    *fake = (struct fake){.daemon = daemon};
    sb_arena_init(&fake->arena, 64 * 1024 * 1024);
    sb_arena_init(&fake->client.encoding, SB_CLIENT_ARENA_BYTES);
    sb_arena_init(&fake->client.answering, SB_CLIENT_ARENA_BYTES);
    connection.fake = fake;
    connection.generation = 0;
    connection.now_ms = 1000000;
    fake_connect(fake);
}

void fake_fini(struct fake *fake)
{
    sb_arena_fini(&fake->arena);
    sb_arena_fini(&fake->client.encoding);
    sb_arena_fini(&fake->client.answering);
}

void fake_disconnect(struct fake *fake)
{
    connection.state = SB_CONNECTION_NONE;
    fake->at = fake->n_coming;
    fake->seen = fake->n_sent;
}

void fake_connect(struct fake *fake)
{
    (void)fake;
    connection.state = SB_CONNECTION_UP;
    connection.generation++;
}

void fake_answer(struct fake *fake, const struct sb_message *message)
{
    assert(fake->n_coming < FAKE_FRAMES_MAX);
    struct sb_bytes frame = sb_wire_encode(message, &fake->arena);
    assert(frame.p != NULL);
    fake->coming[fake->n_coming++] = frame;
}

const struct sb_message *fake_next(struct fake *fake)
{
    return fake->seen < fake->n_sent ? &fake->sent[fake->seen++] : NULL;
}

/* ---- clients/lib/connection.h */

enum sb_rc sb_connection_open(struct sb_connection **out, const struct sb_connection_options *o,
                              struct sb_err *err)
{
    (void)o;
    *out = NULL;
    return sb_err_set(err, SB_E_NET, "there is no network in a unit test");
}

void sb_connection_close(struct sb_connection *c)
{
    (void)c;
}

enum sb_connection_state sb_connection_state(const struct sb_connection *c)
{
    (void)c;
    return connection.state;
}

uint32_t sb_connection_generation(const struct sb_connection *c)
{
    (void)c;
    return connection.generation;
}

int64_t sb_connection_now_ms(void)
{
    return connection.now_ms;
}

enum sb_rc sb_connection_wait(struct sb_connection *c, int fd, bool sending, int timeout_ms,
                              struct sb_err *err)
{
    struct fake *fake = connection.fake;
    (void)c;
    (void)fd;
    (void)sending;
    (void)err;
    fake->daemon(fake);
    if (fake->at == fake->n_coming) {
        connection.now_ms += timeout_ms < 0 ? IDLE_MS : timeout_ms;
    }
    return SB_OK;
}

bool sb_connection_receive(struct sb_connection *c, struct sb_bytes *frame)
{
    struct fake *fake = connection.fake;
    (void)c;
    if (fake->at == fake->n_coming) {
        return false;
    }
    *frame = fake->coming[fake->at++];
    return true;
}

bool sb_connection_send(struct sb_connection *c, struct sb_bytes frame)
{
    struct fake *fake = connection.fake;
    char why[SB_LABEL_MAX + 1];
    (void)c;
    assert(fake->n_sent < FAKE_FRAMES_MAX);
    struct sb_bytes copy = sb_arena_copy(&fake->arena, frame.p, frame.n);
    enum sb_code code = sb_wire_decode(&fake->sent[fake->n_sent++], copy, &fake->arena, why);
    assert(code == SB_CODE_OK);
    return code == SB_CODE_OK;
}
