/* The parts of the core's inputs about erasures. Borrowed for the step. */
#ifndef SB_CORE_INPUT_ERASE_H
#define SB_CORE_INPUT_ERASE_H

#include "proto/code.h"
#include "proto/ids.h"

/* A system event of ours as it has been made. */
struct sb_in_said {
    struct sb_uuid id;
    struct sb_hash commitment;
    uint32_t body_len;
};

/* STAGED: in this turn already. */
enum sb_erase_state { SB_ERASE_NEW, SB_ERASE_AGAIN, SB_ERASE_STAGED };

struct sb_in_erase {
    uint16_t client;
    uint32_t session, request, index; /* where the answer goes */
    enum sb_code verdict;             /* of what it names; text is the sentence */
    const char *text;
    enum sb_erase_state state;
    struct sb_epoch known_epoch; /* of AGAIN: where its Erasure stands */
    struct sb_seq known_seq;
    struct sb_in_said said;
};

#endif
