/* The part of `samenbus backup` that opens stores; it runs in a child process. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_BACKUP_H
#define SB_CLIENTS_COMMAND_VERIFY_BACKUP_H

#include "proto/rekey.h"

struct sb_verify_backup {
    const char *store, *partial, *name; /* the copy is made as `partial`, to be called `name` */
    struct sb_rekeys rekeys;            /* ends that they name need no signature */
};

/* Copies the store and verifies the copy; prints what it holds, or its faults. Returns the exit
 * code. `backup` is a struct sb_verify_backup. */
int sb_verify_backup(const void *backup);

#endif
