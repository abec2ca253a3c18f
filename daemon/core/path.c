/* Where questions for links begin: see path.h. */
#include "daemon/core/path.h"

#include "daemon/core/history.h"
#include "daemon/core/want_parts.h"

struct sb_seq sb_path_begin(const struct sb_core *c, const struct sb_shown *s)
{
    uint32_t chain = sb_history_find(c, s->origin, s->epoch, 0);
    uint64_t tip = chain == NONE ? 0 : c->chains[chain].tip.seq.n;
    if (s->from.n != 0) {
        return s->from;
    }
    return (struct sb_seq){s->checkpoint.seq.n > tip ? tip + 1 : s->checkpoint.seq.n};
}

/* Of several older ones the lowest place, for which of them it follows nobody knows: what lies
 * between costs a little, while a place too high leads all the way down again. */
void sb_path_inherit(struct sb_shown *heir, const struct sb_shown *old)
{
    if (!heir->begun && old->from.n != 0 && (heir->from.n == 0 || old->from.n < heir->from.n)) {
        heir->from = old->from;
        heir->back = old->back;
        heir->careful = old->careful;
    }
}

static bool is_asked_of(const struct sb_want_state *w, const struct sb_shown *s)
{
    return s->peer == w->peer && !s->held && sb_epoch_eq(s->epoch, w->epoch);
}

/* What the answer is about: the head that was asked for, or, where the partner has shown a newer
 * one since, whatever took its place. NONE: nothing any more. */
static uint32_t entry_of(const struct sb_core *c, const struct sb_want_state *w)
{
    uint32_t heir = NONE;
    for (uint32_t i = c->origins[w->origin].shown; i != NONE; i = c->shown[i].next) {
        const struct sb_shown *s = &c->shown[i];
        if (is_asked_of(w, s) && sb_hash_eq(&s->checkpoint.hash, &w->tip)) {
            return i;
        }
        if (is_asked_of(w, s) && !s->begun && s->from.n == w->at.n) {
            heir = i;
        }
    }
    return heir;
}

static struct sb_shown *entry_for(struct sb_core *c, const struct sb_want_state *w)
{
    uint32_t entry = w == NULL ? NONE : entry_of(c, w);
    return entry == NONE ? NULL : &c->shown[entry];
}

bool sb_path_to_end(struct sb_core *c, const struct sb_in_segment *s)
{
    const struct sb_want_state *w = sb_want_of_segment(c, s);
    return w != NULL && w->end;
}

static void begin_there(struct sb_core *c, struct sb_want_state *w, struct sb_shown *s, uint64_t at)
{
    s->from.n = w->at.n = at;
    c->plan = true;
}

/* On a slow line a small answer may come in time, and even where it does not connect. */
void sb_path_unanswered(struct sb_core *c, const struct sb_want_state *w)
{
    struct sb_shown *entry = w->kind == SB_WANT_LINKS ? entry_for(c, w) : NULL;
    if (entry != NULL && !w->progress) {
        entry->careful = true;
    }
}

/* The rest of an answer whose beginning did not connect: it is on its way, as far as it ascends. */
static bool goes_on(struct sb_want_state *w, const struct sb_in_segment *s)
{
    uint64_t first = s->segment->items[0].link.seq.n;
    bool more = w->lost && first >= w->next.n;
    w->next.n = more ? first + s->segment->n : w->next.n;
    return more;
}

bool sb_path_gap(struct sb_core *c, const struct sb_in_segment *s)
{
    enum { STEPS = 40 };
    struct sb_want_state *w = sb_want_of_segment(c, s);
    struct sb_shown *entry = entry_for(c, w);
    const uint64_t first = s->segment->items[0].link.seq.n;
    if (entry == NULL || first <= 1 || entry->checkpoint.seq.n < first) {
        return false;
    }
    if (first > w->from.n) { /* below that it may well connect */
        return goes_on(w, s);
    }
    bool moved = entry->back < STEPS;
    uint64_t step = (uint64_t)1 << (moved ? entry->back++ : STEPS);
    w->lost = entry->careful = true;
    w->next.n = first + s->segment->n;
    if (!sb_planted(SB_PLANT_NEVER_BACKWARDS)) {
        begin_there(c, w, entry, first > step ? first - step : 1);
    }
    trace(c, SB_TRACE_WANT_BACKWARDS);
    return moved;
}

/* Only up, and never beyond what was asked for: a partner that says the same again leads nowhere.
 */
bool sb_path_held(struct sb_core *c, const struct sb_in_segment *s)
{
    struct sb_want_state *w = sb_want_of_segment(c, s);
    struct sb_shown *entry = entry_for(c, w);
    const uint64_t next = s->held_to.n + 1;
    if (entry == NULL || next > entry->checkpoint.seq.n || next <= sb_path_begin(c, entry).n) {
        return false;
    }
    entry->careful = false;
    begin_there(c, w, entry, next);
    return true;
}

/* Behind the first branch's tip a question begins anyway. */
void sb_path_placed(struct sb_core *c, const struct sb_in_segment *s, uint16_t branch)
{
    struct sb_want_state *w = sb_want_of_segment(c, s);
    struct sb_shown *entry = entry_for(c, w);
    const uint64_t next = s->segment->items[0].link.seq.n + s->segment->n;
    if (entry == NULL || next > entry->checkpoint.seq.n) {
        return;
    }
    entry->careful = false;
    entry->back = 0;
    begin_there(c, w, entry, branch == 0 ? 0 : next);
}
