/* Something that a log or a daemon writes into, and what stands in it, for the tests of the shell.
 */
#ifndef SB_TESTS_UNIT_SHELL_SINK_H
#define SB_TESTS_UNIT_SHELL_SINK_H

#include <stddef.h>

enum { SINK_MAX = 64 * 1024 };

struct sink {
    int fd;
    char text[SINK_MAX];
};

void sink_open(struct sink *sink);
void sink_close(struct sink *sink);
/* All that was written, NUL-terminated. */
const char *sink_read(struct sink *sink);
/* How many lines of it contain `what`. */
unsigned sink_count(struct sink *sink, const char *what);

#endif
