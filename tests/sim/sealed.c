/* Embargoes in a world; see sealed.h. */
#include "tests/sim/sealed.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/embargo.h"
#include "proto/pb_writer.h"
#include "tests/sim/erasing.h"
#include "tests/sim/net.h"

enum {
    SEALED_MAX = 8,
    SHORTEST_MS = 3000,
    LONGEST_MS = 25000,
    RETRY_MS = 2500,
    STEADY_MS = 10000, /* PROTOCOL §15.2 */
    JUMP_MS = 1000,    /* a clock that is moved by less has not been moved */
    PATIENCE_MS = 15000,
    BODY_MAX = 512,
    AGENDA_KIND_ITEM = 2,
    DISCLOSURE_EMBARGOED = 4,
    NO_ANSWER = -1
};

struct item {
    int host;
    struct sb_uuid id;
    char text[48];
    uint32_t audience; /* bits of hosts; 0: all */
    int64_t until_ms;  /* by the host's wall clock */
    uint32_t request;
    int64_t at_ms;
    int code; /* enum sb_code, or NO_ANSWER */
    bool opened, promised;
};

struct sim_sealed {
    struct item all[SEALED_MAX];
    size_t n;
    int64_t moved_ms[SIM_NODES_MAX + 1]; /* each host's wall clock, or its daemon began */
};

struct sim_sealed *sim_sealed_new(void)
{
    struct sim_sealed *s = calloc(1, sizeof *s);
    assert(s != NULL);
    return s;
}

void sim_sealed_free(struct sim_sealed *s)
{
    free(s);
}

/* ---- publishing */

static void put_text(struct sb_pb_writer *to, uint32_t field, const char *text)
{
    sb_pb_put_bytes(to, field, text, strlen(text));
}

static struct sb_bytes make_body(const struct item *i, struct sb_arena *arena)
{
    char id[SB_UUID_TEXT_MAX], until[SB_TIME_TEXT_MAX];
    uint8_t *bytes = sb_arena_alloc(arena, 2 * BODY_MAX);
    assert(bytes != NULL);
    struct sb_pb_writer c = {.p = bytes}, b = {.p = bytes + BODY_MAX};
    sb_uuid_format(id, &i->id);
    sb_time_format(until, (struct sb_time){i->until_ms});
    put_text(&c, 1, id);
    sb_pb_put_uint(&c, 2, AGENDA_KIND_ITEM);
    put_text(&c, 3, i->text);
    sb_pb_put_uint(&c, 14, DISCLOSURE_EMBARGOED);
    put_text(&c, 15, until);
    put_text(&b, 1, "agenda/sim");
    sb_pb_put_bytes(&b, SB_CONTENT_AGENDA_ITEM, bytes, c.n);
    assert(c.n <= BODY_MAX && b.n <= BODY_MAX);
    return (struct sb_bytes){bytes + BODY_MAX, b.n};
}

static void send(struct sim_world *w, struct sim_host *h, struct item *i)
{
    struct sb_arena *arena = sim_arena_lend(w);
    struct sb_org orgs[SIM_NODES_MAX];
    size_t n = 0;
    for (int k = 0; k < w->n_hosts; k++) {
        if ((i->audience >> k & 1) != 0) {
            orgs[n++] = w->hosts[k].org;
        }
    }
    struct sb_submission item = {
        i->id, {orgs, sb_audience_normalise(orgs, n)}, make_body(i, arena)};
    struct sb_message m = {.type = SB_MSG_PUBLISH};
    m.request = i->request = SIM_SEALED + ++h->publisher->next_request;
    m.publish = (struct sb_publish){.timeout_ms = SIM_TIMEOUT_MS, .items = &item, .n_items = 1};
    i->at_ms = w->now_ms;
    struct sb_bytes frame = sb_wire_encode(&m, arena);
    assert(frame.p != NULL);
    (void)sim_ledger_ask(w, &h->publisher->ledger, m.request, 1);
    sim_net_message(w, h->index, SB_NET_REQUEST, SB_IDENTITY_CLIENT, h->publisher->session,
                    h->publisher->session, (struct sb_bytes){0}, frame, -1,
                    1 + sim_below(&w->random, 3));
    sim_arena_return(w, arena);
}

static struct item *find(struct sim_sealed *s, int host, const char *text)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->all[i].host == host && strcmp(s->all[i].text, text) == 0) {
            return &s->all[i];
        }
    }
    return NULL;
}

void sim_sealed_say(struct sim_world *w, struct sim_host *h, const char *text, uint32_t audience,
                    int64_t for_ms)
{
    struct sim_sealed *s = w->sealed;
    struct item *i = find(s, h->index, text);
    if (i == NULL) {
        assert(s->n < SEALED_MAX);
        i = &s->all[s->n++];
        *i = (struct item){.host = h->index,
                           .id = sim_publisher_id(h, text),
                           .audience = audience,
                           .until_ms = sim_now(w, h).wall.ms + for_ms,
                           .code = NO_ANSWER};
        (void)snprintf(i->text, sizeof i->text, "%s", text);
    }
    if (h->publisher->session != 0) {
        send(w, h, i);
    }
}

struct sb_bytes sim_sealed_hold(struct sim_world *w, const struct sim_host *h, const char *text,
                                int64_t for_ms, struct sb_arena *arena)
{
    const struct sb_now now = sim_now(w, h);
    struct item i = {.id = sim_publisher_id(h, text), .until_ms = now.wall.ms + for_ms};
    (void)snprintf(i.text, sizeof i.text, "%s", text);
    const struct sb_embargo e = {
        .until = {i.until_ms}, .id = i.id, .submission = make_body(&i, arena)};
    return sb_body_seal(sb_embargo_hold(&e, arena), now.wall, "", arena);
}

static void say_new(struct sim_world *w, struct sim_host *h)
{
    char text[48];
    uint32_t everybody = (1u << w->n_hosts) - 1, audience = 0;
    if (w->sealed->n == SEALED_MAX) {
        return;
    }
    if (sim_chance(&w->random, 50)) {
        audience = (sim_below(&w->random, everybody) + 1) | 1u << h->index;
    }
    (void)snprintf(text, sizeof text, "sealed %zu of %s", w->sealed->n, h->org.s);
    sim_sealed_say(w, h, text, audience,
                   SHORTEST_MS + sim_below(&w->random, LONGEST_MS - SHORTEST_MS));
}

/* No second instances: each has a clock of its own. */
void sim_sealed_act(struct sim_world *w, struct sim_host *h)
{
    if (w->seed % 3 != 1 || w->seed % 16 == 2 || h->twin || h->publisher->session == 0) {
        return;
    }
    for (size_t k = 0; k < w->sealed->n; k++) {
        struct item *i = &w->sealed->all[k];
        bool late = i->code == NO_ANSWER && w->now_ms - i->at_ms > RETRY_MS;
        bool again = i->code == SB_CODE_OK && sim_chance(&w->random, 1);
        if (i->host == h->index && (late || again)) {
            send(w, h, i);
            return;
        }
        if (i->host == h->index && i->promised && w->seed % 2 == 1 && !w->healed &&
            sim_chance(&w->random, 2) && sim_erasing_room(w)) {
            sim_erasing_ask(w, h, h, i->text);
            return;
        }
    }
    if (!w->healed && sim_chance(&w->random, 6)) {
        say_new(w, h);
    }
}

int sim_sealed_code(const struct sim_world *w, const struct sim_host *h, const char *text)
{
    const struct item *i = find(w->sealed, h->index, text);
    return i == NULL ? NO_ANSWER : i->code;
}

/* ---- what the node answers */

static bool forgot(const struct sim_host *h)
{
    return h->disk_lost || h->rolled_back;
}

static bool is_stored(const struct sim_host *h, const struct sb_uuid *id)
{
    struct sb_record *r = malloc(sizeof *r);
    assert(r != NULL);
    (void)sb_store_refresh(h->store, NULL);
    bool stored = sb_store_find_id(h->store, 0, id, 0, r, NULL) == SB_OK;
    free(r);
    return stored;
}

void sim_sealed_answered(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    for (size_t k = 0; k < w->sealed->n && m->results.n_items > 0; k++) {
        struct item *i = &w->sealed->all[k];
        enum sb_code code = m->results.items[0].code;
        if (i->host != h->index || i->request != m->request) {
            continue;
        }
        const struct sb_uuid hold = sb_embargo_hold_id(&i->id);
        if (code == SB_CODE_OK && !is_stored(h, &hold)) {
            sim_violate(w, "I1", "%s acknowledges \"%s\", under embargo, and does not hold it",
                        h->org.s, i->text);
        }
        i->promised |= code == SB_CODE_OK;
        if (code == SB_CODE_OK || code == SB_CODE_ERASED || code == SB_CODE_INVALID_BODY) {
            i->code = (int)code;
        }
    }
}

/* ---- what becomes of it */

void sim_sealed_clock(struct sim_world *w, struct sim_host *h, int64_t by_ms)
{
    h->wall_shift_ms += by_ms;
    if (by_ms > JUMP_MS || by_ms < -JUMP_MS) {
        w->sealed->moved_ms[h->index] = w->now_ms;
    }
}

static int64_t steady_since(const struct sim_world *w, const struct sim_host *h)
{
    int64_t moved = w->sealed->moved_ms[h->index];
    return moved > h->started_ms ? moved : h->started_ms;
}

static bool is_in_audience(const struct item *i, const struct sim_host *h)
{
    return i->audience == 0 || (i->audience >> h->index & 1) != 0;
}

static bool has_text(const struct item *i, struct sb_bytes frame)
{
    return frame.n > 0 && memmem(frame.p, frame.n, i->text, strlen(i->text)) != NULL;
}

/* The moment in which it is published. What comes back after a disk was lost was published; what is
 * found at a start was committed before the daemon died. */
void sim_sealed_committed(struct sim_world *w, const struct sim_host *h, const struct sb_record *r)
{
    for (size_t k = 0; k < w->sealed->n; k++) {
        struct item *i = &w->sealed->all[k];
        if (i->host != h->index || i->opened || !sb_org_eq(&r->item.link.origin, &h->org) ||
            !sb_uuid_eq(&r->item.link.id, &i->id) ||
            (r->item.salt != NULL && !has_text(i, r->item.body))) {
            continue; /* a thief may use its id, but does not know what it says */
        }
        i->opened = true;
        if (sim_now(w, h).wall.ms < i->until_ms) {
            sim_violate(w, "I9", "%s publishes \"%s\" before its embargo ends", h->org.s, i->text);
        } else if (w->now_ms > h->started_ms && w->now_ms - steady_since(w, h) < STEADY_MS) {
            sim_violate(w, "I9", "%s ends the embargo of \"%s\" by a clock that was just moved",
                        h->org.s, i->text);
        } else if (sim_erasing_code(w, h, i->text) == SB_CODE_OK && !forgot(h)) {
            sim_violate(w, "I10", "%s publishes \"%s\", which has been erased", h->org.s, i->text);
        }
    }
}

void sim_sealed_received(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame)
{
    for (size_t k = 0; k < w->sealed->n; k++) {
        const struct item *i = &w->sealed->all[k];
        if (i->host == h->index || !has_text(i, frame)) {
            continue;
        }
        if (!i->opened) {
            sim_violate(w, "I9", "%s is sent \"%s\" before its embargo ends", h->org.s, i->text);
        } else if (!is_in_audience(i, h)) {
            sim_violate(w, "I9", "%s is sent \"%s\", which was under embargo and is for others",
                        h->org.s, i->text);
        }
    }
}

/* The faults have gone: what was promised has been published, and everybody has what is his. */
void sim_sealed_check_end(struct sim_world *w, const struct sim_host *h)
{
    for (size_t k = 0; k < w->sealed->n && w->violation[0] == '\0'; k++) {
        const struct item *i = &w->sealed->all[k];
        struct sb_bytes text = {(const uint8_t *)i->text, strlen(i->text)};
        const struct sim_host *origin = &w->hosts[i->host];
        bool due = i->promised && !forgot(origin) &&
                   sim_now(w, origin).wall.ms - i->until_ms > PATIENCE_MS &&
                   w->now_ms - steady_since(w, origin) > STEADY_MS + PATIENCE_MS &&
                   sim_erasing_code(w, origin, i->text) == NO_ANSWER;
        if (due && h == origin && !is_stored(h, &i->id)) {
            sim_violate(w, "I7", "%s never published \"%s\" when its embargo had ended", h->org.s,
                        i->text);
        }
        if (h != origin && !is_in_audience(i, h) && sb_disk_contains(h->disk, text)) {
            sim_violate(w, "I9", "the disk of %s has \"%s\", which is for others", h->org.s,
                        i->text);
        }
    }
}
