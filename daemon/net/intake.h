/* One collect under way: the caller's array being filled, and the frames that it borrows until
 * the release. Knows frames and their metadata, not what they are for. */
#ifndef SB_NET_INTAKE_H
#define SB_NET_INTAKE_H

#include "daemon/net/net.h"

struct sb_net_intake;

/* One message of libzmq. Parts beyond the second are counted and dropped. */
struct sb_net_parts {
    struct sb_bytes part[2];
    size_t n;
};

/* NULL when there is no memory. */
struct sb_net_intake *sb_net_intake_new(void);
/* Releases what is borrowed. */
void sb_net_intake_free(struct sb_net_intake *in);

void sb_net_intake_begin(struct sb_net_intake *in, struct sb_net_message *out, size_t max);
/* The number of messages since begin. */
size_t sb_net_intake_count(const struct sb_net_intake *in);
/* May another message be read, and bring `messages` results? */
bool sb_net_intake_has_room(const struct sb_net_intake *in, size_t messages);
/* The next result, zeroed but for these. There must be room. */
struct sb_net_message *sb_net_intake_add(struct sb_net_intake *in, enum sb_net_event event,
                                         uint32_t identity);

/* Reads one whole message; false: there is none. There must be room. */
bool sb_net_intake_read(struct sb_net_intake *in, void *socket, struct sb_net_parts *parts);
/* Of the message read last: gives its frames back at once. */
void sb_net_intake_drop(struct sb_net_intake *in, struct sb_net_parts *parts);
/* Of the message read last: what the authenticator gave its connection (zap.h); false: nothing. */
bool sb_net_intake_ticket(struct sb_net_intake *in, uint32_t *ticket);
/* Of the message read last: the descriptor of its connection (-1: unknown), and its address. */
int sb_net_intake_descriptor(struct sb_net_intake *in);
const char *sb_net_intake_address(struct sb_net_intake *in);

void sb_net_intake_release(struct sb_net_intake *in);

#endif
