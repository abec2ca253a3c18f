/* Numbers with a unit; see quantity.h. */
#include "config/quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

const struct sb_unit sb_units_size[] = {
    {"KiB", UINT64_C(1) << 10}, {"MiB", UINT64_C(1) << 20}, {"GiB", UINT64_C(1) << 30}, {NULL, 0}};

const struct sb_unit sb_units_duration[] = {{"ms", 1},      {"s", 1000},     {"min", 60000},
                                            {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

const struct sb_unit sb_units_rate[] = {{"/h", 1}, {"/min", 60}, {"/s", 3600}, {NULL, 0}};

/* The leading digits; false without any or above 64 bits. */
static bool parse_digits(uint64_t *out, const char *text, size_t n, size_t *used)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < n && isdigit((unsigned char)text[i]); i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    *used = i;
    return i > 0;
}

bool sb_quantity_parse(uint64_t *out, const char *text, size_t n, const struct sb_unit *units)
{
    uint64_t number;
    size_t used;
    if (!parse_digits(&number, text, n, &used)) {
        return false;
    }
    for (const struct sb_unit *u = units; u->name != NULL; u++) {
        if (strlen(u->name) == n - used && memcmp(u->name, text + used, n - used) == 0) {
            *out = number * u->factor;
            return number <= UINT64_MAX / u->factor;
        }
    }
    return false;
}

void sb_quantity_format(char out[static SB_QUANTITY_TEXT_MAX], uint64_t value,
                        const struct sb_unit *units)
{
    const struct sb_unit *best = units;
    for (const struct sb_unit *u = units; u->name != NULL; u++) {
        if (value >= u->factor && value % u->factor == 0) {
            best = u;
        }
    }
    snprintf(out, SB_QUANTITY_TEXT_MAX, "%" PRIu64 "%s", value / best->factor, best->name);
}

/* The unit that is the same but for case, else the last one with that first letter: `5m` is five
 * minutes to most people. */
static const struct sb_unit *guess_unit(const char *text, size_t n, const struct sb_unit *units)
{
    const struct sb_unit *like = NULL;
    for (const struct sb_unit *u = units; u->name != NULL; u++) {
        if (strlen(u->name) == n && strncasecmp(u->name, text, n) == 0) {
            return u;
        }
        if (n > 0 && strncasecmp(u->name, text, 1) == 0) {
            like = u;
        }
    }
    return like;
}

bool sb_quantity_guess(char out[static SB_QUANTITY_TEXT_MAX], const char *text, size_t n,
                       const struct sb_unit *units)
{
    uint64_t number;
    size_t used;
    if (!parse_digits(&number, text, n, &used)) {
        return false;
    }
    while (used < n && text[used] == ' ') {
        used++;
    }
    const struct sb_unit *unit = guess_unit(text + used, n - used, units);
    if (unit == NULL) {
        return false;
    }
    snprintf(out, SB_QUANTITY_TEXT_MAX, "%" PRIu64 "%s", number, unit->name);
    return sb_quantity_parse(&number, out, strlen(out), units);
}
