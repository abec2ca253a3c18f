/* samenbus position take: what this organisation decided about a proposal, or what the proposer
 * records for a participant without a daemon. */
#include <string.h>

#include "clients/command/draft.h"
#include "clients/command/talk.h"

static const struct sb_draft_member members[] = {
    {"revision", "revision", SB_DRAFT_TEXT},
    {"value", "value", SB_DRAFT_TEXT},
    {"body", "body", SB_DRAFT_TEXT},
    {"date", "dateTaken", SB_DRAFT_TEXT},
    {"conditions", "conditions", SB_DRAFT_TEXT},
    {"kind", "kind", SB_DRAFT_TEXT},
    {"reference", "reference", SB_DRAFT_TEXT},
    {"round", "round", SB_DRAFT_NUMBER},
    {"on-behalf-of", "onBehalfOf", SB_DRAFT_TEXT},
    {"as-chair", "asChair", SB_DRAFT_TRUE},
};

/* What the position is about unless flags say otherwise: the standing text, today. */
static int lay_defaults(struct sb_draft *draft, const struct sb_decision_view *view)
{
    struct sb_json_out out;
    char today[SB_DATE_TEXT_MAX];
    sb_date_format(today, sb_date_of(draft->g->now));
    sb_draft_open(draft, &out);
    sb_json_put_key(&out, "decision");
    sb_draft_put_reference(&out, &view->decision);
    sb_json_put_key(&out, "revision");
    sb_draft_put_reference(&out, &view->revision->event);
    sb_json_member_string(&out, "dateTaken", today);
    return sb_draft_close(draft, &out);
}

/* PROTOCOL 18.4: views of earlier days leave it out, which looks as if it had not been taken. */
static void say_later(const struct sb_draft *draft)
{
    const char *day = sb_args_value(draft->args, "date");
    const struct sb_date date =
        day == NULL ? SB_DATE_NONE
                    : sb_date_read((struct sb_bytes){(const uint8_t *)day, strlen(day)});
    if (sb_date_given(date) && date.days > sb_date_of(draft->g->now).days) {
        sb_talk("%s has still to come: `decision show` has this from that day on, or with --as-of "
                "%s; take it again where another day was meant",
                day, day);
    }
}

static int take(const struct sb_args *args, struct sb_gathered *g, const struct sb_reference *of)
{
    struct sb_draft draft;
    const struct sb_decision_view *view;
    int code = sb_draft_decision(g, of, &view);
    sb_draft_begin(&draft, args, g, "position");
    code = code == SB_EXIT_OK ? sb_draft_lay_statement(&draft, view->revision, false) : code;
    code = code == SB_EXIT_OK ? lay_defaults(&draft, view) : code;
    code = code == SB_EXIT_OK
               ? sb_draft_lay_flags(&draft, members, sizeof members / sizeof members[0])
               : code;
    code = code == SB_EXIT_OK ? sb_draft_send(&draft) : code;
    if (code == SB_EXIT_OK) {
        say_later(&draft);
    }
    return code;
}

static int run(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_reference of;
    if (args->n_operands != 1 || !sb_args_has(args, "value")) {
        return sb_args_complain(args, "say which decision, ORG/UUID, and --value");
    }
    if (!sb_gather_reference(args, args->operands[0], &of)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION, &of.id, &g);
    code = code == SB_EXIT_OK ? take(args, g, &of) : code;
    sb_gathered_free(g);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAGS_DRAFT,
    {"value", 0, "VALUE",
     "in_favour, in_favour_with_conditions, against, consent_withheld, view_submitted, no_view, "
     "abstained, deferred, not_taken or information_only"},
    {"revision", 0, "ORG/UUID", "the text that it is about (default: the one that stands)"},
    {"body", 0, "BODY", "council, college, mayor, board, portfolio_holders or other"},
    {"date", 0, "DATE", "the day on which it was taken (default: today)"},
    {"conditions", 0, "TEXT", "under what conditions, or with what remarks"},
    {"kind", 0, "KIND", "view, consent, vote or wishes"},
    {"reference", 0, "TEXT", "your own case number"},
    {"round", 0, "N", "2 after a tie"},
    {"as-chair", 0, NULL, "decides on a tie"},
    {"on-behalf-of", 0, "ORG", "records it for a participant without a daemon"},
};

const struct sb_command sb_command_position_take = {
    .words = "position take",
    .synopsis = "ORG/UUID --value VALUE",
    .about = "take this organisation's position on a joint decision",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples =
        "  samenbus position take GM0384/014ac8c5-9680-7000-8000-000000000010 --value in_favour "
        "\\\n"
        "    --body council --date 2015-01-08 --reference Z-15-0012\n"
        "  samenbus position take GM0384/014ac8c5-9680-7000-8000-000000000010 \\\n"
        "    --value in_favour_with_conditions --conditions 'Mits de kosten gedeeld worden'\n",
    .run = run,
};
