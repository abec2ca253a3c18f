/* Asking for a passphrase: on the terminal, without showing it, or from a file. */
#ifndef SB_CLIENTS_COMMAND_PASSPHRASE_H
#define SB_CLIENTS_COMMAND_PASSPHRASE_H

#include "clients/command/command.h"

enum { SB_PASSPHRASE_BYTES = 1024, SB_PASSPHRASE_MIN = 8 };

#define SB_FLAG_PASSPHRASE                                                                         \
    {                                                                                              \
        "passphrase-file", 0, "FILE", "its first line is the passphrase (default: ask)"            \
    }

/* Fills `out`, which the caller wipes; `twice`: a new one, of some length, typed twice. False after
 * a complaint on stderr. */
bool sb_passphrase_get(const struct sb_args *args, bool twice,
                       char out[static SB_PASSPHRASE_BYTES]);

#endif
