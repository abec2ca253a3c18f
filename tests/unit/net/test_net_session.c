/* The table of sessions alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/net/session.h"

static int set_up(void **state)
{
    struct sb_net_sessions *s = malloc(sizeof *s);
    assert_non_null(s);
    sb_net_sessions_init(s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static uint32_t begin(struct sb_net_sessions *s, uint32_t routing_id, uint32_t identity)
{
    return sb_net_sessions_begin(s, routing_id, identity, (int)routing_id)->number;
}

static void expect_gone(struct sb_net_sessions *s, uint32_t number, uint32_t identity)
{
    uint32_t gone, whose;
    assert_true(sb_net_sessions_announce(s, &gone, &whose));
    assert_int_equal(gone, number);
    assert_int_equal(whose, identity);
}

static void expect_nobody_gone(struct sb_net_sessions *s)
{
    uint32_t number, identity;
    assert_false(sb_net_sessions_announce(s, &number, &identity));
}

static void test_session_is_found_by_connection_and_by_number(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t a = begin(s, 100, 1);
    uint32_t b = begin(s, 100 + SB_NET_SESSION_PLACES, 2); /* the same chain */
    assert_int_equal(sb_net_sessions_of(s, 100)->number, a);
    assert_int_equal(sb_net_sessions_of(s, 100 + SB_NET_SESSION_PLACES)->number, b);
    assert_null(sb_net_sessions_of(s, 101));
    assert_int_equal(sb_net_sessions_find(s, b)->identity, 2);
    assert_null(sb_net_sessions_find(s, b + SB_NET_SESSION_PLACES));

    sb_net_sessions_end(s, sb_net_sessions_find(s, a));
    assert_null(sb_net_sessions_find(s, a));
    assert_null(sb_net_sessions_of(s, 100));
    assert_int_equal(sb_net_sessions_of(s, 100 + SB_NET_SESSION_PLACES)->number, b);
    expect_gone(s, a, 1);
    expect_nobody_gone(s);
}

static void test_session_number_is_never_used_again(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t first = begin(s, 0, 1);
    sb_net_sessions_disconnect(s, 0);
    expect_gone(s, first, 1);
    for (uint32_t i = 1; i < 3 * SB_NET_SESSION_PLACES; i++) {
        uint32_t number = begin(s, i, 1);
        assert_int_not_equal(number, first);
        assert_int_not_equal(number, 0);
        sb_net_sessions_disconnect(s, (int)i);
        expect_gone(s, number, 1);
    }
}

static void test_session_ends_when_its_descriptor_closes(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t a = begin(s, 10, 1), b = begin(s, 11, 1);
    sb_net_sessions_disconnect(s, 99);
    expect_nobody_gone(s);
    sb_net_sessions_disconnect(s, 10);
    expect_gone(s, a, 1);
    /* A new connection with the descriptor of one that nobody told us has closed. */
    uint32_t c = sb_net_sessions_begin(s, 12, 2, 11)->number;
    expect_gone(s, b, 1);
    assert_non_null(sb_net_sessions_find(s, c));
}

static void test_session_ends_for_no_other_of_its_key(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t numbers[SB_SESSIONS_PER_KEY];
    for (uint32_t i = 0; i < SB_SESSIONS_PER_KEY; i++) {
        numbers[i] = begin(s, i, 1);
    }
    assert_int_equal(sb_net_sessions_room(s, 1), SB_NET_KEY_IS_FULL);
    assert_null(sb_net_sessions_begin(s, 1000, 1, 1000));
    expect_nobody_gone(s);
    assert_null(sb_net_sessions_of(s, 1000));
    assert_non_null(sb_net_sessions_find(s, begin(s, 1001, 2)));

    sb_net_sessions_disconnect(s, 3);
    expect_gone(s, numbers[3], 1);
    assert_int_equal(sb_net_sessions_room(s, 1), SB_NET_ROOM);
    assert_non_null(sb_net_sessions_begin(s, 1000, 1, 1000));
}

/* What a new connection's descriptor says of an older one comes before the count. */
static void test_session_takes_the_place_of_one_whose_descriptor_it_has(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t first = begin(s, 0, 1);
    for (uint32_t i = 1; i < SB_SESSIONS_PER_KEY; i++) {
        (void)begin(s, i, 1);
    }
    assert_non_null(sb_net_sessions_begin(s, 1000, 1, 0));
    expect_gone(s, first, 1);
    expect_nobody_gone(s);
}

/* Fills the table with `keys` keys from 1 on, each with as many as it may have; how many began. */
static size_t fill(struct sb_net_sessions *s, uint32_t keys)
{
    size_t began = 0;
    for (uint32_t i = 0; i < keys * SB_SESSIONS_PER_KEY; i++) {
        uint32_t key = 1 + i / SB_SESSIONS_PER_KEY;
        began += sb_net_sessions_begin(s, i, key, (int)i) != NULL;
    }
    return began;
}

static void test_session_ends_for_nobody_when_the_table_is_full(void **state)
{
    struct sb_net_sessions *s = *state;
    assert_int_equal(fill(s, SB_SESSIONS_MAX / SB_SESSIONS_PER_KEY), SB_SESSIONS_MAX);
    assert_int_equal(sb_net_sessions_room(s, 5000), SB_NET_ALL_IS_FULL);
    assert_null(sb_net_sessions_begin(s, 5000, 5000, 5000));
    expect_nobody_gone(s);
    assert_int_equal(s->n_live, SB_SESSIONS_MAX);
}

static void test_session_of_a_key_that_has_none_finds_room(void **state)
{
    enum { KEYS = 300, BUSY = 100 };
    struct sb_net_sessions *s = *state;
    s->n_keys = KEYS;
    assert_int_equal(fill(s, BUSY), SB_SESSIONS_MAX - KEYS + BUSY);
    assert_int_equal(s->n_first, BUSY);
    assert_int_equal(sb_net_sessions_room(s, 1 + BUSY - 1), SB_NET_ALL_IS_FULL);
    for (uint32_t key = BUSY + 1; key <= KEYS; key++) {
        assert_non_null(sb_net_sessions_begin(s, 9000 + key, key, (int)(9000 + key)));
    }
    assert_int_equal(s->n_live, SB_SESSIONS_MAX);
    assert_int_equal(s->n_first, KEYS);
    sb_net_sessions_disconnect(s, 0); /* the first of its key: another is that now */
    assert_int_equal(s->n_first, KEYS);
    assert_int_equal(sb_net_sessions_room(s, 1), SB_NET_ROOM);
    sb_net_sessions_disconnect(s, 9000 + KEYS);
    assert_int_equal(s->n_first, KEYS - 1);
    assert_int_equal(sb_net_sessions_room(s, KEYS), SB_NET_ROOM);
}

/* All may go before anybody hears of it, and as many may come. */
static void test_session_table_has_room_for_all_that_are_gone(void **state)
{
    struct sb_net_sessions *s = *state;
    for (uint32_t i = 0; i < SB_SESSIONS_MAX; i++) {
        (void)sb_net_sessions_begin(s, i, i, 7); /* each takes the descriptor of the one before */
    }
    assert_int_equal(s->n_live, 1);
    assert_int_equal(s->n_gone, SB_SESSIONS_MAX - 1);
    uint32_t number, identity, n = 0;
    while (sb_net_sessions_announce(s, &number, &identity)) {
        n++;
    }
    assert_int_equal(n, SB_SESSIONS_MAX - 1);
}

/* The old connection's last word is read behind the new one's first. */
static void test_session_keeps_its_descriptor_from_an_older_connection(void **state)
{
    struct sb_net_sessions *s = *state;
    uint32_t old = sb_net_sessions_begin(s, UINT32_MAX, 1, 5)->number;
    sb_net_sessions_disconnect(s, 5);
    expect_gone(s, old, 1);
    uint32_t young = sb_net_sessions_begin(s, 0, 1, 5)->number; /* the ids came round */
    struct sb_net_session *late = sb_net_sessions_begin(s, UINT32_MAX, 1, 5);
    assert_true(late->over);
    expect_nobody_gone(s);
    assert_non_null(sb_net_sessions_find(s, young));
    assert_false(sb_net_sessions_find(s, young)->over);
    sb_net_sessions_disconnect(s, 5);
    expect_gone(s, young, 1);
    assert_true(sb_net_sessions_find(s, late->number) == late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_session_is_found_by_connection_and_by_number, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_number_is_never_used_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_session_ends_when_its_descriptor_closes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_ends_for_no_other_of_its_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_takes_the_place_of_one_whose_descriptor_it_has,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_session_ends_for_nobody_when_the_table_is_full, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_of_a_key_that_has_none_finds_room, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_table_has_room_for_all_that_are_gone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_session_keeps_its_descriptor_from_an_older_connection,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
