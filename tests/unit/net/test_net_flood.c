/* One that sends more than is read, and dies, while a turn takes long. libzmq stops reading such a
 * connection; it must not end the process when the connection breaks then, and what came before is
 * still read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/unit/net/net_world.h"

enum { FLOOD = 400 /* messages, far beyond what is queued per connection */ };

/* Says nothing until it is sent away, after SB_HANDSHAKE_MS: two beats of any heart, and more. */
static void wait_as_a_stranger(const struct net_node *node)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char greeting[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_port = htons((uint16_t)strtoul(strrchr(node->service, ':') + 1, NULL, 10));
    assert_true(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    while (read(fd, greeting, sizeof greeting) > 0) {
    }
    close(fd);
}

static void test_net_flood_of_one_that_dies(void **state)
{
    struct net_world *w = *state;
    struct net_node *us = &w->node[0];
    struct net_keys flooder;
    struct net_client c;
    net_use_tcp(us);
    net_make_keys(&flooder);
    struct sb_net_identity known[] = {net_identity(90, &flooder, false)};
    net_open(us, known, 1, NULL, 0);
    net_client_open(&c, ZMQ_DEALER, &flooder, us, us->service, NULL);
    net_client_send(&c, "first", false);
    const struct net_seen *seen = net_await(w, us, SB_NET_REQUEST);
    assert_string_equal(seen->frame, "first");
    struct sb_bytes answer = net_bytes("answer");
    for (int i = 0; i < FLOOD; i++) {
        net_client_send(&c, "more", false);
    }
    assert_int_equal(zmq_setsockopt(c.socket, ZMQ_LINGER, &(int){-1}, sizeof(int)), 0);
    net_client_close(&c); /* all of it is sent, and nothing of it is read */
    (void)sb_net_answer(us->net, seen->session, answer); /* to nobody: the connection breaks */
    wait_as_a_stranger(us);                              /* a turn that takes so long */
    (void)net_await(w, us, SB_NET_REQUEST);
    (void)net_await(w, us, SB_NET_SESSION_GONE);
    assert_true(net_count(us, SB_NET_REQUEST) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_net_flood_of_one_that_dies, net_world_set_up,
                                        net_world_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
