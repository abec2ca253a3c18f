/* May an origin publish this, by what it holds? An event of its own that would have no effect is
 * refused, with a sentence that says what would be right (PROTOCOL §18.8). Pure. */
#ifndef SB_PROTO_RULES_REFUSE_H
#define SB_PROTO_RULES_REFUSE_H

#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"

/* How the check looks at what is held. Both give the view with one statement more, as if it were
 * the latest of its origin: at a place that has all own links in its past. NULL where the arena is
 * full. */
struct sb_rules_lookup {
    const struct sb_decision_view *(*decision)(void *context, const struct sb_reference *decision,
                                               const struct sb_statement *with,
                                               struct sb_date as_of);
    const struct sb_agenda_group *(*item)(void *context, const struct sb_uuid *item_id,
                                          const struct sb_statement *with);
    void *context;
};

/* `said` is valid, and of its event only organisation and id are looked at. SB_CODE_OK; or why not,
 * with a sentence in `text`. SB_CODE_TOO_LARGE where the arena was full. */
enum sb_code sb_rules_check(const struct sb_rules_lookup *lookup, const struct sb_statement *said,
                            char *text, size_t text_cap);

#endif
