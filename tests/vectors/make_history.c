/* Segments and export files: honest ones, and with one lie each. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/export.h"
#include "proto/export_format.h"
#include "tests/vectors/chain.h"

/* ---- segments */

static void put_items(json_t *one, const struct sb_events *events)
{
    json_t *items = put_list(one, "items"), *checkpoints = put_list(one, "checkpoints");
    for (size_t i = 0; i < events->n_items; i++) {
        const struct sb_item *item = &events->items[i];
        json_t *object = json_object();
        bool given = item->salt != NULL;
        put(object, "link", hex_bytes(item->link_bytes));
        put(object, "salt", given ? hex_of(item->salt->b, sizeof item->salt->b) : json_null());
        put(object, "body", given ? hex_bytes(item->body) : json_null());
        json_array_append_new(items, object);
    }
    for (size_t i = 0; i < events->n_checkpoints; i++) {
        uint8_t bytes[SB_CHECKPOINT_BYTES];
        sb_checkpoint_encode(bytes, &events->checkpoints[i]);
        json_array_append_new(checkpoints, hex_of(bytes, sizeof bytes));
    }
}

/* `key`: whose key the epoch is known to have; NULL: it is not known. `promised`: what its start is
 * known to say of seq 2; NULL: the segment does not begin there. */
static void add_segment_of(json_t *list, const char *name, const struct sb_events *events,
                           const char *key, const struct sb_hash *promised, struct sb_arena *arena)
{
    struct sb_segment segment;
    struct sb_seq at;
    struct sb_sign_public pinned = key_of("GM0384"), epoch_key = key_of(key == NULL ? "" : key);
    struct sb_segment_check check = {sb_partnership_hash(VECTOR_PARTNERSHIP), &pinned,
                                     key == NULL ? NULL : &epoch_key, NULL, promised};
    enum sb_fault fault = sb_segment_verify(&segment, events, &check, arena, &at);
    json_t *one = add_case(list, name);
    put_text(one, "origin", events->origin.s);
    put_epoch(one, events->epoch);
    put(one, "pinned", hex_of(pinned.b, sizeof pinned.b));
    put(one, "key", key == NULL ? json_null() : hex_of(epoch_key.b, sizeof epoch_key.b));
    put(one, "promised", promised == NULL ? json_null() : hex_of(promised->b, sizeof promised->b));
    put_items(one, events);
    put_text(one, "fault", fault == SB_FAULT_NONE ? NULL : sb_fault_name(fault));
    put_number(one, "at", at.n);
}

static void add_segment(json_t *list, const char *name, const struct sb_events *events,
                        const char *key, struct sb_arena *arena)
{
    add_segment_of(list, name, events, key, NULL, arena);
}

static void take_body(struct sb_item *item)
{
    item->salt = NULL;
    item->body = (struct sb_bytes){0};
}

static void add_lawful_segments(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    add_segment(list, "an epoch", &c.events, NULL, arena);
    struct sb_events tail = c.events;
    tail.items += 2;
    tail.n_items -= 2;
    tail.checkpoints++;
    tail.n_checkpoints--;
    add_segment(list, "what follows in a known epoch", &tail, "GM0384", arena);
    add_segment(list, "the same of an unknown epoch", &tail, NULL, arena);
    add_segment(list, "under another key", &tail, "GM0437", arena);
    tail = c.events;
    tail.items++;
    tail.n_items--;
    add_segment_of(list, "from the start on", &tail, "GM0384", &c.start.first_commitment, arena);
    add_segment_of(list, "from the start on, another first event than announced", &tail, "GM0384",
                   &c.items[2].link.commitment, arena);
    take_body(&c.items[2]);
    add_segment(list, "without a body", &c.events, NULL, arena);
    take_body(&c.items[0]);
    add_segment(list, "without the body of the EpochStart", &c.events, NULL, arena);
}

/* Another body of the same length, or of another one. */
static struct sb_bytes changed_body(const struct chain *c, size_t i, size_t longer)
{
    uint8_t *bytes = copy_of(c->arena, c->items[i].body, longer);
    bytes[5] ^= 1;
    return (struct sb_bytes){bytes, c->items[i].body.n + longer};
}

static void add_lies_in_items(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    c.items[3].body = changed_body(&c, 3, 0);
    add_segment(list, "another body", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[3].body = changed_body(&c, 3, 1);
    add_segment(list, "a longer body", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[3].salt = c.items[2].salt;
    add_segment(list, "another salt", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[2].link.id = uuid_of(999);
    struct sb_bytes after = c.items[3].link_bytes;
    struct sb_link link = c.items[3].link;
    chain_relink(&c, 2);
    c.items[3].link_bytes = after;
    c.items[3].link = link;
    add_segment(list, "a link exchanged for another", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[3].link.seq.n = 5;
    chain_relink(&c, 3);
    add_segment(list, "a seq left out", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[2].link.origin = org_of("GM0437");
    chain_relink(&c, 2);
    add_segment(list, "a link of another origin", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[2].link.partnership = sb_partnership_hash("another");
    chain_relink(&c, 2);
    add_segment(list, "a link of another partnership", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[2].link.epoch.tag++;
    chain_relink(&c, 2);
    add_segment(list, "a link of another epoch", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.start.first_commitment.b[0] ^= 1;
    chain_restart(&c, &c.start);
    add_segment(list, "another first event than announced", &c.events, NULL, arena);
    chain_init(&c, "GM0384", "GM0437", arena);
    chain_open(&c, 1, JSON_MEETING);
    chain_seal(&c);
    add_segment(list, "an epoch under a key that nobody pinned", &c.events, NULL, arena);
}

static void add_lies_in_checkpoints(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    c.checkpoints[1].signature.b[9] ^= 1;
    add_segment(list, "a changed signature", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.checkpoints[0].time.ms++;
    add_segment(list, "a changed time", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.checkpoints[1].hash = c.hashes[2];
    add_segment(list, "the hash of another link", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.events.n_checkpoints = 1;
    add_segment(list, "links above the last checkpoint", &c.events, NULL, arena);
    c.events.n_checkpoints = 0;
    add_segment(list, "no checkpoint", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.checkpoints[0] = c.checkpoints[1];
    add_segment(list, "a checkpoint twice", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.events.n_items = 3;
    add_segment(list, "a checkpoint beyond the links", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.events.n_items = c.events.n_checkpoints = 0;
    add_segment(list, "nothing", &c.events, NULL, arena);
}

json_t *make_segments(struct sb_arena *arena)
{
    json_t *root = object_about("Segments of GM0384 in the partnership duoplus, with the epoch's "
                                "key where it is known, and what its start promises for seq 2; "
                                "the fault, or null, and at which seq (PROTOCOL 10.2)");
    json_t *list = put_list(root, "segments");
    add_lawful_segments(list, arena);
    add_lies_in_items(list, arena);
    add_lies_in_checkpoints(list, arena);
    return root;
}

/* ---- exports */

struct file {
    FILE *to;
    char *bytes;
    size_t n;
    uint64_t events;
};

static void begin(struct file *f, const char *pinned)
{
    struct sb_export_header header = {VECTOR_PARTNERSHIP, org_of("GM0384"), key_of(pinned)};
    *f = (struct file){0};
    f->to = open_memstream(&f->bytes, &f->n);
    assert(f->to != NULL);
    enum sb_rc rc = sb_export_begin(f->to, &header, NULL);
    assert(rc == SB_OK);
}

static void write_chain(struct file *f, const struct chain *c, size_t from)
{
    struct sb_events events = c->events;
    events.items += from;
    events.n_items -= from;
    while (events.n_checkpoints > 0 && events.checkpoints[0].seq.n <= from) {
        events.checkpoints++;
        events.n_checkpoints--;
    }
    enum sb_rc rc = sb_export_events(f->to, &events, NULL);
    assert(rc == SB_OK);
    f->events += events.n_items;
}

static void print_fault(void *context, const struct sb_export_fault *f)
{
    char epoch[SB_EPOCH_TEXT_MAX], line[400];
    const char *origin = f->origin.s[0] == '\0' ? "-" : f->origin.s;
    sb_epoch_format(epoch, f->epoch, 8);
    if (f->epoch.counter == 0) {
        (void)snprintf(line, sizeof line, "fault %s - %s: %s", origin, sb_fault_name(f->fault),
                       f->text);
    } else {
        (void)snprintf(line, sizeof line, "fault %s %s:%" PRIu64 " %s: %s", origin, epoch, f->seq.n,
                       sb_fault_name(f->fault), f->text);
    }
    json_array_append_new((json_t *)context, json_string(line));
}

static void add_bytes(json_t *list, const char *name, const uint8_t *bytes, size_t n)
{
    struct sb_export_totals totals;
    json_t *one = add_case(list, name), *lines;
    put(one, "file", hex_of(bytes, n));
    lines = put_list(one, "lines");
    enum sb_rc rc = sb_export_verify(&totals, bytes, n, print_fault, lines, NULL);
    assert(rc == SB_OK);
    if (totals.faults == 0) {
        char line[100];
        (void)snprintf(line, sizeof line, "ok: %" PRIu64 " events, %" PRIu64 " epochs, 1 origins",
                       totals.events, totals.epochs);
        json_array_append_new(lines, json_string(line));
    }
}

/* Ends the file with the right number, and more where `spare` is not 0. */
static void end(json_t *list, const char *name, struct file *f, uint64_t spare)
{
    enum sb_rc rc = sb_export_end(f->to, f->events + spare, NULL);
    int failed = fclose(f->to);
    assert(rc == SB_OK && failed == 0);
    add_bytes(list, name, (const uint8_t *)f->bytes, f->n);
    free(f->bytes);
}

static void add_chain_file(json_t *list, const char *name, const struct chain *c)
{
    struct file f;
    begin(&f, "GM0384");
    write_chain(&f, c, 0);
    end(list, name, &f, 0);
}

/* A second epoch after the first, and a fork of it at seq 3. */
static void add_long_history(json_t *list, struct sb_arena *arena)
{
    struct chain first, second, fork;
    struct file f;
    chain_example(&first, arena);
    first.items[3].erased = true;
    take_body(&first.items[3]);
    take_body(&first.items[2]);
    chain_init(&second, "GM0384", "GM0384", arena);
    second.start.n_parents = 1;
    second.start.parents[0] = (struct sb_parent){first.events.epoch, {4}, first.hashes[3]};
    chain_open(&second, 2, JSON_POSITION);
    fork = second;
    fork.events.items = fork.items;
    fork.events.checkpoints = fork.checkpoints;
    chain_add(&second, JSON_MEETING);
    chain_seal(&second);
    chain_add(&fork, JSON_NOTIFICATION);
    chain_seal(&fork);
    begin(&f, "GM0384");
    write_chain(&f, &first, 0);
    write_chain(&f, &second, 0);
    write_chain(&f, &fork, 2);
    end(list, "two epochs, a fork, bodies withheld and erased", &f, 0);
}

static void add_lies_in_files(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    c.items[3].body = changed_body(&c, 3, 0);
    add_chain_file(list, "another body", &c);
    chain_example(&c, arena);
    c.items[1].body = changed_body(&c, 1, 1);
    add_chain_file(list, "a longer body", &c);
    chain_example(&c, arena);
    chain_give_body(&c, 3, (struct sb_bytes){(const uint8_t *)"\x0b\x0c", 2});
    chain_relink(&c, 3);
    add_chain_file(list, "a body that is not protobuf", &c);
    chain_example(&c, arena);
    c.checkpoints[0].signature.b[0] ^= 1;
    add_chain_file(list, "a changed signature below another one", &c);
    c.checkpoints[1].signature.b[0] ^= 1;
    add_chain_file(list, "two changed signatures", &c);
    chain_example(&c, arena);
    c.events.n_checkpoints = 1;
    add_chain_file(list, "no checkpoint over the last events", &c);
    chain_example(&c, arena);
    c.items[2].link.prev = seeded("elsewhere");
    uint8_t bytes[SB_LINK_MAX];
    size_t n = sb_link_encode(bytes, &c.items[2].link);
    c.items[2].link_bytes = (struct sb_bytes){bytes, n};
    add_chain_file(list, "a link exchanged for another", &c);
    chain_example(&c, arena);
    take_body(&c.items[0]);
    add_chain_file(list, "no body of the EpochStart", &c);
    chain_example(&c, arena);
    c.start.first_commitment.b[0] ^= 1;
    chain_restart(&c, &c.start);
    add_chain_file(list, "another first event than announced", &c);
    chain_example(&c, arena);
    c.items[3].link.origin = org_of("GM0437");
    chain_relink(&c, 3);
    add_chain_file(list, "a link of another origin", &c);
}

static void add_broken_files(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    struct file f;
    chain_example(&c, arena);
    begin(&f, "GM0437");
    write_chain(&f, &c, 0);
    end(list, "another key pinned", &f, 0);
    begin(&f, "GM0384");
    write_chain(&f, &c, 0);
    end(list, "fewer events than it says", &f, 1);
    begin(&f, "GM0384");
    write_chain(&f, &c, 0);
    write_chain(&f, &c, 2);
    end(list, "two events twice", &f, 0);
    begin(&f, "GM0384");
    write_chain(&f, &c, 2);
    end(list, "the beginning left out", &f, 0);
    begin(&f, "GM0384");
    (void)fwrite("\x09\0\0\0\1x", 1, 6, f.to);
    write_chain(&f, &c, 0);
    end(list, "a record of another type", &f, 0);
    begin(&f, "GM0384");
    (void)fwrite("\x02\0\0\0\6\0\0\0\1xn", 1, 11, f.to);
    f.events = 1;
    write_chain(&f, &c, 0);
    end(list, "an event whose link cannot be read", &f, 0);
    begin(&f, "GM0384");
    enum sb_rc rc = sb_export_end(f.to, 0, NULL);
    assert(rc == SB_OK);
    write_chain(&f, &c, 0);
    end(list, "records behind the end", &f, 0);
}

/* An order that a writer must not choose: what is read is never looked at again. */
static void add_disordered_files(json_t *list, struct sb_arena *arena)
{
    struct chain c, early;
    struct file f;
    chain_example(&c, arena);
    early = c;
    early.events.items = early.items + 3;
    early.events.n_items = 1;
    early.events.n_checkpoints = 0;
    begin(&f, "GM0384");
    write_chain(&f, &early, 0);
    write_chain(&f, &c, 0);
    end(list, "a link before what its prev names, and once more behind it", &f, 0);
    begin(&f, "GM0384");
    write_chain(&f, &c, 0);
    early.items[3].body = changed_body(&c, 3, 0);
    write_chain(&f, &early, 0);
    end(list, "an event twice, the second time with another body", &f, 0);
    c.items[3].body = early.items[3].body;
    c.events.n_checkpoints = 1;
    add_chain_file(list, "another body under no checkpoint", &c);
}

static void add_cut_files(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    struct file f;
    chain_example(&c, arena);
    begin(&f, "GM0384");
    write_chain(&f, &c, 0);
    int failed = fclose(f.to);
    assert(failed == 0);
    uint8_t *bytes = (uint8_t *)f.bytes;
    add_bytes(list, "no end", bytes, f.n);
    add_bytes(list, "cut short", bytes, f.n - 10);
    add_bytes(list, "the first bytes alone", bytes, 9);
    add_bytes(list, "empty", bytes, 0);
    bytes[17] = 0xff; /* in the partnership's name: not UTF-8, and another partnership */
    add_bytes(list, "a name that is not UTF-8", bytes, f.n);
    bytes[8] = 2;
    add_bytes(list, "version 2", bytes, f.n);
    free(f.bytes);
}

json_t *make_exports(struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    json_t *root = object_about("Export files of GM0384, and the lines that a verifier prints "
                                "(PROTOCOL 10.3 to 10.5)");
    json_t *list = put_list(root, "exports");
    add_chain_file(list, "one epoch", &c);
    add_long_history(list, arena);
    add_lies_in_files(list, arena);
    add_broken_files(list, arena);
    add_disordered_files(list, arena);
    add_cut_files(list, arena);
    return root;
}
