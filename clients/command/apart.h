/* Work on the files of a store, in a process apart: a damaged file can crash the library that reads
 * it. And which store the arguments of a command mean. */
#ifndef SB_CLIENTS_COMMAND_APART_H
#define SB_CLIENTS_COMMAND_APART_H

#include "clients/command/command.h"

enum { SB_APART_PATH_BYTES = 4096 };

#define SB_FLAG_STORE                                                                              \
    {                                                                                              \
        "store", 0, "PATH", "a daemon's store: the folder"                                         \
    }
#define SB_FLAG_DAEMON                                                                             \
    {                                                                                              \
        "config", 'c', "FILE", "the daemon's file, samenbusd.yaml, which names the store"          \
    }

/* The store that --store names, or the file of --config. False after a complaint, with *exit_code.
 */
bool sb_apart_store(const struct sb_args *args, char path[static SB_APART_PATH_BYTES],
                    int *exit_code);

/* Says what to do about a store of which nothing can be read. */
void sb_apart_advise(const char *path);

/* Runs `work` in a child process and returns its exit code; where a signal ended it, that is a
 * fault of the file at `path`, printed, with what to do about it, and SB_EXIT_FAILURE. */
int sb_apart_run(const char *path, int (*work)(const void *context), const void *context);

/* Removes a part of a store that one of these commands made and did not finish. */
void sb_apart_discard(const char *partial);

#endif
