/* The proof of a fork: a file that proves by itself that the holder of one key signed two histories
 * (PROTOCOL §10.6). Of each branch it holds the links from the fork on to the first checkpoint: one
 * batch, hence bounded. No bodies: nothing in it is confidential that a partner may not see. */
#ifndef SB_PROTO_PROOF_H
#define SB_PROTO_PROOF_H

#include "proto/certificate.h"
#include "proto/export.h"

enum { SB_PROOF_BRANCHES = 2 };

struct sb_proof_branch {
    const struct sb_item *items; /* link and link_bytes; the first is at the place of the fork */
    size_t n;
    struct sb_checkpoint checkpoint; /* of the last one */
};

struct sb_proof {
    struct sb_export_header header;           /* its key is the one that signed the epoch */
    const struct sb_certificate *certificate; /* by which another key vouches for it; NULL: none */
    struct sb_epoch epoch;
    struct sb_proof_branch branches[SB_PROOF_BRANCHES]; /* in any order */
};

/* Errors: SB_E_IO. */
enum sb_rc sb_proof_write(FILE *to, const struct sb_proof *proof, struct sb_err *err);

/* What a file proves: `fault.fault` is SB_FAULT_NONE, and the rest is so; or the first fault. */
struct sb_proof_verdict {
    struct sb_export_fault fault;
    struct sb_export_header header;
    struct sb_epoch epoch;
    struct sb_seq seq;
    bool certified;
    struct sb_sign_public certified_by;
};

void sb_proof_verify(struct sb_proof_verdict *out, const uint8_t *file, size_t n);

#endif
