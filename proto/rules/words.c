/* Order, sameness and lateness of statements. Sets are small (what was said of one decision), so
 * every question here looks at each pair. */
#include "proto/rules/words.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *sentence;
} WHYS[SB_WHY_COUNT] = {
    [SB_WHY_NONE] = {"", "it has effect"},
    [SB_WHY_INVALID] = {"invalid", "its content is not one that this version would publish"},
    [SB_WHY_CYCLE] = {"cycle", "what it supersedes leads back to itself"},
    [SB_WHY_UNKNOWN_ITEM] = {"unknown_item", "nothing that it supersedes is known and has effect"},
    [SB_WHY_OTHER_ITEM] = {"other_item", "it supersedes events of different items"},
    [SB_WHY_NOT_EDITOR] = {"not_editor",
                           "only the item's organisation and the co-editors that it names edit it"},
    [SB_WHY_NOT_PROPOSER] = {"not_proposer", "only the organisation that proposed may say this"},
    [SB_WHY_REPLACES_ITSELF] = {"replaces_itself", "a decision is no successor of itself"},
    [SB_WHY_UNKNOWN_DECISION] = {"unknown_decision", "no proposal of that decision came before it"},
    [SB_WHY_CLOSED] = {"closed", "the decision had ended"},
    [SB_WHY_UNKNOWN_REVISION] = {"unknown_revision",
                                 "the text that it is about is not known, or was not yet there"},
    [SB_WHY_NOT_PARTICIPANT] = {"not_participant",
                                "the organisation is not a participant in this decision"},
    [SB_WHY_OTHER_BODY] = {"other_body", "another body of the organisation decides"},
    [SB_WHY_NOT_CHAIR] = {"not_chair", "only the chair that the proposal names decides on a tie"},
    [SB_WHY_NO_SUCH_ROUND] = {"no_such_round", "there is no such round"},
    [SB_WHY_UNKNOWN_NOTIFICATION] = {"unknown_notification", "the notification is not known"},
    [SB_WHY_NOT_ADDRESSEE] = {"not_addressee", "the notification is not addressed to it"},
};

const char *sb_why_name(enum sb_why why)
{
    return WHYS[why].name;
}

const char *sb_why_sentence(enum sb_why why)
{
    return WHYS[why].sentence;
}

int sb_reference_cmp(const struct sb_reference *a, const struct sb_reference *b)
{
    int order = sb_org_cmp(&a->org, &b->org);
    return order != 0 ? order : memcmp(a->id.b, b->id.b, sizeof a->id.b);
}

bool sb_reference_eq(const struct sb_reference *a, const struct sb_reference *b)
{
    return sb_reference_cmp(a, b) == 0;
}

bool sb_bytes_eq(struct sb_bytes a, struct sb_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool sb_orgs_have(struct sb_orgs orgs, const struct sb_org *org)
{
    for (size_t i = 0; i < orgs.n; i++) {
        if (sb_org_eq(&orgs.p[i], org)) {
            return true;
        }
    }
    return false;
}

int sb_statement_cmp(const struct sb_statement *a, const struct sb_statement *b)
{
    int order = sb_org_cmp(&a->event.org, &b->event.org);
    if (order == 0) {
        order = sb_epoch_cmp(a->epoch, b->epoch);
    }
    if (order == 0 && a->at.seq != b->at.seq) {
        order = a->at.seq < b->at.seq ? -1 : 1;
    }
    return order != 0 ? order : sb_hash_cmp(&a->hash, &b->hash);
}

static int by_order(const void *a, const void *b)
{
    return sb_statement_cmp(*(const struct sb_statement *const *)a,
                            *(const struct sb_statement *const *)b);
}

int sb_statement_by_event(const void *a, const void *b)
{
    const struct sb_statement *const *x = a, *const *y = b;
    int order = sb_reference_cmp(&(*x)->event, &(*y)->event);
    return order != 0 ? order : sb_statement_cmp(*x, *y);
}

int sb_ignored_cmp(const void *a, const void *b)
{
    const struct sb_ignored *x = a, *y = b;
    int order = sb_reference_cmp(&x->statement->event, &y->statement->event);
    if (order == 0) {
        order = strcmp(sb_why_name(x->why), sb_why_name(y->why));
    }
    return order != 0 ? order : sb_statement_cmp(x->statement, y->statement);
}

/* Is the content of list[at] one that stands before it under the same event? */
static bool is_repeated(const struct sb_statement **list, size_t at)
{
    for (size_t i = at; i-- > 0 && sb_reference_eq(&list[i]->event, &list[at]->event);) {
        if (list[i]->content == list[at]->content && sb_bytes_eq(list[i]->says, list[at]->says)) {
            return true;
        }
    }
    return false;
}

struct sb_statements sb_statements_of(const struct sb_statement *const *given, size_t n,
                                      struct sb_arena *arena)
{
    const struct sb_statement **sorted = sb_arena_alloc(arena, (n + 1) * sizeof *sorted);
    const struct sb_statement **list = sb_arena_alloc(arena, (n + 1) * sizeof *list);
    struct sb_statements out = {list, 0};
    if (sorted == NULL || list == NULL) {
        return (struct sb_statements){0};
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = given[i];
    }
    qsort(sorted, n, sizeof *sorted, sb_statement_by_event);
    for (size_t i = 0; i < n; i++) {
        if (!is_repeated(sorted, i)) {
            list[out.n++] = sorted[i];
        }
    }
    qsort(list, out.n, sizeof *list, by_order);
    return out;
}

bool sb_statement_is_later(const struct sb_past *past, const struct sb_statement *b,
                           const struct sb_statement *a)
{
    return sb_org_eq(&a->event.org, &b->event.org) && !sb_uuid_eq(&a->event.id, &b->event.id) &&
           sb_past_has(past, b->at, a->at);
}

/* Is another of them later than list[of], or earlier? What follows in order is asked first: within
 * an epoch the next one is the later one. */
static bool has_relative(const struct sb_past *past, const struct sb_statements *among, size_t of,
                         bool later)
{
    for (size_t k = 1; k < among->n; k++) {
        size_t i = later ? (of + k) % among->n : (of + among->n - k) % among->n;
        if (later ? sb_statement_is_later(past, among->p[i], among->p[of])
                  : sb_statement_is_later(past, among->p[of], among->p[i])) {
            return true;
        }
    }
    return false;
}

/* Those kept move to the front; the others behind them, so that all can be asked about until the
 * end. */
static void keep(const struct sb_past *past, struct sb_statements *list, bool last)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (!has_relative(past, list, i, last)) {
            const struct sb_statement *one = list->p[i];
            memmove(&list->p[kept + 1], &list->p[kept], (i - kept) * sizeof *list->p);
            list->p[kept++] = one;
        }
    }
    list->n = kept;
}

void sb_statements_keep_last(const struct sb_past *past, struct sb_statements *list)
{
    keep(past, list, true);
}

void sb_statements_keep_first(const struct sb_past *past, struct sb_statements *list)
{
    keep(past, list, false);
}

static struct sb_subject own(enum sb_subject_kind kind, const struct sb_statement *s,
                             struct sb_uuid id)
{
    return (struct sb_subject){kind, {s->event.org, id}};
}

size_t sb_statement_subjects(const struct sb_statement *s, struct sb_subject out[static 2])
{
    if (s->content == SB_CONTENT_AGENDA_ITEM) {
        out[0] = (struct sb_subject){SB_SUBJECT_ITEM, {.id = s->agenda_item.item_id}};
    } else if (s->content == SB_CONTENT_PROPOSAL) {
        out[0] = own(SB_SUBJECT_DECISION, s, s->proposal.decision_id);
        out[1] = (struct sb_subject){SB_SUBJECT_DECISION, s->proposal.replaces};
        return sb_uuid_is_zero(&s->proposal.replaces.id) ? 1 : 2;
    } else if (s->content == SB_CONTENT_POSITION) {
        out[0] = (struct sb_subject){SB_SUBJECT_DECISION, s->position.decision};
    } else if (s->content == SB_CONTENT_NOTIFICATION) {
        out[0] = own(SB_SUBJECT_NOTIFICATION, s, s->notification.notification_id);
    } else if (s->content == SB_CONTENT_ACKNOWLEDGEMENT) {
        out[0] = (struct sb_subject){SB_SUBJECT_NOTIFICATION, s->acknowledgement.notification};
    } else {
        out[0] = own(SB_SUBJECT_DECISION, s, s->ending.decision_id);
    }
    return 1;
}
