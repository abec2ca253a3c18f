/* Any bytes as a body: what the pre-scan passes, protobuf-c unpacks, within the cap; and what is an
 * EpochStart can be built again. */
#include <assert.h>
#include <string.h>

#include "proto/body.h"
#include "proto/text.h"
#include "proto/unpack.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

struct ProtobufCMessageDescriptor;
extern const struct ProtobufCMessageDescriptor samenbus__body__descriptor;

static void try_epoch_start(struct sb_bytes body, struct sb_arena *arena)
{
    struct sb_epoch_start start, back;
    if (!sb_epoch_start_read(&start, body, arena)) {
        return;
    }
    struct sb_bytes again = sb_epoch_start_build(&start, (struct sb_time){1}, arena);
    assert(sb_epoch_start_read(&back, again, arena));
    assert(back.counter == start.counter && back.n_parents == start.n_parents);
    assert(back.certified == start.certified);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_bytes body = {data, size};
    struct sb_body_head head;
    sb_arena_init(&arena, ARENA_MAX);
    bool readable = sb_body_head_read(&head, body);
    assert(!readable || (sb_utf8_valid(head.topic) && sb_utf8_valid(head.publisher)));
    if (sb_body_well_formed(body)) {
        assert(readable && size <= SB_BODY_MAX);
        assert(sb_unpack(&samenbus__body__descriptor, body, &arena) != NULL);
        assert(arena.used <= SB_UNPACK_BYTES_MAX);
        assert(sb_body_same_submission(body, body, &arena));
    }
    try_epoch_start(body, &arena);
    sb_arena_fini(&arena);
    return 0;
}
