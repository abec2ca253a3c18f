/* A server for one page; see metrics_listen.h. Bounded in everything: 4 KiB of a request, one at a
 * time, two seconds each way; no method but GET, no page but /metrics, no body, no second request
 * on a connection. */
#include "clients/command/metrics_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 4096,
    REQUEST_MS = 2000,
    BACKLOG = 16,
    HEAD_BYTES = 256,
    LARGEST_PORT = 65535
};

/* ---- the address */

static bool read_port(const char *text, in_port_t *out)
{
    char *end;
    long port = strtol(text, &end, 10);
    *out = htons((uint16_t)port);
    return *text != '\0' && *end == '\0' && port > 0 && port <= LARGEST_PORT;
}

static int bind_to(const struct sockaddr *address, socklen_t n, const char *text,
                   struct sb_err *err)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    }
    if (fd < 0 || bind(fd, address, n) != 0 || listen(fd, BACKLOG) != 0) {
        sb_err_set(err, SB_E_NET, "--listen %s: %s", text, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    return fd;
}

int sb_metrics_bind(const char *address, struct sb_err *err)
{
    static const char four[] = "127.0.0.1:", six[] = "[::1]:";
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const char *text = strncmp(address, "http://", 7) == 0 ? address + 7 : address;
    if (strncmp(text, four, sizeof four - 1) == 0 &&
        read_port(text + sizeof four - 1, &a4.sin_port)) {
        return bind_to((const struct sockaddr *)(const void *)&a4, sizeof a4, address, err);
    }
    if (strncmp(text, six, sizeof six - 1) == 0 &&
        read_port(text + sizeof six - 1, &a6.sin6_port)) {
        return bind_to((const struct sockaddr *)(const void *)&a6, sizeof a6, address, err);
    }
    sb_err_set(
        err, SB_E_INPUT,
        "--listen %s: 127.0.0.1:PORT or [::1]:PORT; who is elsewhere asks a proxy that checks "
        "who may",
        address);
    return -1;
}

/* ---- one request */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t end_ms)
{
    int64_t left = end_ms - now_ms();
    struct pollfd p = {.fd = fd, .events = events};
    return left > 0 && poll(&p, 1, (int)left) == 1;
}

/* The head of a request, with its NUL; false: too long, too slow, or gone. */
static bool read_request(int fd, char out[static REQUEST_BYTES], int64_t end_ms)
{
    size_t n = 0;
    while (n < REQUEST_BYTES - 1 && wait_for(fd, POLLIN, end_ms)) {
        ssize_t got = recv(fd, out + n, REQUEST_BYTES - 1 - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        out[n] = '\0';
        if (memchr(out, 0, n) == NULL && strstr(out, "\r\n\r\n") != NULL) {
            return true;
        }
    }
    return false;
}

static void send_all(int fd, const char *text, size_t n, int64_t end_ms)
{
    while (n > 0 && wait_for(fd, POLLOUT, end_ms)) {
        ssize_t sent = send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0 && errno != EAGAIN) {
            return;
        }
        text += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

static void answer(int fd, const char *status, const char *body, size_t n, int64_t end_ms)
{
    char head[HEAD_BYTES];
    int length =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                 "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                 status, n);
    send_all(fd, head, (size_t)length, end_ms);
    send_all(fd, body, n, end_ms);
}

static void answer_page(int fd, void (*print)(FILE *to, void *context), void *context)
{
    char *page = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&page, &n);
    if (to != NULL) {
        print(to, context);
    }
    if (to != NULL && fclose(to) == 0) {
        answer(fd, "200 OK", page, n, now_ms() + REQUEST_MS);
    }
    free(page);
}

static void serve_one(int fd, void (*print)(FILE *to, void *context), void *context)
{
    static const char elsewhere[] = "metrics are at /metrics\n", only[] = "GET alone\n";
    char request[REQUEST_BYTES];
    int64_t end_ms = now_ms() + REQUEST_MS;
    if (!read_request(fd, request, end_ms)) {
        return;
    }
    if (strncmp(request, "GET /metrics ", 13) == 0 || strncmp(request, "GET /metrics?", 13) == 0) {
        answer_page(fd, print, context);
    } else if (strncmp(request, "GET ", 4) == 0) {
        answer(fd, "404 Not Found", elsewhere, sizeof elsewhere - 1, end_ms);
    } else {
        answer(fd, "405 Method Not Allowed", only, sizeof only - 1, end_ms);
    }
}

enum sb_rc sb_metrics_serve(int listener, void (*print)(FILE *to, void *context), void *context,
                            struct sb_err *err)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0) {
            serve_one(fd, print, context);
            close(fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
            (void)poll(NULL, 0, REQUEST_MS); /* of another process: it passes */
        } else if (errno != EINTR && errno != ECONNABORTED && errno != EAGAIN) {
            return sb_err_set(err, SB_E_NET, "accept: %s", strerror(errno));
        }
    }
}
