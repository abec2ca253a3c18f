/* What a cursor leaves out: see covered.h. The log has each chain in order, so that the seq of an
 * open tip is seen before anything above it. */
#include "daemon/shell/covered.h"

#include <stdlib.h>

#include "daemon/shell/node_internal.h"

static int compare_epochs(uint16_t left_origin, struct sb_epoch left, uint16_t right_origin,
                          struct sb_epoch right)
{
    return left_origin != right_origin ? (left_origin < right_origin ? -1 : 1)
                                       : sb_epoch_cmp(left, right);
}

int sb_covered_cmp(const void *left, const void *right)
{
    const struct sb_covered *a = left, *b = right;
    int by_epoch = compare_epochs(a->origin, a->epoch, b->origin, b->epoch);
    return by_epoch != 0 ? by_epoch : (a->branch > b->branch) - (a->branch < b->branch);
}

int sb_open_tip_cmp(const void *left, const void *right)
{
    const struct sb_open_tip *a = left, *b = right;
    int by_epoch = compare_epochs(a->origin, a->epoch, b->origin, b->epoch);
    return by_epoch != 0 ? by_epoch : (a->seq.n > b->seq.n) - (a->seq.n < b->seq.n);
}

/* Among the first n. */
static struct sb_covered *find_chain(const struct sb_stream *stream, size_t n,
                                     const struct sb_covered *key)
{
    return n == 0 ? NULL : bsearch(key, stream->covered, n, sizeof *key, sb_covered_cmp);
}

static struct sb_covered *find(const struct sb_stream *stream, const struct sb_record *record,
                               uint16_t branch)
{
    struct sb_covered key = {.origin = record->origin, .branch = branch};
    key.epoch = record->item.link.epoch;
    return find_chain(stream, stream->n_covered, &key);
}

bool sb_covered_has(const struct sb_stream *stream, const struct sb_record *record,
                    struct sb_offset at)
{
    const struct sb_covered *c = find(stream, record, record->branch);
    uint64_t seq = record->item.link.seq.n;
    if (at.n < stream->again_until.n && c != stream->again) {
        return true;
    }
    return c != NULL && (seq <= c->upto.n || seq <= c->held.n);
}

bool sb_open_tip_is_last(const struct sb_open_tip *open, size_t n, size_t at)
{
    const struct sb_open_tip *tip = &open[at], *next = tip + 1;
    return at + 1 == n || compare_epochs(tip->origin, tip->epoch, next->origin, next->epoch) != 0;
}

void sb_covered_hold(struct sb_stream *stream)
{
    size_t known = stream->n_covered;
    const struct sb_covered *again = stream->again;
    struct sb_covered key = again == NULL ? (struct sb_covered){0} : *again;
    qsort(stream->open, stream->n_open, sizeof *stream->open, sb_open_tip_cmp);
    for (size_t i = 0; i < stream->n_open; i++) {
        const struct sb_open_tip *tip = &stream->open[i];
        struct sb_covered chain = {.origin = tip->origin, .epoch = tip->epoch, .held = tip->seq};
        if (sb_open_tip_is_last(stream->open, stream->n_open, i) &&
            find_chain(stream, known, &chain) == NULL) {
            stream->covered[stream->n_covered++] = chain;
        }
    }
    qsort(stream->covered, stream->n_covered, sizeof *stream->covered, sb_covered_cmp);
    stream->again = again == NULL ? NULL : find_chain(stream, stream->n_covered, &key);
}

static const struct sb_open_tip *find_open(const struct sb_stream *stream,
                                           const struct sb_record *record)
{
    struct sb_open_tip key = {.origin = record->origin};
    key.epoch = record->item.link.epoch;
    key.seq = record->item.link.seq;
    return stream->n_open == 0
               ? NULL
               : bsearch(&key, stream->open, stream->n_open, sizeof key, sb_open_tip_cmp);
}

static bool is_tip(const struct sb_open_tip *tip, const struct sb_record *record)
{
    struct sb_hash hash = sb_link_hash(&record->item.link);
    return sb_hash_eq(&hash, &tip->hash);
}

bool sb_covered_is_denied(const struct sb_stream *stream, const struct sb_record *record)
{
    const struct sb_covered *c = stream->n_open == 0 ? NULL : find(stream, record, 0);
    if (c == NULL || c->held.n <= c->upto.n) {
        return false;
    }
    const struct sb_open_tip *tip = find_open(stream, record);
    return record->branch != 0 || (tip != NULL && !is_tip(tip, record));
}

bool sb_covered_reveal(struct sb_node *node, struct sb_stream *stream,
                       const struct sb_record *record, struct sb_offset at, struct sb_offset *next)
{
    struct sb_covered *c = find(stream, record, 0);
    struct sb_place place = {c->origin, 0, c->epoch, {c->upto.n + 1}};
    struct sb_record first;
    c->held.n = 0;
    if (!sb_turn_found(node, sb_store_at(node->o.store, &place, &first, node->turn.err)) ||
        first.offset.n >= at.n) {
        return false;
    }
    stream->again = c;
    stream->again_until = at;
    *next = first.offset;
    return true;
}

void sb_covered_settle(struct sb_stream *stream, const struct sb_record *record)
{
    const struct sb_open_tip *tip = record->branch == 0 ? find_open(stream, record) : NULL;
    struct sb_covered *c = tip == NULL ? NULL : find(stream, record, 0);
    if (c != NULL && c->held.n > c->upto.n && is_tip(tip, record)) {
        c->upto = tip->seq;
    }
}
