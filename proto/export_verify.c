/* The offline verifier of an export file, by the rules in export.h. It trusts nothing but the key
 * and the names in the header, which the reader compares with what he knows. */
#include <string.h>

#include "proto/export.h"
#include "proto/export_format.h"
#include "proto/export_index.h"
#include "proto/export_keys.h"

enum { FAULTS_SHOWN = 100, START_ARENA_BYTES = 1024 * 1024 };

struct place {
    struct sb_epoch epoch;
    struct sb_seq seq;
};

struct verifier {
    const struct sb_export_reader *reader;
    struct sb_export_totals *totals;
    void (*on_fault)(void *context, const struct sb_export_fault *fault);
    void *context;
    struct sb_hash partnership;
    struct sb_export_index index;
    struct sb_export_keys keys;
    struct sb_arena arena; /* for one EpochStart at a time */
    struct place last;     /* of the last link read */
    uint64_t records;      /* of type event */
    bool ended;
    enum sb_rc rc; /* of the machine, not of the file */
    struct sb_err *err;
};

static void report(struct verifier *v, struct place at, enum sb_fault fault, const char *text)
{
    struct sb_export_fault f = {v->totals->header.origin, at.epoch, at.seq, fault, ""};
    v->totals->faults++;
    if (v->totals->faults <= FAULTS_SHOWN) {
        size_t n = strlen(text);
        memcpy(f.text, text, n < sizeof f.text ? n : sizeof f.text - 1);
        v->on_fault(v->context, &f);
    }
}

/* Where a record stands that does not say so itself. */
static struct place next_place(const struct verifier *v)
{
    struct place at = v->last;
    at.seq.n += at.epoch.counter == 0 ? 0 : 1;
    return at;
}

/* ---- events */

static enum sb_fault verify_body(const struct verifier *v, const struct sb_export_item *e)
{
    if (!e->has_form) {
        return SB_FAULT_BAD_BODY;
    }
    if (e->item.salt == NULL) {
        return SB_FAULT_NONE;
    }
    enum sb_fault fault = sb_body_verify(&e->item.link, e->item.salt, e->item.body);
    if (fault == SB_FAULT_NONE && !v->reader->history_alone && !sb_body_well_formed(e->item.body)) {
        return SB_FAULT_BAD_BODY;
    }
    return fault;
}

/* The announcement that names this epoch; NULL: none does. */
static const struct sb_rekey *find_naming(const struct verifier *v, struct sb_epoch epoch)
{
    const struct sb_export_header *header = &v->totals->header;
    for (size_t i = 0; i < v->reader->rekeys.n; i++) {
        const struct sb_rekey *rekey = &v->reader->rekeys.items[i];
        if (sb_org_eq(&rekey->organisation, &header->origin) &&
            strcmp(rekey->partnership, header->partnership) == 0 &&
            sb_rekey_find(rekey, epoch) != NULL) {
            return rekey;
        }
    }
    return NULL;
}

/* Does its owner answer for this link still? */
static bool counts(const struct verifier *v, const struct sb_export_event *event)
{
    const struct sb_rekey *rekey = find_naming(v, event->epoch);
    const struct sb_rekey_tip *tip = rekey == NULL ? NULL : sb_rekey_find(rekey, event->epoch);
    return tip == NULL || event->seq.n < tip->seq.n ||
           (event->seq.n == tip->seq.n && sb_hash_eq(&event->hash, &tip->hash));
}

static enum sb_fault verify_start(struct verifier *v, const struct sb_item *item)
{
    struct sb_epoch_start read;
    if (item->salt == NULL) {
        return SB_FAULT_BAD_EPOCH;
    }
    sb_arena_reset(&v->arena);
    enum sb_fault fault = sb_epoch_start_verify(&read, &item->link, item->body,
                                                &v->totals->header.sign_key, &v->arena);
    if (fault == SB_FAULT_BAD_KEY && (sb_export_keys_have(&v->keys, &read.sign_key) ||
                                      find_naming(v, item->link.epoch) != NULL)) {
        fault = SB_FAULT_NONE;
    }
    if (fault == SB_FAULT_NONE) {
        struct sb_export_start start = {read.sign_key, read.first_commitment, item->link.epoch};
        v->rc = sb_export_index_add_start(&v->index, &start, v->err);
    }
    return fault;
}

static uint32_t find_parent(const struct verifier *v, const struct sb_link *link)
{
    uint32_t i = sb_export_index_find(&v->index, &link->prev);
    if (i == SB_EXPORT_NONE) {
        return SB_EXPORT_NONE;
    }
    const struct sb_export_event *parent = &v->index.events[i];
    bool before = parent->seq.n == link->seq.n - 1 && sb_epoch_eq(parent->epoch, link->epoch);
    return before ? i : SB_EXPORT_NONE;
}

/* Does the second event carry the commitment that its EpochStart announced? */
static enum sb_fault verify_promise(const struct verifier *v, const struct sb_link *link)
{
    const struct sb_export_start *start = sb_export_index_start_of(&v->index, link->epoch);
    return start == NULL || sb_hash_eq(&start->first_commitment, &link->commitment)
               ? SB_FAULT_NONE
               : SB_FAULT_BAD_EPOCH;
}

/* The first fault of the event's list, its place apart. */
static enum sb_fault verify_event(struct verifier *v, const struct sb_export_item *e,
                                  uint32_t parent)
{
    const struct sb_link *link = &e->item.link;
    if (link->seq.n > 1 && parent == SB_EXPORT_NONE) {
        return SB_FAULT_BAD_PREV;
    }
    enum sb_fault fault = verify_body(v, e);
    if (fault == SB_FAULT_NONE && link->seq.n == 1) {
        return verify_start(v, &e->item);
    }
    if (fault == SB_FAULT_NONE && link->seq.n == 2) {
        return verify_promise(v, link);
    }
    return fault;
}

static void take_event(struct verifier *v, struct sb_bytes payload)
{
    struct sb_export_item e;
    v->records++;
    if (!sb_export_get_event(&e, payload)) {
        v->last = next_place(v);
        report(v, v->last, SB_FAULT_BAD_LINK, sb_fault_sentence(SB_FAULT_BAD_LINK));
        return;
    }
    const struct sb_link *link = &e.item.link;
    v->last = (struct place){link->epoch, link->seq};
    struct sb_export_event event = {
        .hash = sb_link_hash_bytes(e.item.link_bytes.p, e.item.link_bytes.n),
        .epoch = link->epoch,
        .seq = link->seq,
        .parent = find_parent(v, link),
    };
    if (!sb_hash_eq(&link->partnership, &v->partnership) ||
        !sb_org_eq(&link->origin, &v->totals->header.origin) ||
        sb_export_index_find(&v->index, &event.hash) != SB_EXPORT_NONE) {
        report(v, v->last, SB_FAULT_BAD_LINK, sb_fault_sentence(SB_FAULT_BAD_LINK));
        return;
    }
    enum sb_fault fault = verify_event(v, &e, event.parent);
    fault = fault == SB_FAULT_NONE && !counts(v, &event) ? SB_FAULT_BAD_KEY : fault;
    if (fault != SB_FAULT_NONE) {
        report(v, v->last, fault, sb_fault_sentence(fault));
    }
    (void)sb_export_index_add(&v->index, &event);
}

/* ---- checkpoints, and the frame of it all */

static bool verify_checkpoint(struct verifier *v, struct sb_epoch epoch,
                              const struct sb_checkpoint *c)
{
    uint32_t i = sb_export_index_find(&v->index, &c->hash);
    if (i == SB_EXPORT_NONE) {
        return false;
    }
    const struct sb_export_event *event = &v->index.events[i];
    const struct sb_export_start *start = sb_export_index_start_of(&v->index, epoch);
    if (!sb_epoch_eq(event->epoch, epoch) || event->seq.n != c->seq.n || start == NULL) {
        return false;
    }
    const struct sb_chain_ref of = {v->partnership, v->totals->header.origin, epoch};
    if (!sb_checkpoint_verify(c, &of, &start->key)) {
        return false;
    }
    sb_export_index_cover(&v->index, i);
    return true;
}

static void take_checkpoint(struct verifier *v, struct sb_bytes payload)
{
    struct sb_checkpoint c;
    struct sb_reader r;
    struct place at;
    sb_reader_init(&r, payload.p, payload.n);
    at.epoch.counter = sb_get_u32(&r);
    at.epoch.tag = sb_get_u64(&r);
    bool readable = sb_checkpoint_decode(&c, payload.p + r.at, payload.n - r.at);
    at.seq = c.seq;
    if (!readable || !verify_checkpoint(v, at.epoch, &c)) {
        report(v, at, SB_FAULT_BAD_CHECKPOINT, sb_fault_sentence(SB_FAULT_BAD_CHECKPOINT));
    }
}

static void take_end(struct verifier *v, struct sb_bytes payload)
{
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    if (sb_get_u64(&r) != v->records) {
        report(v, next_place(v), SB_FAULT_BAD_FILE,
               "the file does not hold as many events as it says");
    }
    v->ended = true;
}

static void take_record(struct verifier *v, uint8_t type, struct sb_bytes payload)
{
    if (v->ended) {
        report(v, next_place(v), SB_FAULT_BAD_FILE, "a record behind the end");
    } else if (type == SB_EXPORT_EVENT) {
        take_event(v, payload);
    } else if (type == SB_EXPORT_CHECKPOINT && payload.n == SB_EXPORT_CHECKPOINT_BYTES) {
        take_checkpoint(v, payload);
    } else if (type == SB_EXPORT_END && payload.n == sizeof(uint64_t)) {
        take_end(v, payload);
    } else {
        report(v, next_place(v), SB_FAULT_BAD_FILE, "a record of an unknown type or form");
    }
}

static size_t count_events(struct sb_reader r)
{
    size_t n = 0;
    uint8_t type;
    struct sb_bytes payload;
    while (sb_export_next_record(&r, &type, &payload)) {
        n += type == SB_EXPORT_EVENT ? 1 : 0;
    }
    return n;
}

static void report_uncovered(struct verifier *v)
{
    const struct sb_export_index *x = &v->index;
    for (uint32_t i = 0; i < x->n; i++) {
        const struct sb_export_event *e = &x->events[i];
        bool first = e->parent == SB_EXPORT_NONE || x->events[e->parent].covered;
        if (!e->covered && first) {
            report(v, (struct place){e->epoch, e->seq}, SB_FAULT_NO_CHECKPOINT,
                   sb_fault_sentence(SB_FAULT_NO_CHECKPOINT));
        }
    }
}

static bool begin(struct verifier *v, struct sb_reader *r)
{
    bool good = sb_export_get_header(r, SB_EXPORT_MAGIC, &v->totals->header);
    v->partnership = sb_partnership_hash(v->totals->header.partnership);
    return good;
}

static void verify_records(struct verifier *v, struct sb_reader *r)
{
    uint8_t type;
    struct sb_bytes payload;
    while (v->rc == SB_OK && sb_export_next_record(r, &type, &payload)) {
        take_record(v, type, payload);
    }
    if (r->failed || !v->ended) {
        report(v, next_place(v), SB_FAULT_BAD_FILE, "the file is cut short");
    }
    report_uncovered(v);
    v->totals->events = v->index.n;
    v->totals->epochs = v->index.n_starts;
}

enum sb_rc sb_export_verify(struct sb_export_totals *totals, const uint8_t *file, size_t n,
                            void (*on_fault)(void *context, const struct sb_export_fault *fault),
                            void *context, struct sb_err *err)
{
    static const struct sb_export_reader has_nothing;
    return sb_export_verify_for(&has_nothing, totals, file, n, on_fault, context, err);
}

enum sb_rc sb_export_verify_for(const struct sb_export_reader *reader,
                                struct sb_export_totals *totals, const uint8_t *file, size_t n,
                                void (*on_fault)(void *context,
                                                 const struct sb_export_fault *fault),
                                void *context, struct sb_err *err)
{
    struct verifier v = {
        .reader = reader, .totals = totals, .on_fault = on_fault, .context = context, .err = err};
    struct sb_reader r;
    *totals = (struct sb_export_totals){0};
    sb_reader_init(&r, file, n);
    if (!begin(&v, &r)) {
        report(&v, (struct place){0}, SB_FAULT_BAD_FILE, "not an export file of version 1");
        return SB_OK;
    }
    v.rc = sb_export_index_init(&v.index, count_events(r), err);
    if (v.rc == SB_OK) {
        sb_arena_init(&v.arena, START_ARENA_BYTES);
        sb_export_keys_find(&v.keys, &totals->header, &reader->rekeys, r, &v.arena);
        verify_records(&v, &r);
        sb_arena_fini(&v.arena);
        sb_export_index_fini(&v.index);
    }
    return v.rc;
}
