/* What a node says of an origin's history in few bytes: its heads, and one digest over the epochs
 * that are no heads (PROTOCOL §6.3). The digest is a chain over the sorted epochs, so that another
 * implementation needs no more than SHA-256 and an order. */
#include "daemon/core/history.h"

#include <string.h>

#include "proto/bytes.h"
#include "proto/sha256.h"

static void fold(struct sb_hash *digest, const struct sb_chain *k)
{
    static const char domain[] = "samenbus/rest/1";
    uint8_t buffer[32 + 4 + 8 + 8 + 32];
    struct sb_writer w;
    sb_writer_init(&w, buffer, sizeof buffer);
    sb_put_bytes(&w, digest->b, sizeof digest->b);
    sb_put_u32(&w, k->epoch.counter);
    sb_put_u64(&w, k->epoch.tag);
    sb_put_u64(&w, k->tip.seq.n);
    sb_put_bytes(&w, k->tip.hash.b, sizeof k->tip.hash.b);
    const struct sb_bytes parts[] = {{(const uint8_t *)domain, sizeof domain - 1}, {buffer, w.n}};
    *digest = sb_sha256(parts, 2);
}

static bool same_epoch(const struct sb_chain *a, const struct sb_chain *b)
{
    return sb_epoch_eq(a->epoch, b->epoch);
}

/* Folds the covered branches of one epoch by ascending tip hash, for branch numbers are our own
 * order of arrival. Returns the first chain of the next epoch; adds to *count. */
static uint32_t fold_epoch(const struct sb_core *c, uint32_t first, struct sb_hash *digest,
                           uint64_t *count)
{
    const struct sb_chain *last = NULL;
    uint32_t next = NONE;
    for (;;) {
        const struct sb_chain *best = NULL;
        uint32_t i = first;
        for (; i != NONE && same_epoch(&c->chains[i], &c->chains[first]); i = c->chains[i].next) {
            const struct sb_chain *k = &c->chains[i];
            if (k->covered && (last == NULL || sb_hash_cmp(&k->tip.hash, &last->tip.hash) > 0) &&
                (best == NULL || sb_hash_cmp(&k->tip.hash, &best->tip.hash) < 0)) {
                best = k;
            }
        }
        next = i;
        if (best == NULL) {
            return next;
        }
        fold(digest, best);
        ++*count;
        last = best;
    }
}

void sb_history_refresh_rest(struct sb_core *c, uint16_t origin)
{
    struct sb_origin_state *o = &c->origins[origin];
    if (o->rest_valid) {
        return;
    }
    o->rest_count = o->rest_events = 0;
    memset(&o->rest_digest, 0, sizeof o->rest_digest);
    for (uint32_t i = o->first; i != NONE; i = c->chains[i].next) {
        if (c->chains[i].covered) {
            o->rest_events += c->chains[i].tip.seq.n - c->chains[i].base.n + 1;
        }
    }
    for (uint32_t i = o->first; i != NONE;) {
        i = fold_epoch(c, i, &o->rest_digest, &o->rest_count);
    }
    o->rest_valid = true;
}

static bool is_whole(const struct sb_core *c, uint16_t origin)
{
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        if (c->chains[i].covered && c->chains[i].bodies.n < c->chains[i].tip.seq.n) {
            return false;
        }
    }
    return true;
}

static struct sb_head head_of(const struct sb_chain *k)
{
    return (struct sb_head){k->epoch, k->tip, k->bodies};
}

size_t sb_core_heads(struct sb_core *c, uint16_t origin, struct sb_head *out,
                     struct sb_core_rest *rest)
{
    sb_history_refresh_rest(c, origin);
    const struct sb_origin_state *o = &c->origins[origin];
    *rest =
        (struct sb_core_rest){o->rest_count, o->rest_events, is_whole(c, origin), o->rest_digest};
    size_t n = 0;
    for (uint32_t i = o->last; i != NONE && n < SB_HEADS_MAX; i = c->chains[i].previous) {
        if (!c->chains[i].covered) {
            out[n++] = head_of(&c->chains[i]);
        }
    }
    return n;
}

static void digest_range(const struct sb_core *c, uint16_t origin, struct sb_range_digest *r)
{
    r->count = 0;
    memset(&r->digest, 0, sizeof r->digest);
    uint32_t i = c->origins[origin].first;
    while (i != NONE && c->chains[i].epoch.counter < r->from) {
        i = c->chains[i].next;
    }
    while (i != NONE && c->chains[i].epoch.counter <= r->to) {
        i = fold_epoch(c, i, &r->digest, &r->count);
    }
}

static bool list_range(const struct sb_core *c, uint16_t origin, uint32_t from, uint32_t to,
                       struct sb_head *epochs, size_t *n)
{
    *n = 0;
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        const struct sb_chain *k = &c->chains[i];
        if (!k->covered || k->epoch.counter < from || k->epoch.counter > to) {
            continue;
        }
        if (*n == SB_SUMMARY_MAX) {
            return false;
        }
        epochs[(*n)++] = head_of(k);
    }
    return true;
}

bool sb_core_summary(struct sb_core *c, uint16_t origin, uint32_t from, uint32_t to,
                     struct sb_head *epochs, size_t *n_epochs, struct sb_range_digest *parts,
                     size_t *n_parts)
{
    *n_parts = 0;
    uint32_t max = c->origins[origin].max_counter;
    uint32_t last = to < max ? to : max;
    if (list_range(c, origin, from, to, epochs, n_epochs) || last <= from) {
        return true;
    }
    *n_epochs = 0;
    uint32_t width = (last - from) / SB_SUMMARY_PARTS + 1;
    for (uint64_t at = from; at <= last && *n_parts < SB_SUMMARY_PARTS; at += width) {
        struct sb_range_digest *r = &parts[(*n_parts)++];
        uint64_t end = at + width - 1;
        *r =
            (struct sb_range_digest){.from = (uint32_t)at, .to = end < last ? (uint32_t)end : last};
        digest_range(c, origin, r);
    }
    return false;
}

bool sb_history_range_equal(const struct sb_core *c, uint16_t origin,
                            const struct sb_range_digest *theirs)
{
    struct sb_range_digest ours = {.from = theirs->from, .to = theirs->to};
    digest_range(c, origin, &ours);
    return ours.count == theirs->count && sb_hash_eq(&ours.digest, &theirs->digest);
}
