/* The proof of a decision: a file that shows by itself what was said about one decision, by whom,
 * and what it came to (PROTOCOL §10.7). Of every organisation that said something it holds the
 * links from its first word on, with bodies where they are about the decision, under the
 * organisation's own checkpoints; and what nodes said that they held.
 *
 * decision_proof.c goes through the records, decision_proof_section.c through the links of one
 * organisation, decision_proof_view.c makes the view, decision_proof_text.c says it in lines. */
#ifndef SB_PROTO_DECISION_PROOF_H
#define SB_PROTO_DECISION_PROOF_H

#include "proto/export.h"
#include "proto/possession.h"
#include "proto/rules/decision.h"

/* ---- writing: header, decision, then the proposer's events, and each other organisation with its
 * own; statements of possession; the end. Events and checkpoints as in an export. */

enum sb_rc sb_decision_proof_begin(FILE *to, const struct sb_export_header *proposer,
                                   const struct sb_uuid *decision, struct sb_date as_of,
                                   struct sb_err *err);
/* From here on the events are of this organisation; ascending, and not the proposer. */
enum sb_rc sb_decision_proof_origin(FILE *to, const struct sb_org *origin,
                                    const struct sb_sign_public *key, struct sb_err *err);
/* Ascending by node. `key`: the one that signed it. */
enum sb_rc sb_decision_proof_possession(FILE *to, const struct sb_sign_public *key,
                                        struct sb_bytes statement, struct sb_err *err);
/* `before`: everything that was written until now. */
enum sb_rc sb_decision_proof_end(FILE *to, uint64_t events, struct sb_bytes before,
                                 struct sb_err *err);

/* ---- verifying */

struct sb_decision_proof_origin {
    struct sb_org origin;
    struct sb_sign_public key;
    struct sb_sign_public last_key; /* of the last epoch that begins in the file; else `key` */
    uint64_t links, shown;          /* shown: with the body */
};

/* A head that a node said it holds, under the origin's own signature. */
struct sb_decision_proof_held {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
};

struct sb_decision_proof_possession {
    struct sb_org node;
    struct sb_sign_public key;
    bool of_origin; /* the key is that of an organisation of the proof */
    struct sb_time time;
    struct sb_bytes statement;
    const struct sb_decision_proof_held *held; /* of the organisations of the proof, newest only */
    size_t n_held;
};

/* What a file proves: `fault.fault` is SB_FAULT_NONE and the rest is so, or the first fault.
 * Everything is in the arena and borrows the file. */
struct sb_decision_proof {
    struct sb_export_fault fault;
    struct sb_export_header header; /* partnership and proposer */
    struct sb_reference decision;
    struct sb_date as_of; /* that the maker asked for */
    const struct sb_decision_proof_origin *origins;
    size_t n_origins;
    const struct sb_decision_proof_possession *possessions;
    size_t n_possessions;
    const struct sb_decision_view *view; /* as of the date asked for */
};

/* `as_of`: SB_DATE_NONE for the date that the file names. Errors: SB_E_NOMEM. */
enum sb_rc sb_decision_proof_verify(struct sb_decision_proof *out, struct sb_bytes file,
                                    struct sb_date as_of, struct sb_arena *arena,
                                    struct sb_err *err);

/* ---- in lines */

enum { SB_DECISION_PROOF_LINE_MAX = 16 * 1024 };

/* A key that whoever reads the proof knows to be this organisation's. */
struct sb_decision_proof_known {
    struct sb_org organisation;
    struct sb_sign_public key;
};

/* Gives the lines, without line feeds, one by one. False where there is a fault, or a key is not
 * the one that is known. */
bool sb_decision_proof_print(const struct sb_decision_proof *proof,
                             const struct sb_decision_proof_known *known, size_t n_known,
                             void (*put)(void *context, const char *line), void *context);

#endif
