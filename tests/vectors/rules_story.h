/* Stories for the vectors of the rules: what was said, by whom, knowing what, in short form. */
#ifndef SB_TESTS_VECTORS_RULES_STORY_H
#define SB_TESTS_VECTORS_RULES_STORY_H

#include "tests/vectors/vectors.h"

enum { STORY_CHAINS_MAX = 8, STORY_EVENTS_MAX = 24, STORY_VIEWS_MAX = 6 };

struct story_chain {
    const char *origin;
    unsigned counter;
    const char *parents;     /* "0.4 1.2": chain and seq */
    unsigned leans_on, base; /* base 0: begins at seq 1 */
};

/* In `json`, ' stands for ", $uN for the UUID N, $rN for GM0384/UUID N, and $eCSS for the event of
 * chain C at seq SS; $tC is the tag of chain C, $hCSS the hash of its link. */
struct story_event {
    unsigned chain, seq;
    const char *day; /* a time, or a date: nine o'clock UTC */
    const char *json;
    unsigned id_of; /* not 0: has the id of the event C * 100 + SS */
};

struct story {
    const char *name;
    struct story_chain chains[STORY_CHAINS_MAX]; /* none: one epoch each of three municipalities */
    struct story_event events[STORY_EVENTS_MAX];
    const char *links;               /* "1.4": links whose hash is known beside the events */
    const char *at[STORY_VIEWS_MAX]; /* dates or times of the views */
    const char *subject;             /* as in json; NULL: $r1, of items $u1 */
};

/* The vector of one story, its views made by the rules of proto/. */
enum story_kind { STORY_DECISION, STORY_AGENDA, STORY_NOTIFICATION };
struct json_t *story_case(const struct story *story, enum story_kind kind);

/* Parts of JSON. */
#define PROPOSAL(rest)                                                                             \
    "{'proposal':{'decisionId':'$u1','title':'Regeling','participants':['GM0384','GM0437',"        \
    "'GM0451']," rest "}}"
#define REVISION(id, decision, rest)                                                               \
    "{'proposal':{'decisionId':'" decision "','title':'" id                                        \
    "','participants':['GM0384','GM0437','GM0451']," rest "}}"
#define POSITION(revision, value, taken, rest)                                                     \
    "{'position':{'decision':'$r1','revision':'" revision "','value':'" value                      \
    "','dateTaken':'" taken "'" rest "}}"
#define WITHDRAWAL(date) "{'withdrawal':{'decisionId':'$u1','date':'" date "'}}"
#define CLOSING(outcome, date, rest)                                                               \
    "{'closing':{'decisionId':'$u1','outcome':'" outcome "','date':'" date "'" rest "}}"
#define ITEM(title, rest)                                                                          \
    "{'agendaItem':{'itemId':'$u1','kind':'meeting','title':'" title "','date':'2026-03-12'" rest  \
    "}}"
#define NOTICE(text, rest)                                                                         \
    "{'notification':{'notificationId':'$u1','severity':'attention','subject':'" text "'" rest "}" \
    "}"
#define NOTED(rest) "{'acknowledgement':{'notification':'$r1'" rest "}}"

#endif
