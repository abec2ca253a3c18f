/* Fetching the links of one organisation that the proof of a decision needs. */
#ifndef SB_CLIENTS_COMMAND_PROOF_WALK_H
#define SB_CLIENTS_COMMAND_PROOF_WALK_H

#include <stdio.h>

#include "clients/lib/samenbus.h"

/* A link that must be in the file. */
struct sb_proof_needed {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    struct sb_hash hash;
    bool shown; /* with its body */
};

struct sb_proof_walk {
    struct sb_client *client;
    FILE *to;
    struct sb_proof_needed *needed; /* sorted */
    size_t n_needed;
    uint64_t events; /* written */
};

/* By origin, epoch, seq, hash. */
void sb_proof_walk_sort(struct sb_proof_walk *walk);

/* Writes the start of each epoch concerned, every link from the organisation's first needed one to
 * its last, and the checkpoints over them. Errors: those of sb_client_fetch, SB_E_IO. */
enum sb_rc sb_proof_walk_origin(struct sb_proof_walk *walk, const struct sb_org *origin,
                                struct sb_err *err);

#endif
