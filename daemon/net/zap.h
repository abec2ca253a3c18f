/* Who may connect: the authenticator that libzmq asks at every handshake (ZeroMQ RFC 27). */
#ifndef SB_NET_ZAP_H
#define SB_NET_ZAP_H

#include "daemon/net/net.h"
#include "daemon/net/ready.h"

enum {
    SB_NET_ZAP_NOTICES = 64,   /* refusals kept until the next collect */
    SB_NET_ZAP_TICKETS = 4096, /* places for them, a power of two: more than keys */
};

/* What an admitted connection has as its User-Id: a number for a key while that key is listed, and
 * for no other key ever after. What such a connection says later counts for nothing. */
struct sb_net_ticket {
    uint32_t ticket;
    uint32_t number; /* of the identity */
    bool valid;
};

struct sb_net_listed {
    struct sb_net_identity identity; /* first: compared as such */
    uint32_t ticket;
};

struct sb_net_zap {
    struct sb_net_source source;
    struct sb_net_listed *identities; /* sorted by key */
    size_t n_identities;
    struct sb_net_ticket tickets[SB_NET_ZAP_TICKETS]; /* at ticket % SB_NET_ZAP_TICKETS */
    uint32_t last_ticket;
    struct sb_net_message notices[SB_NET_ZAP_NOTICES];
    size_t n_notices;
    uint64_t n_untold; /* refusals for which there was no place */
};

/* Must come before anything is bound. Errors: SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_net_zap_open(struct sb_net_zap *zap, void *context, const struct sb_net_options *o,
                           struct sb_err *err);
/* What a change of the list took away. */
struct sb_net_zap_lost {
    bool keys;      /* somebody is not listed any more, or is somebody else */
    bool followers; /* somebody may not follow any more */
};

/* Lists these from now on. Errors: SB_E_NOMEM: nothing has changed. */
enum sb_rc sb_net_zap_change(struct sb_net_zap *zap, const struct sb_net_options *o,
                             struct sb_net_zap_lost *lost, struct sb_err *err);
/* Whose ticket is this today? False: nobody's any more. */
bool sb_net_zap_holder(const struct sb_net_zap *zap, uint32_t ticket, uint32_t *number);
void sb_net_zap_close(struct sb_net_zap *zap);
/* Answers what has been asked. Errors: SB_E_NET: nobody can be let in any more. */
enum sb_rc sb_net_zap_serve(struct sb_net_zap *zap, struct sb_err *err);
/* Moves up to `max` DENIED notices to out. Returns the number. */
size_t sb_net_zap_tell(struct sb_net_zap *zap, struct sb_net_message *out, size_t max);

#endif
