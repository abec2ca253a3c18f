/* samenbus verify --proof. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_DECISION_H
#define SB_CLIENTS_COMMAND_VERIFY_DECISION_H

#include "clients/command/command.h"

int sb_verify_decision(const struct sb_args *args);

#endif
