/* Named cursors on a simulated disk: daemon/store/consumers.h in memory. They take no room, as they
 * may use what the daemon's store keeps from events. */
#include "daemon/store/consumers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_state.h"

struct disk_consumer *disk_consumer_copy(const struct disk_consumer *from)
{
    struct disk_consumer *to = malloc(sizeof *to + from->n);
    assert(to != NULL);
    return memcpy(to, from, sizeof *to + from->n);
}

static struct disk_consumer *make(const char *name, struct sb_bytes value)
{
    struct disk_consumer *c = calloc(1, sizeof *c + value.n);
    assert(c != NULL && strlen(name) <= SB_CONSUMER_NAME_MAX);
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->n = value.n;
    if (value.n > 0) {
        memcpy(c->bytes, value.p, value.n);
    }
    return c;
}

static size_t index_of(const struct disk_state *state, const char *name)
{
    size_t i = 0;
    while (i < state->n_consumers && strcmp(state->consumers[i]->name, name) < 0) {
        i++;
    }
    return i;
}

static void remove_at(struct disk_state *state, size_t at)
{
    free(state->consumers[at]);
    state->n_consumers--;
    memmove(&state->consumers[at], &state->consumers[at + 1],
            (state->n_consumers - at) * sizeof(struct disk_consumer *));
}

void disk_consumer_apply(struct disk_state *state, struct disk_op *op)
{
    size_t at = index_of(state, op->consumer->name);
    bool there =
        at < state->n_consumers && strcmp(state->consumers[at]->name, op->consumer->name) == 0;
    if (there) {
        remove_at(state, at);
    }
    if (op->consumer->n > 0) {
        assert(state->n_consumers < SB_CONSUMERS_MAX);
        memmove(&state->consumers[at + 1], &state->consumers[at],
                (state->n_consumers - at) * sizeof(struct disk_consumer *));
        state->consumers[at] = op->consumer;
        state->n_consumers++;
        op->consumer = NULL;
    }
}

enum sb_rc sb_store_consumers(struct sb_store *store,
                              bool (*each)(void *context, const char *name, struct sb_bytes value),
                              void *context, struct sb_err *err)
{
    (void)err;
    for (size_t i = 0; i < store->state->n_consumers; i++) {
        const struct disk_consumer *c = store->state->consumers[i];
        if (!each(context, c->name, (struct sb_bytes){c->bytes, c->n})) {
            break;
        }
    }
    return SB_OK;
}

void sb_store_put_consumer(struct sb_store_txn *txn, const char *name, struct sb_bytes value)
{
    if (txn->err.rc == SB_OK) {
        disk_ops_add(&txn->ops, DISK_CONSUMER)->consumer = make(name, value);
    }
}

void sb_store_remove_consumer(struct sb_store_txn *txn, const char *name)
{
    sb_store_put_consumer(txn, name, (struct sb_bytes){NULL, 0});
}
