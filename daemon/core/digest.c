/* What a node says of an origin's history in few bytes: its heads, and one digest over all chains
 * that are not listed among them (PROTOCOL §6.3). The digest is a chain over the sorted epochs, so
 * that another implementation needs no more than SHA-256 and an order. Which chains it runs over is
 * told by the oldest head in the list, `from`: whatever is covered, and whatever is older. */
#include "daemon/core/history.h"

#include <assert.h>
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

/* What no list of heads has. A tag is a hash, so that no epoch is this one. */
static const struct sb_epoch everything = {UINT32_MAX, UINT64_MAX};

static bool is_rest(const struct sb_chain *k, struct sb_epoch from)
{
    bool older = sb_epoch_cmp(k->epoch, from) < 0 && !sb_planted(SB_PLANT_REST_WITHOUT_HEADS);
    return !k->aside && (k->covered || older);
}

bool sb_history_is_rest(const struct sb_core *c, uint32_t chain, struct sb_epoch from)
{
    return is_rest(&c->chains[chain], from);
}

/* Two lists by ascending tip hash as one. */
static uint32_t merge(struct sb_chain *chains, uint32_t a, uint32_t b)
{
    uint32_t first = NONE, *end = &first;
    while (a != NONE && b != NONE) {
        uint32_t *least = sb_hash_cmp(&chains[a].tip.hash, &chains[b].tip.hash) < 0 ? &a : &b;
        *end = *least;
        end = &chains[*least].by_hash;
        *least = *end;
    }
    *end = a != NONE ? a : b;
    return first;
}

/* Folds the branches of one epoch that are in the rest by ascending tip hash, for branch numbers
 * are our own order of arrival. They are sorted by merging, lists[i] being of none or 2^i of them:
 * whoever forks an epoch ten thousandfold must not have us compare each with each. Returns the
 * first chain of the next epoch; adds to *count. */
static uint32_t fold_epoch(const struct sb_core *c, uint32_t first, struct sb_epoch from,
                           struct sb_hash *digest, uint64_t *count)
{
    enum { LISTS = 18 };
    static_assert(SB_CHAINS_MAX < 1 << LISTS, "all that there can be");
    uint32_t lists[LISTS], i = first, all = NONE;
    memset(lists, 0xff, sizeof lists); /* NONE */
    for (; i != NONE && same_epoch(&c->chains[i], &c->chains[first]); i = c->chains[i].next) {
        uint32_t list = is_rest(&c->chains[i], from) ? i : NONE;
        c->chains[i].by_hash = NONE;
        for (uint32_t *at = lists; list != NONE; at++) {
            const uint32_t before = *at;
            *at = before == NONE ? list : NONE;
            list = before == NONE ? NONE : merge(c->chains, before, list);
        }
    }
    for (size_t l = 0; l < LISTS; l++) {
        all = merge(c->chains, all, lists[l]);
    }
    for (; all != NONE; all = c->chains[all].by_hash) {
        fold(digest, &c->chains[all]);
        ++*count;
    }
    return i;
}

/* The same chains: no head lies below either of the two. */
static bool is_cached(const struct sb_rest *r, struct sb_epoch from)
{
    bool alike =
        sb_epoch_cmp(r->from, r->oldest_head) <= 0 && sb_epoch_cmp(from, r->oldest_head) <= 0;
    return r->valid && (alike || sb_epoch_eq(r->from, from));
}

static const struct sb_rest *rest_from(struct sb_core *c, uint16_t origin, struct sb_epoch from)
{
    struct sb_rest *r = &c->origins[origin].rest;
    if (is_cached(r, from)) {
        return r;
    }
    *r = (struct sb_rest){.valid = true, .from = from, .oldest_head = everything};
    for (uint32_t i = c->origins[origin].last; i != NONE; i = c->chains[i].previous) {
        const struct sb_chain *k = &c->chains[i];
        r->oldest_head = k->covered ? r->oldest_head : k->epoch;
        r->events += is_rest(k, from) ? sb_history_events(k) : 0;
    }
    for (uint32_t i = c->origins[origin].first; i != NONE;) {
        i = fold_epoch(c, i, from, &r->digest, &r->count);
    }
    return r;
}

static uint64_t count_rest(const struct sb_core *c, uint16_t origin, struct sb_epoch from)
{
    uint64_t n = 0;
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        n += is_rest(&c->chains[i], from);
    }
    return n;
}

/* Counting is cheap, and mostly tells the difference. */
bool sb_history_rest_equal(struct sb_core *c, uint16_t origin, const struct sb_rest_view *theirs)
{
    if (!is_cached(&c->origins[origin].rest, theirs->from) &&
        count_rest(c, origin, theirs->from) != theirs->count) {
        return false;
    }
    const struct sb_rest *ours = rest_from(c, origin, theirs->from);
    return ours->count == theirs->count && sb_hash_eq(&ours->digest, &theirs->digest);
}

void sb_history_rest_moved(struct sb_core *c, const struct sb_chain *k)
{
    struct sb_rest *r = &c->origins[k->origin].rest;
    if (k->covered || sb_epoch_cmp(k->epoch, r->from) < 0 ||
        sb_epoch_cmp(k->epoch, r->oldest_head) < 0) {
        r->valid = false;
    }
}

static bool is_whole(const struct sb_core *c, uint16_t origin, struct sb_epoch from)
{
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        if (is_rest(&c->chains[i], from) && c->chains[i].bodies.n < c->chains[i].tip.seq.n) {
            return false;
        }
    }
    return true;
}

static struct sb_head head_of(const struct sb_chain *k)
{
    return (struct sb_head){k->epoch, k->tip, k->bodies};
}

/* The newest heads, of an epoch all or none; *from becomes the oldest of them. */
static size_t list_heads(const struct sb_core *c, uint16_t origin, size_t max, struct sb_head *out,
                         struct sb_epoch *from)
{
    size_t n = 0, whole = 0;
    for (uint32_t i = c->origins[origin].last; i != NONE; i = c->chains[i].previous) {
        const struct sb_chain *k = &c->chains[i];
        if (k->covered) {
            continue;
        }
        whole = n > 0 && !sb_epoch_eq(out[n - 1].epoch, k->epoch) ? n : whole;
        if (n == max) {
            n = whole;
            break;
        }
        out[n++] = head_of(k);
    }
    *from = n > 0 ? out[n - 1].epoch : everything;
    return n;
}

size_t sb_core_newest_heads(const struct sb_core *c, uint16_t origin, size_t max,
                            struct sb_head *out)
{
    size_t n = 0;
    for (uint32_t i = c->origins[origin].last; i != NONE && n < max; i = c->chains[i].previous) {
        if (!c->chains[i].covered) {
            out[n++] = head_of(&c->chains[i]);
        }
    }
    return n;
}

size_t sb_core_heads(struct sb_core *c, uint16_t origin, size_t max, struct sb_head *out,
                     struct sb_core_rest *rest)
{
    struct sb_epoch from;
    size_t n = list_heads(c, origin, max, out, &from);
    const struct sb_rest *r = rest_from(c, origin, from);
    *rest = (struct sb_core_rest){r->count, r->events, is_whole(c, origin, from), r->digest};
    return n;
}

/* A summary is of everything but the newest head, the one that every frontier has room for. */
static struct sb_epoch summed_from(const struct sb_core *c, uint16_t origin)
{
    struct sb_head newest;
    struct sb_epoch from;
    (void)list_heads(c, origin, 1, &newest, &from);
    return from;
}

static void digest_range(const struct sb_core *c, uint16_t origin, struct sb_range_digest *r)
{
    const struct sb_epoch from = summed_from(c, origin);
    r->count = 0;
    memset(&r->digest, 0, sizeof r->digest);
    uint32_t i = c->origins[origin].first;
    while (i != NONE && c->chains[i].epoch.counter < r->from) {
        i = c->chains[i].next;
    }
    while (i != NONE && c->chains[i].epoch.counter <= r->to) {
        i = fold_epoch(c, i, from, &r->digest, &r->count);
    }
}

/* Whether that is all of them. The order is that of chains here: whatever comes in between while
 * somebody asks on is missed, and found by the next comparison. */
static bool list_range(const struct sb_core *c, uint16_t origin, size_t max, struct sb_summary *s)
{
    const struct sb_epoch summed = summed_from(c, origin);
    uint32_t skipped = 0;
    for (uint32_t i = c->origins[origin].first; i != NONE; i = c->chains[i].next) {
        const struct sb_chain *k = &c->chains[i];
        if (!is_rest(k, summed) || k->epoch.counter < s->from || k->epoch.counter > s->to) {
            continue;
        }
        if (skipped < s->skip) {
            skipped++;
        } else if (s->n_epochs < max) {
            s->epochs[s->n_epochs++] = head_of(k);
        } else {
            return false;
        }
    }
    return true;
}

static void divide_range(const struct sb_core *c, uint16_t origin, uint32_t last,
                         struct sb_summary *s)
{
    uint32_t width = (last - s->from) / SB_SUMMARY_PARTS + 1;
    for (uint64_t at = s->from; at <= last && s->n_parts < SB_SUMMARY_PARTS; at += width) {
        struct sb_range_digest *r = &s->parts[s->n_parts++];
        uint64_t end = at + width - 1;
        *r =
            (struct sb_range_digest){.from = (uint32_t)at, .to = end < last ? (uint32_t)end : last};
        digest_range(c, origin, r);
    }
}

void sb_core_summary(const struct sb_core *c, uint16_t origin, size_t max, struct sb_summary *s)
{
    const uint32_t newest = c->origins[origin].max_counter;
    const uint32_t last = s->to < newest ? s->to : newest;
    s->n_epochs = s->n_parts = 0;
    s->next = 0;
    if (list_range(c, origin, max, s)) {
        return;
    }
    if (last <= s->from || s->skip > 0) {
        s->next = s->skip + (uint32_t)s->n_epochs;
    } else {
        s->n_epochs = 0;
        divide_range(c, origin, last, s);
    }
}

bool sb_history_range_equal(const struct sb_core *c, uint16_t origin,
                            const struct sb_range_digest *theirs)
{
    struct sb_range_digest ours = {.from = theirs->from, .to = theirs->to};
    digest_range(c, origin, &ours);
    return ours.count == theirs->count && sb_hash_eq(&ours.digest, &theirs->digest);
}
