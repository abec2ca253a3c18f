/* Links: their bytes and hashes, and bytes that are no link. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "tests/vectors/vectors.h"

/* Places in a link of an origin with six characters (PROTOCOL 3.1). */
enum {
    AT_VERSION = 0,
    AT_ORIGIN_LENGTH = 33,
    AT_ORIGIN = 34,
    AT_COUNTER = 40,
    AT_SEQ = 52,
    AT_PREV = 60,
    AT_KIND = 92,
    AT_AUDIENCE = 109,
    AT_FIRST_ENTRY = 110,
    AT_SECOND_ENTRY = 117,
};

static struct sb_link example(void)
{
    return (struct sb_link){
        .partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
        .origin = org_of("GM0384"),
        .epoch = {3, 0x9f1c2ab7d0e1f203},
        .seq = {12},
        .prev = seeded("prev"),
        .kind = SB_KIND_OPEN,
        .id = uuid_of(1),
        .body_len = 321,
        .commitment = seeded("commitment"),
    };
}

static void put_fields(json_t *one, const struct sb_link *link)
{
    static const char *const kinds[] = {"", "system", "open", "restricted"};
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &link->id);
    put(one, "partnership", hex_hash(&link->partnership));
    put_text(one, "origin", link->origin.s);
    put_epoch(one, link->epoch);
    put_number(one, "seq", link->seq.n);
    put(one, "prev", hex_hash(&link->prev));
    put_text(one, "kind", kinds[link->kind]);
    put_text(one, "id", id);
    json_t *audience = put_list(one, "audience");
    for (size_t i = 0; i < link->audience.n; i++) {
        json_array_append_new(audience, json_string(link->audience.orgs[i].s));
    }
    put_number(one, "bodyLength", link->body_len);
    put(one, "commitment", hex_hash(&link->commitment));
}

static void put_entitled(json_t *one, const struct sb_link *link)
{
    static const char *const orgs[] = {"GM0384", "GM0437", "GM0451"};
    json_t *entitled = put_list(one, "entitled");
    for (size_t i = 0; i < sizeof orgs / sizeof *orgs; i++) {
        struct sb_org org = org_of(orgs[i]);
        if (sb_link_entitles(link, &org)) {
            json_array_append_new(entitled, json_string(orgs[i]));
        }
    }
}

static void add_link(json_t *list, const char *name, const struct sb_link *link)
{
    uint8_t bytes[SB_LINK_MAX];
    size_t n = sb_link_encode(bytes, link);
    struct sb_hash hash = sb_link_hash(link);
    json_t *one = add_case(list, name);
    put_fields(one, link);
    put(one, "bytes", hex_of(bytes, n));
    put(one, "hash", hex_hash(&hash));
    put_entitled(one, link);
}

/* The bytes of a link with n of them at a place replaced, which makes it no link. */
static void add_refused(json_t *list, const char *name, const struct sb_link *link, size_t at,
                        const void *bytes, size_t n)
{
    uint8_t changed[SB_LINK_MAX + 8] = {0};
    struct sb_org orgs[SB_AUDIENCE_MAX];
    struct sb_link read;
    size_t size = sb_link_encode(changed, link);
    assert(at + n <= sizeof changed);
    memcpy(changed + at, bytes, n);
    size = at + n > size ? at + n : size;
    assert(!sb_link_decode(&read, orgs, changed, size));
    json_t *one = add_case(list, name);
    put(one, "bytes", hex_of(changed, size));
    put_text(one, "fault", "bad_link");
}

static void add_refused_links(json_t *root, const struct sb_link *open,
                              const struct sb_link *restricted)
{
    static const uint8_t zero[32];
    json_t *list = put_list(root, "refused");
    struct sb_link first = *open;
    uint8_t bytes[SB_LINK_MAX];
    size_t n = sb_link_encode(bytes, open);
    first.seq.n = 1;
    first.prev = (struct sb_hash){{0}};
    add_refused(list, "version 2", open, AT_VERSION, "\x02", 1);
    add_refused(list, "an origin of one character", open, AT_ORIGIN_LENGTH, "\x01", 1);
    add_refused(list, "an origin in lower case", open, AT_ORIGIN, "gm0384", 6);
    add_refused(list, "counter 0", open, AT_COUNTER, zero, 4);
    add_refused(list, "seq 0", open, AT_SEQ, zero, 8);
    add_refused(list, "prev at seq 1", &first, AT_PREV, "\x01", 1);
    add_refused(list, "no prev at seq 12", open, AT_PREV, zero, 32);
    add_refused(list, "kind 0", open, AT_KIND, zero, 1);
    add_refused(list, "kind 4", open, AT_KIND, "\x04", 1);
    add_refused(list, "restricted without an audience", open, AT_KIND, "\x03", 1);
    add_refused(list, "open with an audience", restricted, AT_KIND, "\x02", 1);
    add_refused(list, "system with an audience", restricted, AT_KIND, "\x01", 1);
    add_refused(list, "an audience that is not sorted", restricted, AT_FIRST_ENTRY,
                "\x06GM0451\x06GM0437", 14);
    add_refused(list, "an audience with a double", restricted, AT_SECOND_ENTRY, "\x06GM0437", 7);
    add_refused(list, "an audience in lower case", restricted, AT_FIRST_ENTRY, "\x06gm0437", 7);
    add_refused(list, "one entry more than there is", restricted, AT_AUDIENCE, "\x03", 1);
    add_refused(list, "65 entries", restricted, AT_AUDIENCE, "\x41", 1);
    add_refused(list, "a body of 65537 bytes", open, n - 36, "\x00\x01\x00\x01", 4);
    add_refused(list, "a byte left over", open, n, "\x00", 1);
    json_t *cut = add_case(list, "a byte short");
    put(cut, "bytes", hex_of(bytes, n - 1));
    put_text(cut, "fault", "bad_link");
}

json_t *make_links(struct sb_arena *arena)
{
    static const struct sb_org audience[] = {{"GM0437"}, {"GM0451"}};
    (void)arena;
    json_t *root = object_about("Links: fields, bytes, hash, and who of GM0384, GM0437 and GM0451 "
                                "is entitled to the body; bytes that are no link (PROTOCOL 3)");
    json_t *list = put_list(root, "links");
    struct sb_link open = example(), restricted = example(), first = example();
    restricted.kind = SB_KIND_RESTRICTED;
    restricted.audience = (struct sb_audience){audience, 2};
    first.kind = SB_KIND_SYSTEM;
    first.seq.n = 1;
    first.prev = (struct sb_hash){{0}};
    add_link(list, "an open event", &open);
    add_link(list, "a restricted event", &restricted);
    add_link(list, "the start of an epoch", &first);
    restricted.audience.n = 1;
    add_link(list, "an audience of one", &restricted);
    open.origin = org_of("A1");
    open.epoch = (struct sb_epoch){UINT32_MAX, UINT64_MAX};
    open.seq.n = ((uint64_t)1 << 53) - 1; /* what every JSON library can read */
    open.body_len = 0;
    add_link(list, "the shortest, with the largest numbers", &open);
    open = example();
    add_refused_links(root, &open,
                      &(struct sb_link){.partnership = open.partnership,
                                        .origin = open.origin,
                                        .epoch = open.epoch,
                                        .seq = open.seq,
                                        .prev = open.prev,
                                        .kind = SB_KIND_RESTRICTED,
                                        .id = open.id,
                                        .audience = {audience, 2},
                                        .body_len = open.body_len,
                                        .commitment = open.commitment});
    return root;
}
