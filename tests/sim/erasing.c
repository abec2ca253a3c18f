/* Erasures in a world; see erasing.h. */
#include "tests/sim/erasing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/erasing.h"
#include "proto/erasure.h"
#include "tests/sim/announced.h"
#include "tests/sim/net.h"
#include "tests/sim/truth.h"

enum {
    ASKED_MAX = 10,
    RETRY_MS = 2500,
    PATIENCE_MS = 20000, /* after the faults; what is asked later need not be done at the end */
    NO_ANSWER = -1
};

struct asked {
    int client, origin; /* hosts */
    struct sb_uuid id;
    char text[48];
    uint32_t request;
    int64_t at_ms;
    int code;       /* enum sb_code, or NO_ANSWER */
    uint32_t knows; /* bits of hosts that have ever recorded it */
};

struct sim_erasing {
    struct asked all[ASKED_MAX];
    size_t n;
    int64_t healed_ms; /* when that was noticed; 0: not yet */
};

struct sim_erasing *sim_erasing_new(void)
{
    struct sim_erasing *e = calloc(1, sizeof *e);
    assert(e != NULL);
    return e;
}

void sim_erasing_free(struct sim_erasing *e)
{
    free(e);
}

/* ---- asking */

static void send(struct sim_world *w, struct sim_host *h, struct asked *a)
{
    struct sb_arena arena;
    struct sb_erase_item item = {w->hosts[a->origin].org, a->id};
    struct sb_message m = {.type = SB_MSG_ERASE};
    if (h->publisher->session == 0) {
        return;
    }
    m.request = a->request = SIM_ERASE + ++h->publisher->next_request;
    m.erase = (struct sb_erase){"AVG", &item, 1};
    a->at_ms = w->now_ms;
    sb_arena_init(&arena, 64 * 1024);
    struct sb_bytes frame = sb_wire_encode(&m, &arena);
    assert(frame.p != NULL);
    (void)sim_ledger_ask(w, &h->publisher->ledger, m.request, 1);
    sim_net_message(w, h->index, SB_NET_REQUEST, SB_IDENTITY_CLIENT, h->publisher->session,
                    h->publisher->session, (struct sb_bytes){0}, frame, -1,
                    1 + sim_below(&w->random, 3));
    sb_arena_fini(&arena);
}

static struct asked *find(struct sim_erasing *e, int client, const char *text)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->all[i].client == client && strcmp(e->all[i].text, text) == 0) {
            return &e->all[i];
        }
    }
    return NULL;
}

bool sim_erasing_room(const struct sim_world *w)
{
    return w->erasing->n < ASKED_MAX && w->erasing->healed_ms == 0;
}

void sim_erasing_ask(struct sim_world *w, struct sim_host *h, const struct sim_host *origin,
                     const char *text)
{
    struct sim_erasing *e = w->erasing;
    struct asked *a = find(e, h->index, text);
    if (a == NULL) {
        assert(e->n < ASKED_MAX);
        a = &e->all[e->n++];
        *a = (struct asked){.client = h->index, .origin = origin->index, .code = NO_ANSWER};
        a->id = sim_publisher_id(origin, text);
        (void)snprintf(a->text, sizeof a->text, "%s", text);
    }
    send(w, h, a);
}

/* Only what its origin has acknowledged is asked to be erased; now and then of somebody else. */
static void ask_new(struct sim_world *w, struct sim_host *h)
{
    bool other = sim_chance(&w->random, 20);
    const struct sim_host *origin =
        other ? &w->hosts[sim_below(&w->random, (uint32_t)w->n_hosts)] : h;
    if (origin->villain || origin->twin || origin->publisher == NULL || origin->publisher->n == 0) {
        return;
    }
    const struct sim_item *item =
        &origin->publisher->items[sim_below(&w->random, (uint32_t)origin->publisher->n)];
    bool fit = item->state == SIM_ACKED && !item->wrong && strncmp(item->text, "event ", 6) == 0;
    if (fit && w->erasing->n < ASKED_MAX && find(w->erasing, h->index, item->text) == NULL) {
        struct asked *a = &w->erasing->all[w->erasing->n++];
        *a = (struct asked){h->index, origin->index, item->id, "", 0, 0, NO_ANSWER, 0};
        (void)snprintf(a->text, sizeof a->text, "%s", item->text);
        send(w, h, a);
    }
}

static bool is_over(struct sim_world *w)
{
    struct sim_erasing *e = w->erasing;
    if (w->healed && e->healed_ms == 0) {
        e->healed_ms = w->now_ms;
    }
    return w->healed && w->now_ms - e->healed_ms > PATIENCE_MS;
}

void sim_erasing_act(struct sim_world *w, struct sim_host *h)
{
    if (w->seed % 2 != 1 || h->twin || h->publisher->session == 0 || is_over(w)) {
        return;
    }
    for (size_t i = 0; i < w->erasing->n; i++) {
        struct asked *a = &w->erasing->all[i];
        bool late = a->code == NO_ANSWER && w->now_ms - a->at_ms > RETRY_MS;
        if (a->client == h->index &&
            (late || (a->code == SB_CODE_OK && sim_chance(&w->random, 2)))) {
            send(w, h, a);
            return;
        }
    }
    if (!w->healed && sim_chance(&w->random, 8)) {
        ask_new(w, h);
    }
}

int sim_erasing_code(const struct sim_world *w, const struct sim_host *h, const char *text)
{
    const struct asked *a = find(w->erasing, h->index, text);
    return a == NULL ? NO_ANSWER : a->code;
}

/* ---- what the node answers */

static bool is_recorded(const struct sim_world *w, const struct sim_host *h, const struct asked *a)
{
    struct sb_erased erased;
    return sb_store_find_erased(h->store, sim_number(h, a->origin), &a->id, &erased, NULL) ==
               SB_OK &&
           !sb_uuid_is_zero(&erased.by) && w != NULL;
}

static bool is_passing(int code)
{
    return code == SB_CODE_RECOVERING || code == SB_CODE_STORE_FULL ||
           code == SB_CODE_SHUTTING_DOWN;
}

/* Anything can be lost on the way but the decision itself. */
void sim_erasing_answered(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    for (size_t i = 0; i < w->erasing->n && m->results.n_items > 0; i++) {
        struct asked *a = &w->erasing->all[i];
        int code = (int)m->results.items[0].code;
        if (a->client != h->index || a->request != m->request) {
            continue;
        }
        bool own = sb_org_eq(&w->hosts[a->origin].org, &h->org);
        (void)sb_store_refresh(h->store, NULL);
        if (code == SB_CODE_OK && (!own || !is_recorded(w, h, a))) {
            sim_violate(w, "I10", "%s says that \"%s\" is erased, and has not recorded it",
                        h->org.s, a->text);
        }
        if (!own && !is_passing(code) && code != SB_CODE_NOT_ERASABLE) {
            sim_violate(w, "I10", "%s answers %s for an event of somebody else", h->org.s,
                        sb_code_name((enum sb_code)code));
        }
        if (own && code == SB_CODE_UNKNOWN_EVENT && !h->disk_lost && !h->rolled_back) {
            sim_violate(w, "I10", "%s does not know its own \"%s\"", h->org.s, a->text);
        }
        a->code = is_passing(code) ? a->code : code;
    }
}

/* ---- what becomes of it */

static struct sb_bytes needle_of(const struct asked *a)
{
    return (struct sb_bytes){(const uint8_t *)a->text, strlen(a->text)};
}

/* Who confirms has no byte of it. */
void sim_erasing_committed(struct sim_world *w, struct sim_host *h, const struct sb_record *r)
{
    struct sb_receipt_said said;
    if (r->item.link.kind != SB_KIND_SYSTEM || r->item.salt == NULL ||
        !sb_org_eq(&r->item.link.origin, &h->org) || h->rolled_back || h->disk_lost || h->twin ||
        !sb_receipt_read(&said, r->item.body)) {
        return;
    }
    for (size_t i = 0; i < w->erasing->n; i++) {
        const struct asked *a = &w->erasing->all[i];
        if (sb_uuid_eq(&a->id, &said.event) && sb_org_eq(&w->hosts[a->origin].org, &said.origin) &&
            (a->knows >> h->index & 1) != 0 && sb_disk_contains(h->disk, needle_of(a))) {
            sim_violate(w, "I10", "%s confirms that \"%s\" is gone, and its disk has it", h->org.s,
                        a->text);
        }
    }
}

/* Nothing of it leaves a host that has recorded it; nor one that was set back behind that, before
 * it has asked. */
void sim_erasing_left(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame)
{
    for (size_t i = 0; i < w->erasing->n && w->violation[0] == '\0'; i++) {
        const struct asked *a = &w->erasing->all[i];
        bool asks = !sb_core_erasures_known(sb_node_core(h->node)) &&
                    w->now_ms < h->started_ms + SB_RECOVERY_MS && h->disk_lost == false;
        bool bound = is_recorded(w, h, a) || ((a->knows >> h->index & 1) != 0 && asks);
        if (bound && frame.n > 0 && memmem(frame.p, frame.n, a->text, strlen(a->text)) != NULL) {
            sim_violate(w, "I10", "%s gives \"%s\" away, which has been erased", h->org.s, a->text);
        }
    }
}

static bool has_copy(const struct sim_host *h, const struct asked *a)
{
    struct sb_record *r = malloc(sizeof *r);
    bool has = false;
    assert(r != NULL);
    for (unsigned nth = 0; !has && sb_store_find_id(h->store, sim_number(h, a->origin), &a->id, nth,
                                                    r, NULL) == SB_OK;
         nth++) {
        has = r->state == SB_BODY_PRESENT || r->item.salt != NULL;
    }
    free(r);
    return has;
}

/* Nobody but its origin has an event erased. */
static void check_right(struct sim_world *w, const struct sim_host *h)
{
    struct sb_erased e = {.origin = 0};
    struct sb_record *r = malloc(sizeof *r);
    assert(r != NULL);
    while (w->violation[0] == '\0' &&
           sb_store_next_erased(h->store, e.origin, &e.event, &e, NULL) == SB_OK) {
        if (!sb_uuid_is_zero(&e.by) &&
            sb_store_find_id(h->store, e.origin, &e.by, 0, r, NULL) != SB_OK) {
            sim_violate(w, "I10", "%s erases what its origin never asked for", h->org.s);
        }
    }
    free(r);
}

void sim_erasing_turn(struct sim_world *w, struct sim_host *h)
{
    check_right(w, h);
    if (sb_core_settling(sb_node_core(h->node)) && h->paused_until_ms < h->started_ms &&
        w->now_ms - h->started_ms > SB_RECOVERY_MS + 1000) {
        sim_violate(w, "I13", "%s shows nothing to anybody for %lld ms", h->org.s,
                    (long long)(w->now_ms - h->started_ms));
    }
    for (size_t i = 0; i < w->erasing->n; i++) {
        struct asked *a = &w->erasing->all[i];
        if (!is_recorded(w, h, a)) {
            continue;
        }
        a->knows |= 1u << h->index;
        /* a thief asks for it too, in what he signs with its key */
        if (a->client != a->origin && a->code == SB_CODE_NOT_ERASABLE &&
            find(w->erasing, a->origin, a->text) == NULL &&
            sim_announced_of(w, a->origin) == NULL) {
            sim_violate(w, "I10", "%s erases \"%s\", which its origin never asked for", h->org.s,
                        a->text);
        }
        if (has_copy(h, a)) {
            sim_violate(w, "I10", "%s has recorded that \"%s\" is erased, and holds it", h->org.s,
                        a->text);
        }
    }
}

/* Not what a replaced key said alone: what that had erased stays so where it is, and nobody else
 * hears of it; nor what nobody can tell of, for the end that was announced is nowhere. */
static bool is_shown(const struct sim_world *w, const struct sim_host *h, const struct sb_record *r)
{
    struct sb_hash hash = sb_link_hash(&r->item.link);
    const struct sim_said *said = sim_truth_find(w->truth, &hash);
    return sim_announced_may_show(w, h, &hash) &&
           (said == NULL || !sim_announced_is_cut_off(w, said));
}

static bool is_still_said(const struct sim_world *w, const struct sim_host *h,
                          const struct asked *a)
{
    struct sb_record *r = malloc(sizeof *r);
    struct sb_erased erased;
    bool said = true;
    assert(r != NULL);
    if (sb_store_find_erased(h->store, sim_number(h, a->origin), &a->id, &erased, NULL) == SB_OK &&
        sb_store_find_id(h->store, erased.origin, &erased.by, 0, r, NULL) == SB_OK) {
        said = is_shown(w, h, r);
    }
    free(r);
    return said;
}

static bool anybody_knows(const struct sim_world *w, const struct asked *a)
{
    for (int i = 0; i < w->n_hosts; i++) {
        const struct sim_host *h = &w->hosts[i];
        if (h->node != NULL && sim_quota(w, h) > UINT32_MAX && is_recorded(w, h, a) &&
            is_still_said(w, h, a)) {
            return true;
        }
    }
    return false;
}

/* The faults have gone, and time enough has passed for everybody. */
void sim_erasing_check_end(struct sim_world *w, const struct sim_host *h)
{
    struct sb_time time;
    (void)sb_store_refresh(h->store, NULL);
    for (size_t i = 0; i < w->erasing->n && w->violation[0] == '\0'; i++) {
        const struct asked *a = &w->erasing->all[i];
        if (!anybody_knows(w, a)) {
            continue;
        }
        if (!is_recorded(w, h, a)) {
            sim_violate(w, "I7", "%s does not know that \"%s\" is erased", h->org.s, a->text);
        } else if (sb_disk_contains(h->disk, needle_of(a))) {
            sim_violate(w, "I10", "the disk of %s has \"%s\" still", h->org.s, a->text);
        }
        for (int k = 0; k < w->n_hosts; k++) {
            const struct sim_host *other = &w->hosts[k];
            struct sb_record *r = malloc(sizeof *r);
            bool due =
                r != NULL && !other->villain && !other->twin && sim_quota(w, other) > UINT32_MAX &&
                sb_store_find_id(h->store, sim_number(h, a->origin), &a->id, 0, r, NULL) == SB_OK &&
                sb_link_entitles(&r->item.link, &other->org) && is_shown(w, h, r);
            uint16_t by = sb_org_eq(&other->org, &h->org) ? 0 : sim_number(h, k);
            if (due && sb_store_find_receipt(h->store, sim_number(h, a->origin), &a->id, by, &time,
                                             NULL) != SB_OK) {
                sim_violate(w, "I7", "%s has no receipt of %s for \"%s\"", h->org.s, other->org.s,
                            a->text);
            }
            free(r);
        }
    }
}
