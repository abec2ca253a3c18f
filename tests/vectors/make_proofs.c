/* Proofs of forks: honest ones, and with one lie each. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/export_format.h"
#include "proto/proof.h"
#include "proto/proof_text.h"
#include "tests/vectors/chain.h"

struct made {
    struct chain sides[SB_PROOF_BRANCHES];
    struct sb_proof proof;
    uint8_t *bytes;
    size_t n;
};

/* `key`: whose key the reader knows to be that of GM0384; NULL: none. */
static void add_bytes(json_t *list, const char *name, const uint8_t *bytes, size_t n,
                      const char *key)
{
    struct sb_proof_verdict verdict;
    struct sb_proof_reader reader = {org_of("GM0384"), key_of(key == NULL ? "" : key)};
    char lines[SB_PROOF_LINES][SB_PROOF_LINE_MAX];
    json_t *one = add_case(list, name);
    put_text(one, "organisation", "GM0384");
    put(one, "key", key == NULL ? json_null() : hex_of(reader.key.b, sizeof reader.key.b));
    put(one, "file", hex_of(bytes, n));
    json_t *list_of_lines = put_list(one, "lines");
    sb_proof_verify(&verdict, bytes, n);
    size_t n_lines = sb_proof_print(lines, &verdict, key == NULL ? NULL : &reader);
    for (size_t i = 0; i < n_lines; i++) {
        json_array_append_new(list_of_lines, json_string(lines[i]));
    }
}

static void take_side(struct made *m, size_t side, size_t from)
{
    struct sb_proof_branch *b = &m->proof.branches[side];
    b->items = m->sides[side].items + from;
    b->n = m->sides[side].events.n_items - from;
    b->checkpoint = m->sides[side].checkpoints[m->sides[side].events.n_checkpoints - 1];
}

static void write_proof(struct made *m)
{
    char *bytes = NULL;
    FILE *to = open_memstream(&bytes, &m->n);
    assert(to != NULL);
    enum sb_rc rc = sb_proof_write(to, &m->proof, NULL);
    int failed = fclose(to);
    assert(rc == SB_OK && failed == 0);
    m->bytes = (uint8_t *)bytes;
}

/* An epoch of GM0384 that is forked at seq 3: one link there, and two. */
static void make(struct made *m, const struct sb_certificate *certificate, struct sb_arena *arena)
{
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < SB_PROOF_BRANCHES; i++) {
        struct chain *c = &m->sides[i];
        chain_init(c, "GM0384", certificate == NULL ? "GM0384" : "GM0384 new", arena);
        c->start.certified = certificate != NULL;
        if (certificate != NULL) {
            c->start.certificate = *certificate;
        }
        chain_open(c, 3, JSON_MEETING);
        chain_add(c, i == 0 ? JSON_POSITION : JSON_NOTIFICATION);
        if (i == 1) {
            chain_add(c, JSON_POSITION);
        }
        chain_seal(c);
        take_side(m, i, 2);
    }
    m->proof.header = (struct sb_export_header){VECTOR_PARTNERSHIP, org_of("GM0384"),
                                                sb_sign_public_of(&m->sides[0].seed)};
    m->proof.certificate = certificate;
    m->proof.epoch = m->sides[0].events.epoch;
}

static void add(json_t *list, const char *name, struct made *m, const char *key)
{
    write_proof(m);
    add_bytes(list, name, m->bytes, m->n, key);
    free(m->bytes);
}

static struct sb_certificate certify(void)
{
    struct sb_certificate c = {.origin = org_of("GM0384"), .time = VECTOR_TIME};
    struct sb_hash partnership = sb_partnership_hash(VECTOR_PARTNERSHIP);
    struct sb_sign_seed old = seed_of("GM0384"), new = seed_of("GM0384 new");
    sb_certificate_sign(&c, &partnership, &old, &new);
    return c;
}

static void add_lawful(json_t *list, struct sb_arena *arena)
{
    struct made m;
    struct sb_certificate certificate = certify();
    make(&m, NULL, arena);
    add(list, "a fork at seq 3", &m, NULL);
    make(&m, NULL, arena);
    add(list, "a fork, and the key is known", &m, "GM0384");
    make(&m, NULL, arena);
    add(list, "a fork, and the key known is another", &m, "GM0437");
    make(&m, &certificate, arena);
    add(list, "a fork under a certified key", &m, NULL);
    make(&m, &certificate, arena);
    add(list, "a fork under a key that the known one certifies", &m, "GM0384");
}

static void add_lies(json_t *list, struct sb_arena *arena)
{
    struct made m;
    struct sb_certificate certificate = certify();
    make(&m, NULL, arena);
    m.proof.branches[1] = m.proof.branches[0];
    add(list, "the same branch twice", &m, NULL);
    make(&m, NULL, arena);
    take_side(&m, 1, 3);
    add(list, "branches at two places", &m, NULL);
    make(&m, NULL, arena);
    m.sides[1].items[1].link.id.b[0] ^= 1; /* the fork is below */
    chain_relink(&m.sides[1], 1);
    chain_resign(&m.sides[1]);
    take_side(&m, 1, 2);
    add(list, "branches behind two links", &m, NULL);
    make(&m, NULL, arena);
    m.proof.branches[1].n = 1;
    add(list, "the checkpoint is of another link", &m, NULL);
    make(&m, NULL, arena);
    m.proof.header.sign_key = key_of("GM0437");
    add(list, "somebody else's key", &m, NULL);
    make(&m, NULL, arena);
    m.proof.header.origin = org_of("GM0437");
    add(list, "somebody else's name", &m, NULL);
    make(&m, &certificate, arena);
    certificate.old_signature.b[0] ^= 1;
    add(list, "a certificate that nobody signed", &m, NULL);
    make(&m, NULL, arena);
    m.proof.branches[0].n = 0;
    m.proof.branches[0].items = m.proof.branches[1].items;
    add(list, "a branch without a link", &m, NULL);
}

static void add_broken(json_t *list, struct sb_arena *arena)
{
    struct made m;
    make(&m, NULL, arena);
    write_proof(&m);
    add_bytes(list, "nothing", m.bytes, 0, NULL);
    add_bytes(list, "cut in its header", m.bytes, 20, NULL);
    add_bytes(list, "cut before its end", m.bytes, m.n - 13, NULL);
    add_bytes(list, "cut in a link", m.bytes, m.n / 2, NULL);
    uint8_t *longer = copy_of(arena, (struct sb_bytes){m.bytes, m.n}, 1);
    longer[m.n] = 0;
    add_bytes(list, "a byte behind its end", longer, m.n + 1, NULL);
    m.bytes[m.n - 1] ^= 1;
    add_bytes(list, "another number of events", m.bytes, m.n, NULL);
    m.bytes[m.n - 1] ^= 1;
    m.bytes[8] = 2;
    add_bytes(list, "version 2", m.bytes, m.n, NULL);
    free(m.bytes);
}

json_t *make_proofs(struct sb_arena *arena)
{
    json_t *root = object_about("Proofs of forks, the key that the reader knows to be that of the "
                                "organisation (or null), and the lines that a verifier prints "
                                "(PROTOCOL 10.6)");
    json_t *list = put_list(root, "proofs");
    add_lawful(list, arena);
    add_lies(list, arena);
    add_broken(list, arena);
    return root;
}
