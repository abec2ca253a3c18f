/* One screen of `samenbus top`, made from a status. Pure but for the colours, which talk.h knows.
 */
#ifndef SB_CLIENTS_COMMAND_FRAME_H
#define SB_CLIENTS_COMMAND_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/status.h"

enum { SB_FRAME_COLUMNS = 80, SB_FRAME_ROWS_LEAST = 8 };

struct sb_frame_style {
    size_t rows;          /* lines at most, at least SB_FRAME_ROWS_LEAST; 0: as many as it takes */
    const char *line_end; /* behind each line, also the last */
    bool colour;          /* where stdout shows colours */
};

/* Partners with something wrong come first, so that a small screen leaves out the others and says
 * how many. No line is wider than SB_FRAME_COLUMNS; what others wrote is escaped. */
void sb_frame_print(FILE *to, const struct sb_status *s, const struct sb_frame_style *style);

/* "410 ms" is "0.4 s"; then whole minutes, hours, days; negative: "never". */
enum { SB_FRAME_AGE_BYTES = 24 };
void sb_frame_age(char out[static SB_FRAME_AGE_BYTES], int64_t ms);

#endif
