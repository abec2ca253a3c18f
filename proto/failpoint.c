/* Ends the process, or holds it up, where a test asked for it. Empty in anything but test builds.
 */
#include "proto/failpoint.h"

#ifdef SAMENBUS_TEST_BUILD

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FAILPOINT_EXIT = 99, FAILPOINT_NAME_MAX = 64 };

struct wanted {
    enum sb_failpoint at;
    unsigned long passages; /* still to let by, this one included; 0: off */
    enum sb_failpoint hold_at;
    const char *hold_file; /* NULL: none */
};

const char *sb_failpoint_name(enum sb_failpoint at)
{
    static char names[SB_FAILPOINTS_COUNT][FAILPOINT_NAME_MAX];
    static const char *const upper[] = {
#define X(name) #name,
        SB_FAILPOINTS(X)
#undef X
    };
    for (size_t i = 0; upper[at][i] != '\0'; i++) {
        names[at][i] = (char)tolower((unsigned char)upper[at][i]);
    }
    return names[at];
}

/* The failpoint that the text names up to its colon or end. */
static bool find_point(const char *text, enum sb_failpoint *at)
{
    size_t n = strcspn(text, ":");
    for (int i = 0; n > 0 && i < SB_FAILPOINTS_COUNT; i++) {
        const char *name = sb_failpoint_name((enum sb_failpoint)i);
        if (strlen(name) == n && memcmp(name, text, n) == 0) {
            *at = (enum sb_failpoint)i;
            return true;
        }
    }
    return false;
}

static void read_wanted(struct wanted *w)
{
    const char *end = getenv("SAMENBUS_FAILPOINT"), *hold = getenv("SAMENBUS_HOLD");
    if (end != NULL && find_point(end, &w->at)) {
        const char *passages = strchr(end, ':');
        w->passages = passages != NULL ? strtoul(passages + 1, NULL, 10) : 1;
    }
    if (hold != NULL && find_point(hold, &w->hold_at)) {
        const char *file = strchr(hold, ':');
        w->hold_file = file != NULL ? file + 1 : NULL;
    }
}

static void hold(const char *file)
{
    const struct timespec step = {.tv_nsec = 10 * 1000 * 1000};
    while (access(file, F_OK) == 0) {
        nanosleep(&step, NULL);
    }
}

void sb_failpoint(enum sb_failpoint at)
{
    static struct wanted wanted;
    static int known;
    if (known == 0) {
        read_wanted(&wanted);
        known = 1;
    }
    if (wanted.passages > 0 && wanted.at == at && --wanted.passages == 0) {
        _exit(FAILPOINT_EXIT);
    }
    if (wanted.hold_file != NULL && wanted.hold_at == at) {
        hold(wanted.hold_file);
    }
}

#endif
