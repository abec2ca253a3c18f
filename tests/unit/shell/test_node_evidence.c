/* Evidence of ids with two contents, where an announcement (PROTOCOL §9.4) says which of them
 * count: nobody is accused of what another signed with his key, nor cleared by it. */
#include "proto/rekey.h"
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 6, USED = 3, AGAIN = 4 }; /* of the items: the id of the first one is used again */

static struct node_world *world;
static struct history owner, thief;
static struct sb_rekey_tip tip;
static struct sb_rekey rekey;
static const struct sb_sign_seed anew = {{5}};

static int open_world(void **state)
{
    *state = world = world_new("GM0437", "GM0384");
    world_hello(world);
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    history_fini(&owner);
    history_fini(&thief);
    return 0;
}

/* From this item on it says something else, under an id that is used. */
static void use_again(struct history *h, size_t at, size_t payload)
{
    struct sb_item *item = &h->events.items[at];
    item->link.id = h->events.items[USED].link.id;
    world_give_body(item, sb_body_seal(history_submission(payload, &h->arena), (struct sb_time){7},
                                       "operator", &h->arena));
    history_relink(h, at);
}

/* Shows it, and answers whatever is asked for. */
static void bring(const struct history *h, uint64_t counter)
{
    struct sb_message m;
    world_show(world, h, counter);
    while (world_heard(world, SB_MSG_WANT, 0, &m)) {
        world_answer(world, h, m.want.from.n - 1, h->events.n_items - (m.want.from.n - 1));
    }
}

/* Of the owner's history all counts, and nothing else. */
static void announce(void)
{
    tip = (struct sb_rekey_tip){
        owner.events.epoch, {EVENTS}, sb_link_hash(&owner.events.items[EVENTS - 1].link)};
    world_announce(world, &owner, &anew, &tip, &rekey);
}

/* The ids with two contents; their number. */
static size_t find_conflicts(struct sb_evidence_item *last)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 3}, heard;
    size_t n = 0;
    m.query.evidence = true;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_EVIDENCE, 0, &heard));
    assert_true(heard.evidence.end);
    for (size_t i = 0; i < heard.evidence.n_items; i++) {
        if (heard.evidence.items[i].kind == SB_EVIDENCE_ID_CONFLICT) {
            *last = heard.evidence.items[i];
            n++;
        }
    }
    return n;
}

static void test_evidence_accuses_nobody_of_what_was_signed_beside_his_history(void **state)
{
    (void)state;
    struct sb_evidence_item found;
    world_history(&owner, EVENTS, 1);
    world_history(&thief, EVENTS + 2, 1);
    use_again(&thief, AGAIN, 20);
    bring(&owner, 1);
    bring(&thief, 2);
    assert_int_equal(find_conflicts(&found), 1);
    announce();
    assert_int_equal(find_conflicts(&found), 0);
}

/* What came first is of an epoch that no announcement names. */
static void test_evidence_of_what_counts_is_found_behind_what_does_not(void **state)
{
    (void)state;
    struct sb_evidence_item found;
    world_history_of(&thief, EVENTS, 1, 0);
    world_history(&owner, EVENTS, 1);
    thief.events.items[0].link.id.b[15] ^= 1; /* one id is enough */
    history_relink(&thief, 0);
    use_again(&thief, USED, 30);
    use_again(&owner, AGAIN, 20);
    bring(&thief, 1);
    bring(&owner, 2);
    assert_int_equal(find_conflicts(&found), 2);
    announce();
    assert_int_equal(find_conflicts(&found), 1);
    assert_int_equal(found.n_sides, 2);
    for (size_t i = 0; i < found.n_sides; i++) {
        assert_true(sb_epoch_eq(found.sides[i].epoch, owner.events.epoch));
        assert_int_equal(found.sides[i].seq.n, (i == 0 ? USED : AGAIN) + 1);
    }
    assert_true(found.compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_evidence_accuses_nobody_of_what_was_signed_beside_his_history, open_world,
            close_world),
        cmocka_unit_test_setup_teardown(test_evidence_of_what_counts_is_found_behind_what_does_not,
                                        open_world, close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
