/* Serves history: see serve.h. A restricted body goes to its audience alone, whoever asks. */
#include "daemon/shell/serve.h"

#include <string.h>

#include "daemon/shell/certified.h"
#include "daemon/shell/damage.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/page.h"
#include "daemon/shell/rekeyed.h"

static void fill_events(struct sb_events *events, const struct sb_node *node,
                        const struct sb_page *page)
{
    events->origin = node->orgs[page->origin];
    events->epoch = page->epoch;
    events->items = page->items;
    events->n_items = page->n_items;
    events->checkpoints = page->checkpoints;
    events->n_checkpoints = page->n_checkpoints;
}

/* Fills one page; what cannot be read on ends the answer, so that the asker turns to another. */
static void read_page(struct sb_node *node, const struct sb_effect *fx, struct sb_page *page)
{
    while (page->next.n <= fx->partner.to.n &&
           (page->n_items == 0 || page->bytes < fx->partner.credit) &&
           sb_page_add_batch(node, page)) {
    }
    if (page->n_items == 0) {
        page->next.n = fx->partner.to.n + 1;
    }
}

static struct sb_fate *begin_outcome(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_fate *outcome = sb_outcome_add(node, SB_IN_SERVED);
    if (outcome != NULL) {
        outcome->in.served.slot = fx->partner.slot;
        outcome->in.served.next = fx->partner.from;
    }
    return outcome;
}

void sb_serve_postpone(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_fate *outcome = begin_outcome(node, fx);
    if (outcome != NULL) {
        outcome->postponed = true;
    }
}

void sb_serve_events(struct sb_node *node, const struct sb_effect *fx)
{
    if (!sb_outcome_has_room(node)) {
        sb_serve_postpone(node, fx);
        return;
    }
    struct sb_fate *outcome = begin_outcome(node, fx);
    if (outcome == NULL) {
        return;
    }
    struct sb_page page = {.origin = fx->partner.origin,
                           .branch = fx->partner.branch,
                           .epoch = fx->partner.epoch,
                           .reader = &node->orgs[fx->partner.partner],
                           .next = fx->partner.from};
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = fx->partner.request};
    const struct sb_place end = {page.origin, page.branch, page.epoch, fx->partner.to};
    if (sb_rekeyed_covers(node, &end)) { /* as it did when it was asked for */
        read_page(node, fx, &page);
    } else {
        page.next.n = fx->partner.to.n + 1;
    }
    fill_events(&m.events, node, &page);
    m.events.last = page.next.n > fx->partner.to.n || page.bytes >= fx->partner.credit;
    outcome->in.served.blocked = !sb_outbox_send(node, fx->partner.route, &m);
    if (!outcome->in.served.blocked) {
        outcome->in.served.next = page.next;
        outcome->in.served.bytes = (uint32_t)page.bytes;
        sb_outcome_frames(node, outcome);
    }
}

struct bodies {
    struct sb_bodies *out;
    size_t cap, bytes;
    const struct sb_org *reader;
};

/* One body of one branch; false: the frame is full. */
static bool add_body(struct bodies *b, const struct sb_record *r)
{
    bool due = sb_link_entitles(&r->item.link, b->reader) || sb_planted(SB_PLANT_SERVE_RESTRICTED);
    bool erased = r->state == SB_BODY_ERASED;
    if (!due || (r->item.salt == NULL && !erased)) {
        return true;
    }
    b->bytes += r->item.body.n + 128;
    if (b->bytes > SB_PAGE_BYTES_MAX || b->out->n_items == b->cap) {
        return false;
    }
    struct sb_body_item *item = &b->out->items[b->out->n_items++];
    memset(item, 0, sizeof *item);
    item->seq = r->item.link.seq;
    item->link_hash = sb_link_hash(&r->item.link);
    item->salt = r->item.salt;
    item->body = r->item.body;
    item->erased = erased;
    return true;
}

static void read_bodies(struct sb_node *node, uint16_t origin, const struct sb_want_bodies *want,
                        struct bodies *b)
{
    unsigned branches = sb_core_branches(node->core, origin, want->epoch);
    for (size_t i = 0; i < want->n_seqs; i++) {
        for (unsigned branch = 0; branch < branches; branch++) {
            struct sb_record record;
            struct sb_place place = {origin, (uint16_t)branch, want->epoch, want->seqs[i]};
            if (node->turn.searched++ >= SB_NODE_SEARCH_MAX) {
                return; /* an epoch forked a thousandfold: the rest is asked for again */
            }
            if (!sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err))) {
                continue;
            }
            sb_damage_check(node, &record);
            if (sb_rekeyed_shows(node, &record) && !add_body(b, &record)) {
                return;
            }
        }
    }
}

void sb_serve_bodies(struct sb_node *node, const struct sb_effect *fx,
                     const struct sb_want_bodies *want)
{
    struct sb_message m = {.type = SB_MSG_BODIES, .request = fx->partner.request};
    struct bodies b = {
        .out = &m.bodies, .cap = SB_WANT_BODIES_MAX, .reader = &node->orgs[fx->partner.partner]};
    m.bodies.items = sb_arena_alloc(&node->arena, b.cap * sizeof *m.bodies.items);
    if (m.bodies.items == NULL) {
        return;
    }
    m.bodies.origin = node->orgs[fx->partner.origin];
    m.bodies.epoch = want->epoch;
    m.bodies.last = true;
    if (sb_outcome_has_room(node) && !sb_core_settling(node->core)) {
        read_bodies(node, fx->partner.origin, want, &b);
        node->turn.read_bytes += b.bytes;
    }
    sb_outbox_send(node, fx->partner.route, &m);
}

/* What it grew from is its own to give where that does not count by itself. */
static void take_base_over(const struct sb_node *node, struct sb_chain_info *info)
{
    struct sb_chain_info below = *info;
    while (below.base.n > 1 &&
           sb_core_find_chain(node->core, info->origin, info->epoch, below.base_branch, &below) &&
           sb_rekeyed_is_replaced(node, &below)) {
        info->base = below.base;
    }
}

/* The first chain of an origin at or after the place where a client wants to read on. What was
 * asked of one that another took the place of is looked for in that. */
static bool find_chain(const struct sb_node *node, uint16_t origin, const struct sb_fetch *from,
                       struct sb_chain_info *info)
{
    uint32_t at = 0;
    bool passed = false;
    while (sb_core_next_chain(node->core, origin, &at, info)) {
        int order = sb_epoch_cmp(info->epoch, from->epoch);
        bool asked = order == 0 && (info->branch == from->branch || passed);
        if (sb_rekeyed_is_replaced(node, info)) {
            passed = asked;
            continue;
        }
        take_base_over(node, info);
        if (asked && from->seq.n <= info->tip.seq.n) {
            info->base.n = from->seq.n > info->base.n ? from->seq.n : info->base.n;
            return true;
        }
        if (order > 0 || (order == 0 && info->branch > from->branch && !asked)) {
            return true;
        }
    }
    return false;
}

static void fetch_page(struct sb_node *node, uint16_t client, uint16_t origin,
                       const struct sb_fetch *fetch, struct sb_fetched *out)
{
    struct sb_chain_info info;
    out->end = !find_chain(node, origin, fetch, &info);
    if (out->end) {
        return;
    }
    struct sb_page page = {.origin = origin,
                           .branch = info.branch,
                           .epoch = info.epoch,
                           .client = &node->clients[client],
                           .next = info.base};
    while (sb_page_add_batch(node, &page)) {
    }
    fill_events(&out->events, node, &page);
    node->turn.read_bytes += page.bytes;
    out->next = (struct sb_fetch){fetch->origin, info.epoch, info.branch, page.next};
    if (page.n_items == 0) { /* nothing that can be read: never the same page again */
        out->next.branch++;
        out->next.seq.n = 0;
    }
}

/* The key that a reader verifies the epoch under: the one that is known of its origin where that is
 * the epoch's own, or vouches for it in the epoch's start; otherwise the epoch's own. */
static struct sb_sign_public key_of(struct sb_node *node, uint16_t origin, struct sb_epoch epoch)
{
    const struct sb_sign_public *known = sb_rekeyed_pinned(node, origin, epoch);
    struct sb_chain_info chain;
    struct sb_certificate certificate;
    if (known == &node->origins[origin].key) {
        known = sb_certified_root(node, origin);
    }
    if (!node->origins[origin].known || /* a partner no more: nobody here says whose it is */
        !sb_core_find_chain(node->core, origin, epoch, 0, &chain) ||
        sb_sign_public_eq(&chain.key, known) ||
        (sb_certified_of_epoch(node, origin, epoch, &certificate) &&
         sb_sign_public_eq(&certificate.old_key, known) &&
         sb_sign_public_eq(&certificate.new_key, &chain.key))) {
        return *known;
    }
    return chain.key;
}

void sb_serve_fetch(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                    const struct sb_fetch *fetch)
{
    struct sb_message m = {.type = SB_MSG_FETCHED, .request = request};
    struct sb_route route = {SB_ROUTE_SESSION, session};
    uint16_t origin;
    if (!sb_lookup_history(node, &fetch->origin, &origin)) {
        sb_outbox_refuse(node, route, request, SB_CODE_MALFORMED,
                         "no history of this organisation is here");
        return;
    }
    m.fetched.events.origin = fetch->origin;
    m.fetched.next = *fetch;
    fetch_page(node, client, origin, fetch, &m.fetched);
    m.fetched.sign_key = key_of(node, origin, m.fetched.events.epoch);
    sb_outbox_answer(node, session, &m);
}
