/* What was said, as the daemon answers it to a command that shows views: statements by what they
 * are about, and the past among them. */
#ifndef SB_CLIENTS_COMMAND_GATHER_H
#define SB_CLIENTS_COMMAND_GATHER_H

#include "clients/command/chains.h"
#include "clients/command/command.h"
#include "proto/rules/words.h"

/* A statement, and what of its event the rules do not need. */
struct sb_gathered_statement {
    struct sb_statement statement; /* first: the lists below point to it */
    struct sb_bytes topic;
    struct sb_audience audience;
};

/* All statements about one item, decision or notification. */
struct sb_gathered_subject {
    struct sb_subject subject;
    const struct sb_statement *const *statements;
    size_t n;
};

struct sb_gathered {
    struct sb_arena arena; /* of all that is gathered, and of the views that are made of it */
    struct sb_chains *chains;
    struct sb_past past;
    const struct sb_gathered_subject *subjects; /* in order */
    size_t n_subjects;
    struct sb_org organisation; /* whose daemon was asked */
    struct sb_time now;
    bool complete; /* nothing is known of that should be here and is not */
};

/* Asks the daemon what was said about these kinds of subjects (1 << kind, and sums of them); `only`
 * leaves those with one id, or is NULL. Returns the exit code; *out is NULL after a complaint on
 * stderr. */
int sb_gather(const struct sb_args *args, unsigned kinds, const struct sb_uuid *only,
              struct sb_gathered **out);
/* The same without the decisions that have ended as of today. */
int sb_gather_open(const struct sb_args *args, unsigned kinds, struct sb_gathered **out);
/* Only what this event is about. */
int sb_gather_event(const struct sb_args *args, const struct sb_reference *event,
                    struct sb_gathered **out);
void sb_gathered_free(struct sb_gathered *g);

/* What was gathered with a statement of one of the lists. */
const struct sb_gathered_statement *sb_gathered_with(const struct sb_statement *statement);
/* The statements about one subject; n is 0 where there are none. */
struct sb_gathered_subject sb_gathered_find(const struct sb_gathered *g,
                                            const struct sb_subject *subject);

/* Ends an answer: "asOf" and "complete", which are true of the whole answer. */
void sb_gathered_put_end(struct sb_json_out *out, const struct sb_gathered *g, bool complete);
/* The same for people: a sentence, where something is missing. */
void sb_gathered_say_end(const struct sb_gathered *g, bool complete);
/* Prints the answer and a line feed; the exit code. */
int sb_gathered_print(struct sb_json_out *out);

/* ORG/UUID from the command line; false after a complaint. */
bool sb_gather_reference(const struct sb_args *args, const char *text, struct sb_reference *out);
/* The date of a flag, or the day of `now`; false after a complaint. */
bool sb_gather_date(const struct sb_args *args, const char *flag, struct sb_time now,
                    struct sb_date *out);

#endif
