/* Clients keep their number while their key stays, whatever becomes of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/shell/callers.h"
#include "tests/unit/config/config_helper.h"

#define SIGN_1      "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define CURVE_KEY_3 "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define CLIENT(name, key)                                                                          \
    "  - {name: " name ", curve_key: \"" key "\", publish: [agenda/], subscribe: true}\n"

static uint16_t no_number(const struct sb_node *node, size_t partner)
{
    (void)node;
    return (uint16_t)partner;
}

/* As the daemon does it for a start, and for every reload. */
static void make(struct sb_callers *callers, struct sb_config **config,
                 struct sb_client_places *places, const char *text)
{
    struct sb_err err = {0};
    *config = must_parse("samenbusd.yaml", text);
    assert_int_equal(sb_callers_make(callers, *config, places, &err), SB_OK);
    sb_callers_number(callers, *config, places, NULL, no_number);
}

static void test_callers_keep_the_places_of_keys(void **state)
{
    static struct sb_client_places places;
    struct sb_callers before, after, again;
    struct sb_config *first, *second, *third;
    (void)state;
    make(&before, &first, &places,
         LEAST "clients:\n" CLIENT("one", CURVE_KEY_1) CLIENT("two", CURVE_KEY_2));
    assert_string_equal(before.clients[1].name, "two");
    make(&after, &second, &places,
         LEAST "clients:\n" CLIENT("renamed", CURVE_KEY_2) CLIENT("three", CURVE_KEY_3));
    assert_int_equal(after.n_clients, 3);
    assert_string_equal(after.clients[1].name, "renamed");
    assert_string_equal(after.clients[2].name, "three");
    /* who went has no right left, and its place is nobody else's */
    assert_int_equal(after.clients[0].rights.n_publish, 0);
    assert_false(after.clients[0].rights.subscribe || after.clients[0].rights.admin);
    assert_int_equal(after.n_identities, 2);
    assert_int_equal(after.identities[0].number, SB_IDENTITY_CLIENT + 1);
    assert_int_equal(after.identities[1].number, SB_IDENTITY_CLIENT + 2);
    make(&again, &third, &places, LEAST "clients:\n" CLIENT("back", CURVE_KEY_1));
    assert_int_equal(again.identities[0].number, SB_IDENTITY_CLIENT);
    assert_true(again.identities[0].may_follow);
    assert_string_equal(again.clients[0].name, "back");
    sb_callers_free(&before);
    sb_callers_free(&after);
    sb_callers_free(&again);
    sb_config_free(first);
    sb_config_free(second);
    sb_config_free(third);
}

/* What is broadcast is everything open: whoever may not read all of it may not follow. */
static void test_callers_follow_where_everything_is_shown_to_them(void **state)
{
    static struct sb_client_places places;
    static const char *const clients =
        "clients:\n" CLIENT("one", CURVE_KEY_1) "  - {name: two, curve_key: \"" CURVE_KEY_2
                                                "\", subscribe: true, admin: true}\n";
    static const char *const rules[] = {"", ", show: [agenda/]", ", max_body: 2KiB"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct sb_callers callers;
        struct sb_config *config;
        char text[2048];
        (void)snprintf(text, sizeof text,
                       LEAST "peers:\n  - {id: GM0437, sign_key: \"" SIGN_1
                             "\", curve_key: \"" CURVE_KEY_3 "\"%s}\n%s",
                       rules[i], clients);
        make(&callers, &config, &places, text);
        assert_true(callers.identities[0].may_follow); /* the partner */
        assert_int_equal(callers.identities[1].may_follow, i == 0);
        assert_true(callers.identities[2].may_follow);
        sb_callers_free(&callers);
        sb_config_free(config);
    }
}

static void test_callers_refuse_when_no_place_is_left(void **state)
{
    static struct sb_client_places places;
    struct sb_callers callers;
    struct sb_err err = {0};
    struct sb_config *config =
        must_parse("samenbusd.yaml", LEAST "clients:\n" CLIENT("one", CURVE_KEY_1));
    (void)state;
    for (size_t i = 0; i < SB_CLIENT_PLACES; i++) {
        memcpy(places.key[i], &i, sizeof i);
    }
    places.n = SB_CLIENT_PLACES;
    assert_int_equal(sb_callers_make(&callers, config, &places, &err), SB_E_CONFIG);
    assert_non_null(strstr(err.text, "restart it"));
    sb_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callers_keep_the_places_of_keys),
        cmocka_unit_test(test_callers_follow_where_everything_is_shown_to_them),
        cmocka_unit_test(test_callers_refuse_when_no_place_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
