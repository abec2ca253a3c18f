/* What a node answers to the client that publishes, and what must be true when it does. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/announced.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/erasing.h"
#include "tests/sim/sealed.h"
#include "tests/sim/statements.h"
#include "tests/sim/truth.h"

static struct sim_item *item_of(struct sim_publisher *p, uint32_t request, uint32_t index)
{
    for (size_t i = p->n; i > 0; i--) {
        if (p->items[i - 1].request == request * 8 + index) {
            return &p->items[i - 1];
        }
    }
    return NULL;
}

static void check_ack(struct sim_world *w, struct sim_host *h, struct sim_item *item)
{
    struct sb_record *r = malloc(sizeof *r);
    assert(r != NULL);
    bool forgot = h->disk_lost || h->rolled_back;
    if (item->wrong && !forgot) {
        sim_violate(w, "I5", "%s acknowledges \"%s\" under a used id", h->org.s, item->text);
    } else if (!sim_announced_find_id(w, h, &item->id, r)) {
        sim_violate(w, "I1", "%s acknowledges \"%s\" and does not hold it", h->org.s, item->text);
    }
    item->told = true;
    free(r);
}

/* What is known is answered before anybody asks who may have it now. */
static bool is_of_new_ids(enum sb_code code)
{
    return code == SB_CODE_INVALID_BODY || code == SB_CODE_NOT_ALLOWED ||
           code == SB_CODE_REMOTE_IMPOSSIBLE;
}

/* I14: every code but these says "surely not done". Of what is sent more than once another copy may
 * be done before the answer leaves. */
static void check_refusal(struct sim_world *w, struct sim_host *h, struct sim_item *item,
                          enum sb_code code)
{
    struct sb_record *r = malloc(sizeof *r);
    assert(r != NULL);
    bool sure =
        code != SB_CODE_UNKNOWN_OUTCOME && code != SB_CODE_ID_CONFLICT && code != SB_CODE_ERASED;
    if (sure && (!item->unsure || is_of_new_ids(code)) &&
        sim_announced_find_id(w, h, &item->id, r)) {
        sim_violate(w, "I14", "%s refuses \"%s\" (%s) and holds it", h->org.s, item->text,
                    sb_code_name(code));
    }
    if (code == SB_CODE_ID_CONFLICT && !item->wrong && !h->disk_lost && !h->rolled_back) {
        sim_violate(w, "I5", "%s calls a retry of \"%s\" a conflict", h->org.s, item->text);
    }
    if (code == SB_CODE_ID_CONFLICT && !item->wrong && sim_announced_of(w, h->index) != NULL &&
        !sim_announced_find_id(w, h, &item->id, r)) {
        sim_violate(w, "I15", "%s calls the id of \"%s\" used, and only its replaced key used it",
                    h->org.s, item->text);
    }
    free(r);
}

static uint32_t count_holders(const struct sim_world *w, const struct sim_host *h,
                              const struct sb_hash *hash)
{
    const struct sim_said *said = sim_truth_find(w->truth, hash);
    uint32_t holders = 0;
    for (int i = 0; i < w->n_hosts; i++) {
        const uint32_t *state = sim_map_get(&w->hosts[i].mirror->held, hash);
        const struct sim_host *other = &w->hosts[i];
        bool excused = other->villain || other->disk_lost || other->rolled_back ||
                       (said != NULL && sim_checks_stays_erased(w, other, said));
        holders += i != h->index && (excused || (state != NULL && *state == SB_BODY_PRESENT));
    }
    return holders;
}

/* After a rollback one id may stand at two places, of which the answer names one. */
static void check_remote(struct sim_world *w, struct sim_host *h, const struct sim_item *item,
                         const struct sb_result *answer)
{
    struct sb_record *r = malloc(sizeof *r);
    uint32_t holders = 0;
    bool known = false;
    assert(r != NULL);
    for (unsigned nth = 0; sb_store_find_id(h->store, 0, &item->id, nth, r, NULL) == SB_OK; nth++) {
        char epoch[SB_EPOCH_TEXT_MAX];
        sb_epoch_format(epoch, r->item.link.epoch, 8);
        if (r->item.link.seq.n == answer->seq.n && strcmp(epoch, answer->epoch) == 0) {
            struct sb_hash hash = sb_link_hash(&r->item.link);
            uint32_t n = count_holders(w, h, &hash);
            holders = n > holders ? n : holders;
            known = true;
        }
    }
    if (!known || holders < item->remote) {
        sim_violate(w, "I1", "%s acknowledges \"%s\" at %s:%llu as held by %u others; %u hold it",
                    h->org.s, item->text, answer->epoch, (unsigned long long)answer->seq.n,
                    item->remote, holders);
    }
    free(r);
}

void sim_publisher_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    if (m->type != SB_MSG_RESULTS) { /* of a stream that it may not have */
        bool refused = m->type == SB_MSG_REFUSAL && m->refusal.code == SB_CODE_NOT_ALLOWED;
        sim_ledger_answer(w, h, &h->publisher->ledger, m->request, 0, refused);
        return;
    }
    if (m->request >= SIM_ERASE) {
        sim_erasing_answered(w, h, m);
    } else if (m->request >= SIM_SEALED) {
        sim_sealed_answered(w, h, m);
    }
    for (size_t i = 0; i < m->results.n_items; i++) {
        const struct sb_result *r = &m->results.items[i];
        struct sim_item *item = item_of(h->publisher, m->request, r->index);
        bool refused = r->code != SB_CODE_OK;
        sim_ledger_answer(w, h, &h->publisher->ledger, m->request, r->index, refused);
        if (item == NULL) {
            continue; /* of an attempt that was given up */
        }
        if (refused) {
            check_refusal(w, h, item, r->code);
            continue;
        }
        check_ack(w, h, item);
        if (!r->duplicate) {
            sim_rate_check(w, h);
        }
        if (item->text[0] == '~' && !r->duplicate) {
            sim_statement_check_ack(w, h, &item->id);
        }
        if (item->remote > 0 && !w->quiet) {
            check_remote(w, h, item, r);
        }
    }
}

void sim_publisher_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    if (m->type != SB_MSG_RESULTS) {
        return;
    }
    for (size_t i = 0; i < m->results.n_items; i++) {
        const struct sb_result *r = &m->results.items[i];
        struct sim_item *item = item_of(h->publisher, m->request, r->index);
        if (item == NULL || item->state != SIM_SENT) {
            continue;
        }
        item->code = r->code;
        if (r->code == SB_CODE_OK) {
            item->state = SIM_ACKED;
        } else if (r->code == SB_CODE_UNKNOWN_OUTCOME || r->code == SB_CODE_RECOVERING ||
                   r->code == SB_CODE_STORE_FULL || r->code == SB_CODE_SHUTTING_DOWN ||
                   r->code == SB_CODE_RATE) {
            item->unsure |= r->code == SB_CODE_UNKNOWN_OUTCOME;
            item->sent_ms = w->now_ms - (w->quiet ? 0 : sim_below(&w->random, SIM_RETRY_MS));
        } else {
            item->state = SIM_REFUSED;
        }
    }
}
