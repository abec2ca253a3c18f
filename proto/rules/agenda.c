/* The fold of an agenda item. Versions are nodes, `supersedes` their edges; they are looked at from
 * the first version on, so that a circle, which an origin can make by naming an id in advance, is
 * never entered. What is secret is known to its own organisation alone: it has no part in what
 * comes of the rest, so that all have the same winner. */
#include "proto/rules/agenda.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_CHARS = 10 };

struct version {
    const struct sb_statement *s;
    size_t *leads_to;           /* indexes of versions */
    size_t n_leads_to, waiting; /* waiting: of them, not looked at yet */
    bool looked_at, counts, replaced;
    size_t edits;
    struct sb_org item_org; /* valid where it counts */
    struct sb_orgs editors;
};

struct work {
    struct sb_arena *arena;
    struct version *v; /* by event */
    size_t n;
    struct sb_ignored *ignored;
    size_t n_ignored;
};

static void ignore(struct work *w, const struct sb_statement *s, enum sb_why why)
{
    w->ignored[w->n_ignored++] = (struct sb_ignored){s, why};
}

/* The first version with this event; w->n for none. The versions stand by event. */
static size_t find(const struct work *w, const struct sb_reference *event)
{
    size_t low = 0, high = w->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sb_reference_cmp(&w->v[middle].s->event, event) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < w->n && sb_reference_eq(&w->v[low].s->event, event) ? low : w->n;
}

static bool is_secret(const struct version *v)
{
    return v->s->agenda_item.secret;
}

/* With `to`, writes the indexes; counts them either way. An event may have several contents. */
static size_t follow(const struct work *w, const struct version *v, size_t *to)
{
    const struct sb_references *names = &v->s->agenda_item.supersedes;
    size_t n = 0;
    for (size_t i = 0; i < names->n; i++) {
        for (size_t k = find(w, &names->p[i]);
             k < w->n && sb_reference_eq(&w->v[k].s->event, &names->p[i]); k++) {
            if (is_secret(&w->v[k]) && !is_secret(v)) {
                continue;
            }
            if (to != NULL) {
                to[n] = k;
            }
            n++;
        }
    }
    return n;
}

static bool link_versions(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct version *v = &w->v[i];
        v->n_leads_to = follow(w, v, NULL);
        v->leads_to = sb_arena_alloc(w->arena, (v->n_leads_to + 1) * sizeof *v->leads_to);
        if (v->leads_to == NULL) {
            return false;
        }
        v->waiting = follow(w, v, v->leads_to);
    }
    return true;
}

/* ---- one version, when all that it leads to have been looked at */

static bool may_edit(const struct work *w, const struct version *v)
{
    if (sb_org_eq(&v->s->event.org, &v->item_org)) {
        return true;
    }
    for (size_t i = 0; i < v->n_leads_to; i++) {
        const struct version *before = &w->v[v->leads_to[i]];
        if (before->counts && sb_orgs_have(before->editors, &v->s->event.org)) {
            return true;
        }
    }
    return false;
}

/* The item's organisation names the editors; who was named names nobody. */
static bool find_editors(struct work *w, struct version *v)
{
    size_t n = 0;
    struct sb_org *all;
    if (sb_org_eq(&v->s->event.org, &v->item_org)) {
        v->editors = v->s->agenda_item.co_editors;
        return true;
    }
    for (size_t i = 0; i < v->n_leads_to; i++) {
        n += w->v[v->leads_to[i]].editors.n;
    }
    all = sb_arena_alloc(w->arena, (n + 1) * sizeof *all);
    v->editors = (struct sb_orgs){all, 0};
    for (size_t i = 0; all != NULL && i < v->n_leads_to; i++) {
        const struct version *before = &w->v[v->leads_to[i]];
        for (size_t k = 0; before->counts && k < before->editors.n; k++) {
            if (!sb_orgs_have(v->editors, &before->editors.p[k])) {
                all[v->editors.n++] = before->editors.p[k];
            }
        }
    }
    return all != NULL;
}

/* Why an edit does not count; sets its item and edits where it may. */
static enum sb_why judge(const struct work *w, struct version *v)
{
    const struct version *first = NULL;
    for (size_t i = 0; i < v->n_leads_to; i++) {
        const struct version *before = &w->v[v->leads_to[i]];
        if (!before->counts) {
            continue;
        }
        if (first != NULL && !sb_org_eq(&first->item_org, &before->item_org)) {
            return SB_WHY_OTHER_ITEM;
        }
        first = first == NULL ? before : first;
        v->edits = before->edits + 1 > v->edits ? before->edits + 1 : v->edits;
    }
    if (first == NULL) {
        return SB_WHY_UNKNOWN_ITEM;
    }
    v->item_org = first->item_org;
    return may_edit(w, v) ? SB_WHY_NONE : SB_WHY_NOT_EDITOR;
}

static bool look_at(struct work *w, struct version *v)
{
    enum sb_why why = SB_WHY_NONE;
    v->looked_at = true;
    if (v->s->agenda_item.supersedes.n == 0) {
        v->item_org = v->s->event.org;
        v->edits = 1;
    } else {
        why = judge(w, v);
    }
    if (why != SB_WHY_NONE) {
        ignore(w, v->s, why);
        return true;
    }
    v->counts = true;
    for (size_t i = 0; i < v->n_leads_to; i++) {
        struct version *before = &w->v[v->leads_to[i]];
        before->replaced =
            before->replaced || (before->counts && is_secret(before) == is_secret(v));
    }
    return find_editors(w, v);
}

/* ---- all versions, each after those that it leads to */

/* For each version those that lead to it: of[first[i]] to of[first[i + 1]]. */
struct backward {
    size_t *first, *of, *queue;
};

static bool turn_around(struct work *w, struct backward *b)
{
    size_t edges = 0;
    for (size_t i = 0; i < w->n; i++) {
        edges += w->v[i].n_leads_to;
    }
    b->first = sb_arena_alloc(w->arena, (w->n + 2) * sizeof *b->first);
    b->of = sb_arena_alloc(w->arena, (edges + 1) * sizeof *b->of);
    b->queue = sb_arena_alloc(w->arena, (w->n + 1) * sizeof *b->queue);
    if (b->first == NULL || b->of == NULL || b->queue == NULL) {
        return false;
    }
    memset(b->first, 0, (w->n + 2) * sizeof *b->first);
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < w->v[i].n_leads_to; k++) {
            b->first[w->v[i].leads_to[k] + 2]++;
        }
    }
    for (size_t i = 0; i < w->n; i++) {
        b->first[i + 2] += b->first[i + 1];
    }
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < w->v[i].n_leads_to; k++) {
            b->of[b->first[w->v[i].leads_to[k] + 1]++] = i;
        }
    }
    return true;
}

static bool look_at_all(struct work *w)
{
    struct backward b;
    size_t head = 0, tail = 0;
    if (!turn_around(w, &b)) {
        return false;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (w->v[i].waiting == 0) {
            b.queue[tail++] = i;
        }
    }
    for (; head < tail; head++) {
        size_t at = b.queue[head];
        if (!look_at(w, &w->v[at])) {
            return false;
        }
        for (size_t k = b.first[at]; k < b.first[at + 1]; k++) {
            if (--w->v[b.of[k]].waiting == 0) {
                b.queue[tail++] = b.of[k];
            }
        }
    }
    for (size_t i = 0; i < w->n; i++) {
        if (!w->v[i].looked_at) {
            ignore(w, w->v[i].s, SB_WHY_CYCLE);
        }
    }
    return true;
}

/* Whoever says to all what was secret replaces it. */
static void replace_secret(struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct version *v = &w->v[i];
        const struct sb_references *names = &v->s->agenda_item.supersedes;
        for (size_t j = 0; v->counts && !is_secret(v) && j < names->n; j++) {
            for (size_t k = find(w, &names->p[j]);
                 k < w->n && sb_reference_eq(&w->v[k].s->event, &names->p[j]); k++) {
                w->v[k].replaced = w->v[k].replaced || (is_secret(&w->v[k]) && w->v[k].counts &&
                                                        sb_org_eq(&w->v[k].item_org, &v->item_org));
            }
        }
    }
}

/* ---- what is shown */

static bool wins(const struct version *a, const struct version *b)
{
    int order;
    if (is_secret(a) != is_secret(b)) {
        return is_secret(b);
    }
    if (a->edits != b->edits) {
        return a->edits > b->edits;
    }
    order = sb_reference_cmp(&a->s->event, &b->s->event);
    return order != 0 ? order > 0 : sb_hash_cmp(&a->s->hash, &b->s->hash) > 0;
}

static bool show(struct work *w, struct sb_agenda_view *view, const struct sb_org *org)
{
    const struct version *winner = NULL;
    size_t n = 0;
    view->conflict.p = sb_arena_alloc(w->arena, (w->n + 1) * sizeof *view->conflict.p);
    if (view->conflict.p == NULL) {
        return false;
    }
    for (size_t i = 0; i < w->n; i++) {
        const struct version *v = &w->v[i];
        if (v->counts && !v->replaced && sb_org_eq(&v->item_org, org)) {
            view->conflict.p[n++] = v->s;
            winner = winner == NULL || wins(v, winner) ? v : winner;
        }
    }
    if (winner == NULL) { /* never: no version of an item replaces itself */
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        if (view->conflict.p[i] != winner->s) {
            view->conflict.p[view->conflict.n++] = view->conflict.p[i];
        }
    }
    view->winner = winner->s;
    view->edits = winner->edits;
    view->item = (struct sb_reference){*org, winner->s->agenda_item.item_id};
    return true;
}

/* The versions are by event, hence their first versions by organisation. */
static bool show_items(struct work *w, struct sb_agenda_group *group)
{
    struct sb_agenda_view *items = sb_arena_alloc(w->arena, (w->n + 1) * sizeof *items);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < w->n; i++) {
        const struct version *v = &w->v[i];
        bool first =
            v->counts && sb_org_eq(&v->item_org, &v->s->event.org) &&
            (group->n_items == 0 || !sb_org_eq(&items[group->n_items - 1].item.org, &v->item_org));
        if (first) {
            items[group->n_items] = (struct sb_agenda_view){0};
            if (!show(w, &items[group->n_items], &v->item_org)) {
                return false;
            }
            group->n_items++;
        }
    }
    group->items = items;
    return true;
}

static bool take(struct work *w, const struct sb_uuid *item_id, const struct sb_statements *all)
{
    w->v = sb_arena_alloc(w->arena, (all->n + 1) * sizeof *w->v);
    w->ignored = sb_arena_alloc(w->arena, (all->n + 1) * sizeof *w->ignored);
    if (w->v == NULL || w->ignored == NULL) {
        return false;
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct sb_statement *s = all->p[i];
        if (s->content != SB_CONTENT_AGENDA_ITEM || !sb_uuid_eq(&s->agenda_item.item_id, item_id)) {
            continue;
        }
        if (s->valid) {
            w->v[w->n++] = (struct version){.s = s};
        } else {
            ignore(w, s, SB_WHY_INVALID);
        }
    }
    return true;
}

const struct sb_agenda_group *sb_agenda_fold(const struct sb_uuid *item_id,
                                             const struct sb_statement *const *given, size_t n,
                                             struct sb_arena *arena)
{
    struct work w = {.arena = arena};
    struct sb_agenda_group *group = sb_arena_alloc(arena, sizeof *group);
    struct sb_statements all = sb_statements_of(given, n, arena);
    if (group == NULL || all.p == NULL) {
        return NULL;
    }
    *group = (struct sb_agenda_group){0};
    qsort(all.p, all.n, sizeof *all.p, sb_statement_by_event);
    if (!take(&w, item_id, &all) || !link_versions(&w) || !look_at_all(&w)) {
        return NULL;
    }
    replace_secret(&w);
    if (!show_items(&w, group)) {
        return NULL;
    }
    qsort(w.ignored, w.n_ignored, sizeof *w.ignored, sb_ignored_cmp);
    group->ignored = w.ignored;
    group->n_ignored = w.n_ignored;
    return group;
}

struct sb_date sb_agenda_day(const struct sb_agenda_item *item)
{
    struct sb_bytes start = item->start;
    if (item->date.n > 0) {
        return sb_date_read(item->date);
    }
    start.n = start.n > DAY_CHARS ? DAY_CHARS : start.n;
    return sb_date_read(start);
}
