/* Ends the process where a test asked for it. Empty in anything but test builds. */
#include "proto/failpoint.h"

#ifdef SAMENBUS_TEST_BUILD

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILPOINT_EXIT = 99, FAILPOINT_NAME_MAX = 64 };

struct wanted {
    enum sb_failpoint at;
    unsigned long passages; /* still to let by, this one included; 0: off */
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

static void read_wanted(struct wanted *w)
{
    const char *text = getenv("SAMENBUS_FAILPOINT");
    size_t n = text == NULL ? 0 : strcspn(text, ":");
    for (int i = 0; n > 0 && i < SB_FAILPOINTS_COUNT; i++) {
        const char *name = sb_failpoint_name((enum sb_failpoint)i);
        if (strlen(name) == n && memcmp(name, text, n) == 0) {
            w->at = (enum sb_failpoint)i;
            w->passages = text[n] == ':' ? strtoul(text + n + 1, NULL, 10) : 1;
        }
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
}

#endif
