/* Who has confirmed an erasure, who has not, and who should have by now. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/embargo.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "proto/embargo.h"

enum { PLACE_BYTES = 2 + 16 };

/* ---- the answer to QUERY */

static bool read_place(struct sb_bytes from, uint16_t *origin, struct sb_uuid *event)
{
    struct sb_reader r;
    *origin = 0;
    *event = (struct sb_uuid){{0}};
    if (from.n == 0) {
        return true;
    }
    sb_reader_init(&r, from.p, from.n);
    *origin = sb_get_u16(&r);
    sb_get_copy(&r, event->b, sizeof event->b);
    return sb_reader_done(&r);
}

static struct sb_bytes write_place(struct sb_node *node, uint16_t origin,
                                   const struct sb_uuid *event)
{
    uint8_t place[PLACE_BYTES];
    struct sb_writer w;
    sb_writer_init(&w, place, sizeof place);
    sb_put_u16(&w, origin);
    sb_put_bytes(&w, event->b, sizeof event->b);
    return sb_arena_copy(&node->arena, place, w.n);
}

static struct sb_time receipt_of(struct sb_node *node, const struct sb_erased *e, uint16_t by)
{
    struct sb_time time = {0};
    (void)sb_turn_found(node, sb_store_find_receipt(node->o.store, e->origin, &e->event, by, &time,
                                                    node->turn.err));
    return time;
}

bool sb_erasure_entitles(struct sb_node *node, uint16_t origin, const struct sb_uuid *event,
                         const struct sb_org *org, struct sb_record *r)
{
    bool entitled = false;
    for (unsigned nth = 0;
         !entitled && sb_turn_found(node, sb_store_find_id(node->o.store, origin, event, nth, r,
                                                           node->turn.err));
         nth++) {
        entitled = sb_link_entitles(&r->item.link, org);
    }
    return entitled;
}

void sb_erasure_comes_late(struct sb_node *node, uint16_t origin, const struct sb_uuid *event)
{
    sb_store_confirm_again(node->turn.txn, origin, event);
    node->erasing.look_ms = node->turn.now.mono_ms;
}

/* `id` of what is found: what one under embargo was kept in stands for it, where it was never
 * published: for us alone. */
static bool find_event(struct sb_node *node, const struct sb_erased *e, struct sb_record *r,
                       struct sb_uuid *id)
{
    const struct sb_uuid hold = sb_embargo_hold_id(&e->event);
    *id = e->event;
    if (sb_turn_found(node, sb_store_find_id(node->o.store, e->origin, id, 0, r, node->turn.err))) {
        return true;
    }
    bool kept = e->origin == 0 && sb_turn_found(node, sb_store_find_id(node->o.store, 0, &hold, 0,
                                                                       r, node->turn.err));
    *id = kept ? hold : *id;
    return kept;
}

bool sb_erasure_is_of_hold(struct sb_node *node, const struct sb_erased *e, struct sb_record *r)
{
    struct sb_erasure_said said;
    return e->origin == 0 && !sb_uuid_is_zero(&e->by) &&
           sb_turn_found(node, sb_store_find_id(node->o.store, 0, &e->by, 0, r, node->turn.err)) &&
           r->item.salt != NULL && sb_erasure_read(&said, r->item.body) &&
           !sb_uuid_eq(&said.event, &e->event);
}

static uint16_t number_of(const struct sb_node *node, size_t i)
{
    return i == 0 ? 0 : node->partner_numbers[i - 1];
}

/* Who may have had an event of this id that counts: we, and then the partners. Of what is not here
 * it is not known who is entitled: then everybody may. */
static void find_holders(struct sb_node *node, const struct sb_erased *e, struct sb_record *r,
                         struct sb_uuid *id, bool may[static SB_ORIGINS_MAX])
{
    bool here = find_event(node, e, r, id);
    for (size_t i = 0; i <= node->o.n_partners; i++) {
        may[i] = !here;
    }
    for (unsigned nth = 0;
         here && sb_turn_found(
                     node, sb_store_find_id(node->o.store, e->origin, id, nth, r, node->turn.err));
         nth++) {
        for (size_t i = 0; sb_rekeyed_shows(node, r) && i <= node->o.n_partners; i++) {
            may[i] |= sb_link_entitles(&r->item.link, &node->orgs[number_of(node, i)]);
        }
    }
}

static bool list_holders(struct sb_node *node, const struct sb_erased *e, struct sb_record *r,
                         struct sb_erasure *out)
{
    struct sb_erased asked = {.origin = e->origin};
    bool may[SB_ORIGINS_MAX];
    find_holders(node, e, r, &asked.event, may);
    out->holders = sb_arena_alloc(&node->arena, (node->o.n_partners + 1) * sizeof *out->holders);
    if (out->holders == NULL) {
        return false;
    }
    for (size_t i = 0; i <= node->o.n_partners; i++) {
        uint16_t number = number_of(node, i);
        if (may[i]) {
            out->holders[out->n_holders++] =
                (struct sb_erasure_holder){node->orgs[number], receipt_of(node, &asked, number)};
        }
    }
    return true;
}

static bool fill(struct sb_node *node, const struct sb_erased *e, struct sb_record *r,
                 struct sb_erasure *out)
{
    memset(out, 0, sizeof *out);
    out->origin = node->orgs[e->origin];
    out->id = e->event;
    out->erasure = e->by;
    out->since = e->since;
    out->in_files = e->state == SB_ERASING_IN_FILES;
    out->ground = (const char *)sb_arena_copy(&node->arena, e->ground.p, e->ground.n).p;
    bool erased = !sb_uuid_is_zero(&e->by);
    return out->ground != NULL && (!erased || list_holders(node, e, r, out));
}

static void list(struct sb_node *node, uint16_t origin, struct sb_uuid event, struct sb_erasures *m)
{
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_erased e;
    while (r != NULL && m->n_items < SB_ERASURES_MAX) {
        if (!sb_turn_found(
                node, sb_store_next_erased(node->o.store, origin, &event, &e, node->turn.err))) {
            m->end = true;
            return;
        }
        bool folded = sb_erasure_is_of_hold(node, &e, r); /* no line of its own */
        if (e.origin >= node->n_origins || (!folded && !fill(node, &e, r, &m->items[m->n_items]))) {
            break;
        }
        m->n_items += !folded;
        origin = e.origin;
        event = e.event;
    }
    m->next = write_place(node, origin, &event);
}

void sb_erasure_answer(struct sb_node *node, uint32_t session, uint32_t request,
                       struct sb_bytes from)
{
    struct sb_message m = {.type = SB_MSG_ERASURES, .request = request};
    struct sb_route route = {SB_ROUTE_SESSION, session};
    struct sb_uuid event;
    uint16_t origin;
    if (!read_place(from, &origin, &event)) {
        sb_outbox_refuse(node, route, request, SB_CODE_MALFORMED,
                         "not a place at which an answer of this daemon ended");
        return;
    }
    m.erasures.items = sb_arena_alloc(&node->arena, SB_ERASURES_MAX * sizeof *m.erasures.items);
    if (m.erasures.items == NULL) {
        return;
    }
    m.erasures.complete = sb_core_erasures_known(node->core);
    list(node, origin, event, &m.erasures);
    sb_outbox_answer(node, session, &m);
}

/* ---- who should have confirmed by now */

void sb_node_expect_receipts(struct sb_node *node, int64_t within_ms)
{
    node->o.receipts_within_ms = within_ms;
    node->erasing.overdue.look_ms = 0;
}

static bool find_lacking(struct sb_node *node, const struct sb_erased *e, struct sb_record *r,
                         uint16_t *lacks)
{
    struct sb_uuid id;
    bool may[SB_ORIGINS_MAX], lacking = false;
    find_holders(node, e, r, &id, may);
    for (size_t i = 1; i <= node->o.n_partners && !lacking; i++) {
        *lacks = number_of(node, i);
        lacking = may[i] && receipt_of(node, e, *lacks).ms == 0;
    }
    return lacking;
}

static void look_at(struct sb_node *node, const struct sb_erased *e, struct sb_record *r)
{
    struct sb_overdue *o = &node->erasing.overdue;
    uint16_t lacks;
    bool late = e->since.ms + node->o.receipts_within_ms <= node->turn.now.wall.ms;
    if (sb_uuid_is_zero(&e->by) || !late || sb_erasure_is_of_hold(node, e, r) ||
        !find_lacking(node, e, r, &lacks)) {
        return;
    }
    if (o->n++ == 0 || e->since.ms < o->since.ms) {
        o->oldest = e->event;
        o->since = e->since;
        o->lacks = lacks;
    }
}

static void tell_overdue(struct sb_node *node)
{
    struct sb_overdue *o = &node->erasing.overdue;
    char text[SB_NODE_TEXT_MAX] = "every erasure has been confirmed by all who had a copy";
    char id[SB_UUID_TEXT_MAX], since[SB_TIME_TEXT_MAX];
    if (o->n != o->told) {
        o->told = o->n;
        if (o->n > 0) {
            sb_uuid_format(id, &o->oldest);
            sb_time_format(since, o->since);
            snprintf(text, sizeof text,
                     "%llu of our erasures are not confirmed in time; %s has not confirmed that of "
                     "%s since %s: see `samenbus erasures`",
                     (unsigned long long)o->n, node->orgs[o->lacks].s, id, since);
        }
        sb_node_alarm(node, "erasure_overdue", o->n > 0, text);
    }
    o->n = 0;
}

static int64_t look_every(const struct sb_node *node)
{
    int64_t within = node->o.receipts_within_ms;
    int64_t every = within < SB_OVERDUE_LOOK_MS ? within : SB_OVERDUE_LOOK_MS;
    return every > SB_ERASING_LOOK_MS ? every : SB_ERASING_LOOK_MS;
}

void sb_erasure_audit(struct sb_node *node)
{
    struct sb_overdue *o = &node->erasing.overdue;
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_erased e;
    if (node->o.receipts_within_ms == 0) {
        o->n = 0;
        tell_overdue(node);
        return;
    }
    if (r == NULL || node->turn.now.mono_ms < o->look_ms) {
        return;
    }
    for (unsigned i = 0; i < SB_ERASING_SLICE && node->turn.rc == SB_OK; i++) {
        if (!sb_turn_found(node,
                           sb_store_next_erased(node->o.store, 0, &o->event, &e, node->turn.err)) ||
            e.origin != 0) {
            o->event = (struct sb_uuid){{0}};
            o->look_ms = node->turn.now.mono_ms + look_every(node);
            tell_overdue(node);
            return;
        }
        look_at(node, &e, r);
        o->event = e.event;
    }
}
