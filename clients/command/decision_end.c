/* samenbus decision withdraw and close: the two last words of a proposer. A closing states the
 * outcome and counts what is held here at this moment: its cut. */
#include "clients/command/draft.h"

#include <stdio.h>

#include "clients/command/talk.h"
#include "proto/body.h"

enum { SENTENCE_BYTES = 1024 };

static const struct sb_draft_member members[] = {
    {"why", "reason", SB_DRAFT_TEXT},
    {"date", "date", SB_DRAFT_TEXT},
    {"outcome", "outcome", SB_DRAFT_TEXT},
};

static int lay_id(struct sb_draft *draft, const struct sb_reference *of)
{
    struct sb_json_out out;
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "decisionId", id);
    return sb_draft_close(draft, &out);
}

/* The heads of the proposer's and the participants' histories, and what the positions up to there
 * come to. Where they decide nothing the decision lapses; a consultation's outcome is its
 * proposer's to state. */
static int lay_cut(struct sb_draft *draft, const struct sb_decision_view *view)
{
    struct sb_json_out out;
    bool open = view->outcome == SB_OUTCOME_OPEN;
    if (view->revision->proposal.rule == SB_RULE_CONSULTATION &&
        !sb_args_has(draft->args, "outcome")) {
        return sb_args_complain(draft->args, "a consultation: say what it came to with --outcome");
    }
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "outcome",
                          sb_outcome_name(open ? SB_OUTCOME_LAPSED : view->outcome));
    sb_json_put_key(&out, "cut");
    sb_chains_put_cut(&out, draft->g->chains, &view->decision.org,
                      &view->revision->proposal.participants);
    return sb_draft_close(draft, &out);
}

static int end(struct sb_draft *draft, const struct sb_reference *of, enum sb_content content)
{
    const struct sb_decision_view *view;
    int code = sb_draft_own_decision(draft->g, of, &view);
    if (code == SB_EXIT_OK && view->ended && view->ends.n > 0) {
        char text[SENTENCE_BYTES];
        (void)snprintf(text, sizeof text, "the decision has ended (%s); propose a new one",
                       view->reason);
        return sb_draft_refuse(SB_CODE_CLOSED, text);
    }
    code = code == SB_EXIT_OK ? sb_draft_lay_statement(draft, view->revision, false) : code;
    code = code == SB_EXIT_OK ? lay_id(draft, of) : code;
    code = code == SB_EXIT_OK && content == SB_CONTENT_CLOSING ? lay_cut(draft, view) : code;
    code = code == SB_EXIT_OK
               ? sb_draft_lay_flags(draft, members, sizeof members / sizeof members[0])
               : code;
    return code == SB_EXIT_OK ? sb_draft_send(draft) : code;
}

static int run(const struct sb_args *args, enum sb_content content)
{
    struct sb_gathered *g;
    struct sb_reference of;
    struct sb_draft draft;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which decision: ORG/UUID");
    }
    if (!sb_gather_reference(args, args->operands[0], &of)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION, &of.id, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, sb_content_name(content));
        code = end(&draft, &of, content);
    }
    sb_gathered_free(g);
    return code;
}

static int run_withdraw(const struct sb_args *args)
{
    return sb_args_has(args, "why") ? run(args, SB_CONTENT_WITHDRAWAL)
                                    : sb_args_complain(args, "say --why");
}

static int run_close(const struct sb_args *args)
{
    return run(args, SB_CONTENT_CLOSING);
}

static const struct sb_flag withdraw_flags[] = {
    SB_FLAGS_DRAFT,
    {"why", 0, "TEXT", "the reason, for everybody to read"},
    {"date", 0, "DATE", "the day of it (default: today)"},
};

const struct sb_command sb_command_decision_withdraw = {
    .words = "decision withdraw",
    .synopsis = "ORG/UUID --why TEXT",
    .about = "take back a proposal of this organisation",
    SB_FLAGS(withdraw_flags),
    .operands_max = 1,
    .examples = "  samenbus decision withdraw GM0384/014ac8c5-9680-7000-8000-000000000010 \\\n"
                "    --why 'De gemeenschappelijke regeling gaat niet door'\n",
    .run = run_withdraw,
};

static const struct sb_flag close_flags[] = {
    SB_FLAGS_DRAFT,
    {"outcome", 0, "OUTCOME",
     "of a consultation, where the positions decide nothing (default: what they come to)"},
    {"date", 0, "DATE", "the day of it (default: today)"},
};

const struct sb_command sb_command_decision_close = {
    .words = "decision close",
    .synopsis = "ORG/UUID",
    .about = "fix the outcome of a decision of this organisation, by the positions held here now",
    SB_FLAGS(close_flags),
    .operands_max = 1,
    .examples = "  samenbus decision close GM0384/014ac8c5-9680-7000-8000-000000000010\n"
                "  samenbus decision close GM0384/014ac8c5-9680-7000-8000-000000000010 "
                "--outcome adopted\n",
    .run = run_close,
};
