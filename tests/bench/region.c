/* A whole partnership on a virtual clock: N real nodes with disks in memory, each connected to some
 * of the others, as the 342 municipalities of the Netherlands would be. It measures what a daemon
 * says while nothing happens, what it costs, and how long news takes to be everywhere.
 *
 *   region [N] [DEGREE]        N nodes (342), each dials about DEGREE / 2 others (16)
 *
 * `hub` in its output is one node that is connected to all others: what a full mesh is for each.
 * It fails when something does not arrive. Signatures are a toy, as in the simulator. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "daemon/shell/node.h"
#include "proto/sign.h"
#include "tests/sim/disk.h"

enum {
    NODES_MAX = SB_ORIGINS_MAX,
    LATENCY_MS = 10,
    SLOTS = 64, /* of the wheel of time, a power of two, more than the latency */
    TURN_MESSAGES = 1024,
    GIVE_UP_MS = 60000,
    SETTLE_MS = 20000,
    IDLE_MS = 20000,
    HUB = 0,
};

struct letter { /* a frame under way */
    struct letter *next;
    struct sb_net_message message;
    uint8_t bytes[];
};

struct host {
    struct sb_org org;
    struct sb_sign_seed seed;
    struct sb_signer *signer;
    struct sb_store *store;
    struct sb_node *node;
    struct letter *first, **end; /* arrived */
    bool dials[NODES_MAX];
    int64_t due_ms; /* its deadline, as after its last turn */
    uint64_t sent_bytes, sent_frames, heard_bytes, turns;
    clock_t spent; /* processor time of its turns */
    unsigned n_links;
};

static struct host hosts[NODES_MAX];
static size_t n_hosts = 342, degree = 16;
static struct letter *wheel[SLOTS], **wheel_end[SLOTS];
static int64_t now_ms = 1000;
static uint64_t dice = 42;

static uint32_t below(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

static void fill_random(void *context, void *out, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)out)[i] = (uint8_t)below(256);
    }
}

static struct sb_now now(void)
{
    return (struct sb_now){now_ms, {1764000000000 + now_ms}};
}

/* ---- who is connected with whom */

static bool connected(size_t a, size_t b)
{
    return hosts[a].dials[b] || hosts[b].dials[a];
}

static void dial(size_t a, size_t b)
{
    if (a != b && !connected(a, b)) {
        hosts[a].dials[b] = true;
        hosts[a].n_links++;
        hosts[b].n_links++;
    }
}

/* A ring, so that nobody is alone, chance, and one who is connected to everybody. */
static void connect_hosts(void)
{
    for (size_t a = 0; a < n_hosts; a++) {
        dial(a, (a + 1) % n_hosts);
        for (size_t i = 1; i < degree / 2; i++) {
            dial(a, below((uint32_t)n_hosts));
        }
        dial(HUB, a);
    }
}

static uint32_t number_at(size_t at, size_t of) /* as partners were registered: by index */
{
    return (uint32_t)(of < at ? of + 1 : of);
}

static size_t index_of(size_t at, uint32_t number)
{
    return number <= at ? number - 1 : number;
}

/* ---- the network */

static void post(size_t to, const struct sb_net_message *m, struct sb_bytes topic,
                 struct sb_bytes frame)
{
    struct letter *l = malloc(sizeof *l + topic.n + frame.n + sizeof to);
    size_t slot = (size_t)(now_ms + LATENCY_MS) % SLOTS;
    assert(l != NULL);
    l->next = NULL;
    l->message = *m;
    memcpy(l->bytes, topic.p == NULL ? l->bytes : topic.p, topic.n);
    memcpy(l->bytes + topic.n, frame.p == NULL ? l->bytes : frame.p, frame.n);
    memcpy(l->bytes + topic.n + frame.n, &to, sizeof to);
    l->message.topic = (struct sb_bytes){l->bytes, topic.n};
    l->message.frame = (struct sb_bytes){l->bytes + topic.n, frame.n};
    *wheel_end[slot] = l;
    wheel_end[slot] = &l->next;
}

static void send_frame(size_t from, size_t to, enum sb_net_event event, const struct sb_outgoing *o)
{
    struct sb_net_message m = {.event = event, .identity = number_at(to, from)};
    m.session = event == SB_NET_REQUEST ? (uint32_t)from + 1 : 0; /* a session each */
    hosts[from].sent_bytes += o->topic.n + o->frame.n;
    hosts[from].sent_frames++;
    hosts[to].heard_bytes += o->topic.n + o->frame.n;
    post(to, &m, o->topic, o->frame);
}

static void carry(size_t from, const struct sb_outgoing *o)
{
    switch (o->kind) {
    case SB_OUT_ANSWER:
        if (o->to > 0 && o->to <= n_hosts) { /* else our own client, who does not listen */
            send_frame(from, o->to - 1, SB_NET_REPLY, o);
        }
        break;
    case SB_OUT_ASK: send_frame(from, index_of(from, o->to), SB_NET_REQUEST, o); break;
    case SB_OUT_PUBLISH:
        for (size_t to = 0; to < n_hosts; to++) {
            if (hosts[to].dials[from]) {
                send_frame(from, to, SB_NET_PUBLISHED, o);
            }
        }
        break;
    case SB_OUT_TURN_AWAY:
    case SB_OUT_HURRY: break;
    }
}

static void deliver(void)
{
    size_t slot = (size_t)now_ms % SLOTS;
    struct letter *l = wheel[slot], *next;
    wheel[slot] = NULL;
    wheel_end[slot] = &wheel[slot];
    for (; l != NULL; l = next) {
        size_t to;
        next = l->next;
        memcpy(&to, l->bytes + l->message.topic.n + l->message.frame.n, sizeof to);
        l->next = NULL;
        *hosts[to].end = l;
        hosts[to].end = &l->next;
    }
}

/* ---- the nodes */

static void take_turn(size_t at)
{
    static struct sb_net_message messages[TURN_MESSAGES];
    static struct letter *letters[TURN_MESSAGES];
    struct host *h = &hosts[at];
    struct sb_outbox out = {0};
    struct sb_err err = {0};
    size_t n = 0;
    while (h->first != NULL && n < TURN_MESSAGES) {
        letters[n] = h->first;
        messages[n++] = h->first->message;
        h->first = h->first->next;
    }
    h->end = h->first == NULL ? &h->first : h->end;
    clock_t began = clock();
    enum sb_rc rc = sb_node_turn(h->node, now(), messages, n, true, &out, &err);
    h->spent += clock() - began;
    if (rc != SB_OK) {
        fprintf(stderr, "%s: %s\n", h->org.s, err.text);
        exit(1);
    }
    h->turns++;
    h->due_ms = sb_node_deadline(h->node);
    for (size_t i = 0; i < out.n; i++) {
        carry(at, &out.items[i]);
    }
    for (size_t i = 0; i < n; i++) {
        free(letters[i]);
    }
}

static void run_one_ms(void)
{
    deliver();
    for (size_t i = 0; i < n_hosts; i++) {
        if (hosts[i].first != NULL || hosts[i].due_ms <= now_ms) {
            take_turn(i);
        }
    }
    now_ms++;
}

static void run_for(int64_t ms)
{
    for (int64_t until = now_ms + ms; now_ms < until;) {
        run_one_ms();
    }
}

static void start(size_t at)
{
    static struct sb_node_partner partners[NODES_MAX];
    static const char *const topics[] = {"custom/"};
    static const struct sb_node_client clients[] = {
        {"publisher", {.publish = topics, .n_publish = 1}}};
    struct host *h = &hosts[at];
    struct sb_err err = {0};
    char path[32];
    size_t n = 0;
    (void)snprintf(path, sizeof path, "disk-%zu", at);
    struct sb_store_options options = {.path = path,
                                       .partnership = sb_partnership_hash("netherlands"),
                                       .organisation = h->org,
                                       .max_size = (uint64_t)1 << 40};
    (void)sb_disk_at(path);
    for (size_t i = 0; i < n_hosts; i++) {
        if (i != at) {
            partners[n++] = (struct sb_node_partner){.org = hosts[i].org,
                                                     .name = hosts[i].org.s,
                                                     .key = sb_sign_public_of(&hosts[i].seed),
                                                     .dialled = h->dials[i],
                                                     .followed = h->dials[i]};
        }
    }
    struct sb_node_options o = {.partnership = "netherlands",
                                .organisation = h->org,
                                .name = h->org.s,
                                .version = "bench",
                                .partners = partners,
                                .n_partners = n,
                                .clients = clients,
                                .n_clients = 1,
                                .quota_bytes = (uint64_t)1 << 40,
                                .recovery_ms = SB_RECOVERY_MS,
                                .now = now(),
                                .random = fill_random};
    enum sb_rc rc = sb_signer_new(&h->signer, &h->seed, &err);
    rc = rc == SB_OK ? sb_store_open(&h->store, &options, &err) : rc;
    o.signer = h->signer;
    o.store = h->store;
    rc = rc == SB_OK ? sb_node_new(&h->node, &o, &err) : rc;
    if (rc != SB_OK) {
        fprintf(stderr, "%s: %s\n", h->org.s, err.text);
        exit(1);
    }
}

static void connect_links(void)
{
    for (size_t a = 0; a < n_hosts; a++) {
        for (size_t b = 0; b < n_hosts; b++) {
            if (hosts[a].dials[b]) {
                struct sb_net_message m = {.event = SB_NET_LINK_UP, .identity = number_at(a, b)};
                struct sb_bytes none = {NULL, 0};
                post(a, &m, none, none);
            }
        }
    }
}

/* ---- what is measured */

static void publish(size_t at)
{
    static const uint8_t submission[] = "\x0a\x0a"
                                        "custom/sim"
                                        "\x8a\x01\x0c\x0a\x0atext/plain";
    struct sb_arena arena;
    struct sb_message m = {.type = SB_MSG_PUBLISH, .request = 1};
    struct sb_submission item = {.body = {submission, sizeof submission - 1}};
    fill_random(NULL, &item.id, sizeof item.id);
    m.publish = (struct sb_publish){.items = &item, .n_items = 1};
    sb_arena_init(&arena, 1024 * 1024);
    struct sb_net_message message = {
        .event = SB_NET_REQUEST, .identity = SB_IDENTITY_CLIENT, .session = (uint32_t)n_hosts + 1};
    struct sb_bytes none = {NULL, 0};
    post(at, &message, none, sb_wire_encode(&m, &arena));
    sb_arena_fini(&arena);
}

static uint64_t events_at(size_t at)
{
    struct sb_store_usage usage;
    (void)sb_store_refresh(hosts[at].store, NULL);
    sb_store_usage(hosts[at].store, &usage);
    return usage.events;
}

/* Milliseconds until everybody has so many events; -1: not in time. */
static int64_t await(uint64_t events)
{
    int64_t began = now_ms;
    for (size_t done = 0; done < n_hosts;) {
        if (now_ms - began > GIVE_UP_MS) {
            return -1;
        }
        run_one_ms();
        for (done = 0; done < n_hosts && events_at(done) >= events; done++) {
        }
    }
    return now_ms - began;
}

struct traffic {
    uint64_t sent, heard, frames, turns;
    clock_t spent;
};

static struct traffic traffic_of(size_t at)
{
    return (struct traffic){hosts[at].sent_bytes, hosts[at].heard_bytes, hosts[at].sent_frames,
                            hosts[at].turns, hosts[at].spent};
}

static void print_idle(const char *who, const struct traffic *before, const struct traffic *after,
                       double n)
{
    double seconds = IDLE_MS / 1000.0;
    printf("%s: %.1f KiB/s out, %.1f KiB/s in, %.0f frames/s, %.1f turns/s, %.2f %% of a core\n",
           who, (double)(after->sent - before->sent) / seconds / n / 1024,
           (double)(after->heard - before->heard) / seconds / n / 1024,
           (double)(after->frames - before->frames) / seconds / n,
           (double)(after->turns - before->turns) / seconds / n,
           100.0 * (double)(after->spent - before->spent) / CLOCKS_PER_SEC / seconds / n);
}

static struct traffic sum(void)
{
    struct traffic all = {0};
    for (size_t i = 0; i < n_hosts; i++) {
        struct traffic t = traffic_of(i);
        all.sent += t.sent;
        all.heard += t.heard;
        all.frames += t.frames;
        all.turns += t.turns;
        all.spent += t.spent;
    }
    return all;
}

static void measure_idle(void)
{
    struct traffic hub = traffic_of(HUB), all = sum();
    run_for(IDLE_MS);
    struct traffic hub_after = traffic_of(HUB), all_after = sum();
    print_idle("idle, each", &all, &all_after, (double)n_hosts);
    print_idle("idle, hub ", &hub, &hub_after, 1);
}

static bool report(const char *what, int64_t took_ms)
{
    if (took_ms < 0) {
        printf("%s: not everywhere after %d s\n", what, GIVE_UP_MS / 1000);
        return false;
    }
    printf("%s: everywhere after %lld ms\n", what, (long long)took_ms);
    return true;
}

static bool measure_news(void)
{
    uint64_t events = events_at(HUB);
    publish(n_hosts / 2);
    bool good = report("one event", await(events + 1)); /* and the EpochStart before it */
    run_for(SETTLE_MS);
    events = events_at(HUB);
    for (size_t i = 0; i < n_hosts; i++) {
        publish(i);
    }
    good &= report("one event of each", await(events + n_hosts));
    run_for(SETTLE_MS);
    events = events_at(HUB);
    for (size_t i = 0; i < 100; i++) {
        publish(n_hosts / 3);
    }
    return report("a hundred events of one", await(events + 100)) && good;
}

static void print_cost(clock_t began)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("memory: %.1f MiB for each node and its disk\n",
           (double)usage.ru_maxrss / 1024 / (double)n_hosts);
    printf("processor: %.1f s for %.0f s of %zu nodes\n",
           (double)(clock() - began) / CLOCKS_PER_SEC, (double)now_ms / 1000, n_hosts);
}

int main(int argc, char **argv)
{
    clock_t began = clock();
    n_hosts = argc > 1 ? strtoul(argv[1], NULL, 10) : n_hosts;
    degree = argc > 2 ? strtoul(argv[2], NULL, 10) : degree;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (n_hosts < 3 || n_hosts > NODES_MAX || argc > 3) {
        fputs("usage: region [N from 3 to 401] [DEGREE]\n", stderr);
        return 64;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        wheel_end[i] = &wheel[i];
    }
    for (size_t i = 0; i < n_hosts; i++) {
        char id[16];
        int n = snprintf(id, sizeof id, "GM%04zu", i);
        (void)sb_org_parse(&hosts[i].org, id, (size_t)n);
        fill_random(NULL, hosts[i].seed.b, sizeof hosts[i].seed.b);
        hosts[i].end = &hosts[i].first;
    }
    connect_hosts();
    for (size_t i = 0; i < n_hosts; i++) {
        start(i);
    }
    connect_links();
    run_for(SETTLE_MS);
    double links = 0;
    for (size_t i = 0; i < n_hosts; i++) {
        links += hosts[i].n_links;
    }
    printf("%zu nodes, %.1f connections each, hub %u\n", n_hosts, links / (double)n_hosts,
           hosts[HUB].n_links);
    measure_idle();
    bool good = measure_news();
    measure_idle();
    print_cost(began);
    return good ? 0 : 1;
}
