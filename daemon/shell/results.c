/* RESULTS: the answers to one request of a client that fall into one turn, in one frame. */
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

struct answer {
    uint32_t session, request;
    uint32_t n, filled; /* results still to come, with those gathered; gathered */
    struct sb_result *items;
};

struct sb_answers {
    struct answer *all;
    uint32_t n;
    uint32_t *slots; /* open addressing: index + 1 */
    uint32_t mask;
    struct sb_epoch_name epoch;
};

static bool is_answer(const struct sb_queued *q)
{
    return q->fx.type == SB_FX_ACK || q->fx.type == SB_FX_REFUSE;
}

static size_t count_answers(const struct sb_turn *turn)
{
    size_t n = 0;
    for (size_t i = 0; i < turn->n_queue; i++) {
        n += is_answer(&turn->queue[i]);
    }
    return n;
}

static uint32_t find_or_add(struct sb_answers *a, uint32_t session, uint32_t request)
{
    uint64_t x = ((uint64_t)session << 32 | request) * 0x9e3779b97f4a7c15u;
    uint32_t slot = (uint32_t)(x >> 32) & a->mask;
    for (; a->slots[slot] != 0; slot = (slot + 1) & a->mask) {
        const struct answer *found = &a->all[a->slots[slot] - 1];
        if (found->session == session && found->request == request) {
            return a->slots[slot] - 1;
        }
    }
    a->all[a->n] = (struct answer){.session = session, .request = request};
    a->slots[slot] = ++a->n;
    return a->n - 1;
}

static struct sb_answers *make(struct sb_node *node, size_t n)
{
    struct sb_answers *a = sb_arena_alloc(&node->arena, sizeof *a);
    size_t slots = 4;
    while (slots < 2 * n) {
        slots *= 2;
    }
    if (a == NULL) {
        return NULL;
    }
    memset(a, 0, sizeof *a);
    a->all = sb_arena_alloc(&node->arena, n * sizeof *a->all);
    a->slots = sb_arena_alloc(&node->arena, slots * sizeof *a->slots);
    a->mask = (uint32_t)slots - 1;
    if (a->all == NULL || a->slots == NULL) {
        return NULL;
    }
    memset(a->slots, 0, slots * sizeof *a->slots);
    return a;
}

struct sb_answers *sb_results_gather(struct sb_node *node)
{
    struct sb_turn *turn = &node->turn;
    size_t n = count_answers(turn);
    struct sb_answers *a = n == 0 ? NULL : make(node, n);
    if (n == 0) {
        return NULL;
    }
    if (a == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < turn->n_queue; i++) {
        struct sb_queued *q = &turn->queue[i];
        if (is_answer(q)) {
            q->answer = find_or_add(a, q->fx.ack.session, q->fx.ack.request);
            a->all[q->answer].n++;
        }
    }
    return a;
}

static void fill(struct sb_node *node, struct sb_answers *a, struct sb_result *r,
                 const struct sb_effect *fx)
{
    memset(r, 0, sizeof *r);
    r->index = fx->ack.index;
    if (fx->type == SB_FX_REFUSE) {
        r->code = fx->ack.code;
        r->text = fx->ack.text != NULL ? fx->ack.text : sb_code_sentence(fx->ack.code);
        return;
    }
    r->code = SB_CODE_OK;
    r->text = "";
    r->seq = fx->ack.seq;
    r->duplicate = fx->ack.duplicate;
    sb_people_epoch(node, 0, fx->ack.epoch, &a->epoch);
    memcpy(r->epoch, a->epoch.text, sizeof r->epoch);
}

static void send(struct sb_node *node, struct answer *answer)
{
    struct sb_message m = {.type = SB_MSG_RESULTS, .request = answer->request};
    m.results.origin = node->o.organisation;
    m.results.items = answer->items;
    m.results.n_items = answer->filled;
    sb_outbox_answer(node, answer->session, &m);
    answer->n -= answer->filled;
    answer->filled = 0;
    answer->items = NULL;
}

void sb_results_add(struct sb_node *node, struct sb_answers *a, const struct sb_queued *queued)
{
    if (a == NULL) { /* no room: the client hears nothing and asks again with the same id */
        return;
    }
    struct answer *answer = &a->all[queued->answer];
    uint32_t most = SB_RESULTS_MAX;
    uint32_t n = answer->n < most ? answer->n : most;
    if (answer->items == NULL) {
        answer->items = sb_arena_alloc(&node->arena, n * sizeof *answer->items);
    }
    if (answer->items == NULL) {
        return;
    }
    fill(node, a, &answer->items[answer->filled++], &queued->fx);
    if (answer->filled == n) {
        send(node, answer);
    }
}
