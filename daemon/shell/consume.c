/* CONSUME, SUBSCRIBE with a name, and questions after consumers: see consumers.h. Whether a client
 * may have consumers at all is the core's to judge; whose a consumer is, and what its cursor
 * becomes, is found here. */
#include <stdio.h>
#include <string.h>

#include "daemon/core/cursor.h"
#include "daemon/shell/consumers.h"
#include "daemon/shell/filter.h"
#include "daemon/shell/inbox.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "proto/suggest.h"

/* A CONSUME being judged. */
struct wish {
    const struct sb_consume *consume;
    uint16_t client;
    uint32_t session;
    struct sb_in_consume *in;
    struct sb_consumer next; /* as it shall be */
    bool removes, anew;
};

static const char *words(struct sb_node *node, const char *text)
{
    const char *p = (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
    return p == NULL ? "" : p;
}

static const char *say_unknown(struct sb_node *node, const char *name)
{
    char text[2 * SB_NODE_TEXT_MAX];
    struct sb_suggestion near = {.word = name, .n = strlen(name)};
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        const struct sb_consumer *c = sb_consumers_at(node, i);
        if (c != NULL) {
            sb_suggest_offer(&near, c->name);
        }
    }
    (void)snprintf(text, sizeof text, "there is no consumer %s here%s%s%s", name,
                   near.best != NULL ? "; did you mean " : "", near.best != NULL ? near.best : "",
                   near.best != NULL ? "?" : "; `samenbus consumer add` makes one");
    return words(node, text);
}

static const char *say_owner(struct sb_node *node, const struct sb_consumer *c)
{
    char text[2 * SB_NODE_TEXT_MAX];
    (void)snprintf(text, sizeof text,
                   "consumer %s is of client %s: use that client's key, or one with `admin: true`",
                   c->name, c->client);
    return words(node, text);
}

static bool is_owner(const struct sb_node *node, uint16_t client, const struct sb_consumer *c)
{
    return node->clients[client].admin || strcmp(c->client, node->o.clients[client].name) == 0;
}

static bool fail(struct wish *w, enum sb_code code, const char *text)
{
    w->in->verdict = code;
    w->in->text = text;
    return false;
}

/* ---- filters */

static bool has_topic(const struct sb_consumer *c, const char *topic)
{
    for (size_t i = 0; i < c->n_topics; i++) {
        if (strcmp(c->topics[i], topic) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_origin(const struct sb_consumer *c, const struct sb_org *origin)
{
    for (size_t i = 0; i < c->n_origins; i++) {
        if (sb_org_eq(&c->origins[i], origin)) {
            return true;
        }
    }
    return false;
}

static bool same_filters(const struct sb_consumer *c, const char *const *topics, size_t n_topics,
                         const struct sb_org *origins, size_t n_origins)
{
    bool same = c->n_topics == n_topics && c->n_origins == n_origins;
    for (size_t i = 0; same && i < n_topics; i++) {
        same = has_topic(c, topics[i]);
    }
    for (size_t i = 0; same && i < n_origins; i++) {
        same = has_origin(c, &origins[i]);
    }
    return same;
}

/* ---- cursors */

static bool begin_cursor(struct sb_node *node, struct sb_cursor_tips *out,
                         const struct sb_consumer *before, size_t more)
{
    *out = (struct sb_cursor_tips){.find = sb_filter_find_link, .context = node};
    out->cap = before->n_cursor + more + 1;
    out->tips = sb_arena_alloc(&node->arena, out->cap * sizeof *out->tips);
    if (out->tips == NULL) {
        return false;
    }
    if (before->n_cursor > 0) {
        memcpy(out->tips, before->cursor, before->n_cursor * sizeof *out->tips);
    }
    out->n = before->n_cursor;
    return true;
}

/* Every tip looks up those of its epoch, of which there is mostly one. */
static bool take_cursor(struct sb_node *node, struct wish *w, bool *changed)
{
    struct sb_cursor_tips cursor;
    const struct sb_consume *consume = w->consume;
    if (node->turn.searched + 2 * consume->n_cursor > SB_NODE_SEARCH_MAX) {
        return fail(w, SB_CODE_TOO_LARGE, "too much is being looked up just now: send it again");
    }
    if (!begin_cursor(node, &cursor, &w->next, consume->n_cursor)) {
        return fail(w, SB_CODE_TOO_LARGE, "there is no room for it now: send it again");
    }
    for (size_t i = 0; i < consume->n_cursor; i++) {
        *changed |= sb_core_cursor_take(node->core, &cursor, &consume->cursor[i]);
    }
    w->next.cursor = cursor.tips;
    w->next.n_cursor = cursor.n;
    return true;
}

/* Of one chain: what was committed before `end` and has its body, without a gap. */
static bool tip_before(struct sb_node *node, const struct sb_chain_info *info, struct sb_offset end,
                       struct sb_tip *out)
{
    struct sb_record record;
    struct sb_place place = {info->origin, info->branch, info->epoch, {0}};
    uint64_t low = info->base.n, high = info->bodies.n + 1; /* the first seq not before `end` */
    while (low < high) {
        place.seq.n = low + (high - low) / 2;
        node->turn.searched++;
        bool found =
            sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err));
        if (found && record.offset.n < end.n) {
            low = place.seq.n + 1;
        } else {
            high = place.seq.n;
        }
    }
    place.seq.n = low - 1;
    if (low <= info->base.n ||
        !sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err))) {
        return false;
    }
    *out = (struct sb_tip){.origin = node->orgs[info->origin],
                           .epoch = info->epoch,
                           .seq = place.seq,
                           .hash = sb_link_hash(&record.item.link)};
    return true;
}

static bool begin_at_offset(struct sb_node *node, struct wish *w, struct sb_offset at)
{
    struct sb_cursor_tips cursor;
    struct sb_consumer none = {.name = ""};
    if (!begin_cursor(node, &cursor, &none, sb_core_chain_count(node->core))) {
        return fail(w, SB_CODE_TOO_LARGE, "there is no room for it now: send it again");
    }
    for (size_t o = 0; o < node->n_origins; o++) {
        struct sb_chain_info info;
        struct sb_tip tip;
        uint32_t next = 0;
        while (sb_core_next_chain(node->core, (uint16_t)o, &next, &info)) {
            if (node->turn.searched >= SB_NODE_SEARCH_MAX) {
                return fail(w, SB_CODE_TOO_LARGE,
                            "the history has too many epochs to look a time up: begin it with the "
                            "cursor of another consumer, or at the beginning");
            }
            if (tip_before(node, &info, at, &tip)) {
                (void)sb_core_cursor_take(node->core, &cursor, &tip);
            }
        }
    }
    w->next.cursor = cursor.tips;
    w->next.n_cursor = cursor.n;
    return true;
}

/* ADD and RESET: where it begins. */
static bool begin(struct sb_node *node, struct wish *w)
{
    const struct sb_consume *c = w->consume;
    struct sb_offset at = {0}, by_class[SB_CLASS_COUNT];
    bool changed = false;
    w->anew = true;
    w->next.cursor = NULL;
    w->next.n_cursor = 0;
    w->next.position.n = 0;
    w->next.acked = node->turn.now.wall;
    if (c->n_cursor > 0) {
        return take_cursor(node, w, &changed);
    }
    if (c->since.ms != 0) {
        return sb_turn_found(node, sb_store_since(node->o.store, c->since, &at, node->turn.err)) &&
               begin_at_offset(node, w, at);
    }
    if (c->live_only) {
        sb_core_offsets(node->core, &at, by_class);
        at.n++;
        return begin_at_offset(node, w, at);
    }
    return true;
}

/* ---- the four actions. False: refused. */

static bool add(struct sb_node *node, struct wish *w, const struct sb_consumer *now)
{
    const struct sb_consume *c = w->consume;
    if (now != NULL) {
        bool same = is_owner(node, w->client, now) && now->system == c->system &&
                    same_filters(now, c->topics, c->n_topics, c->origins, c->n_origins);
        w->in->changes = false;
        return same ||
               fail(w, SB_CODE_CONSUMER_CONFLICT, sb_code_sentence(SB_CODE_CONSUMER_CONFLICT));
    }
    if (!sb_consumers_free_slot(node, &w->in->slot) ||
        node->consumers.bytes >= SB_CONSUMERS_BYTES_MAX) {
        return fail(w, SB_CODE_TOO_LARGE,
                    "this daemon keeps as many consumers as it can: remove one, `samenbus consumer "
                    "ls` lists them");
    }
    w->next = (struct sb_consumer){.name = c->name,
                                   .client = node->o.clients[w->client].name,
                                   .topics = c->topics,
                                   .n_topics = c->n_topics,
                                   .origins = c->origins,
                                   .n_origins = c->n_origins,
                                   .system = c->system,
                                   .created = node->turn.now.wall};
    return begin(node, w);
}

static bool acknowledge(struct sb_node *node, struct wish *w)
{
    bool changed = false;
    if (sb_consumer_readers_outdated(node, w->session, w->in->slot)) {
        return fail(w, SB_CODE_BEGUN_ANEW,
                    "the consumer was begun anew since this was given: nothing was acknowledged");
    }
    if (node->consumers.bytes >= SB_CONSUMERS_BYTES_MAX) {
        return fail(w, SB_CODE_TOO_LARGE, "the cursors of all consumers are too large: remove one");
    }
    if (!take_cursor(node, w, &changed)) {
        return false;
    }
    w->in->changes = changed;
    w->next.acked = node->turn.now.wall;
    const struct sb_consumer_slot *slot = &node->consumers.slots[w->in->slot];
    struct sb_offset next = slot->watch.next;
    if (next.n > w->next.position.n && !(slot->touched && slot->anew)) { /* not of the one before */
        w->next.position = next;
    }
    return true;
}

static bool act(struct sb_node *node, struct wish *w)
{
    const struct sb_consume *c = w->consume;
    const struct sb_consumer *now = NULL;
    w->in->changes = true;
    if (sb_consumers_find(node, c->name, &w->in->slot)) {
        now = sb_consumers_at(node, w->in->slot);
        w->next = *now;
    }
    if (c->action == SB_CONSUME_ADD) {
        return add(node, w, now);
    }
    if (now == NULL && c->action == SB_CONSUME_REMOVE) {
        w->in->slot = SB_CONSUMERS_MAX;
        w->in->changes = false;
        return true;
    }
    if (now == NULL) {
        return fail(w, SB_CODE_UNKNOWN_CONSUMER, say_unknown(node, c->name));
    }
    if (!is_owner(node, w->client, now)) {
        return fail(w, SB_CODE_NOT_ALLOWED, say_owner(node, now));
    }
    if (c->action == SB_CONSUME_REMOVE) {
        w->removes = true;
        return true;
    }
    return c->action == SB_CONSUME_ACK ? acknowledge(node, w) : begin(node, w);
}

/* While only what has the reserve is tried it would fail, and with it what is beside it. */
static bool has_no_room(struct sb_node *node, const struct wish *w)
{
    return w->in->verdict == SB_CODE_OK && w->in->changes && !w->removes &&
           sb_core_waits_for_room(node->core) && sb_consumers_grows(node, w->in->slot, &w->next);
}

static void remember(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_turn *turn = &node->turn;
    if (!sb_turn_grow(&turn->consuming, &turn->cap_consuming, turn->n_consuming,
                      sizeof *turn->consuming)) {
        sb_turn_fail(node, SB_E_NOMEM, "change a consumer");
        return;
    }
    turn->consuming[turn->n_consuming++] = *in;
}

void sb_inbox_consume(struct sb_node *node, const struct sb_inbound *in)
{
    struct sb_step step = {.in.type = SB_IN_CONSUME};
    struct wish w = {.consume = &in->m->consume,
                     .client = in->client,
                     .session = in->net->session,
                     .in = &step.in.consume};
    w.in->client = in->client;
    w.in->session = in->net->session;
    w.in->request = in->m->request;
    w.in->slot = SB_CONSUMERS_MAX;
    w.in->text = "";
    if (!act(node, &w) && sb_consumers_changes(node, w.consume->name) &&
        sb_held_keep_message(node, in->net)) {
        return; /* refused for what may yet be taken back: judged again in the next turn */
    }
    if (has_no_room(node, &w)) {
        (void)fail(&w, SB_CODE_STORE_FULL,
                   "the store is full: nothing of this was kept, send it again later");
    }
    step.consumer = w.removes ? NULL : &w.next;
    step.anew = w.anew;
    remember(node, in);
    sb_turn_step(node, &step);
}

bool sb_consume_again(struct sb_node *node, const struct sb_effect *fx)
{
    for (size_t i = 0; i < node->turn.n_consuming; i++) {
        struct sb_inbound *in = &node->turn.consuming[i];
        if (in->net != NULL && in->net->session == fx->consume.session &&
            in->m->request == fx->consume.request) {
            const struct sb_net_message *net = in->net;
            in->net = NULL; /* a client may use a number twice */
            return sb_held_put_back(node, net);
        }
    }
    return false;
}

/* ---- SUBSCRIBE */

static bool refuse_reader(struct sb_node *node, const struct sb_inbound *in, enum sb_code code,
                          const char *text)
{
    sb_last_word_say(node, in->net->session, in->m->request, code, text);
    return false;
}

/* Nobody reads, or is told, what a commit that fails may take back: it is asked in the next turn,
 * before anything else is. True: not now. */
static bool is_put_off(struct sb_node *node, const struct sb_inbound *in, const char *name)
{
    if (!sb_consumers_changes(node, name)) {
        return false;
    }
    if (!sb_held_keep_message(node, in->net)) {
        (void)refuse_reader(node, in, SB_CODE_TOO_LARGE,
                            "it is just being changed, and too much waits for that: ask again");
    }
    return true;
}

static bool may_filter(const struct sb_consumer *c, const struct sb_subscribe *s)
{
    bool silent = s->n_topics == 0 && s->n_origins == 0 && !s->system;
    return !s->stubs &&
           (silent || (s->system == c->system &&
                       same_filters(c, s->topics, s->n_topics, s->origins, s->n_origins)));
}

bool sb_consume_subscribe(struct sb_node *node, const struct sb_inbound *in)
{
    uint16_t slot;
    struct sb_subscribe *s = &in->m->subscribe;
    if (s->consumer[0] == '\0' || !node->clients[in->client].subscribe) {
        return true; /* without the right to subscribe the core refuses it */
    }
    if (is_put_off(node, in, s->consumer)) {
        return false;
    }
    if (!sb_consumers_find(node, s->consumer, &slot)) {
        return refuse_reader(node, in, SB_CODE_UNKNOWN_CONSUMER, say_unknown(node, s->consumer));
    }
    const struct sb_consumer *c = sb_consumers_at(node, slot);
    if (!is_owner(node, in->client, c)) {
        return refuse_reader(node, in, SB_CODE_NOT_ALLOWED, say_owner(node, c));
    }
    if (!may_filter(c, s)) {
        return refuse_reader(node, in, SB_CODE_CONSUMER_CONFLICT,
                             "a stream of a consumer has the filters that it was added with, "
                             "and no stubs: leave them out");
    }
    if (!sb_consumer_readers_note(node, in->net->session, slot)) {
        return refuse_reader(node, in, SB_CODE_TOO_LARGE,
                             "there is no memory for this subscription now: try again later");
    }
    s->topics = c->topics;
    s->n_topics = c->n_topics;
    s->origins = c->origins;
    s->n_origins = c->n_origins;
    s->system = c->system;
    if (s->n_cursor == 0 && s->from_offset.n == 0 && s->since.ms == 0 && !s->live_only) {
        s->cursor = c->cursor;
        s->n_cursor = c->n_cursor;
    }
    return true;
}

/* ---- answers */

static void tell(const struct sb_node *node, uint16_t slot, struct sb_consumer *out)
{
    *out = *sb_consumers_at(node, slot);
    sb_consumer_watch_tell(node, slot, out);
}

void sb_consume_answer(struct sb_node *node, const struct sb_effect *fx)
{
    struct sb_consumer item;
    struct sb_message m = {.type = SB_MSG_CONSUMERS, .request = fx->consume.request};
    if (fx->consume.code != SB_CODE_OK) {
        struct sb_route route = {SB_ROUTE_SESSION, fx->consume.session};
        sb_outbox_refuse(node, route, fx->consume.request, fx->consume.code, fx->consume.text);
        return;
    }
    if (fx->consume.slot < SB_CONSUMERS_MAX && sb_consumers_at(node, fx->consume.slot) != NULL) {
        tell(node, fx->consume.slot, &item);
        item.n_cursor = 0;
        m.consumers = (struct sb_consumers){&item, 1};
    }
    sb_outbox_answer(node, fx->consume.session, &m);
}

void sb_consume_list(struct sb_node *node, const struct sb_inbound *in)
{
    const char *name = in->m->query.consumer;
    struct sb_message m = {.type = SB_MSG_CONSUMERS, .request = in->m->request};
    struct sb_consumer *items = sb_arena_alloc(&node->arena, SB_CONSUMERS_MAX * sizeof *items);
    uint16_t wanted = SB_CONSUMERS_MAX;
    if (items == NULL || is_put_off(node, in, name)) {
        return;
    }
    if (name[0] != '\0' && !sb_consumers_find(node, name, &wanted)) {
        (void)refuse_reader(node, in, SB_CODE_UNKNOWN_CONSUMER, say_unknown(node, name));
        return;
    }
    sb_consumer_watch_look(node);
    m.consumers.items = items;
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        if (sb_consumers_at(node, i) == NULL || (name[0] != '\0' && i != wanted)) {
            continue;
        }
        struct sb_consumer *item = &items[m.consumers.n_items++];
        tell(node, i, item);
        item->n_cursor = name[0] == '\0' ? 0 : item->n_cursor;
    }
    sb_outbox_answer(node, in->net->session, &m);
}
