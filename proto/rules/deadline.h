/* What is due: reminders to those whose position is missing (PROTOCOL §18.10). Pure. */
#ifndef SB_PROTO_RULES_DEADLINE_H
#define SB_PROTO_RULES_DEADLINE_H

#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"

/* The day on which a decision is due that has not ended; SB_DATE_NONE otherwise. */
struct sb_date sb_deadline_of_decision(const struct sb_decision_view *view);
/* The day of an agenda item of kind deadline that is neither cancelled nor held; else
 * SB_DATE_NONE. */
struct sb_date sb_deadline_of_item(const struct sb_agenda_view *view);

/* Is a reminder due to those whose position is missing, `days` before the deadline or later, and
 * not after its day? */
bool sb_deadline_reminds(const struct sb_decision_view *view, unsigned days);
/* The id, of the event and of the notification, of the one reminder to an organisation. */
struct sb_uuid sb_deadline_reminder_id(const struct sb_reference *decision,
                                       const struct sb_reference *revision,
                                       const struct sb_org *org);

#endif
