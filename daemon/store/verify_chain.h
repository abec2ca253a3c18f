/* What a verification has seen so far of each chain. For verify*.c only. */
#ifndef SB_STORE_VERIFY_CHAIN_H
#define SB_STORE_VERIFY_CHAIN_H

#include "daemon/store/store.h"

struct verify_chain {
    struct sb_place place;       /* seq: of the last link seen */
    struct sb_seq base, covered; /* first link seen; last one under a valid checkpoint */
    struct sb_hash hash;         /* of the last link */
    struct sb_seq missing;       /* the first without a body that is due; 0: none */
    uint64_t bytes;              /* in a verification: the most that its events can count for */
    bool has_row, has_start;
    bool broken;               /* in a repair: its second link is not what its start promises */
    struct sb_sign_public key; /* by the row, then by the EpochStart */
    struct sb_hash promised;   /* by the EpochStart: commitment of the second link */
    struct sb_checkpoint last; /* seen */
};

struct verify_chains {
    struct verify_chain *items;
    size_t n, cap;
    uint32_t *table; /* open addressing; index + 1, 0: free */
    size_t table_cap;
};

void verify_chains_fini(struct verify_chains *chains);
/* NULL: not seen yet. */
struct verify_chain *verify_chains_find(const struct verify_chains *chains,
                                        const struct sb_place *place);
/* A new one; pointers to others are lost. NULL: no memory. */
struct verify_chain *verify_chains_add(struct verify_chains *chains, const struct sb_place *place);

#endif
