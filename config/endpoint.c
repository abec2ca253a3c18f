/* The form of endpoints; see endpoint.h. Nothing is resolved or opened here. */
#include "config/endpoint.h"

#include <ctype.h>
#include <string.h>

static const char tcp[] = "tcp://", ipc[] = "ipc://";

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *sb_endpoint_ipc_path(const char *text)
{
    return has_prefix(text, ipc) ? text + strlen(ipc) : NULL;
}

static bool consists_of(const char *text, size_t n, const char *extra)
{
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)text[i]) && strchr(extra, text[i]) == NULL) {
            return false;
        }
    }
    return n > 0;
}

static bool is_port(const char *text)
{
    unsigned port = 0;
    size_t n = strlen(text);
    if (n == 0 || n > 5 || text[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port <= 65535;
}

static const char *host_fault(const char *host, size_t n, bool may_listen)
{
    if (n == 1 && host[0] == '*') {
        return may_listen ? NULL : "has no host to connect to";
    }
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        return consists_of(host + 1, n - 2, ":.%") ? NULL : "has no such host";
    }
    if (memchr(host, ':', n) != NULL) {
        return "has an IPv6 address without [ ]";
    }
    return n <= 253 && consists_of(host, n, ".-_") ? NULL : "has no valid host";
}

static const char *tcp_fault(const char *address, bool may_listen)
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL) {
        return "has no port";
    }
    const char *fault = host_fault(address, (size_t)(colon - address), may_listen);
    if (fault == NULL && !is_port(colon + 1)) {
        fault = "has no port from 1 to 65535";
    }
    return fault;
}

static const char *ipc_fault(const char *path)
{
    if (path[0] == 0 || path[0] == '@' || path[0] == '*') {
        return "has no path";
    }
    return strlen(path) <= SB_ENDPOINT_IPC_PATH_MAX ? NULL : "has a path of more than 107 bytes";
}

const char *sb_endpoint_fault(const char *text, bool may_listen)
{
    const char *path = sb_endpoint_ipc_path(text);
    if (path != NULL) {
        return ipc_fault(path);
    }
    if (has_prefix(text, tcp)) {
        return tcp_fault(text + strlen(tcp), may_listen);
    }
    return "is not an endpoint";
}
