/* Ends the process where a test asked for it. Not linked into anything but test builds. */
#include "daemon/shell/failpoint.h"

#ifdef SAMENBUS_TEST_BUILD

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILPOINT_EXIT = 99, FAILPOINT_NAME_MAX = 64 };

struct failpoint {
    char name[FAILPOINT_NAME_MAX];
    unsigned long passages; /* still to let by, this one included; 0: off */
};

static void read_failpoint(struct failpoint *f)
{
    const char *text = getenv("SAMENBUS_FAILPOINT");
    size_t n = text == NULL ? 0 : strcspn(text, ":");
    if (n == 0 || n >= sizeof f->name) {
        return;
    }
    memcpy(f->name, text, n);
    f->name[n] = '\0';
    f->passages = text[n] == ':' ? strtoul(text + n + 1, NULL, 10) : 1;
}

void sb_failpoint(const char *name)
{
    static struct failpoint wanted;
    static int known;
    if (known == 0) {
        read_failpoint(&wanted);
        known = 1;
    }
    if (wanted.passages > 0 && strcmp(wanted.name, name) == 0 && --wanted.passages == 0) {
        _exit(FAILPOINT_EXIT);
    }
}

#endif
