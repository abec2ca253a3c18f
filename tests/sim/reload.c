/* Reloads; see reload.h. */
#include "tests/sim/reload.h"

#include <stdio.h>

#include "tests/sim/clients.h"
#include "tests/sim/consumer.h"
#include "tests/sim/keys.h"
#include "tests/sim/net.h"
#include "tests/sim/sight.h"
#include "tests/sim/talk.h"
#include "tests/sim/truth.h"

static bool is_out(const struct sim_host *h, int of)
{
    return (h->unlisted >> of & 1) != 0;
}

void sim_reload_list(const struct sim_world *w, struct sim_host *h)
{
    static const char *const topics[] = {"custom/sim", "agenda/sim", "decision/sim",
                                         "notification/sim"};
    h->n_listed = 0;
    for (size_t i = 0; i < h->n_partners; i++) {
        if (!is_out(h, sim_host_of(w, &h->partners[i].org))) {
            h->listed[h->n_listed++] = h->partners[i];
        }
    }
    h->clients[0] = (struct sb_node_client){
        "publisher",
        {.publish = topics, .n_publish = 4, .admin = true, .rate_per_hour = sim_rate(w, h)}};
    h->clients[1] =
        (struct sb_node_client){"reader", {.publish = topics, .subscribe = !h->reader_barred}};
}

static void reload(struct sim_world *w, struct sim_host *h)
{
    struct sb_err err = {0};
    sim_reload_list(w, h);
    const struct sb_node_roster roster = {.name = h->org.s,
                                          .partners = h->listed,
                                          .n_partners = h->n_listed,
                                          .clients = h->clients,
                                          .n_clients = SIM_CLIENTS,
                                          .rekeys = w->keys->of[h->index].rekeys,
                                          .n_rekeys = w->keys->of[h->index].n_rekeys,
                                          .quota_bytes = sim_quota(w, h)};
    if (h->node == NULL) {
        return;
    }
    h->publisher->run_ms = 0; /* another configuration gives what may be saved up anew */
    if (sb_node_change(h->node, &roster, &err) != SB_OK) {
        sim_violate(w, "reload", "%s: %s", h->org.s, err.text);
    }
    sim_schedule_turn(w, h, w->now_ms);
}

/* It may ask all of them for everything again: it did not know whose the news were. */
static void expect_questions(struct sim_world *w, struct sim_host *h)
{
    for (size_t i = 1; i <= h->n_partners; i++) {
        h->talks[i].gap = true;
        h->talks[i].gap_ms = w->now_ms;
    }
}

static void begin_anew(struct sim_host *h, uint16_t number)
{
    struct sim_sight fresh = {0}, *old = &h->sights[number];
    /* what it said stands until it says otherwise */
    (void)snprintf(fresh.out.told, sizeof fresh.out.told, "%s", old->out.told);
    (void)snprintf(fresh.in.told, sizeof fresh.in.told, "%s", old->in.told);
    *old = fresh;
    h->talks[number] = (struct sim_talk){0};
}

void sim_reload_partner(struct sim_world *w, struct sim_host *h, int of, bool in)
{
    if (is_out(h, of) != in) {
        return;
    }
    if (w->verbose) {
        fprintf(stderr, "%8lld %s takes %s %s\n", (long long)w->now_ms, h->org.s,
                w->hosts[of].org.s, in ? "in" : "out");
    }
    h->unlisted ^= 1u << of;
    begin_anew(h, sim_number(h, of));
    reload(w, h);
    if (in) {
        expect_questions(w, h);
        sim_schedule(w, 1 + sim_below(&w->random, 20), SIM_CONNECT, h->index)->other = of;
    } else {
        sim_net_unlist(w, h->index, of);
    }
}

void sim_reload_reader(struct sim_world *w, struct sim_host *h, bool barred)
{
    if (h->consumer == NULL || h->reader_barred == barred) {
        return;
    }
    h->reader_barred = barred;
    h->consumer->barred |= barred;
    h->consumer->owed = barred && h->node != NULL && h->consumer->fed;
    reload(w, h);
    if (!barred && h->node != NULL) {
        sim_consumer_subscribe(w, h);
    }
}

void sim_reload_some(struct sim_world *w, struct sim_host *h)
{
    int of = (int)sim_below(&w->random, (uint32_t)w->n_hosts);
    if (sim_chance(&w->random, 25)) {
        sim_reload_reader(w, h, !h->reader_barred);
    } else if (of != h->index) {
        sim_reload_partner(w, h, of, is_out(h, of));
    }
}

void sim_reload_heal(struct sim_world *w)
{
    for (int a = 0; a < w->n_hosts; a++) {
        for (int b = 0; b < w->n_hosts; b++) {
            if (is_out(&w->hosts[a], b)) {
                sim_reload_partner(w, &w->hosts[a], b, true);
            }
        }
        sim_reload_reader(w, &w->hosts[a], false);
    }
}

bool sim_reload_is_out(const struct sim_world *w, const struct sim_host *h, uint32_t identity)
{
    return identity >= 1 && identity <= h->n_partners &&
           is_out(h, sim_host_of(w, &h->partners[identity - 1].org));
}

void sim_reload_said(struct sim_world *w, struct sim_host *h, const struct sb_outgoing *out)
{
    bool asks = out->kind == SB_OUT_ASK || out->kind == SB_OUT_HURRY;
    if (asks && sim_reload_is_out(w, h, out->to)) {
        sim_violate(w, "reload", "%s still speaks to %s, which was taken out", h->org.s,
                    h->partners[out->to - 1].org.s);
    }
}
