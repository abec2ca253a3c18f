/* An event being written by a command. Layers of JSON are laid over each other (RFC 7396): what
 * stands, the file, the flags, what must be; then it is checked against the views and published. */
#ifndef SB_CLIENTS_COMMAND_DRAFT_H
#define SB_CLIENTS_COMMAND_DRAFT_H

#include "clients/command/gather.h"
#include "clients/command/publish.h"
#include "proto/client_message.h"
#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"

enum sb_draft_kind {
    SB_DRAFT_TEXT,
    SB_DRAFT_LIST,    /* words with commas between them; the flag may be repeated */
    SB_DRAFT_NUMBER,  /* 0 to 4294967295 */
    SB_DRAFT_TRUE,    /* a flag without a value */
    SB_DRAFT_WEIGHTS, /* ORG=N,ORG=N */
};

/* Which flag is which member of the content. */
struct sb_draft_member {
    const char *flag, *key;
    enum sb_draft_kind kind;
};

struct sb_draft {
    const struct sb_args *args;
    struct sb_gathered *g;
    const char *content;  /* "agendaItem" */
    struct sb_bytes json; /* the whole event so far */
    const char *makes;    /* "decision": what it makes, whose name the result tells; or NULL */
    struct sb_uuid event; /* its own id, from sending on */
    const char *shown_by; /* "agenda show", of what it takes the place of; NULL: of nothing */
    struct sb_reference changes; /* that one */
};

/* Flags of every command that writes. */
#define SB_FLAGS_DRAFT                                                                             \
    SB_FLAG_CONFIG, SB_FLAG_RESULTS, SB_FLAG_ACK, SB_FLAG_TIMEOUT,                                 \
        {"topic", 0, "TOPIC", "such as decision/wonen (default: that of what it answers)"},        \
    {                                                                                              \
        "audience", 0, "ORG,...", "only these (default: those of what it answers, or all)"         \
    }

/* An event of this content without members. */
void sb_draft_begin(struct sb_draft *draft, const struct sb_args *args, struct sb_gathered *g,
                    const char *content);

/* Lays topic and audience, and with `says` the content too, of a statement under what comes. All of
 * these give the exit code; on failure after a complaint. */
int sb_draft_lay_statement(struct sb_draft *draft, const struct sb_statement *statement, bool says);
/* A file ("-": the standard input) with an event, or with its content alone. */
int sb_draft_lay_file(struct sb_draft *draft, const char *path);
int sb_draft_lay_flags(struct sb_draft *draft, const struct sb_draft_member *members, size_t n);

/* Some members of the content, written in between: an object is open when it begins. */
void sb_draft_open(struct sb_draft *draft, struct sb_json_out *out);
int sb_draft_close(struct sb_draft *draft, struct sb_json_out *out);

/* Gives what it makes ("decision") a new UUID, in the content's member ("decisionId"), unless it
 * has one. */
int sb_draft_name(struct sb_draft *draft, const char *makes);

/* Checks the event, publishes it and prints the result. */
int sb_draft_send(struct sb_draft *draft);
/* Prints the result of an event that was refused here; SB_EXIT_REFUSED. */
int sb_draft_refuse(enum sb_code code, const char *text);

/* ORG/UUID as a value, and a list of the events of statements. */
void sb_draft_put_reference(struct sb_json_out *out, const struct sb_reference *of);
void sb_draft_put_supersedes(struct sb_json_out *out, const struct sb_statement *first,
                             const struct sb_statements *others);

/* What a command is about, as it stands today; SB_EXIT_REFUSED after saying that it is not known
 * here, or (own) that only its proposer may do this. */
int sb_draft_decision(struct sb_gathered *g, const struct sb_reference *of,
                      const struct sb_decision_view **out);
int sb_draft_own_decision(struct sb_gathered *g, const struct sb_reference *of,
                          const struct sb_decision_view **out);
int sb_draft_item(struct sb_gathered *g, const struct sb_reference *of,
                  const struct sb_agenda_view **out);

/* May it be published, by what was gathered (PROTOCOL §18.8)? SB_CODE_OK, or why not, with a
 * sentence. */
enum sb_code sb_draft_check(struct sb_gathered *g, const struct sb_submission *event, char *text,
                            size_t text_cap);

#endif
