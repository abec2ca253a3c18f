/* Views as JSON: what the vectors compare byte for byte and the command prints (PROTOCOL §18). */
#ifndef SB_PROTO_VIEW_JSON_H
#define SB_PROTO_VIEW_JSON_H

#include "proto/json_out.h"
#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"
#include "proto/rules/notification.h"

/* The members of one view; the caller opens and closes the object, and may add its own. */
void sb_json_put_decision(struct sb_json_out *out, const struct sb_decision_view *view);
void sb_json_put_agenda(struct sb_json_out *out, const struct sb_agenda_view *view,
                        const struct sb_agenda_group *group);
void sb_json_put_notification(struct sb_json_out *out, const struct sb_notification_view *view);

#endif
