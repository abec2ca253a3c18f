/* A copy of a store beside the daemon that writes it: for `samenbus backup`. It reads only; a
 * damaged file can crash LMDB, so it runs in a process apart, as verify.h says. */
#ifndef SB_STORE_COPY_H
#define SB_STORE_COPY_H

#include "proto/err.h"

/* Copies the store at `path`, as of its last commit, into the new folder `into` (0700), durably and
 * without what was deleted in it. The copy is a store of its own. On an error a part of it may be
 * left. Errors: as sb_store_open, SB_E_BUSY (`into` exists), SB_E_FULL, SB_E_IO. */
enum sb_rc sb_store_copy(const char *path, const char *into, struct sb_err *err);

#endif
