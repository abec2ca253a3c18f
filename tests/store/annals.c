/* Writes a true history into a store, as the daemon would. */
#include "tests/store/annals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/erasing.h"
#include "proto/erasure.h"

struct annalist {
    struct sb_store *store;
    struct sb_store_txn *txn;
    struct sb_hash partnership;
    struct sb_arena arena;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    struct sb_time now;
    bool forged; /* without the keys of others */
};

struct text {
    struct sb_salt salt;
    struct sb_bytes body;
};

struct chapter { /* a chain being written */
    struct sb_chain_row row;
    struct sb_org org;
    struct sb_sign_seed seed;
    struct sb_seq seq;
    struct sb_hash tip;
    struct text opening, first; /* the EpochStart, and the event that it promises */
    bool waits;                 /* for a body further down */
};

struct sb_store_options annals_options(const char *path)
{
    struct sb_store_options options = {.path = path, .max_size = 16 * 1024 * 1024};
    options.partnership = sb_partnership_hash("duoplus");
    assert_true(sb_org_parse(&options.organisation, "GM0384", 6));
    return options;
}

static struct text make_text(struct annalist *a)
{
    struct text t;
    memset(t.salt.b, (int)(a->now.ms++ & 0xff), sizeof t.salt.b);
    static const char withdrawal[] = "\x6a\x26\x0a\x24"
                                     "01936c9e-8a40-7cc1-b1de-000000000001";
    const struct sb_bytes submission = {(const uint8_t *)withdrawal, sizeof withdrawal - 1};
    t.body = sb_body_seal(submission, a->now, "clerk", &a->arena);
    assert_non_null(t.body.p);
    return t;
}

static void append(struct annalist *a, struct chapter *c, enum sb_kind kind,
                   enum sb_body_state state, const struct text *text)
{
    static const struct sb_org all[2] = {{"GM0384"}, {"GM0437"}};
    uint8_t random[10] = {0};
    struct sb_record record = {.origin = c->row.origin, .branch = c->row.branch, .state = state};
    struct sb_link *link = &record.item.link;
    random[9] = (uint8_t)a->last.n;
    record.class =
        kind == SB_KIND_OPEN && state == SB_BODY_PRESENT ? SB_CLASS_AGENDA : SB_CLASS_LINK;
    record.offset.n = ++a->last.n;
    record.previous = a->by_class[record.class];
    record.deferred = state == SB_BODY_MISSING || c->waits;
    record.committed = a->now;
    a->by_class[record.class] = record.offset;
    *link = (struct sb_link){.partnership = a->partnership,
                             .origin = c->org,
                             .epoch = c->row.epoch,
                             .seq = {++c->seq.n},
                             .prev = c->tip,
                             .kind = kind,
                             .id = sb_uuid_v7(a->now, random),
                             .body_len = (uint32_t)text->body.n,
                             .commitment = sb_commitment(&text->salt, text->body)};
    if (kind == SB_KIND_RESTRICTED) {
        link->audience = (struct sb_audience){&all[1], 1};
    }
    if (state == SB_BODY_PRESENT) {
        record.item.salt = &text->salt;
        record.item.body = text->body;
    }
    c->tip = sb_link_hash(link);
    sb_store_put_event(a->txn, &record);
}

static void seal(struct annalist *a, struct chapter *c, struct sb_seq bodies)
{
    const struct sb_chain_ref of = {a->partnership, c->org, c->row.epoch};
    const struct sb_place tip = {c->row.origin, c->row.branch, c->row.epoch, c->seq};
    c->row.tip = (struct sb_checkpoint){.seq = c->seq, .hash = c->tip, .time = a->now};
    if (!a->forged || c->row.origin == 0) {
        sb_checkpoint_sign(&c->row.tip, &of, &c->seed);
    }
    c->row.bodies = bodies;
    sb_store_put_checkpoint(a->txn, &tip, &c->row.tip);
    sb_store_put_chain(a->txn, &c->row);
}

static void begin(struct annalist *a)
{
    assert_int_equal(sb_store_begin(a->store, &a->txn, NULL), SB_OK);
}

static void commit(struct annalist *a)
{
    struct sb_err err = {0};
    if (sb_store_commit(a->txn, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
}

/* The EpochStart and the event that it promises. */
static struct chapter open_epoch(struct annalist *a, const char *org, uint32_t counter,
                                 const struct chapter *parent)
{
    struct chapter c = {.row.base.n = 1};
    struct sb_epoch_start start = {.counter = counter};
    assert_true(sb_org_parse(&c.org, org, strlen(org)));
    assert_int_equal(sb_store_register(a->store, &c.org, &c.row.origin, NULL), SB_OK);
    memset(c.seed.b, org[5], sizeof c.seed.b);
    c.first = make_text(a);
    c.opening = make_text(a);
    if (parent != NULL) {
        start.parents[0] = (struct sb_parent){parent->row.epoch, parent->seq, parent->tip};
        start.n_parents = 1;
    }
    start.sign_key = sb_sign_public_of(&c.seed);
    start.first_commitment = sb_commitment(&c.first.salt, c.first.body);
    c.opening.body = sb_epoch_start_build(&start, a->now, &a->arena);
    assert_non_null(c.opening.body.p);
    c.row.epoch = (struct sb_epoch){counter, sb_epoch_tag(c.opening.body)};
    c.row.key = start.sign_key;
    memcpy(c.row.parents, start.parents, sizeof start.parents);
    c.row.n_parents = start.n_parents;
    begin(a);
    append(a, &c, SB_KIND_SYSTEM, SB_BODY_PRESENT, &c.opening);
    append(a, &c, SB_KIND_OPEN, org[5] == '7' ? SB_BODY_MISSING : SB_BODY_PRESENT, &c.first);
    return c;
}

static void write_own(struct annalist *a, struct chapter *c, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct text t = make_text(a);
        append(a, c, SB_KIND_OPEN, SB_BODY_PRESENT, &t);
        if (i == 0) {
            seal(a, c, c->seq);
            commit(a);
            begin(a);
        }
    }
    seal(a, c, c->seq);
    commit(a);
}

static void write_partner(struct annalist *a, struct chapter *c, struct text *late)
{
    struct text t = make_text(a);
    append(a, c, SB_KIND_RESTRICTED, SB_BODY_WITHHELD, &t);
    *late = make_text(a);
    append(a, c, SB_KIND_OPEN, SB_BODY_MISSING, late);
    t = make_text(a);
    append(a, c, SB_KIND_OPEN, SB_BODY_PRESENT, &t);
    seal(a, c, (struct sb_seq){1});
    commit(a);
}

/* A second history from seq 4 on, while the first goes on. */
static void write_fork(struct annalist *a, struct chapter *main, struct sb_hash at_three)
{
    struct chapter branch = *main;
    branch.row.branch = 1;
    branch.row.base.n = 4;
    branch.waits = true;
    branch.seq.n = 3;
    branch.tip = at_three;
    begin(a);
    for (int i = 0; i < 2; i++) {
        struct text t = make_text(a);
        append(a, &branch, SB_KIND_OPEN, SB_BODY_PRESENT, &t);
    }
    seal(a, &branch, (struct sb_seq){1});
    for (int i = 0; i < 2; i++) {
        struct text t = make_text(a);
        append(a, main, SB_KIND_OPEN, SB_BODY_PRESENT, &t);
    }
    seal(a, main, (struct sb_seq){1});
    commit(a);
}

static struct sb_hash hash_at(struct annalist *a, struct sb_place place)
{
    struct sb_record record;
    assert_int_equal(sb_store_refresh(a->store, NULL), SB_OK);
    assert_int_equal(sb_store_at(a->store, &place, &record, NULL), SB_OK);
    return sb_link_hash(&record.item.link);
}

static void write_annals(const char *path, bool forged)
{
    struct sb_store_options options = annals_options(path);
    struct annalist a = {
        .partnership = options.partnership, .now = {1800000000000}, .forged = forged};
    struct text late;
    sb_arena_init(&a.arena, 1024 * 1024);
    assert_int_equal(sb_store_open(&a.store, &options, NULL), SB_OK);
    struct chapter own = open_epoch(&a, "GM0384", 1, NULL);
    write_own(&a, &own, 4);
    struct chapter partner = open_epoch(&a, "GM0437", 1, NULL);
    write_partner(&a, &partner, &late);
    own = open_epoch(&a, "GM0384", 2, &own);
    write_own(&a, &own, 3);
    struct sb_place place = {partner.row.origin, 0, partner.row.epoch, {3}};
    write_fork(&a, &partner, hash_at(&a, place));
    place.seq.n = 4;
    begin(&a);
    sb_store_put_body(a.txn, &place, &late.salt, late.body);
    sb_store_put_release(a.txn, (struct sb_offset){++a.last.n}, &place);
    commit(&a);
    assert_int_equal(a.last.n, ANNALS_LOG);
    sb_store_close(a.store);
    sb_arena_fini(&a.arena);
}

void annals_write(const char *path)
{
    write_annals(path, false);
}

void annals_write_forged(const char *path)
{
    write_annals(path, true);
}

static struct sb_uuid id_at(struct annalist *a, struct sb_place place)
{
    struct sb_record record;
    assert_int_equal(sb_store_refresh(a->store, NULL), SB_OK);
    assert_int_equal(sb_store_at(a->store, &place, &record, NULL), SB_OK);
    return record.item.link.id;
}

/* The id of the Erasure. */
static struct sb_uuid write_erasure(struct annalist *a, const struct sb_uuid *event)
{
    struct sb_erasure_said said = {.event = *event, .ground = {(const uint8_t *)"AVG", 3}};
    struct chapter c = open_epoch(a, "GM0384", 3, NULL);
    struct text t = make_text(a);
    said.origin = c.org;
    t.body = sb_erasure_build(&said, a->now, &a->arena);
    append(a, &c, SB_KIND_SYSTEM, SB_BODY_PRESENT, &t);
    seal(a, &c, c.seq);
    commit(a);
    return id_at(a, (struct sb_place){0, 0, c.row.epoch, c.seq});
}

/* That we, and the partner, have no copy left; said in an epoch each. */
static void write_receipts(struct annalist *a, const struct sb_uuid *erasure,
                           const struct sb_uuid *event)
{
    static const char *const orgs[] = {"GM0384", "GM0437"};
    struct sb_receipt_said said = {.erasure = *erasure, .event = *event, .time = a->now};
    assert_true(sb_org_parse(&said.origin, orgs[0], strlen(orgs[0])));
    said.erasure_origin = said.origin;
    for (size_t i = 0; i < 2; i++) {
        struct chapter c = open_epoch(a, orgs[i], 4, NULL);
        struct text t = make_text(a);
        t.body = sb_receipt_build(&said, a->now, &a->arena);
        append(a, &c, SB_KIND_SYSTEM, SB_BODY_PRESENT, &t);
        seal(a, &c, i == 0 ? c.seq : (struct sb_seq){1});
        sb_store_put_receipt(a->txn, 0, event, c.row.origin, said.time);
        commit(a);
    }
}

/* Ready to write more into the store at `path`. */
static void resume(struct annalist *a, const char *path)
{
    struct sb_store_options options = annals_options(path);
    *a = (struct annalist){.partnership = options.partnership, .now = {1800000100000}};
    sb_arena_init(&a->arena, 1024 * 1024);
    assert_int_equal(sb_store_open(&a->store, &options, NULL), SB_OK);
    sb_store_offsets(a->store, &a->last, a->by_class);
}

static void finish(struct annalist *a)
{
    sb_store_close(a->store);
    sb_arena_fini(&a->arena);
}

/* What the origin of `main` signed beside it, from this seq on. */
static void write_beside(struct annalist *a, const struct chapter *main, uint16_t number,
                         unsigned base, bool kept)
{
    struct chapter branch = *main;
    struct sb_place place = {main->row.origin, 0, main->row.epoch, {base - 1}};
    branch.row.branch = number;
    branch.row.base.n = base;
    branch.seq.n = base - 1;
    branch.tip = base == 1 ? (struct sb_hash){{0}} : hash_at(a, place);
    if (!kept) {
        branch.first = make_text(a);
    }
    begin(a);
    if (base == 1) {
        branch.opening.salt.b[0] ^= 1;
        append(a, &branch, SB_KIND_SYSTEM, SB_BODY_PRESENT, &branch.opening);
    }
    append(a, &branch, SB_KIND_OPEN, SB_BODY_PRESENT, &branch.first);
    seal(a, &branch, branch.seq);
    commit(a);
}

void annals_write_begun_twice(const char *path, unsigned base, bool kept)
{
    struct annalist a;
    annals_write(path);
    resume(&a, path);
    struct chapter main = open_epoch(&a, "GM0451", 1, NULL);
    seal(&a, &main, main.seq);
    commit(&a);
    write_beside(&a, &main, 1, base, kept);
    write_beside(&a, &main, 2, 2, true);
    finish(&a);
}

void annals_write_unreadable(const char *path)
{
    static const uint8_t no_message[] = {0xff, 0xff};
    struct annalist a;
    annals_write(path);
    resume(&a, path);
    struct chapter c = open_epoch(&a, "GM0451", 1, NULL);
    struct text t = make_text(&a);
    t.body = (struct sb_bytes){no_message, sizeof no_message};
    append(&a, &c, SB_KIND_OPEN, SB_BODY_PRESENT, &t);
    seal(&a, &c, c.seq);
    commit(&a);
    finish(&a);
}

static void write_erased(const char *path, bool taken)
{
    struct annalist a;
    struct sb_record first;
    annals_write(path);
    resume(&a, path);
    struct sb_offset found;
    bool released;
    assert_int_equal(sb_store_next(a.store, (struct sb_offset){1}, &found, &released, &first, NULL),
                     SB_OK);
    struct sb_place place = {0, 0, first.item.link.epoch, {4}};
    struct sb_erased erased = {.event = id_at(&a, place), .since = a.now};
    erased.ground = (struct sb_bytes){(const uint8_t *)"AVG", 3};
    erased.by = write_erasure(&a, &erased.event);
    place.seq.n = 5;
    const struct sb_erased expired = {.event = id_at(&a, place), .since = a.now};
    if (taken) {
        begin(&a);
        sb_store_put_erased(a.txn, &erased);
        sb_store_end_erasing(a.txn, 0, &erased.event);
        sb_store_put_erased(a.txn, &expired);
        commit(&a);
    }
    write_receipts(&a, &erased.by, &erased.event);
    finish(&a);
}

void annals_write_erased(const char *path)
{
    write_erased(path, true);
}

void annals_write_erasure(const char *path)
{
    write_erased(path, false);
}

static bool take_first_row(void *context, const struct sb_chain_row *row)
{
    *(struct sb_chain_row *)context = *row;
    return false;
}

struct sb_chain_row annals_unsign(const char *path, unsigned seq)
{
    struct sb_store_options options = annals_options(path);
    struct annalist a = {.partnership = options.partnership};
    struct sb_chain_row row;
    struct sb_checkpoint c;
    assert_int_equal(sb_store_open(&a.store, &options, NULL), SB_OK);
    assert_int_equal(sb_store_chains(a.store, take_first_row, &row, NULL), SB_OK);
    const struct sb_place at = {row.origin, row.branch, row.epoch, {seq}};
    assert_int_equal(sb_store_checkpoint(a.store, &at, &c, NULL), SB_OK);
    assert_int_equal(c.seq.n, seq);
    memset(&c.signature, 0, sizeof c.signature);
    row.tip = c.seq.n == row.tip.seq.n ? c : row.tip;
    begin(&a);
    sb_store_put_checkpoint(a.txn, &at, &c);
    sb_store_put_chain(a.txn, &row);
    commit(&a);
    sb_store_close(a.store);
    return row;
}
