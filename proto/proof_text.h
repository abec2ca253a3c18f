/* What a verifier prints of a proof (PROTOCOL §10.6). */
#ifndef SB_PROTO_PROOF_TEXT_H
#define SB_PROTO_PROOF_TEXT_H

#include "proto/proof.h"

enum { SB_PROOF_LINES = 2, SB_PROOF_LINE_MAX = 1024 };

/* A key that whoever reads the proof knows to be this organisation's. */
struct sb_proof_reader {
    struct sb_org organisation;
    struct sb_sign_public key;
};

/* Does it prove something, and is the key the one that `known` (NULL: none) names? */
bool sb_proof_holds(const struct sb_proof_verdict *verdict, const struct sb_proof_reader *known);
/* The lines, NUL-terminated and without line feeds; returns how many. Two where it holds, else one:
 * the fault. */
size_t sb_proof_print(char lines[static SB_PROOF_LINES][SB_PROOF_LINE_MAX],
                      const struct sb_proof_verdict *verdict, const struct sb_proof_reader *known);
/* One fault as a line, of proofs and exports alike. */
void sb_fault_print(char line[static SB_PROOF_LINE_MAX], const struct sb_export_fault *fault);

#endif
