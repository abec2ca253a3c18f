/* The ledger of one connection of a client. It judges answers, never what was stored: that is for
 * publisher.c. */
#include "tests/sim/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROMPT_MS = 1000, /* longer than any tick: nothing but recovery, or partners, may wait */
    ON_ITS_WAY_MS = 2 * SIM_SLOW_TURN_MS,
};

void sim_ledger_fini(struct sim_ledger *l)
{
    free(l->all);
    *l = (struct sim_ledger){0};
}

void sim_ledger_clear(struct sim_ledger *l)
{
    l->n = l->n_closed = 0;
}

struct sim_question *sim_ledger_ask(struct sim_world *w, struct sim_ledger *l, uint32_t request,
                                    size_t n)
{
    assert(n > 0 && n <= 32);
    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 16 : 2 * l->cap;
        l->all = realloc(l->all, l->cap * sizeof *l->all);
        assert(l->all != NULL);
    }
    struct sim_question *q = &l->all[l->n++];
    *q = (struct sim_question){.request = request, .n = (uint32_t)n, .at_ms = w->now_ms};
    return q;
}

static bool is_open(const struct sim_question *q)
{
    return q->answered != (uint32_t)(((uint64_t)1 << q->n) - 1);
}

static struct sim_question *find(struct sim_ledger *l, uint32_t request)
{
    for (size_t i = l->n; i > 0; i--) {
        if (l->all[i - 1].request == request) {
            return &l->all[i - 1];
        }
    }
    return NULL;
}

void sim_ledger_answer(struct sim_world *w, const struct sim_host *h, struct sim_ledger *l,
                       uint32_t request, uint32_t index, bool refused)
{
    struct sim_question *q = find(l, request);
    if (q == NULL || index >= q->n) {
        sim_violate(w, "I12", "%s answers item %u of request %u, which nobody sent", h->org.s,
                    index, request);
        return;
    }
    if ((q->answered >> index & 1) != 0) {
        sim_violate(w, "I12", "%s answers item %u of request %u twice", h->org.s, index, request);
    }
    if (q->forbidden && !refused) {
        sim_violate(w, "I9", "%s lets a client read that may not", h->org.s);
    }
    q->answered |= 1u << index;
}

/* How long it may have taken so far, without what excuses the node: a machine that stood still, and
 * for publishes the one bounded wait of an empty store. */
static int64_t waited_ms(const struct sim_world *w, const struct sim_host *h,
                         const struct sim_ledger *l, const struct sim_question *q)
{
    int64_t since = q->at_ms > h->paused_until_ms ? q->at_ms : h->paused_until_ms;
    bool held = !q->forbidden && l->recovering_ms > since;
    return w->now_ms - (held ? l->recovering_ms : since);
}

void sim_ledger_check(struct sim_world *w, const struct sim_host *h, struct sim_ledger *l)
{
    const char *reason = "";
    if (strcmp(sb_core_state(sb_node_core(h->node), &reason), "recovering") == 0) {
        l->recovering_ms = w->now_ms;
    }
    while (l->n_closed < l->n && !is_open(&l->all[l->n_closed])) {
        l->n_closed++;
    }
    for (size_t i = l->n_closed; i < l->n; i++) {
        const struct sim_question *q = &l->all[i];
        int64_t longest = q->remote ? SIM_TIMEOUT_MS + PROMPT_MS : PROMPT_MS;
        bool expired =
            w->now_ms - q->at_ms > SIM_TIMEOUT_MS + PROMPT_MS && h->paused_until_ms < q->at_ms;
        if (is_open(q) && (expired || waited_ms(w, h, l, q) > longest)) {
            sim_violate(w, "I13", "%s leaves request %u unanswered for %lld ms", h->org.s,
                        q->request, (long long)(w->now_ms - q->at_ms));
        }
    }
}

void sim_ledger_check_stopped(struct sim_world *w, const struct sim_host *h,
                              const struct sim_ledger *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct sim_question *q = &l->all[i];
        if (is_open(q) && !q->remote && w->now_ms - q->at_ms > ON_ITS_WAY_MS) {
            sim_violate(w, "I14", "%s stops and leaves request %u unanswered", h->org.s,
                        q->request);
        }
    }
}
