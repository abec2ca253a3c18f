/* Any bytes as the proof of a fork: a verdict, or a fault with its name. What is believed has lost
 * its value once a bit of it is another. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proof.h"
#include "tests/fuzz/fuzz.h"

static void try_spoilt(const uint8_t *data, size_t size)
{
    struct sb_proof_verdict verdict;
    uint8_t *copy = malloc(size);
    assert(copy != NULL);
    memcpy(copy, data, size);
    copy[size / 2] ^= 0x10;
    sb_proof_verify(&verdict, copy, size);
    assert(verdict.fault.fault != SB_FAULT_NONE);
    sb_proof_verify(&verdict, copy, size - 1);
    assert(verdict.fault.fault != SB_FAULT_NONE);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_proof_verdict verdict;
    sb_proof_verify(&verdict, data, size);
    assert(verdict.fault.fault >= SB_FAULT_NONE && verdict.fault.fault < SB_FAULT_COUNT);
    if (verdict.fault.fault == SB_FAULT_NONE) {
        assert(verdict.header.origin.s[0] != '\0' && verdict.seq.n > 0);
        try_spoilt(data, size);
    } else {
        assert(verdict.fault.text[0] != '\0');
    }
    return 0;
}
