/* What is known of one event itself: who made it and when, and who has it. */
#ifndef SB_CLIENTS_COMMAND_EXPLAIN_EVENT_H
#define SB_CLIENTS_COMMAND_EXPLAIN_EVENT_H

#include "clients/lib/samenbus.h"
#include "proto/holders.h"
#include "proto/json_out.h"
#include "proto/rules/statement.h"

struct sb_event_facts {
    struct sb_holders holders; /* without items: no such event is here */
    bool readable;             /* the body is here: topic, type, publisher and time are known */
    bool erased, expired;      /* or it was, until `gone_since` */
    struct sb_time gone_since;
    char ground[SB_TITLE_MAX + 1];
    char topic[SB_TOPIC_MAX + 1], publisher[SB_NAME_MAX + 1];
    const char *type;
    struct sb_time time;    /* when the origin's daemon took it */
    struct sb_time signed_; /* of the checkpoint that covers it */
    struct sb_audience audience;
};

/* Asks the daemon; what is borrowed is in the arena. Errors: those of sb_client_where. */
enum sb_rc sb_event_facts_ask(struct sb_event_facts *out, struct sb_client *client,
                              const struct sb_reference *event, struct sb_arena *arena,
                              struct sb_err *err);
void sb_event_facts_print(const struct sb_event_facts *facts);
/* Members of the object that is open. */
void sb_event_facts_put(struct sb_json_out *out, const struct sb_event_facts *facts);

#endif
