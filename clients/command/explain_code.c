/* Codes explained; see explain_code.h. The words are the catalogues' own. */
#include "clients/command/explain_code.h"

#include <stdio.h>
#include <string.h>

#include "proto/code.h"
#include "proto/happening.h"
#include "proto/suggest.h"

static bool print(const char *what, const char *code, const char *sentence)
{
    printf("%s, %s: %s\n", code, what, sentence);
    return true;
}

int sb_explain_code(const struct sb_args *args, const char *code)
{
    struct sb_suggestion near = {.word = code, .n = strlen(code)};
    bool known = false;
    for (int i = 0; i < SB_HAPPENING_COUNT; i++) {
        const struct sb_happening_kind *kind = sb_happening_kind((enum sb_happening_code)i);
        sb_suggest_offer(&near, kind->code);
        known |= strcmp(kind->code, code) == 0 &&
                 print("something that happened", kind->code, kind->sentence);
    }
    for (size_t i = 0; sb_alarm_code_at(i) != NULL; i++) {
        const char *alarm = sb_alarm_code_at(i);
        sb_suggest_offer(&near, alarm);
        known |= strcmp(alarm, code) == 0 && print("an alarm", alarm, sb_alarm_sentence(alarm));
    }
    for (int i = SB_CODE_OK + 1; i < SB_CODE_COUNT; i++) {
        const char *name = sb_code_name((enum sb_code)i);
        bool named = strcmp(name, sb_code_name(SB_CODE_COUNT)) != 0; /* numbers may be left out */
        if (named) {
            sb_suggest_offer(&near, name);
        }
        known |= named && strcmp(name, code) == 0 &&
                 print("a refusal", name, sb_code_sentence((enum sb_code)i));
    }
    if (known) {
        return SB_EXIT_OK;
    }
    return sb_args_complain(args, "%s: neither an event, ORG/UUID, nor a code%s%s%s", code,
                            near.best != NULL ? "; did you mean " : "",
                            near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
}
