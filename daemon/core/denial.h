/* Which right in the configuration a publish lacked; the shell finds the words. */
#ifndef SB_CORE_DENIAL_H
#define SB_CORE_DENIAL_H

#include <stdint.h>

enum sb_denied_rule {
    SB_RULE_NONE,
    SB_RULE_PUBLISH,      /* clients.publish */
    SB_RULE_SIZE,         /* clients.max_body */
    SB_RULE_RATE,         /* clients.rate */
    SB_RULE_PARTNER_READ, /* peers.read */
};

struct sb_denial {
    enum sb_denied_rule rule;
    uint16_t about;  /* the partner of SB_RULE_PARTNER_READ */
    int64_t wait_ms; /* of SB_RULE_RATE: until it would be taken */
};

#endif
