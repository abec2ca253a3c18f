/* May we publish this, by what is held and by what this round has staged (PROTOCOL §18.8)? The
 * rules are in proto/rules/; here is only how they look at the store. Included by daemon/shell/
 * only. */
#ifndef SB_SHELL_MEANING_H
#define SB_SHELL_MEANING_H

#include "daemon/shell/turn.h"

enum { SB_MEANING_TEXT_MAX = 1024 }; /* bytes of the sentence, with the NUL */

/* SB_CODE_OK, or why not, with what would be right. What has no room to be checked in this turn is
 * SB_CODE_UNKNOWN_OUTCOME: to be asked again. */
enum sb_code sb_meaning_check(struct sb_node *node, const struct sb_submitted *submitted,
                              char text[static SB_MEANING_TEXT_MAX]);

#endif
