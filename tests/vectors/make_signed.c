/* What origins sign: EpochStarts with their keys, checkpoints, certificates. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "proto/pb_writer.h"
#include "proto/segment.h"
#include "tests/vectors/chain.h"

/* ---- epochs */

static void certify(struct sb_epoch_start *start, const char *origin, const char *old_name,
                    const char *new_name)
{
    struct sb_sign_seed old_seed = seed_of(old_name), new_seed = seed_of(new_name);
    struct sb_hash partnership = sb_partnership_hash(VECTOR_PARTNERSHIP);
    start->certified = true;
    start->certificate.origin = org_of(origin);
    start->certificate.time = VECTOR_TIME;
    sb_certificate_sign(&start->certificate, &partnership, &old_seed, &new_seed);
}

enum { START_PARENTS = 2, START_CERTIFICATE = 6 };

/* An EpochStart with one more message in it. */
static struct sb_bytes insert_in_start(const struct chain *c, struct sb_bytes body, uint32_t field,
                                       const char *message, size_t n)
{
    struct sb_body_head head;
    struct sb_pb_writer inner = {.p = sb_arena_alloc(c->arena, body.n + 100)};
    struct sb_pb_writer outer = {.p = sb_arena_alloc(c->arena, body.n + 200)};
    bool ok = sb_body_head_read(&head, body) && n < 90;
    assert(ok && inner.p != NULL && outer.p != NULL);
    memcpy(inner.p, head.content_bytes.p, head.content_bytes.n);
    inner.n = head.content_bytes.n;
    sb_pb_put_bytes(&inner, field, message, n);
    sb_pb_put_bytes(&outer, SB_CONTENT_EPOCH_START, inner.p, inner.n);
    return (struct sb_bytes){outer.p, outer.n};
}

/* The first item of a chain, and what verifying it against a pinned key gives. */
static void add_epoch(json_t *list, const char *name, const struct chain *c, const char *pinned)
{
    struct sb_epoch_start read;
    struct sb_sign_public key = key_of(pinned);
    const struct sb_item *item = &c->items[0];
    enum sb_fault fault = sb_epoch_start_verify(&read, &item->link, item->body, &key, c->arena);
    json_t *one = add_case(list, name);
    put(one, "link", hex_bytes(item->link_bytes));
    put(one, "salt", hex_of(item->salt->b, sizeof item->salt->b));
    put(one, "body", hex_bytes(item->body));
    put(one, "bodyTag", hex_tag(sb_epoch_tag(item->body)));
    put(one, "pinned", hex_of(key.b, sizeof key.b));
    put_text(one, "fault", fault == SB_FAULT_NONE ? NULL : sb_fault_name(fault));
    if (fault != SB_FAULT_NONE) {
        return;
    }
    put_epoch(one, item->link.epoch);
    put(one, "signKey", hex_of(read.sign_key.b, sizeof read.sign_key.b));
    put(one, "nonce", hex_of(read.nonce, sizeof read.nonce));
    put(one, "firstCommitment", hex_hash(&read.first_commitment));
    put_number(one, "parents", read.n_parents);
}

/* The same with another body, whose tag the link gives. */
static void add_start(json_t *list, const char *name, struct chain *c, struct sb_bytes body)
{
    chain_give_body(c, 0, body);
    c->items[0].link.epoch.tag = sb_epoch_tag(body);
    chain_relink(c, 0);
    add_epoch(list, name, c, "GM0384");
}

static void add_lawful_epochs(json_t *list, struct sb_arena *arena)
{
    struct chain c, before;
    chain_example(&before, arena);
    chain_init(&c, "GM0384", "GM0384", arena);
    chain_open(&c, 1, JSON_MEETING);
    add_epoch(list, "the first of an origin", &c, "GM0384");
    c.start.n_parents = 1;
    c.start.parents[0] = (struct sb_parent){before.events.epoch, {4}, before.hashes[3]};
    c.start.counter = 2;
    chain_restart(&c, &c.start);
    add_epoch(list, "with a parent", &c, "GM0384");
    chain_init(&c, "GM0384", "GM0384 new", arena);
    certify(&c.start, "GM0384", "GM0384", "GM0384 new");
    chain_open(&c, 3, JSON_MEETING);
    add_epoch(list, "a new key, certified by the pinned one", &c, "GM0384");
    add_epoch(list, "a new key, pinned already", &c, "GM0384 new");
}

/* Starts whose fields are of another form than PROTOCOL 5.2 asks for. */
static void add_unformed_epochs(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_init(&c, "GM0384", "GM0384", arena);
    chain_open(&c, 2, JSON_MEETING);
    c.start.n_parents = 1;
    c.start.parents[0] = (struct sb_parent){{1, 7}, {4}, seeded("parent")};
    chain_restart(&c, &c.start);
    struct sb_bytes body = c.items[0].body;
    add_start(list, "a publisher", &c, sb_body_seal(body, VECTOR_TIME, "operator", arena));
    add_start(list, "a parent of an origin", &c,
              insert_in_start(&c, body, START_PARENTS, "\x0a\x06GM0384", 8));
    add_start(list, "a certificate of nobody, with the pinned key", &c,
              insert_in_start(&c, body, START_CERTIFICATE, "\x0a\x06GM0384", 8));
    add_start(list, "a hash of 31 bytes", &c,
              insert_in_start(&c, body, START_PARENTS,
                              "\x08\x01\x20\x01\x2a\x1f-------------------------------", 37));
}

static void add_refused_epochs(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_init(&c, "GM0384", "GM0384 new", arena);
    chain_open(&c, 3, JSON_MEETING);
    add_epoch(list, "a new key without a certificate", &c, "GM0384");
    certify(&c.start, "GM0437", "GM0384", "GM0384 new");
    chain_restart(&c, &c.start);
    add_epoch(list, "a certificate of another origin", &c, "GM0384");
    certify(&c.start, "GM0384", "GM0437", "GM0384 new");
    chain_restart(&c, &c.start);
    add_epoch(list, "certified by a key that is not pinned", &c, "GM0384");
    certify(&c.start, "GM0384", "GM0384", "GM0437");
    chain_restart(&c, &c.start);
    add_epoch(list, "a certificate for another key", &c, "GM0384");
    certify(&c.start, "GM0384", "GM0384", "GM0384 new");
    c.start.certificate.new_signature.b[5] ^= 1;
    chain_restart(&c, &c.start);
    add_epoch(list, "a certificate that the new key did not sign", &c, "GM0384");
    chain_init(&c, "GM0384", "GM0384", arena);
    chain_open(&c, 2, JSON_MEETING);
    struct sb_epoch_start other = c.start;
    other.nonce[0] ^= 1;
    chain_restart(&c, &other);
    add_epoch(list, "the tag of other bytes", &c, "GM0384");
    other = c.start;
    c.start.n_parents = 1;
    c.start.parents[0] = (struct sb_parent){{2, 7}, {1}, seeded("parent")};
    chain_restart(&c, &c.start);
    add_epoch(list, "a parent with the same counter", &c, "GM0384");
    c.start.parents[0] = (struct sb_parent){{1, 7}, {0}, seeded("parent")};
    chain_restart(&c, &c.start);
    add_epoch(list, "a parent at seq 0", &c, "GM0384");
    c.start = other;
    chain_restart(&c, &c.start);
    c.items[0].link.epoch.counter = 4;
    chain_relink(&c, 0);
    add_epoch(list, "another counter in the link", &c, "GM0384");
    chain_restart(&c, &c.start);
    c.items[0].link.kind = SB_KIND_OPEN;
    chain_relink(&c, 0);
    add_epoch(list, "not a system event", &c, "GM0384");
    struct sb_bytes body = c.items[1].body;
    chain_restart(&c, &c.start);
    chain_give_body(&c, 0, body);
    c.items[0].link.epoch.tag = sb_epoch_tag(body);
    chain_relink(&c, 0);
    add_epoch(list, "a meeting instead of a start", &c, "GM0384");
}

json_t *make_epochs(struct sb_arena *arena)
{
    json_t *root = object_about("EpochStarts of GM0384 in the partnership duoplus: link, salt and "
                                "body, the tag of the body's bytes, the key pinned, and the fault "
                                "or what they say (PROTOCOL 5.2, 9.3, 10.2)");
    json_t *list = put_list(root, "epochs");
    add_lawful_epochs(list, arena);
    add_refused_epochs(list, arena);
    add_unformed_epochs(list, arena);
    return root;
}

/* ---- checkpoints */

static void put_place(json_t *one, const struct sb_chain_ref *of)
{
    put(one, "partnership", hex_hash(&of->partnership));
    put_text(one, "origin", of->origin.s);
    put_epoch(one, of->epoch);
}

static void add_checkpoint(json_t *list, const char *name, const struct sb_chain_ref *of,
                           const struct sb_checkpoint *c, const char *key_name)
{
    uint8_t bytes[SB_CHECKPOINT_BYTES], message[SB_CHECKPOINT_SIGNED_MAX];
    struct sb_sign_public key = key_of(key_name);
    json_t *one = add_case(list, name);
    sb_checkpoint_encode(bytes, c);
    put_place(one, of);
    put(one, "key", hex_of(key.b, sizeof key.b));
    put(one, "bytes", hex_of(bytes, sizeof bytes));
    put_number(one, "seq", c->seq.n);
    put(one, "hash", hex_hash(&c->hash));
    put_number(one, "timeMs", (uint64_t)c->time.ms);
    put(one, "signature", hex_of(c->signature.b, sizeof c->signature.b));
    put(one, "signed", hex_of(message, sb_checkpoint_signed_bytes(message, of, c)));
    put(one, "valid", json_boolean(c->seq.n >= 1 && sb_checkpoint_verify(c, of, &key)));
}

json_t *make_checkpoints(struct sb_arena *arena)
{
    (void)arena;
    json_t *root = object_about("Checkpoints: the 112 bytes, the bytes that are signed, and "
                                "whether the signature is valid for that place and key "
                                "(PROTOCOL 5.4)");
    json_t *list = put_list(root, "checkpoints");
    struct sb_sign_seed seed = seed_of("GM0384");
    struct sb_chain_ref of = {
        sb_partnership_hash(VECTOR_PARTNERSHIP), org_of("GM0384"), {3, 0x9f1c2ab7d0e1f203}};
    struct sb_checkpoint c = {.seq = {12}, .hash = seeded("link"), .time = VECTOR_TIME};
    sb_checkpoint_sign(&c, &of, &seed);
    add_checkpoint(list, "valid", &of, &c, "GM0384");
    add_checkpoint(list, "under another key", &of, &c, "GM0437");
    struct sb_chain_ref elsewhere = of;
    elsewhere.origin = org_of("GM0437");
    add_checkpoint(list, "of another origin", &elsewhere, &c, "GM0384");
    elsewhere = of;
    elsewhere.epoch.counter++;
    add_checkpoint(list, "of another epoch", &elsewhere, &c, "GM0384");
    elsewhere = of;
    elsewhere.partnership = sb_partnership_hash("another");
    add_checkpoint(list, "of another partnership", &elsewhere, &c, "GM0384");
    struct sb_checkpoint changed = c;
    changed.seq.n = 13;
    add_checkpoint(list, "another seq", &of, &changed, "GM0384");
    changed = c;
    changed.time.ms++;
    add_checkpoint(list, "another time", &of, &changed, "GM0384");
    changed = c;
    changed.hash.b[31] ^= 1;
    add_checkpoint(list, "another hash", &of, &changed, "GM0384");
    changed = c;
    changed.signature.b[63] ^= 1;
    add_checkpoint(list, "a changed signature", &of, &changed, "GM0384");
    changed = c;
    changed.seq.n = 0;
    sb_checkpoint_sign(&changed, &of, &seed);
    add_checkpoint(list, "seq 0", &of, &changed, "GM0384");
    changed = c;
    changed.time.ms = -1;
    sb_checkpoint_sign(&changed, &of, &seed);
    add_checkpoint(list, "before 1970", &of, &changed, "GM0384");
    return root;
}

/* ---- certificates */

static void add_certificate(json_t *list, const char *name, const struct sb_certificate *c,
                            const char *partnership)
{
    uint8_t message[SB_CERTIFICATE_SIGNED_MAX];
    struct sb_hash hash = sb_partnership_hash(partnership);
    json_t *one = add_case(list, name);
    put(one, "partnership", hex_hash(&hash));
    put_text(one, "origin", c->origin.s);
    put(one, "oldKey", hex_of(c->old_key.b, sizeof c->old_key.b));
    put(one, "newKey", hex_of(c->new_key.b, sizeof c->new_key.b));
    put_number(one, "timeMs", (uint64_t)c->time.ms);
    put(one, "oldSignature", hex_of(c->old_signature.b, sizeof c->old_signature.b));
    put(one, "newSignature", hex_of(c->new_signature.b, sizeof c->new_signature.b));
    put(one, "signed", hex_of(message, sb_certificate_signed_bytes(message, c, &hash)));
    put(one, "valid", json_boolean(sb_certificate_verify(c, &hash)));
}

json_t *make_certificates(struct sb_arena *arena)
{
    (void)arena;
    json_t *root = object_about("Key certificates: the bytes that both keys sign, and whether both "
                                "signatures are valid (PROTOCOL 9.2)");
    json_t *list = put_list(root, "certificates");
    struct sb_epoch_start start = {0};
    certify(&start, "GM0384", "GM0384", "GM0384 new");
    add_certificate(list, "valid", &start.certificate, VECTOR_PARTNERSHIP);
    add_certificate(list, "in another partnership", &start.certificate, "another");
    struct sb_certificate changed = start.certificate;
    changed.origin = org_of("GM0437");
    add_certificate(list, "for another origin", &changed, VECTOR_PARTNERSHIP);
    changed = start.certificate;
    changed.old_signature = changed.new_signature;
    add_certificate(list, "not signed by the old key", &changed, VECTOR_PARTNERSHIP);
    changed = start.certificate;
    changed.new_signature = changed.old_signature;
    add_certificate(list, "not signed by the new key", &changed, VECTOR_PARTNERSHIP);
    changed = start.certificate;
    changed.time.ms++;
    add_certificate(list, "another time", &changed, VECTOR_PARTNERSHIP);
    return root;
}
