/* What a cursor covers: see cover.h. Whoever cannot be shown to have had an event gets it again. */
#include "daemon/core/cover.h"

#include <string.h>

#include "daemon/core/history.h"

/* NONE where it is not durable yet: what is being staged may be undone. */
static uint32_t find_durable(const struct sb_core *c, uint16_t origin, struct sb_epoch epoch,
                             uint16_t branch)
{
    uint32_t chain = sb_history_find(c, origin, epoch, branch);
    return chain != NONE && chain < sb_core_chain_count(c) ? chain : NONE;
}

/* A branch covers what it grew from. */
static void cover_path(const struct sb_core *c, uint32_t chain, uint64_t seq, uint64_t *upto)
{
    while (chain != NONE && upto[chain] < seq) {
        const struct sb_chain *k = &c->chains[chain];
        upto[chain] = seq;
        seq = k->base.n - 1;
        chain = k->base.n > 1 ? find_durable(c, k->origin, k->epoch, k->base_branch) : NONE;
    }
}

/* A tip that is not here covers nothing of a forked epoch, nor of one with another link in its
 * place: whatever is here may be of the other branch from its first link on. Of an epoch that ends
 * below it here, this daemon is probably behind: to deliver that again would be wrong as well. */
static void cover_unknown(const struct sb_core *c, uint16_t origin, const struct sb_tip *tip,
                          struct sb_cover *v)
{
    uint32_t first = find_durable(c, origin, tip->epoch, 0);
    bool forked = find_durable(c, origin, tip->epoch, 1) != NONE;
    if (forked || (first != NONE && c->chains[first].tip.seq.n >= tip->seq.n) ||
        v->n_open == v->cap_open) {
        return;
    }
    v->open[v->n_open++] = (struct sb_open_tip){origin, tip->epoch, tip->seq, tip->hash};
    if (first != NONE && v->held[first] < tip->seq.n) {
        v->held[first] = tip->seq.n;
    }
}

static void cover_tip(const struct sb_core *c, uint16_t origin, const struct sb_tip *tip,
                      struct sb_cover *v)
{
    uint16_t branch = 0;
    uint32_t chain = NONE;
    if (v->find(v->context, origin, tip, &branch)) {
        chain = find_durable(c, origin, tip->epoch, branch);
    }
    if (chain != NONE) {
        cover_path(c, chain, tip->seq.n, v->upto);
    } else {
        cover_unknown(c, origin, tip, v);
    }
}

/* Descending, for an epoch's counter exceeds its parents': what a covered EpochStart names is
 * covered as well, and so on downwards in one pass. The tag of an epoch fixes its parents, so they
 * are those of every branch. */
static void cover_past(const struct sb_core *c, uint16_t origin, struct sb_cover *v)
{
    for (uint32_t i = c->origins[origin].last; i != NONE; i = c->chains[i].previous) {
        const struct sb_chain *k = &c->chains[i];
        bool reached = i < sb_core_chain_count(c) && (v->upto[i] != 0 || v->held[i] != 0);
        for (unsigned p = 0; reached && p < k->n_parents; p++) {
            const struct sb_parent *parent = &c->parents[k->first_parent + p];
            struct sb_tip tip = {.epoch = parent->epoch, .seq = parent->seq, .hash = parent->hash};
            cover_tip(c, origin, &tip, v);
        }
    }
}

static void cover_tips(const struct sb_core *c, uint16_t origin, const struct sb_tip *tips,
                       size_t n, bool past, struct sb_cover *v)
{
    for (size_t i = 0; i < n; i++) {
        if (tips[i].past == past && sb_org_eq(&tips[i].origin, &c->o.origins[origin])) {
            cover_tip(c, origin, &tips[i], v);
        }
    }
}

/* A missing parent never blocks anybody: a consumer may have been given an epoch before what it
 * grew from. So a tip speaks for its own epoch alone, unless the consumer says that it has the
 * past of it too. */
void sb_core_cover(const struct sb_core *c, const struct sb_tip *tips, size_t n,
                   struct sb_cover *out)
{
    memset(out->upto, 0, sb_core_chain_count(c) * sizeof *out->upto);
    memset(out->held, 0, sb_core_chain_count(c) * sizeof *out->held);
    out->n_open = 0;
    for (uint16_t o = 0; o < c->o.n_origins; o++) {
        cover_tips(c, o, tips, n, true, out);
        cover_past(c, o, out);
        cover_tips(c, o, tips, n, false, out);
    }
}
