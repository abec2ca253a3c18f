/* Walking through the evidence that a daemon has; shared by the subcommands of `evidence`. */
#ifndef SB_CLIENTS_COMMAND_EVIDENCE_H
#define SB_CLIENTS_COMMAND_EVIDENCE_H

#include "clients/lib/samenbus.h"

enum { SB_EVIDENCE_ANSWER_MS = 10000 };

/* Calls `each` for every item, counted from 1, until it returns false; items are borrowed for the
 * call. Errors: those of sb_client_evidence. */
enum sb_rc sb_evidence_each(struct sb_client *client,
                            bool (*each)(void *context, uint64_t index,
                                         const struct sb_evidence_item *item),
                            void *context, struct sb_err *err);

#endif
