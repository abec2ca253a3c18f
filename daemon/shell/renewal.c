/* Days until keys are to be renewed; see renewal.h. */
#include "daemon/shell/renewal.h"

#include <stdio.h>

#include "proto/civil.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

bool sb_renewal_due(const char *by, struct sb_time now, char text[static SB_RENEWAL_TEXT_MAX])
{
    struct sb_civil day;
    text[0] = '\0';
    if (by == NULL || !sb_civil_read(&day, by)) {
        return false;
    }
    int64_t left = sb_civil_days(day) - now.ms / DAY_MS;
    const char *how = "samenbus key rotate for the signing key, key gen for the other";
    if (left >= 0) {
        snprintf(text, SB_RENEWAL_TEXT_MAX, "the keys are to be renewed by %s, in %lld days: %s",
                 by, (long long)left, how);
    } else {
        snprintf(text, SB_RENEWAL_TEXT_MAX, "the keys were to be renewed by %s, %lld days ago: %s",
                 by, (long long)-left, how);
    }
    return left <= SB_RENEWAL_DAYS;
}
