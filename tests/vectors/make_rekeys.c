/* Announcements of new keys: texts that are taken, with what they say, and texts that are none. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/rekey.h"
#include "proto/sha256.h"
#include "tests/vectors/vectors.h"

enum { TEXT_MAX = 4096 };

static const struct sb_rekey_tip TIPS[] = {
    {{1, 0x9f1c2ab700000001U}, {57}, {{1}}},
    {{2, 0x0000000000000002U}, {2}, {{2}}},
    {{UINT32_MAX, UINT64_MAX}, {UINT64_MAX}, {{3}}},
};

static struct sb_rekey example(const char *partnership, size_t n_tips)
{
    struct sb_rekey r = {.organisation = org_of("GM0384"),
                         .old_key = key_of("GM0384"),
                         .sign_key = key_of("GM0384 anew"),
                         .tips = TIPS,
                         .n_tips = n_tips};
    (void)snprintf(r.partnership, sizeof r.partnership, "%s", partnership);
    memcpy(r.curve_key, seeded("curve").b, sizeof r.curve_key);
    return r;
}

static struct sb_bytes written(const struct sb_rekey *r, struct sb_arena *arena)
{
    struct sb_sign_seed seed = seed_of("GM0384 anew");
    struct sb_bytes text = sb_rekey_write(r, &seed, arena);
    assert(text.p != NULL);
    return text;
}

static void add_taken(json_t *list, const char *name, const struct sb_rekey *r,
                      struct sb_arena *arena)
{
    struct sb_rekey read;
    struct sb_bytes text = written(r, arena);
    enum sb_rc rc = sb_rekey_read(&read, text, arena, NULL);
    assert(rc == SB_OK);
    json_t *one = add_case(list, name), *tips = put_list(one, "tips");
    put(one, "text", hex_bytes(text));
    put_text(one, "partnership", r->partnership);
    put_text(one, "organisation", r->organisation.s);
    put(one, "oldKey", hex_of(r->old_key.b, sizeof r->old_key.b));
    put(one, "signKey", hex_of(r->sign_key.b, sizeof r->sign_key.b));
    put(one, "curveKey", hex_of(r->curve_key, sizeof r->curve_key));
    for (size_t i = 0; i < r->n_tips; i++) {
        json_t *tip = json_object();
        put_epoch(tip, r->tips[i].epoch);
        put(tip, "seq", hex_tag(r->tips[i].seq.n)); /* may exceed what JSON can say */
        put(tip, "hash", hex_hash(&r->tips[i].hash));
        json_array_append_new(tips, tip);
    }
}

static void add_refused(json_t *list, const char *name, struct sb_bytes text,
                        struct sb_arena *arena)
{
    struct sb_rekey read;
    enum sb_rc rc = sb_rekey_read(&read, text, arena, NULL);
    if (rc != SB_E_INPUT) {
        fprintf(stderr, "taken: %s\n", name);
    }
    assert(rc == SB_E_INPUT);
    put(add_case(list, name), "text", hex_bytes(text));
}

/* Signed as it stands, so that nothing but its form is wrong. */
static struct sb_bytes sign(const char *text, struct sb_arena *arena)
{
    const struct sb_bytes covered = {(const uint8_t *)text, strlen(text)};
    const struct sb_hash hash = sb_sha256(&covered, 1);
    const struct sb_sign_seed seed = seed_of("GM0384 anew");
    uint8_t message[16 + sizeof hash.b];
    char base64[89], *all = sb_arena_alloc(arena, TEXT_MAX);
    memcpy(message, "samenbus/rekey/1", 16);
    memcpy(message + 16, hash.b, sizeof hash.b);
    struct sb_signature signature = sb_sign(&seed, message, sizeof message);
    sb_base64_encode(base64, signature.b, sizeof signature.b);
    assert(all != NULL);
    int n = snprintf(all, TEXT_MAX, "%ssignature %s\n", text, base64);
    return (struct sb_bytes){(const uint8_t *)all, (size_t)n};
}

/* The same with other words in one place, signed anew. */
static void add_changed(json_t *list, const char *name, const char *from, const char *to,
                        struct sb_arena *arena)
{
    struct sb_rekey r = example(VECTOR_PARTNERSHIP, 2);
    struct sb_bytes text = written(&r, arena);
    char whole[TEXT_MAX], changed[TEXT_MAX];
    (void)snprintf(whole, sizeof whole, "%.*s", (int)text.n, (const char *)text.p);
    *strstr(whole, "signature ") = '\0';
    const char *at = strstr(whole, from);
    assert(at != NULL);
    (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - whole), whole, to,
                   at + strlen(from));
    add_refused(list, name, sign(changed, arena), arena);
}

/* The last digit of a key has two bits that belong to no byte: in its one writing they are 0. */
static void add_spare_bits(json_t *list, struct sb_arena *arena)
{
    struct sb_sign_public key = key_of("GM0384");
    char text[45], from[64], to[64];
    sb_base64_encode(text, key.b, sizeof key.b);
    (void)snprintf(from, sizeof from, "old_key %s", text);
    text[42]++;
    (void)snprintf(to, sizeof to, "old_key %s", text);
    add_changed(list, "a key with bits that it has no room for", from, to, arena);
}

static void add_ends(json_t *list, struct sb_arena *arena)
{
    struct sb_rekey r = example(VECTOR_PARTNERSHIP, 2);
    struct sb_bytes text = written(&r, arena);
    struct sb_sign_seed stolen = seed_of("GM0384");
    uint8_t *copy = copy_of(arena, text, 1);
    copy[text.n] = '\n';
    add_refused(list, "a line more", (struct sb_bytes){copy, text.n + 1}, arena);
    add_refused(list, "without its last line feed", (struct sb_bytes){text.p, text.n - 1}, arena);
    add_refused(list, "nothing", (struct sb_bytes){text.p, 0}, arena);
    copy = copy_of(arena, text, 0);
    copy[strlen("samenbus-rekey-1\npartnership ")] ^= 1;
    add_refused(list, "changed after it was signed", (struct sb_bytes){copy, text.n}, arena);
    add_refused(list, "signed by the old key", sb_rekey_write(&r, &stolen, arena), arena);
}

static void add_all_refused(json_t *list, struct sb_arena *arena)
{
    static const char first[] = "tip 1 9f1c2ab700000001 57 ";
    static const char long_name[] =
        "partnership 0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890\n";
    add_changed(list, "another version", "samenbus-rekey-1", "samenbus-rekey-2", arena);
    add_changed(list, "a partnership without a name", "duoplus\n", "\n", arena);
    add_changed(list, "a name of 101 bytes", "partnership duoplus\n", long_name, arena);
    add_changed(list, "an organisation in lower case", "GM0384", "gm0384", arena);
    add_changed(list, "two line feeds", "GM0384\n", "GM0384\n\n", arena);
    add_changed(list, "a carriage return", "GM0384\n", "GM0384\r\n", arena);
    add_changed(list, "no connection key", "curve_key ", "curve_kay ", arena);
    add_changed(list, "a counter of 0", first, "tip 0 9f1c2ab700000001 57 ", arena);
    add_changed(list, "a counter with a zero before it", first, "tip 01 9f1c2ab700000001 57 ",
                arena);
    add_changed(list, "a counter above all", first, "tip 4294967296 9f1c2ab700000001 57 ", arena);
    add_changed(list, "a counter with a sign", first, "tip +1 9f1c2ab700000001 57 ", arena);
    add_changed(list, "a tag in capitals", first, "tip 1 9F1C2AB700000001 57 ", arena);
    add_changed(list, "a tag that is short", first, "tip 1 9f1c2ab70000001 57 ", arena);
    add_changed(list, "a seq of 0", first, "tip 1 9f1c2ab700000001 0 ", arena);
    add_changed(list, "a seq above all", first, "tip 1 9f1c2ab700000001 18446744073709551616 ",
                arena);
    add_changed(list, "two spaces", first, "tip 1  9f1c2ab700000001 57 ", arena);
    add_changed(list, "tips out of order", first, "tip 3 9f1c2ab700000001 57 ", arena);
    add_changed(list, "an epoch twice", first, "tip 2 0000000000000002 57 ", arena);
    add_changed(list, "a key that is no base64", "old_key ", "old_key  ", arena);
    add_changed(list, "a key of 33 bytes", "=\nsign_key", "f\nsign_key", arena);
    add_spare_bits(list, arena);
    add_ends(list, arena);
}

json_t *make_rekeys(struct sb_arena *arena)
{
    json_t *root =
        object_about("Announcements of new keys, and texts that are none (PROTOCOL 9.4)");
    json_t *taken = put_list(root, "announcements");
    struct sb_rekey r = example(VECTOR_PARTNERSHIP, 0);
    add_taken(taken, "nothing of the old key counts", &r, arena);
    r = example(VECTOR_PARTNERSHIP, 3);
    add_taken(taken, "three epochs", &r, arena);
    r = example("samen werken \xc3\xa9\xc3\xa9n", 1);
    add_taken(taken, "a name with spaces and accents", &r, arena);
    r = example("0123456789012345678901234567890123456789012345678901234567890123456789"
                "012345678901234567890123456789",
                1);
    add_taken(taken, "a name of 100 bytes", &r, arena);
    add_all_refused(put_list(root, "refused"), arena);
    return root;
}
