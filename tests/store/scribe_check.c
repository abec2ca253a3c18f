/* The scribe reads: everything that a store can be asked, compared with what was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/store/scribe.h"

#include <cmocka.h>

#include "daemon/store/said.h"

static void same_link(const struct sb_link *a, const struct sb_link *b)
{
    uint8_t expected[SB_LINK_MAX], found[SB_LINK_MAX];
    size_t n = sb_link_encode(expected, a);
    assert_int_equal(sb_link_encode(found, b), n);
    assert_memory_equal(found, expected, n);
}

void scribe_same(const struct scribe *s, size_t event, const struct sb_record *record)
{
    const struct scribe_event *e = &s->events[event];
    const struct sb_record *expected = &e->record;
    assert_int_equal(record->offset.n, expected->offset.n);
    assert_int_equal(record->previous.n, expected->previous.n);
    assert_int_equal(record->branch, expected->branch);
    assert_int_equal(record->origin, expected->origin);
    assert_int_equal(record->class, expected->class);
    assert_int_equal(record->state, expected->state);
    assert_int_equal(record->deferred, expected->deferred);
    assert_int_equal(record->committed.ms, expected->committed.ms);
    assert_int_equal(record->item.erased, expected->item.erased);
    assert_null(record->item.link_bytes.p);
    assert_int_equal(record->item.link_bytes.n, 0);
    same_link(&expected->item.link, &record->item.link);
    assert_int_equal(record->item.body.n, expected->item.body.n);
    if (expected->item.salt == NULL) {
        assert_null(record->item.salt);
        return;
    }
    assert_non_null(record->item.salt);
    assert_memory_equal(record->item.salt, &e->salt, sizeof e->salt);
    assert_memory_equal(record->item.body.p, e->body, expected->item.body.n);
}

static void check_log(struct scribe *s)
{
    struct sb_offset from = {0}, at;
    struct sb_record record;
    bool released;
    for (size_t i = 0; i < s->n_log; i++) {
        assert_int_equal(sb_store_next(s->store, from, &at, &released, &record, NULL), SB_OK);
        assert_int_equal(at.n, i + 1);
        assert_int_equal(released, s->log[i].released);
        scribe_same(s, s->log[i].event, &record);
        from.n = at.n + 1;
    }
    assert_int_equal(sb_store_next(s->store, from, &at, &released, &record, NULL), SB_E_NOTFOUND);
}

/* How many earlier events of its origin have the same id. */
static unsigned nth_of(const struct scribe *s, size_t event)
{
    unsigned nth = 0;
    for (size_t i = 0; i < event; i++) {
        nth += s->events[i].record.origin == s->events[event].record.origin &&
               sb_uuid_eq(&s->events[i].record.item.link.id, &s->events[event].record.item.link.id);
    }
    return nth;
}

static void check_checkpoint(struct scribe *s, size_t event)
{
    struct sb_place place = scribe_place(s, event);
    struct sb_checkpoint found;
    size_t i = event;
    while (i < s->n_events &&
           (s->events[i].chain != s->events[event].chain || !s->events[i].has_checkpoint)) {
        i++;
    }
    enum sb_rc rc = sb_store_checkpoint(s->store, &place, &found, NULL);
    assert_int_equal(rc, i < s->n_events ? SB_OK : SB_E_NOTFOUND);
    if (rc == SB_OK) {
        uint8_t a[SB_CHECKPOINT_BYTES], b[SB_CHECKPOINT_BYTES];
        sb_checkpoint_encode(a, &found);
        sb_checkpoint_encode(b, &s->events[i].checkpoint);
        assert_memory_equal(a, b, sizeof a);
    }
}

static void check_event(struct scribe *s, size_t event)
{
    const struct scribe_event *e = &s->events[event];
    struct sb_place place = scribe_place(s, event);
    struct sb_record record;
    uint16_t branch = 99;
    assert_int_equal(sb_store_at(s->store, &place, &record, NULL), SB_OK);
    scribe_same(s, event, &record);
    assert_int_equal(sb_store_find_id(s->store, place.origin, &e->record.item.link.id,
                                      nth_of(s, event), &record, NULL),
                     SB_OK);
    scribe_same(s, event, &record);
    if (s->chains[e->chain].has_row) {
        assert_int_equal(sb_store_find_link(s->store, place.origin, place.epoch, place.seq,
                                            &e->hash, &branch, NULL),
                         SB_OK);
        assert_int_equal(branch, place.branch);
    }
    check_checkpoint(s, event);
}

static void check_missing(struct scribe *s)
{
    uint64_t count = 0;
    for (unsigned chain = 0; chain < s->n_chains; chain++) {
        struct sb_place place = scribe_tip(s, chain);
        struct sb_seq found;
        place.seq.n = 0;
        for (size_t i = 0; i < s->n_events; i++) {
            if (s->events[i].chain == chain && s->events[i].record.state == SB_BODY_MISSING) {
                assert_int_equal(sb_store_next_missing(s->store, &place, &found, NULL), SB_OK);
                assert_int_equal(found.n, s->events[i].record.item.link.seq.n);
                place.seq.n = found.n + 1;
                count++;
            }
        }
        assert_int_equal(sb_store_next_missing(s->store, &place, &found, NULL), SB_E_NOTFOUND);
    }
    assert_int_equal(sb_store_missing_count(s->store), count);
}

struct chain_walk {
    const struct scribe *s;
    size_t n;
    struct sb_chain_row last;
};

static int row_cmp(const struct sb_chain_row *a, const struct sb_chain_row *b)
{
    int by_epoch = sb_epoch_cmp(a->epoch, b->epoch);
    return a->origin != b->origin ? (int)a->origin - (int)b->origin
           : by_epoch != 0        ? by_epoch
                                  : (int)a->branch - (int)b->branch;
}

static void same_row(const struct sb_chain_row *a, const struct sb_chain_row *b)
{
    uint8_t x[SB_CHECKPOINT_BYTES], y[SB_CHECKPOINT_BYTES];
    sb_checkpoint_encode(x, &a->tip);
    sb_checkpoint_encode(y, &b->tip);
    assert_memory_equal(x, y, sizeof x);
    assert_int_equal(a->base.n, b->base.n);
    assert_int_equal(a->base_branch, b->base_branch);
    assert_int_equal(a->bodies.n, b->bodies.n);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(&a->key, &b->key, sizeof a->key);
    assert_int_equal(a->n_parents, b->n_parents);
    for (size_t i = 0; i < a->n_parents; i++) {
        assert_true(sb_epoch_eq(a->parents[i].epoch, b->parents[i].epoch));
        assert_int_equal(a->parents[i].seq.n, b->parents[i].seq.n);
        assert_true(sb_hash_eq(&a->parents[i].hash, &b->parents[i].hash));
    }
}

static bool check_row(void *context, const struct sb_chain_row *row)
{
    struct chain_walk *walk = context;
    assert_true(walk->n == 0 || row_cmp(&walk->last, row) < 0);
    walk->last = *row;
    for (size_t i = 0; i < walk->s->n_chains; i++) {
        const struct scribe_chain *chain = &walk->s->chains[i];
        if (chain->has_row && row_cmp(&chain->row, row) == 0) {
            same_row(&chain->row, row);
            walk->n++;
            return true;
        }
    }
    fail_msg("a chain that nobody wrote");
    return false;
}

static void check_chains(struct scribe *s)
{
    struct chain_walk walk = {.s = s};
    size_t expected = 0;
    for (size_t i = 0; i < s->n_chains; i++) {
        expected += s->chains[i].has_row;
    }
    assert_int_equal(sb_store_chains(s->store, check_row, &walk, NULL), SB_OK);
    assert_int_equal(walk.n, expected);
}

static void check_ends(struct scribe *s)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    struct sb_record record;
    struct sb_store_usage usage;
    sb_store_offsets(s->store, &last, by_class);
    assert_int_equal(last.n, s->n_log);
    assert_memory_equal(by_class, s->by_class, sizeof by_class);
    sb_store_usage(s->store, &usage);
    assert_int_equal(usage.events, s->n_events);
    for (unsigned chain = 0; chain < s->n_chains; chain++) {
        struct sb_place beyond = scribe_tip(s, chain);
        beyond.seq.n++;
        assert_int_equal(sb_store_at(s->store, &beyond, &record, NULL), SB_E_NOTFOUND);
        beyond.seq.n = s->chains[chain].row.base.n - 1;
        assert_int_equal(sb_store_at(s->store, &beyond, &record, NULL), SB_E_NOTFOUND);
    }
}

static int said_cmp(const void *a, const void *b)
{
    const struct sb_said_entry *x = a, *y = b;
    const struct sb_subject *p = &x->about.subject, *q = &y->about.subject;
    size_t m = sb_org_len(&p->of.org), n = sb_org_len(&q->of.org);
    int order = p->kind != q->kind ? (p->kind > q->kind) - (p->kind < q->kind)
                                   : memcmp(p->of.id.b, q->of.id.b, sizeof p->of.id.b);
    order = order == 0 && m != n ? (m > n) - (m < n) : order;
    order = order == 0 ? sb_org_cmp(&p->of.org, &q->of.org) : order;
    return order == 0 ? (x->offset.n > y->offset.n) - (x->offset.n < y->offset.n) : order;
}

/* What the bodies that are here are about, in order and each once. */
static size_t list_said(const struct scribe *s, struct sb_said_entry *list)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < s->n_events; i++) {
        const struct sb_record *r = &s->events[i].record;
        struct sb_about about[SB_ABOUT_MAX];
        size_t k =
            r->item.salt == NULL ? 0 : sb_about_read(about, &r->item.link.origin, r->item.body);
        for (size_t j = 0; j < k; j++) {
            list[n++] = (struct sb_said_entry){about[j], r->offset};
        }
    }
    if (n > 0) {
        qsort(list, n, sizeof *list, said_cmp);
    }
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || said_cmp(&list[kept - 1], &list[i]) != 0) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

static void check_said(struct scribe *s)
{
    struct sb_said_entry *list = test_calloc(2 * s->n_events + 1, sizeof *list), found;
    struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, {{0}}}};
    struct sb_offset from = {0};
    size_t n = list_said(s, list);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sb_store_next_said(s->store, &subject, from, &found, NULL), SB_OK);
        assert_int_equal(said_cmp(&found, &list[i]), 0);
        assert_int_equal(found.about.content, list[i].about.content);
        assert_int_equal(found.about.day.days, list[i].about.day.days);
        subject = found.about.subject;
        from.n = found.offset.n + 1;
    }
    assert_int_equal(sb_store_next_said(s->store, &subject, from, &found, NULL), SB_E_NOTFOUND);
    test_free(list);
}

void scribe_check(struct scribe *s)
{
    check_said(s);
    check_log(s);
    for (size_t i = 0; i < s->n_events; i++) {
        check_event(s, i);
    }
    check_missing(s);
    check_chains(s);
    check_ends(s);
}
