/* Every file of mistakes/ is a configuration, a line `====` and the exact report that it must get.
 * Those whose name starts with `client__` are clients' files. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "tests/unit/config/config_helper.h"

enum { CASES_LEAST = 60, CASE_BYTES = 64 * 1024 };

static const char folder[] = "tests/unit/config/mistakes";

static size_t read_case(const char *name, char text[static CASE_BYTES + 1])
{
    FILE *in = fopen(path_in(folder, name), "rb");
    assert_non_null(in);
    size_t n = fread(text, 1, CASE_BYTES, in);
    fclose(in);
    text[n] = 0;
    return n;
}

static char *report_on(bool client, const char *text, size_t n)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *config = NULL;
    struct sb_client_config *client_config = NULL;
    struct sb_err err = {0};
    enum sb_rc rc =
        client ? sb_client_config_parse(&client_config, "client.yaml", text, n, report, &err)
               : sb_config_parse(&config, "samenbusd.yaml", text, n, report, &err);
    char *printed = report_text(report);
    assert_int_equal(rc, SB_E_CONFIG);
    assert_null(config);
    assert_null(client_config);
    sb_report_free(report);
    return printed;
}

/* True when the report is as it should be; otherwise both are shown. */
static bool check_case(const char *name)
{
    static char text[CASE_BYTES + 1];
    size_t n = read_case(name, text);
    char *line = memmem(text, n, "====\n", 5);
    assert_non_null(line);
    char *printed = report_on(strncmp(name, "client__", 8) == 0, text, (size_t)(line - text));
    bool same = strcmp(printed, line + 5) == 0;
    if (!same) {
        print_error("%s: expected\n%s\nbut got\n%s\n", name, line + 5, printed);
    }
    free(printed);
    return same;
}

static int is_case(const struct dirent *entry)
{
    return strstr(entry->d_name, ".case") != NULL;
}

static void test_config_reports_exactly_when_mistaken(void **state)
{
    (void)state;
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_case, alphasort), wrong = 0;
    assert_true(n >= CASES_LEAST);
    for (int i = 0; i < n; i++) {
        wrong += check_case(entries[i]->d_name) ? 0 : 1;
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_reports_exactly_when_mistaken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
