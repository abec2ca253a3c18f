/* A client that publishes. It retries with the same id until it hears; a tenth of the answers never
 * reach it. Sometimes it errs: another content under a used id, a topic that does not exist. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/pb_writer.h"
#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/erasing.h"
#include "tests/sim/net.h"
#include "tests/sim/sealed.h"
#include "tests/sim/statements.h"
#include "tests/sim/truth.h"

enum {
    STRANGER = 16,           /* bit of an audience: an organisation that nobody knows */
    ITEMS_MAX = 60,          /* per publisher and world */
    TRY_TO_READ = 0x40000000 /* requests beyond this ask for what it has no right to */
};

struct sim_publisher *sim_publisher_new(struct sim_world *w, struct sim_host *h)
{
    (void)w;
    (void)h;
    struct sim_publisher *p = calloc(1, sizeof *p);
    assert(p != NULL);
    return p;
}

static struct sim_item *add_item(struct sim_world *w, struct sim_host *h)
{
    struct sim_publisher *p = h->publisher;
    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? 16 : 2 * p->cap;
        p->items = realloc(p->items, p->cap * sizeof *p->items);
        assert(p->items != NULL);
    }
    struct sim_item *item = &p->items[p->n++];
    memset(item, 0, sizeof *item);
    uint8_t random[10];
    sim_fill(&w->random, random, sizeof random);
    item->id = sb_uuid_v7(sim_now(w, h).wall, random);
    return item;
}

/* A Body with a custom event whose data is the text, and the canary where it is restricted. */
static struct sb_bytes make_body(const struct sim_item *item, struct sb_arena *arena)
{
    enum { LARGE = 60000 };
    size_t n = strlen(item->text), cap = item->large ? LARGE : 0;
    uint8_t *data = sb_arena_alloc(arena, 3 * (cap + 256));
    assert(data != NULL);
    struct sb_pb_writer custom = {.p = data + cap + 256}, body = {.p = custom.p + cap + 256};
    const char *topic = item->text[0] == '!' ? item->text + 1 : "custom/sim"; /* none, or not its */
    memcpy(data, item->text, n);
    if (item->audience != 0) {
        memcpy(data + n, SIM_CANARY, sizeof SIM_CANARY - 1);
        n += sizeof SIM_CANARY - 1;
        data[n++] = (uint8_t)((item->audience & 0x1f) | 0x40);
        data[n++] = (uint8_t)((item->audience >> 5 & 0x1f) | 0x40);
    }
    for (; n < cap; n++) {
        data[n] = (uint8_t)n;
    }
    sb_pb_put_bytes(&custom, 1, "text/plain", 10);
    sb_pb_put_bytes(&custom, 2, data, n);
    sb_pb_put_bytes(&body, 1, topic, strlen(topic));
    sb_pb_put_bytes(&body, SB_CONTENT_CUSTOM, custom.p, custom.n);
    return (struct sb_bytes){body.p, body.n};
}

static struct sb_audience audience_of(const struct sim_world *w, const struct sim_item *item,
                                      struct sb_arena *arena)
{
    struct sb_org *orgs = sb_arena_alloc(arena, (SIM_NODES_MAX + 1) * sizeof *orgs);
    size_t n = 0;
    assert(orgs != NULL);
    for (int i = 0; i < w->n_hosts; i++) {
        if (item->audience >> i & 1) {
            orgs[n++] = w->hosts[i].org;
        }
    }
    if (item->audience >> STRANGER & 1) {
        (void)sb_org_parse(&orgs[n++], "GM9999", 6);
    }
    return (struct sb_audience){orgs, sb_audience_normalise(orgs, n)};
}

static void send_items(struct sim_world *w, struct sim_host *h, struct sim_item **items, size_t n)
{
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_submission submissions[8];
    struct sb_message m = {.type = SB_MSG_PUBLISH, .request = ++h->publisher->next_request};
    for (size_t i = 0; i < n; i++) {
        items[i]->unsure |= items[i]->state == SIM_SENT;
        items[i]->state = SIM_SENT;
        items[i]->request = m.request * 8 + (uint32_t)i;
        items[i]->sent_ms = w->now_ms;
        bool says = items[i]->text[0] == '~';
        submissions[i] = (struct sb_submission){
            items[i]->id, audience_of(w, items[i], arena),
            says ? sim_statement_body(w, h, items[i]->text, arena) : make_body(items[i], arena)};
    }
    m.publish = (struct sb_publish){.remote = items[0]->remote,
                                    .timeout_ms = SIM_TIMEOUT_MS,
                                    .items = submissions,
                                    .n_items = n};
    struct sb_bytes frame = sb_wire_encode(&m, arena);
    assert(frame.p != NULL);
    sim_ledger_ask(w, &h->publisher->ledger, m.request, n)->remote = items[0]->remote > 0;
    sim_net_message(w, h->index, SB_NET_REQUEST, SB_IDENTITY_CLIENT, h->publisher->session,
                    h->publisher->session, (struct sb_bytes){0}, frame, -1,
                    1 + sim_below(&w->random, 3));
    sim_arena_return(w, arena);
}

/* The one that has waited longest. */
static struct sim_item *find_late(struct sim_world *w, struct sim_publisher *p)
{
    struct sim_item *late = NULL;
    for (size_t i = 0; i < p->n; i++) {
        struct sim_item *item = &p->items[i];
        if (item->state == SIM_SENT && w->now_ms - item->sent_ms > SIM_RETRY_MS &&
            (late == NULL || item->sent_ms < late->sent_ms)) {
            late = item;
        }
    }
    return late;
}

static struct sim_item *find_text(const struct sim_host *h, const char *text)
{
    for (size_t i = h->publisher->n; i > 0; i--) {
        if (strcmp(h->publisher->items[i - 1].text, text) == 0) {
            return &h->publisher->items[i - 1];
        }
    }
    return NULL;
}

/* A statement about what others see too. NULL: it has been made already. */
static struct sim_item *make_statement(struct sim_world *w, struct sim_host *h)
{
    char text[sizeof(((struct sim_item *)0)->text)];
    sim_statement_choose(w, h, text, sizeof text);
    if (find_text(h, text) != NULL) {
        return NULL;
    }
    struct sim_item *item = add_item(w, h);
    memcpy(item->text, text, sizeof text);
    item->id = sim_publisher_id(h, text);
    return item;
}

static struct sim_item *make_item(struct sim_world *w, struct sim_host *h)
{
    struct sim_item *said = sim_chance(&w->random, 25) ? make_statement(w, h) : NULL;
    if (said != NULL) {
        return said;
    }
    struct sim_item *item = add_item(w, h);
    uint32_t everybody = (1u << w->n_hosts) - 1;
    (void)snprintf(item->text, sizeof item->text, "event %zu of %s", h->publisher->n, h->org.s);
    if (sim_chance(&w->random, w->slow ? 60 : 25)) {
        uint32_t mask = (sim_below(&w->random, everybody) + 1) | 1u << h->index;
        item->audience = sim_with_twins(w, mask);
    }
    if (sim_chance(&w->random, 10)) {
        item->remote = 1 + sim_below(&w->random, 2);
    }
    return item;
}

/* What a client must not do: reuse an id for something else, write to no topic, to one that is not
 * its own, or to somebody whom nobody knows. */
static struct sim_item *make_wrong(struct sim_world *w, struct sim_host *h)
{
    size_t old = sim_below(&w->random, (uint32_t)h->publisher->n);
    uint32_t kind = sim_below(&w->random, 5);
    if (kind > 2 &&
        (h->publisher->items[old].state != SIM_ACKED || h->publisher->items[old].wrong)) {
        return NULL;
    }
    struct sb_uuid id = h->publisher->items[old].id;
    struct sim_item *item = add_item(w, h);
    (void)snprintf(item->text, sizeof item->text, "%s",
                   kind == 0   ? "!no topic"
                   : kind == 1 ? "!custom/other"
                               : "another content");
    item->audience = kind == 2 ? 1u << STRANGER | 1u << h->index : 0;
    item->id = kind > 2 ? id : item->id;
    item->wrong = true;
    return item;
}

/* A burst of large events, more than fit under one checkpoint. */
static void send_burst(struct sim_world *w, struct sim_host *h)
{
    enum { FRAME = 8, FRAMES = 2 };
    struct sim_item *items[FRAME];
    size_t first = h->publisher->n;
    for (size_t i = 0; i < FRAMES * FRAME; i++) {
        struct sim_item *item = add_item(w, h);
        (void)snprintf(item->text, sizeof item->text, "large event %zu", h->publisher->n);
        item->large = true;
    }
    for (size_t f = 0; f < FRAMES; f++) {
        for (size_t i = 0; i < FRAME; i++) {
            items[i] = &h->publisher->items[first + f * FRAME + i];
        }
        send_items(w, h, items, FRAME);
    }
}

/* It has no right to subscribe. */
static void try_to_read(struct sim_world *w, struct sim_host *h)
{
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = TRY_TO_READ};
    m.request += ++h->publisher->next_request;
    sim_ledger_ask(w, &h->publisher->ledger, m.request, 1)->forbidden = true;
    m.subscribe = (struct sb_subscribe){.subscription = 1, .live_only = true, .credit = 1};
    sim_net_message(w, h->index, SB_NET_REQUEST, SB_IDENTITY_CLIENT, h->publisher->session,
                    h->publisher->session, (struct sb_bytes){0}, sb_wire_encode(&m, arena), -1, 1);
    sim_arena_return(w, arena);
}

void sim_publisher_act(struct sim_world *w, struct sim_host *h)
{
    struct sim_publisher *p = h->publisher;
    struct sim_item *items[6];
    size_t n = 0;
    if (p->session == 0) {
        return;
    }
    if (w->seed % 64 == 6 && !w->healed && p->n < 32) {
        send_burst(w, h);
        return;
    }
    struct sim_item *late = find_late(w, p);
    if (late != NULL) {
        items[n++] = late;
    } else if (p->n > 3 && sim_chance(&w->random, 6) && (items[0] = make_wrong(w, h)) != NULL) {
        n = 1;
    } else if (!w->healed && p->n < (w->n_hosts > 4 ? ITEMS_MAX / 3 : ITEMS_MAX)) {
        uint32_t want = sim_chance(&w->random, 30) ? 1 + sim_below(&w->random, 4) : 1;
        size_t first = p->n;
        for (uint32_t i = 0; i < want; i++) {
            (void)make_item(w, h);
        }
        for (uint32_t i = 0; i < want; i++) {
            items[n++] = &p->items[first + i];
            items[i]->remote = items[0]->remote;
        }
        if (sim_chance(&w->random, 8) && n < 6) {
            items[n] = items[n - 1]; /* the same id twice in one frame */
            n++;
        }
    }
    if (n > 0) {
        send_items(w, h, items, n);
    }
    if (sim_chance(&w->random, 1)) {
        try_to_read(w, h);
    }
    sim_erasing_act(w, h);
    sim_sealed_act(w, h);
}

/* I13: nothing but its own disk makes a local publish wait, but for the one bounded wait. */
void sim_publisher_check(struct sim_world *w, struct sim_host *h)
{
    const char *reason = "";
    bool recovering = strcmp(sb_core_state(sb_node_core(h->node), &reason), "recovering") == 0;
    if (recovering && h->paused_until_ms < h->started_ms &&
        w->now_ms - h->started_ms > SB_RECOVERY_MS + 1000) {
        sim_violate(w, "I13", "%s waits for its partners for %lld ms", h->org.s,
                    (long long)(w->now_ms - h->started_ms));
    }
    sim_ledger_check(w, h, &h->publisher->ledger);
}

/* I1: what was acknowledged is here, unless the disk that promised it is gone. */
void sim_publisher_check_end(struct sim_world *w, const struct sim_host *h)
{
    struct sb_record *r = malloc(sizeof *r);
    assert(r != NULL);
    for (size_t i = 0; i < h->publisher->n; i++) {
        const struct sim_item *item = &h->publisher->items[i];
        if (item->told && !item->wrong && !sim_announced_find_id(w, h, &item->id, r)) {
            sim_violate(w, "I1", "%s lost \"%s\"", h->org.s, item->text);
        }
    }
    free(r);
}

/* ---- for scenarios */

struct sb_uuid sim_publisher_id(const struct sim_host *h, const char *text)
{
    struct sb_uuid id = {{0x01, 0x93, 0, 0, 0, 0, 0x70, 0, 0x80}};
    uint64_t hash = 0xcbf29ce484222325u + (uint64_t)h->index;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    }
    memcpy(id.b + 9, &hash, 7);
    return id;
}

void sim_publisher_say(struct sim_world *w, struct sim_host *h, const char *text, uint32_t audience,
                       uint32_t remote)
{
    struct sim_item *item = find_text(h, text);
    if (item == NULL) {
        item = add_item(w, h);
        (void)snprintf(item->text, sizeof item->text, "%s", text);
        item->id = sim_publisher_id(h, text);
        item->audience = audience;
        item->remote = remote;
    }
    if (h->publisher->session != 0) {
        send_items(w, h, &item, 1);
    }
}

void sim_publisher_reuse(struct sim_world *w, struct sim_host *h, const char *text,
                         const char *id_of)
{
    struct sim_item *item = add_item(w, h);
    (void)snprintf(item->text, sizeof item->text, "%s", text);
    item->id = sim_publisher_id(h, id_of);
    item->wrong = true;
    send_items(w, h, &item, 1);
}

void sim_publisher_give_up(struct sim_host *h)
{
    for (size_t i = 0; i < h->publisher->n; i++) {
        struct sim_item *item = &h->publisher->items[i];
        if (item->state == SIM_SENT) {
            item->state = SIM_NEW;
            item->unsure = true;
        }
    }
}

bool sim_publisher_acked(const struct sim_host *h, const char *text)
{
    const struct sim_item *item = find_text(h, text);
    return item != NULL && item->state == SIM_ACKED;
}

int sim_publisher_refused(const struct sim_host *h, const char *text)
{
    const struct sim_item *item = find_text(h, text);
    return item == NULL || item->state == SIM_ACKED ? 0 : (int)item->code;
}
