/* Announcements of new keys beside the configuration: whose keys they replace, and what goes along
 * with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "config/config.h"
#include "proto/bytes.h"
#include "proto/rekey.h"
#include "tests/unit/config/config_helper.h"

enum { ARENA = 1024 * 1024 };

static const struct sb_sign_seed OLD = {{1}}, NEW = {{2}}, NEWER = {{3}};
static const uint8_t NONE[SB_CONFIG_KEY_BYTES];

/* An announcement of GM0451 in `folder`/rekeys/`name`: this key in the place of that one, with a
 * connection key of `curve` bytes. */
static void announce(const char *folder, const char *name, const struct sb_sign_seed *from,
                     const struct sb_sign_seed *to, int curve)
{
    struct sb_arena arena;
    struct sb_rekey r = {.partnership = "duoplus",
                         .old_key = sb_sign_public_of(from),
                         .sign_key = sb_sign_public_of(to)};
    sb_arena_init(&arena, ARENA);
    assert_true(sb_org_parse(&r.organisation, "GM0451", 6));
    memset(r.curve_key, curve, sizeof r.curve_key);
    struct sb_bytes text = sb_rekey_write(&r, to, &arena);
    char *copy = strndup((const char *)text.p, text.n);
    assert_non_null(copy);
    write_file(path_in(folder, name), 0644, copy);
    free(copy);
    sb_arena_fini(&arena);
}

/* A daemon's folder with one partner, whose next connection key is pinned. */
static void make_daemon(char folder[static 64])
{
    char yaml[1024], sign[64];
    struct sb_sign_public key = sb_sign_public_of(&OLD);
    sb_base64_encode(sign, key.b, sizeof key.b);
    snprintf(yaml, sizeof yaml,
             "%speers:\n  - {id: GM0451, sign_key: \"%s\", curve_key: \"%s\", "
             "next_curve_key: \"%s\"}\n",
             LEAST, sign, CURVE_KEY_1, CURVE_KEY_2);
    make_folder(folder);
    assert_int_equal(mkdir(path_in(folder, "rekeys"), 0755), 0);
    write_file(path_in(folder, "samenbusd.yaml"), 0644, yaml);
}

static struct sb_config *load(const char *folder)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *c = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_config_load(&c, path_in(folder, "samenbusd.yaml"), report, &err);
    char *printed = report_text(report);
    assert_string_equal(printed, "");
    assert_int_equal(rc, SB_OK);
    free(printed);
    sb_report_free(report);
    return c;
}

static void assert_filled(const uint8_t key[static SB_CONFIG_KEY_BYTES], int byte)
{
    uint8_t expected[SB_CONFIG_KEY_BYTES];
    memset(expected, byte, sizeof expected);
    assert_memory_equal(key, expected, sizeof expected);
}

static void test_rekeys_leave_the_keys_of_others_alone(void **state)
{
    (void)state;
    char folder[64];
    make_daemon(folder);
    announce(folder, "rekeys/of-another-key.rekey", &NEW, &NEWER, 8);
    struct sb_config *c = load(folder);
    struct sb_sign_public old = sb_sign_public_of(&OLD);
    assert_memory_equal(c->peers[0].sign_key, old.b, sizeof old.b);
    assert_filled(c->peers[0].curve_key, 0x11);
    assert_filled(c->peers[0].next_curve_key, 0x22);
    sb_config_free(c);
    remove_folder(folder);
}

/* Whoever stole the keys may have announced the next connection key too: a partner that goes on to
 * pin it lets the thief in. */
static void test_rekeys_take_the_next_connection_key_along(void **state)
{
    (void)state;
    char folder[64];
    make_daemon(folder);
    announce(folder, "rekeys/b.rekey", &OLD, &NEW, 7);
    announce(folder, "rekeys/a.rekey", &NEW, &NEWER, 8);
    struct sb_config *c = load(folder);
    struct sb_sign_public newest = sb_sign_public_of(&NEWER);
    assert_memory_equal(c->peers[0].sign_key, newest.b, sizeof newest.b);
    assert_filled(c->peers[0].curve_key, 8);
    assert_memory_equal(c->peers[0].next_curve_key, NONE, sizeof NONE);
    sb_config_free(c);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rekeys_leave_the_keys_of_others_alone),
        cmocka_unit_test(test_rekeys_take_the_next_connection_key_along),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
