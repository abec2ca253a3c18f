/* When the store is compacted: once for many erasures, soon after the last, and not so often that
 * the disk does nothing else. The work itself is the store's; see daemon/store/compact.c. */
#include <stdio.h>

#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"

static int64_t due_at(const struct sb_erasing_work *work)
{
    int64_t quiet = work->last_ms + SB_COMPACT_QUIET_MS;
    int64_t latest = work->first_ms + SB_COMPACT_LATEST_MS;
    int64_t due = quiet < latest ? quiet : latest;
    return due > work->not_before ? due : work->not_before;
}

static void tell_room(struct sb_node *node, bool lacking, const char *why)
{
    char text[SB_NODE_TEXT_MAX] = "the store's file has been compacted: nothing erased is in it";
    if (node->erasing.no_room == lacking) {
        return;
    }
    node->erasing.no_room = lacking;
    if (lacking) {
        snprintf(text, sizeof text,
                 "what was erased is shown to nobody, but stays in the store's file until there is "
                 "room to compact it: %.120s",
                 why);
    }
    sb_node_alarm(node, "compaction", lacking, text);
}

/* How long the disk is left alone after a compaction, whether it was of use or not. */
static int64_t pause_of(const struct sb_erasing_work *work)
{
    return SB_COMPACT_SHARE * work->spent_ms;
}

/* A machine that was suspended meanwhile has not worked on it. */
static void count_time(struct sb_erasing_work *work, int64_t now_ms)
{
    int64_t passed = now_ms - work->looked_ms;
    work->spent_ms += passed < SB_COMPACT_GAP_MS ? passed : SB_COMPACT_GAP_MS;
    work->looked_ms = now_ms;
}

/* Somebody looks at `status`, and makes room; meanwhile we try now and then. */
static void put_off(struct sb_node *node, const struct sb_err *err)
{
    int64_t now = node->turn.now.mono_ms;
    int64_t pause = pause_of(&node->erasing);
    node->erasing.not_before = now + (pause > SB_COMPACT_RETRY_MS ? pause : SB_COMPACT_RETRY_MS);
    node->erasing.in_files = true;
    tell_room(node, true, err->text);
}

static enum sb_rc step(struct sb_node *node, struct sb_err *err)
{
    struct sb_erasing_work *work = &node->erasing;
    struct sb_err why = {0};
    int64_t now = node->turn.now.mono_ms;
    count_time(work, now);
    enum sb_rc rc = sb_store_compact_step(node->o.store, &why);
    if (rc == SB_E_AGAIN) {
        return SB_OK;
    }
    if (rc == SB_E_FULL || rc == SB_E_CORRUPT || rc == SB_E_NOMEM) {
        put_off(node, &why);
        return SB_OK;
    }
    if (rc != SB_OK) {
        *err = why;
        return rc;
    }
    work->not_before = now + pause_of(work);
    work->look_ms = now; /* receipts are due */
    tell_room(node, false, "");
    return SB_OK;
}

enum sb_rc sb_erasure_compact(struct sb_node *node, struct sb_err *err)
{
    struct sb_erasing_work *work = &node->erasing;
    struct sb_err why = {0};
    if (sb_store_compacting(node->o.store)) {
        return step(node, err);
    }
    if (!work->in_files || node->turn.now.mono_ms < due_at(work)) {
        return SB_OK;
    }
    work->in_files = false; /* what comes from here on is for the next */
    work->looked_ms = node->turn.now.mono_ms;
    work->spent_ms = 0;
    if (sb_store_compact(node->o.store, &why) != SB_OK) {
        put_off(node, &why);
    }
    return SB_OK;
}

int64_t sb_erasure_deadline(const struct sb_node *node)
{
    const struct sb_erasing_work *work = &node->erasing;
    if (sb_store_compacting(node->o.store)) {
        return node->turn.now.mono_ms + SB_COMPACT_LOOK_MS;
    }
    int64_t due = work->in_files ? due_at(work) : INT64_MAX;
    bool left = work->look_ms > 0 && !sb_core_settling(node->core) &&
                sb_store_erasing_count(node->o.store) > 0;
    return left && work->look_ms < due ? work->look_ms : due;
}
