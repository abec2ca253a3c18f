/* The check at the origin: the event is folded into the view, and what the view says of it is put
 * into words for whoever publishes it. So nothing is refused here that elsewhere would count. */
#include "proto/rules/refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

enum { LIST_BYTES = 400, REFERENCE_BYTES = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX };

struct refusal {
    const struct sb_rules_lookup *lookup;
    const struct sb_statement *said;
    char *text;
    size_t cap;
};

static enum sb_code refuse(const struct refusal *r, enum sb_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum sb_code refuse(const struct refusal *r, enum sb_code code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(r->text, r->cap, fmt, ap);
    va_end(ap);
    return code;
}

static enum sb_code refuse_unseen(const struct refusal *r)
{
    return refuse(r, SB_CODE_TOO_LARGE,
                  "more has been said about this than there is memory to look at");
}

/* ---- lists in sentences, cut where they grow long */

static void write_reference(char out[static REFERENCE_BYTES], const struct sb_reference *of)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    (void)snprintf(out, REFERENCE_BYTES, "%s/%s", of->org.s, id);
}

static void list_events(char out[static LIST_BYTES], const struct sb_statements *list)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->n && n + REFERENCE_BYTES + 8 < LIST_BYTES; i++) {
        char one[REFERENCE_BYTES];
        write_reference(one, &list->p[i]->event);
        n += (size_t)snprintf(out + n, LIST_BYTES - n, "%s\"%s\"", i > 0 ? ", " : "", one);
    }
}

static void list_orgs(char out[static LIST_BYTES], const struct sb_orgs *list)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < list->n && n + SB_ORG_MAX + 8 < LIST_BYTES; i++) {
        n += (size_t)snprintf(out + n, LIST_BYTES - n, "%s%s", i > 0 ? ", " : "", list->p[i].s);
    }
}

/* ---- what a view says of the event */

static enum sb_why why_ignored(const struct sb_ignored *list, size_t n,
                               const struct sb_statement *said)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].statement == said) {
            return list[i].why;
        }
    }
    return SB_WHY_NONE;
}

static enum sb_code code_of(enum sb_why why)
{
    switch (why) {
    case SB_WHY_NONE: return SB_CODE_OK;
    case SB_WHY_UNKNOWN_DECISION: return SB_CODE_UNKNOWN_DECISION;
    case SB_WHY_CLOSED: return SB_CODE_CLOSED;
    case SB_WHY_NOT_PROPOSER:
    case SB_WHY_REPLACES_ITSELF:
    case SB_WHY_NOT_CHAIR:
    case SB_WHY_NOT_EDITOR: return SB_CODE_NOT_ALLOWED;
    case SB_WHY_NOT_PARTICIPANT: return SB_CODE_NOT_PARTICIPANT;
    case SB_WHY_UNKNOWN_REVISION: return SB_CODE_STALE_REVISION;
    case SB_WHY_INVALID:
    case SB_WHY_CYCLE:
    case SB_WHY_UNKNOWN_ITEM:
    case SB_WHY_OTHER_ITEM:
    case SB_WHY_OTHER_BODY:
    case SB_WHY_NO_SUCH_ROUND:
    case SB_WHY_UNKNOWN_NOTIFICATION:
    case SB_WHY_NOT_ADDRESSEE:
    case SB_WHY_COUNT: break;
    }
    return SB_CODE_INVALID_BODY;
}

/* The day of the publish, or a later one that the event itself is about. */
static const struct sb_decision_view *
look(const struct refusal *r, const struct sb_reference *decision, const struct sb_statement *with)
{
    struct sb_date day = sb_date_of(r->said->time);
    struct sb_date own =
        r->said->content == SB_CONTENT_POSITION ? r->said->position.taken : r->said->date;
    return r->lookup->decision(r->lookup->context, decision, with, own.days > day.days ? own : day);
}

static enum sb_code refuse_unknown(const struct refusal *r, const struct sb_reference *decision)
{
    char name[REFERENCE_BYTES];
    write_reference(name, decision);
    return refuse(r, SB_CODE_UNKNOWN_DECISION,
                  "no proposal of the decision %s is known here; write the id of one that is, or "
                  "wait until it has come",
                  name);
}

static enum sb_code refuse_closed(const struct refusal *r, const struct sb_decision_view *view)
{
    return refuse(r, SB_CODE_CLOSED, "the decision has ended (%s); propose a new one",
                  view->reason);
}

static bool has_ended(const struct sb_decision_view *view)
{
    return view->ends.n > 0 && !view->ends_contradict;
}

/* ---- positions */

static enum sb_code refuse_stale(const struct refusal *r, const struct sb_decision_view *view)
{
    char current[LIST_BYTES];
    list_events(current, &view->last_revisions);
    return refuse(r, SB_CODE_STALE_REVISION,
                  "revision: this is not the current text; take a position on %s", current);
}

static enum sb_code refuse_position(const struct refusal *r, const struct sb_decision_view *view,
                                    const struct sb_position_view *p)
{
    char list[LIST_BYTES];
    enum sb_code code = code_of(p->why);
    if (code == SB_CODE_STALE_REVISION) {
        return refuse_stale(r, view);
    }
    if (code == SB_CODE_NOT_PARTICIPANT) {
        list_orgs(list, &view->revision->proposal.participants);
        return refuse(r, code, "%s is not a participant in this decision; the participants are %s",
                      p->organisation.s, list);
    }
    if (p->why == SB_WHY_NOT_PROPOSER) {
        return refuse(r, code, "onBehalfOf: only %s, which proposed it, records for others",
                      view->decision.org.s);
    }
    if (p->why == SB_WHY_NOT_CHAIR) {
        const char *chair = view->revision->proposal.chair.s;
        return refuse(r, code, "asChair: only the chair decides on a tie, and that is %s",
                      chair[0] == '\0' ? "nobody here" : chair);
    }
    return refuse(r, code,
                  p->why == SB_WHY_OTHER_BODY ? "body: %s; write the body that the proposal names"
                                              : "round: %s now; leave round and asChair out",
                  sb_why_sentence(p->why));
}

static enum sb_code check_position(const struct refusal *r)
{
    const struct sb_decision_view *view = look(r, &r->said->position.decision, r->said);
    if (view == NULL) {
        return refuse_unseen(r);
    }
    if (view->revision == NULL) {
        return refuse_unknown(r, &view->decision);
    }
    if (has_ended(view)) {
        return refuse_closed(r, view);
    }
    for (size_t i = 0; i < view->n_positions; i++) {
        const struct sb_position_view *p = &view->positions[i];
        if (p->statement == r->said && p->state == SB_POSITION_IGNORED) {
            return refuse_position(r, view, p);
        }
        if (p->statement == r->said && p->state == SB_POSITION_STALE) {
            return refuse_stale(r, view);
        }
    }
    return SB_CODE_OK;
}

/* ---- proposals and ends */

static bool supersedes_all(const struct sb_references *names, const struct sb_statements *list)
{
    for (size_t i = 0; i < list->n; i++) {
        bool named = false;
        for (size_t k = 0; k < names->n; k++) {
            named = named || sb_reference_eq(&names->p[k], &list->p[i]->event);
        }
        if (!named) {
            return false;
        }
    }
    return true;
}

static enum sb_code check_replaces(const struct refusal *r, const struct sb_reference *replaces)
{
    const struct sb_reference own = {r->said->event.org, r->said->proposal.decision_id};
    if (sb_uuid_is_zero(&replaces->id)) {
        return SB_CODE_OK;
    }
    if (!sb_org_eq(&replaces->org, &own.org) || sb_reference_eq(replaces, &own)) {
        return refuse(
            r, SB_CODE_NOT_ALLOWED,
            "replaces: a decision succeeds another one of the same organisation; leave it "
            "out, or ask %s to propose it",
            replaces->org.s);
    }
    const struct sb_decision_view *view = look(r, replaces, NULL);
    if (view == NULL) {
        return refuse_unseen(r);
    }
    return view->revision == NULL ? refuse_unknown(r, replaces) : SB_CODE_OK;
}

static enum sb_code check_proposal(const struct refusal *r)
{
    const struct sb_reference own = {r->said->event.org, r->said->proposal.decision_id};
    const struct sb_references *names = &r->said->proposal.supersedes;
    const struct sb_decision_view *view = look(r, &own, NULL);
    char current[LIST_BYTES];
    if (view == NULL) {
        return refuse_unseen(r);
    }
    if (view->revision != NULL && has_ended(view)) {
        return refuse_closed(r, view);
    }
    list_events(current, &view->last_revisions);
    if (!supersedes_all(names, &view->last_revisions)) {
        return refuse(r, SB_CODE_STALE_REVISION,
                      "supersedes: the current text is %s; write supersedes [%s]", current,
                      current);
    }
    if (view->revision == NULL && names->n > 0) {
        return refuse(r, SB_CODE_INVALID_BODY,
                      "supersedes: nothing of this decision is known here; leave it out");
    }
    return check_replaces(r, &r->said->proposal.replaces);
}

static enum sb_code check_end(const struct refusal *r)
{
    const struct sb_reference own = {r->said->event.org, r->said->ending.decision_id};
    const struct sb_decision_view *before = look(r, &own, NULL), *after;
    if (before == NULL) {
        return refuse_unseen(r);
    }
    if (before->revision == NULL) {
        return refuse_unknown(r, &own);
    }
    if (has_ended(before)) {
        return refuse_closed(r, before);
    }
    after = look(r, &own, r->said);
    if (after == NULL) {
        return refuse_unseen(r);
    }
    bool differs = r->said->content == SB_CONTENT_CLOSING && !after->ends_contradict &&
                   after->outcome != r->said->ending.outcome;
    return differs ? refuse(r, SB_CODE_INVALID_BODY,
                            "outcome: the positions that it counts give %s (%s); state that",
                            sb_outcome_name(after->outcome), after->reason)
                   : SB_CODE_OK;
}

/* ---- agenda items */

static bool has(const struct sb_statements *list, const struct sb_statement *one)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->p[i] == one) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct refusal *r, const struct sb_statement *one)
{
    const struct sb_references *names = &r->said->agenda_item.supersedes;
    for (size_t i = 0; i < names->n; i++) {
        if (sb_reference_eq(&names->p[i], &one->event)) {
            return true;
        }
    }
    return false;
}

/* Does it replace what is secret, and nothing else that counts? */
static bool names_a_secret(const struct refusal *r, const struct sb_agenda_group *group)
{
    for (size_t i = 0; i < group->n_items; i++) {
        const struct sb_statement *winner = group->items[i].winner;
        if (winner->agenda_item.secret && is_named(r, winner)) {
            return true;
        }
        for (size_t k = 0; k < group->items[i].conflict.n; k++) {
            const struct sb_statement *other = group->items[i].conflict.p[k];
            if (other->agenda_item.secret && is_named(r, other)) {
                return true;
            }
        }
    }
    return false;
}

static enum sb_code refuse_secret(const struct refusal *r)
{
    return refuse(r, SB_CODE_INVALID_BODY,
                  "disclosure: others know this item, and what is secret replaces nothing of it; "
                  "give what is secret an itemId of its own");
}

static enum sb_code check_edit(const struct refusal *r, const struct sb_agenda_group *group)
{
    char heads[LIST_BYTES];
    enum sb_why why = why_ignored(group->ignored, group->n_ignored, r->said);
    if (why == SB_WHY_UNKNOWN_ITEM && names_a_secret(r, group)) {
        return refuse(r, SB_CODE_INVALID_BODY,
                      "supersedes: nobody else knows what is secret; publish the item without "
                      "supersedes first, then an edit that supersedes both");
    }
    if (why != SB_WHY_NONE) {
        return refuse(r, code_of(why), "supersedes: %s", sb_why_sentence(why));
    }
    for (size_t i = 0; i < group->n_items; i++) {
        const struct sb_agenda_view *view = &group->items[i];
        bool edited =
            view->conflict.n > 0 && (view->winner == r->said || has(&view->conflict, r->said));
        const struct sb_statement *winner = view->winner;
        if (edited && r->said->agenda_item.secret && !winner->agenda_item.secret) {
            return refuse_secret(r);
        }
        if (edited) {
            struct sb_statements one = {&winner, 1};
            list_events(heads, winner == r->said ? &view->conflict : &one);
            return refuse(r, SB_CODE_STALE_REVISION,
                          "supersedes: the item has been edited since; name %s as well", heads);
        }
    }
    return SB_CODE_OK;
}

static enum sb_code check_item(const struct refusal *r)
{
    const struct sb_agenda_item *item = &r->said->agenda_item;
    const struct sb_agenda_group *group = r->lookup->item(r->lookup->context, &item->item_id,
                                                          item->supersedes.n > 0 ? r->said : NULL);
    if (group == NULL) {
        return refuse_unseen(r);
    }
    if (item->supersedes.n > 0) {
        return check_edit(r, group);
    }
    for (size_t i = 0; i < group->n_items; i++) {
        /* What was secret is said anew to those who could not read it. */
        if (sb_org_eq(&group->items[i].item.org, &r->said->event.org) &&
            !group->items[i].winner->agenda_item.secret) {
            char now[REFERENCE_BYTES];
            if (item->secret) {
                return refuse_secret(r);
            }
            write_reference(now, &group->items[i].winner->event);
            return refuse(r, SB_CODE_INVALID_BODY,
                          "itemId: this item exists; write supersedes [\"%s\"], or take a new "
                          "itemId",
                          now);
        }
    }
    return SB_CODE_OK;
}

enum sb_code sb_rules_check(const struct sb_rules_lookup *lookup, const struct sb_statement *said,
                            char *text, size_t text_cap)
{
    const struct refusal r = {lookup, said, text, text_cap};
    text[0] = '\0';
    if (said->content == SB_CONTENT_AGENDA_ITEM) {
        return check_item(&r);
    }
    if (said->content == SB_CONTENT_PROPOSAL) {
        return check_proposal(&r);
    }
    if (said->content == SB_CONTENT_POSITION) {
        return check_position(&r);
    }
    if (said->content == SB_CONTENT_WITHDRAWAL || said->content == SB_CONTENT_CLOSING) {
        return check_end(&r);
    }
    return SB_CODE_OK; /* notifications and what acknowledges them */
}
