/* From the links and bodies of a proof to the view of the decision: the past is what the links in
 * the file show, no more. */
#include "proto/decision_proof_section.h"

/* The runs of one organisation, from the first to behind the last. */
static struct sb_proof_table section_of(const struct sb_proof_table *t, const struct sb_org *origin,
                                        size_t *from)
{
    struct sb_proof_table section = *t;
    *from = 0;
    while (*from < t->n_runs && !sb_org_eq(&t->runs[*from].origin, origin)) {
        (*from)++;
    }
    section.n_runs = *from;
    while (section.n_runs < t->n_runs && sb_org_eq(&t->runs[section.n_runs].origin, origin)) {
        section.n_runs++;
    }
    return section;
}

/* The link before is not shown: all that is known is that the epoch's start is in the past. */
static void lean_on_start(const struct sb_proof_table *section, size_t from,
                          const struct sb_proof_run *run, struct sb_past_chain *to,
                          struct sb_past_at *parents)
{
    const struct sb_proof_run *start = sb_proof_table_start(section, from, run->epoch);
    parents[0] = (struct sb_past_at){(uint32_t)(start - section->runs), 1};
    to->n_parents = 1;
}

static bool fill_parents(const struct sb_proof_table *section, size_t from,
                         const struct sb_proof_run *run, struct sb_past_chain *to)
{
    size_t n = run->start == NULL ? 0 : run->start->n_parents;
    struct sb_past_at *parents = sb_arena_alloc(section->arena, (n + 1) * sizeof *parents);
    for (size_t i = 0; parents != NULL && i < n; i++) {
        const struct sb_parent *p = &run->start->parents[i];
        uint32_t at = sb_proof_table_find(section, from, p->epoch, p->seq.n, &p->hash);
        if (at != SB_PAST_NONE) {
            parents[to->n_parents++] = (struct sb_past_at){at, p->seq.n};
        }
    }
    if (parents != NULL && run->base > 1 && run->leans_on == SB_PAST_NONE) {
        lean_on_start(section, from, run, to, parents);
    }
    to->parents = parents;
    return parents != NULL;
}

static bool fill_chains(const struct sb_proof_table *t, struct sb_past *past)
{
    struct sb_past_chain *chains = sb_arena_alloc(t->arena, (t->n_runs + 1) * sizeof *chains);
    struct sb_proof_table section = {.n_runs = 0};
    size_t from = 0;
    past->chains = chains;
    for (size_t i = 0; chains != NULL && i < t->n_runs; i++) {
        const struct sb_proof_run *run = &t->runs[i];
        if (i == section.n_runs) {
            section = section_of(t, &run->origin, &from);
        }
        chains[i] = (struct sb_past_chain){.origin = run->origin,
                                           .epoch = run->epoch,
                                           .leans_on = run->leans_on,
                                           .base = run->base,
                                           .last = run->base + run->n - 1};
        if (!fill_parents(&section, from, run, &chains[i])) {
            return false;
        }
        past->n_chains++;
    }
    return chains != NULL;
}

/* The links that the cuts of closings name. */
static bool fill_links(const struct sb_proof_table *t, struct sb_past *past)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_statements; i++) {
        n += t->statements[i].content == SB_CONTENT_CLOSING ? t->statements[i].ending.n_cut : 0;
    }
    struct sb_past_link *links = sb_arena_alloc(t->arena, (n + 1) * sizeof *links);
    past->links = links;
    for (size_t i = 0; links != NULL && i < t->n_statements; i++) {
        const struct sb_ending *e = &t->statements[i].ending;
        size_t tips = t->statements[i].content == SB_CONTENT_CLOSING ? e->n_cut : 0;
        for (size_t k = 0; k < tips; k++) {
            const struct sb_cut_tip *tip = &e->cut[k];
            size_t from;
            const struct sb_proof_table section = section_of(t, &tip->origin, &from);
            uint32_t at = sb_proof_table_find(&section, from, tip->epoch, tip->seq.n, &tip->hash);
            if (at != SB_PAST_NONE) {
                links[past->n_links++] = (struct sb_past_link){{at, tip->seq.n}, tip->hash};
            }
        }
    }
    return links != NULL;
}

enum sb_rc sb_decision_proof_fold(struct sb_decision_proof *out, const struct sb_proof_table *t,
                                  struct sb_date as_of, struct sb_err *err)
{
    struct sb_past past = {.n_chains = 0};
    const struct sb_statement **said =
        sb_arena_alloc(t->arena, (t->n_statements + 1) * sizeof *said);
    if (said != NULL && fill_chains(t, &past) && fill_links(t, &past)) {
        for (size_t i = 0; i < t->n_statements; i++) {
            said[i] = &t->statements[i];
        }
        out->view = sb_decision_fold(&out->decision, said, t->n_statements, &past, as_of, t->arena);
    }
    return out->view != NULL ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory for this decision");
}
