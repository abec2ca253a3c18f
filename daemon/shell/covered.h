/* What a stream leaves out because its cursor says so. A tip that is not here yet holds back what
 * is below it, until the log shows on which branch it is. Included by daemon/shell/ only. */
#ifndef SB_SHELL_COVERED_H
#define SB_SHELL_COVERED_H

#include "daemon/shell/stream.h"

/* The orders of sb_stream.covered and sb_stream.open, for qsort. */
int sb_covered_cmp(const void *left, const void *right);
int sb_open_tip_cmp(const void *left, const void *right);
/* Is open[at] the highest of its epoch among n in this order? */
bool sb_open_tip_is_last(const struct sb_open_tip *open, size_t n, size_t at);
/* Is the log entry at `at` left out? */
bool sb_covered_has(const struct sb_stream *stream, const struct sb_record *record,
                    struct sb_offset at);
/* Does the record show that its epoch was forked, and that what is held back of it may be of
 * another branch than the cursor's? */
bool sb_covered_is_denied(const struct sb_stream *stream, const struct sb_record *record);
/* From now on what is held back of the record's epoch is delivered. True: some of it lies before
 * `at`; the stream goes back to *next and takes nothing else before it is at `at` again. */
bool sb_covered_reveal(struct sb_node *node, struct sb_stream *stream,
                       const struct sb_record *record, struct sb_offset at, struct sb_offset *next);
/* Open tips were added behind the others, of organisations of which nothing is here: puts them in
 * their order, and holds back what is below them. There is room in `covered`. */
void sb_covered_hold(struct sb_stream *stream);
/* If the record is the very link that an open tip names, all up to it has been covered rightly. */
void sb_covered_settle(struct sb_stream *stream, const struct sb_record *record);

#endif
