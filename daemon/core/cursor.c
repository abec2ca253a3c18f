/* Cursors that grow: see cursor.h. A tip leaves only for one that stands above it on its path, so
 * what was acknowledged is never delivered again. */
#include "daemon/core/cursor.h"

#include <assert.h>
#include <string.h>

#include "daemon/core/internal.h"

struct stand { /* where a tip stands here */
    bool found;
    uint16_t branch;
};

static int compare(const struct sb_tip *a, const struct sb_tip *b)
{
    int order = sb_org_cmp(&a->origin, &b->origin);
    return order != 0 ? order : sb_epoch_cmp(a->epoch, b->epoch);
}

/* The index of the first tip that is not before this epoch. */
static size_t find_epoch(const struct sb_cursor_tips *cursor, const struct sb_tip *tip)
{
    size_t low = 0, high = cursor->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&cursor->tips[middle], tip) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool find_origin(const struct sb_core *c, const struct sb_org *org, uint16_t *out)
{
    for (size_t i = 0; i < c->o.n_origins; i++) {
        if (sb_org_eq(&c->o.origins[i], org)) {
            *out = (uint16_t)i;
            return true;
        }
    }
    return false;
}

/* Is `low` on the path of `high`, at or below it? */
static bool leads_to(const struct sb_core *core, uint16_t origin, const struct sb_tip *high,
                     struct stand at, const struct sb_tip *low, struct stand below)
{
    struct sb_chain_info info;
    uint64_t seq = high->seq.n;
    uint16_t branch = at.branch;
    if (sb_hash_eq(&high->hash, &low->hash)) {
        return true;
    }
    if (!at.found || !below.found || low->seq.n > seq) {
        return false;
    }
    while (branch != below.branch) {
        if (!sb_core_find_chain(core, origin, high->epoch, branch, &info) || info.base.n == 1) {
            return false;
        }
        seq = info.base.n - 1;
        branch = info.base_branch;
    }
    return low->seq.n <= seq;
}

static void remove_at(struct sb_cursor_tips *cursor, size_t at)
{
    cursor->n--;
    memmove(&cursor->tips[at], &cursor->tips[at + 1], (cursor->n - at) * sizeof *cursor->tips);
}

/* Its oldest epoch goes: it is delivered again, never left out. */
static void make_room(struct sb_cursor_tips *cursor, const struct sb_tip *tip)
{
    size_t first = find_epoch(cursor, tip);
    first = first == cursor->n ? first - 1 : first;
    while (first > 0 && sb_org_eq(&cursor->tips[first - 1].origin, &tip->origin)) {
        first--;
    }
    remove_at(cursor, first);
}

static void insert(struct sb_cursor_tips *cursor, const struct sb_tip *tip)
{
    if (cursor->n >= SB_CURSOR_TIPS_MAX) {
        make_room(cursor, tip);
    }
    assert(cursor->n < cursor->cap);
    size_t at = find_epoch(cursor, tip);
    memmove(&cursor->tips[at + 1], &cursor->tips[at], (cursor->n - at) * sizeof *cursor->tips);
    cursor->tips[at] = *tip;
    cursor->n++;
}

bool sb_core_cursor_take(const struct sb_core *core, struct sb_cursor_tips *cursor,
                         const struct sb_tip *tip)
{
    uint16_t origin = 0;
    struct stand here = {false, 0};
    bool known = find_origin(core, &tip->origin, &origin);
    here.found = known && cursor->find(cursor->context, origin, tip, &here.branch);
    for (size_t i = find_epoch(cursor, tip);
         i < cursor->n && compare(&cursor->tips[i], tip) == 0;) {
        const struct sb_tip *old = &cursor->tips[i];
        struct stand there = {false, 0};
        there.found = known && cursor->find(cursor->context, origin, old, &there.branch);
        if (leads_to(core, origin, old, there, tip, here) &&
            !sb_planted(SB_PLANT_CURSOR_GOES_BACK)) {
            return false;
        }
        if (leads_to(core, origin, tip, here, old, there) ||
            sb_planted(SB_PLANT_CURSOR_GOES_BACK)) {
            remove_at(cursor, i);
        } else {
            i++;
        }
    }
    insert(cursor, tip);
    return true;
}
