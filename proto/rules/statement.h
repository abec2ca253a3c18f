/* What somebody said: an event whose body could be read, in the form in which the rules take it
 * (PROTOCOL §18.1). Plain values that borrow from wherever they were read into. */
#ifndef SB_PROTO_RULES_STATEMENT_H
#define SB_PROTO_RULES_STATEMENT_H

#include "proto/body.h"
#include "proto/rules/calendar_date.h"
#include "proto/rules/past.h"

/* (organisation, UUID): an event, an item, a decision or a notification. */
struct sb_reference {
    struct sb_org org;
    struct sb_uuid id;
};

struct sb_references {
    const struct sb_reference *p;
    size_t n;
};

struct sb_orgs {
    const struct sb_org *p;
    size_t n;
};

/* The numbers of enums are those of samenbus.proto. */
enum sb_agenda_kind { SB_AGENDA_DEADLINE = 3 };
enum sb_agenda_status { SB_AGENDA_CANCELLED = 4, SB_AGENDA_HELD = 5 };

struct sb_agenda_item {
    struct sb_uuid item_id;
    int kind, status;
    bool secret;
    struct sb_bytes title, number, theme, date, start; /* texts as written */
    struct sb_reference parent;                        /* an all-zero id: none */
    struct sb_orgs co_editors;
    struct sb_references supersedes;
};

enum sb_rule {
    SB_RULE_CONSULTATION = 1,
    SB_RULE_CONSENT_ALL = 2,
    SB_RULE_MAJORITY = 3,
    SB_RULE_TWO_THIRDS = 4,
    SB_RULE_WEIGHTED = 5,
};

enum sb_tie { SB_TIE_REJECTED = 1, SB_TIE_POSTPONED = 2, SB_TIE_REVOTE_THEN_CHAIR = 3 };

struct sb_proposal {
    struct sb_uuid decision_id;
    struct sb_bytes title;
    struct sb_orgs participants;
    const uint32_t *weights; /* one per participant, in their order; NULL unless weighted */
    enum sb_rule rule;
    enum sb_tie tie; /* 0: not given */
    int body;        /* 0: not given */
    uint32_t threshold, quorum;
    struct sb_org chair; /* empty: none */
    struct sb_date deadline;
    struct sb_reference replaces; /* an all-zero id: none */
    struct sb_references supersedes;
    struct sb_bytes text; /* the whole content without supersedes, in one encoding */
};

enum sb_position_value {
    SB_POSITION_IN_FAVOUR = 1,
    SB_POSITION_WITH_CONDITIONS = 2,
    SB_POSITION_AGAINST = 3,
    SB_POSITION_CONSENT_WITHHELD = 4,
    SB_POSITION_VIEW_SUBMITTED = 5,
    SB_POSITION_NO_VIEW = 6,
    SB_POSITION_ABSTAINED = 7,
    SB_POSITION_DEFERRED = 8,
    SB_POSITION_NOT_TAKEN = 9,
    SB_POSITION_INFORMATION_ONLY = 10,
};

struct sb_position {
    struct sb_reference decision, revision;
    enum sb_position_value value;
    int body;
    struct sb_date taken;
    struct sb_bytes conditions;
    uint32_t round;
    bool as_chair;
    struct sb_org on_behalf_of; /* empty: none */
};

enum sb_outcome {
    SB_OUTCOME_OPEN = 1,
    SB_OUTCOME_ADOPTED = 2,
    SB_OUTCOME_ADOPTED_WITH_CONDITIONS = 3,
    SB_OUTCOME_NOT_ADOPTED = 4,
    SB_OUTCOME_LAPSED = 5,
    SB_OUTCOME_WITHDRAWN = 6,
    SB_OUTCOME_SUPERSEDED = 7,
    SB_OUTCOME_UNCLEAR = 8,
};

struct sb_ending { /* a withdrawal or a closing */
    struct sb_uuid decision_id;
    enum sb_outcome outcome; /* of a closing */
    const struct sb_cut_tip *cut;
    size_t n_cut;
};

struct sb_notification {
    struct sb_uuid notification_id;
    int severity;
    struct sb_bytes subject, expires; /* texts as written */
    struct sb_time expires_at;        /* valid where expires is not empty */
    struct sb_orgs addressees;
    bool requires_acknowledgement;
};

struct sb_acknowledgement {
    struct sb_reference notification;
    struct sb_bytes text;
};

struct sb_statement {
    struct sb_reference event;
    /* its place; the caller's */
    struct sb_past_at at;
    struct sb_epoch epoch;
    struct sb_hash hash;
    /* what it says */
    struct sb_time time;
    struct sb_date date; /* of a proposal, withdrawal or closing: §18.1, 7 */
    enum sb_content content;
    bool valid;           /* false: only what names its subject is filled in */
    struct sb_bytes says; /* its content, in one encoding; what it is compared by */
    union {
        struct sb_agenda_item agenda_item;
        struct sb_proposal proposal;
        struct sb_position position;
        struct sb_ending ending;
        struct sb_notification notification;
        struct sb_acknowledgement acknowledgement;
    };
};

/* Some statements, borrowed. */
struct sb_statements {
    const struct sb_statement **p;
    size_t n;
};

#endif
