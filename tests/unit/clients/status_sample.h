/* A status as a daemon could send it, for the tests of what is made from one. */
#ifndef SB_TESTS_UNIT_CLIENTS_STATUS_SAMPLE_H
#define SB_TESTS_UNIT_CLIENTS_STATUS_SAMPLE_H

#include <stdio.h>

#include "proto/status.h"

/* A terminal's colour, C1, a bidi override, a line feed, quotes and a bar: all that a name or a
 * reason may try. */
#define HOSTILE                                                                                    \
    "a\x1b[31m\xc2\x9b"                                                                            \
    "b\xe2\x80\xae"                                                                                \
    "c\nd\"e\\f|g"

enum { SAMPLE_PEERS = 3 };

struct sample {
    struct sb_status status;
    struct sb_status_peer peers[SAMPLE_PEERS];
    struct sb_status_alarm alarms[2];
    struct sb_status_head heads[3];
};

/* Ready, three partners live in both directions, nothing missing, no alarm. */
void sample_init(struct sample *s);

/* What `print` writes, for free(). */
char *printed(void (*print)(FILE *to, const void *context), const void *context);

#endif
