/* Reading a stream: order, credit, the end, and going on after a lost connection or at a daemon
 * that lost its store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/clients/fake_connection.h"
#include "tests/unit/proto/history.h"

enum { EVENTS = 1200 };

/* A daemon with one history, in frames of `per_frame` events. */
struct world {
    struct history history;
    const char *store;
    size_t per_frame, next; /* index of the next event that is sent */
    size_t stop_at;         /* it sends nothing from here on */
    uint32_t subscription, credit;
    bool end, refuse;
};

static struct world world;

static void deliver(struct fake *fake, size_t n)
{
    struct sb_delivered items[EVENTS];
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct sb_delivered){.offset = {world.next + i + 1},
                                         .item = world.history.events.items[world.next + i],
                                         .state = SB_BODY_PRESENT};
    }
    world.next += n;
    struct sb_message m = {.type = SB_MSG_DELIVER};
    m.deliver = (struct sb_deliver){.subscription = world.subscription,
                                    .items = items,
                                    .n_items = n,
                                    .end = world.end && world.next == world.stop_at,
                                    .position = {world.next + 1}};
    fake_answer(fake, &m);
}

static void on_subscribe(struct fake *fake, const struct sb_message *m)
{
    world.subscription = m->subscribe.subscription;
    world.credit = m->subscribe.credit;
    if (m->subscribe.from_offset.n > 0) {
        world.next = m->subscribe.from_offset.n - 1;
    }
    for (size_t i = 0; i < m->subscribe.n_cursor; i++) {
        world.next = m->subscribe.cursor[i].seq.n;
    }
    if (world.refuse) {
        struct sb_message a = {.type = SB_MSG_REFUSAL, .request = m->request};
        a.refusal.code = SB_CODE_NOT_ALLOWED;
        fake_answer(fake, &a);
        world.stop_at = 0;
    }
}

static void daemon_turn(struct fake *fake)
{
    for (const struct sb_message *m; (m = fake_next(fake)) != NULL;) {
        if (m->type == SB_MSG_QUERY) {
            struct sb_status status = {.organisation = "GM0384", .store_id = world.store};
            struct sb_message a = {.type = SB_MSG_ANSWER, .request = m->request, .status = &status};
            fake_answer(fake, &a);
        } else if (m->type == SB_MSG_SUBSCRIBE) {
            on_subscribe(fake, m);
        } else if (m->type == SB_MSG_CREDIT) {
            world.credit += m->credit.credit;
        }
    }
    if (world.subscription != 0 && world.next < world.stop_at) {
        size_t left = world.stop_at - world.next, n = world.per_frame;
        n = n < left ? n : left;
        n = n < world.credit ? n : world.credit;
        world.credit -= (uint32_t)n;
        if (n > 0) {
            deliver(fake, n);
        }
    }
}

static struct sb_subscription *open_stream(struct fake *fake, const char *cursor)
{
    struct sb_subscription *s;
    struct sb_subscription_options o = {.cursor = cursor, .follow = !world.end};
    world.next = world.subscription = world.credit = 0;
    fake_init(fake, daemon_turn);
    assert_int_equal(sb_subscription_new(&s, &fake->client, &o, NULL), SB_OK);
    return s;
}

static void close_stream(struct fake *fake, struct sb_subscription *s)
{
    sb_subscription_free(s);
    fake_fini(fake);
}

static void expect_next(struct sb_subscription *s, size_t index)
{
    const struct sb_delivered *event = NULL;
    assert_int_equal(sb_subscription_next(s, &event, 1000, NULL), SB_OK);
    assert_int_equal(event->item.link.seq.n, index + 1);
}

static int set_up(void **state)
{
    struct history_plan plan = {.events = EVENTS, .per_checkpoint = 100, .payload = 10};
    (void)state;
    world = (struct world){.store = "one", .per_frame = 10, .stop_at = 35, .end = true};
    history_init(&world.history, &plan);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_fini(&world.history);
    return 0;
}

static void test_subscription_gives_every_event_once_up_to_the_end(void **state)
{
    struct fake fake;
    const struct sb_delivered *event;
    (void)state;
    struct sb_subscription *s = open_stream(&fake, NULL);
    for (size_t i = 0; i < 35; i++) {
        expect_next(s, i);
    }
    assert_int_equal(sb_subscription_next(s, &event, 1000, NULL), SB_E_NOTFOUND);
    assert_int_equal(fake.sent[0].type, SB_MSG_QUERY);
    assert_int_equal(fake.sent[1].subscribe.from_offset.n, 1);
    close_stream(&fake, s);
}

static void test_subscription_says_again_when_nothing_comes(void **state)
{
    struct fake fake;
    const struct sb_delivered *event;
    (void)state;
    world.stop_at = 0;
    struct sb_subscription *s = open_stream(&fake, NULL);
    assert_int_equal(sb_subscription_next(s, &event, 300, NULL), SB_E_AGAIN);
    close_stream(&fake, s);
}

static void test_subscription_pays_credit_back_when_events_were_taken(void **state)
{
    struct fake fake;
    (void)state;
    world.per_frame = 400;
    world.stop_at = EVENTS;
    struct sb_subscription *s = open_stream(&fake, NULL);
    for (size_t i = 0; i < EVENTS; i++) {
        expect_next(s, i);
    }
    size_t paid = 0;
    for (size_t i = 0; i < fake.n_sent; i++) {
        paid += fake.sent[i].type == SB_MSG_CREDIT ? fake.sent[i].credit.credit : 0;
    }
    assert_true(paid >= 512 && paid <= EVENTS);
    close_stream(&fake, s);
}

static void test_subscription_goes_on_where_it_was_when_the_connection_was_lost(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_subscription *s = open_stream(&fake, NULL);
    for (size_t i = 0; i < 14; i++) { /* 20 have come */
        expect_next(s, i);
    }
    fake_disconnect(&fake);
    fake_connect(&fake);
    for (size_t i = 14; i < 35; i++) {
        expect_next(s, i);
    }
    const struct sb_message *last = &fake.sent[fake.n_sent - 1];
    assert_int_equal(last->type, SB_MSG_SUBSCRIBE);
    assert_true(last->subscribe.from_offset.n >= 21);
    close_stream(&fake, s);
}

static void test_subscription_goes_on_by_tips_when_the_store_is_another(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_subscription *s = open_stream(&fake, NULL);
    for (size_t i = 0; i < 14; i++) {
        expect_next(s, i);
    }
    world.store = "two";
    fake_disconnect(&fake);
    fake_connect(&fake);
    /* What had come from the old store was kept until the new one was known; it is not repeated. */
    const struct sb_delivered *event;
    for (size_t expected = 15; expected <= 35; expected++) {
        assert_int_equal(sb_subscription_next(s, &event, 1000, NULL), SB_OK);
        assert_int_equal(event->item.link.seq.n, expected);
    }
    const struct sb_message *last = &fake.sent[fake.n_sent - 1];
    assert_int_equal(last->subscribe.from_offset.n, 0);
    assert_int_equal(last->subscribe.n_cursor, 1);
    close_stream(&fake, s);
}

static void test_subscription_goes_on_from_a_cursor(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_subscription *s = open_stream(&fake, NULL);
    for (size_t i = 0; i < 14; i++) {
        expect_next(s, i);
    }
    char *cursor = sb_subscription_cursor(s);
    assert_non_null(cursor);
    close_stream(&fake, s);

    s = open_stream(&fake, cursor); /* the same store: by offset, in the middle of a frame */
    expect_next(s, 14);
    assert_int_equal(fake.sent[1].subscribe.from_offset.n, 15);
    close_stream(&fake, s);

    world.store = "two";
    s = open_stream(&fake, cursor);
    expect_next(s, 14);
    assert_int_equal(fake.sent[1].subscribe.n_cursor, 1);
    assert_int_equal(fake.sent[1].subscribe.cursor[0].seq.n, 14);
    close_stream(&fake, s);
    free(cursor);
}

static void test_subscription_is_refused_when_the_daemon_says_so(void **state)
{
    struct fake fake;
    const struct sb_delivered *event;
    struct sb_err err = {0};
    (void)state;
    world.refuse = true;
    struct sb_subscription *s = open_stream(&fake, NULL);
    assert_int_equal(sb_subscription_next(s, &event, 1000, &err), SB_E_REFUSED);
    assert_non_null(strstr(err.text, "not_allowed"));
    close_stream(&fake, s);
}

static void test_subscription_refuses_what_is_no_cursor(void **state)
{
    struct fake fake;
    struct sb_subscription *s;
    struct sb_subscription_options o = {.cursor = "{}"};
    (void)state;
    fake_init(&fake, daemon_turn);
    assert_int_equal(sb_subscription_new(&s, &fake.client, &o, NULL), SB_E_INPUT);
    assert_null(s);
    fake_fini(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_subscription_gives_every_event_once_up_to_the_end,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subscription_says_again_when_nothing_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_subscription_pays_credit_back_when_events_were_taken,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_subscription_goes_on_where_it_was_when_the_connection_was_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subscription_goes_on_by_tips_when_the_store_is_another,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subscription_goes_on_from_a_cursor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subscription_is_refused_when_the_daemon_says_so,
                                        set_up, tear_down),
        cmocka_unit_test(test_subscription_refuses_what_is_no_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
