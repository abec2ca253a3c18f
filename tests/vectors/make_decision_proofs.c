/* Proofs of decisions: honest ones, and with one lie each. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/decision_proof.h"
#include "proto/export_format.h"
#include "tests/vectors/chain.h"

/* $D is the decision, $R the event of its proposal. */
#define JSON_PROPOSAL                                                                              \
    "{'topic':'decision/duoplus','proposal':{'decisionId':'$D','title':'Regeling','participants':" \
    "['GM0384','GM0437'],'rule':'consent_all','deadline':'2027-01-31'}}"
#define JSON_ANSWER(value, date)                                                                   \
    "{'topic':'decision/duoplus','position':{'decision':'GM0437/$D','revision':'GM0437/$R',"       \
    "'value':'" value "','dateTaken':'" date "'}}"
#define JSON_CLOSED                                                                                \
    "{'topic':'decision/duoplus','closing':{'decisionId':'$D','outcome':'adopted','date':"         \
    "'2026-12-05'}}"

enum { RECORD_HEAD = 5, END_BYTES = RECORD_HEAD + 40 };

/* A history of each of the two, both with something else in between; and what may follow that of
 * the other: another epoch, or a branch of the same one. */
struct made {
    struct chain proposer, other, more;
    size_t more_from; /* index of the first of its links that is written; with n_items 0: nothing */
    struct sb_export_header header;
    struct sb_uuid decision, asked; /* asked: what the statement of possession answers */
    struct sb_date as_of;
    const char *stater; /* who signs what it possesses; NULL: nobody */
    const char *stater_key;
    bool without_bodies, without_other, without_checkpoint;
    size_t hidden; /* of the other: so many links behind its first checkpoint are left out */
    char *bytes;
    size_t n;
};

/* The JSON with the two ids in it, until the next call. */
static const char *with_ids(const char *json)
{
    static char out[2048];
    struct sb_uuid decision = uuid_of(3), revision = uuid_of(101); /* seq 2 of epoch 1 */
    size_t n = 0;
    for (; *json != '\0'; json++) {
        assert(n + SB_UUID_TEXT_MAX < sizeof out);
        if (*json == '$') {
            json++;
            sb_uuid_format(out + n, *json == 'D' ? &decision : &revision);
            n += SB_UUID_TEXT_MAX - 1;
        } else {
            out[n++] = *json;
        }
    }
    out[n] = '\0';
    return out;
}

static void make(struct made *m, struct sb_arena *arena)
{
    memset(m, 0, sizeof *m);
    chain_init(&m->proposer, "GM0437", "GM0437", arena);
    chain_open(&m->proposer, 1, with_ids(JSON_PROPOSAL));
    chain_seal(&m->proposer);
    chain_add(&m->proposer, JSON_NOTIFICATION);
    chain_add(&m->proposer, with_ids(JSON_ANSWER("in_favour", "2026-12-01")));
    chain_seal(&m->proposer);
    chain_init(&m->other, "GM0384", "GM0384", arena);
    chain_open(&m->other, 1, JSON_MEETING);
    chain_add(&m->other, with_ids(JSON_ANSWER("in_favour_with_conditions", "2026-12-03")));
    chain_seal(&m->other);
    m->header = (struct sb_export_header){VECTOR_PARTNERSHIP, org_of("GM0437"), key_of("GM0437")};
    m->decision = m->asked = uuid_of(3);
    m->as_of = sb_date_read((struct sb_bytes){(const uint8_t *)"2026-12-10", 10});
    m->stater = m->stater_key = "GM0384";
}

static uint64_t write_chain(const struct made *m, FILE *to, const struct chain *c, size_t from)
{
    size_t next = 0;
    enum sb_rc rc = SB_OK;
    uint64_t events = 0;
    while (next < c->events.n_checkpoints && c->checkpoints[next].seq.n <= from) {
        next++;
    }
    for (size_t i = from; i < c->events.n_items; i++) {
        struct sb_item item = c->items[i];
        if (c == &m->other && next == 1 && c->checkpoints[0].seq.n + m->hidden > i) {
            continue;
        }
        bool about = i == 0 || sb_link_entitles(&item.link, &m->header.origin);
        if (!about || (i > 0 && m->without_bodies) || item.link.kind == SB_KIND_RESTRICTED) {
            item.salt = NULL;
        }
        rc = sb_export_put_event(to, &item, NULL);
        assert(rc == SB_OK);
        events++;
        if (next < c->events.n_checkpoints && c->checkpoints[next].seq.n == i + 1) {
            bool last = next + 1 == c->events.n_checkpoints;
            rc = last && m->without_checkpoint
                     ? SB_OK
                     : sb_export_put_checkpoint(to, c->events.epoch, &c->checkpoints[next], NULL);
            assert(rc == SB_OK);
            next++;
        }
    }
    return events;
}

static void write_statement(const struct made *m, FILE *to, struct sb_arena *arena)
{
    const struct chain *held[] = {&m->other, &m->proposer};
    struct sb_head heads[2];
    struct sb_origin_heads origins[2];
    struct sb_sign_seed seed = seed_of(m->stater_key);
    struct sb_sign_public key = key_of(m->stater_key);
    for (size_t i = 0; i < 2; i++) {
        const struct chain *c = held[i];
        struct sb_checkpoint last = c->checkpoints[c->events.n_checkpoints - 1];
        heads[i] = (struct sb_head){c->events.epoch, last, last.seq};
        origins[i] = (struct sb_origin_heads){
            .origin = c->events.origin, .heads = &heads[i], .n_heads = 1, .rest_whole = true};
    }
    struct sb_org proposer = org_of("GM0437");
    struct sb_possession said = {.partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
                                 .node = org_of(m->stater),
                                 .store_id = uuid_of(1),
                                 .boot_nonce = uuid_of(2),
                                 .offset = {57},
                                 .time = VECTOR_TIME,
                                 .challenge = sb_possession_challenge_of(&proposer, &m->asked),
                                 .origins = origins,
                                 .n_origins = 2};
    struct sb_bytes bytes = sb_possession_bytes(&said, arena);
    const struct sb_possession_ref of = sb_possession_ref_of(&said, bytes);
    struct sb_sign_secret secret = sb_sign_expand(&seed);
    struct sb_signature signature = sb_possession_sign(&of, &secret);
    enum sb_rc rc = sb_decision_proof_possession(
        to, &key, sb_possession_encode(bytes, &signature, arena), NULL);
    assert(rc == SB_OK);
}

static void write_proof(struct made *m, struct sb_arena *arena)
{
    FILE *to = open_memstream(&m->bytes, &m->n);
    struct sb_org other = m->other.events.origin;
    struct sb_sign_public key = key_of(other.s);
    assert(to != NULL);
    enum sb_rc rc = sb_decision_proof_begin(to, &m->header, &m->decision, m->as_of, NULL);
    uint64_t events = write_chain(m, to, &m->proposer, 0);
    if (rc == SB_OK && !m->without_other) {
        rc = sb_decision_proof_origin(to, &other, &key, NULL);
        events += write_chain(m, to, &m->other, 0);
        events += write_chain(m, to, &m->more, m->more_from);
    }
    if (m->stater != NULL) {
        write_statement(m, to, arena);
    }
    int flushed = fflush(to);
    const struct sb_bytes before = {(const uint8_t *)m->bytes, m->n};
    rc = rc == SB_OK ? sb_decision_proof_end(to, events, before, NULL) : rc;
    int failed = fclose(to);
    assert(rc == SB_OK && flushed == 0 && failed == 0);
}

static void append_line(void *context, const char *line)
{
    json_array_append_new(context, json_string(line));
}

static void add_bytes(json_t *list, const char *name, struct sb_bytes file, const char *as_of,
                      const char *key, struct sb_arena *arena)
{
    struct sb_decision_proof proof;
    struct sb_decision_proof_known known = {org_of("GM0437"), key_of(key == NULL ? "" : key)};
    struct sb_date day = SB_DATE_NONE;
    json_t *one = add_case(list, name);
    if (as_of != NULL) {
        day = sb_date_read((struct sb_bytes){(const uint8_t *)as_of, strlen(as_of)});
    }
    put(one, "asOf", as_of == NULL ? json_null() : json_string(as_of));
    put_text(one, "organisation", "GM0437");
    put(one, "key", key == NULL ? json_null() : hex_of(known.key.b, sizeof known.key.b));
    put(one, "file", hex_bytes(file));
    enum sb_rc rc = sb_decision_proof_verify(&proof, file, day, arena, NULL);
    assert(rc == SB_OK);
    (void)sb_decision_proof_print(&proof, &known, key == NULL ? 0 : 1, append_line,
                                  put_list(one, "lines"));
}

static void add(json_t *list, const char *name, struct made *m, const char *as_of, const char *key,
                struct sb_arena *arena)
{
    write_proof(m, arena);
    add_bytes(list, name, (struct sb_bytes){(const uint8_t *)m->bytes, m->n}, as_of, key, arena);
    free(m->bytes);
    m->bytes = NULL;
}

static void add_lawful(json_t *list, struct sb_arena *arena)
{
    struct made m;
    make(&m, arena);
    add(list, "two in favour", &m, NULL, NULL, arena);
    add(list, "as of a day before the second", &m, "2026-12-02", "GM0437", arena);
    add(list, "the proposer's key known is another", &m, NULL, "GM0384", arena);
    m.stater = NULL;
    add(list, "without a statement of possession", &m, NULL, NULL, arena);
    m.without_other = true;
    add(list, "one of the two says nothing", &m, NULL, NULL, arena);
    make(&m, arena);
    m.stater = m.stater_key = "GM0451";
    add(list, "possessed by somebody who takes no part", &m, NULL, NULL, arena);
    make(&m, arena);
    m.without_bodies = true;
    add(list, "nothing is shown", &m, NULL, NULL, arena);
    make(&m, arena);
    chain_add(&m.proposer, with_ids(JSON_CLOSED));
    chain_seal(&m.proposer);
    add(list, "closed", &m, NULL, NULL, arena);
    add(list, "before there was a proposal", &m, "2026-01-01", NULL, arena);
    make(&m, arena);
    chain_init(&m.other, "GM0384", "GM0384", arena);
    chain_open(&m.other, 2, JSON_MEETING);
    chain_seal(&m.other);
    chain_add(&m.other, JSON_NOTIFICATION);
    chain_add(&m.other, JSON_NOTIFICATION);
    chain_add(&m.other, with_ids(JSON_ANSWER("against", "2026-12-03")));
    chain_seal(&m.other);
    m.hidden = 2;
    add(list, "what lies between is not shown", &m, NULL, NULL, arena);
}

/* The other's position has a value that only a later version knows. */
static void say_newer(struct made *m, struct sb_arena *arena)
{
    static const uint8_t value[] = {0x18, 0x02}; /* in_favour_with_conditions */
    struct sb_bytes said = m->other.items[2].body;
    uint8_t *copy = copy_of(arena, said, 0);
    uint8_t *at = memmem(copy, said.n, value, sizeof value);
    assert(at != NULL);
    at[1] = 99;
    chain_give_body(&m->other, 2, (struct sb_bytes){copy, said.n});
    chain_relink(&m->other, 2);
}

/* The other's position, said again at that time. */
static void say_at(struct made *m, int64_t ms, const char *json, struct sb_arena *arena)
{
    struct sb_bytes submission = submission_of(with_ids(json), arena, NULL);
    chain_give_body(&m->other, 2, sb_body_seal(submission, (struct sb_time){ms}, "", arena));
    chain_relink(&m->other, 2);
}

/* The first and the last instant and day that there are, and those beyond them. */
static void add_ends_of_time(json_t *list, struct sb_arena *arena)
{
    static const int64_t first = -62135596800000, last = 253402297199999;
    const char *said = JSON_ANSWER("against", "2026-12-03");
    struct made m;
    make(&m, arena);
    say_at(&m, last, said, arena);
    add(list, "said at the last instant of the year 9999", &m, NULL, NULL, arena);
    say_at(&m, last + 1, said, arena);
    add(list, "said in the year 10000 of Europe/Amsterdam", &m, NULL, NULL, arena);
    say_at(&m, last + 3600001, said, arena);
    add(list, "said in the year 10000", &m, NULL, NULL, arena);
    say_at(&m, first, said, arena);
    add(list, "said at the first instant of the year 1", &m, NULL, NULL, arena);
    say_at(&m, first - 1, said, arena);
    add(list, "said before the year 1", &m, NULL, NULL, arena);
    say_at(&m, VECTOR_TIME.ms, JSON_ANSWER("against", "0001-01-01"), arena);
    add(list, "taken on the first day of the year 1", &m, NULL, NULL, arena);
    say_at(&m, VECTOR_TIME.ms, JSON_ANSWER("against", "0000-12-31"), arena);
    add(list, "taken in the year 0", &m, NULL, NULL, arena);
}

/* The other changes its mind: in an epoch that has the first in its past, in one that does not know
 * it, and on a branch. */
static void add_second_words(json_t *list, struct sb_arena *arena)
{
    struct made m;
    make(&m, arena);
    say_newer(&m, arena);
    add(list, "a value that only a later version knows", &m, NULL, NULL, arena);
    make(&m, arena);
    const struct sb_parent tip = {
        m.other.events.epoch, {m.other.events.n_items}, m.other.hashes[m.other.events.n_items - 1]};
    chain_init(&m.more, "GM0384", "GM0384", arena);
    m.more.start.parents[0] = tip;
    m.more.start.n_parents = 1;
    chain_open(&m.more, 2, with_ids(JSON_ANSWER("against", "2026-12-04")));
    chain_seal(&m.more);
    add(list, "a later word, in another epoch", &m, NULL, NULL, arena);
    chain_init(&m.more, "GM0384", "GM0384", arena);
    chain_open(&m.more, 2, with_ids(JSON_ANSWER("against", "2026-12-04")));
    chain_seal(&m.more);
    add(list, "an epoch that does not know the other", &m, NULL, NULL, arena);
    chain_init(&m.more, "GM0384", "GM0384", arena);
    chain_open(&m.more, 1, JSON_MEETING);
    chain_add(&m.more, with_ids(JSON_ANSWER("against", "2026-12-04")));
    m.more.items[2].link.id = uuid_of(999);
    chain_relink(&m.more, 2);
    chain_seal(&m.more);
    m.more_from = 2;
    add(list, "a fork: two words on two branches", &m, NULL, NULL, arena);
    m.more_from = 0;
    add(list, "a branch from its epoch's start on, and that twice", &m, NULL, NULL, arena);
}

static void add_lies(json_t *list, struct sb_arena *arena)
{
    struct made m;
    make(&m, arena);
    m.stater_key = "GM0437";
    add(list, "possession signed by another", &m, NULL, NULL, arena);
    make(&m, arena);
    m.asked = uuid_of(4);
    add(list, "possession, but of another decision", &m, NULL, NULL, arena);
    make(&m, arena);
    m.other.start.first_commitment = seeded("another event");
    chain_restart(&m.other, &m.other.start);
    add(list, "another first event than its epoch announced", &m, NULL, NULL, arena);
    make(&m, arena);
    m.without_checkpoint = true;
    add(list, "the last links without a checkpoint", &m, NULL, NULL, arena);
    make(&m, arena);
    m.header.sign_key = key_of("GM0384");
    add(list, "somebody else's key", &m, NULL, NULL, arena);
    make(&m, arena);
    m.header.origin = org_of("GM0451");
    add(list, "somebody else's name", &m, NULL, NULL, arena);
    make(&m, arena);
    m.decision = m.asked = uuid_of(4);
    add(list, "another decision", &m, NULL, NULL, arena);
    make(&m, arena);
    m.other = m.proposer;
    add(list, "the proposer twice", &m, NULL, NULL, arena);
    make(&m, arena);
    m.proposer.items[2].link.prev = seeded("elsewhere");
    m.proposer.items[2].link_bytes.p =
        memcpy(sb_arena_alloc(arena, SB_LINK_MAX), m.proposer.items[2].link_bytes.p,
               m.proposer.items[2].link_bytes.n);
    (void)sb_link_encode((uint8_t *)(uintptr_t)m.proposer.items[2].link_bytes.p,
                         &m.proposer.items[2].link);
    add(list, "a link that does not follow", &m, NULL, NULL, arena);
    make(&m, arena);
    m.other.events.items[1].body = m.other.events.items[2].body;
    add(list, "another body", &m, NULL, NULL, arena);
}

static void add_broken(json_t *list, struct sb_arena *arena)
{
    struct made m;
    make(&m, arena);
    write_proof(&m, arena);
    struct sb_bytes whole = {(const uint8_t *)m.bytes, m.n};
    add_bytes(list, "nothing", (struct sb_bytes){whole.p, 0}, NULL, NULL, arena);
    add_bytes(list, "cut in its header", (struct sb_bytes){whole.p, 20}, NULL, NULL, arena);
    add_bytes(list, "cut behind its header", (struct sb_bytes){whole.p, 62}, NULL, NULL, arena);
    add_bytes(list, "cut before its end", (struct sb_bytes){whole.p, m.n - END_BYTES}, NULL, NULL,
              arena);
    add_bytes(list, "a byte behind its end", (struct sb_bytes){copy_of(arena, whole, 1), m.n + 1},
              NULL, NULL, arena);
    m.bytes[m.n - 33] ^= 1;
    add_bytes(list, "another number of events", whole, NULL, NULL, arena);
    m.bytes[m.n - 33] ^= 1;
    m.bytes[m.n - 1] ^= 1;
    add_bytes(list, "another hash of itself", whole, NULL, NULL, arena);
    m.bytes[m.n - 1] ^= 1;
    m.bytes[8] = 2;
    add_bytes(list, "version 2", whole, NULL, NULL, arena);
    free(m.bytes);
}

json_t *make_decision_proofs(struct sb_arena *arena)
{
    json_t *root = object_about("Proofs of decisions, the date asked for (or null), the key that "
                                "the reader knows to be that of the organisation (or null), and "
                                "the lines that a verifier prints (PROTOCOL 10.7)");
    json_t *list = put_list(root, "proofs");
    add_lawful(list, arena);
    add_second_words(list, arena);
    add_ends_of_time(list, arena);
    add_lies(list, arena);
    add_broken(list, arena);
    return root;
}
