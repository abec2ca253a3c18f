/* The straight-line program that the daemon's speed is measured against: one loop that takes events
 * over CURVE, hashes each twice, links it, writes five LMDB trees, signs once per commit, commits
 * with fsync and only then answers. No checks, no partners, no views, no configuration: what is
 * left when everything is left out that is not asked of every durable publish. It shares no code
 * with samenbus. The client is a process of its own and keeps WINDOW events in flight, each a
 * message or, where TOGETHER is given, up to that many in one.
 *
 *     ceiling FOLDER WINDOW COUNT SIZE [TOGETHER]     prints the line of `samenbus bench publish`
 */
#include <inttypes.h>
#include <lmdb.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
    ID_BYTES = 16,
    LINK_BYTES = 148,
    HASH_BYTES = 32,
    CHECKPOINT_BYTES = 112,
    TREES = 5,
    FRAME_BYTES = 64 * 1024,
    TURN_EVENTS = 4096, /* of one commit, about */
    SALTS = 256,
};

enum tree { LOG, PLACES, IDS, CHECKPOINTS, CHAINS };

struct server {
    MDB_env *env;
    MDB_dbi trees[TREES];
    void *router;
    MDB_txn *txn;
    uint64_t offset;
    uint8_t link[LINK_BYTES];
    uint8_t head[HASH_BYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t salts[SALTS][HASH_BYTES]; /* drawn together */
    size_t salts_left, size;
    uint8_t *record; /* link, salt, body */
};

static void die_if(bool failed, const char *what)
{
    if (failed) {
        fprintf(stderr, "ceiling: %s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put_u64(uint8_t *to, uint64_t value)
{
    for (int i = 7; i >= 0; i--) {
        to[i] = (uint8_t)value;
        value >>= 8;
    }
}

/* ---- the server */

static void open_store(struct server *s, const char *folder)
{
    static const char *const names[TREES] = {"log", "places", "ids", "checkpoints", "chains"};
    MDB_txn *txn;
    (void)mkdir(folder, 0700);
    die_if(mdb_env_create(&s->env) != 0 || mdb_env_set_maxdbs(s->env, TREES) != 0 ||
               mdb_env_set_mapsize(s->env, (size_t)16 << 30) != 0 ||
               mdb_env_open(s->env, folder, 0, 0600) != 0 ||
               mdb_txn_begin(s->env, NULL, 0, &txn) != 0,
           "open the store");
    for (size_t i = 0; i < TREES; i++) {
        die_if(mdb_dbi_open(txn, names[i], MDB_CREATE, &s->trees[i]) != 0, "open a tree");
    }
    die_if(mdb_txn_commit(txn) != 0, "commit");
}

static void put(struct server *s, enum tree tree, const void *key, size_t n_key, const void *value,
                size_t n_value, unsigned flags)
{
    MDB_val k = {n_key, (void *)(uintptr_t)key}, v = {n_value, (void *)(uintptr_t)value};
    die_if(mdb_put(s->txn, s->trees[tree], &k, &v, flags) != 0, "put");
}

static void hash(uint8_t *out, const char *domain, const uint8_t *a, size_t n_a, const uint8_t *b,
                 size_t n_b)
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)domain, strlen(domain));
    crypto_hash_sha256_update(&state, a, n_a);
    crypto_hash_sha256_update(&state, b, n_b);
    crypto_hash_sha256_final(&state, out);
}

/* Origin and epoch, under which everything is kept. */
static void put_place(uint8_t key[22], uint64_t seq)
{
    memset(key, 7, 14);
    put_u64(key + 14, seq);
}

static void append(struct server *s, const uint8_t *event)
{
    uint8_t key[22], offset[8], *salt = s->record + LINK_BYTES, *body = salt + HASH_BYTES;
    uint8_t value[8 + ID_BYTES];
    if (s->salts_left == 0) {
        randombytes_buf(s->salts, sizeof s->salts);
        s->salts_left = SALTS;
    }
    memcpy(salt, s->salts[--s->salts_left], HASH_BYTES);
    memcpy(body, event + ID_BYTES, s->size);
    put_u64(offset, ++s->offset);
    put_u64(s->link + 40, s->offset);
    memcpy(s->link + 48, s->head, HASH_BYTES);
    memcpy(s->link + 81, event, ID_BYTES);
    hash(s->link + LINK_BYTES - HASH_BYTES, "samenbus/body/1", salt, HASH_BYTES, body, s->size);
    hash(s->head, "samenbus/link/1", s->link, LINK_BYTES, NULL, 0);
    memcpy(s->record, s->link, LINK_BYTES);
    memcpy(value, offset, 8);
    memcpy(value + 8, event, ID_BYTES);
    put(s, LOG, offset, 8, s->record, LINK_BYTES + HASH_BYTES + s->size, MDB_APPEND);
    put_place(key, s->offset);
    put(s, PLACES, key, sizeof key, value, 8, MDB_APPEND);
    put(s, IDS, event, ID_BYTES, offset, 8, MDB_NOOVERWRITE);
}

static void seal_and_commit(struct server *s)
{
    uint8_t key[22], checkpoint[CHECKPOINT_BYTES] = {0};
    put_u64(checkpoint, s->offset);
    memcpy(checkpoint + 8, s->head, HASH_BYTES);
    put_u64(checkpoint + 40, (uint64_t)(now() * 1000));
    crypto_sign_detached(checkpoint + 48, NULL, checkpoint, 48, s->secret);
    put_place(key, s->offset);
    put(s, CHECKPOINTS, key, sizeof key, checkpoint, sizeof checkpoint, MDB_APPEND);
    put(s, CHAINS, key, 14, checkpoint, sizeof checkpoint, 0);
    die_if(mdb_txn_commit(s->txn) != 0, "commit");
}

/* Takes one frame of events; the number of events in it, 0 when there is none. */
static uint32_t take(struct server *s, zmq_msg_t *identity)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, s->router, ZMQ_DONTWAIT) < 0) {
        return 0;
    }
    zmq_msg_move(identity, &frame); /* the last one stays: there is one client */
    die_if(zmq_msg_recv(&frame, s->router, 0) < 0, "receive");
    const uint8_t *event = zmq_msg_data(&frame);
    uint32_t n = (uint32_t)(zmq_msg_size(&frame) / (ID_BYTES + s->size));
    for (uint32_t i = 0; i < n; i++) {
        append(s, event + i * (ID_BYTES + s->size));
    }
    zmq_msg_close(&frame);
    return n;
}

/* What is there, one commit, then the answer. */
static void turn(struct server *s)
{
    zmq_msg_t identity;
    zmq_pollitem_t item = {.socket = s->router, .events = ZMQ_POLLIN};
    uint32_t taken = 0, n;
    die_if(zmq_poll(&item, 1, -1) < 0 || mdb_txn_begin(s->env, NULL, 0, &s->txn) != 0, "wait");
    zmq_msg_init(&identity);
    while (taken < TURN_EVENTS && (n = take(s, &identity)) > 0) {
        taken += n;
    }
    seal_and_commit(s);
    die_if(zmq_msg_send(&identity, s->router, ZMQ_SNDMORE) < 0 ||
               zmq_send(s->router, &taken, sizeof taken, 0) < 0,
           "answer");
}

static void serve(const char *folder, size_t size, const char *secret_key, int port_fd)
{
    static struct server s;
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    char endpoint[64];
    size_t n = sizeof endpoint;
    int one = 1;
    void *context = zmq_ctx_new();
    open_store(&s, folder);
    crypto_sign_keypair(public, s.secret);
    s.size = size;
    s.record = malloc(LINK_BYTES + HASH_BYTES + size);
    s.router = zmq_socket(context, ZMQ_ROUTER);
    die_if(s.record == NULL || zmq_setsockopt(s.router, ZMQ_CURVE_SERVER, &one, sizeof one) != 0 ||
               zmq_setsockopt(s.router, ZMQ_CURVE_SECRETKEY, secret_key, 41) != 0 ||
               zmq_bind(s.router, "tcp://127.0.0.1:*") != 0 ||
               zmq_getsockopt(s.router, ZMQ_LAST_ENDPOINT, endpoint, &n) != 0 ||
               write(port_fd, endpoint, sizeof endpoint) != sizeof endpoint,
           "listen");
    for (;;) {
        turn(&s);
    }
}

/* ---- the client */

struct client {
    void *dealer;
    uint32_t window, in_flight, together;
    uint64_t sent, done, count;
    size_t size;
    double *put; /* when, by number modulo the window */
    uint32_t *latencies_us;
    uint8_t frame[FRAME_BYTES];
};

/* One message of as many as the window and a frame have room for. */
static void send_ready(struct client *c)
{
    size_t event = ID_BYTES + c->size, n = 0;
    for (uint32_t i = 0; i < c->together && c->in_flight < c->window && c->sent < c->count; i++) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
        put_u64(c->frame + n, ms << 16 | 0x7000); /* UUIDv7, with a counter for its randomness */
        put_u64(c->frame + n + 8, c->sent);
        memset(c->frame + n + ID_BYTES, (int)c->sent, c->size);
        c->put[c->sent % c->window] = now();
        n += event;
        c->sent++;
        c->in_flight++;
    }
    die_if(n > 0 && zmq_send(c->dealer, c->frame, n, 0) < 0, "send");
}

static void receive(struct client *c)
{
    uint32_t n = 0;
    die_if(zmq_recv(c->dealer, &n, sizeof n, 0) != sizeof n, "receive");
    double at = now();
    for (; n > 0; n--, c->done++, c->in_flight--) {
        c->latencies_us[c->done] = (uint32_t)((at - c->put[c->done % c->window]) * 1e6);
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_result(struct client *c, double seconds)
{
    uint64_t warm_up = c->count / 10, n = c->count - warm_up;
    uint32_t *measured = c->latencies_us + warm_up;
    qsort(measured, n, sizeof *measured, compare);
    printf("{\"window\":%" PRIu32 ",\"count\":%" PRIu64
           ",\"size\":%zu,\"eventsPerSecond\":%.0f,\"p50Us\":%" PRIu32 ",\"p99Us\":%" PRIu32
           ",\"maxUs\":%" PRIu32 "}\n",
           c->window, c->count, c->size, (double)n / seconds, measured[n / 2],
           measured[n * 99 / 100], measured[n - 1]);
}

static void run_client(struct client *c, const char *endpoint, const char *server_key)
{
    char public[41], secret[41];
    double begun = now();
    void *context = zmq_ctx_new();
    c->dealer = zmq_socket(context, ZMQ_DEALER);
    die_if(zmq_curve_keypair(public, secret) != 0 ||
               zmq_setsockopt(c->dealer, ZMQ_CURVE_SERVERKEY, server_key, 41) != 0 ||
               zmq_setsockopt(c->dealer, ZMQ_CURVE_PUBLICKEY, public, 41) != 0 ||
               zmq_setsockopt(c->dealer, ZMQ_CURVE_SECRETKEY, secret, 41) != 0 ||
               zmq_connect(c->dealer, endpoint) != 0,
           "connect");
    while (c->done < c->count) {
        uint64_t before = c->done;
        while (c->in_flight < c->window && c->sent < c->count) {
            send_ready(c);
        }
        receive(c);
        if (before < c->count / 10 && c->done >= c->count / 10) {
            begun = now();
        }
    }
    print_result(c, now() - begun);
}

int main(int argc, char **argv)
{
    static struct client c;
    char public[41], secret[41], endpoint[64];
    int pipe_fds[2];
    if (argc < 5 || argc > 6) {
        fputs("usage: ceiling FOLDER WINDOW COUNT SIZE [TOGETHER]\n", stderr);
        return 64;
    }
    c.window = (uint32_t)strtoul(argv[2], NULL, 10);
    c.count = strtoull(argv[3], NULL, 10);
    c.size = strtoul(argv[4], NULL, 10);
    c.together = argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 1;
    die_if(c.window == 0 || c.count < 10 || c.size == 0 || c.together == 0 ||
               (ID_BYTES + c.size) * c.together > FRAME_BYTES,
           "the numbers");
    c.put = calloc(c.window, sizeof *c.put);
    c.latencies_us = calloc(c.count, sizeof *c.latencies_us);
    die_if(c.put == NULL || c.latencies_us == NULL || sodium_init() < 0 ||
               zmq_curve_keypair(public, secret) != 0 || pipe(pipe_fds) != 0,
           "start");
    pid_t server = fork();
    if (server == 0) {
        serve(argv[1], c.size, secret, pipe_fds[1]);
    }
    die_if(server < 0 || read(pipe_fds[0], endpoint, sizeof endpoint) != sizeof endpoint, "start");
    run_client(&c, endpoint, public);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    return 0;
}
