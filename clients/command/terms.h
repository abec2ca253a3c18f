/* The words of the field for people, in Dutch where the locale says so, else in English: one table.
 * What machines read never goes through here. */
#ifndef SB_CLIENTS_COMMAND_TERMS_H
#define SB_CLIENTS_COMMAND_TERMS_H

#include <stdbool.h>
#include <stddef.h>

enum sb_terms {
    SB_TERM_POSITION, /* in_favour */
    SB_TERM_STATE,    /* of a position: counted, missing */
    SB_TERM_OUTCOME,
    SB_TERM_RULE,
    SB_TERM_BODY,
    SB_TERM_AGENDA, /* kinds and statuses */
    SB_TERM_SEVERITY,
    SB_TERM_DISCLOSURE,
    SB_TERM_LABEL, /* what stands around them; the English text is the key */
    SB_TERM_EFFECT /* of an event, in `explain` */
};

/* Dutch where the first of LC_ALL, LC_MESSAGES and LANG that is set is one of `nl`; no locale has
 * to be installed. */
bool sb_terms_are_dutch(void);

/* The word of the protocol for people; the word itself where the table has none. */
const char *sb_term(enum sb_terms of, const char *word);

/* Why something has no effect: the sentence of the rules, in Dutch by the reason's name. */
const char *sb_term_why(const char *name, const char *english);

/* A sentence of the rules, such as the reason of a decision or a date in words: phrase by phrase,
 * for all but them is names, numbers and dates. */
void sb_term_sentence(char *out, size_t cap, const char *sentence);

#endif
