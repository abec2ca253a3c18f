/* Frames stay where libzmq put them: a pool of message handles, filled in order and closed
 * together, so that a message costs no allocation of ours. */
#include "daemon/net/intake.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    PARTS = 2,
    HELD_MAX = PARTS * (SB_TURN_INPUTS_MAX + 1),
};

struct sb_net_intake {
    struct sb_net_message *out;
    size_t max, n, bytes;
    size_t n_held;
    zmq_msg_t held[HELD_MAX];
};

struct sb_net_intake *sb_net_intake_new(void)
{
    struct sb_net_intake *in = malloc(sizeof *in);
    if (in != NULL) {
        in->n_held = 0;
        in->bytes = 0;
        sb_net_intake_begin(in, NULL, 0);
    }
    return in;
}

void sb_net_intake_free(struct sb_net_intake *in)
{
    if (in != NULL) {
        sb_net_intake_release(in);
        free(in);
    }
}

void sb_net_intake_begin(struct sb_net_intake *in, struct sb_net_message *out, size_t max)
{
    in->out = out;
    in->max = max;
    in->n = 0;
}

size_t sb_net_intake_count(const struct sb_net_intake *in)
{
    return in->n;
}

bool sb_net_intake_has_room(const struct sb_net_intake *in, size_t messages)
{
    return in->max - in->n >= messages && in->bytes < SB_TURN_BYTES_MAX &&
           in->n_held + PARTS <= HELD_MAX;
}

struct sb_net_message *sb_net_intake_add(struct sb_net_intake *in, enum sb_net_event event,
                                         uint32_t identity)
{
    assert(in->n < in->max);
    struct sb_net_message *m = &in->out[in->n++];
    m->event = event;
    m->identity = identity;
    m->session = 0;
    m->next_key = false;
    m->topic = m->frame = (struct sb_bytes){0};
    m->text[0] = '\0'; /* the rest of the text is not worth clearing per message */
    return m;
}

/* The next part of a message into the handle; false: none. Nothing else can go wrong but what
 * would be our own mistake. */
static bool receive(zmq_msg_t *part, void *socket)
{
    int rc = zmq_msg_init(part);
    assert(rc == 0);
    if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) >= 0) {
        return true;
    }
    assert(errno == EAGAIN || errno == EINTR);
    (void)zmq_msg_close(part);
    return false;
}

static void skip_rest(void *socket, struct sb_net_parts *parts)
{
    zmq_msg_t part;
    for (bool more = true; more && receive(&part, socket); parts->n++) {
        more = zmq_msg_more(&part) != 0;
        (void)zmq_msg_close(&part);
    }
}

bool sb_net_intake_read(struct sb_net_intake *in, void *socket, struct sb_net_parts *parts)
{
    *parts = (struct sb_net_parts){0};
    for (bool more = true; more;) {
        if (parts->n == PARTS) {
            skip_rest(socket, parts);
            return true;
        }
        assert(in->n_held < HELD_MAX);
        zmq_msg_t *part = &in->held[in->n_held];
        if (!receive(part, socket)) {
            assert(parts->n == 0); /* libzmq delivers whole messages */
            return false;
        }
        in->n_held++;
        in->bytes += zmq_msg_size(part);
        parts->part[parts->n++] = (struct sb_bytes){zmq_msg_data(part), zmq_msg_size(part)};
        more = zmq_msg_more(part) != 0;
    }
    return true;
}

void sb_net_intake_drop(struct sb_net_intake *in, struct sb_net_parts *parts)
{
    for (size_t n = parts->n < PARTS ? parts->n : PARTS; n > 0; n--) {
        (void)zmq_msg_close(&in->held[--in->n_held]);
    }
    *parts = (struct sb_net_parts){0};
}

/* The part read last: of a ROUTER's message the routing id, its first, has no metadata. */
static zmq_msg_t *last(struct sb_net_intake *in)
{
    assert(in->n_held > 0);
    return &in->held[in->n_held - 1];
}

bool sb_net_intake_ticket(struct sb_net_intake *in, uint32_t *ticket)
{
    const char *text = zmq_msg_gets(last(in), "User-Id");
    if (text == NULL || *text < '0' || *text > '9') {
        return false;
    }
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *ticket = (uint32_t)number;
    return *end == '\0' && number <= UINT32_MAX;
}

int sb_net_intake_descriptor(struct sb_net_intake *in)
{
    return zmq_msg_get(last(in), ZMQ_SRCFD);
}

const char *sb_net_intake_address(struct sb_net_intake *in)
{
    const char *address = zmq_msg_gets(last(in), "Peer-Address");
    return address != NULL ? address : "an unknown address";
}

void sb_net_intake_release(struct sb_net_intake *in)
{
    while (in->n_held > 0) {
        (void)zmq_msg_close(&in->held[--in->n_held]);
    }
    in->bytes = 0;
}
