/* Who gets in: only known keys, each at the endpoints that it may use, and nobody at all when the
 * authenticator is not there. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>
#include <zmq.h>

#include "daemon/net/options.h"
#include "proto/z85.h"
#include "tests/unit/net/net_world.h"

enum {
    FAILED = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    DECIDED = FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED,
};

struct door {
    struct net_world w;
    struct net_keys follower, client, stranger;
};

static int set_up(void **state)
{
    struct door *d = malloc(sizeof *d);
    assert_non_null(d);
    net_world_init(&d->w);
    net_make_keys(&d->follower);
    net_make_keys(&d->client);
    net_make_keys(&d->stranger);
    struct sb_net_identity known[] = {net_identity(11, &d->follower, true),
                                      net_identity(4000000000u, &d->client, false)};
    net_open(&d->w.node[0], known, 2, NULL, 0);
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct door *d = *state;
    net_world_fini(&d->w);
    free(d);
    return 0;
}

/* How the handshake of that key at that endpoint ends. */
static int knock(struct door *d, int type, const struct net_keys *keys, const char *endpoint)
{
    struct net_client c;
    net_client_open(&c, type, keys, &d->w.node[0], endpoint, NULL);
    int event = net_client_await_event(&d->w, &c, DECIDED);
    net_client_close(&c);
    return event;
}

static void expect_denied(struct door *d, uint32_t identity, const struct net_keys *keys,
                          const char *where)
{
    const struct net_seen *seen = net_await(&d->w, &d->w.node[0], SB_NET_DENIED);
    char key[SB_Z85_KEY_CHARS + 1];
    sb_z85_encode(key, keys->public_key.b, sizeof keys->public_key.b);
    assert_int_equal(seen->identity, identity);
    assert_non_null(strstr(seen->text, key));
    assert_non_null(strstr(seen->text, where));
    assert_memory_equal(seen->text, "localhost:", strlen("localhost:")); /* the address */
}

static void test_net_refuses_a_stranger_at_both_endpoints(void **state)
{
    struct door *d = *state;
    struct net_node *node = &d->w.node[0];
    assert_int_equal(knock(d, ZMQ_DEALER, &d->stranger, node->service),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    expect_denied(d, 0, &d->stranger, "service endpoint");
    assert_int_equal(knock(d, ZMQ_SUB, &d->stranger, node->publish),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    expect_denied(d, 0, &d->stranger, "publish endpoint");
}

static void test_net_refuses_a_client_at_the_publish_endpoint_when_it_may_not_follow(void **state)
{
    struct door *d = *state;
    assert_int_equal(knock(d, ZMQ_SUB, &d->client, d->w.node[0].publish),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    expect_denied(d, 4000000000u, &d->client, "publish endpoint");
}

static void test_net_admits_known_keys_where_they_belong(void **state)
{
    struct door *d = *state;
    struct net_node *node = &d->w.node[0];
    assert_int_equal(knock(d, ZMQ_DEALER, &d->client, node->service),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(knock(d, ZMQ_DEALER, &d->follower, node->service),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(knock(d, ZMQ_SUB, &d->follower, node->publish), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_equal(net_count(node, SB_NET_DENIED), 0);
}

static void test_net_refuses_who_speaks_without_curve(void **state)
{
    struct door *d = *state;
    assert_int_not_equal(knock(d, ZMQ_DEALER, NULL, d->w.node[0].service),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_int_not_equal(knock(d, ZMQ_SUB, NULL, d->w.node[0].publish),
                         ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

static void test_net_refuses_who_expects_another_key_of_ours(void **state)
{
    struct door *d = *state;
    struct net_client c;
    net_client_open(&c, ZMQ_DEALER, &d->client, &d->w.node[1], d->w.node[0].service, NULL);
    assert_int_not_equal(net_client_await_event(&d->w, &c, DECIDED), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    net_client_close(&c);
}

/* libzmq with CURVE and a domain, but no authenticator behind it, lets everybody in. Not ours. */
static void test_net_lets_nobody_in_without_an_authenticator(void **state)
{
    struct door *d = *state;
    struct net_node *bare = &d->w.node[1];
    struct sb_net_options o = {.publish = bare->publish,
                               .service = bare->service,
                               .public_key = bare->keys.public_key,
                               .secret_key = bare->keys.secret_key};
    struct sb_err err = {0};
    void *context = sb_net_options_context(8);
    assert_non_null(context);
    void *sockets[] = {sb_net_options_service(context, &o, &err),
                       sb_net_options_publisher(context, &o, &err)};
    const char *endpoints[] = {bare->service, bare->publish};
    for (int i = 0; i < 2; i++) {
        assert_non_null(sockets[i]);
        assert_int_equal(sb_net_options_bind(sockets[i], endpoints[i], "key", &err), SB_OK);
        struct net_client c;
        net_client_open(&c, i == 0 ? ZMQ_DEALER : ZMQ_SUB, &d->stranger, bare, endpoints[i], NULL);
        assert_int_not_equal(net_client_await_event(&d->w, &c, DECIDED),
                             ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
        net_client_close(&c);
        zmq_close(sockets[i]);
    }
    assert_int_equal(zmq_ctx_term(context), 0);
}

static int connect_plainly(const char *endpoint)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", endpoint + strlen("ipc://"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Pumps until the other side has closed; how many bytes it said before. */
static size_t read_to_the_end(struct net_world *w, int fd)
{
    size_t said = 0;
    for (int pumps = 0; pumps < 2000; pumps++) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        while (poll(&readable, 1, 0) == 1) {
            uint8_t bytes[512];
            ssize_t n = read(fd, bytes, sizeof bytes);
            if (n <= 0) {
                return said;
            }
            said += (size_t)n;
        }
        net_pump(w);
    }
    fail_msg("the other side never closed");
    return 0;
}

/* Before anybody is authenticated, a frame that announces a terabyte, or a byte more than fits,
 * ends the connection; libzmq would by itself allocate and wait for it. */
static void test_net_hangs_up_on_a_stranger_who_announces_a_large_frame(void **state)
{
    struct door *d = *state;
    static const uint64_t sizes[] = {(uint64_t)1 << 40, SB_FRAME_MAX + SB_NET_CURVE_OVERHEAD + 1};
    const char *endpoints[] = {d->w.node[0].service, d->w.node[0].publish};
    for (size_t i = 0; i < 4; i++) {
        uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};
        uint8_t frame[9] = {0x06}; /* a long command */
        struct sb_writer size;
        sb_writer_init(&size, frame + 1, 8);
        sb_put_u64(&size, sizes[i / 2]);
        int fd = connect_plainly(endpoints[i % 2]);
        assert_int_equal(send(fd, greeting, sizeof greeting, MSG_NOSIGNAL), sizeof greeting);
        assert_int_equal(send(fd, frame, sizeof frame, MSG_NOSIGNAL), sizeof frame);
        assert_true(read_to_the_end(&d->w, fd) <= sizeof greeting);
        assert_int_equal(close(fd), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_refuses_a_stranger_at_both_endpoints, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_net_refuses_a_client_at_the_publish_endpoint_when_it_may_not_follow, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(test_net_admits_known_keys_where_they_belong, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_refuses_who_speaks_without_curve, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_refuses_who_expects_another_key_of_ours, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_lets_nobody_in_without_an_authenticator, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_net_hangs_up_on_a_stranger_who_announces_a_large_frame,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
