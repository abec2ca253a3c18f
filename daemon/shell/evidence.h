/* Answers what evidence there is of origins that said two things. Included by daemon/shell/ only.
 */
#ifndef SB_SHELL_EVIDENCE_H
#define SB_SHELL_EVIDENCE_H

#include "daemon/shell/turn.h"

/* One EVIDENCE: the forks and the ids with two contents behind the place that `from` names. */
void sb_evidence_answer(struct sb_node *node, uint32_t session, uint32_t request,
                        struct sb_bytes from);

#endif
