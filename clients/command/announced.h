/* Announcements of new keys (PROTOCOL §9.4) for commands that verify a store: an end without a
 * signature is sound where one of them names it. */
#ifndef SB_CLIENTS_COMMAND_ANNOUNCED_H
#define SB_CLIENTS_COMMAND_ANNOUNCED_H

#include "clients/command/command.h"
#include "config/config.h"
#include "proto/arena.h"
#include "proto/rekey.h"

#define SB_FLAG_REKEY                                                                              \
    {                                                                                              \
        "rekey", 0, "FILE",                                                                        \
            "an announcement of a new key: the ends that it names need no signature; may be "      \
            "repeated. With --config those in rekeys/ beside that file count as well"              \
    }

struct sb_announced {
    struct sb_rekeys rekeys; /* all of them */
    struct sb_rekey *items;
    struct sb_arena arena;
    struct sb_config *config; /* NULL: none was named */
};

/* Those of --rekey and of the file of --config. False after a complaint, with *exit_code; nothing
 * is to be freed then. */
bool sb_announced_read(struct sb_announced *out, const struct sb_args *args, int *exit_code);
void sb_announced_fini(struct sb_announced *announced);

#endif
