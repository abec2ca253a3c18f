/* A node signs what it holds, durably, for whoever may read history: its own heads and those of
 * everybody it knows, in answer to what it was asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/possession.h"
#include "tests/unit/shell/node_talk.h"

static struct sb_message question(uint8_t first)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 7};
    memset(m.query.challenge.b, first, sizeof m.query.challenge.b);
    return m;
}

static void test_node_signs_what_it_holds(void **state)
{
    struct node_world w;
    struct sb_message m = question(5), heard;
    struct sb_possession said;
    struct sb_sign_seed seed = world_seed("GM0384");
    struct sb_sign_public key = sb_sign_public_of(&seed);
    (void)state;
    world_open(&w, "GM0384", "GM0436", 0);
    world_turn(&w, NULL, 0);
    world_fill(&w, 1, 4);
    world_say(&w, WORLD_CLIENT, &m);
    assert_true(world_heard(&w, SB_MSG_POSSESSION, 0, &heard));
    assert_int_equal(heard.request, 7);
    struct sb_bytes statement = heard.possession.statement;
    assert_true(sb_possession_decode(&said, statement, &w.arena));
    assert_true(sb_possession_verify(&said, statement, &key));
    assert_memory_equal(&said.challenge, &m.query.challenge, sizeof said.challenge);
    assert_string_equal(said.node.s, "GM0384");
    assert_int_equal(said.time.ms, w.now.wall.ms);
    assert_int_equal(said.offset.n, 5); /* the EpochStart is the first */
    assert_int_equal(said.n_origins, 2);
    assert_string_equal(said.origins[1].origin.s, "GM0436");
    assert_int_equal(said.origins[1].n_heads, 0);
    assert_int_equal(said.origins[0].n_heads, 1);
    const struct sb_head *head = &said.origins[0].heads[0];
    const struct sb_chain_ref of = {said.partnership, said.origins[0].origin, head->epoch};
    assert_int_equal(head->checkpoint.seq.n, 5);
    assert_int_equal(head->bodies.n, 5);
    assert_true(sb_checkpoint_verify(&head->checkpoint, &of, &key));
    world_close(&w);
}

static void test_node_signs_nothing_for_who_may_not_read(void **state)
{
    struct node_world w;
    struct sb_message m = question(5), heard;
    (void)state;
    world_open(&w, "GM0384", NULL, 0);
    world_turn(&w, NULL, 0);
    world_say(&w, WORLD_STRANGER, &m);
    assert_false(world_heard(&w, SB_MSG_POSSESSION, 0, &heard));
    assert_true(world_heard(&w, SB_MSG_REFUSAL, 0, &heard));
    assert_int_equal(heard.refusal.code, SB_CODE_NOT_ALLOWED);
    m = question(0); /* no challenge: the status */
    world_say(&w, WORLD_CLIENT, &m);
    assert_true(world_heard(&w, SB_MSG_ANSWER, 0, &heard));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_signs_what_it_holds),
        cmocka_unit_test(test_node_signs_nothing_for_who_may_not_read),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
