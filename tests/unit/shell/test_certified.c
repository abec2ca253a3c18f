/* Which certificates a node takes, and which keys speak for an origin then. */
#include "daemon/shell/certified.h"

#include "daemon/shell/node_internal.h"
#include "tests/unit/shell/node_talk.h"

static struct node_world *world;
static uint16_t partner;
static struct sb_sign_seed first, second = {{2}}, third = {{3}};

static int open_world(void **state)
{
    world = calloc(1, sizeof *world);
    *state = world;
    world_open(world, "GM0384", "GM0451", 0);
    world_turn(world, NULL, 0);
    partner = sb_node_partner_number(world->node, 0);
    first = world_seed("GM0451");
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

static struct sb_certificate make(const char *org, const char *partnership, int64_t time_ms,
                                  const struct sb_sign_seed *old_seed,
                                  const struct sb_sign_seed *new_seed)
{
    const struct sb_hash hash = sb_partnership_hash(partnership);
    struct sb_certificate c = {.origin = world_org(org), .time = {time_ms}};
    sb_certificate_sign(&c, &hash, old_seed, new_seed);
    return c;
}

static void assert_refused(struct sb_certificate c)
{
    assert_false(sb_certified_learn(world->node, partner, &c));
    assert_null(sb_certified_key(world->node, partner));
}

static void test_certified_key_speaks_for_its_origin_in_both_directions(void **state)
{
    (void)state;
    struct sb_certificate c = make("GM0451", "duoplus", 1000, &first, &second);
    assert_true(sb_certified_learn(world->node, partner, &c));
    assert_true(sb_certified_learn(world->node, partner, &c)); /* again is nothing new */
    assert_memory_equal(sb_certified_key(world->node, partner), &c.new_key, sizeof c.new_key);
    assert_memory_equal(sb_certified_root(world->node, partner), &c.old_key, sizeof c.old_key);
    world->node->origins[partner].key = c.new_key; /* its new key has been pinned since */
    assert_memory_equal(sb_certified_key(world->node, partner), &c.old_key, sizeof c.old_key);
    assert_memory_equal(sb_certified_root(world->node, partner), &c.old_key, sizeof c.old_key);
}

static void test_certified_refuses_what_is_not_for_us(void **state)
{
    (void)state;
    assert_refused(make("GM0451", "duoplus", 1000, &second, &third)); /* by the wrong key */
    assert_refused(make("GM0451", "other", 1000, &first, &second));
    assert_refused(make("GM0437", "duoplus", 1000, &first, &second));
    struct sb_certificate c = make("GM0451", "duoplus", 1000, &first, &second);
    c.new_signature = c.old_signature; /* the new key never agreed */
    assert_refused(c);
    c = make("GM0451", "duoplus", 1000, &first, &second);
    c.time.ms++;
    assert_refused(c);
}

static void test_certified_refuses_an_older_one_that_is_replayed(void **state)
{
    (void)state;
    struct sb_certificate older = make("GM0451", "duoplus", 1000, &first, &second);
    struct sb_certificate newer = make("GM0451", "duoplus", 2000, &first, &third);
    assert_true(sb_certified_learn(world->node, partner, &newer));
    assert_false(sb_certified_learn(world->node, partner, &older));
    assert_memory_equal(sb_certified_key(world->node, partner), &newer.new_key,
                        sizeof newer.new_key);
    struct sb_sign_public stranger = sb_sign_public_of(&second);
    world->node->origins[partner].key = stranger; /* a stolen key was replaced: both are void */
    assert_null(sb_certified_key(world->node, partner));
    assert_false(sb_certified_learn(world->node, partner, &newer) &&
                 sb_certified_key(world->node, partner) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_certified_key_speaks_for_its_origin_in_both_directions,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(test_certified_refuses_what_is_not_for_us, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_certified_refuses_an_older_one_that_is_replayed,
                                        open_world, close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
