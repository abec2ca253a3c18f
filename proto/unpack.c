/* protobuf-c on a leash: its allocator is an arena with a byte cap, its free does nothing. */
#include "proto/unpack.h"

#include <protobuf-c/protobuf-c.h>

#include "proto/limits.h"
#include "proto/prescan.h"

struct leash {
    struct sb_arena *arena;
    size_t bytes_left;
};

static void *leash_alloc(void *data, size_t size)
{
    struct leash *l = data;
    if (size > l->bytes_left) {
        return NULL;
    }
    l->bytes_left -= size;
    return sb_arena_alloc(l->arena, size);
}

static void leash_free(void *data, void *pointer)
{
    (void)data; /* the arena goes as a whole */
    (void)pointer;
}

void *sb_unpack(const struct ProtobufCMessageDescriptor *descriptor, struct sb_bytes bytes,
                struct sb_arena *arena)
{
    static const uint8_t nothing;
    if (!sb_prescan(descriptor, bytes)) {
        return NULL;
    }
    struct leash leash = {arena, SB_UNPACK_BYTES_MAX};
    ProtobufCAllocator allocator = {leash_alloc, leash_free, &leash};
    return protobuf_c_message_unpack(descriptor, &allocator, bytes.n,
                                     bytes.p == NULL ? &nothing : bytes.p);
}

struct sb_bytes sb_pack(const struct ProtobufCMessage *message, struct sb_arena *arena)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *to = sb_arena_alloc(arena, n + 1);
    if (to == NULL) {
        return (struct sb_bytes){0};
    }
    return (struct sb_bytes){to, protobuf_c_message_pack(message, to)};
}
