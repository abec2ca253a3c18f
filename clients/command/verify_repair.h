/* The part of `samenbus repair` that opens stores; it runs in a child process. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_REPAIR_H
#define SB_CLIENTS_COMMAND_VERIFY_REPAIR_H

#include "proto/rekey.h"

struct sb_verify_repair {
    const char *store, *into, *aside;
    struct sb_rekeys rekeys; /* ends that they name are kept without a signature */
};

enum { SB_VERIFY_SOUND = 200 }; /* instead of an exit code: nothing to repair */

/* Verifies the store and repairs it when it is not sound; prints what was left out. Returns the
 * exit code. `repair` is a struct sb_verify_repair. */
int sb_verify_repair(const void *repair);

#endif
