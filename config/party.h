/* Who has to do with a daemon, as its file names them: partners and clients, with their keys and
 * what they may do. */
#ifndef SB_CONFIG_PARTY_H
#define SB_CONFIG_PARTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_CONFIG_KEY_BYTES = 32 }; /* a public key: Ed25519 or Curve25519 */

struct sb_yaml_node;

struct sb_config_peer {
    const struct sb_yaml_node *node;
    const char *id;
    const char *name; /* the id where none is given */
    uint8_t sign_key[SB_CONFIG_KEY_BYTES];
    uint8_t curve_key[SB_CONFIG_KEY_BYTES];
    uint8_t next_curve_key[SB_CONFIG_KEY_BYTES]; /* all zero: none */
    const char
        *publish; /* endpoint; NULL, like `service`, for a partner that only connects to us */
    const char *service;     /* endpoint or NULL */
    bool over_others;        /* no connection between it and us is expected */
    const char *const *read; /* prefixes of our topics that it may be addressed under; none: all */
    size_t n_read;
    uint64_t rate;           /* events of its history taken in, per hour; 0: any number */
    const char *const *show; /* prefixes of its topics that clients are shown; none: all */
    size_t n_show;
    uint64_t max_body; /* bytes of an event of its that clients are shown; 0: any size */
};

struct sb_config_client {
    const struct sb_yaml_node *node;
    const char *name;
    uint8_t curve_key[SB_CONFIG_KEY_BYTES];
    /* Prefixes of topics, as sb_topic_under takes them: `agenda/`, `custom/zaaksysteem`. */
    const char *const *publish;
    size_t n_publish;
    bool subscribe;
    bool admin;
    const char *const *read; /* prefixes that it may read; none: all */
    size_t n_read;
    uint64_t rate;     /* events per hour that it may publish; 0: no limit */
    uint64_t max_body; /* bytes of an event that it may publish; 0: no limit of its own */
};

#endif
