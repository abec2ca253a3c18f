/* For tests of submissions: JSON as it is legible in C, read and checked. */
#ifndef SB_TESTS_UNIT_PROTO_SUBMISSION_H
#define SB_TESTS_UNIT_PROTO_SUBMISSION_H

#include "proto/client_message.h"
#include "proto/code.h"
#include "proto/err.h"

#define UUID_A "01936c9e-8a40-7cc1-b1de-00000000000a"
#define UUID_B "01936c9e-8a40-7cc1-b1de-00000000000b"

/* The time of every submission read here: 2026-11-23T10:00:00.123Z. */
#define SUBMITTED_AT ((struct sb_time){1795428000123})

struct read_result {
    enum sb_rc rc;
    enum sb_code code;
    struct sb_err err;
    struct sb_submission submission;
};

/* The examples of the manual, one object each, ending with NULL; ' stands for ". */
extern const char *const submission_examples[];

/* The text with " for every '. Valid until the test program ends. */
const char *quoted(const char *text);
/* Reads JSON in which ' stands for ". What it borrows is valid until the test program ends. */
struct read_result read_json(const char *text);
/* Reads it, which must succeed, and checks the submission: the code, and the sentence in `text`,
 * which has 512 bytes. */
enum sb_code check_json(const char *json, char text[static 512]);
/* Fails the test unless reading or checking gives exactly this code and this sentence. */
void expect_refusal(const char *json, enum sb_code code, const char *sentence);
/* The arena of all these. */
struct sb_arena *submission_arena(void);

#endif
