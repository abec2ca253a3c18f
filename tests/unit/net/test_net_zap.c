/* The authenticator alone, asked as libzmq asks it and as it never would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/options.h"
#include "daemon/net/zap.h"
#include "tests/unit/net/net_world.h"

struct authenticator {
    void *context, *asker;
    struct sb_net_zap zap;
    struct net_keys follower, client;
};

static int set_up(void **state)
{
    struct authenticator *a = calloc(1, sizeof *a);
    assert_non_null(a);
    struct sb_err err = {0};
    net_make_keys(&a->follower);
    net_make_keys(&a->client);
    struct sb_net_identity known[] = {net_identity(UINT32_MAX, &a->follower, true),
                                      net_identity(0, &a->client, false)};
    struct sb_net_options options = {.identities = known, .n_identities = 2};
    a->context = sb_net_options_context(8);
    assert_int_equal(sb_net_zap_open(&a->zap, a->context, &options, &err), SB_OK);
    a->asker = zmq_socket(a->context, ZMQ_REQ);
    assert_int_equal(zmq_connect(a->asker, "inproc://zeromq.zap.01"), 0);
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    struct authenticator *a = *state;
    assert_int_equal(zmq_setsockopt(a->asker, ZMQ_LINGER, &(int){0}, sizeof(int)), 0);
    assert_int_equal(zmq_close(a->asker), 0);
    sb_net_zap_close(&a->zap);
    assert_int_equal(zmq_ctx_term(a->context), 0);
    free(a);
    return 0;
}

/* Sends the frames, lets it serve, and checks the status of its answer, and whose ticket is its
 * user. */
static void expect(struct authenticator *a, const struct sb_bytes *frames, size_t n,
                   const char *status, const char *user)
{
    struct sb_err err = {0};
    for (size_t i = 0; i < n; i++) {
        int more = i + 1 < n ? ZMQ_SNDMORE : 0;
        assert_int_equal(zmq_send(a->asker, frames[i].p, frames[i].n, more), frames[i].n);
    }
    assert_int_equal(sb_net_zap_serve(&a->zap, &err), SB_OK);
    char answer[6][80] = {0};
    int size[6];
    for (size_t i = 0; i < 6; i++) {
        size[i] = zmq_recv(a->asker, answer[i], sizeof answer[i] - 1, ZMQ_DONTWAIT);
        assert_true(size[i] >= 0);
    }
    assert_string_equal(answer[0], "1.0");
    if (n > 1) {
        size_t echoed = frames[1].n < 64 ? frames[1].n : 64;
        assert_int_equal(size[1], echoed);
        assert_memory_equal(answer[1], frames[1].p, echoed);
    }
    assert_string_equal(answer[2], status);
    uint32_t number = 0;
    bool admitted = sb_net_zap_holder(&a->zap, (uint32_t)strtoul(answer[4], NULL, 10), &number);
    assert_int_equal(admitted, *user != '\0');
    assert_int_equal(number, strtoul(user, NULL, 10));
}

static void ask(struct authenticator *a, const char *domain, const char *mechanism,
                struct sb_bytes credential, const char *status, const char *user)
{
    struct sb_bytes frames[] = {
        net_bytes("1.0"), net_bytes("42"),      net_bytes(domain), net_bytes("192.0.2.1"),
        net_bytes(""),    net_bytes(mechanism), credential};
    expect(a, frames, 7, status, user);
}

static struct sb_bytes key_of(const struct net_keys *keys)
{
    return (struct sb_bytes){keys->public_key.b, sizeof keys->public_key.b};
}

static void test_zap_admits_by_key_and_domain(void **state)
{
    struct authenticator *a = *state;
    struct sb_bytes follower = key_of(&a->follower), client = key_of(&a->client);
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", follower, "200", "4294967295");
    ask(a, SB_NET_DOMAIN_PUBLISH, "CURVE", follower, "200", "4294967295");
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", client, "200", "0");
    assert_int_equal(a->zap.n_notices, 0);
    ask(a, SB_NET_DOMAIN_PUBLISH, "CURVE", client, "400", "");
    ask(a, "another", "CURVE", follower, "400", "");
    ask(a, "", "CURVE", follower, "400", "");
    assert_int_equal(a->zap.n_notices, 3);
}

static void test_zap_refuses_what_is_not_a_known_key(void **state)
{
    struct authenticator *a = *state;
    struct sb_bytes key = key_of(&a->follower);
    uint8_t other[80] = {0};
    memcpy(other, key.p, key.n);
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", (struct sb_bytes){other, 33}, "400", "");
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", (struct sb_bytes){other, 80}, "400", "");
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", (struct sb_bytes){other, 0}, "400", "");
    other[31] ^= 1;
    ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", (struct sb_bytes){other, 32}, "400", "");
    ask(a, SB_NET_DOMAIN_SERVICE, "NULL", key, "400", "");
    ask(a, SB_NET_DOMAIN_SERVICE, "PLAIN", key, "400", "");
    struct sb_net_message m[8];
    assert_int_equal(sb_net_zap_tell(&a->zap, m, 8), 6);
    assert_non_null(strstr(m[3].text, "192.0.2.1 at the service endpoint"));
    assert_non_null(strstr(m[3].text, "the key of no peer and no client"));
}

static void test_zap_answers_a_request_of_any_number_of_parts(void **state)
{
    struct authenticator *a = *state;
    struct sb_bytes frames[12], key = key_of(&a->follower);
    uint8_t long_id[100];
    memset(long_id, 'i', sizeof long_id);
    for (size_t i = 0; i < 12; i++) {
        frames[i] = key;
    }
    for (size_t n = 1; n <= 12; n++) {
        expect(a, frames, n, "400", "");
    }
    frames[1] = (struct sb_bytes){long_id, sizeof long_id};
    expect(a, frames, 7, "400", "");
}

static void test_zap_counts_the_refusals_that_it_cannot_keep(void **state)
{
    struct authenticator *a = *state;
    struct net_keys stranger;
    net_make_keys(&stranger);
    for (int i = 0; i < SB_NET_ZAP_NOTICES + 5; i++) {
        ask(a, SB_NET_DOMAIN_SERVICE, "CURVE", key_of(&stranger), "400", "");
    }
    struct sb_net_message m[SB_NET_ZAP_NOTICES + 2];
    assert_int_equal(sb_net_zap_tell(&a->zap, m, 10), 10);
    assert_int_equal(sb_net_zap_tell(&a->zap, m, SB_NET_ZAP_NOTICES), SB_NET_ZAP_NOTICES - 9);
    assert_string_equal(m[SB_NET_ZAP_NOTICES - 10].text, "5 more refusals, not told one by one");
    assert_int_equal(sb_net_zap_tell(&a->zap, m, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_zap_admits_by_key_and_domain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_zap_refuses_what_is_not_a_known_key, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_zap_answers_a_request_of_any_number_of_parts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_zap_counts_the_refusals_that_it_cannot_keep, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
