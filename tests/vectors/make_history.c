/* Segments: honest ones, and with one lie each. */
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
    chain_take_body(&c.items[2]);
    add_segment(list, "without a body", &c.events, NULL, arena);
    chain_take_body(&c.items[0]);
    add_segment(list, "without the body of the EpochStart", &c.events, NULL, arena);
}

static void add_lies_in_items(json_t *list, struct sb_arena *arena)
{
    struct chain c;
    chain_example(&c, arena);
    c.items[3].body = chain_changed_body(&c, 3, 0);
    add_segment(list, "another body", &c.events, NULL, arena);
    chain_example(&c, arena);
    c.items[3].body = chain_changed_body(&c, 3, 1);
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
