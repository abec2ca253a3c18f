/* The scribe writes: it makes lawful links with bodies of all sizes and remembers them. Reading is
 * in scribe_check.c. */
#include "tests/store/scribe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/erasing.h"
#include "proto/pb_writer.h"

static struct sb_org org_of(const char *name)
{
    struct sb_org org;
    assert_true(sb_org_parse(&org, name, strlen(name)));
    return org;
}

unsigned scribe_random(struct scribe *s, unsigned n)
{
    s->random = s->random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(s->random >> 33) % n;
}

static void fill_random(struct scribe *s, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)scribe_random(s, 256);
    }
}

struct scribe *scribe_new(const char *path, uint64_t max_size)
{
    struct scribe *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->options.path = strdup(path);
    s->options.partnership = sb_partnership_hash("duoplus");
    s->options.organisation = org_of("GM0384");
    s->options.max_size = max_size;
    s->random = 42;
    s->now.ms = 1800000000000;
    scribe_open(s);
    return s;
}

void scribe_open(struct scribe *s)
{
    struct sb_err err = {0};
    if (sb_store_open(&s->store, &s->options, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
}

void scribe_close(struct scribe *s)
{
    sb_store_close(s->store);
    s->store = NULL;
    s->txn = NULL;
}

void scribe_free(struct scribe *s)
{
    if (s->store != NULL) {
        sb_store_close(s->store);
    }
    free((void *)(uintptr_t)s->options.path);
    free(s);
}

/* ---- chains */

unsigned scribe_chain(struct scribe *s, const char *origin, uint32_t counter)
{
    struct sb_org org = org_of(origin);
    uint16_t number;
    assert_int_equal(sb_store_register(s->store, &org, &number, NULL), SB_OK);
    struct scribe_chain *chain = &s->chains[s->n_chains];
    chain->row = (struct sb_chain_row){.origin = number,
                                       .epoch = {counter, 0x9f1c2ab700000000U + counter},
                                       .base = {1},
                                       .n_parents = counter % 3};
    fill_random(s, chain->row.key.b, sizeof chain->row.key.b);
    for (size_t i = 0; i < chain->row.n_parents; i++) {
        chain->row.parents[i].epoch = (struct sb_epoch){counter - 1, i};
        chain->row.parents[i].seq.n = 7 + i;
        fill_random(s, chain->row.parents[i].hash.b, sizeof(struct sb_hash));
    }
    return (unsigned)s->n_chains++;
}

unsigned scribe_branch(struct scribe *s, unsigned of, struct sb_seq base)
{
    struct scribe_chain *chain = &s->chains[s->n_chains];
    *chain = s->chains[of];
    chain->has_row = false;
    chain->row.branch++;
    chain->row.base = base;
    chain->row.base_branch = s->chains[of].row.branch;
    chain->row.bytes = 0;
    chain->seq.n = base.n - 1;
    for (size_t i = 0; i < s->n_events; i++) {
        if (s->events[i].chain == of && s->events[i].record.item.link.seq.n == base.n - 1) {
            chain->tip = s->events[i].hash;
        }
    }
    return (unsigned)s->n_chains++;
}

/* ---- events */

void scribe_begin(struct scribe *s)
{
    assert_int_equal(sb_store_begin(s->store, &s->txn, NULL), SB_OK);
}

static void give_audience(struct scribe_event *event)
{
    static const char *const names[SCRIBE_AUDIENCE] = {"GM0384", "GM0437", "ORG-WITHOUT-DAEMON"};
    for (size_t i = 0; i < SCRIBE_AUDIENCE; i++) {
        event->record.audience[i] = org_of(names[i]);
    }
    event->record.item.link.audience =
        (struct sb_audience){event->record.audience, SCRIBE_AUDIENCE};
}

/* A body about one of a few subjects, or two, so that each is spoken of by several. */
static void write_statement(struct scribe *s, struct scribe_event *event)
{
    static const char *const ids[] = {"01936c9e-8a40-7cc1-b1de-000000000001",
                                      "01936c9e-8a40-7cc1-b1de-000000000002",
                                      "f1936c9e-8a40-7cc1-b1de-000000000003"};
    enum { CONTENT_MAX = 200 };
    uint8_t content[CONTENT_MAX];
    char reference[CONTENT_MAX];
    struct sb_pb_writer c = {.p = content}, b = {.p = event->body};
    enum sb_content what = (enum sb_content)(SB_CONTENT_AGENDA_ITEM + scribe_random(s, 7));
    bool refers = what == SB_CONTENT_POSITION || what == SB_CONTENT_ACKNOWLEDGEMENT;
    int n = snprintf(reference, sizeof reference, "GM0384/%s", ids[scribe_random(s, 3)]);
    const char *first = refers ? reference : reference + strlen("GM0384/");
    sb_pb_put_bytes(&c, 1, first, strlen(first));
    sb_pb_put_bytes(&c, 9, "2026-12-10", 10);  /* the day of an item */
    sb_pb_put_bytes(&c, 13, "2027-01-31", 10); /* the deadline of a proposal */
    if (scribe_random(s, 2) == 0) {
        sb_pb_put_bytes(&c, 15, reference, (size_t)n); /* what a proposal replaces */
    }
    sb_pb_put_bytes(&b, (uint32_t)what, content, c.n);
    event->record.item.link.body_len = (uint32_t)b.n;
}

static void make_link(struct scribe *s, struct scribe_event *event, enum sb_kind kind,
                      const struct sb_uuid *id)
{
    struct scribe_chain *chain = &s->chains[event->chain];
    struct sb_link *link = &event->record.item.link;
    uint8_t random[10];
    fill_random(s, random, sizeof random);
    link->partnership = s->options.partnership;
    link->origin = *sb_store_origin(s->store, chain->row.origin);
    link->epoch = chain->row.epoch;
    link->seq.n = ++chain->seq.n;
    link->prev = chain->tip;
    link->kind = kind;
    link->id = id != NULL ? *id : sb_uuid_v7(s->now, random);
    link->body_len = (uint32_t)scribe_random(s, SCRIBE_BODY + 1);
    if (kind == SB_KIND_RESTRICTED) {
        give_audience(event);
    }
    fill_random(s, event->salt.b, sizeof event->salt.b);
    fill_random(s, event->body, link->body_len);
    if (event->record.item.link.kind != SB_KIND_SYSTEM && scribe_random(s, 3) == 0) {
        write_statement(s, event);
    }
    link->commitment = sb_commitment(&event->salt, (struct sb_bytes){event->body, link->body_len});
    event->hash = sb_link_hash(link);
    chain->tip = event->hash;
}

static void give_body(struct scribe_event *event)
{
    event->record.state = SB_BODY_PRESENT;
    event->record.item.salt = &event->salt;
    event->record.item.body = (struct sb_bytes){event->body, event->record.item.link.body_len};
}

static size_t append(struct scribe *s, unsigned chain, enum sb_kind kind, enum sb_body_state state,
                     const struct sb_uuid *id)
{
    assert_true(s->n_events < SCRIBE_EVENTS && s->n_log < SCRIBE_LOG);
    struct scribe_event *event = &s->events[s->n_events];
    struct sb_record *record = &event->record;
    *event = (struct scribe_event){.chain = chain};
    s->now.ms += (int64_t)scribe_random(s, 3);
    make_link(s, event, kind, id);
    record->offset.n = s->n_log + 1;
    record->origin = s->chains[chain].row.origin;
    record->branch = s->chains[chain].row.branch;
    record->class = (enum sb_class)scribe_random(s, SB_CLASS_COUNT);
    record->previous = s->by_class[record->class];
    record->state = state;
    record->deferred = state == SB_BODY_MISSING;
    record->committed = s->now;
    record->item.erased = state == SB_BODY_ERASED;
    if (state == SB_BODY_PRESENT) {
        give_body(event);
    }
    s->by_class[record->class] = record->offset;
    s->log[s->n_log++] = (struct scribe_entry){.event = s->n_events};
    sb_store_put_event(s->txn, record);
    return s->n_events++;
}

size_t scribe_append(struct scribe *s, unsigned chain, enum sb_kind kind, enum sb_body_state state)
{
    return append(s, chain, kind, state, NULL);
}

size_t scribe_append_id(struct scribe *s, unsigned chain, const struct sb_uuid *id)
{
    return append(s, chain, SB_KIND_OPEN, SB_BODY_PRESENT, id);
}

void scribe_checkpoint(struct scribe *s, unsigned chain)
{
    struct scribe_chain *c = &s->chains[chain];
    struct sb_place place = scribe_tip(s, chain);
    c->row.tip = (struct sb_checkpoint){.seq = c->seq, .hash = c->tip, .time = s->now};
    fill_random(s, c->row.tip.signature.b, sizeof c->row.tip.signature.b);
    c->row.bodies.n = c->seq.n;
    c->row.bytes += 1000;
    c->has_row = true;
    for (size_t i = s->n_events; i > 0; i--) {
        if (s->events[i - 1].chain == chain) {
            s->events[i - 1].has_checkpoint = true;
            s->events[i - 1].checkpoint = c->row.tip;
            break;
        }
    }
    sb_store_put_checkpoint(s->txn, &place, &c->row.tip);
    sb_store_put_chain(s->txn, &c->row);
}

void scribe_body(struct scribe *s, size_t event)
{
    struct sb_place place = scribe_place(s, event);
    give_body(&s->events[event]);
    sb_store_put_body(s->txn, &place, &s->events[event].salt, s->events[event].record.item.body);
}

void scribe_release(struct scribe *s, size_t event)
{
    struct sb_place place = scribe_place(s, event);
    s->log[s->n_log++] = (struct scribe_entry){.event = event, .released = true};
    sb_store_put_release(s->txn, (struct sb_offset){s->n_log}, &place);
}

void scribe_erase(struct scribe *s, size_t event)
{
    struct sb_record *r = &s->events[event].record;
    sb_store_put_erased(
        s->txn, &(struct sb_erased){
                    .origin = r->origin, .event = r->item.link.id, .by = {{7}}, .since = s->now});
    r->state = SB_BODY_ERASED;
    r->item.salt = NULL;
    r->item.body = (struct sb_bytes){0};
    r->item.erased = true;
}

struct sb_place scribe_place(const struct scribe *s, size_t event)
{
    const struct sb_record *record = &s->events[event].record;
    return (struct sb_place){record->origin, record->branch, record->item.link.epoch,
                             record->item.link.seq};
}

struct sb_place scribe_tip(const struct scribe *s, unsigned chain)
{
    const struct sb_chain_row *row = &s->chains[chain].row;
    return (struct sb_place){row->origin, row->branch, row->epoch, s->chains[chain].seq};
}

void scribe_commit(struct scribe *s)
{
    struct sb_err err = {0};
    if (sb_store_commit(s->txn, &err) != SB_OK || sb_store_refresh(s->store, &err) != SB_OK) {
        fail_msg("%s", err.text);
    }
    s->txn = NULL;
}
