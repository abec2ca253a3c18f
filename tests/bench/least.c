/* The least that a command takes which asks a daemon over CURVE: it dials, asks for the status,
 * reads the answer and is gone, with libzmq and nothing else: no configuration, no look at the
 * answer, nothing put away. What a command of samenbus takes is measured beside it.
 *
 *     least ENDPOINT SERVER_KEY PUBLIC_KEY SECRET_KEY     keys as Z85; exit 0: it was answered
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { ARGUMENTS = 5, HEADER_BYTES = 8, TYPE_AT = 3, QUERY = 40, ANSWER = 41 };

static void set_key(void *socket, int option, const char *key)
{
    if (zmq_setsockopt(socket, option, key, strlen(key)) != 0) {
        fprintf(stderr, "least: %s: %s\n", key, zmq_strerror(zmq_errno()));
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    if (argc != ARGUMENTS) {
        fprintf(stderr, "usage: see the head of tests/bench/least.c\n");
        return EXIT_FAILURE;
    }
    const unsigned char question[HEADER_BYTES] = {'S', 'B', 1, QUERY, 0, 0, 0, 1};
    unsigned char answer[HEADER_BYTES];
    void *socket = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    set_key(socket, ZMQ_CURVE_SERVERKEY, argv[2]);
    set_key(socket, ZMQ_CURVE_PUBLICKEY, argv[3]);
    set_key(socket, ZMQ_CURVE_SECRETKEY, argv[4]);
    if (zmq_connect(socket, argv[1]) != 0 ||
        zmq_send(socket, question, sizeof question, 0) != HEADER_BYTES ||
        zmq_recv(socket, answer, sizeof answer, 0) < HEADER_BYTES || answer[TYPE_AT] != ANSWER) {
        fprintf(stderr, "least: %s does not answer\n", argv[1]);
        return EXIT_FAILURE;
    }
    _exit(EXIT_SUCCESS); /* libzmq's threads end with the process */
}
