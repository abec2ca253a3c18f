/* What a stream leaves out because its cursor says so. A tip that is not here yet holds back what
 * is below it, until the log shows on which branch it is. Included by daemon/shell/ only. */
#ifndef SB_SHELL_COVERED_H
#define SB_SHELL_COVERED_H

#include "daemon/shell/stream.h"

/* The orders of sb_stream.covered and sb_stream.open, for qsort. */
int sb_covered_cmp(const void *left, const void *right);
int sb_open_tip_cmp(const void *left, const void *right);
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
/* If the record is the very link that an open tip names, all up to it has been covered rightly. */
void sb_covered_settle(struct sb_stream *stream, const struct sb_record *record);

#endif
