/* Any bytes as a link and as a checkpoint. What is read is written back to the same bytes: a layout
 * that had two encodings would give one event two hashes. */
#include <assert.h>
#include <string.h>

#include "proto/checkpoint.h"
#include "tests/fuzz/fuzz.h"

static void try_link(const uint8_t *data, size_t size)
{
    struct sb_link link;
    struct sb_org orgs[SB_AUDIENCE_MAX];
    uint8_t again[SB_LINK_MAX];
    if (!sb_link_decode(&link, orgs, data, size)) {
        return;
    }
    assert(size >= SB_LINK_MIN && size <= SB_LINK_MAX);
    assert(sb_link_encode(again, &link) == size && memcmp(again, data, size) == 0);
    assert(sb_link_entitles(&link, &link.origin));
    assert(sb_audience_normalise(orgs, link.audience.n) == link.audience.n);
}

static void try_checkpoint(const uint8_t *data, size_t size)
{
    struct sb_checkpoint c;
    uint8_t again[SB_CHECKPOINT_BYTES];
    if (sb_checkpoint_decode(&c, data, size)) {
        sb_checkpoint_encode(again, &c);
        assert(size == sizeof again && memcmp(again, data, size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_link(data, size);
    try_checkpoint(data, size);
    return 0;
}
