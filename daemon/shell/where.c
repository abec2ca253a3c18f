/* Answering "who has this event?"; see where.h. Of ourselves the store tells, of partners the core:
 * nobody is asked. */
#include "daemon/shell/where.h"

#include <string.h>

#include "daemon/core/holder.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/store/erasing.h"

static struct sb_holder ourselves(const struct sb_node *node, const struct sb_record *r)
{
    bool present = r->state == SB_BODY_PRESENT;
    return (struct sb_holder){.organisation = node->o.organisation,
                              .entitled = sb_link_entitles(&r->item.link, &node->o.organisation),
                              .links = SB_HOLDING_YES,
                              .links_since = r->committed,
                              .bodies = present ? SB_HOLDING_YES : SB_HOLDING_NO,
                              .bodies_since = r->committed,
                              .bodies_earlier = false};
}

/* Who has held a body goes on to count as its holder; by its receipt it has none any more. */
static bool has_erased(struct sb_node *node, const struct sb_record *r, uint16_t partner)
{
    struct sb_time when;
    return r->state == SB_BODY_ERASED &&
           sb_turn_found(node, sb_store_find_receipt(node->o.store, r->origin, &r->item.link.id,
                                                     partner, &when, node->turn.err));
}

static void list(struct sb_node *node, const struct sb_record *r, struct sb_holders *out)
{
    const struct sb_link *link = &r->item.link;
    struct sb_epoch_name name = {.origin = 0};
    out->items = sb_arena_alloc(&node->arena, (node->o.n_partners + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return;
    }
    out->epoch = link->epoch;
    out->seq = link->seq;
    sb_people_epoch(node, r->origin, link->epoch, &name);
    memcpy(out->epoch_text, name.text, sizeof out->epoch_text);
    out->items[out->n_items++] = ourselves(node, r);
    for (size_t i = 0; i < node->o.n_partners; i++) {
        struct sb_holder *h = &out->items[out->n_items++];
        uint16_t number = node->partner_numbers[i];
        *h = (struct sb_holder){.organisation = node->orgs[number],
                                .entitled = sb_link_entitles(link, &node->orgs[number])};
        sb_core_holder(node->core, number, r->origin, link->epoch, r->branch, link->seq, h);
        if (has_erased(node, r, number)) {
            h->bodies = SB_HOLDING_NO;
        }
    }
}

void sb_where_answer(struct sb_node *node, uint32_t session, uint32_t request,
                     const struct sb_query *query)
{
    struct sb_message m = {.type = SB_MSG_HOLDERS, .request = request};
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    uint16_t origin;
    m.holders = (struct sb_holders){.origin = query->where_origin, .id = query->where_id};
    if (r == NULL) {
        return;
    }
    if (sb_lookup_history(node, &query->where_origin, &origin)) {
        const struct sb_uuid *id = &query->where_id;
        m.holders.doubled = sb_rekeyed_find_id(node, origin, id, 1, r);
        if (sb_rekeyed_find_id(node, origin, id, 0, r)) {
            list(node, r, &m.holders);
        }
    }
    sb_outbox_answer(node, session, &m);
}
