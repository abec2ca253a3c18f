/* Partners as the daemon's file and conf.d/ beside it have them, for `samenbus peer`. Changes touch
 * files of conf.d alone; samenbusd.yaml is its administrator's. */
#ifndef SB_CLIENTS_COMMAND_PEER_H
#define SB_CLIENTS_COMMAND_PEER_H

#include "clients/command/command.h"
#include "config/config.h"
#include "config/public.h"

enum { SB_PEER_PATH_BYTES = 4096 };

#define SB_FLAG_PEER_CONFIG                                                                        \
    {                                                                                              \
        "config", 'c', "FILE", "the daemon's file, samenbusd.yaml; conf.d/ is beside it"           \
    }

/* Loads the file of --config. False after a complaint, with *exit_code. */
bool sb_peer_begin(const struct sb_args *args, struct sb_config **out, int *exit_code);

/* NULL after a complaint that names the nearest known one. */
const struct sb_config_peer *sb_peer_find(const struct sb_config *config, const char *org);

/* A partner's public half; its texts are borrowed. */
struct sb_public sb_peer_public(const struct sb_config_peer *peer);
/* Our own, from the secret keys; without endpoints. Errors: SB_E_CONFIG. */
enum sb_rc sb_peer_own(struct sb_public *out, const struct sb_config *config, struct sb_err *err);

/* The file that a partner stands in, and whether that is one of conf.d. */
const char *sb_peer_file(const struct sb_config_peer *peer);
bool sb_peer_stands_alone(const struct sb_config *config, const struct sb_config_peer *peer);

/* Whether the daemon would start with what its files say now: everything that is wrong is printed.
 * Errors: SB_E_CONFIG. */
enum sb_rc sb_peer_check(const char *config_file, struct sb_err *err);

/* Says on stderr when a change counts. */
void sb_peer_say_when(void);

#endif
