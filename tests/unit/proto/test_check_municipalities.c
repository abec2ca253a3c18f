/* The real list of municipalities, where it lies beside the tree: every code is an organisation id
 * and every name, with its apostrophes and accents, is text that may be published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/body.h"
#include "proto/json.h"
#include "proto/sign.h"
#include "tests/unit/proto/submission.h"

static const char LIST[] = "../shared/data/gemeentecodes-cbs.csv";

static void expect_municipality(const char *code, const char *name)
{
    char json[1000], text[512];
    struct sb_submission submission;
    struct sb_err err;
    enum sb_code verdict;
    struct sb_bytes location = {(const uint8_t *)name, strlen(name)};
    int n = snprintf(json, sizeof json,
                     "{\"topic\":\"agenda/x\",\"audience\":[\"%s\"],\"agendaItem\":{\"itemId\":"
                     "\"" UUID_A "\",\"kind\":\"item\",\"title\":\"x\",\"participants\":[\"%s\"],"
                     "\"location\":%s}}",
                     code, code, (const char *)sb_json_string(location, submission_arena()).p);
    assert_int_equal(sb_json_read_submission(&submission, &verdict, json, (size_t)n, SUBMITTED_AT,
                                             submission_arena(), &err),
                     SB_OK);
    assert_int_equal(verdict, SB_CODE_OK);
    assert_int_equal(sb_submission_check(submission.body, submission_arena(), text, sizeof text),
                     SB_CODE_OK);
    assert_string_equal(submission.audience.orgs[0].s, code);
}

static void test_municipalities_are_organisations(void **state)
{
    (void)state;
    char line[300];
    unsigned count = 0;
    FILE *list = fopen(LIST, "r");
    if (list == NULL) {
        print_message("skipped: there is no %s\n", LIST);
        skip();
    }
    assert_non_null(fgets(line, sizeof line, list)); /* the names of the columns */
    while (fgets(line, sizeof line, list) != NULL) {
        char *comma = strchr(line, ',');
        assert_non_null(comma);
        *comma = '\0';
        comma[1 + strcspn(comma + 1, "\r\n")] = '\0';
        expect_municipality(line, comma + 1);
        count++;
    }
    (void)fclose(list);
    assert_true(count > 300);
}

static int set_up(void **state)
{
    (void)state;
    return sb_crypto_init() ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_municipalities_are_organisations),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
