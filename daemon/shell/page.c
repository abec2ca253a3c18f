/* Reads pages: see page.h. */
#include "daemon/shell/page.h"

#include <string.h>

#include "daemon/shell/damage.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"

enum { ITEM_OVERHEAD = 16, SALT_BYTES = 32, CHECKPOINT_OVERHEAD = 4 };

/* Room for one more in an array of the arena, which cannot grow in place. */
static bool grow(struct sb_node *node, void *array, size_t *cap, size_t n, size_t size)
{
    void **items = array;
    if (n < *cap) {
        return true;
    }
    size_t wider = *cap == 0 ? 64 : *cap * 2;
    void *grown = sb_arena_alloc(&node->arena, wider * size);
    if (grown == NULL) {
        return false;
    }
    if (n > 0) {
        memcpy(grown, *items, n * size);
    }
    *items = grown;
    *cap = wider;
    return true;
}

/* Where the path ends with what an announcement names, and nothing was signed just there. */
static bool take_named_end(const struct sb_node *node, const struct sb_page *page,
                           struct sb_seq last, struct sb_checkpoint *out)
{
    struct sb_chain_info info;
    if (!sb_core_find_chain(node->core, page->origin, page->epoch, page->branch, &info) ||
        info.tip.seq.n != last.n || !sb_checkpoint_is_unsigned(&info.tip) ||
        sb_planted(SB_PLANT_REKEY_KEEPS_END)) {
        return false;
    }
    *out = info.tip;
    return true;
}

bool sb_page_checkpoint(struct sb_node *node, const struct sb_page *page, struct sb_seq seq,
                        struct sb_checkpoint *out)
{
    struct sb_place place = {page->origin, 0, page->epoch, seq};
    struct sb_seq last;
    while (sb_lookup_path(node, page->origin, page->epoch, page->branch, place.seq, &place.branch,
                          &last)) {
        bool found =
            (sb_turn_found(node, sb_store_checkpoint(node->o.store, &place, out, node->turn.err)) &&
             out->seq.n <= last.n) ||
            (place.branch == page->branch && take_named_end(node, page, last, out));
        if (found) {
            return page->client == NULL || !sb_checkpoint_is_unsigned(out);
        }
        place.seq.n = last.n + 1;
    }
    return false;
}

/* While partners are asked what has been erased, they get links, and what the bus itself says: they
 * ask for the other bodies when we know. */
static bool may_read(const struct sb_node *node, const struct sb_page *page,
                     const struct sb_record *r)
{
    const struct sb_link *link = &r->item.link;
    if (page->client != NULL && sb_agreed_hides(node, page->client, r->origin, &r->item)) {
        return false;
    }
    if (sb_core_settling(node->core) && link->kind != SB_KIND_SYSTEM) {
        return false;
    }
    return page->reader == NULL || sb_link_entitles(link, page->reader) ||
           sb_planted(SB_PLANT_SERVE_RESTRICTED);
}

static size_t body_bytes(const struct sb_item *item)
{
    return item->salt == NULL ? 0 : SALT_BYTES + item->body.n;
}

/* A batch that is alone on its page goes whole: what its bodies have no room for is asked for. */
static bool add_item(struct sb_node *node, struct sb_page *page, const struct sb_record *r,
                     bool alone)
{
    uint8_t link[SB_LINK_MAX];
    if (page->n_items == SB_BATCH_EVENTS_MAX ||
        !grow(node, &page->items, &page->cap_items, page->n_items, sizeof *page->items)) {
        return false;
    }
    struct sb_item *item = &page->items[page->n_items];
    *item = r->item;
    item->erased = r->state == SB_BODY_ERASED;
    item->link_bytes = sb_arena_copy(&node->arena, link, sb_link_encode(link, &r->item.link));
    if (item->link_bytes.p == NULL) {
        return false;
    }
    size_t bytes = item->link_bytes.n + ITEM_OVERHEAD;
    bool fits = page->bytes + bytes + body_bytes(item) <= SB_PAGE_BYTES_MAX;
    if (!fits && !alone) {
        return false;
    }
    if (!fits || !may_read(node, page, r)) {
        item->salt = NULL;
        item->body = (struct sb_bytes){NULL, 0};
    }
    item->link.audience = (struct sb_audience){NULL, 0}; /* was borrowed from the record */
    page->bytes += bytes + body_bytes(item);
    page->n_items++;
    return true;
}

static bool add_events(struct sb_node *node, struct sb_page *page, struct sb_seq to)
{
    bool alone = page->n_items == 0;
    struct sb_place place = {page->origin, 0, page->epoch, page->next};
    struct sb_record record;
    struct sb_seq last = {0};
    for (; place.seq.n <= to.n; place.seq.n++) {
        if (place.seq.n > last.n && !sb_lookup_path(node, page->origin, page->epoch, page->branch,
                                                    place.seq, &place.branch, &last)) {
            return false;
        }
        if (!sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err))) {
            return false;
        }
        sb_damage_check(node, &record);
        if (!add_item(node, page, &record, alone)) {
            return false;
        }
    }
    return true;
}

/* What an announcement does not name is given to nobody, nor is what lies under one signature with
 * that. */
static bool counts_to(const struct sb_node *node, const struct sb_page *page, struct sb_seq seq)
{
    struct sb_place end = {page->origin, 0, page->epoch, seq};
    struct sb_seq last;
    return node->o.n_rekeys == 0 || (sb_lookup_path(node, page->origin, page->epoch, page->branch,
                                                    seq, &end.branch, &last) &&
                                     sb_rekeyed_covers(node, &end));
}

bool sb_page_add_batch(struct sb_node *node, struct sb_page *page)
{
    struct sb_page before = *page;
    struct sb_checkpoint checkpoint;
    if (!sb_page_checkpoint(node, page, page->next, &checkpoint) ||
        !counts_to(node, page, checkpoint.seq) ||
        !grow(node, &page->checkpoints, &page->cap_checkpoints, page->n_checkpoints,
              sizeof *page->checkpoints) ||
        !add_events(node, page, checkpoint.seq)) {
        *page = before;
        return false;
    }
    page->checkpoints[page->n_checkpoints++] = checkpoint;
    page->bytes += SB_CHECKPOINT_BYTES + CHECKPOINT_OVERHEAD;
    page->next.n = checkpoint.seq.n + 1;
    return true;
}
