/* The links to all partners whom we call: found by number, opened and closed while others go on. */
#ifndef SB_NET_LINKS_H
#define SB_NET_LINKS_H

#include "daemon/net/partner_link.h"
#include "daemon/net/ready.h"

enum {
    SB_NET_LINK_SOURCES = 4,              /* two sockets and their monitors */
    SB_NET_LINK_PLACES = 2 * SB_PEERS_MAX /* all of them may move to other endpoints at once */
};

struct sb_net_links {
    struct sb_net_partner_link *place;   /* SB_NET_LINK_PLACES; a link stays where it is */
    struct sb_net_partner_link **sorted; /* those in use, by number */
    size_t n;
    uint32_t n_monitors; /* numbers given so far: none is given twice */
};

/* Errors: SB_E_NOMEM. */
enum sb_rc sb_net_links_init(struct sb_net_links *links, struct sb_err *err);
void sb_net_links_close(struct sb_net_links *links, int linger_ms);
/* NULL: there is none to this partner. */
struct sb_net_partner_link *sb_net_links_find(const struct sb_net_links *links, uint32_t number);
/* Leads this link to the same endpoints under the same key? */
bool sb_net_links_leads_to(const struct sb_net_partner_link *link,
                           const struct sb_net_partner *partner);

/* Opens what the options have and is not open yet. Errors: SB_E_NET, SB_E_NOMEM: all that it opened
 * is closed again. Otherwise sb_net_links_settle must follow. */
enum sb_rc sb_net_links_prepare(struct sb_net_links *links, struct sb_net_ready *ready,
                                void *context, const struct sb_net_options *o, struct sb_err *err);
/* Closes what the options do not have any more; what stays knows the keys of now. */
void sb_net_links_settle(struct sb_net_links *links, struct sb_net_ready *ready,
                         const struct sb_net_options *o);
/* Closes what sb_net_links_prepare opened, in the place of settling. */
void sb_net_links_revert(struct sb_net_links *links, struct sb_net_ready *ready);

#endif
