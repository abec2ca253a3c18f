/* Statements of possession: their fields, what is signed, and bytes that are none. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "proto/possession.h"
#include "tests/vectors/chain.h"

struct made {
    struct chain chain;
    struct sb_head heads[2];
    struct sb_origin_heads origins[3];
    struct sb_possession said;
};

static void make(struct made *m, struct sb_arena *arena)
{
    memset(m, 0, sizeof *m);
    chain_example(&m->chain, arena);
    m->heads[0] = (struct sb_head){m->chain.events.epoch, m->chain.checkpoints[1], {4}};
    m->heads[1] = (struct sb_head){{1, 7}, m->chain.checkpoints[0], {0}};
    m->origins[0] = (struct sb_origin_heads){
        .origin = org_of("GM0384"), .heads = m->heads, .n_heads = 1, .rest_whole = true};
    m->origins[1] = (struct sb_origin_heads){.origin = org_of("GM0437"),
                                             .heads = m->heads,
                                             .n_heads = 2,
                                             .rest_count = 3,
                                             .rest_events = 57,
                                             .rest_digest = seeded("rest")};
    m->origins[2] = (struct sb_origin_heads){.origin = org_of("GM0451"), .rest_whole = true};
    m->said = (struct sb_possession){.partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
                                     .node = org_of("GM0437"),
                                     .store_id = uuid_of(1),
                                     .boot_nonce = uuid_of(2),
                                     .offset = {57},
                                     .time = VECTOR_TIME,
                                     .challenge = seeded("challenge"),
                                     .origins = m->origins,
                                     .n_origins = 3};
}

static void put_origins(json_t *one, const struct sb_possession *said)
{
    json_t *list = put_list(one, "origins");
    for (size_t i = 0; i < said->n_origins; i++) {
        const struct sb_origin_heads *o = &said->origins[i];
        json_t *origin = json_object(), *heads = put_list(origin, "heads");
        put_text(origin, "origin", o->origin.s);
        for (size_t k = 0; k < o->n_heads; k++) {
            uint8_t checkpoint[SB_CHECKPOINT_BYTES];
            json_t *head = json_object();
            sb_checkpoint_encode(checkpoint, &o->heads[k].checkpoint);
            put_epoch(head, o->heads[k].epoch);
            put(head, "checkpoint", hex_of(checkpoint, sizeof checkpoint));
            put_number(head, "bodies", o->heads[k].bodies.n);
            json_array_append_new(heads, head);
        }
        put_number(origin, "restCount", o->rest_count);
        put_number(origin, "restEvents", o->rest_events);
        put(origin, "restWhole", json_boolean(o->rest_whole));
        put(origin, "restDigest", hex_hash(&o->rest_digest));
        json_array_append_new(list, origin);
    }
}

static struct sb_bytes sign(const struct sb_possession *said, const char *signer,
                            struct sb_arena *arena)
{
    struct sb_bytes bytes = sb_possession_bytes(said, arena);
    const struct sb_possession_ref of = sb_possession_ref_of(said, bytes);
    struct sb_sign_seed seed = seed_of(signer);
    struct sb_sign_secret secret = sb_sign_expand(&seed);
    struct sb_signature signature = sb_possession_sign(&of, &secret);
    return sb_possession_encode(bytes, &signature, arena);
}

static void add(json_t *list, const char *name, const struct sb_possession *said,
                const char *signer, struct sb_arena *arena)
{
    json_t *one = add_case(list, name);
    struct sb_bytes statement = sign(said, signer, arena);
    struct sb_sign_public key = key_of("GM0437");
    const struct sb_possession_ref of =
        sb_possession_ref_of(said, sb_possession_bytes(said, arena));
    uint8_t signed_bytes[SB_POSSESSION_SIGNED_MAX];
    struct sb_possession read;
    put(one, "partnership", hex_hash(&said->partnership));
    put_text(one, "node", said->node.s);
    put(one, "storeId", hex_of(said->store_id.b, sizeof said->store_id.b));
    put(one, "bootNonce", hex_of(said->boot_nonce.b, sizeof said->boot_nonce.b));
    put_number(one, "offset", said->offset.n);
    put(one, "timeMs", json_integer(said->time.ms));
    put(one, "challenge", hex_hash(&said->challenge));
    put_origins(one, said);
    put(one, "signed", hex_of(signed_bytes, sb_possession_signed_bytes(signed_bytes, &of)));
    put(one, "statement", hex_bytes(statement));
    put(one, "key", hex_of(key.b, sizeof key.b));
    bool readable = sb_possession_decode(&read, statement, arena);
    put(one, "valid", json_boolean(readable && sb_possession_verify(&read, statement, &key)));
}

/* A change of one byte of the statement, its signature made anew by nobody. */
static void add_refused(json_t *list, const char *name, struct sb_bytes bytes,
                        struct sb_arena *arena)
{
    struct sb_possession read;
    json_t *one = add_case(list, name);
    bool good = sb_possession_decode(&read, bytes, arena);
    assert(!good);
    put(one, "statement", hex_bytes(bytes));
}

static void add_all_refused(json_t *list, struct made *m, struct sb_arena *arena)
{
    struct sb_bytes whole = sign(&m->said, "GM0437", arena);
    add_refused(list, "cut short", (struct sb_bytes){whole.p, whole.n - 1}, arena);
    add_refused(list, "a byte more", (struct sb_bytes){copy_of(arena, whole, 1), whole.n + 1},
                arena);
    m->said.n_origins = 0;
    add_refused(list, "of nobody", sign(&m->said, "GM0437", arena), arena);
    m->said.n_origins = 3;
    m->origins[2].origin = org_of("GM0437");
    add_refused(list, "an organisation twice", sign(&m->said, "GM0437", arena), arena);
    m->origins[2].origin = org_of("GM0451");
    m->heads[0].bodies.n = m->heads[0].checkpoint.seq.n + 1;
    add_refused(list, "bodies beyond the head", sign(&m->said, "GM0437", arena), arena);
    m->heads[0].bodies.n = 4;
    m->heads[0].epoch.counter = 0;
    add_refused(list, "an epoch of counter 0", sign(&m->said, "GM0437", arena), arena);
}

json_t *make_possessions(struct sb_arena *arena)
{
    struct made m;
    json_t *root = object_about("Statements of possession, and whether the key signed them; bytes "
                                "that are none (PROTOCOL 6.5)");
    json_t *list = put_list(root, "statements");
    make(&m, arena);
    add(list, "three organisations", &m.said, "GM0437", arena);
    add(list, "signed by another", &m.said, "GM0384", arena);
    m.said.n_origins = 1;
    add(list, "one organisation", &m.said, "GM0437", arena);
    m.said.n_origins = 3;
    add_all_refused(put_list(root, "refused"), &m, arena);
    return root;
}
