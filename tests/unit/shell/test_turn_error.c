/* What ends a daemon is what went wrong first, whatever its turn still looked up behind it. */
#include "daemon/shell/node_internal.h"
#include "tests/unit/shell/node_talk.h"

static struct node_world *world;

static int open_world(void **state)
{
    *state = world = world_new("GM0384", "GM0451");
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

static void test_turn_that_failed_keeps_its_first_reason(void **state)
{
    (void)state;
    struct sb_err err = {0};
    struct sb_turn *turn = &world->node->turn;
    turn->err = &err;
    turn->rc = SB_OK;
    (void)sb_err_set(turn->err, SB_E_CORRUPT, "store x: it is damaged; repair it");
    assert_false(sb_turn_found(world->node, SB_E_CORRUPT));
    (void)sb_err_set(turn->err, SB_E_NOTFOUND, "store x: it is not there");
    assert_false(sb_turn_found(world->node, SB_E_NOTFOUND));
    (void)sb_err_set(turn->err, SB_E_IO, "store x: the disk failed");
    assert_false(sb_turn_found(world->node, SB_E_IO));
    assert_int_equal(turn->rc, SB_E_CORRUPT);
    assert_non_null(strstr(err.text, "it is damaged; repair it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_turn_that_failed_keeps_its_first_reason, open_world,
                                        close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
