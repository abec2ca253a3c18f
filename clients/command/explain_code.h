/* `samenbus explain CODE`: what a code of the catalogue, of an alarm or of a refusal means. */
#ifndef SB_CLIENTS_COMMAND_EXPLAIN_CODE_H
#define SB_CLIENTS_COMMAND_EXPLAIN_CODE_H

#include "clients/command/command.h"

/* Prints it, a line for each of its meanings or one JSON object, or complains with the nearest
 * known one; returns the exit code. */
int sb_explain_code(const struct sb_args *args, const char *code, bool json);

#endif
