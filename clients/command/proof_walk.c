/* Walks the chains of one organisation page by page; see proof_walk.h.
 *
 * A path from the last needed link back to the first goes through epochs with counters between
 * theirs, for an epoch's counter is above those of its parents. So of the lowest counter what comes
 * from the first needed link on is taken, of the highest what comes up to the last, and everything
 * between, all branches alike. */
#include "clients/command/proof_walk.h"

#include <stdlib.h>

#include "proto/export_format.h"

enum { ANSWER_MS = 10000 };

struct range {
    const struct sb_proof_needed *first, *last; /* of one origin: [first, last) */
    struct sb_fetch at;
    bool ended;
};

static int compare(const void *a, const void *b)
{
    const struct sb_proof_needed *x = a, *y = b;
    int order = sb_org_cmp(&x->origin, &y->origin);
    order = order != 0 ? order : sb_epoch_cmp(x->epoch, y->epoch);
    order = order != 0 ? order : (x->seq.n > y->seq.n) - (x->seq.n < y->seq.n);
    return order != 0 ? order : sb_hash_cmp(&x->hash, &y->hash);
}

void sb_proof_walk_sort(struct sb_proof_walk *walk)
{
    if (walk->n_needed > 0) {
        qsort(walk->needed, walk->n_needed, sizeof *walk->needed, compare);
    }
}

/* Of an epoch: from which seq on to which at least; false: nothing of it. */
static bool limits_of(const struct range *r, struct sb_epoch epoch, uint64_t *from, uint64_t *to)
{
    uint32_t lowest = r->first->epoch.counter, highest = r->last[-1].epoch.counter;
    bool found = false;
    *from = 1;
    *to = UINT64_MAX;
    for (const struct sb_proof_needed *n = r->first; n < r->last; n++) {
        if (sb_epoch_eq(n->epoch, epoch)) {
            *from = !found && epoch.counter == lowest ? n->seq.n : *from;
            *to = epoch.counter == highest ? n->seq.n : *to;
            found = true;
        }
    }
    return found || (epoch.counter > lowest && epoch.counter < highest);
}

static bool is_shown(const struct range *r, const struct sb_item *item)
{
    if (item->link.seq.n == 1) {
        return true; /* its key is in it */
    }
    struct sb_hash hash = sb_link_hash_bytes(item->link_bytes.p, item->link_bytes.n);
    const struct sb_proof_needed *n = r->first;
    while (n < r->last && !(n->shown && sb_hash_eq(&n->hash, &hash))) {
        n++;
    }
    return n < r->last;
}

static enum sb_rc write_item(struct sb_proof_walk *walk, const struct range *r,
                             const struct sb_item *item, struct sb_err *err)
{
    struct sb_item copy = *item;
    if (!is_shown(r, item)) {
        copy.salt = NULL;
        copy.body = (struct sb_bytes){NULL, 0};
    }
    walk->events++;
    return sb_export_put_event(walk->to, &copy, err);
}

/* Writes from the first item up to the first checkpoint at or above `to`; *last is its seq. */
static enum sb_rc write_run(struct sb_proof_walk *walk, const struct range *r,
                            const struct sb_events *e, uint64_t to, uint64_t *last,
                            struct sb_err *err)
{
    size_t next = 0;
    enum sb_rc rc = SB_OK;
    for (size_t i = 0; rc == SB_OK && i < e->n_items; i++) {
        uint64_t seq = e->items[i].link.seq.n;
        rc = write_item(walk, r, &e->items[i], err);
        if (rc == SB_OK && next < e->n_checkpoints && e->checkpoints[next].seq.n == seq) {
            rc = sb_export_put_checkpoint(walk->to, e->epoch, &e->checkpoints[next++], err);
            *last = seq;
            if (seq >= to) {
                return rc;
            }
        }
    }
    return rc;
}

static void next_branch(struct range *r, const struct sb_fetch *of)
{
    r->at = (struct sb_fetch){of->origin, of->epoch, of->branch + 1, {0}};
}

static enum sb_rc take_page(struct sb_proof_walk *walk, struct range *r,
                            const struct sb_fetched *page, struct sb_err *err)
{
    const struct sb_events *e = &page->events;
    const struct sb_fetch next = {e->origin, page->next.epoch, page->next.branch, page->next.seq};
    uint64_t from, to, last = 0;
    r->at = next;
    if (e->n_items == 0) {
        return SB_OK; /* nothing that can be read there */
    }
    uint64_t begins = e->items[0].link.seq.n;
    if (!limits_of(r, e->epoch, &from, &to) || (begins > 1 && begins > to)) {
        next_branch(r, &next);
        return SB_OK;
    }
    bool start = begins == 1 && next.branch == 0;
    if (!start && begins < from) { /* a branch from below what is needed */
        r->at.seq.n = from;
        return SB_OK;
    }
    enum sb_rc rc = write_run(walk, r, e, start && from > 1 ? 1 : to, &last, err);
    if (last >= to) {
        next_branch(r, &next);
    } else {
        r->at.seq.n = last + 1 < from ? from : last + 1;
    }
    return rc;
}

enum sb_rc sb_proof_walk_origin(struct sb_proof_walk *walk, const struct sb_org *origin,
                                struct sb_err *err)
{
    struct range r = {.first = walk->needed};
    const struct sb_proof_needed *end = walk->needed + walk->n_needed;
    while (r.first < end && !sb_org_eq(&r.first->origin, origin)) {
        r.first++;
    }
    r.last = r.first;
    while (r.last < end && sb_org_eq(&r.last->origin, origin)) {
        r.last++;
    }
    if (r.first == r.last) {
        return SB_OK;
    }
    r.at = (struct sb_fetch){*origin, {r.first->epoch.counter, 0}, 0, {0}};
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && !r.ended) {
        const struct sb_fetched *page;
        rc = sb_client_fetch(walk->client, &r.at, ANSWER_MS, &page, err);
        if (rc == SB_OK) {
            r.ended = page->end || page->next.epoch.counter > r.last[-1].epoch.counter;
            rc = r.ended ? SB_OK : take_page(walk, &r, page, err);
        }
    }
    return rc;
}
