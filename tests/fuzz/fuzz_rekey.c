/* Any bytes as the announcement of a new key: what is taken is found again tip by tip, in their
 * order, and a refusal says why. */
#include <assert.h>

#include "proto/rekey.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_BYTES = 32 * 1024 * 1024 };

static void check_tips(const struct sb_rekey *r)
{
    assert(r->n_tips <= SB_REKEY_TIPS_MAX && r->partnership[0] != '\0');
    for (size_t i = 0; i < r->n_tips; i++) {
        assert(i == 0 || r->tips[i - 1].epoch.counter <= r->tips[i].epoch.counter);
        assert(sb_rekey_find(r, r->tips[i].epoch) == &r->tips[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_rekey rekey;
    struct sb_err err = {0};
    sb_arena_init(&arena, ARENA_BYTES);
    enum sb_rc rc = sb_rekey_read(&rekey, (struct sb_bytes){data, size}, &arena, &err);
    if (rc == SB_OK) {
        check_tips(&rekey);
    } else {
        assert(err.text[0] != '\0');
    }
    sb_arena_fini(&arena);
    return 0;
}
