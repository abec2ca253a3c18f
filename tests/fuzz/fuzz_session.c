/* A peer and a client that CURVE has let in, and that lie: any bytes become a sequence of messages
 * to a real node (daemon/shell/node.h) on a disk in memory, sound and unsound, with valid
 * signatures of the liar's own. Whatever comes: no crash, every turn ends well, what the node says
 * can be read and reads as it was meant, its memory stays bounded, nobody is shown a restricted
 * body that is not for him, and nothing is stored that its origin did not sign. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/node.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/session.h"
#include "tests/fuzz/session_liar.h"
#include "tests/sim/disk.h"

#define CANARY      "CaNaRy!"
#define PARTNERSHIP "fuzzed"

enum {
    LIAR, /* partners, in the order of the node's list */
    OTHER,
    PARTNERS,
    CLIENTS = 2,
    OPS_MAX = 200,
    BATCH_MAX = 12, /* messages of one turn */
    ARENA_MAX = 64 * 1024 * 1024,
    GROWTH_MAX = 256 * 1024 * 1024, /* of the process over a fresh node */
};

/* How much the process holds; only where a sanitizer counts it. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

struct session {
    struct session_input in;
    struct sb_arena arena, looked_at; /* of what is said; of one frame of the node */
    struct session_liar liar;
    struct sb_node_partner partners[PARTNERS];
    struct sb_store *store;
    struct sb_signer *signer;
    struct sb_node *node;
    struct sb_now now;
    uint64_t random;
    uint32_t sessions[PARTNERS + CLIENTS], n_sessions;
    struct sb_net_message batch[BATCH_MAX];
    size_t n_batch, base_bytes;
    bool broken; /* the disk is to fail so that the process ends */
};

static void fill_random(void *context, void *out, size_t n)
{
    struct session *s = context;
    for (size_t i = 0; i < n; i++) {
        s->random = s->random * 6364136223846793005u + 1442695040888963407u;
        ((uint8_t *)out)[i] = (uint8_t)(s->random >> 56);
    }
}

/* ---- the node's life */

static void start(struct session *s)
{
    static const char *const topics[] = {"custom/sim", "agenda/raad"};
    static const struct sb_node_client clients[CLIENTS] = {
        {"publisher", {.publish = topics, .n_publish = 2, .rate_per_hour = 1000}},
        {"reader", {.publish = topics, .subscribe = true}},
    };
    struct sb_err err = {0};
    const struct sb_store_options store = {.path = "fuzz",
                                           .partnership = s->liar.said.partnership,
                                           .organisation = s->liar.victim,
                                           .max_size = (uint64_t)1 << 30};
    enum sb_rc rc = sb_store_open(&s->store, &store, &err);
    assert(rc == SB_OK);
    const struct sb_node_options options = {.partnership = PARTNERSHIP,
                                            .organisation = s->liar.victim,
                                            .name = "fuzzed",
                                            .version = "fuzz",
                                            .store = s->store,
                                            .signer = s->signer,
                                            .partners = s->partners,
                                            .n_partners = PARTNERS,
                                            .clients = clients,
                                            .n_clients = CLIENTS,
                                            .quota_bytes = (uint64_t)1 << 28,
                                            .recovery_ms = SB_RECOVERY_MS,
                                            .now = s->now,
                                            .random = fill_random,
                                            .random_context = s};
    if (sb_node_new(&s->node, &options, &err) != SB_OK) { /* the disk fails once, as it was to */
        rc = sb_node_new(&s->node, &options, &err);
        assert(rc == SB_OK);
    }
}

static void stop(struct session *s)
{
    sb_node_free(s->node);
    sb_store_close(s->store);
    s->node = NULL;
    s->n_batch = 0;
}

static void begin(struct session *s, const uint8_t *data, size_t size)
{
    static const char *const names[] = {"GM0384", "GM0437", "GM0451", "GM9999"};
    struct sb_err err = {0};
    struct sb_sign_seed seed = {{1}};
    memset(s, 0, sizeof *s);
    s->in = (struct session_input){data, size};
    s->random = 7;
    s->now = (struct sb_now){1000, {1764000000000}};
    sb_arena_init(&s->arena, ARENA_MAX);
    sb_arena_init(&s->looked_at, ARENA_MAX);
    s->liar.said.partnership = sb_partnership_hash(PARTNERSHIP);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool right = sb_org_parse(&s->liar.pool.orgs[i], names[i], strlen(names[i]));
        assert(right);
    }
    s->liar.pool.n_orgs = sizeof names / sizeof names[0];
    s->liar.victim = s->liar.pool.orgs[0];
    for (size_t i = 0; i < PARTNERS; i++) {
        struct sb_sign_seed theirs = {{(uint8_t)(2 + i)}};
        s->partners[i] = (struct sb_node_partner){.org = s->liar.pool.orgs[1 + i],
                                                  .name = s->liar.pool.orgs[1 + i].s,
                                                  .key = sb_sign_public_of(&theirs),
                                                  .dialled = true,
                                                  .followed = true};
    }
    s->liar.said.origin = s->liar.pool.orgs[1 + LIAR];
    s->liar.said.seed.b[0] = 2;
    for (size_t i = 0; i < PARTNERS + CLIENTS; i++) {
        s->sessions[i] = ++s->n_sessions;
    }
    session_learn_hash(&s->liar.pool, &s->liar.said.partnership);
    for (uint8_t i = 1; i < 5; i++) {
        struct sb_uuid boot = {{i}};
        session_learn_uuid(&s->liar.pool, &boot);
    }
    enum sb_rc rc = sb_signer_new(&s->signer, &seed, &err);
    assert(rc == SB_OK);
    start(s);
    s->base_bytes = __sanitizer_get_current_allocated_bytes == NULL
                        ? 0
                        : __sanitizer_get_current_allocated_bytes();
}

/* ---- what is checked */

static int find_said(const struct session *s, const struct sb_hash *hash)
{
    for (size_t i = 0; i < s->liar.said.n; i++) {
        if (sb_hash_eq(&s->liar.said.links[i].hash, hash)) {
            return (int)i;
        }
    }
    return -1;
}

/* What is stored of the liar is what it signed, once, behind what lies below it; of the other
 * partner, who was silent, nothing is. */
static void check_log(struct session *s)
{
    struct sb_record *r = malloc(sizeof *r);
    struct sb_offset at = {1};
    bool released = false, held[SESSION_LINKS_MAX] = {false};
    assert(r != NULL);
    (void)sb_store_refresh(s->store, NULL);
    for (; sb_store_next(s->store, at, &at, &released, r, NULL) == SB_OK; at.n++) {
        const struct sb_link *link = &r->item.link;
        struct sb_hash hash = sb_link_hash(link);
        assert(r->item.salt == NULL || sb_link_entitles(link, &s->liar.victim));
        if (sb_org_eq(&link->origin, &s->liar.victim)) {
            continue;
        }
        int said = find_said(s, &hash);
        assert(said >= 0 && held[said] == released);
        int before = find_said(s, &link->prev);
        assert(link->seq.n == 1 || (before >= 0 && held[before]));
        held[said] = true;
    }
    free(r);
}

static void check_outgoing(struct session *s, const struct sb_outgoing *o)
{
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    if (o->kind == SB_OUT_HURRY) {
        return;
    }
    assert(o->frame.n >= SB_WIRE_HEADER && o->frame.n <= SB_FRAME_MAX);
    sb_arena_reset(&s->looked_at);
    enum sb_code code = sb_wire_decode(&m, o->frame, &s->looked_at, why);
    assert(code == SB_CODE_OK);
    struct sb_bytes again = sb_wire_encode(&m, &s->looked_at);
    assert(again.p == NULL || (again.n == o->frame.n && memcmp(again.p, o->frame.p, again.n) == 0));
    bool for_liar = o->kind == SB_OUT_PUBLISH ||
                    (o->kind == SB_OUT_ASK && o->to == sb_node_partner_number(s->node, LIAR)) ||
                    (o->kind == SB_OUT_ANSWER && o->to == s->sessions[LIAR]);
    assert(!for_liar || memmem(o->frame.p, o->frame.n, CANARY, sizeof CANARY - 1) == NULL);
    if (for_liar && o->kind != SB_OUT_PUBLISH) {
        session_learn(&s->liar, &m);
    }
}

static void turn(struct session *s)
{
    struct sb_outbox out = {0};
    struct sb_err err = {0};
    enum sb_rc rc = sb_node_turn(s->node, s->now, s->batch, s->n_batch, true, &out, &err);
    assert(rc == SB_OK || s->broken);
    for (size_t i = 0; rc == SB_OK && i < out.n; i++) {
        check_outgoing(s, &out.items[i]);
    }
    if (__sanitizer_get_current_allocated_bytes != NULL) {
        assert(__sanitizer_get_current_allocated_bytes() < s->base_bytes + GROWTH_MAX);
    }
    s->n_batch = 0;
    if (rc != SB_OK) {
        s->broken = false;
        stop(s);
        start(s);
    }
}

/* ---- saying */

static uint32_t identity_of(const struct session *s, size_t who)
{
    return who < PARTNERS ? sb_node_partner_number(s->node, who)
                          : SB_IDENTITY_CLIENT + (uint32_t)(who - PARTNERS);
}

static void send(struct session *s, size_t who, enum sb_net_event event, struct sb_bytes topic,
                 struct sb_bytes frame)
{
    if (s->n_batch == BATCH_MAX) {
        turn(s);
    }
    event = who >= PARTNERS && event != SB_NET_SESSION_GONE ? SB_NET_REQUEST : event;
    bool by_session = event == SB_NET_REQUEST || event == SB_NET_SESSION_GONE;
    s->batch[s->n_batch++] = (struct sb_net_message){.event = event,
                                                     .identity = identity_of(s, who),
                                                     .session = by_session ? s->sessions[who] : 0,
                                                     .topic = topic,
                                                     .frame = frame};
}

static void say(struct session *s, size_t who, struct sb_bytes frame)
{
    uint8_t spoil = session_byte(&s->in);
    if (frame.p != NULL) {
        session_spoil(&s->in, spoil, frame);
        send(s, who, spoil % 2 == 0 ? SB_NET_REQUEST : SB_NET_REPLY, (struct sb_bytes){0}, frame);
    }
}

static void say_message(struct session *s, size_t who, const struct sb_message *m)
{
    say(s, who, sb_wire_encode(m, &s->arena));
}

static void broadcast(struct session *s, size_t who)
{
    const char *topic;
    struct sb_bytes frame = session_broadcast(&s->liar, &s->in, &topic, &s->arena);
    if (frame.p != NULL) {
        send(s, who, SB_NET_PUBLISHED, (struct sb_bytes){(const uint8_t *)topic, strlen(topic)},
             frame);
    }
}

/* A client's event, with the canary where it is not for the liar. */
static void publish(struct session *s)
{
    static const uint8_t plain[] = "\x0a\x0a"
                                   "custom/sim"
                                   "\x8a\x01\x0e"
                                   "\x0a\x03"
                                   "a/b"
                                   "\x12\x07" CANARY;
    struct sb_org audience[2] = {s->liar.victim, s->liar.pool.orgs[1 + OTHER]};
    struct sb_submission item = {.audience = {audience, 2}, .body = {plain, sizeof plain - 1}};
    uint8_t how = session_byte(&s->in);
    item.id.b[0] = (uint8_t)(how % 8);
    item.id.b[6] = 0x70;
    item.id.b[8] = 0x80;
    struct sb_message m = {.type = SB_MSG_PUBLISH, .request = how};
    m.publish = (struct sb_publish){.remote = how / 64, .items = &item, .n_items = 1};
    say_message(s, PARTNERS, &m);
}

static void subscribe(struct session *s)
{
    uint8_t how = session_byte(&s->in);
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = how};
    m.subscribe = (struct sb_subscribe){.subscription = how % 4,
                                        .from_offset = {1},
                                        .follow = how % 2 == 0,
                                        .system = how % 3 == 0,
                                        .stubs = how % 5 == 0,
                                        .credit = how};
    say_message(s, PARTNERS + 1, &m);
}

static void anything(struct session *s, size_t who)
{
    uint8_t type = session_byte(&s->in);
    uint32_t request = type % 2 == 0 ? s->liar.asked : type;
    struct sb_bytes frame =
        session_frame(&s->in, &s->liar.pool, &s->liar.said, type % 66, request, &s->arena);
    if (frame.p != NULL) {
        send(s, who, type < 128 ? SB_NET_REQUEST : SB_NET_REPLY, (struct sb_bytes){0}, frame);
    }
}

static void pass_time(struct session *s)
{
    static const int64_t steps_ms[] = {1, 20, 500, 2500, 6000, 31000, 120000};
    uint8_t how = session_byte(&s->in);
    int64_t step_ms = steps_ms[how % (sizeof steps_ms / sizeof steps_ms[0])];
    s->now.mono_ms += step_ms;
    s->now.wall.ms += how > 240 ? -step_ms : step_ms;
    turn(s);
}

static void fail_disk(struct session *s)
{
    uint8_t how = session_byte(&s->in);
    s->broken = how % 4 == 3;
    bool kept = s->broken && how % 8 == 7;
    sb_disk_fail_commit(sb_disk_at("fuzz"), s->broken ? SB_E_IO : SB_E_FULL, kept);
}

static void change_connection(struct session *s, size_t who)
{
    uint8_t how = session_byte(&s->in) % 3;
    send(s, who % PARTNERS, how == 0 ? SB_NET_LINK_UP : SB_NET_LINK_DOWN, (struct sb_bytes){0},
         (struct sb_bytes){0});
    if (how == 2) {
        send(s, who, SB_NET_SESSION_GONE, (struct sb_bytes){0}, (struct sb_bytes){0});
        s->sessions[who] = ++s->n_sessions;
    }
}

static void act(struct session *s)
{
    uint8_t op = session_byte(&s->in);
    size_t who = op % 16 == 15 ? OTHER : LIAR;
    const struct sb_org *org = &s->liar.pool.orgs[1 + who];
    switch (op == 255 ? 16 : op / 16) {
    case 0: say(s, who, session_greet(&s->liar, &s->in, org, &s->arena)); break;
    case 1: say(s, who, session_show(&s->liar, &s->in, org, s->now.wall, &s->arena)); break;
    case 2:
    case 3: session_say_more(&s->liar, &s->in, &s->arena); break;
    case 4:
    case 5: say(s, who, session_tell(&s->liar, &s->in, &s->arena)); break;
    case 6: broadcast(s, who); break;
    case 7: publish(s); break;
    case 8: subscribe(s); break;
    case 9:
    case 10: anything(s, op % 4); break;
    case 11: change_connection(s, op % 4); break;
    case 12: pass_time(s); break;
    case 13: turn(s); break;
    case 14: fail_disk(s); break;
    case 15: anything(s, LIAR); break;
    default:
        stop(s);
        start(s);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session s;
    begin(&s, data, size);
    for (size_t i = 0; i < OPS_MAX && s.in.n > 0; i++) {
        act(&s);
    }
    s.now.mono_ms += 10000;
    s.now.wall.ms += 10000;
    turn(&s);
    check_log(&s);
    stop(&s);
    sb_signer_free(s.signer);
    sb_disk_forget_all();
    sb_arena_fini(&s.arena);
    sb_arena_fini(&s.looked_at);
    return 0;
}
