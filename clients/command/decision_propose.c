/* samenbus decision propose and revise: the text of a joint decision, and another text that takes
 * its place. */
#include "clients/command/draft.h"
#include "clients/command/talk.h"

enum { WEEKS_MAX = 520 };

static const struct sb_draft_member members[] = {
    {"title", "title", SB_DRAFT_TEXT},
    {"text", "text", SB_DRAFT_TEXT},
    {"dossier", "dossier", SB_DRAFT_TEXT},
    {"participants", "participants", SB_DRAFT_LIST},
    {"rule", "rule", SB_DRAFT_TEXT},
    {"weights", "weights", SB_DRAFT_WEIGHTS},
    {"threshold", "threshold", SB_DRAFT_NUMBER},
    {"tie", "tie", SB_DRAFT_TEXT},
    {"chair", "chair", SB_DRAFT_TEXT},
    {"quorum", "quorum", SB_DRAFT_NUMBER},
    {"body", "body", SB_DRAFT_TEXT},
    {"deadline", "deadline", SB_DRAFT_TEXT},
    {"date", "date", SB_DRAFT_TEXT},
    {"replaces", "replaces", SB_DRAFT_TEXT},
};

/* Councils have their time in weeks from receipt: 8 for a view on a draft arrangement, 12 on a
 * draft budget (PROTOCOL §18.2). */
static int lay_weeks(struct sb_draft *draft)
{
    const struct sb_args *args = draft->args;
    struct sb_date received, due;
    struct sb_json_out out;
    char day[SB_DATE_TEXT_MAX], words[SB_DATE_WORDS_MAX];
    uint64_t weeks = 0;
    if (!sb_args_has(args, "weeks")) {
        return sb_args_has(args, "received")
                   ? sb_args_complain(args, "--received goes with --weeks")
                   : SB_EXIT_OK;
    }
    if (sb_args_has(args, "deadline")) {
        return sb_args_complain(args, "--weeks or --deadline, not both");
    }
    const char *from = sb_args_has(args, "received") ? "received" : "date";
    if (!sb_args_number(args, "weeks", 1, WEEKS_MAX, &weeks) ||
        !sb_gather_date(args, from, draft->g->now, &received)) {
        return SB_EXIT_USAGE;
    }
    due = sb_date_after_weeks(received, (unsigned)weeks);
    sb_date_format(day, due);
    sb_date_words(words, due);
    sb_talk("due %s: %u weeks from receipt", words, (unsigned)weeks);
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "deadline", day);
    return sb_draft_close(draft, &out);
}

/* The file when there is one, the flags over it, a name where it has none; and off it goes. */
static int finish(struct sb_draft *draft, const char *path)
{
    int code = path == NULL ? SB_EXIT_OK : sb_draft_lay_file(draft, path);
    code = code == SB_EXIT_OK
               ? sb_draft_lay_flags(draft, members, sizeof members / sizeof members[0])
               : code;
    code = code == SB_EXIT_OK ? lay_weeks(draft) : code;
    code = code == SB_EXIT_OK ? sb_draft_name(draft, "decision") : code;
    return code == SB_EXIT_OK ? sb_draft_send(draft) : code;
}

static int run_propose(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_draft draft;
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION, NULL, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, "proposal");
        code = finish(&draft, args->n_operands == 0 ? NULL : args->operands[0]);
    }
    sb_gathered_free(g);
    return code;
}

/* Names every last word; the day is that of the new text. */
static int lay_succession(struct sb_draft *draft, const struct sb_decision_view *view)
{
    struct sb_json_out out;
    sb_draft_open(draft, &out);
    sb_json_put_key(&out, "date");
    sb_json_put_null(&out);
    sb_draft_put_supersedes(&out, NULL, &view->last_revisions);
    return sb_draft_close(draft, &out);
}

static int revise(const struct sb_args *args, struct sb_gathered *g, const struct sb_reference *of)
{
    struct sb_draft draft;
    const struct sb_decision_view *view;
    int code = sb_draft_own_decision(g, of, &view);
    sb_draft_begin(&draft, args, g, "proposal");
    draft.shown_by = "decision show";
    draft.changes = *of;
    code = code == SB_EXIT_OK ? sb_draft_lay_statement(&draft, view->revision, true) : code;
    code = code == SB_EXIT_OK ? lay_succession(&draft, view) : code;
    return code == SB_EXIT_OK ? finish(&draft, args->n_operands < 2 ? NULL : args->operands[1])
                              : code;
}

static int run_revise(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_reference of;
    if (args->n_operands < 1) {
        return sb_args_complain(args, "say which decision: ORG/UUID");
    }
    if (!sb_gather_reference(args, args->operands[0], &of)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION, NULL, &g);
    code = code == SB_EXIT_OK ? revise(args, g, &of) : code;
    sb_gathered_free(g);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAGS_DRAFT,
    {"title", 0, "TEXT", "what it is called"},
    {"text", 0, "TEXT", "what is decided"},
    {"dossier", 0, "TEXT", "what it belongs to"},
    {"participants", 0, "ORG,...", "who decide"},
    {"rule", 0, "RULE", "consultation, consent_all, majority, two_thirds or weighted"},
    {"weights", 0, "ORG=N,...", "with weighted"},
    {"threshold", 0, "N", "with weighted: the weight that adopts"},
    {"tie", 0, "TIE", "rejected, postponed or revote_then_chair"},
    {"chair", 0, "ORG", "decides a tie"},
    {"quorum", 0, "N", "how many participants must be there"},
    {"body", 0, "BODY", "council, college, mayor, board, portfolio_holders or other"},
    {"deadline", 0, "DATE", "until the end of that day in Europe/Amsterdam"},
    {"weeks", 0, "N", "so many weeks from receipt instead: councils have 8, for a budget 12"},
    {"received", 0, "DATE", "with --weeks: when they received it (default: --date, or today)"},
    {"date", 0, "DATE", "the day of the proposal (default: today)"},
    {"replaces", 0, "ORG/UUID", "the decision that this one succeeds"},
};

const struct sb_command sb_command_decision_propose = {
    .words = "decision propose",
    .synopsis = "[FILE|-]",
    .about = "propose a joint decision, from a file, from flags, or from a file and flags over it",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus decision propose --topic decision/duoplus --title 'Begroting 2027' \\\n"
                "    --participants GM0384,GM0437,GM0451 --rule majority --body council \\\n"
                "    --deadline 2026-12-31\n"
                "  samenbus decision propose budget.json --weeks 12 --received 2026-04-15\n"
                "      # due 8 July 2026: 12 weeks from receipt\n",
    .run = run_propose,
};

const struct sb_command sb_command_decision_revise = {
    .words = "decision revise",
    .synopsis = "ORG/UUID [FILE|-]",
    .about = "put another text in the place of a proposal's; what file and flags leave out stays, "
             "null in the file takes it away",
    SB_FLAGS(flags),
    .operands_max = 2,
    .examples =
        "  samenbus decision revise GM0384/014ac8c5-9680-7000-8000-000000000010 second.json\n"
        "  samenbus decision revise GM0384/014ac8c5-9680-7000-8000-000000000010 "
        "--deadline 2027-01-31\n",
    .run = run_revise,
};
