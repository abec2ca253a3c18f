/* Any bytes as the proof of a decision, and as a statement of possession: judged to the end, and
 * said in lines. */
#include <assert.h>
#include <string.h>

#include "proto/decision_proof.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

static void look(void *context, const char *line)
{
    size_t *n = context;
    assert(line[0] != '\0' && strchr(line, '\n') == NULL);
    (*n)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_decision_proof proof;
    struct sb_possession said;
    struct sb_arena arena;
    size_t n = 0;
    sb_arena_init(&arena, ARENA_BYTES);
    if (sb_possession_decode(&said, (struct sb_bytes){data, size}, &arena)) {
        struct sb_bytes again = sb_possession_bytes(&said, &arena);
        assert(again.p != NULL && memcmp(again.p, data, again.n) == 0);
    }
    enum sb_rc rc =
        sb_decision_proof_verify(&proof, (struct sb_bytes){data, size}, SB_DATE_NONE, &arena, NULL);
    if (rc == SB_OK) {
        bool sound = sb_decision_proof_print(&proof, NULL, 0, look, &n);
        assert(sound == (proof.fault.fault == SB_FAULT_NONE) && (sound ? n >= 4 : n == 1));
    }
    sb_arena_fini(&arena);
    return 0;
}
