/* ERASE: see inbox_erase.h. Whether something may be erased is found here and decided by the core;
 * each item is answered by its own event. */
#include "daemon/shell/inbox_erase.h"

#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/rekeyed.h"
#include "proto/text.h"

static void fail_item(struct sb_node *node, struct sb_in_erase *e, enum sb_code code,
                      const struct sb_erase_item *item, const char *what)
{
    char text[SB_TITLE_MAX], id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &item->id);
    int n = snprintf(text, sizeof text, "%s/%s %s", item->origin.s, id, what);
    e->verdict = code;
    e->text = (const char *)sb_arena_copy(&node->arena, text, (size_t)n).p;
}

/* Was it asked for before? Then its Erasure is the answer: not one that a thief of our key signed
 * in vain, of which nobody else hears. */
static void find_erasure(struct sb_node *node, struct sb_in_erase *e,
                         const struct sb_erase_item *item)
{
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    if (sb_erasure_in_round(node, 0, &item->id)) {
        e->state = SB_ERASE_STAGED;
    } else if (r != NULL && sb_erasure_has(node, 0, &item->id) &&
               sb_erasure_find_by(node, 0, &item->id, r)) {
        e->state = SB_ERASE_AGAIN;
        e->known_epoch = r->item.link.epoch;
        e->known_seq = r->item.link.seq;
    }
}

static void judge_item(struct sb_node *node, const struct sb_erase *erase,
                       const struct sb_erase_item *item, struct sb_in_erase *e)
{
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_bytes ground = {(const uint8_t *)erase->ground, strlen(erase->ground)};
    if (!sb_text_acceptable(ground, false)) {
        fail_item(node, e, SB_CODE_INVALID_BODY, item,
                  "needs a ground on one line, without control characters");
        return;
    }
    if (!sb_org_eq(&item->origin, &node->o.organisation)) {
        fail_item(node, e, SB_CODE_NOT_ERASABLE, item,
                  "is another organisation's: only its origin has it erased, so ask them to");
        return;
    }
    find_erasure(node, e, item);
    if (e->state != SB_ERASE_NEW) {
        return;
    }
    bool here = r != NULL && sb_rekeyed_find_id(node, 0, &item->id, 0, r);
    if (!here && !sb_embargo_holds(node, &item->id)) {
        fail_item(node, e, SB_CODE_UNKNOWN_EVENT, item,
                  "is not known here: compare it with what `samenbus tail` prints");
    } else if (here && r->item.link.kind == SB_KIND_SYSTEM) {
        fail_item(node, e, SB_CODE_NOT_ERASABLE, item,
                  "is one of the bus itself, which has no content and stays: name an event that "
                  "a client published");
    }
}

/* True: it is to be given again in the next turn. */
static bool step_item(struct sb_node *node, const struct sb_inbound *in, size_t i)
{
    const struct sb_erase *erase = &in->m->erase;
    const struct sb_erase_item *item = &erase->items[i];
    struct sb_step step = {.in.type = SB_IN_ERASE};
    struct sb_in_erase *e = &step.in.erase;
    struct sb_word *word = sb_erasure_new_word(node, &step, SB_WORD_ERASURE);
    if (word == NULL) {
        return false;
    }
    e->client = in->client;
    e->session = in->net->session;
    e->request = in->m->request;
    e->index = (uint32_t)i;
    judge_item(node, erase, item, e);
    word->erasure = (struct sb_erasure_said){
        item->origin, item->id, {(const uint8_t *)erase->ground, strlen(erase->ground)}};
    struct sb_bytes body = sb_erasure_build(&word->erasure, node->turn.now.wall, &node->arena);
    if (!sb_erasure_make_event(node, &step, word, body, &e->said)) {
        return false;
    }
    node->turn.urgent = true;
    sb_turn_step(node, &step);
    node->turn.urgent = false;
    if (step.refused && !node->clients[in->client].admin) {
        sb_people_deny(node, in->net->identity, "erase", "denied: clients.admin is not set");
    }
    return step.deferred;
}

static void remember(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_turn *turn = &node->turn;
    if (!sb_turn_grow(&turn->erasing, &turn->cap_erasing, turn->n_erasing, sizeof *turn->erasing)) {
        sb_turn_fail(node, SB_E_NOMEM, "erase");
        return;
    }
    turn->erasing[turn->n_erasing++] = *in;
}

static void refuse_for_room(struct sb_node *node, const struct sb_inbound *in, uint32_t item)
{
    struct sb_effect fx = {.type = SB_FX_REFUSE, .ack.code = SB_CODE_UNKNOWN_OUTCOME};
    fx.ack.session = in->net->session;
    fx.ack.request = in->m->request;
    fx.ack.index = item;
    fx.ack.text = "too much is waiting here; ask again";
    sb_outbox_keep(node, &fx, NULL, 0);
}

/* One that is given again answers all its items again; a client passes over what it has heard. What
 * does not go into this commit goes into the next ones. */
void sb_inbox_erase(struct sb_node *node, const struct sb_inbound *in)
{
    size_t n = in->m->erase.n_items, n_again = 0;
    uint32_t *again = sb_arena_alloc(&node->arena, (n + 1) * sizeof *again);
    if (again == NULL) {
        sb_turn_fail(node, SB_E_NOMEM, "erase");
        return;
    }
    for (uint32_t i = 0; i < n && node->turn.rc == SB_OK; i++) {
        bool none_left = sb_erasure_left(node) == 0;
        if (none_left) {
            sb_erasure_put_off(node);
        }
        if (none_left || step_item(node, in, i)) {
            again[n_again++] = i;
        }
    }
    if (n_again == 0 || !sb_held_keep_message(node, in->net)) {
        for (size_t i = 0; i < n_again; i++) {
            refuse_for_room(node, in, again[i]);
        }
        remember(node, in);
    }
}

void sb_inbox_erase_again(struct sb_node *node)
{
    for (size_t i = 0; i < node->turn.n_erasing; i++) {
        const struct sb_inbound *in = &node->turn.erasing[i];
        bool kept = sb_held_keep_message(node, in->net);
        for (uint32_t item = 0; !kept && item < in->m->erase.n_items; item++) {
            refuse_for_room(node, in, item);
        }
    }
    node->turn.n_erasing = 0;
}
