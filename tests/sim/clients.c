/* Both clients' connections. */
#include "tests/sim/clients.h"

#include <assert.h>
#include <stdlib.h>

#include "tests/sim/named.h"

enum { RETRY_CONNECT_MS = 200 };

enum {
    RATE_PER_HOUR = 3600, /* one a second: less than a publisher wants */
    SIM_BURST_MS = 10000, /* of a rate that may be saved up */
    SIM_HOUR_MS = 3600000,
    SIM_CROWDED_QUOTA = 24 * 1024, /* enough for what an honest one says */
};

uint64_t sim_quota(const struct sim_world *w, const struct sim_host *h)
{
    if (w->quiet || h->index != 0) {
        return (uint64_t)1 << 40;
    }
    return w->villainy.flooded || w->seed % 16 == 3 ? 6 * 1024
           : w->villainy.crowded                    ? SIM_CROWDED_QUOTA
                                                    : (uint64_t)1 << 40;
}

uint64_t sim_rate(const struct sim_world *w, const struct sim_host *h)
{
    bool slow = w->seed % 16 == 9 && !w->quiet && h->index == 0;
    return slow ? RATE_PER_HOUR : 0;
}

/* I12: nobody publishes more than his rate, whatever the clocks and the restarts do: each run of
 * the node gives what may be saved up, and then what time brings. */
void sim_rate_check(struct sim_world *w, struct sim_host *h)
{
    struct sim_publisher *p = h->publisher;
    uint64_t rate = sim_rate(w, h);
    if (p->run_ms != h->started_ms) {
        p->run_ms = h->started_ms;
        p->accepted = 0;
    }
    uint64_t passed = (uint64_t)(w->now_ms - p->run_ms);
    uint64_t most = (passed + SIM_BURST_MS) * rate / SIM_HOUR_MS + 1;
    if (rate > 0 && ++p->accepted > most) {
        sim_violate(w, "I12", "%s takes %llu events of its client in %llu ms, beyond its rate",
                    h->org.s, (unsigned long long)p->accepted, (unsigned long long)passed);
    }
}

void sim_clients_new(struct sim_world *w, struct sim_host *h)
{
    if (h->villain) {
        return;
    }
    h->publisher = sim_publisher_new(w, h);
    h->consumer = sim_consumer_new(!w->quiet && (w->seed + (uint64_t)h->index) % 2 == 0);
    for (int i = 0; i < SIM_CLIENTS && !w->quiet; i++) {
        sim_schedule(w, 10 + sim_below(&w->random, 400), SIM_CLIENT, h->index)->other = i;
    }
}

void sim_clients_free(struct sim_host *h)
{
    if (h->publisher != NULL) {
        sim_ledger_fini(&h->publisher->ledger);
        free(h->publisher->items);
        free(h->publisher);
    }
    sim_consumer_free(h->consumer);
    h->publisher = NULL;
    h->consumer = NULL;
}

void sim_clients_connect(struct sim_world *w, struct sim_host *h)
{
    if (h->publisher != NULL) {
        h->publisher->session = ++h->n_sessions;
        sim_ledger_clear(&h->publisher->ledger);
    }
    if (h->consumer != NULL) {
        h->consumer->session = ++h->n_sessions;
        sim_consumer_subscribe(w, h);
    }
}

void sim_clients_disconnect(struct sim_world *w, struct sim_host *h)
{
    (void)w;
    if (h->publisher != NULL) {
        h->publisher->session = 0;
    }
    if (h->consumer != NULL) {
        h->consumer->session = 0;
        h->consumer->fed = h->consumer->owed = false;
    }
}

void sim_clients_act(struct sim_world *w, struct sim_host *h, int client)
{
    if (client == 0) {
        sim_publisher_act(w, h);
    } else {
        sim_consumer_act(w, h);
    }
    if (!w->quiet) {
        int64_t pause = 20 + sim_below(&w->random, client == 0 ? 400 : 3000);
        sim_schedule(w, pause, SIM_CLIENT, h->index)->other = client;
    }
}

bool sim_clients_own(const struct sim_host *h, uint32_t session)
{
    return (h->publisher != NULL && h->publisher->session == session) ||
           (h->consumer != NULL && h->consumer->session == session);
}

static bool decode(struct sb_message *m, struct sb_arena *arena, struct sb_bytes frame)
{
    char why[SB_LABEL_MAX + 1];
    return sb_wire_decode(m, frame, arena, why) == SB_CODE_OK;
}

void sim_clients_sent(struct sim_world *w, struct sim_host *h, uint32_t session,
                      struct sb_bytes frame)
{
    struct sb_message m;
    struct sb_arena *arena = sim_arena_lend(w);
    if (!decode(&m, arena, frame)) {
        sim_violate(w, "I12", "%s sends its client what cannot be read", h->org.s);
    } else if (h->publisher != NULL && session == h->publisher->session) {
        sim_publisher_sent(w, h, &m);
    } else if (h->consumer != NULL && session == h->consumer->session) {
        sim_consumer_sent(w, h, &m);
        if (h->consumer->named->on) {
            sim_named_sent(w, h, &m);
        }
    }
    sim_arena_return(w, arena);
}

void sim_clients_hear(struct sim_world *w, struct sim_host *h, const struct sim_event *e)
{
    struct sb_message m;
    struct sb_arena *arena = sim_arena_lend(w);
    if (decode(&m, arena, e->message.frame)) {
        if (h->publisher != NULL && e->incarnation == h->publisher->session) {
            sim_publisher_hear(w, h, &m);
        } else if (h->consumer != NULL && e->incarnation == h->consumer->session) {
            sim_consumer_hear(w, h, &m);
        }
    }
    sim_arena_return(w, arena);
}

void sim_clients_check(struct sim_world *w, struct sim_host *h)
{
    if (h->publisher != NULL) {
        sim_publisher_check(w, h);
    }
    if (h->consumer != NULL) {
        sim_consumer_check(w, h);
    }
}

void sim_clients_check_stopped(struct sim_world *w, const struct sim_host *h)
{
    if (h->publisher != NULL) {
        sim_ledger_check_stopped(w, h, &h->publisher->ledger);
    }
}

void sim_clients_check_end(struct sim_world *w, const struct sim_host *h)
{
    if (h->publisher != NULL) {
        sim_publisher_check_end(w, h);
    }
    if (h->consumer != NULL) {
        sim_consumer_check_end(w, h);
    }
}

void sim_clients_disk_gone(struct sim_host *h)
{
    for (size_t i = 0; h->publisher != NULL && i < h->publisher->n; i++) {
        struct sim_item *item = &h->publisher->items[i];
        item->state = item->state == SIM_SENT || item->state == SIM_NEW ? item->state : SIM_VOID;
        item->told = false;
        item->unsure = true;
    }
    if (h->consumer != NULL) {
        sim_named_disk_gone(h->consumer->named);
    }
}
