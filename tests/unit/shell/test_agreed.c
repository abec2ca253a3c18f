/* What of a partner's events clients are shown: which, who, what is counted and what is told. */
#include "daemon/shell/agreed.h"

#include "daemon/shell/node_internal.h"
#include "tests/unit/shell/node_talk.h"

enum { PARTNER = 1, ORIGINS = 2 };

static const char *const SHOW[] = {"agenda/", "custom/x"};
static const struct sb_core_client reader = {.subscribe = true}, administrator = {.admin = true};
static struct sb_node *node;
static struct sb_salt salt;
static char denied[512];

static void on_denial(void *context, const char *who, const char *what, const char *rule)
{
    (void)context;
    (void)snprintf(denied, sizeof denied, "%s: %s: %s", who, what, rule);
}

static int open_node(void **state)
{
    (void)state;
    node = calloc(1, sizeof *node);
    node->orgs = calloc(ORIGINS, sizeof *node->orgs);
    node->origins = calloc(ORIGINS, sizeof *node->origins);
    node->n_origins = ORIGINS;
    node->o.events.denial = on_denial;
    assert_true(sb_org_parse(&node->orgs[PARTNER], "GM0451", 6));
    sb_arena_init(&node->arena, 1 << 20);
    denied[0] = '\0';
    return 0;
}

static int close_node(void **state)
{
    (void)state;
    sb_arena_fini(&node->arena);
    free(node->orgs);
    free(node->origins);
    free(node);
    return 0;
}

/* A body of that size with that topic, as far as the rules look into it. */
static struct sb_item item_of(enum sb_kind kind, const char *topic, size_t size)
{
    size_t n = strlen(topic);
    uint8_t *body = sb_arena_alloc(&node->arena, size);
    assert_true(n + 4 < size && size - n - 4 < 128);
    memset(body, 0, size);
    body[0] = 1 << 3 | 2; /* topic */
    body[1] = (uint8_t)n;
    memcpy(&body[2], topic, n);
    body[n + 2] = 9 << 3 | 2; /* of no meaning */
    body[n + 3] = (uint8_t)(size - n - 4);
    struct sb_item item = {.link = {.kind = kind}, .salt = &salt, .body = {body, size}};
    item.link.body_len = (uint32_t)size;
    item.link.commitment = sb_commitment(&salt, item.body);
    return item;
}

static bool hides(const struct sb_core_client *who, enum sb_kind kind, const char *topic,
                  size_t size)
{
    const struct sb_item item = item_of(kind, topic, size);
    return sb_agreed_hides(node, who, PARTNER, &item);
}

static void test_agreed_hides_what_lies_outside(void **state)
{
    struct sb_agreed *a = &node->origins[PARTNER].agreed;
    (void)state;
    assert_false(hides(&reader, SB_KIND_OPEN, "custom/y", 100));
    sb_agreed_change(a, SHOW, 2, 0);
    assert_false(hides(&reader, SB_KIND_OPEN, "custom/x", 100));
    assert_false(hides(&reader, SB_KIND_OPEN, "agenda/raad", 100));
    assert_true(hides(&reader, SB_KIND_OPEN, "custom/y", 100));
    assert_true(hides(&reader, SB_KIND_RESTRICTED, "custom/y", 100));
    assert_true(hides(&reader, SB_KIND_OPEN, "no topic", 100));
    assert_false(hides(&administrator, SB_KIND_OPEN, "custom/y", 100));
    assert_false(hides(&reader, SB_KIND_SYSTEM, "custom/y", 100)); /* keys, erasures, ends */
    sb_agreed_change(a, NULL, 0, 99);
    assert_true(hides(&reader, SB_KIND_OPEN, "custom/y", 100));
    assert_false(hides(&reader, SB_KIND_OPEN, "custom/y", 99));
}

static void test_agreed_covers_body_and_state(void **state)
{
    struct sb_record r = {.origin = PARTNER, .state = SB_BODY_PRESENT};
    (void)state;
    sb_agreed_change(&node->origins[PARTNER].agreed, SHOW, 2, 0);
    r.item = item_of(SB_KIND_OPEN, "custom/y", 100);
    sb_agreed_cover(node, &administrator, &r);
    assert_int_equal(r.state, SB_BODY_PRESENT);
    sb_agreed_cover(node, &reader, &r);
    assert_int_equal(r.state, SB_BODY_HIDDEN);
    assert_true(r.item.salt == NULL && r.item.body.n == 0);
    r.state = SB_BODY_ERASED; /* what has no body here is what it was */
    sb_agreed_cover(node, &reader, &r);
    assert_int_equal(r.state, SB_BODY_ERASED);
}

/* What a rotten body says of its topic hides nothing: the event is one whose body is missing. */
static void test_agreed_covers_no_body_that_is_damaged(void **state)
{
    struct sb_record r = {.origin = PARTNER, .state = SB_BODY_PRESENT};
    (void)state;
    sb_agreed_change(&node->origins[PARTNER].agreed, SHOW, 2, 0);
    node->damage_told = true; /* there is no more of a node here */
    r.item = item_of(SB_KIND_OPEN, "custom/y", 100);
    r.item.link.commitment.b[0] ^= 1;
    sb_agreed_cover(node, &reader, &r);
    assert_int_equal(r.state, SB_BODY_MISSING);
    assert_true(r.item.salt == NULL && r.item.body.n == 0);
}

static void test_agreed_counts_what_is_durable(void **state)
{
    struct sb_agreed *a = &node->origins[PARTNER].agreed;
    const struct sb_item fine = item_of(SB_KIND_OPEN, "custom/x", 100),
                         outside = item_of(SB_KIND_OPEN, "custom/y", 100);
    (void)state;
    sb_agreed_change(a, SHOW, 2, 0);
    sb_agreed_stage(node, PARTNER, &outside);
    sb_agreed_settle(node, false);
    sb_agreed_settle(node, true);
    assert_int_equal(a->hidden, 0);
    assert_string_equal(denied, "");
    sb_agreed_stage(node, PARTNER, &outside);
    sb_agreed_stage(node, PARTNER, &fine);
    sb_agreed_stage(node, PARTNER, &outside);
    sb_agreed_settle(node, true);
    assert_true(a->hidden == 2 && node->denied == 2);
    assert_string_equal(denied,
                        "GM0451: event GM0451/00000000-0000-0000-0000-000000000000 custom/y: "
                        "denied: peers.show names no prefix of this topic; it is kept, and "
                        "not shown to clients");
}

static void test_agreed_forgets_what_was_not_committed(void **state)
{
    struct node_world *w = world_new("GM0437", "GM0384");
    (void)state;
    node = w->node;
    sb_agreed_change(&node->origins[PARTNER].agreed, SHOW, 2, 0);
    const struct sb_item outside = item_of(SB_KIND_OPEN, "custom/y", 100);
    sb_agreed_stage(node, PARTNER, &outside);
    assert_non_null(node->agreed.first);
    world_turn(w, NULL, 0);
    assert_null(node->agreed.first);
    assert_int_equal(node->origins[PARTNER].agreed.hidden, 0);
    world_free(w);
}

static void test_agreed_is_told_as_it_is_now(void **state)
{
    static const char *const wider[] = {"agenda/", "custom/"};
    struct sb_agreed *a = &node->origins[PARTNER].agreed;
    const struct sb_item outside = item_of(SB_KIND_OPEN, "custom/y", 100);
    struct sb_view view = {.state = "live"};
    (void)state;
    sb_agreed_tell(a, &view);
    assert_string_equal(view.shows, "");
    sb_agreed_change(a, SHOW, 2, 2048);
    sb_agreed_stage(node, PARTNER, &outside);
    sb_agreed_settle(node, true);
    sb_agreed_tell(a, &view);
    assert_string_equal(view.shows, "agenda/, custom/x, up to 2048 bytes");
    assert_string_equal(view.hidden_topic, "custom/y");
    sb_agreed_change(a, SHOW, 2, 1024); /* another rule, under which it is outside still */
    sb_agreed_tell(a, &view);
    assert_string_equal(view.hidden_topic, "custom/y");
    sb_agreed_change(a, wider, 2, 0);
    sb_agreed_tell(a, &view);
    assert_string_equal(view.hidden_topic, "");
    assert_string_equal(view.shows, "agenda/, custom/");
    assert_int_equal(view.hidden, 1);
    sb_agreed_change(a, NULL, 0, 99);
    sb_agreed_tell(a, &view);
    assert_string_equal(view.shows, "every topic, up to 99 bytes");
}

/* What does not fit is counted, and the size is told all the same. */
static void test_agreed_words_fit_a_view(void **state)
{
    static char topics[64][24];
    const char *list[64];
    char words[SB_LABEL_MAX + 1];
    struct sb_agreed a = {.n_show = 64, .show = list, .max_body = 65535};
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        (void)snprintf(topics[i], sizeof topics[i], "custom/a-long-topic-%02zu/", i);
        list[i] = topics[i];
    }
    sb_agreed_words(&a, words);
    assert_non_null(strstr(words, " more, up to 65535 bytes"));
    assert_true(strlen(words) <= SB_LABEL_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_agreed_hides_what_lies_outside, open_node, close_node),
        cmocka_unit_test_setup_teardown(test_agreed_covers_body_and_state, open_node, close_node),
        cmocka_unit_test_setup_teardown(test_agreed_covers_no_body_that_is_damaged, open_node,
                                        close_node),
        cmocka_unit_test_setup_teardown(test_agreed_counts_what_is_durable, open_node, close_node),
        cmocka_unit_test_setup_teardown(test_agreed_is_told_as_it_is_now, open_node, close_node),
        cmocka_unit_test(test_agreed_forgets_what_was_not_committed),
        cmocka_unit_test(test_agreed_words_fit_a_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
