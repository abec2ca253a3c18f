/* A partner played by a test: GM0384, which brings a history that the test has made. */
#ifndef SB_TEST_NODE_HISTORY_H
#define SB_TEST_NODE_HISTORY_H

#include "proto/rekey.h"
#include "tests/unit/proto/history.h"
#include "tests/unit/shell/node_talk.h"

enum { WORLD_PARTNER = 1 };

static inline void world_give_body(struct sb_item *item, struct sb_bytes body)
{
    item->body = body;
    item->link.body_len = (uint32_t)body.n;
    item->link.commitment = sb_commitment(item->salt, body);
}

/* An epoch under its pinned key. What is changed in it takes a history_relink. */
static inline void world_history_of(struct history *h, size_t events, size_t per_checkpoint,
                                    size_t parents)
{
    const struct history_plan plan = {
        .events = events, .per_checkpoint = per_checkpoint, .payload = 10};
    history_init(h, &plan);
    h->seed = world_seed("GM0384");
    h->start.sign_key = sb_sign_public_of(&h->seed);
    h->start.n_parents = parents;
    struct sb_bytes start = sb_epoch_start_build(&h->start, (struct sb_time){5}, &h->arena);
    world_give_body(&h->events.items[0], start);
    h->events.epoch.tag = sb_epoch_tag(start);
    for (size_t i = 0; i < plan.events; i++) {
        h->events.items[i].link.epoch = h->events.epoch;
    }
    history_relink(h, 0);
}

static inline void world_hello(struct node_world *w)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello.partnership = sb_partnership_hash("duoplus");
    m.hello.organisation = world_org("GM0384");
    m.hello.boot_nonce.b[0] = m.hello.store_id.b[0] = 1;
    world_say(w, WORLD_PARTNER, &m);
}

/* Its parent is known to nobody. */
static inline void world_history(struct history *h, size_t events, size_t per_checkpoint)
{
    world_history_of(h, events, per_checkpoint, 1);
}

/* Somebody shows the tip, and is asked for what is below it. */
static inline void world_show_as(struct node_world *w, const struct history *h, uint64_t counter,
                                 struct sb_org who)
{
    const struct sb_events *e = &h->events;
    struct sb_head head = {e->epoch, e->checkpoints[e->n_checkpoints - 1], {e->n_items}};
    struct sb_origin_heads origin = {.origin = e->origin, .heads = &head, .n_heads = 1};
    struct sb_message m = {.type = SB_MSG_FRONTIER}, heard;
    m.frontier.node = who;
    m.frontier.boot_nonce.b[0] = m.frontier.store_id.b[0] = 1;
    m.frontier.counter = counter;
    m.frontier.full = true;
    m.frontier.origins = &origin;
    m.frontier.n_origins = 1;
    world_say(w, WORLD_PARTNER, &m);
    assert_true(world_heard(w, SB_MSG_WANT, 0, &heard));
    assert_true(heard.want.tip_seq.n == e->n_items);
}

/* Its owner does. */
static inline void world_show(struct node_world *w, const struct history *h, uint64_t counter)
{
    world_show_as(w, h, counter, h->events.origin);
}

/* What was just asked for, from this item on; it ends with a checkpoint. */
static inline void world_answer(struct node_world *w, const struct history *h, size_t first,
                                size_t n)
{
    struct sb_message heard, m = {.type = SB_MSG_EVENTS, .events = h->events};
    size_t from = 0, end = 0;
    assert_true(world_heard(w, SB_MSG_WANT, 0, &heard));
    while (h->events.checkpoints[from].seq.n <= first) {
        from++;
    }
    for (end = from; end < h->events.n_checkpoints && h->events.checkpoints[end].seq.n <= first + n;
         end++) {
    }
    m.request = heard.request;
    m.events.items += first;
    m.events.n_items = n;
    m.events.checkpoints += from;
    m.events.n_checkpoints = end - from;
    m.events.last = first + n == h->events.n_items;
    world_say(w, WORLD_PARTNER, &m);
}

/* The daemon begins again with the partner's announcement: its key is `anew`, and of what the one
 * before signed what `tip` names counts. The node borrows *out, and that the tip. */
static inline void world_announce(struct node_world *w, const struct history *h,
                                  const struct sb_sign_seed *anew, struct sb_rekey_tip *tip,
                                  struct sb_rekey *out)
{
    const struct world_keys keys = {.partner = anew, .rekeys = out, .n_rekeys = 1};
    *out = (struct sb_rekey){.organisation = h->events.origin,
                             .old_key = sb_sign_public_of(&h->seed),
                             .sign_key = sb_sign_public_of(anew),
                             .tips = tip,
                             .n_tips = 1};
    world_stop(w);
    world_start(w, "GM0437", "GM0384", 0, &keys);
    world_turn(w, NULL, 0);
}

#endif
