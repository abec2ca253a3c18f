/* One datagram to the service manager; see notify.h. */
#include "daemon/shell/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM_S = 1 }; /* how long room is waited for; a manager that stands still holds nobody up */

/* The length of the address, 0 when the name is none. */
static socklen_t make_address(struct sockaddr_un *out, const char *name)
{
    size_t n = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof out->sun_path) {
        return 0;
    }
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, name, n);
    if (name[0] == '@') {
        out->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

/* `wait`: for room, where the socket has none. */
static bool tell(const char *state, bool wait)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (name == NULL || name[0] == '\0') {
        return true;
    }
    struct sockaddr_un address;
    socklen_t length = make_address(&address, name);
    int fd = length == 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    const struct timeval patience = {.tv_sec = ROOM_S};
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    size_t n = strlen(state);
    ssize_t sent = sendto(fd, state, n, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT),
                          (const struct sockaddr *)&address, length);
    close(fd);
    return sent == (ssize_t)n;
}

bool sb_notify(const char *state)
{
    return tell(state, false);
}

bool sb_notify_surely(const char *state)
{
    return tell(state, true);
}
