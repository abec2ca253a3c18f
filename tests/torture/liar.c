/* A partner that CURVE lets in and that lies to a real daemon: it greets, shows, tells and
 * broadcasts a history that it really signs, sound and unsound, sends messages by the grammar of
 * the wire on its own key and on that of a client, and comes back again and again.
 *
 *   liar SEED MESSAGES SERVICE PUBLISH VICTIM PARTNER LIAR PARTNERSHIP SIGN SERVER PUBLIC SECRET
 *        CLIENT_PUBLIC CLIENT_SECRET
 *
 * SERVICE is the victim's endpoint, PUBLISH the liar's own; SIGN the liar's signing key in hex, the
 * other keys Z85. Every frame of the victim must be one that can be read, and none may hold the
 * canary of what is not for the liar. The last line on stdout has its counts; exit 1: a finding. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "tests/fuzz/session_liar.h"

#define CANARY "CaNaRy!"

enum {
    INPUT_BYTES = 4096,
    ARENA_MAX = 64 * 1024 * 1024,
    HISTORY_FULL = SESSION_LINKS_MAX - 4,
    ANSWERS_MAX = 16, /* read between two messages */
    WAIT_MS = 2000,   /* for room in a queue */
    THINKS_MS = 3,    /* now and then, until there is an answer to lie about */
    ARGUMENTS = 14,
};

enum road { AS_PARTNER, AS_CLIENT, ROADS };

struct liar {
    void *context, *roads[ROADS], *publisher;
    const char *service, *server_key, *public_keys[ROADS], *secret_keys[ROADS];
    struct session_liar lies;
    struct sb_arena arena, read;
    uint8_t bytes[INPUT_BYTES];
    struct session_input in;
    uint64_t random, sent, lost, read_frames, connects;
};

static void refill(struct liar *l)
{
    for (size_t i = 0; i < sizeof l->bytes; i++) {
        l->random = l->random * 6364136223846793005u + 1442695040888963407u;
        l->bytes[i] = (uint8_t)(l->random >> 56);
    }
    l->in = (struct session_input){l->bytes, sizeof l->bytes};
}

/* ---- connections */

static void *open_socket(struct liar *l, int type, enum road as)
{
    const int linger = 0, wait_ms = WAIT_MS;
    void *s = zmq_socket(l->context, type);
    bool good =
        s != NULL && zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger) == 0 &&
        zmq_setsockopt(s, ZMQ_SNDTIMEO, &wait_ms, sizeof wait_ms) == 0 &&
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, l->secret_keys[as], strlen(l->secret_keys[as])) == 0;
    if (!good) {
        fprintf(stderr, "a socket: %s\n", zmq_strerror(zmq_errno()));
        exit(2);
    }
    return s;
}

static void connect_anew(struct liar *l, enum road as)
{
    if (l->roads[as] != NULL) {
        zmq_close(l->roads[as]);
    }
    void *s = l->roads[as] = open_socket(l, ZMQ_DEALER, as);
    if (zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, l->server_key, strlen(l->server_key)) != 0 ||
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, l->public_keys[as], strlen(l->public_keys[as])) !=
            0 ||
        zmq_connect(s, l->service) != 0) {
        fprintf(stderr, "%s: %s\n", l->service, zmq_strerror(zmq_errno()));
        exit(2);
    }
    l->connects++;
}

static void publish_at(struct liar *l, const char *endpoint)
{
    const int server = 1;
    l->publisher = open_socket(l, ZMQ_PUB, AS_PARTNER);
    if (zmq_setsockopt(l->publisher, ZMQ_CURVE_SERVER, &server, sizeof server) != 0 ||
        zmq_bind(l->publisher, endpoint) != 0) {
        fprintf(stderr, "%s: %s\n", endpoint, zmq_strerror(zmq_errno()));
        exit(2);
    }
}

/* ---- what the victim says */

static bool read_frame(struct liar *l, enum road as, struct sb_bytes frame)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1] = "";
    sb_arena_reset(&l->read);
    enum sb_code code = sb_wire_decode(&m, frame, &l->read, why);
    l->read_frames++;
    if (code != SB_CODE_OK) {
        printf("a frame of the victim is %s: %s\n", sb_code_name(code), why);
        return false;
    }
    if (as == AS_PARTNER) {
        if (memmem(frame.p, frame.n, CANARY, sizeof CANARY - 1) != NULL) {
            printf("a message of type %d shows what is not for the liar\n", m.type);
            return false;
        }
        session_learn(&l->lies, &m);
    }
    return true;
}

static bool read_answers(struct liar *l, enum road as)
{
    zmq_pollitem_t poll = {.socket = l->roads[as], .events = ZMQ_POLLIN};
    bool good = true, more = true;
    (void)zmq_poll(&poll, 1, session_byte(&l->in) < 64 ? THINKS_MS : 0);
    for (int i = 0; i < ANSWERS_MAX && good && more; i++) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        more = zmq_msg_recv(&part, l->roads[as], ZMQ_DONTWAIT) >= 0;
        if (more) {
            good = read_frame(l, as, (struct sb_bytes){zmq_msg_data(&part), zmq_msg_size(&part)});
        }
        zmq_msg_close(&part);
    }
    return good;
}

/* ---- what the liar says */

static void send_on(struct liar *l, enum road as, struct sb_bytes frame)
{
    if (frame.p != NULL) {
        bool sent = zmq_send(l->roads[as], frame.p, frame.n, 0) >= 0;
        l->sent += sent;
        l->lost += !sent;
    }
}

static void say(struct liar *l, struct sb_bytes frame)
{
    uint8_t spoil = session_byte(&l->in);
    if (frame.p != NULL) {
        session_spoil(&l->in, spoil, frame);
        send_on(l, AS_PARTNER, frame);
    }
}

static void broadcast(struct liar *l)
{
    const char *topic = "";
    struct sb_bytes frame = session_broadcast(&l->lies, &l->in, &topic, &l->arena);
    if (frame.p != NULL) {
        session_spoil(&l->in, session_byte(&l->in), frame);
        bool sent = zmq_send(l->publisher, topic, strlen(topic), ZMQ_SNDMORE) >= 0 &&
                    zmq_send(l->publisher, frame.p, frame.n, 0) >= 0;
        l->sent += sent;
        l->lost += !sent;
    }
}

/* By the grammar of the wire; now and then cut short. */
static void anything(struct liar *l, enum road as)
{
    uint8_t type = session_byte(&l->in);
    uint32_t request = type % 2 == 0 ? l->lies.asked : type;
    struct sb_bytes frame =
        session_frame(&l->in, &l->lies.pool, &l->lies.said, type % 66, request, &l->arena);
    if (type > 250 && frame.n > SB_WIRE_HEADER) {
        frame.n -= session_pick(&l->in, 8);
    }
    send_on(l, as, frame);
}

static void come_back(struct liar *l, enum road as)
{
    connect_anew(l, as);
    if (as == AS_PARTNER) {
        say(l, session_greet(&l->lies, &l->in, &l->lies.said.origin, &l->arena));
    }
}

static void act(struct liar *l)
{
    const struct sb_org *us = &l->lies.said.origin;
    const struct sb_time now = {(int64_t)time(NULL) * 1000};
    uint8_t op = session_byte(&l->in);
    switch (op / 16) {
    case 0: say(l, session_greet(&l->lies, &l->in, us, &l->arena)); break;
    case 1:
    case 2: say(l, session_show(&l->lies, &l->in, us, now, &l->arena)); break;
    case 3:
    case 4: session_say_more(&l->lies, &l->in, &l->arena); break;
    case 5:
    case 6:
    case 7: say(l, session_tell(&l->lies, &l->in, &l->arena)); break;
    case 8:
    case 9: broadcast(l); break;
    case 10:
    case 11: anything(l, AS_CLIENT); break;
    case 15:
        if (op == 255 && session_byte(&l->in) < 64) {
            come_back(l, (enum road)session_pick(&l->in, ROADS));
        }
        break;
    default: anything(l, AS_PARTNER); break;
    }
    if (l->lies.said.n >= HISTORY_FULL) {
        l->lies.said.n = 0; /* what it said so far it denies from now on */
    }
}

/* ---- the run */

static void learn_names(struct liar *l, char **names)
{
    struct session_pool *pool = &l->lies.pool;
    struct session_history *h = &l->lies.said;
    bool good = sb_org_parse(&h->origin, names[2], strlen(names[2]));
    for (; pool->n_orgs < 3 && good; pool->n_orgs++) {
        const char *name = names[pool->n_orgs];
        good = sb_org_parse(&pool->orgs[pool->n_orgs], name, strlen(name));
    }
    (void)sb_org_parse(&pool->orgs[pool->n_orgs++], "GM9999", 6); /* nobody knows it */
    h->partnership = sb_partnership_hash(names[3]);
    good = good && sb_hex_decode(h->seed.b, sizeof h->seed.b, names[4], strlen(names[4]));
    if (!good) {
        fprintf(stderr, "names or key: not ones\n");
        exit(2);
    }
    l->lies.victim = pool->orgs[0];
    session_learn_hash(pool, &h->partnership);
}

static int play(struct liar *l, uint64_t messages)
{
    bool good = true;
    for (int as = 0; as < ROADS; as++) {
        come_back(l, (enum road)as);
    }
    while (good && l->sent + l->lost < messages) {
        refill(l);
        sb_arena_reset(&l->arena);
        act(l);
        good = read_answers(l, AS_PARTNER) && read_answers(l, AS_CLIENT);
    }
    printf("%" PRIu64 " messages, %" PRIu64 " found no room, %" PRIu64 " connections, %" PRIu64
           " frames of the victim read\n",
           l->sent, l->lost, l->connects, l->read_frames);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct liar l;
    if (argc != 1 + ARGUMENTS || !sb_crypto_init()) {
        fprintf(stderr, "usage: see the head of tests/torture/liar.c\n");
        return 2;
    }
    sb_arena_init(&l.arena, ARENA_MAX);
    sb_arena_init(&l.read, ARENA_MAX);
    l.random = strtoull(argv[1], NULL, 10) * 2 + 1;
    l.service = argv[3];
    l.server_key = argv[10];
    for (int as = 0; as < ROADS; as++) {
        l.public_keys[as] = argv[11 + 2 * as];
        l.secret_keys[as] = argv[12 + 2 * as];
    }
    learn_names(&l, argv + 5);
    l.context = zmq_ctx_new();
    publish_at(&l, argv[4]);
    refill(&l);
    int rc = play(&l, strtoull(argv[2], NULL, 10));
    zmq_close(l.publisher);
    for (int as = 0; as < ROADS; as++) {
        zmq_close(l.roads[as]);
    }
    zmq_ctx_term(l.context);
    sb_arena_fini(&l.arena);
    sb_arena_fini(&l.read);
    return rc;
}
