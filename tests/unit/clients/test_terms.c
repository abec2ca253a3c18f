/* The words of the field for people: every word of the protocol has one in both languages, and the
 * locale chooses without being installed. */
#include "clients/command/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/view_json.h"

static void set_locale(const char *all, const char *messages, const char *lang)
{
    const char *const values[][2] = {{"LC_ALL", all}, {"LC_MESSAGES", messages}, {"LANG", lang}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(values[i][1] == NULL ? unsetenv(values[i][0])
                                              : setenv(values[i][0], values[i][1], 1),
                         0);
    }
}

static void test_locale_chooses_in_the_order_of_posix(void **state)
{
    (void)state;
    static const struct {
        const char *all, *messages, *lang;
        bool dutch;
    } cases[] = {
        {NULL, NULL, NULL, false},         {NULL, NULL, "nl_NL.UTF-8", true},
        {NULL, "C", "nl_NL.UTF-8", false}, {"", "nl", "C", true},
        {"nl_BE@euro", "C", "C", true},    {"en_GB.UTF-8", "nl_NL", "nl_NL", false},
        {"nlx", NULL, NULL, false},        {"nn_NO", NULL, NULL, false},
        {"nl.UTF-8", NULL, NULL, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_locale(cases[i].all, cases[i].messages, cases[i].lang);
        assert_int_equal(sb_terms_are_dutch(), cases[i].dutch);
    }
}

/* A word without a row would come back as it is. */
static void check_word(enum sb_terms of, const char *word)
{
    set_locale("nl_NL", NULL, NULL);
    const char *dutch = sb_term(of, word);
    set_locale("C", NULL, NULL);
    const char *english = sb_term(of, word);
    if (dutch == word || english == word || strchr(english, '_') != NULL) {
        fail_msg("%s: %s, %s", word, english, dutch);
    }
}

static void check_view_words(enum sb_terms of, enum sb_view_words words)
{
    char word[SB_VIEW_WORD_MAX];
    int value = 1;
    for (; sb_view_word(word, words, value); value++) {
        check_word(of, word);
    }
    assert_true(value > 2);
}

static void test_every_word_of_the_protocol_has_a_term(void **state)
{
    (void)state;
    check_view_words(SB_TERM_POSITION, SB_VIEW_POSITION_VALUE);
    check_view_words(SB_TERM_RULE, SB_VIEW_DECISION_RULE);
    check_view_words(SB_TERM_BODY, SB_VIEW_DECIDING_BODY);
    check_view_words(SB_TERM_AGENDA, SB_VIEW_AGENDA_STATUS);
    check_view_words(SB_TERM_SEVERITY, SB_VIEW_SEVERITY);
    static const char *const disclosures[] = {"public", "closed", "secret", "embargoed"};
    for (size_t i = 0; i < sizeof disclosures / sizeof disclosures[0]; i++) {
        check_word(SB_TERM_DISCLOSURE, disclosures[i]);
    }
    for (int i = SB_OUTCOME_OPEN; i <= SB_OUTCOME_UNCLEAR; i++) {
        check_word(SB_TERM_OUTCOME, sb_outcome_name((enum sb_outcome)i));
    }
    for (int i = SB_POSITION_COUNTED; i <= SB_POSITION_IGNORED; i++) {
        check_word(SB_TERM_STATE, sb_position_state_name((enum sb_position_state)i));
    }
    set_locale("nl", NULL, NULL);
    for (int i = SB_WHY_INVALID; i < SB_WHY_COUNT; i++) {
        const char *english = sb_why_sentence((enum sb_why)i);
        if (sb_term_why(sb_why_name((enum sb_why)i), english) == english) {
            fail_msg("no sentence for %s", sb_why_name((enum sb_why)i));
        }
    }
}

static void check_sentence(const char *english, const char *dutch)
{
    char out[256];
    set_locale("C", NULL, NULL);
    sb_term_sentence(out, sizeof out, english);
    assert_string_equal(out, english);
    set_locale("nl", NULL, NULL);
    sb_term_sentence(out, sizeof out, english);
    assert_string_equal(out, dutch);
}

static void test_sentences_are_told_phrase_by_phrase(void **state)
{
    char small[8];
    (void)state;
    check_sentence("2 of 3 in favour; GM0451 missing; due 12 March 2026",
                   "2 van 3 voor; GM0451 ontbreekt; termijn 12 maart 2026");
    check_sentence("second round; 3 of 6 votes in favour; 3 against; a tie; was due 1 May 2015",
                   "tweede ronde; 3 van 6 stemmen voor; 3 tegen; de stemmen staken; termijn was 1 "
                   "mei 2015");
    check_sentence("closed on 8 January 2015; the proposer stated adopted_with_conditions",
                   "gesloten op 8 januari 2015; de indiener stelde vastgesteld onder voorwaarden");
    check_sentence("MARCH-OF, GM0384 missing", "MARCH-OF, GM0384 ontbreekt");
    sb_term_sentence(small, sizeof small, "GM0384 missing");
    assert_string_equal(small, "GM0384 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locale_chooses_in_the_order_of_posix),
        cmocka_unit_test(test_every_word_of_the_protocol_has_a_term),
        cmocka_unit_test(test_sentences_are_told_phrase_by_phrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
