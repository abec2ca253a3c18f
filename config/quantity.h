/* Whole numbers with a unit: sizes (8GiB) and times (5s). */
#ifndef SB_CONFIG_QUANTITY_H
#define SB_CONFIG_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sb_unit {
    const char *name;
    uint64_t factor;
};

/* Ends with a NULL name; smallest first. */
extern const struct sb_unit sb_units_size[];     /* in bytes */
extern const struct sb_unit sb_units_duration[]; /* in milliseconds */
extern const struct sb_unit sb_units_rate[];     /* per hour */

enum { SB_QUANTITY_TEXT_MAX = 32 };

/* False when the n bytes are not digits and a unit, or do not fit. */
bool sb_quantity_parse(uint64_t *out, const char *text, size_t n, const struct sb_unit *units);
/* With the largest unit that leaves a whole number; value is a multiple of the smallest. */
void sb_quantity_format(char out[static SB_QUANTITY_TEXT_MAX], uint64_t value,
                        const struct sb_unit *units);
/* What was probably meant by text that does not parse: `8 gb` is 8GiB. False when there is no
 * telling. */
bool sb_quantity_guess(char out[static SB_QUANTITY_TEXT_MAX], const char *text, size_t n,
                       const struct sb_unit *units);

#endif
