/* The count of what changes no view: what only names something unknown may be waiting for it. */
#include "tests/unit/shell/node_history.h"

enum { EVENTS = 8, PER_CHECKPOINT = 4, POSITION = 3, PROPOSAL = 4 };

#define DECISION "01930000-0000-7000-8000-000000000001"
#define REVISION "01930000-0000-7000-8000-000000000002"

static struct node_world *w;
static struct history h;

static void write_event(size_t at, const char *id, const char *json)
{
    struct sb_item *item = &h.events.items[at];
    assert_true(sb_uuid_parse(&item->link.id, id, strlen(id)));
    struct sb_bytes body = world_submission(w, json).body;
    world_give_body(item, sb_arena_copy(&h.arena, body.p, body.n));
}

/* The position comes under a checkpoint before that of its proposal. */
static int open_world(void **state)
{
    (void)state;
    w = calloc(1, sizeof *w);
    world_open(w, "GM0437", "GM0384", 0);
    world_turn(w, NULL, 0);
    world_history(&h, EVENTS, PER_CHECKPOINT);
    write_event(POSITION, "01930000-0000-7000-8000-000000000003",
                "{\"topic\":\"decision/duoplus\",\"position\":{\"decision\":\"GM0384/" DECISION
                "\",\"revision\":\"GM0384/" REVISION
                "\",\"value\":\"in_favour\",\"kind\":\"consent\",\"body\":\"council\","
                "\"dateTaken\":\"2015-01-08\"}}");
    write_event(PROPOSAL, REVISION,
                "{\"topic\":\"decision/duoplus\",\"proposal\":{\"decisionId\":\"" DECISION
                "\",\"title\":\"GR\",\"participants\":[\"GM0384\",\"GM0437\"],"
                "\"rule\":\"consent_all\",\"body\":\"council\",\"deadline\":\"2015-01-31\"}}");
    history_relink(&h, 0);
    world_hello(w);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(w);
    history_fini(&h);
    free(w);
    return 0;
}

static struct sb_status *status(void)
{
    return sb_node_status(w->node, w->now, &w->arena);
}

static void expect(uint64_t events, uint64_t lag, uint64_t without_effect)
{
    struct sb_status *s = status();
    assert_string_equal(w->why, ""); /* no complaint */
    assert_int_equal(s->events, events);
    assert_int_equal(s->lag_events, lag);
    assert_int_equal(s->without_effect, without_effect);
}

static void test_position_before_its_proposal_is_not_counted_while_that_may_come(void **state)
{
    (void)state;
    world_show(w, &h, 1);
    world_answer(w, &h, 0, PER_CHECKPOINT);
    expect(PER_CHECKPOINT, EVENTS - PER_CHECKPOINT, 0);
    for (unsigned turn = 0; turn < 100; turn++) { /* it is asked for what is left, at last */
        struct sb_message m;
        if (world_heard(w, SB_MSG_WANT, 0, &m)) {
            break;
        }
        w->now.mono_ms += 100;
        world_turn(w, NULL, 0);
    }
    world_answer(w, &h, PER_CHECKPOINT, EVENTS - PER_CHECKPOINT);
    expect(EVENTS, 0, 0);
}

static void test_position_on_what_never_comes_is_counted(void **state)
{
    (void)state;
    h.events.n_items = PER_CHECKPOINT; /* there is no more */
    h.events.n_checkpoints = 1;
    world_show(w, &h, 1);
    world_answer(w, &h, 0, PER_CHECKPOINT);
    expect(PER_CHECKPOINT, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_position_before_its_proposal_is_not_counted_while_that_may_come, open_world,
            close_world),
        cmocka_unit_test_setup_teardown(test_position_on_what_never_comes_is_counted, open_world,
                                        close_world),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
