/* The part of `samenbus verify` that opens a store; it runs in a child process. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_STORE_H
#define SB_CLIENTS_COMMAND_VERIFY_STORE_H

#include "proto/rekey.h"

struct sb_verify_store {
    const char *path;
    struct sb_rekeys rekeys; /* ends that they name need no signature */
};

/* Prints the faults of the store, or that it is sound; returns the exit code. `store` is a struct
 * sb_verify_store. */
int sb_verify_store(const void *store);

#endif
