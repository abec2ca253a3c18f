/* Views as JSON: what the vectors compare byte for byte and the command prints (PROTOCOL §18). */
#ifndef SB_PROTO_VIEW_JSON_H
#define SB_PROTO_VIEW_JSON_H

#include "proto/json_out.h"
#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"
#include "proto/rules/notification.h"

/* The members of one view; the caller opens and closes the object, and ends a decision's with
 * "complete". */
void sb_json_put_decision(struct sb_json_out *out, const struct sb_decision_view *view);
void sb_json_put_agenda(struct sb_json_out *out, const struct sb_agenda_view *view,
                        const struct sb_agenda_group *group);
void sb_json_put_notification(struct sb_json_out *out, const struct sb_notification_view *view);

/* What a statement says, as `publish` would read it (PROTOCOL §16.1): one object. */
void sb_json_put_says(struct sb_json_out *out, const struct sb_statement *statement);

/* Names of enum values for people, such as in_favour. */
enum sb_view_words {
    SB_VIEW_DECISION_RULE,
    SB_VIEW_DECIDING_BODY,
    SB_VIEW_POSITION_VALUE,
    SB_VIEW_AGENDA_STATUS,
    SB_VIEW_SEVERITY,
};
enum { SB_VIEW_WORD_MAX = 48 };

/* False, and an empty text, for a value that has no name. */
bool sb_view_word(char out[static SB_VIEW_WORD_MAX], enum sb_view_words of, int value);

#endif
