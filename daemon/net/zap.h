/* Who may connect: the authenticator that libzmq asks at every handshake (ZeroMQ RFC 27). */
#ifndef SB_NET_ZAP_H
#define SB_NET_ZAP_H

#include "daemon/net/net.h"
#include "daemon/net/ready.h"

enum { SB_NET_ZAP_NOTICES = 64 }; /* refusals kept until the next collect */

struct sb_net_zap {
    struct sb_net_source source;
    struct sb_net_identity *identities; /* sorted by key */
    size_t n_identities;
    struct sb_net_message notices[SB_NET_ZAP_NOTICES];
    size_t n_notices;
    uint64_t n_untold; /* refusals for which there was no place */
};

/* Must come before anything is bound. Errors: SB_E_NET, SB_E_NOMEM. */
enum sb_rc sb_net_zap_open(struct sb_net_zap *zap, void *context, const struct sb_net_options *o,
                           struct sb_err *err);
void sb_net_zap_close(struct sb_net_zap *zap);
/* Answers what has been asked. Errors: SB_E_NET: nobody can be let in any more. */
enum sb_rc sb_net_zap_serve(struct sb_net_zap *zap, struct sb_err *err);
/* Moves up to `max` DENIED notices to out. Returns the number. */
size_t sb_net_zap_tell(struct sb_net_zap *zap, struct sb_net_message *out, size_t max);

#endif
