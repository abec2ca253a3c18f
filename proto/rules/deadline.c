/* Deadlines of decisions and items, and the ids of reminders, which follow from what they are
 * about: made twice, a reminder is one event. */
#include "proto/rules/deadline.h"

#include <stdio.h>
#include <string.h>

#include "proto/sha256.h"

enum { REFERENCE_BYTES = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX + 1 };

struct sb_date sb_deadline_of_decision(const struct sb_decision_view *view)
{
    return view->revision == NULL || view->ended ? SB_DATE_NONE : view->revision->proposal.deadline;
}

struct sb_date sb_deadline_of_item(const struct sb_agenda_view *view)
{
    const struct sb_agenda_item *item = &view->winner->agenda_item;
    bool due = item->kind == SB_AGENDA_DEADLINE && item->status != SB_AGENDA_CANCELLED &&
               item->status != SB_AGENDA_HELD;
    return due ? sb_agenda_day(item) : SB_DATE_NONE;
}

bool sb_deadline_reminds(const struct sb_decision_view *view, unsigned days)
{
    struct sb_date due = sb_deadline_of_decision(view);
    return sb_date_given(due) && view->missing.n > 0 && view->as_of.days <= due.days &&
           view->as_of.days >= due.days - (int64_t)days;
}

static struct sb_bytes line_of(char out[static REFERENCE_BYTES], const struct sb_reference *r)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &r->id);
    (void)snprintf(out, REFERENCE_BYTES, "%s/%s\n", r->org.s, id);
    return (struct sb_bytes){(const uint8_t *)out, strlen(out)};
}

struct sb_uuid sb_deadline_reminder_id(const struct sb_reference *decision,
                                       const struct sb_reference *revision,
                                       const struct sb_org *org)
{
    static const char domain[] = "samenbus/reminder/1";
    char first[REFERENCE_BYTES], second[REFERENCE_BYTES];
    struct sb_bytes parts[] = {{(const uint8_t *)domain, sizeof domain - 1},
                               line_of(first, decision),
                               line_of(second, revision),
                               {(const uint8_t *)org->s, sb_org_len(org)}};
    struct sb_hash hash = sb_sha256(parts, sizeof parts / sizeof *parts);
    struct sb_uuid id;
    memcpy(id.b, hash.b, sizeof id.b);
    id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80); /* version 8 */
    id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80); /* variant 2 */
    return id;
}
