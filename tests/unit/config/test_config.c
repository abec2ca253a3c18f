/* What a right configuration becomes: types, defaults, paths, places, conf.d, examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/config.h"
#include "tests/unit/config/config_helper.h"

static void test_config_takes_defaults_when_left_out(void **state)
{
    (void)state;
    struct sb_config *c = must_parse("samenbusd.yaml", LEAST);
    assert_string_equal(c->partnership, "duoplus");
    assert_string_equal(c->organisation.name, "GM0384");
    assert_int_equal(c->store.max_size, UINT64_C(8) << 30);
    assert_int_equal(c->store.max_size_per_origin, UINT64_C(2) << 30);
    assert_int_equal(c->recovery.wait_ms, 5000);
    assert_int_equal(c->log.level, SB_CONFIG_LOG_INFO);
    assert_int_equal(c->log.format, SB_CONFIG_LOG_TEXT);
    assert_null(c->eventlog.path);
    assert_null(c->on_alarm);
    assert_int_equal(c->n_peers, 0);
    assert_int_equal(c->n_clients, 0);
    sb_config_free(c);
}

static void test_config_reads_every_type(void **state)
{
    (void)state;
    uint8_t key[SB_CONFIG_KEY_BYTES];
    struct sb_config *c = must_parse(
        "etc/samenbusd.yaml",
        "partnership: 'duo plus'\n"
        "organisation:\n  id: GM0384\n  name: Diemen\n"
        "  sign_key: keys/a.sign.key\n  curve_key: /etc/keys/a.curve.key\n"
        "listen: {publish: 'tcp://*:7461', service: ipc://run/service}\n"
        "store: {path: store, max_size: 512MiB, max_size_per_origin: 1024KiB}\n"
        "peers:\n"
        "  - {id: GM0451, name: Uithoorn, sign_key: \"" SIGN_KEY_1 "\", curve_key: \"" CURVE_KEY_1
        "\", publish: \"tcp://[::1]:7471\", service: ipc:///run/x}\n"
        "  - {id: GM0437, sign_key: \"" SIGN_KEY_2 "\", curve_key: \"" CURVE_KEY_2 "\"}\n"
        "clients:\n"
        "  - {name: operator, curve_key: \"gCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*y\","
        " publish: [agenda/, custom/zaaksysteem], subscribe: true, admin: true}\n"
        "eventlog: {path: events.ndjson}\n"
        "log: {level: debug, format: json}\n"
        "recovery: {wait: 2min}\n"
        "on_alarm: /bin/true\n");
    assert_string_equal(c->partnership, "duo plus");
    assert_string_equal(c->organisation.sign_key, "etc/keys/a.sign.key");
    assert_string_equal(c->organisation.curve_key, "/etc/keys/a.curve.key");
    assert_string_equal(c->listen.publish, "tcp://*:7461");
    assert_string_equal(c->listen.service, "ipc://etc/run/service");
    assert_string_equal(c->store.path, "etc/store");
    assert_int_equal(c->store.max_size, UINT64_C(512) << 20);
    assert_int_equal(c->store.max_size_per_origin, 1 << 20);
    assert_int_equal(c->n_peers, 2);
    assert_string_equal(c->peers[0].id, "GM0451");
    assert_string_equal(c->peers[0].name, "Uithoorn");
    assert_string_equal(c->peers[0].publish, "tcp://[::1]:7471");
    assert_string_equal(c->peers[0].service, "ipc:///run/x");
    memset(key, 0x11, sizeof key);
    assert_memory_equal(c->peers[0].sign_key, key, sizeof key);
    assert_memory_equal(c->peers[0].curve_key, key, sizeof key);
    assert_string_equal(c->peers[1].name, "GM0437");
    assert_null(c->peers[1].publish);
    assert_null(c->peers[1].service);
    assert_int_equal(c->n_clients, 1);
    assert_string_equal(c->clients[0].name, "operator");
    memset(key, 0x33, sizeof key);
    assert_memory_equal(c->clients[0].curve_key, key, sizeof key);
    assert_int_equal(c->clients[0].n_publish, 2);
    assert_string_equal(c->clients[0].publish[0], "agenda/");
    assert_string_equal(c->clients[0].publish[1], "custom/zaaksysteem");
    assert_true(c->clients[0].subscribe);
    assert_true(c->clients[0].admin);
    assert_string_equal(c->eventlog.path, "etc/events.ndjson");
    assert_int_equal(c->log.level, SB_CONFIG_LOG_DEBUG);
    assert_int_equal(c->log.format, SB_CONFIG_LOG_JSON);
    assert_int_equal(c->recovery.wait_ms, 120000);
    assert_string_equal(c->on_alarm, "/bin/true");
    sb_config_free(c);
}

static void test_config_allows_empty_lists_and_mappings(void **state)
{
    (void)state;
    struct sb_config *c = must_parse("samenbusd.yaml", LEAST "peers:\nclients: []\nlog:\n");
    assert_int_equal(c->n_peers, 0);
    assert_int_equal(c->n_clients, 0);
    assert_int_equal(c->log.level, SB_CONFIG_LOG_INFO);
    sb_config_free(c);
}

static void test_config_names_places_of_values(void **state)
{
    (void)state;
    struct sb_config *c = must_parse("samenbusd.yaml", LEAST "log:\n  level: debug\n");
    struct sb_report_place at = sb_config_place(c->log.node, "level");
    assert_string_equal(at.file, "samenbusd.yaml");
    assert_int_equal(at.line, 6);
    assert_int_equal(at.column, 10);
    assert_int_equal(at.width, 5);
    assert_int_equal(sb_config_place(c->log.node, "format").line, 5);
    assert_true(sb_config_has(c->log.node, "level"));
    assert_false(sb_config_has(c->log.node, "format"));
    assert_int_equal(sb_config_place(c->node, NULL).line, 0);
    sb_config_free(c);
}

static void test_config_parses_the_examples(void **state)
{
    (void)state;
    struct sb_report *report = sb_report_new();
    struct sb_config *c = NULL;
    struct sb_client_config *client = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_config_load(&c, "config/samenbusd.yaml", report, &err);
    sb_report_print(report, stderr);
    assert_int_equal(rc, SB_OK);
    assert_int_equal(c->n_peers, 2);
    assert_int_equal(c->n_clients, 2);
    assert_null(c->peers[1].publish);
    assert_int_equal(sb_client_config_load(&client, "config/client.yaml", report, &err), SB_OK);
    assert_string_equal(client->organisation, "GM0384");
    assert_string_equal(client->curve_key, "config/keys/operator.curve.key");
    assert_memory_equal(client->server_key, c->peers[0].curve_key, SB_CONFIG_KEY_BYTES);
    sb_config_free(c);
    sb_client_config_free(client);
    sb_report_free(report);
}

/* The commented defaults of the example must be the real ones. */
static void test_config_example_shows_the_defaults(void **state)
{
    (void)state;
    static char text[SB_CONFIG_FILE_BYTES_MAX + 1];
    FILE *in = fopen("config/samenbusd.yaml", "r");
    assert_non_null(in);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = 0;
    int shown = 0;
    for (char *at = text; (at = strstr(at, "\n  # ")) != NULL; at++) {
        if (at[5] >= 'a' && at[5] <= 'z' && strchr(at + 5, ':') < strchr(at + 5, '\n')) {
            memmove(at + 3, at + 5, strlen(at + 5) + 1);
            shown++;
        }
    }
    assert_int_equal(shown, 7);
    struct sb_config *written = must_parse("config/samenbusd.yaml", text);
    struct sb_config *left_out = must_parse("samenbusd.yaml", LEAST);
    assert_int_equal(written->store.max_size, left_out->store.max_size);
    assert_int_equal(written->store.max_size_per_origin, left_out->store.max_size_per_origin);
    assert_int_equal(written->log.level, left_out->log.level);
    assert_int_equal(written->log.format, left_out->log.format);
    assert_int_equal(written->recovery.wait_ms, left_out->recovery.wait_ms);
    sb_config_free(written);
    sb_config_free(left_out);
}

static void load_folder(const char *folder, enum sb_rc expected, struct sb_config **config,
                        char **printed)
{
    struct sb_report *report = sb_report_new();
    struct sb_err err = {0};
    enum sb_rc rc = sb_config_load(config, path_in(folder, "samenbusd.yaml"), report, &err);
    *printed = report_text(report);
    if (rc != expected) {
        print_error("%s\n", *printed);
    }
    assert_int_equal(rc, expected);
    sb_report_free(report);
}

static void test_config_adds_partners_of_conf_d_by_name(void **state)
{
    (void)state;
    char folder[64], *printed;
    struct sb_config *c = NULL;
    make_folder(folder);
    assert_int_equal(mkdir(path_in(folder, "conf.d"), 0755), 0);
    write_file(path_in(folder, "samenbusd.yaml"), 0644,
               LEAST "peers:\n  - {id: GM0451, sign_key: \"" SIGN_KEY_1
                     "\", curve_key: \"" CURVE_KEY_1 "\"}\n");
    write_file(path_in(folder, "conf.d/b.yaml"), 0644,
               "id: GM0736\nsign_key: MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM=\n"
               "curve_key: gCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*ygCZ*y\n"
               "publish: ipc://p\nservice: ipc://s\n");
    write_file(path_in(folder, "conf.d/a.yaml"), 0644,
               "id: GM0437\nsign_key: \"" SIGN_KEY_2 "\"\ncurve_key: \"" CURVE_KEY_2 "\"\n");
    write_file(path_in(folder, "conf.d/.hidden.yaml"), 0644, "not looked at");
    write_file(path_in(folder, "conf.d/old.yaml.bak"), 0644, "not looked at");
    write_file(path_in(folder, "conf.d/c.yml"), 0644, "not read, but told");
    write_file(path_in(folder, "conf.d/D.YAML"), 0644, "likewise");
    load_folder(folder, SB_OK, &c, &printed);
    assert_int_equal(c->n_peers, 3);
    assert_string_equal(c->peers[0].id, "GM0451");
    assert_string_equal(c->peers[1].id, "GM0437");
    assert_string_equal(c->peers[2].id, "GM0736");
    char expected[128];
    snprintf(expected, sizeof expected, "ipc://%s/conf.d/p", folder);
    assert_string_equal(c->peers[2].publish, expected);
    assert_int_equal(c->n_unread, 2);
    snprintf(expected, sizeof expected, "%s/conf.d/D.YAML", folder);
    assert_string_equal(c->unread[0], expected);
    snprintf(expected, sizeof expected, "%s/conf.d/c.yml", folder);
    assert_string_equal(c->unread[1], expected);
    sb_config_free(c);
    free(printed);
    remove_folder(folder);
}

static void test_config_reports_mistakes_of_all_files_together(void **state)
{
    (void)state;
    char folder[64], *printed, expected[1024];
    struct sb_config *c = NULL;
    make_folder(folder);
    assert_int_equal(mkdir(path_in(folder, "conf.d"), 0755), 0);
    write_file(path_in(folder, "samenbusd.yaml"), 0644,
               LEAST "peers:\n  - {id: GM0451, sign_key: \"" SIGN_KEY_1
                     "\", curve_key: \"" CURVE_KEY_1 "\"}\nnonsense: 1\n");
    write_file(path_in(folder, "conf.d/a.yaml"), 0644,
               "id: GM0451\nsign_key: \"" SIGN_KEY_2 "\"\ncurve_key: \"" CURVE_KEY_2 "\"\n");
    write_file(path_in(folder, "conf.d/b.yaml"), 0644, "");
    load_folder(folder, SB_E_CONFIG, &c, &printed);
    snprintf(expected, sizeof expected,
             "%s/samenbusd.yaml:7:1: unknown key `nonsense`\n"
             "    7 | nonsense: 1\n"
             "      | ^~~~~~~~\n"
             "      = allowed here: partnership, organisation, listen, store, peers, clients, "
             "eventlog, log, recovery, deadlines, erasures, retention, on_alarm\n"
             "%s/conf.d/a.yaml:1:5: partner `GM0451` is given twice\n"
             "    1 | id: GM0451\n"
             "      |     ^~~~~~\n"
             "      = first in %s/samenbusd.yaml on line 6\n"
             "%s/conf.d/b.yaml: the file is empty\n",
             folder, folder, folder, folder);
    assert_string_equal(printed, expected);
    free(printed);
    remove_folder(folder);
}

static void test_config_refuses_a_file_that_is_absent_or_too_long(void **state)
{
    (void)state;
    char folder[64], *printed, expected[256];
    static char text[SB_CONFIG_FILE_BYTES_MAX + 2];
    struct sb_config *c = NULL;
    make_folder(folder);
    load_folder(folder, SB_E_CONFIG, &c, &printed);
    snprintf(expected, sizeof expected,
             "%s/samenbusd.yaml: cannot be read: No such file or directory\n", folder);
    assert_string_equal(printed, expected);
    free(printed);
    memset(text, '#', sizeof text - 1);
    write_file(path_in(folder, "samenbusd.yaml"), 0644, text);
    load_folder(folder, SB_E_CONFIG, &c, &printed);
    snprintf(expected, sizeof expected,
             "%s/samenbusd.yaml: more than 64 KiB\n"
             "      = partners may stand in files of their own, in conf.d/\n",
             folder);
    assert_string_equal(printed, expected);
    free(printed);
    remove_folder(folder);
}

static void test_config_error_counts_the_mistakes(void **state)
{
    (void)state;
    struct sb_report *report = sb_report_new();
    struct sb_config *c = NULL;
    struct sb_err err = {0};
    assert_int_equal(sb_config_parse(&c, "x.yaml", "{}", 2, report, &err), SB_E_CONFIG);
    assert_string_equal(err.text, "x.yaml: 4 mistakes");
    sb_report_free(report);
    sb_config_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_takes_defaults_when_left_out),
        cmocka_unit_test(test_config_reads_every_type),
        cmocka_unit_test(test_config_allows_empty_lists_and_mappings),
        cmocka_unit_test(test_config_names_places_of_values),
        cmocka_unit_test(test_config_parses_the_examples),
        cmocka_unit_test(test_config_example_shows_the_defaults),
        cmocka_unit_test(test_config_adds_partners_of_conf_d_by_name),
        cmocka_unit_test(test_config_reports_mistakes_of_all_files_together),
        cmocka_unit_test(test_config_refuses_a_file_that_is_absent_or_too_long),
        cmocka_unit_test(test_config_error_counts_the_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
