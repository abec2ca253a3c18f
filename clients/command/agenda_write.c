/* samenbus agenda add, move and cancel: a new item, and edits that take the place of every version
 * that stands, so that a conflict ends with them. */
#include <stdio.h>
#include <string.h>

#include "clients/command/draft.h"
#include "clients/command/talk.h"
#include "proto/json_tree.h"

static const struct sb_draft_member members[] = {
    {"kind", "kind", SB_DRAFT_TEXT},
    {"title", "title", SB_DRAFT_TEXT},
    {"description", "description", SB_DRAFT_TEXT},
    {"body", "body", SB_DRAFT_TEXT},
    {"start", "start", SB_DRAFT_TEXT},
    {"end", "end", SB_DRAFT_TEXT},
    {"date", "date", SB_DRAFT_TEXT},
    {"location", "location", SB_DRAFT_TEXT},
    {"status", "status", SB_DRAFT_TEXT},
    {"participants", "participants", SB_DRAFT_LIST},
    {"disclosure", "disclosure", SB_DRAFT_TEXT},
    {"embargo-until", "embargoUntil", SB_DRAFT_TEXT},
    {"secrecy-ground", "secrecyGround", SB_DRAFT_TEXT},
    {"imposed-by", "imposedBy", SB_DRAFT_TEXT},
    {"liftable-by", "liftableBy", SB_DRAFT_TEXT},
    {"number", "number", SB_DRAFT_TEXT},
    {"parent", "parent", SB_DRAFT_TEXT},
    {"portfolio-holder", "portfolioHolder", SB_DRAFT_TEXT},
    {"theme", "theme", SB_DRAFT_TEXT},
    {"co-editors", "coEditors", SB_DRAFT_LIST},
};

static int lay_members(struct sb_draft *draft)
{
    return sb_draft_lay_flags(draft, members, sizeof members / sizeof members[0]);
}

/* ---- add */

static int lay_kind(struct sb_draft *draft)
{
    struct sb_json_out out;
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "kind", "meeting");
    return sb_draft_close(draft, &out);
}

/* Until its time no list has it, here neither: how it is taken back is said now. */
static void say_embargo(const struct sb_draft *draft)
{
    char id[SB_UUID_TEXT_MAX];
    struct sb_err err = {0};
    struct json_t *tree = NULL;
    (void)sb_json_tree_read(&tree, draft->json, &err);
    const char *until = sb_json_tree_text(
        sb_json_tree_member(sb_json_tree_member(tree, draft->content), "embargoUntil"));
    if (until != NULL) {
        sb_uuid_format(id, &draft->event);
        sb_talk("kept by this daemon until %s, and in no list before; `samenbus erase %s/%s "
                "--ground TEXT` takes it back",
                until, draft->g->organisation.s, id);
    }
    sb_json_tree_free(tree);
}

static int run_add(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_draft draft;
    int code = sb_gather(args, 1U << SB_SUBJECT_ITEM, NULL, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, "agendaItem");
        code = lay_kind(&draft);
    }
    if (code == SB_EXIT_OK && args->n_operands > 0) {
        code = sb_draft_lay_file(&draft, args->operands[0]);
    }
    code = code == SB_EXIT_OK ? lay_members(&draft) : code;
    code = code == SB_EXIT_OK ? sb_draft_name(&draft, "item") : code;
    code = code == SB_EXIT_OK ? sb_draft_send(&draft) : code;
    if (code == SB_EXIT_OK) {
        say_embargo(&draft);
    }
    sb_gathered_free(g);
    return code;
}

/* ---- move and cancel */

/* A whole day and a time of day leave each other no place. */
static int lay_move(struct sb_draft *draft)
{
    struct sb_json_out out;
    bool day = sb_args_has(draft->args, "date");
    sb_draft_open(draft, &out);
    sb_json_put_key(&out, day ? "start" : "date");
    sb_json_put_null(&out);
    if (day) {
        sb_json_put_key(&out, "end");
        sb_json_put_null(&out);
    }
    return sb_draft_close(draft, &out);
}

/* The reason stands before what was there, where everybody reads it. */
static int lay_cancel(struct sb_draft *draft)
{
    struct sb_json_out out;
    struct sb_err err = {0};
    struct json_t *tree = NULL;
    const char *why = sb_args_value(draft->args, "why");
    (void)sb_json_tree_read(&tree, draft->json, &err);
    const char *before = sb_json_tree_text(
        sb_json_tree_member(sb_json_tree_member(tree, draft->content), "description"));
    size_t n = strlen(why) + (before == NULL ? 0 : strlen(before)) + 3;
    char *text = sb_arena_alloc(&draft->g->arena, n);
    if (text != NULL) {
        (void)snprintf(text, n, "%s%s%s", why, before == NULL ? "" : "\n\n",
                       before == NULL ? "" : before);
    }
    sb_json_tree_free(tree);
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "status", "cancelled");
    sb_json_member_string(&out, "description", text);
    return sb_draft_close(draft, &out);
}

static int lay_standing(struct sb_draft *draft, const struct sb_agenda_view *view)
{
    struct sb_json_out out;
    int code = sb_draft_lay_statement(draft, view->winner, true);
    if (code != SB_EXIT_OK) {
        return code;
    }
    sb_draft_open(draft, &out);
    sb_draft_put_supersedes(&out, view->winner, &view->conflict);
    return sb_draft_close(draft, &out);
}

static int edit(struct sb_draft *draft, const struct sb_reference *of,
                int (*change)(struct sb_draft *draft))
{
    const struct sb_agenda_view *view;
    int code = sb_draft_item(draft->g, of, &view);
    code = code == SB_EXIT_OK ? lay_standing(draft, view) : code;
    code = code == SB_EXIT_OK ? change(draft) : code;
    code = code == SB_EXIT_OK ? lay_members(draft) : code;
    return code == SB_EXIT_OK ? sb_draft_send(draft) : code;
}

static int run_edit(const struct sb_args *args, int (*change)(struct sb_draft *draft))
{
    struct sb_gathered *g;
    struct sb_reference of;
    struct sb_draft draft;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which item: ORG/UUID");
    }
    if (!sb_gather_reference(args, args->operands[0], &of)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_ITEM, &of.id, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, "agendaItem");
        draft.shown_by = "agenda show";
        draft.changes = of;
        code = edit(&draft, &of, change);
    }
    sb_gathered_free(g);
    return code;
}

static int run_move(const struct sb_args *args)
{
    bool day = sb_args_has(args, "date"), time = sb_args_has(args, "start");
    return day != time ? run_edit(args, lay_move)
                       : sb_args_complain(args, "say --start (and --end), or --date");
}

static int run_cancel(const struct sb_args *args)
{
    return sb_args_has(args, "why") ? run_edit(args, lay_cancel)
                                    : sb_args_complain(args, "say --why");
}

/* ---- what the commands are */

#define FLAG_START                                                                                 \
    {                                                                                              \
        "start", 0, "TIME", "local time, such as 2026-12-10T20:00"                                 \
    }
#define FLAG_END                                                                                   \
    {                                                                                              \
        "end", 0, "TIME", "likewise, not before the start"                                         \
    }
#define FLAG_DATE                                                                                  \
    {                                                                                              \
        "date", 0, "DATE", "a whole day instead"                                                   \
    }
#define FLAG_LOCATION                                                                              \
    {                                                                                              \
        "location", 0, "TEXT", "where"                                                             \
    }

static const struct sb_flag add_flags[] = {
    SB_FLAGS_DRAFT,
    {"kind", 0, "KIND", "meeting (default), item, deadline or forward_agenda"},
    {"title", 0, "TEXT", "what it is called"},
    {"description", 0, "TEXT", "more about it"},
    {"body", 0, "BODY", "council, college, mayor, board, portfolio_holders or other"},
    FLAG_START,
    FLAG_END,
    FLAG_DATE,
    FLAG_LOCATION,
    {"status", 0, "STATUS", "planned, confirmed, postponed, cancelled or held"},
    {"participants", 0, "ORG,...", "who come"},
    {"disclosure", 0, "WORD", "public, closed, secret or embargoed"},
    {"embargo-until", 0, "TIME", "with embargoed: RFC 3339, such as 2026-12-11T17:00:00+01:00"},
    {"secrecy-ground", 0, "TEXT", "with secret: the legal ground; --audience is one's own then"},
    {"imposed-by", 0, "TEXT", "with secret: who imposed it"},
    {"liftable-by", 0, "TEXT", "with secret: who may lift it"},
    {"number", 0, "TEXT", "as printed on the agenda, such as 1.4C"},
    {"parent", 0, "ORG/UUID", "the meeting or item that it belongs to"},
    {"portfolio-holder", 0, "TEXT", "whose subject it is"},
    {"theme", 0, "TEXT", "such as wonen"},
    {"co-editors", 0, "ORG,...", "who may edit it too"},
};

const struct sb_command sb_command_agenda_add = {
    .words = "agenda add",
    .synopsis = "[FILE|-]",
    .about = "put something on the shared agenda, from a file, from flags, or from both",
    SB_FLAGS(add_flags),
    .operands_max = 1,
    .examples = "  samenbus agenda add --topic agenda/wonen --title 'Overleg wonen' \\\n"
                "    --start 2026-12-10T20:00 --end 2026-12-10T22:00 --location 'Raadhuis Diemen'\n"
                "  samenbus agenda add meeting.json --date 2026-12-11\n"
                "  samenbus agenda add --topic agenda/raad --title 'Benoeming' --date 2026-12-15 "
                "\\\n"
                "    --disclosure embargoed --embargo-until 2026-12-14T17:00:00+01:00\n",
    .run = run_add,
};

static const struct sb_flag move_flags[] = {SB_FLAGS_DRAFT, FLAG_START, FLAG_END, FLAG_DATE,
                                            FLAG_LOCATION};

const struct sb_command sb_command_agenda_move = {
    .words = "agenda move",
    .synopsis = "ORG/UUID --start TIME [--end TIME]",
    .about = "move an item of the agenda to another time; concurrent edits end with it",
    SB_FLAGS(move_flags),
    .operands_max = 1,
    .examples = "  samenbus agenda move GM0384/014ac8c5-9680-7000-8000-000000000010 \\\n"
                "    --start 2026-12-11T20:00 --end 2026-12-11T22:00\n",
    .run = run_move,
};

static const struct sb_flag cancel_flags[] = {
    SB_FLAGS_DRAFT,
    {"why", 0, "TEXT", "the reason, put before the description"},
};

const struct sb_command sb_command_agenda_cancel = {
    .words = "agenda cancel",
    .synopsis = "ORG/UUID --why TEXT",
    .about = "cancel an item of the agenda; it stays visible as cancelled",
    SB_FLAGS(cancel_flags),
    .operands_max = 1,
    .examples = "  samenbus agenda cancel GM0384/014ac8c5-9680-7000-8000-000000000010 \\\n"
                "    --why 'Te weinig punten'\n",
    .run = run_cancel,
};
