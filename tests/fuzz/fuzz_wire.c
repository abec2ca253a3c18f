/* Any bytes as a frame. What is read can be written, and reads as the same again; memory stays in
 * proportion; Events that are read go through the verifier. */
#include <assert.h>
#include <string.h>

#include "proto/segment.h"
#include "proto/wire.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static void expect_stable(const struct sb_message *m, struct sb_arena *arena)
{
    struct sb_message back;
    char why[SB_LABEL_MAX + 1];
    struct sb_bytes frame = sb_wire_encode(m, arena);
    if (frame.p == NULL) {
        return; /* a short frame of foreign make may be too long in ours: packed numbers */
    }
    assert(sb_wire_decode(&back, frame, arena, why) == SB_CODE_OK);
    struct sb_bytes again = sb_wire_encode(&back, arena);
    assert(again.n == frame.n && memcmp(again.p, frame.p, frame.n) == 0);
}

static void try_verify(const struct sb_events *events, struct sb_arena *arena)
{
    const struct sb_sign_public key = {{1}};
    struct sb_segment_check check = {{{0}}, &key, &key, NULL, NULL};
    struct sb_segment segment;
    struct sb_seq at;
    if (events->n_items > 0) {
        check.partnership = events->items[0].link.partnership; /* so that more is looked at */
    }
    enum sb_fault fault = sb_segment_verify(&segment, events, &check, arena, &at);
    assert(fault > SB_FAULT_NONE && fault < SB_FAULT_COUNT); /* nobody signed with this key */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    sb_arena_init(&arena, ARENA_MAX);
    enum sb_code code = sb_wire_decode(&m, (struct sb_bytes){data, size}, &arena, why);
    assert(code == SB_CODE_OK || code == SB_CODE_MALFORMED || code == SB_CODE_TOO_LARGE);
    assert((code == SB_CODE_OK) == (why[0] == '\0') && strlen(why) <= SB_LABEL_MAX);
    if (code == SB_CODE_OK) {
        expect_stable(&m, &arena);
        if (m.type == SB_MSG_EVENTS) {
            try_verify(&m.events, &arena);
        }
    }
    sb_arena_fini(&arena);
    return 0;
}
