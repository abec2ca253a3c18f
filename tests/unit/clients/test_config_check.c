/* config check --peers: everything that may be wrong with a partner is told once it is, and nothing
 * is where all is well. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "clients/command/config_check.h"
#include "tests/unit/clients/status_sample.h"

static struct sample sample;
static struct sb_verdict verdict;
static struct sb_config_peer peers[SAMPLE_PEERS];
static struct sb_config config = {.peers = peers, .n_peers = SAMPLE_PEERS};

static int begin(void **state)
{
    (void)state;
    sample_init(&sample);
    for (size_t i = 0; i < SAMPLE_PEERS; i++) {
        peers[i].id = sample.peers[i].id;
        sample.peers[i].software = "samenbus/0.1.0";
    }
    return 0;
}

static void expect(enum sb_level level, const char *text)
{
    sb_verdict_init(&verdict, "config");
    sb_config_check_partners(&verdict, &config, &sample.status);
    assert_int_equal(verdict.level, level);
    assert_int_equal(verdict.n_findings, text != NULL);
    if (text != NULL) {
        assert_string_equal(verdict.findings[0].text, text);
    }
}

static void test_config_check_says_nothing_when_all_is_well(void **state)
{
    (void)state;
    expect(SB_LEVEL_OK, NULL);
    assert_string_equal(verdict.summary, "3 of 3 partners flow, as we and they see it");
}

static void test_config_check_tells_each_that_is_wrong(void **state)
{
    struct sb_status_peer *p = &sample.peers[1];
    const char *other = "GM0362";
    (void)state;
    p->outgoing =
        (struct sb_status_direction){"refused", "they refuse: another partnership than theirs", 10};
    expect(SB_LEVEL_CRITICAL,
           "GM0451: we to them: refused: they refuse: another partnership than theirs");
    begin(state);
    p->outgoing = (struct sb_status_direction){"refused", "they refuse our key", 10};
    expect(SB_LEVEL_CRITICAL, "GM0451: we to them: refused: they refuse our key; they have to list "
                              "the curve_key of our .pub.yaml");
    begin(state);
    p->their_state = "stalled";
    expect(SB_LEVEL_CRITICAL, "GM0451: they see us as stalled");
    begin(state);
    p->software = "samenbus/0.2.0";
    expect(SB_LEVEL_OK, "GM0451: versions: they run samenbus/0.2.0, we samenbus/0.1.0");
    begin(state);
    p->clock_known = true;
    p->clock_offset_ms = -2300;
    expect(SB_LEVEL_WARNING, "GM0451: clocks: theirs is 2.3 s behind ours; compare both with the "
                             "time service");
    p->clock_offset_ms = 3600 * 1000;
    expect(SB_LEVEL_CRITICAL, "GM0451: clocks: theirs is 3600.0 s ahead of ours; compare both with "
                              "the time service");
    begin(state);
    p->strangers = &other;
    p->n_strangers = 1;
    expect(SB_LEVEL_WARNING, "GM0451: membership: they list GM0362, and we do not: take it in, or "
                             "tell them that it left");
    begin(state);
    sample.heads[1].origin = "GM0384";
    p->outgoing.state = p->incoming.state = "none";
    expect(SB_LEVEL_CRITICAL, "GM0451: endpoints: nothing flows either way; it has not connected "
                              "yet, and we have no endpoints of it");
    begin(state);
    peers[1].id = other;
    expect(SB_LEVEL_WARNING, "GM0362: not in force yet: samenbus reload");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_config_check_says_nothing_when_all_is_well, begin),
        cmocka_unit_test_setup(test_config_check_tells_each_that_is_wrong, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
