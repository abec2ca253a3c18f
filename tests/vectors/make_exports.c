/* Export files: honest ones, and with one lie each. */
#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/export.h"
#include "proto/export_format.h"
#include "tests/vectors/chain.h"

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
    chain_take_body(&first.items[3]);
    chain_take_body(&first.items[2]);
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
    c.items[3].body = chain_changed_body(&c, 3, 0);
    add_chain_file(list, "another body", &c);
    chain_example(&c, arena);
    c.items[1].body = chain_changed_body(&c, 1, 1);
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
    chain_take_body(&c.items[0]);
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
    early.items[3].body = chain_changed_body(&c, 3, 0);
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

/* An epoch under `signer` with a certificate by `old`, where there is one. */
static void make_under(struct chain *c, uint32_t counter, const char *old, const char *signer,
                       struct sb_arena *arena)
{
    chain_init(c, "GM0384", signer, arena);
    if (old != NULL) {
        chain_vouch(c, old, signer);
    }
    chain_open(c, counter, JSON_MEETING);
    chain_seal(c);
}

static void add_three(json_t *list, const char *name, const struct chain *c, const char *pinned)
{
    struct file f;
    begin(&f, pinned);
    for (size_t i = 0; i < 3; i++) {
        write_chain(&f, &c[i], 0);
    }
    end(list, name, &f, 0);
}

/* A key that was changed twice: what each has signed, in the order of its epochs. */
static void add_files_of_three_keys(json_t *list, struct sb_arena *arena)
{
    static const char first[] = "GM0384", second[] = "GM0384 second", third[] = "GM0384 third";
    struct chain c[3];
    make_under(&c[0], 1, NULL, first, arena);
    make_under(&c[1], 2, first, second, arena);
    make_under(&c[2], 3, second, third, arena);
    add_three(list, "three keys, the second one pinned", c, second);
    add_three(list, "three keys, the last one pinned", c, third);
    add_three(list, "three keys, the first one pinned", c, first);
    c[1].start.certificate.old_signature.b[0] ^= 1;
    chain_restart(&c[1], &c[1].start);
    add_three(list, "three keys, and the first did not sign for the second", c, third);
    make_under(&c[1], 2, first, second, arena);
    make_under(&c[2], 3, first, third, arena);
    add_three(list, "two keys that one vouched for, and one of them pinned", c, second);
    chain_take_body(&c[1].items[0]);
    add_three(list, "the start that vouches is not given", c, second);
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
    add_files_of_three_keys(list, arena);
    add_disordered_files(list, arena);
    add_cut_files(list, arena);
    return root;
}
