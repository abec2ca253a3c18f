/* Keeping and ending embargoes; see embargo.h. */
#include "daemon/shell/embargo.h"

#include <stdio.h>
#include <string.h>

#include "daemon/core/plant.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/meaning.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/embargo.h"

/* What a replaced key signed in vain is as unknown: it neither ends an embargo nor makes one. */
static bool is_known(struct sb_node *node, const struct sb_uuid *id)
{
    struct sb_record r;
    return sb_rekeyed_find_id(node, 0, id, 0, &r);
}

bool sb_embargo_holds(struct sb_node *node, const struct sb_uuid *id)
{
    const struct sb_uuid hold = sb_embargo_hold_id(id);
    return is_known(node, &hold);
}

/* ---- which ones wait */

/* Not published by us, nor by somebody who ended it earlier; and to be: neither erased, nor kept by
 * a key that was replaced, in vain. By what is durable: the round under way can still fail. */
static bool waits(struct sb_node *node, const struct sb_embargo_wait *w)
{
    bool erased = sb_erasure_has(node, 0, &w->id) && !sb_erasure_in_round(node, 0, &w->id);
    return !erased && !is_known(node, &w->id) && is_known(node, &w->hold);
}

static struct sb_embargo_wait *find_latest(struct sb_embargoes *all)
{
    struct sb_embargo_wait *latest = &all->all[0];
    for (size_t i = 1; i < all->n; i++) {
        latest = all->all[i].until.ms > latest->until.ms ? &all->all[i] : latest;
    }
    return latest;
}

/* Where not all have a place, those that end first do. */
static void place(struct sb_embargoes *all, struct sb_embargo_wait wait)
{
    if (all->n < SB_EMBARGOES_MAX && (!all->left_out || wait.until.ms < all->left_out_until.ms)) {
        all->all[all->n++] = wait;
        return;
    }
    if (all->n == SB_EMBARGOES_MAX) {
        struct sb_embargo_wait *latest = find_latest(all);
        if (wait.until.ms < latest->until.ms) {
            struct sb_embargo_wait later = *latest;
            *latest = wait;
            wait = later;
        }
    }
    if (!all->left_out || wait.until.ms < all->left_out_until.ms) {
        all->left_out_until = wait.until;
    }
    all->left_out = true;
}

static void remember(struct sb_node *node, const struct sb_record *r)
{
    struct sb_embargo e;
    const struct sb_link *link = &r->item.link;
    bool ours = r->origin == 0 && link->kind == SB_KIND_RESTRICTED && link->audience.n == 1 &&
                r->item.salt != NULL;
    if (!ours || !sb_org_eq(&link->audience.orgs[0], &node->orgs[0]) ||
        !sb_embargo_read(&e, r->item.body)) {
        return;
    }
    const struct sb_embargo_wait wait = {link->id, e.id, e.until};
    if (sb_rekeyed_shows(node, r) && waits(node, &wait)) {
        place(&node->embargoes, wait);
    }
}

/* For those that were left out, once half of the places are free: all of them end later than what
 * has a place. And where an end that an announcement names has come: other holds may count now, and
 * what stood in the way of some of them may not. */
static bool is_to_be_read_anew(const struct sb_embargoes *all)
{
    return (all->left_out && all->n <= SB_EMBARGOES_MAX / 2) || all->settled;
}

static void read_anew(struct sb_embargoes *all)
{
    if (is_to_be_read_anew(all)) {
        all->seen.n = all->n = 0;
        all->left_out = all->settled = false;
    }
}

/* True at the end of the log. It has been seen up to where an erasure is left to be done, which may
 * take several commits; what is behind it is looked at for more of them. */
static bool read_on(struct sb_node *node)
{
    struct sb_embargoes *all = &node->embargoes;
    struct sb_offset last, by_class[SB_CLASS_COUNT], at;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    sb_core_offsets(node->core, &last, by_class);
    if (all->seen.n == 0 && sb_planted(SB_PLANT_EMBARGO_FORGOTTEN)) {
        all->seen = last;
    }
    bool done = true;
    at = all->seen;
    for (int i = 0; r != NULL && at.n < last.n && i < SB_EMBARGO_SCAN_MAX; i++) {
        bool released = false;
        const struct sb_offset from = {at.n + 1};
        if (!sb_turn_found(node,
                           sb_store_next(node->o.store, from, &at, &released, r, node->turn.err))) {
            return false;
        }
        done &= released || sb_erasure_read_again(node, r);
        all->seen = done ? at : all->seen;
        if (done && !released) {
            remember(node, r);
        }
    }
    return r != NULL && all->seen.n >= last.n;
}

/* How many no longer wait, and give their places up. */
static size_t forget_ended(struct sb_node *node)
{
    struct sb_embargoes *all = &node->embargoes;
    size_t before = all->n;
    for (size_t i = 0; i < all->n && node->turn.rc == SB_OK;) {
        bool waiting = waits(node, &all->all[i]);
        if (waiting) {
            i++;
        } else if (node->turn.rc == SB_OK) {
            all->all[i] = all->all[--all->n];
        }
    }
    return before - all->n;
}

/* For one more than there are, and were taken in this turn. What ended since gives its place up
 * here, but not for every publish of somebody who does not stop asking. */
static bool has_place(struct sb_node *node)
{
    struct sb_embargoes *all = &node->embargoes;
    int64_t now_ms = node->turn.now.mono_ms;
    if (all->n + all->taken >= SB_EMBARGOES_MAX && now_ms >= all->tidy_mono_ms) {
        all->tidy_mono_ms = now_ms + SB_EMBARGO_RETRY_MS;
        (void)forget_ended(node);
    }
    return !all->left_out && all->n + all->taken < SB_EMBARGOES_MAX;
}

/* ---- taking one in */

static void refuse_past(struct sb_node *node, struct sb_submitted *s, struct sb_time until)
{
    char when[SB_TIME_TEXT_MAX], text[SB_NODE_TEXT_MAX];
    sb_time_format(when, until);
    snprintf(text, sizeof text,
             "agendaItem.embargoUntil: %s lies in the past; give a later time, or publish it "
             "without disclosure and embargoUntil",
             when);
    s->in.verdict = SB_CODE_INVALID_BODY;
    s->in.text = (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
}

static void keep_for_later(struct sb_node *node, struct sb_submitted *s, struct sb_time until)
{
    const char *who = sb_people_name(node, SB_IDENTITY_CLIENT + (uint32_t)s->in.client);
    struct sb_embargo e = {.until = until,
                           .id = s->in.id,
                           .n_audience = s->in.audience.n,
                           .publisher = {(const uint8_t *)who, strlen(who)},
                           .submission = s->submission};
    for (size_t i = 0; i < e.n_audience; i++) {
        e.audience[i] = s->in.audience.orgs[i];
    }
    s->submission = sb_embargo_hold(&e, &node->arena);
    s->content = SB_CONTENT_CUSTOM;
    s->in.embargoed = true;
    s->in.later = s->in.audience;
    s->in.audience = (struct sb_audience){&node->orgs[0], 1};
    s->in.id = sb_embargo_hold_id(&e.id);
    s->in.sealed = e.id;
}

/* A retry is answered like the first time, also when its time has come since; or that it has been
 * erased, also where what kept it is not here. What is known under the client's own id is no
 * embargo any more: that is an ordinary publish, and will conflict. */
void sb_embargo_take(struct sb_node *node, struct sb_submitted *s)
{
    struct sb_time until;
    if (s->content != SB_CONTENT_AGENDA_ITEM || !sb_embargo_until(s->submission, &until)) {
        return;
    }
    struct sb_uuid hold = sb_embargo_hold_id(&s->in.id);
    bool again = is_known(node, &hold) || sb_erasure_has(node, 0, &s->in.id);
    if (!again && is_known(node, &s->in.id)) {
        return;
    }
    if (!again && until.ms <= node->turn.now.wall.ms) {
        refuse_past(node, s, until);
    } else if (!again && !has_place(node)) {
        s->in.verdict = SB_CODE_TOO_LARGE;
        s->in.text = "as many items are under embargo here as there can be; wait until one ends";
    } else {
        node->embargoes.taken += !again;
        keep_for_later(node, s, until);
    }
}

/* ---- when */

/* A wall clock that was just moved says nothing about what time it is; nor does one at the start of
 * a machine, which may be set right in a moment. */
static bool clock_is_steady(struct sb_node *node)
{
    enum { JUMP_MS = 1000 };
    struct sb_embargoes *all = &node->embargoes;
    const struct sb_now now = node->turn.now;
    int64_t ahead = now.wall.ms - now.mono_ms, moved = ahead - all->ahead_ms;
    bool doubtful = !all->begun || moved > JUMP_MS || moved < -JUMP_MS;
    if (doubtful && !sb_planted(SB_PLANT_EMBARGO_BELIEVES_CLOCK)) {
        all->steady_mono_ms = now.mono_ms + SB_EMBARGO_STEADY_MS;
    }
    all->begun_mono_ms = all->begun ? all->begun_mono_ms : now.mono_ms;
    all->begun = true;
    all->ahead_ms = ahead;
    return now.mono_ms >= all->steady_mono_ms;
}

static int64_t ends_in_ms(const struct sb_embargo_wait *w, struct sb_now now)
{
    enum { EARLY_MS = 5000 };
    return w->until.ms - now.wall.ms - (sb_planted(SB_PLANT_EMBARGO_EARLY) ? EARLY_MS : 0);
}

/* When, on the monotonic clock, it may be published. What ended before this run may have been
 * published by an earlier one that our store, an old backup, knows nothing of: until every partner
 * has told what it holds, for a bounded time, it waits. */
static int64_t due_of(const struct sb_node *node, const struct sb_embargo_wait *w)
{
    const struct sb_embargoes *all = &node->embargoes;
    const int64_t ends_ms = node->turn.now.mono_ms + ends_in_ms(w, node->turn.now);
    bool asks = ends_ms <= all->begun_mono_ms && !sb_core_erasures_known(node->core);
    return asks ? all->begun_mono_ms + SB_EMBARGO_ASK_MS : ends_ms;
}

/* ---- ending one */

/* The event as it will be, with the time of now. */
static bool form(struct sb_node *node, const struct sb_embargo *e, struct sb_submitted *s)
{
    char name[SB_NAME_MAX + 1] = "";
    if (e->publisher.n <= SB_NAME_MAX) {
        memcpy(name, e->publisher.p, e->publisher.n);
        name[e->publisher.n] = '\0';
    }
    memset(s, 0, sizeof *s);
    struct sb_bytes orgs =
        sb_arena_copy(&node->arena, e->audience, e->n_audience * sizeof e->audience[0]);
    s->in.by_daemon = true;
    s->in.deadline_mono_ms = node->turn.now.mono_ms + SB_PUBLISH_TIMEOUT_MS;
    s->in.id = e->id;
    s->in.audience =
        (struct sb_audience){(const struct sb_org *)(const void *)orgs.p, e->n_audience};
    s->submission = e->submission;
    sb_inbox_read_topic(node, s);
    s->body = sb_body_seal(s->submission, node->turn.now.wall, name, &node->arena);
    return s->body.p != NULL && orgs.p != NULL && s->in.verdict == SB_CODE_OK;
}

static bool prepare(struct sb_node *node, const struct sb_embargo *e, struct sb_submitted *s)
{
    if (!form(node, e, s)) {
        return false;
    }
    node->o.random(node->o.random_context, s->salt.b, sizeof s->salt.b);
    s->in.commitment = sb_commitment(&s->salt, s->body);
    s->in.body_len = (uint32_t)s->body.n;
    return true;
}

/* Nothing of what was looked at stays in the arena. */
static enum sb_code check_meaning(struct sb_node *node, const struct sb_submitted *s,
                                  char text[static SB_MEANING_TEXT_MAX])
{
    enum sb_code code = sb_meaning_check(node, s, text);
    sb_said_end_step(node);
    return code;
}

enum sb_code sb_embargo_check(struct sb_node *node, const struct sb_submitted *s,
                              char text[static SB_MEANING_TEXT_MAX])
{
    struct sb_arena_mark mark = sb_arena_mark(&node->arena);
    struct sb_embargo *e = sb_arena_alloc(&node->arena, sizeof *e);
    struct sb_submitted *item = sb_arena_alloc(&node->arena, sizeof *item);
    enum sb_code code = SB_CODE_UNKNOWN_OUTCOME;
    if (e != NULL && item != NULL && sb_embargo_read(e, s->body) && form(node, e, item)) {
        code = check_meaning(node, item, text);
    } else {
        (void)snprintf(text, SB_MEANING_TEXT_MAX,
                       "no room to check this in this turn; ask again with the same id");
    }
    sb_arena_rewind(&node->arena, mark);
    return code;
}

/* One at a time is named; the next when that one has ended. */
static void tell_without_effect(struct sb_node *node, const struct sb_uuid *id, const char *why)
{
    struct sb_embargoes *all = &node->embargoes;
    char name[SB_UUID_TEXT_MAX], text[SB_NODE_TEXT_MAX + SB_MEANING_TEXT_MAX];
    if (all->without_effect) {
        return;
    }
    all->without_effect = true;
    all->named = *id;
    sb_uuid_format(name, id);
    (void)snprintf(text, sizeof text,
                   "%s/%s: its embargo has ended, and it would have no effect: publish under this "
                   "id what is right, or erase it. %s",
                   node->orgs[0].s, name, why);
    sb_node_alarm(node, "embargo_without_effect", true, text);
}

/* Published, erased, or of effect again. */
static void forget_named(struct sb_node *node)
{
    node->embargoes.without_effect = false;
    sb_node_alarm(node, "embargo_without_effect", false,
                  "what had no effect when its embargo ended has been published or erased");
}

static void look_at_named(struct sb_node *node)
{
    const struct sb_embargoes *all = &node->embargoes;
    bool waiting = false;
    for (size_t i = 0; i < all->n && all->without_effect && !waiting; i++) {
        waiting = sb_uuid_eq(&all->all[i].id, &all->named);
    }
    if (all->without_effect && !waiting) {
        forget_named(node);
    }
}

/* What changed since it was taken in may have left it without effect: no origin publishes that
 * (PROTOCOL §18.8). It waits, and is looked at again like anything that could not be published. */
static bool has_effect(struct sb_node *node, const struct sb_submitted *s)
{
    const struct sb_embargoes *all = &node->embargoes;
    char text[SB_MEANING_TEXT_MAX] = "";
    enum sb_code code = check_meaning(node, s, text);
    if (code == SB_CODE_OK && all->without_effect && sb_uuid_eq(&all->named, &s->in.id)) {
        forget_named(node);
    } else if (code != SB_CODE_OK && code != SB_CODE_UNKNOWN_OUTCOME) {
        tell_without_effect(node, &s->in.id, text);
    }
    return code == SB_CODE_OK;
}

static void publish(struct sb_node *node, struct sb_embargo_wait *w)
{
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_embargo *e = sb_arena_alloc(&node->arena, sizeof *e);
    struct sb_submitted *s = sb_arena_alloc(&node->arena, sizeof *s);
    if (r == NULL || e == NULL || s == NULL || !sb_rekeyed_find_id(node, 0, &w->hold, 0, r) ||
        r->item.salt == NULL || !sb_embargo_read(e, r->item.body)) {
        return;
    }
    if (e->until.ms != w->until.ms) { /* another's was seen under that id, which counts no more */
        w->until = e->until;
        return;
    }
    if (prepare(node, e, s) && has_effect(node, s)) {
        sb_held_publish(node, s);
    }
}

static void tell_overdue(struct sb_node *node, int64_t overdue_ms)
{
    struct sb_embargoes *all = &node->embargoes;
    bool overdue = overdue_ms > SB_EMBARGO_OVERDUE_MS;
    if (overdue != all->overdue) {
        all->overdue = overdue;
        sb_node_alarm(node, "embargo", overdue,
                      overdue ? "an embargo has ended and its item could not be published: see "
                                "the other alarms; it is tried again every second"
                              : "what was under embargo has been published");
    }
}

static void end_due(struct sb_node *node)
{
    struct sb_embargoes *all = &node->embargoes;
    const struct sb_now now = node->turn.now;
    const size_t ended = forget_ended(node);
    int64_t overdue_ms = 0;
    int lifts = 0;
    size_t last = all->turn;
    for (size_t i = 0; i < all->n && node->turn.rc == SB_OK; i++) {
        size_t at = (all->turn + i) % all->n;
        int64_t late_ms = now.mono_ms - due_of(node, &all->all[at]);
        overdue_ms = late_ms > overdue_ms ? late_ms : overdue_ms;
        if (late_ms >= 0 && lifts < SB_EMBARGO_LIFTS_MAX) {
            publish(node, &all->all[at]);
            last = at + 1;
            lifts++;
        }
    }
    all->turn = last;
    if (lifts > 0) { /* no waiting as long as it goes on */
        all->retry_mono_ms = now.mono_ms + (ended > 0 ? 0 : SB_EMBARGO_RETRY_MS);
    }
    tell_overdue(node, overdue_ms);
}

static int64_t next_due(const struct sb_node *node)
{
    const struct sb_embargoes *all = &node->embargoes;
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < all->n; i++) {
        int64_t at = due_of(node, &all->all[i]);
        due = at < due ? at : due;
    }
    if (due != INT64_MAX) {
        due = due > all->retry_mono_ms ? due : all->retry_mono_ms;
        due = due > all->steady_mono_ms ? due : all->steady_mono_ms;
    }
    return due;
}

void sb_embargo_settled(struct sb_node *node, uint16_t origin)
{
    node->embargoes.settled |= origin == 0;
}

void sb_embargo_tend(struct sb_node *node)
{
    read_anew(&node->embargoes);
    node->embargoes.taken = 0;
    bool steady = clock_is_steady(node), whole = read_on(node);
    const struct sb_now now = node->turn.now;
    if (steady && whole && !node->stopping && next_due(node) <= now.mono_ms) {
        end_due(node);
    }
    if (whole) {
        look_at_named(node);
    }
}

int64_t sb_embargo_deadline(const struct sb_node *node)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    if (node->stopping) {
        return INT64_MAX; /* none ends any more */
    }
    sb_core_offsets(node->core, &last, by_class);
    bool at_once = node->embargoes.seen.n < last.n || is_to_be_read_anew(&node->embargoes);
    return at_once ? node->erasing.read_again_ms : next_due(node);
}
