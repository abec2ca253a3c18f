/* Rounds and steps: the only order in which a node does things. What is staged is committed before
 * anything that the round produced is put in the outbox. */
#include "daemon/shell/turn.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/core/limits.h"
#include "daemon/shell/embargo.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/inbox_erase.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/roster.h"
#include "daemon/shell/without_effect.h"
#include "daemon/store/erasing.h"
#include "proto/failpoint.h"

void sb_turn_fail(struct sb_node *node, enum sb_rc rc, const char *what)
{
    struct sb_turn *turn = &node->turn;
    if (turn->rc != SB_OK) {
        return;
    }
    turn->rc = rc;
    if (turn->err != NULL && turn->err->rc == rc) {
        sb_err_wrap(turn->err, "%s", what);
    } else {
        sb_err_set(turn->err, rc, "%s: %s", what, sb_rc_name(rc));
    }
    turn->err = NULL; /* whatever fails behind it is not what ends the daemon */
}

bool sb_turn_found(struct sb_node *node, enum sb_rc rc)
{
    if (rc != SB_OK && rc != SB_E_NOTFOUND) {
        sb_turn_fail(node, rc, "read the store");
    }
    return rc == SB_OK;
}

bool sb_turn_grow(void *vector, size_t *cap, size_t n, size_t size)
{
    void **items = vector;
    if (n < *cap) {
        return true;
    }
    size_t wider = *cap == 0 ? 64 : *cap * 2;
    void *grown = realloc(*items, wider * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *cap = wider;
    return true;
}

/* One call of the core; its effects are staged or kept before the next. */
static void run(struct sb_node *node, struct sb_step *step)
{
    node->fx.n = 0;
    sb_core_step(node->core, &step->in, &node->fx);
    assert(node->fx.n <= node->fx.cap);
    for (size_t i = 0; i < node->fx.n && node->turn.rc == SB_OK; i++) {
        sb_apply_effect(node, step, &node->fx.items[i]);
    }
}

void sb_turn_step(struct sb_node *node, struct sb_step *step)
{
    if (node->turn.rc != SB_OK) {
        return;
    }
    step->in.now = node->turn.now;
    step->in.number = node->turn.number++;
    step->deferred = step->held = step->refused = step->opens_epoch = false;
    run(node, step);
    if (step->opens_epoch && node->turn.rc == SB_OK) {
        sb_epoch_open(node, &step->open);
        step->opens_epoch = false;
        if (node->turn.rc == SB_OK) {
            run(node, step);
            assert(!step->opens_epoch);
        }
    }
}

static void step_plain(struct sb_node *node, enum sb_input_type type)
{
    struct sb_step step = {.in.type = type};
    sb_turn_step(node, &step);
}

void sb_turn_begin_round(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    turn->n_groups = turn->n_queue = turn->n_erased = turn->n_erasing = turn->n_consuming = 0;
    turn->n_forgotten = turn->may_forget = 0;
    turn->full = turn->beside = false;
    sb_roster_step(node);
    sb_said_begin_round(node);
    sb_agreed_settle(node, false);
    step_plain(node, SB_IN_TICK);
    if (node->stopping && !node->told_stopping) {
        node->told_stopping = true;
        step_plain(node, SB_IN_SHUTDOWN);
    }
    if (turn->rounds++ == 0) {
        sb_admin_step(node);
        sb_erasure_tend(node);
        sb_erasure_audit(node);
        sb_outcomes_step(node); /* of the last turn's frames: only now is it known which left */
    }
    sb_consumer_watch_tick(node);
    sb_account_tick(node);
    sb_held_run(node);
    if (turn->rounds == 1) {
        sb_embargo_tend(node);
    }
}

unsigned sb_turn_may_forget(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    if (turn->may_forget == 0) {
        turn->may_forget = sb_store_erasures_fit(node->o.store);
    }
    return turn->n_forgotten < turn->may_forget ? turn->may_forget - turn->n_forgotten : 0;
}

static void commit_failed(struct sb_node *node)
{
    struct sb_step step = {.in.type = SB_IN_COMMIT_FAILED};
    node->turn.n_groups = 0;
    sb_consumers_settle(node, false);
    sb_retention_settle(node, false);
    sb_erasure_settle(node, false);
    sb_said_begin_round(node);
    sb_turn_step(node, &step);
    if (step.deferred) {
        sb_inbox_erase_again(node);
    }
}

static void committed(struct sb_node *node)
{
    struct sb_step step = {.in = {.type = SB_IN_COMMITTED,
                                  .committed = {.time = node->turn.sealed.time,
                                                .signature = node->turn.sealed.signature}}};
    node->commits++;
    sb_consumers_settle(node, true);
    sb_retention_settle(node, true);
    sb_erasure_settle(node, true);
    sb_said_committed(node);
    sb_agreed_settle(node, true);
    sb_turn_step(node, &step);
}

/* A full disk or map refuses this transaction and leaves everything usable; whatever else goes
 * wrong here ends the process. */
static void commit(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    if (turn->full) {
        commit_failed(node);
        return;
    }
    if (turn->txn == NULL) {
        return;
    }
    sb_failpoint(SB_FAIL_BEFORE_COMMIT);
    enum sb_rc rc = sb_store_commit(turn->txn, turn->err);
    turn->txn = NULL;
    sb_failpoint(SB_FAIL_AFTER_COMMIT);
    if (rc == SB_OK) {
        committed(node);
    } else if (rc == SB_E_FULL) {
        commit_failed(node);
    } else {
        sb_turn_fail(node, rc, "commit");
    }
}

void sb_turn_end_round(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    step_plain(node, SB_IN_TURN_END);
    if (turn->rc == SB_OK) {
        commit(node);
    }
    if (turn->rc != SB_OK) {
        if (turn->txn != NULL) {
            sb_store_abort(turn->txn);
            turn->txn = NULL;
        }
        return;
    }
    sb_failpoint(SB_FAIL_AFTER_ACK_STEP);
    /* Also where nothing was committed: what is acknowledged as known already stood in this store,
     * and must stand in the one that the next start finds. */
    enum sb_rc rc = sb_store_unchanged(node->o.store, turn->err);
    rc = rc == SB_OK ? sb_store_refresh(node->o.store, turn->err) : rc;
    if (rc != SB_OK) {
        sb_turn_fail(node, rc, "read what was committed");
        return;
    }
    sb_without_effect_count(node);
    if (turn->rc != SB_OK) {
        return;
    }
    sb_failpoint(SB_FAIL_BEFORE_FLUSH);
    sb_outbox_fill(node);
}
