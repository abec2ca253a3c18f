/* The links of one organisation in the proof of a decision: runs of consecutive links, each run
 * under checkpoints (PROTOCOL §10.7). Included by decision_proof*.c only. */
#ifndef SB_PROTO_DECISION_PROOF_SECTION_H
#define SB_PROTO_DECISION_PROOF_SECTION_H

#include "proto/decision_proof.h"

/* Consecutive links of one branch of one epoch. */
struct sb_proof_run {
    struct sb_org origin;
    struct sb_epoch epoch;
    uint64_t base;                      /* seq of its first link */
    size_t first, n;                    /* its links' hashes in sb_proof_table.hashes */
    uint32_t leans_on;                  /* the run that has the link before; or SB_PAST_NONE */
    const struct sb_epoch_start *start; /* where it begins at seq 1 */
};

/* All runs of all organisations, ascending within each by epoch, the one with its start first. */
struct sb_proof_table {
    struct sb_proof_run *runs;
    size_t n_runs;
    struct sb_hash *hashes;
    size_t n_hashes;
    struct sb_statement *statements; /* what the bodies say that are not of the system */
    size_t n_statements;
    struct sb_arena *arena;
};

/* Room for so many events, bodies of them that are shown, and runs; false without memory. */
bool sb_proof_table_init(struct sb_proof_table *t, size_t events, size_t shown, size_t runs,
                         struct sb_arena *arena);

/* The run among [from, n_runs) that has this link; SB_PAST_NONE: none. */
uint32_t sb_proof_table_find(const struct sb_proof_table *t, size_t from, struct sb_epoch epoch,
                             uint64_t seq, const struct sb_hash *hash);
/* The run among [from, n_runs) that begins this epoch; NULL: none. */
const struct sb_proof_run *sb_proof_table_start(const struct sb_proof_table *t, size_t from,
                                                struct sb_epoch epoch);

struct sb_proof_section {
    struct sb_proof_table *t;
    struct sb_hash partnership;
    struct sb_decision_proof_origin *of;
    size_t from;  /* its first run */
    bool covered; /* the last record was a checkpoint, or there was none yet */
    bool full;    /* no memory: nothing else is said of the file */
    /* of the last link read */
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
};

/* Takes one event or checkpoint record. The fault, with its place in *at; counter 0: the place
 * behind the last link. */
enum sb_fault sb_proof_section_event(struct sb_proof_section *s, struct sb_bytes payload,
                                     struct sb_epoch *epoch, struct sb_seq *seq);
enum sb_fault sb_proof_section_checkpoint(struct sb_proof_section *s, struct sb_bytes payload,
                                          struct sb_epoch *epoch, struct sb_seq *seq);

/* decision_proof_view.c: folds what was said. Errors: SB_E_NOMEM. */
enum sb_rc sb_decision_proof_fold(struct sb_decision_proof *out, const struct sb_proof_table *t,
                                  struct sb_date as_of, struct sb_err *err);

#endif
