/* samenbus verify --proof, and what it shares with the other files that verify reads. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_DECISION_H
#define SB_CLIENTS_COMMAND_VERIFY_DECISION_H

#include "clients/command/command.h"
#include "proto/proof_text.h"

int sb_verify_decision(const struct sb_args *args);

/* The whole file in memory, or an error that names it; munmap what is not NULL. */
enum sb_rc sb_verify_map_file(const char *path, const uint8_t **out, size_t *n, struct sb_err *err);
/* The organisation and key of a .pub.yaml. */
enum sb_rc sb_verify_read_key(const char *path, struct sb_proof_reader *out, struct sb_err *err);

#endif
