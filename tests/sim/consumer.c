/* A consumer with a cursor. It counts what it is given: in order within an epoch, nothing twice
 * after a durable acknowledgement, nothing left out (I6). */
#include "tests/sim/consumer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/named.h"
#include "tests/sim/net.h"
#include "tests/sim/truth.h"

enum { CREDIT = 40, STREAM = 1 << 20 /* the request of the first SUBSCRIBE */ };

struct sim_consumer *sim_consumer_new(bool named)
{
    struct sim_consumer *c = calloc(1, sizeof *c);
    struct sim_named *by_name = calloc(1, sizeof *by_name);
    assert(c != NULL && by_name != NULL);
    c->named = by_name;
    by_name->on = named;
    sim_map_init(&c->index, sizeof(struct sb_hash));
    return c;
}

void sim_consumer_free(struct sim_consumer *c)
{
    if (c != NULL) {
        sim_map_fini(&c->index);
        free(c->tips);
        free(c->saved);
        free(c->seen);
        sim_named_fini(c->named);
        free(c->named);
        free(c);
    }
}

void sim_consumer_send(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_bytes frame = sb_wire_encode(m, arena);
    assert(frame.p != NULL);
    struct sim_consumer *c = h->consumer;
    int64_t at_ms = w->now_ms + 1 + sim_below(&w->random, 3);
    c->last_ms = at_ms > c->last_ms ? at_ms : c->last_ms;
    sim_net_message(w, h->index, SB_NET_REQUEST, SB_IDENTITY_CLIENT + 1, c->session, c->session,
                    (struct sb_bytes){0}, frame, -1, c->last_ms - w->now_ms);
    sim_arena_return(w, arena);
}

uint32_t sim_consumer_request(const struct sim_consumer *c)
{
    return STREAM + c->subscription;
}

void sim_consumer_forget(struct sim_consumer *c)
{
    c->n_tips = c->n_saved = c->n_seen = c->n_durable = 0;
    sim_map_clear(&c->index);
}

void sim_consumer_stream(struct sim_world *w, struct sim_host *h, const char *name)
{
    struct sim_consumer *c = h->consumer;
    c->subscription++;
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = sim_consumer_request(c)};
    m.subscribe = (struct sb_subscribe){.subscription = c->subscription,
                                        .cursor = c->tips,
                                        .n_cursor = c->named->on ? 0 : c->n_tips,
                                        .follow = true,
                                        .system = true,
                                        .credit = CREDIT,
                                        .consumer = name};
    m.subscribe.from_offset.n = c->n_tips == 0 && !c->named->on ? 1 : 0;
    c->uncredited = 0;
    c->fed = c->owed = false;
    c->named->begun_seen = c->named->acked_seen;
    sim_consumer_send(w, h, &m);
}

void sim_consumer_subscribe(struct sim_world *w, struct sim_host *h)
{
    if (h->consumer->named->on) {
        sim_named_begin(w, h);
    } else {
        sim_consumer_stream(w, h, "");
    }
}

void sim_consumer_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    struct sim_consumer *c = h->consumer;
    for (size_t i = 0; m->type == SB_MSG_DELIVER && i < m->deliver.n_items; i++) {
        struct sb_hash hash = sb_link_hash(&m->deliver.items[i].item.link);
        sim_announced_given(w, h, &hash);
    }
    if (m->type == SB_MSG_DELIVER && h->reader_barred) {
        sim_violate(w, "rights", "%s delivers to who may not read any more", h->org.s);
    }
    c->fed |= m->type == SB_MSG_DELIVER && m->deliver.subscription == c->subscription;
    if (m->type == SB_MSG_REFUSAL && m->request == sim_consumer_request(c)) {
        c->fed = c->owed = false; /* its stream is over */
    }
}

void sim_consumer_check(struct sim_world *w, const struct sim_host *h)
{
    if (h->consumer->owed && h->consumer->session != 0) {
        sim_violate(w, "rights", "%s ends a stream without a word", h->org.s);
    }
}

static void grow(struct sim_consumer *c)
{
    if (c->n_tips == c->cap) {
        c->cap = c->cap == 0 ? 32 : 2 * c->cap;
        c->tips = realloc(c->tips, c->cap * sizeof *c->tips);
        c->saved = realloc(c->saved, c->cap * sizeof *c->saved);
    }
    if (c->n_seen == c->cap_seen) {
        c->cap_seen = c->cap_seen == 0 ? 256 : 2 * c->cap_seen;
        c->seen = realloc(c->seen, c->cap_seen * sizeof *c->seen);
    }
    assert(c->tips != NULL && c->saved != NULL && c->seen != NULL);
}

/* The tip that this link follows moves up; otherwise a new one begins. */
static void advance(struct sim_consumer *c, const struct sb_link *link, const struct sb_hash *hash)
{
    grow(c);
    struct sb_tip tip = {link->origin, link->epoch, link->seq, *hash, false};
    for (size_t i = 0; i < c->n_tips; i++) {
        if (sb_hash_eq(&c->tips[i].hash, &link->prev)) {
            c->tips[i] = tip;
            return;
        }
    }
    c->tips[c->n_tips++] = tip;
}

static void take(struct sim_world *w, struct sim_host *h, const struct sb_delivered *d)
{
    struct sim_consumer *c = h->consumer;
    const struct sb_link *link = &d->item.link;
    struct sb_hash hash = sb_link_hash(link);
    const uint32_t *seen = sim_map_get(&c->index, &hash);
    int origin = sim_host_of(w, &link->origin);
    bool liar = origin < 0 || w->hosts[origin].villain || w->truth->forked_origin[origin];
    bool again = seen != NULL && (!c->named->on || *seen <= c->named->begun_seen);
    if (again && !liar) {
        sim_violate(w, "I6", "%s delivers %s seq %llu twice", h->org.s, link->origin.s,
                    (unsigned long long)link->seq.n);
    }
    if (link->seq.n > 1 && sim_map_get(&c->index, &link->prev) == NULL) {
        sim_violate(w, "I6", "%s delivers %s seq %llu before the one below it", h->org.s,
                    link->origin.s, (unsigned long long)link->seq.n);
    }
    if (d->state == SB_BODY_MISSING) {
        sim_violate(w, "I6", "%s delivers a missing body to who did not ask for stubs", h->org.s);
    }
    if (sim_truth_find(w->truth, &hash) == NULL) {
        sim_violate(w, "I4", "%s delivers what %s never made", h->org.s, link->origin.s);
    }
    if (seen == NULL) {
        advance(c, link, &hash);
        grow(c);
        c->seen[c->n_seen++] = hash;
        *sim_map_put(&c->index, &hash) = (uint32_t)c->n_seen;
    }
}

void sim_consumer_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    struct sim_consumer *c = h->consumer;
    if (c->named->on) {
        sim_named_hear(w, h, m);
    }
    if (m->type != SB_MSG_DELIVER || m->deliver.subscription != c->subscription ||
        c->named->paused) {
        return;
    }
    for (size_t i = 0; i < m->deliver.n_items && w->violation[0] == '\0'; i++) {
        take(w, h, &m->deliver.items[i]);
        c->uncredited++;
    }
    if (c->uncredited > CREDIT / 2) {
        struct sb_message credit = {.type = SB_MSG_CREDIT, .request = 1};
        credit.credit = (struct sb_credit){c->subscription, c->uncredited};
        c->uncredited = 0;
        sim_consumer_send(w, h, &credit);
    }
}

bool sim_consumer_awaits_end(const struct sim_host *h)
{
    return h->consumer->named->anew && !h->consumer->named->paused;
}

static void save(struct sim_consumer *c)
{
    grow(c);
    memcpy(c->saved, c->tips, c->n_tips * sizeof *c->tips);
    c->n_saved = c->n_tips;
    c->n_durable = c->n_seen;
}

static void say_goodbye(struct sim_world *w, struct sim_host *h, uint32_t subscription)
{
    struct sb_message m = {.type = SB_MSG_UNSUBSCRIBE, .request = 1};
    m.credit = (struct sb_credit){subscription, 0};
    sim_consumer_send(w, h, &m);
}

/* It dies and comes back with what it had made durable. It says good-bye to its stream before, or
 * after it has begun the next, or never. */
static void crash(struct sim_world *w, struct sim_host *h)
{
    struct sim_consumer *c = h->consumer;
    const uint32_t ended = c->subscription;
    const bool before = sim_chance(&w->random, 30), after = sim_chance(&w->random, 30);
    if (before) {
        say_goodbye(w, h, ended);
    }
    grow(c);
    memcpy(c->tips, c->saved, c->n_saved * sizeof *c->tips);
    c->n_tips = c->n_saved;
    c->n_seen = c->n_durable;
    sim_map_clear(&c->index);
    for (size_t i = 0; i < c->n_seen; i++) {
        *sim_map_put(&c->index, &c->seen[i]) = (uint32_t)i + 1;
    }
    if (sim_chance(&w->random, 50)) {
        c->session = ++h->n_sessions;
    }
    sim_consumer_subscribe(w, h);
    if (after && c->subscription != ended) {
        say_goodbye(w, h, ended);
    }
}

void sim_consumer_begin_anew(struct sim_world *w, struct sim_host *h)
{
    struct sim_consumer *c = h->consumer;
    sim_consumer_forget(c);
    c->session = ++h->n_sessions;
    sim_consumer_subscribe(w, h);
}

void sim_consumer_act(struct sim_world *w, struct sim_host *h)
{
    struct sim_consumer *c = h->consumer;
    if (c->session == 0) {
        return;
    }
    if (sim_chance(&w->random, 60)) {
        save(c);
        if (c->named->on) {
            sim_named_acknowledge(w, h);
        }
    } else if (c->named->on && sim_chance(&w->random, 30)) {
        sim_named_ramble(w, h);
    } else if (sim_chance(&w->random, 15) && !w->healed) {
        crash(w, h);
    }
}

bool sim_consumer_has(const struct sim_world *w, const struct sim_host *h, int origin,
                      const struct sb_uuid *id)
{
    for (uint32_t i = 0; i < w->truth->n; i++) {
        const struct sim_said *s = &w->truth->said[i];
        if (s->origin == origin && sb_uuid_eq(&s->id, id) &&
            sim_map_get(&h->consumer->index, &s->hash) != NULL) {
            return true;
        }
    }
    return false;
}

/* Is something below it in its epoch still missing here? Then it waits, and other epochs go on. */
static bool waits(const struct sim_world *w, const struct sim_host *h, const struct sim_said *s)
{
    while (s != NULL) {
        const uint32_t *state = sim_map_get(&h->mirror->held, &s->hash);
        if (state == NULL || *state == SB_BODY_MISSING) {
            return true;
        }
        s = s->seq.n == 1 ? NULL : sim_truth_find(w->truth, &s->prev);
    }
    return false;
}

/* I6: at the end it has had everything that its node holds and may deliver. */
void sim_consumer_check_end(struct sim_world *w, const struct sim_host *h)
{
    const struct sim_consumer *c = h->consumer;
    if (c->named->on) {
        sim_named_check_end(w, h);
    }
    for (uint32_t i = 0; i < w->truth->n; i++) {
        const struct sim_said *s = &w->truth->said[i];
        bool liar = w->hosts[s->origin].villain || w->hosts[s->origin].disk_lost ||
                    w->hosts[s->origin].rolled_back;
        if (!liar && sim_map_get(&c->index, &s->hash) == NULL && !waits(w, h, s)) {
            sim_violate(w, "I6", "the consumer of %s never got %s seq %llu", h->org.s,
                        w->hosts[s->origin].org.s, (unsigned long long)s->seq.n);
            return;
        }
    }
}
