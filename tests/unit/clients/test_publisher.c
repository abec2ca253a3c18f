/* Publishing until there is an answer: lost connections, lost answers, refusals and time-outs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/clients/fake_connection.h"

enum { RESULTS_MAX = 2000 };

static struct sb_published results[RESULTS_MAX];
static size_t n_results;

static void keep_result(void *context, const struct sb_published *p)
{
    (void)context;
    assert_true(n_results < RESULTS_MAX);
    assert_int_equal(p->number, n_results);
    results[n_results++] = *p;
}

static struct sb_uuid id_of(uint8_t n)
{
    return (struct sb_uuid){{n, 1}};
}

static void put(struct sb_publisher *p, uint8_t n)
{
    struct sb_submission event = {.id = id_of(n), .body = {(const uint8_t *)"body", 4}};
    assert_int_equal(sb_publisher_put(p, &event, NULL), SB_OK);
}

static struct sb_publisher *open_publisher(struct fake *fake, void (*daemon)(struct fake *f),
                                           size_t window)
{
    struct sb_publisher *p;
    struct sb_publisher_options o = {
        .window = window, .timeout_ms = 10000, .on_result = keep_result};
    n_results = 0;
    fake_init(fake, daemon);
    assert_int_equal(sb_publisher_new(&p, &fake->client, &o, NULL), SB_OK);
    return p;
}

static void close_publisher(struct fake *fake, struct sb_publisher *p)
{
    sb_publisher_free(p);
    fake_fini(fake);
}

/* Answers a PUBLISH: its items last first, each with `code`. */
static void answer(struct fake *fake, const struct sb_message *m, enum sb_code code)
{
    struct sb_result items[SB_RESULTS_MAX];
    size_t n = m->publish.n_items;
    assert_int_equal(m->type, SB_MSG_PUBLISH);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct sb_result){.index = (uint32_t)(n - 1 - i), .code = code, .text = "why"};
        items[i].seq.n = 100 + m->publish.items[n - 1 - i].id.b[0];
    }
    struct sb_message a = {.type = SB_MSG_RESULTS, .request = m->request};
    a.results = (struct sb_results){.origin = {"GM0384"}, .items = items, .n_items = n};
    fake_answer(fake, &a);
}

static void say_yes(struct fake *fake)
{
    for (const struct sb_message *m; (m = fake_next(fake)) != NULL;) {
        answer(fake, m, SB_CODE_OK);
    }
}

static void test_publisher_gives_results_in_order_when_answers_are_not(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_yes, 8);
    for (uint8_t i = 0; i < 3; i++) {
        put(p, i);
    }
    assert_int_equal(sb_publisher_pending(p), 3);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(n_results, 3);
    for (uint8_t i = 0; i < 3; i++) {
        struct sb_uuid id = id_of(i);
        assert_true(sb_uuid_eq(&results[i].id, &id));
        assert_int_equal(results[i].result.code, SB_CODE_OK);
        assert_int_equal(results[i].result.seq.n, 100 + i);
        assert_string_equal(results[i].origin.s, "GM0384");
    }
    assert_int_equal(fake.n_sent, 1); /* neighbours go together */
    close_publisher(&fake, p);
}

static void test_publisher_blocks_when_the_window_is_full(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_yes, 2);
    put(p, 0);
    put(p, 1);
    assert_int_equal(n_results, 0);
    put(p, 2);
    assert_int_equal(n_results, 2);
    close_publisher(&fake, p);
}

/* Takes the first frame and loses the connection with its answer. */
static void lose_first_answer(struct fake *fake)
{
    if (fake->n_sent == 1 && fake->context != NULL) {
        fake->context = NULL;
        fake_disconnect(fake);
        fake_connect(fake);
        return;
    }
    say_yes(fake);
}

static void test_publisher_sends_the_same_ids_again_when_the_connection_was_lost(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, lose_first_answer, 8);
    fake.context = &fake;
    put(p, 5);
    put(p, 6);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(fake.n_sent, 2);
    assert_int_equal(fake.sent[1].publish.n_items, 2);
    assert_memory_equal(&fake.sent[0].publish.items[0].id, &fake.sent[1].publish.items[0].id, 16);
    assert_int_equal(n_results, 2);
    assert_int_equal(results[1].result.code, SB_CODE_OK);
    close_publisher(&fake, p);
}

static void say_nothing(struct fake *fake)
{
    (void)fake;
}

static void test_publisher_says_unknown_when_no_answer_comes(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_nothing, 8);
    put(p, 1);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_UNKNOWN_OUTCOME);
    assert_true(results[0].sent);
    assert_true(fake.n_sent >= 2); /* it was tried again meanwhile */
    close_publisher(&fake, p);
}

static void test_publisher_says_not_sent_when_nobody_was_there(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_nothing, 8);
    fake_disconnect(&fake);
    put(p, 1);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_UNKNOWN_OUTCOME);
    assert_false(results[0].sent);
    assert_int_equal(fake.n_sent, 0);
    close_publisher(&fake, p);
}

/* The first daemon stops; the one after it says yes. */
static void stop_then_start(struct fake *fake)
{
    const struct sb_message *m = fake_next(fake);
    if (m == NULL) {
        if (fake->n_sent == 1 && fake->at == fake->n_coming) {
            fake_disconnect(fake);
            fake_connect(fake);
        }
        return;
    }
    answer(fake, m, fake->n_sent == 1 ? SB_CODE_SHUTTING_DOWN : SB_CODE_OK);
}

static void test_publisher_tries_the_next_daemon_when_one_is_stopping(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, stop_then_start, 8);
    put(p, 1);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_OK);
    assert_int_equal(fake.n_sent, 2);
    close_publisher(&fake, p);
}

static void say_stopping(struct fake *fake)
{
    for (const struct sb_message *m; (m = fake_next(fake)) != NULL;) {
        answer(fake, m, SB_CODE_SHUTTING_DOWN);
    }
}

static void test_publisher_says_stopping_when_that_is_the_only_answer(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_stopping, 8);
    put(p, 1);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_SHUTTING_DOWN);
    close_publisher(&fake, p);
}

/* The first sending has no answer, every later one is refused by a stopping daemon. */
static void lose_then_stop(struct fake *fake)
{
    if (fake->n_sent == 1) {
        fake_disconnect(fake);
        fake_connect(fake);
        return;
    }
    say_stopping(fake);
}

static void test_publisher_never_says_not_done_when_it_may_have_been(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, lose_then_stop, 8);
    put(p, 1);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_UNKNOWN_OUTCOME);
    close_publisher(&fake, p);
}

static void refuse_all(struct fake *fake)
{
    for (const struct sb_message *m; (m = fake_next(fake)) != NULL;) {
        struct sb_message a = {.type = SB_MSG_REFUSAL, .request = m->request};
        a.refusal.code = SB_CODE_NOT_ALLOWED;
        fake_answer(fake, &a);
    }
}

static void test_publisher_refuses_each_event_when_the_request_is_refused(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, refuse_all, 8);
    put(p, 1);
    put(p, 2);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(results[0].result.code, SB_CODE_NOT_ALLOWED);
    assert_int_equal(results[1].result.code, SB_CODE_NOT_ALLOWED);
    close_publisher(&fake, p);
}

static void test_publisher_sends_early_when_many_wait(void **state)
{
    struct fake fake;
    (void)state;
    struct sb_publisher *p = open_publisher(&fake, say_yes, 1024);
    for (unsigned i = 0; i < 600; i++) {
        put(p, (uint8_t)i);
    }
    assert_true(fake.n_sent >= 4);
    assert_int_equal(sb_publisher_flush(p, NULL), SB_OK);
    assert_int_equal(n_results, 600);
    close_publisher(&fake, p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publisher_gives_results_in_order_when_answers_are_not),
        cmocka_unit_test(test_publisher_blocks_when_the_window_is_full),
        cmocka_unit_test(test_publisher_sends_the_same_ids_again_when_the_connection_was_lost),
        cmocka_unit_test(test_publisher_says_unknown_when_no_answer_comes),
        cmocka_unit_test(test_publisher_says_not_sent_when_nobody_was_there),
        cmocka_unit_test(test_publisher_tries_the_next_daemon_when_one_is_stopping),
        cmocka_unit_test(test_publisher_says_stopping_when_that_is_the_only_answer),
        cmocka_unit_test(test_publisher_never_says_not_done_when_it_may_have_been),
        cmocka_unit_test(test_publisher_refuses_each_event_when_the_request_is_refused),
        cmocka_unit_test(test_publisher_sends_early_when_many_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
