/* What would not flow between us and each partner, and why, as the running daemon and they tell it.
 * Pure. */
#ifndef SB_CLIENTS_COMMAND_CONFIG_CHECK_H
#define SB_CLIENTS_COMMAND_CONFIG_CHECK_H

#include "clients/command/verdict.h"
#include "config/config.h"
#include "proto/status.h"

/* `config`: what the files have now. */
void sb_config_check_partners(struct sb_verdict *v, const struct sb_config *config,
                              const struct sb_status *status);

#endif
