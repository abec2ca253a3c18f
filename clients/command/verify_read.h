/* What every kind of `samenbus verify` reads and prints: a file, a key, a fault. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_READ_H
#define SB_CLIENTS_COMMAND_VERIFY_READ_H

#include "proto/export.h"
#include "proto/proof_text.h"

/* The whole file in memory, or an error that names it; munmap what is not NULL. */
enum sb_rc sb_verify_map_file(const char *path, const uint8_t **out, size_t *n, struct sb_err *err);
/* The organisation and key of a .pub.yaml. */
enum sb_rc sb_verify_read_key(const char *path, struct sb_proof_reader *out, struct sb_err *err);

/* One fault as a line on stdout. */
void sb_verify_print_fault(void *context, const struct sb_export_fault *fault);
/* Says what to do about ends of a store without a signature that no announcement names. 0: nothing
 * is said. */
void sb_verify_advise_bare(const char *store, uint64_t bare);

#endif
