/* The fold of a notification and its acknowledgements. */
#include "proto/rules/notification.h"

#include <stdlib.h>
#include <string.h>

struct work {
    struct sb_notification_view *view;
    struct sb_statements notices, acknowledgements; /* in order */
    struct sb_ignored *ignored;
};

static void ignore(struct work *w, const struct sb_statement *s, enum sb_why why)
{
    w->ignored[w->view->n_ignored++] = (struct sb_ignored){s, why};
}

static void take(struct work *w, const struct sb_statement *s)
{
    struct sb_subject subjects[2];
    (void)sb_statement_subjects(s, subjects);
    if (subjects[0].kind != SB_SUBJECT_NOTIFICATION ||
        !sb_reference_eq(&subjects[0].of, &w->view->notification)) {
        return;
    }
    struct sb_statements *to =
        s->content == SB_CONTENT_NOTIFICATION ? &w->notices : &w->acknowledgements;
    if (s->valid) {
        to->p[to->n++] = s;
    } else {
        ignore(w, s, SB_WHY_INVALID);
    }
}

/* Shows the greatest of the last words; the others are its conflict unless all say the same. */
static void show_notice(struct work *w, const struct sb_past *past)
{
    struct sb_statements *last = &w->notices;
    bool same = true;
    sb_statements_keep_last(past, last);
    if (last->n == 0) {
        return;
    }
    w->view->shown = last->p[last->n - 1];
    for (size_t i = 0; i < last->n; i++) {
        same = same && sb_bytes_eq(last->p[i]->says, w->view->shown->says);
    }
    w->view->conflict = (struct sb_statements){last->p, same ? 0 : last->n - 1};
    qsort(last->p, w->view->conflict.n, sizeof *last->p, sb_statement_by_event);
}

static void acknowledge(struct work *w, const struct sb_statement *s)
{
    struct sb_statements *done = &w->view->acknowledged;
    const struct sb_org *by = &s->event.org;
    if (w->view->shown == NULL) {
        ignore(w, s, SB_WHY_UNKNOWN_NOTIFICATION);
        return;
    }
    const struct sb_notification *notice = &w->view->shown->notification;
    bool addressed = notice->addressees.n > 0 ? sb_orgs_have(notice->addressees, by)
                                              : !sb_org_eq(by, &w->view->notification.org);
    if (!addressed) {
        ignore(w, s, SB_WHY_NOT_ADDRESSEE);
    } else if (done->n == 0 || !sb_org_eq(&done->p[done->n - 1]->event.org, by)) {
        done->p[done->n++] = s; /* the first in order: they come sorted */
    }
}

static bool has_acknowledged(const struct work *w, const struct sb_org *org)
{
    const struct sb_statements *done = &w->view->acknowledged;
    for (size_t i = 0; i < done->n; i++) {
        if (sb_org_eq(&done->p[i]->event.org, org)) {
            return true;
        }
    }
    return false;
}

static int by_org(const void *a, const void *b)
{
    return sb_org_cmp(a, b);
}

static bool list_waiting(struct work *w, struct sb_arena *arena)
{
    const struct sb_notification *notice = &w->view->shown->notification;
    struct sb_org *waiting = sb_arena_alloc(arena, (notice->addressees.n + 1) * sizeof *waiting);
    size_t n = 0;
    if (waiting == NULL) {
        return false;
    }
    for (size_t i = 0; notice->requires_acknowledgement && i < notice->addressees.n; i++) {
        if (!has_acknowledged(w, &notice->addressees.p[i])) {
            waiting[n++] = notice->addressees.p[i];
        }
    }
    qsort(waiting, n, sizeof *waiting, by_org);
    w->view->waiting = (struct sb_orgs){waiting, n};
    return true;
}

static bool make_room(struct work *w, size_t n, struct sb_arena *arena)
{
    size_t bytes = (n + 1) * sizeof(struct sb_statement *);
    w->notices.p = sb_arena_alloc(arena, bytes);
    w->acknowledgements.p = sb_arena_alloc(arena, bytes);
    w->view->acknowledged.p = sb_arena_alloc(arena, bytes);
    w->ignored = sb_arena_alloc(arena, (n + 1) * sizeof *w->ignored);
    return w->notices.p != NULL && w->acknowledgements.p != NULL &&
           w->view->acknowledged.p != NULL && w->ignored != NULL;
}

static bool fold(struct work *w, const struct sb_statements *all, const struct sb_past *past,
                 struct sb_time at, struct sb_arena *arena)
{
    for (size_t i = 0; i < all->n; i++) {
        take(w, all->p[i]);
    }
    show_notice(w, past);
    for (size_t i = 0; i < w->acknowledgements.n; i++) {
        acknowledge(w, w->acknowledgements.p[i]);
    }
    qsort(w->ignored, w->view->n_ignored, sizeof *w->ignored, sb_ignored_cmp);
    w->view->ignored = w->ignored;
    if (w->view->shown == NULL) {
        return true;
    }
    const struct sb_notification *notice = &w->view->shown->notification;
    w->view->expired = notice->expires.n > 0 && at.ms >= notice->expires_at.ms;
    return list_waiting(w, arena);
}

const struct sb_notification_view *sb_notification_fold(const struct sb_reference *notification,
                                                        const struct sb_statement *const *given,
                                                        size_t n, struct sb_past *past,
                                                        struct sb_time at, struct sb_arena *arena)
{
    struct sb_notification_view *view = sb_arena_alloc(arena, sizeof *view);
    struct work w = {.view = view};
    struct sb_statements all = sb_statements_of(given, n, arena);
    if (view == NULL || all.p == NULL || !sb_past_prepare(past, arena)) {
        return NULL;
    }
    *view = (struct sb_notification_view){.notification = *notification};
    return make_room(&w, all.n, arena) && fold(&w, &all, past, at, arena) ? view : NULL;
}
