/* Whatever bytes come from whomever: the node goes on, complains, and still does its work. */
#include "tests/unit/shell/node_talk.h"

enum { SEEDS_MAX = 64, ROUNDS = 80000, PARTNER = 1, PER_TURN = 8 };

struct seed_frame {
    uint8_t bytes[8192];
    size_t n;
};

static struct seed_frame seeds[SEEDS_MAX];
static size_t n_seeds;
static uint64_t dice = 88172645463325252u;

/* Marsaglia's xorshift: the same bytes in every run. */
static uint64_t roll(uint64_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % below;
}

static void keep(struct sb_bytes frame)
{
    if (n_seeds < SEEDS_MAX && frame.n <= sizeof seeds[0].bytes) {
        memcpy(seeds[n_seeds].bytes, frame.p, frame.n);
        seeds[n_seeds++].n = frame.n;
    }
}

static void keep_message(struct node_world *w, const struct sb_message *m)
{
    keep(sb_wire_encode(m, &w->arena));
}

static void keep_outbox(const struct node_world *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        if (w->out.items[i].kind != SB_OUT_HURRY) {
            keep(w->out.items[i].frame);
        }
    }
}

/* One honest frame of most kinds, made by a partner's node and a client. */
static void gather(struct node_world *partner)
{
    struct sb_submission item = world_custom(partner, 1, "text", "");
    struct sb_message m = world_publish(1, &item, 1);
    keep_message(partner, &m);
    world_say(partner, WORLD_CLIENT, &m);
    keep_outbox(partner);
    struct sb_net_message up = {.event = SB_NET_LINK_UP, .identity = PARTNER};
    world_turn(partner, &up, 1);
    keep_outbox(partner);
    m = (struct sb_message){.type = SB_MSG_HELLO};
    m.hello.partnership = sb_partnership_hash("duoplus");
    m.hello.organisation = world_org("GM0384");
    m.hello.boot_nonce.b[0] = m.hello.store_id.b[0] = 1;
    world_say(partner, PARTNER, &m);
    keep_outbox(partner);
    m = (struct sb_message){.type = SB_MSG_SUBSCRIBE};
    m.subscribe.credit = 10;
    m.subscribe.follow = true;
    keep_message(partner, &m);
    m = (struct sb_message){.type = SB_MSG_FETCH};
    m.fetch.origin = world_org("GM0384");
    keep_message(partner, &m);
    m = (struct sb_message){.type = SB_MSG_WANT};
    m.want.origin = world_org("GM0384");
    m.want.epoch.counter = 1;
    m.want.from.n = 1;
    m.want.credit = 100000;
    keep_message(partner, &m);
    m = (struct sb_message){.type = SB_MSG_QUERY};
    keep_message(partner, &m);
}

/* A seed with some of its bytes changed, cut short or lengthened, or the tail of another on it. */
static struct sb_bytes mutate(uint8_t *out, size_t cap)
{
    const struct seed_frame *seed = &seeds[roll(n_seeds)];
    size_t n = seed->n;
    memcpy(out, seed->bytes, n);
    for (uint64_t changes = roll(6); changes > 0; changes--) {
        out[roll(n)] = (uint8_t)(roll(3) == 0 ? 0xff : roll(256));
    }
    if (roll(4) == 0) {
        n = 1 + roll(n);
    }
    const struct seed_frame *other = &seeds[roll(n_seeds)];
    if (roll(4) == 0 && n + other->n <= cap) {
        memcpy(out + n, other->bytes, other->n);
        n += other->n;
    }
    return (struct sb_bytes){out, n};
}

static struct sb_net_message some_message(struct sb_bytes frame)
{
    static const enum sb_net_event events[] = {SB_NET_REQUEST, SB_NET_REPLY,   SB_NET_PUBLISHED,
                                               SB_NET_REQUEST, SB_NET_CROWDED, SB_NET_REJECTED};
    static const uint32_t identities[] = {PARTNER, WORLD_CLIENT, WORLD_STRANGER,  0, 2, UINT32_MAX,
                                          PARTNER, WORLD_CLIENT, WORLD_CLIENT + 2};
    return (struct sb_net_message){.event = events[roll(sizeof events / sizeof events[0])],
                                   .identity =
                                       identities[roll(sizeof identities / sizeof identities[0])],
                                   .session = (uint32_t)roll(4) + 10,
                                   .frame = frame};
}

static void test_node_goes_on_whatever_comes(void **state)
{
    (void)state;
    static uint8_t bytes[PER_TURN][2 * sizeof seeds[0].bytes];
    struct node_world *w = calloc(1, sizeof *w), *partner = calloc(1, sizeof *partner);
    struct sb_net_message net[PER_TURN];
    world_open(w, "GM0384", "GM0437", 0);
    world_open(partner, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    world_turn(partner, NULL, 0);
    gather(partner);
    assert_true(n_seeds > 10);
    for (unsigned i = 0; i < ROUNDS / PER_TURN; i++) {
        for (size_t k = 0; k < PER_TURN; k++) {
            net[k] = some_message(mutate(bytes[k], sizeof bytes[k]));
        }
        world_turn(w, net, PER_TURN);
        sb_arena_reset(&w->arena);
    }
    assert_true(w->complaints > ROUNDS / 4);
    world_fill(w, 500, 3);
    world_close(w);
    world_close(partner);
    free(w);
    free(partner);
}

/* Thousands of questions in one turn: what does not fit is left out, and nothing ends. */
static void test_node_goes_on_when_a_turn_is_flooded_with_questions(void **state)
{
    (void)state;
    struct node_world *w = calloc(1, sizeof *w);
    struct sb_net_message *net = calloc(SB_TURN_INPUTS_MAX, sizeof *net);
    struct sb_message questions[4] = {{.type = SB_MSG_SUMMARY_REQUEST},
                                      {.type = SB_MSG_FRONTIER_REQUEST},
                                      {.type = SB_MSG_FETCH},
                                      {.type = SB_MSG_QUERY}};
    struct sb_message heard;
    world_open(w, "GM0384", "GM0437", 0);
    world_turn(w, NULL, 0);
    world_fill(w, 1, 1000);
    questions[0].summary.origin = questions[2].fetch.origin = world_org("GM0384");
    questions[0].summary.to = UINT32_MAX;
    for (size_t i = 0; i < SB_TURN_INPUTS_MAX; i++) {
        uint32_t identity = i % 4 < 2 ? PARTNER : WORLD_CLIENT;
        net[i] = world_request(w, identity, 10, &questions[i % 4]);
    }
    world_turn(w, net, SB_TURN_INPUTS_MAX);
    assert_true(world_heard(w, SB_MSG_FETCHED, 0, &heard));
    assert_true(world_heard(w, SB_MSG_REFUSAL, 0, &heard)); /* of a page too many */
    size_t bytes = 0;
    for (size_t i = 0; i < w->out.n; i++) {
        bytes += w->out.items[i].frame.n;
    }
    assert_true(bytes <= SB_OUTBOX_BYTES_MAX + SB_FRAME_MAX);
    sb_arena_reset(&w->arena);
    world_fill(w, 5000, 3);
    world_close(w);
    free(w);
    free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_goes_on_whatever_comes),
        cmocka_unit_test(test_node_goes_on_when_a_turn_is_flooded_with_questions),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
