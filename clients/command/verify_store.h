/* The part of `samenbus verify` that opens a store; it runs in a child process. */
#ifndef SB_CLIENTS_COMMAND_VERIFY_STORE_H
#define SB_CLIENTS_COMMAND_VERIFY_STORE_H

/* Prints the faults of the store, or that it is sound; returns the exit code. */
int sb_verify_store(const char *path);

#endif
