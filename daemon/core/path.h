/* Where questions for links begin. The path to what a partner shows may leave what is here far
 * below our tip, and nobody says where: what does not connect leads further down, in growing steps,
 * and what is here already leads up again, however little one answer brings. Each head that a
 * partner shows has a place of its own to begin, so that a wrong answer misleads nothing else. */
#ifndef SB_CORE_PATH_H
#define SB_CORE_PATH_H

#include "daemon/core/internal.h"

/* Where a question for this entry begins: behind our tip, unless answers have said otherwise. */
struct sb_seq sb_path_begin(const struct sb_core *c, const struct sb_shown *s);
/* A newer head of the same epoch, not asked for yet, begins where the older one would. */
void sb_path_inherit(struct sb_shown *heir, const struct sb_shown *old);

/* Does it answer a question for what an announcement names? */
bool sb_path_to_end(struct sb_core *c, const struct sb_in_segment *s);
/* The segment's first link has none below it here. Does that say anything new? */
bool sb_path_gap(struct sb_core *c, const struct sb_in_segment *s);
/* Its links up to held_to are here. Likewise. */
bool sb_path_held(struct sb_core *c, const struct sb_in_segment *s);
/* All of it is staged, on this branch. */
void sb_path_placed(struct sb_core *c, const struct sb_in_segment *s, uint16_t branch);
/* No answer came in time. */
void sb_path_unanswered(struct sb_core *c, const struct sb_want_state *w);

#endif
