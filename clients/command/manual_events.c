/* samenbus-events(7), from the catalogue. */
#include "clients/command/manual.h"
#include "clients/command/roff.h"
#include "proto/happening.h"

void sb_manual_of_events(void)
{
    sb_roff_begin("samenbus-events", "7", "what happens to a samenbus daemon, by code");
    sb_roff_heading("DESCRIPTION");
    sb_roff_text(
        "samenbus events prints what happened to the daemon since it started, the last "
        "1,024 of it; its log (log: in samenbusd.yaml) has all. Each has a code, an action, "
        "an actor, an object, a result, an origin and a time: in JSON by these names, in "
        "the log with `format: json` too. samenbus explain CODE says what stands here of "
        "one code.");
    sb_roff_heading("CODES");
    for (int i = 0; i < SB_HAPPENING_COUNT; i++) {
        const struct sb_happening_kind *kind = sb_happening_kind((enum sb_happening_code)i);
        sb_roff_entry(kind->code, NULL, kind->sentence);
    }
    sb_roff_heading("ALARMS");
    sb_roff_text("What alarm_raised and alarm_cleared have as their object, `status` shows and "
                 "on_alarm is run with.");
    for (size_t i = 0; sb_alarm_code_at(i) != NULL; i++) {
        sb_roff_entry(sb_alarm_code_at(i), NULL, sb_alarm_sentence(sb_alarm_code_at(i)));
    }
    sb_roff_heading("SEE ALSO");
    sb_roff_text("samenbus(1), samenbusd(8), samenbusd.yaml(5)");
}
