/* The table of consumers: see consumers.h. What the store keeps of one is the frame of a CONSUMERS
 * message with that one in it: the wire's reader checks it when it is loaded. */
#include "daemon/shell/consumers.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/store/consumers.h"
#include "proto/failpoint.h"

enum { VERSION_BYTES_MAX = 4 * 1024 * 1024 };

struct sb_consumer_version {
    struct sb_arena arena; /* everything that `consumer` names */
    struct sb_consumer consumer;
};

static void free_version(struct sb_consumer_table *table, struct sb_consumer_version *v)
{
    if (v != NULL) {
        table->bytes -= v->arena.used;
        sb_arena_fini(&v->arena);
        free(v);
    }
}

/* NULL: it cannot be read, or there is no memory. */
static struct sb_consumer_version *read_version(struct sb_consumer_table *table,
                                                struct sb_bytes frame)
{
    char why[SB_LABEL_MAX + 1];
    struct sb_message m;
    struct sb_consumer_version *v = calloc(1, sizeof *v);
    if (v == NULL) {
        return NULL;
    }
    sb_arena_init(&v->arena, VERSION_BYTES_MAX);
    struct sb_bytes copy = sb_arena_copy(&v->arena, frame.p, frame.n);
    bool read = copy.p != NULL && sb_wire_decode(&m, copy, &v->arena, why) == SB_CODE_OK &&
                m.type == SB_MSG_CONSUMERS && m.consumers.n_items == 1;
    table->bytes += v->arena.used;
    if (!read) {
        free_version(table, v);
        return NULL;
    }
    v->consumer = m.consumers.items[0];
    return v;
}

static struct sb_bytes write_version(struct sb_node *node, const struct sb_consumer *consumer)
{
    struct sb_consumer kept = *consumer;
    kept.readers = 0;
    kept.behind = 0;
    kept.waiting.ms = 0;
    kept.stuck = false;
    struct sb_message m = {.type = SB_MSG_CONSUMERS, .consumers = {&kept, 1}};
    return sb_wire_encode(&m, &node->arena);
}

/* One that cannot be read is as good as none: its reader hears that, and begins it anew. */
static bool load(void *context, const char *name, struct sb_bytes value)
{
    struct sb_node *node = context;
    uint16_t slot;
    struct sb_consumer_version *v = read_version(&node->consumers, value);
    if (v == NULL || name == NULL || strcmp(v->consumer.name, name) != 0 ||
        !sb_consumers_free_slot(node, &slot)) {
        free_version(&node->consumers, v);
        sb_people_complain(node, 0, "a consumer in the store", "cannot be read: add it again");
        return true;
    }
    node->consumers.slots[slot].durable = v;
    sb_consumer_watch_moved(node, slot, true);
    return true;
}

enum sb_rc sb_consumers_load(struct sb_node *node, struct sb_err *err)
{
    enum sb_rc rc = sb_store_consumers(node->o.store, load, node, err);
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "load the consumers");
}

void sb_consumers_fini(struct sb_node *node)
{
    struct sb_consumer_table *table = &node->consumers;
    for (size_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        struct sb_consumer_slot *s = &table->slots[i];
        free_version(table, s->durable);
        free_version(table, s->staged);
        free(s->watch.probe);
        *s = (struct sb_consumer_slot){0};
    }
    sb_consumer_readers_fini(node);
}

const struct sb_consumer *sb_consumers_at(const struct sb_node *node, uint16_t slot)
{
    const struct sb_consumer_slot *s = &node->consumers.slots[slot];
    const struct sb_consumer_version *v = s->touched ? s->staged : s->durable;
    return v == NULL ? NULL : &v->consumer;
}

bool sb_consumers_find(const struct sb_node *node, const char *name, uint16_t *slot)
{
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        const struct sb_consumer *c = sb_consumers_at(node, i);
        if (c != NULL && strcmp(c->name, name) == 0) {
            *slot = i;
            return true;
        }
    }
    return false;
}

static bool is_named(const struct sb_consumer_version *v, const char *name)
{
    return v != NULL && (name[0] == '\0' || strcmp(v->consumer.name, name) == 0);
}

bool sb_consumers_changes(const struct sb_node *node, const char *name)
{
    for (size_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        const struct sb_consumer_slot *s = &node->consumers.slots[i];
        if (s->touched && (is_named(s->staged, name) || is_named(s->durable, name))) {
            return true;
        }
    }
    return false;
}

bool sb_consumers_free_slot(const struct sb_node *node, uint16_t *slot)
{
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        const struct sb_consumer_slot *s = &node->consumers.slots[i];
        if (s->durable == NULL && !s->touched) {
            *slot = i;
            return true;
        }
    }
    return false;
}

uint32_t sb_consumers_readers(const struct sb_node *node, uint16_t slot)
{
    uint32_t n = 0;
    for (const struct sb_stream *s = node->streams; s != NULL; s = s->next) {
        n += s->consumer == slot + 1u;
    }
    return n;
}

/* ---- a round */

bool sb_consumers_grows(struct sb_node *node, uint16_t slot, const struct sb_consumer *next)
{
    const struct sb_consumer *now = sb_consumers_at(node, slot);
    size_t before = now == NULL ? 0 : write_version(node, now).n;
    return sb_store_consumer_grows(before, write_version(node, next).n);
}

void sb_consumers_stage(struct sb_node *node, struct sb_store_txn *txn, uint16_t slot,
                        const struct sb_consumer *next, bool anew)
{
    struct sb_consumer_slot *s = &node->consumers.slots[slot];
    struct sb_consumer_version *v = NULL;
    if (next != NULL) {
        struct sb_bytes frame = write_version(node, next);
        v = frame.p == NULL ? NULL : read_version(&node->consumers, frame);
        if (v == NULL) {
            sb_turn_fail(node, SB_E_NOMEM, "keep a consumer");
            return;
        }
        sb_store_put_consumer(txn, next->name, frame);
    } else {
        sb_store_remove_consumer(txn, sb_consumers_at(node, slot)->name);
    }
    if (s->touched) {
        free_version(&node->consumers, s->staged);
    }
    s->staged = v;
    s->touched = true;
    s->anew |= anew;
}

static void become(struct sb_node *node, uint16_t slot)
{
    struct sb_consumer_slot *s = &node->consumers.slots[slot];
    struct sb_consumer_version *before = s->durable;
    s->durable = s->staged;
    if (s->anew || s->durable == NULL) {
        sb_consumer_readers_begun(node, slot);
    }
    if (s->durable != NULL) {
        sb_consumer_watch_moved(node, slot, s->anew);
    } else {
        sb_consumer_watch_end(node, slot);
    }
    free_version(&node->consumers, before);
}

void sb_consumers_settle(struct sb_node *node, bool committed)
{
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        struct sb_consumer_slot *s = &node->consumers.slots[i];
        if (!s->touched) {
            continue;
        }
        if (committed || sb_planted(SB_PLANT_CONSUMER_KEPT_ON_FAILURE)) {
            become(node, i);
        } else {
            free_version(&node->consumers, s->staged);
        }
        s->staged = NULL;
        s->touched = s->anew = false;
    }
}
