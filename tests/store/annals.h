/* A store with a true history in it: EpochStarts, signatures, bodies that can be read, a fork, a
 * body that came late. What a verification must find nothing wrong with. */
#ifndef SB_TESTS_STORE_ANNALS_H
#define SB_TESTS_STORE_ANNALS_H

#include "daemon/store/store.h"

enum { ANNALS_EVENTS = 20, ANNALS_EPOCHS = 3, ANNALS_ORIGINS = 2, ANNALS_LOG = 21 };

/* GM0384 has epochs 1 (seqs 1-6, log entries 1-6) and 2 (1-5: 12-16); GM0437 has epoch 1 (1-5:
 * 7-11; branch 1 from seq 4 on: 17-18, then 19-20 on branch 0). Entry 10 (seq 4) came without its
 * body, which entry 21 releases. Entry 9 (seq 3) is restricted and withheld, entry 8's body is
 * missing still, which the branch waits for. */
void annals_write(const char *path);
/* The same, in which GM0384 has had its seq 4 of epoch 1 erased, by seq 3 of an epoch 3 (log
 * entries 22 to 24); GM0437 has confirmed it, and so has this node. Seq 5 has expired, and stands
 * in free pages still. */
void annals_write_erased(const char *path);
/* Only the Erasure: as a daemon writes it that does not act on it. */
void annals_write_erasure(const char *path);
/* The same as annals_write, with an epoch of GM0451 of two links (log entries 22 and 23) that it
 * signed three times: branch 1 begins at seq 1 or 2, with the event that the start promises, or
 * another; branch 2 at seq 2, with the one that it promises. */
void annals_write_begun_twice(const char *path, unsigned base, bool kept);
/* The same, with an epoch of GM0451 of three links (log entries 22 to 24), the last of which has a
 * body that is no message. */
void annals_write_unreadable(const char *path);
/* The same as annals_write, by somebody who has no key of GM0437: its checkpoints, at seq 5 and 7
 * of branch 0 and at seq 5 of branch 1, have signatures of 64 zero bytes. */
void annals_write_forged(const char *path);
/* Takes the signature from the checkpoint of GM0384's epoch 1 at this seq, 3 or 6: so a store has
 * an end that only an announcement of a new key names. Returns the chain. */
struct sb_chain_row annals_unsign(const char *path, unsigned seq);
struct sb_store_options annals_options(const char *path);

#endif
