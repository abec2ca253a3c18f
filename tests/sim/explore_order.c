/* Orders that need not be tried. */
#include "tests/sim/explore_world.h"

#include <string.h>

static bool is_neighbour(const struct explore_world *w, int a, int b)
{
    return explore_configured(w, a < b ? a : b, a < b ? b : a);
}

/* Everybody whom it is to be connected to is, so that nothing but messages comes from there. */
static bool is_settled(const struct explore_world *w, const struct explore_state *s, int host)
{
    bool settled = explore_is_up(s, host);
    for (int h = 0; h < w->scope->n_hosts; h++) {
        if (is_neighbour(w, h, host)) {
            settled =
                settled && explore_is_up(s, h) && s->up[h < host ? h : host][h < host ? host : h];
        }
    }
    return settled;
}

static bool has_message(const struct explore_state *s, int host)
{
    for (int from = 0; from < EXPLORE_ORGS; from++) {
        if (s->n_queue[from][host] > 0) {
            return true;
        }
    }
    return s->local[host].again != 0;
}

/* Hosts, by bits, that can do anything before `still` does. */
static uint32_t can_act(const struct explore_world *w, const struct explore_state *s, int still)
{
    uint32_t acting = 0, before;
    for (int h = 0; h < w->scope->n_hosts; h++) {
        bool acts = !is_settled(w, s, h) || has_message(s, h);
        for (int i = s->published; i < w->scope->n_publishes; i++) {
            acts |= w->scope->publishes[i].host == h;
        }
        acting |= h != still && acts ? 1u << h : 0;
    }
    do {
        before = acting;
        for (int h = 0; h < w->scope->n_hosts; h++) {
            for (int from = 0; from < w->scope->n_hosts && h != still; from++) {
                acting |= is_neighbour(w, from, h) && (before >> from & 1) != 0 ? 1u << h : 0;
            }
        }
    } while (acting != before);
    return acting;
}

/* Whatever the others do meanwhile, what `host` can do next stays what it is, and something of it
 * is a message, which it has to take before the world comes to rest. */
static bool goes_first(const struct explore_world *w, const struct explore_state *s, int host)
{
    if (!is_settled(w, s, host) || !has_message(s, host)) {
        return false;
    }
    for (int i = s->published + 1; i < w->scope->n_publishes; i++) {
        if (w->scope->publishes[i].host == host && w->scope->publishes[s->published].host != host) {
            return false;
        }
    }
    uint32_t acting = can_act(w, s, host);
    for (int from = 0; from < w->scope->n_hosts; from++) {
        if (is_neighbour(w, from, host) && s->n_queue[from][host] == 0 &&
            (acting >> from & 1) != 0) {
            return false;
        }
    }
    return true;
}

static int host_of(const struct explore_choice *c)
{
    return c->act == EXPLORE_ACT_DELIVER ? c->b : c->a;
}

static size_t count(const struct explore_choice *choices, size_t n, int host)
{
    size_t of_host = 0;
    for (size_t i = 0; i < n; i++) {
        of_host += host_of(&choices[i]) == host;
    }
    return of_host;
}

size_t explore_first(const struct explore_world *w, const struct explore_state *s,
                     struct explore_choice *choices, size_t n)
{
    struct explore_choice sorted[EXPLORE_CHOICES_MAX];
    size_t least = n, m = 0;
    int first = -1;
    for (int h = 0; s->faults == 0 && h < w->scope->n_hosts; h++) {
        size_t of_host = goes_first(w, s, h) ? count(choices, n, h) : n;
        if (of_host < least) {
            least = of_host;
            first = h;
        }
    }
    for (int of_first = 1; first >= 0 && of_first >= 0; of_first--) {
        for (size_t i = 0; i < n; i++) {
            if ((host_of(&choices[i]) == first) == (of_first == 1)) {
                sorted[m++] = choices[i];
            }
        }
    }
    memcpy(choices, sorted, m * sizeof *choices);
    return least;
}
