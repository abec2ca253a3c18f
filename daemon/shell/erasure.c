/* From messages to erasures, and from effects to the store: see erasure.h. The core decides; the
 * bytes are read and written here. */
#include "daemon/shell/erasure.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/limits.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/embargo.h"

/* ---- what is erased */

bool sb_erasure_in_round(const struct sb_node *node, uint16_t origin, const struct sb_uuid *event)
{
    for (size_t i = 0; i < node->turn.n_erased; i++) {
        if (node->turn.erased[i].origin == origin &&
            sb_uuid_eq(&node->turn.erased[i].event, event)) {
            return true;
        }
    }
    return false;
}

bool sb_erasure_has(struct sb_node *node, uint16_t origin, const struct sb_uuid *event)
{
    struct sb_erased erased;
    return sb_erasure_in_round(node, origin, event) ||
           (sb_turn_found(node, sb_store_find_erased(node->o.store, origin, event, &erased,
                                                     node->turn.err)) &&
            !sb_uuid_is_zero(&erased.by));
}

bool sb_erasure_find_by(struct sb_node *node, uint16_t origin, const struct sb_uuid *event,
                        struct sb_record *r)
{
    struct sb_erased erased;
    return sb_turn_found(
               node, sb_store_find_erased(node->o.store, origin, event, &erased, node->turn.err)) &&
           sb_rekeyed_find_id(node, origin, &erased.by, 0, r);
}

/* ---- what system events say */

static void read_word(const struct sb_item *item, struct sb_item_note *note, struct sb_word *word)
{
    word->by = item->link.id;
    if (sb_erasure_read(&word->erasure, item->body)) {
        word->kind = SB_WORD_ERASURE;
        note->erases = sb_org_eq(&word->erasure.origin, &item->link.origin);
        note->stray = !note->erases;
    } else if (sb_receipt_read(&word->receipt, item->body)) {
        word->kind = SB_WORD_RECEIPT;
    }
}

bool sb_erasure_says(const struct sb_item *item)
{
    struct sb_item_note note = {.erases = false};
    struct sb_word word = {.kind = SB_WORD_NONE};
    if (item->link.kind == SB_KIND_SYSTEM && item->link.seq.n > 1 && item->salt != NULL) {
        read_word(item, &note, &word);
    }
    return note.erases;
}

bool sb_erasure_note(struct sb_node *node, uint16_t origin, const struct sb_item *items, size_t n,
                     struct sb_item_note *notes, const struct sb_word **out)
{
    struct sb_word *words = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct sb_item *item = &items[i];
        if (item->link.kind != SB_KIND_SYSTEM) {
            notes[i].erased = sb_erasure_has(node, origin, &item->link.id);
            continue;
        }
        if (item->salt == NULL || item->link.seq.n == 1) {
            continue;
        }
        if (words == NULL) {
            words = sb_arena_alloc(&node->arena, n * sizeof *words);
            if (words == NULL) {
                return false;
            }
            memset(words, 0, n * sizeof *words);
        }
        read_word(item, &notes[i], &words[i]);
    }
    *out = words;
    return true;
}

/* ---- what we say ourselves */

bool sb_erasure_make_event(struct sb_node *node, struct sb_step *step, struct sb_word *word,
                           struct sb_bytes body, struct sb_in_said *said)
{
    uint8_t random[10];
    struct sb_salt *salt = sb_arena_alloc(&node->arena, sizeof *salt);
    if (body.p == NULL || salt == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "say what is erased");
        return false;
    }
    node->o.random(node->o.random_context, salt->b, sizeof salt->b);
    node->o.random(node->o.random_context, random, sizeof random);
    step->salt = salt;
    step->body = body;
    word->by = said->id = sb_uuid_v7(node->turn.now.wall, random);
    said->commitment = sb_commitment(salt, body);
    said->body_len = (uint32_t)body.n;
    return true;
}

struct sb_word *sb_erasure_new_word(struct sb_node *node, struct sb_step *step,
                                    enum sb_word_kind kind)
{
    struct sb_word *word = sb_arena_alloc(&node->arena, sizeof *word);
    if (word == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "say what is erased");
        return NULL;
    }
    memset(word, 0, sizeof *word);
    word->kind = kind;
    step->words = word;
    return word;
}

/* ---- how many, and with what */

unsigned sb_erasure_left(struct sb_node *node)
{
    return sb_portion_left(&node->erasing.portion, SB_STAGED_MAX, sb_turn_may_forget(node));
}

void sb_erasure_put_off(struct sb_node *node)
{
    node->erasing.others_ms = node->turn.now.mono_ms + SB_ERASING_AGAIN_MS;
}

void sb_erasure_leave_out(struct sb_node *node, const struct sb_item *items,
                          struct sb_item_note *notes, size_t n)
{
    bool own = n > 0 && sb_org_eq(&items[0].link.origin, &node->orgs[0]); /* two records each */
    unsigned left = own ? (sb_erasure_left(node) + 1) / 2 : sb_erasure_left(node);
    bool alone = sb_core_is_full(node->core) && sb_notes_erase(notes, n);
    for (size_t i = 0; i < n; i++) {
        bool out = notes[i].erases ? left == 0 : alone && sb_erasure_may_wait(&items[i].link);
        if (notes[i].erases && left == 0) {
            sb_erasure_put_off(node);
        }
        left -= notes[i].erases && left > 0;
        notes[i].erases &= !out;
        notes[i].has_body &= !out;
    }
}

void sb_erasure_settle(struct sb_node *node, bool committed)
{
    struct sb_erasing_work *work = &node->erasing;
    bool one_alone = work->portion.n == 1 && sb_core_waits_for_room(node->core);
    if (!committed && one_alone) { /* less cannot be tried */
        work->read_again_ms = node->turn.now.mono_ms + SB_FULL_RETRY_MS;
    }
    sb_portion_settle(&work->portion, SB_STAGED_MAX, committed);
}

/* ---- staging */

void sb_erasure_staged(struct sb_node *node)
{
    struct sb_erasing_work *work = &node->erasing;
    int64_t now = node->turn.now.mono_ms;
    work->first_ms = work->in_files ? work->first_ms : now;
    work->last_ms = now;
    work->in_files = true;
}

static void put_one(struct sb_node *node, uint16_t origin, const struct sb_uuid *event,
                    struct sb_bytes ground, const struct sb_uuid *by)
{
    struct sb_turn *turn = &node->turn;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    bool is_first = r != NULL && !sb_erasure_in_round(node, origin, event);
    if (r == NULL ||
        !sb_turn_grow(&turn->erased, &turn->cap_erased, turn->n_erased, sizeof *turn->erased)) {
        sb_turn_fail(node, SB_E_NOMEM, "erase an event");
        return;
    }
    turn->erased[turn->n_erased++] = (struct sb_erased_key){origin, *event};
    turn->n_forgotten++;
    sb_store_put_erased(
        turn->txn,
        &(struct sb_erased){.origin = origin,
                            .event = *event,
                            .by = *by,
                            .since = turn->now.wall,
                            .instead = is_first && !sb_erasure_find_by(node, origin, event, r),
                            .ground = ground});
    sb_erasure_staged(node);
}

/* What is or was under embargo stands in our own history a second time. That may be staged beside
 * this, or come later, when nobody can tell from its id whose it is: it is recorded always. */
static bool is_kept_apart(uint16_t origin)
{
    return origin == 0 && !sb_planted(SB_PLANT_EMBARGO_KEPT);
}

static void put_erased(struct sb_node *node, uint16_t origin, const struct sb_erasure_said *said,
                       const struct sb_uuid *by)
{
    node->erasing.portion.n++;
    put_one(node, origin, &said->event, said->ground, by);
    if (is_kept_apart(origin)) {
        const struct sb_uuid hold = sb_embargo_hold_id(&said->event);
        put_one(node, origin, &hold, said->ground, by);
    }
}

/* Whose events the words of a step are, and how many it has. */
static uint16_t says(const struct sb_step *step, size_t *n)
{
    if (step->in.type == SB_IN_SEGMENT) {
        *n = step->in.segment.segment->n;
        return step->in.segment.origin;
    }
    bool bodies = step->in.type == SB_IN_BODIES;
    *n = bodies ? step->in.bodies.n : 1;
    return bodies ? step->in.bodies.origin : 0;
}

void sb_erasure_apply(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx)
{
    if (node->turn.txn == NULL || step->words == NULL) {
        node->erasing.portion.n++; /* in vain: nothing can be staged */
        return;
    }
    const struct sb_word *word = &step->words[fx->append.item];
    size_t n;
    uint16_t origin = says(step, &n);
    assert(fx->append.item < n);
    if (sb_planted(SB_PLANT_ERASE_FOR_OTHERS)) {
        (void)sb_lookup_history(node, &word->erasure.origin, &origin);
    }
    put_erased(node, origin, &word->erasure, &word->by);
}

void sb_erasure_put_receipts(struct sb_node *node, const struct sb_step *step)
{
    size_t n;
    uint16_t by = says(step, &n);
    for (size_t i = 0; step->words != NULL && i < n; i++) {
        const struct sb_receipt_said *said = &step->words[i].receipt;
        uint16_t of;
        if (step->words[i].kind == SB_WORD_RECEIPT && sb_lookup_history(node, &said->origin, &of)) {
            sb_store_put_receipt(node->turn.txn, of, &said->event, by, said->time);
        }
    }
}

/* ---- what is read again */

/* As the store has it. What an event without an id erases is recorded as by nobody. */
static bool is_done(struct sb_node *node, const struct sb_record *record,
                    const struct sb_word *word)
{
    uint16_t of;
    struct sb_time time;
    if (word->kind == SB_WORD_ERASURE) {
        const struct sb_uuid hold = sb_embargo_hold_id(&word->erasure.event);
        return sb_uuid_is_zero(&word->by) ||
               (sb_erasure_has(node, record->origin, &word->erasure.event) &&
                (!is_kept_apart(record->origin) || sb_erasure_has(node, record->origin, &hold)));
    }
    return !sb_lookup_history(node, &word->receipt.origin, &of) ||
           sb_turn_found(node, sb_store_find_receipt(node->o.store, of, &word->receipt.event,
                                                     record->origin, &time, node->turn.err));
}

static void stage_again(struct sb_node *node, const struct sb_record *record,
                        const struct sb_word *word)
{
    uint16_t of;
    node->turn.urgent = true;
    if (sb_turn_begin(node) == NULL) {
        node->erasing.portion.n++; /* in vain */
    } else if (word->kind == SB_WORD_ERASURE) {
        put_erased(node, record->origin, &word->erasure, &word->by);
    } else if (sb_lookup_history(node, &word->receipt.origin, &of)) {
        node->erasing.portion.n++;
        sb_store_put_receipt(node->turn.txn, of, &word->receipt.event, record->origin,
                             word->receipt.time);
    }
    node->turn.urgent = false;
}

bool sb_erasure_read_again(struct sb_node *node, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    struct sb_item_note note = {.erases = false};
    struct sb_word word = {.kind = SB_WORD_NONE};
    if (link->kind != SB_KIND_SYSTEM || link->seq.n == 1 || record->item.salt == NULL) {
        return true;
    }
    read_word(&record->item, &note, &word);
    bool counts = (note.erases || word.kind == SB_WORD_RECEIPT) && sb_rekeyed_shows(node, record);
    if (!counts || is_done(node, record, &word)) {
        return true;
    }
    if (sb_erasure_left(node) > 0 && node->turn.now.mono_ms >= node->erasing.read_again_ms) {
        stage_again(node, record, &word);
    }
    return false;
}

/* ---- receipts of our own */

/* True: there was room for it in this turn, or nothing to be said. */
static bool write_receipt(struct sb_node *node, const struct sb_erased *erased)
{
    struct sb_step step = {.in.type = SB_IN_RECEIPT};
    struct sb_word *word = sb_erasure_new_word(node, &step, SB_WORD_RECEIPT);
    if (word == NULL) {
        return false;
    }
    word->receipt = (struct sb_receipt_said){.erasure_origin = node->orgs[erased->origin],
                                             .origin = node->orgs[erased->origin],
                                             .erasure = erased->by,
                                             .event = erased->event,
                                             .time = node->turn.now.wall};
    struct sb_bytes body = sb_receipt_build(&word->receipt, node->turn.now.wall, &node->arena);
    if (!sb_erasure_make_event(node, &step, word, body, &step.in.receipt)) {
        return false;
    }
    sb_turn_step(node, &step);
    return !step.deferred && node->turn.rc == SB_OK;
}

enum due { DUE_NOTHING, DUE_END, DUE_RECEIPT };

/* Who was not entitled to the body never had it, and confirms nothing. An event that is not here
 * yet may still come, and says then whether we are. */
static enum due what_is_due(struct sb_node *node, const struct sb_erased *erased,
                            struct sb_record *r)
{
    bool in_files = erased->state == SB_ERASING_IN_FILES;
    if (in_files && !sb_planted(SB_PLANT_RECEIPT_BEFORE_COMPACTION)) {
        if (!node->erasing.in_files) { /* of an earlier run */
            sb_erasure_staged(node);
        }
        return DUE_NOTHING;
    }
    if (sb_uuid_is_zero(&erased->by)) {
        return DUE_END;
    }
    if (!sb_turn_found(node, sb_store_find_id(node->o.store, erased->origin, &erased->event, 0, r,
                                              node->turn.err))) {
        /* kept for ourselves alone and never published; or of what would have kept it, which mostly
         * never was */
        bool kept = erased->origin == 0 && sb_embargo_holds(node, &erased->event);
        return kept || sb_erasure_is_of_hold(node, erased, r) ? DUE_END : DUE_NOTHING;
    }
    bool ours = sb_erasure_entitles(node, erased->origin, &erased->event, &node->o.organisation, r);
    return ours ? DUE_RECEIPT : DUE_END;
}

void sb_erasure_tend(struct sb_node *node)
{
    struct sb_erasing_work *work = &node->erasing;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_erased erased;
    if (r == NULL || node->turn.now.mono_ms < work->look_ms || sb_core_settling(node->core) ||
        sb_store_erasing_count(node->o.store) == 0) {
        return;
    }
    work->look_ms = node->turn.now.mono_ms;
    /* one receipt that cannot be said, as where our own history has reached its quota, is the last
     * that is tried, and holds up nothing else */
    bool may_say = true, said = false;
    for (unsigned i = 0; i < SB_ERASING_SLICE && node->turn.rc == SB_OK; i++) {
        if (!sb_turn_found(node, sb_store_next_erasing(node->o.store, work->origin, &work->event,
                                                       &erased, node->turn.err))) {
            work->origin = 0;
            work->event = (struct sb_uuid){{0}};
            work->look_ms += said && !may_say ? SB_COMPACT_LOOK_MS : SB_ERASING_LOOK_MS;
            return;
        }
        enum due due = what_is_due(node, &erased, r);
        if (due == DUE_RECEIPT) {
            may_say = may_say && write_receipt(node, &erased);
            said |= may_say;
        }
        if (due == DUE_END || (due == DUE_RECEIPT && may_say)) {
            sb_turn_end_erasing(node, &erased);
        }
        work->origin = erased.origin;
        work->event = erased.event;
    }
}
