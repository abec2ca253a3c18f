/* See config_helper.h. */
#include "tests/unit/config/config_helper.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

char *report_text(const struct sb_report *report)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    sb_report_print(report, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

struct sb_config *must_parse(const char *name, const char *text)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *config = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_config_parse(&config, name, text, strlen(text), report, &err);
    char *printed = report_text(report);
    assert_string_equal(printed, "");
    assert_int_equal(rc, SB_OK);
    free(printed);
    sb_report_free(report);
    return config;
}

char *must_refuse(const char *text)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *config = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_config_parse(&config, "samenbusd.yaml", text, strlen(text), report, &err);
    assert_int_equal(rc, SB_E_CONFIG);
    assert_int_equal(err.rc, SB_E_CONFIG);
    assert_null(config);
    char *printed = report_text(report);
    sb_report_free(report);
    return printed;
}

void make_folder(char path[static 64])
{
    snprintf(path, 64, "/tmp/samenbus-config-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void remove_folder(const char *path)
{
    assert_int_equal(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *path_in(const char *folder, const char *name)
{
    static char buffers[4][256];
    static size_t next;
    char *path = buffers[next++ % 4];
    int n = snprintf(path, sizeof buffers[0], "%s/%s", folder, name);
    assert_in_range(n, 1, sizeof buffers[0] - 1);
    return path;
}

void write_file(const char *path, mode_t mode, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fputs(text, out) >= 0, 1);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, mode), 0);
}
