/* The export file: one origin's history as anybody can check it offline (PROTOCOL §10).
 *
 * "SBEXPORT" ‖ version 1 (1 byte), then records: type (1) ‖ length (4) ‖ payload, big-endian.
 *   1 header      length (1) ‖ partnership name ‖ length (1) ‖ origin ‖ pinned key (32); the first
 *   2 event       length (4) ‖ link ‖ 'p' ‖ salt (32) ‖ body, or 'n' where the body is not given,
 * or 'e' where it was erased (letters: no bit that flips makes one of another) 3 checkpoint counter
 * (4) ‖ tag (8) ‖ checkpoint (112), behind the event that it covers 4 end         number of event
 * records (8); the last
 *
 * Verifying, so that every implementation finds the same faults in the same order. A record has at
 * most one fault, the first of its list. "Where": the epoch and seq in the link; if the link cannot
 * be read, and of records without one, the place behind the event record before. An event is known
 * once its link was read and is of the header's partnership and origin, and its hash is new. file
 * magic, version or header wrong: bad_file at nothing, and the end of verifying. A length beyond
 * the file, no end record, or a wrong number in it: bad_file. A record of another type or form, or
 * behind the end: bad_file; the next record is read. event       link unreadable, of another
 * partnership or origin, or known already: bad_link. seq above 1 and prev not the hash of a known
 * event of the same epoch at seq - 1: bad_prev. 'p': length or well-formedness: bad_body;
 * commitment: bad_commitment; neither 'n', 'e' nor 'p', or bytes behind 'n' or 'e': bad_body. seq
 * 1: no body, or not the EpochStart of this epoch: bad_epoch; key neither pinned nor certified:
 *               bad_key. seq 2: another commitment than the first one of a faultless EpochStart:
 * bad_epoch. checkpoint  not of a known event with this epoch and seq, no faultless EpochStart of
 * this epoch before it in the file, or signature wrong: bad_checkpoint. A valid one covers its
 *               event and all that prev leads to.
 *   at the end  every known event not covered whose predecessor is covered or not known:
 *               no_checkpoint, in the order of the file.
 */
#ifndef SB_PROTO_EXPORT_H
#define SB_PROTO_EXPORT_H

#include <stdio.h>

#include "proto/arena.h"
#include "proto/err.h"
#include "proto/rekey.h"
#include "proto/segment.h"

struct sb_export_header {
    char partnership[SB_NAME_MAX + 1];
    struct sb_org origin;
    struct sb_sign_public sign_key; /* pinned by whoever wrote the file */
};

enum sb_rc sb_export_begin(FILE *to, const struct sb_export_header *header, struct sb_err *err);
/* Writes the items and checkpoints of one page, in the order of their seqs. */
enum sb_rc sb_export_events(FILE *to, const struct sb_events *events, struct sb_err *err);
/* The closing record: how many events the file holds. */
enum sb_rc sb_export_end(FILE *to, uint64_t events, struct sb_err *err);

/* A fault found by verifying; `epoch` and `seq` are zero where none applies; `text` is a sentence.
 */
struct sb_export_fault {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    enum sb_fault fault;
    char text[SB_LABEL_MAX + 1];
};

struct sb_export_totals {
    uint64_t events, epochs, faults;
    struct sb_export_header header;
};

/* What a reader has beside the file. */
struct sb_export_reader {
    /* An epoch of the header's origin that one of these announcements of new keys names is verified
     * under the key that it replaced, up to the end that it names: anything else there is bad_key.
     */
    struct sb_rekeys rekeys;
    /* The history alone is asked for: a body is what its link says, and need not be readable. */
    bool history_alone;
};

/* Reads and verifies a whole file of n bytes in memory. Calls `on_fault` for each fault found (at
 * most 100) and goes on where it can. Errors: SB_E_NOMEM. */
enum sb_rc sb_export_verify(struct sb_export_totals *totals, const uint8_t *file, size_t n,
                            void (*on_fault)(void *context, const struct sb_export_fault *fault),
                            void *context, struct sb_err *err);
/* The same, for a reader who has more than the file. */
enum sb_rc sb_export_verify_for(const struct sb_export_reader *reader,
                                struct sb_export_totals *totals, const uint8_t *file, size_t n,
                                void (*on_fault)(void *context,
                                                 const struct sb_export_fault *fault),
                                void *context, struct sb_err *err);

#endif
