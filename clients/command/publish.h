/* Publishing as every command does it that writes: the flags, and lines of JSON to the daemon with
 * a line of output for each. */
#ifndef SB_CLIENTS_COMMAND_PUBLISH_H
#define SB_CLIENTS_COMMAND_PUBLISH_H

#include "clients/command/command.h"
#include "proto/bytes.h"
#include "proto/code.h"

#define SB_FLAG_ACK                                                                                \
    {                                                                                              \
        "ack", 0, "local|remote:K",                                                                \
            "done when it is durable here (default), or at K partners as well"                     \
    }
/* For those who say it everywhere; read with --ack and --timeout. */
#define SB_FLAG_RESULTS                                                                            \
    {                                                                                              \
        "output", 'o', "json", "one JSON object for each event, as without it"                     \
    }
#define SB_FLAG_TIMEOUT                                                                            \
    {                                                                                              \
        "timeout", 0, "TIME", "how long to try for each event, such as 10s (default) or 2min"      \
    }

/* Publishes what stands in the text, one object per line, and prints the results; the exit code.
 * `made`: one more member of the results, such as "\"decision\":\"GM0384/0193…\"", or NULL.
 * `refused` may be NULL: why the last one was that was refused, SB_CODE_OK where none was. */
int sb_publish_lines(const struct sb_args *args, struct sb_bytes lines, const char *made,
                     enum sb_code *refused);

#endif
