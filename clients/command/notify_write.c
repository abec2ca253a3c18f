/* samenbus notify send and ack: something that the addressees are to know, and that one knows. */
#include "clients/command/draft.h"
#include "clients/command/nearest.h"
#include "clients/command/talk.h"
#include "proto/json_tree.h"
#include "proto/rules/notification.h"

static const struct sb_draft_member notice_members[] = {
    {"severity", "severity", SB_DRAFT_TEXT},
    {"subject", "subject", SB_DRAFT_TEXT},
    {"text", "text", SB_DRAFT_TEXT},
    {"to", "addressees", SB_DRAFT_LIST},
    {"expires", "expires", SB_DRAFT_TEXT},
    {"require-ack", "requiresAcknowledgement", SB_DRAFT_TRUE},
};

static int lay_severity(struct sb_draft *draft)
{
    struct sb_json_out out;
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "severity", "information");
    return sb_draft_close(draft, &out);
}

/* PROTOCOL 18.9: without addressees nobody is waited for. */
static void say_nobody(const struct sb_draft *draft)
{
    struct sb_err err = {0};
    struct json_t *tree = NULL;
    (void)sb_json_tree_read(&tree, draft->json, &err);
    const struct json_t *notice = sb_json_tree_member(tree, draft->content);
    if (sb_json_tree_member(notice, "requiresAcknowledgement") != NULL &&
        sb_json_tree_member(notice, "addressees") == NULL) {
        sb_talk("addressed to nobody by name: notify list tells who acknowledges it, and cannot "
                "tell who is still to; --to names them");
    }
    sb_json_tree_free(tree);
}

static int run_send(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_draft draft;
    int code = sb_gather(args, 1U << SB_SUBJECT_NOTIFICATION, NULL, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, "notification");
        code = lay_severity(&draft);
    }
    if (code == SB_EXIT_OK && args->n_operands > 0) {
        code = sb_draft_lay_file(&draft, args->operands[0]);
    }
    code = code == SB_EXIT_OK ? sb_draft_lay_flags(&draft, notice_members,
                                                   sizeof notice_members / sizeof notice_members[0])
                              : code;
    code = code == SB_EXIT_OK ? sb_draft_name(&draft, "notification") : code;
    code = code == SB_EXIT_OK ? sb_draft_send(&draft) : code;
    if (code == SB_EXIT_OK) {
        say_nobody(&draft);
    }
    sb_gathered_free(g);
    if (code == SB_EXIT_OK && sb_args_has(args, "to")) {
        sb_nearest_connect(args, sb_args_value(args, "to"));
    }
    return code;
}

/* ---- acknowledging */

/* The view as it is, where this organisation's word would count. */
static int find_notice(struct sb_gathered *g, const struct sb_reference *of,
                       const struct sb_notification_view **out)
{
    const struct sb_subject subject = {SB_SUBJECT_NOTIFICATION, *of};
    struct sb_gathered_subject found = sb_gathered_find(g, &subject);
    const struct sb_notification_view *view =
        sb_notification_fold(of, found.statements, found.n, &g->past, g->now, &g->arena);
    *out = view;
    if (view == NULL) {
        sb_talk("no memory for what was said about it");
        return SB_EXIT_FAILURE;
    }
    if (view->shown == NULL) {
        return sb_draft_refuse(SB_CODE_INVALID_BODY,
                               "no such notification is known here; write the id of one that is, "
                               "or wait until it has come");
    }
    struct sb_orgs to = view->shown->notification.addressees;
    bool addressed =
        to.n > 0 ? sb_orgs_have(to, &g->organisation) : !sb_org_eq(&g->organisation, &of->org);
    return addressed ? SB_EXIT_OK
                     : sb_draft_refuse(SB_CODE_NOT_ALLOWED,
                                       "it is not addressed to this organisation: nothing is "
                                       "waiting for its acknowledgement");
}

static int acknowledge(struct sb_draft *draft, const struct sb_reference *of)
{
    static const struct sb_draft_member members[] = {{"text", "text", SB_DRAFT_TEXT}};
    const struct sb_notification_view *view;
    struct sb_json_out out;
    int code = find_notice(draft->g, of, &view);
    code = code == SB_EXIT_OK ? sb_draft_lay_statement(draft, view->shown, false) : code;
    if (code == SB_EXIT_OK) {
        sb_draft_open(draft, &out);
        sb_json_put_key(&out, "notification");
        sb_draft_put_reference(&out, of);
        code = sb_draft_close(draft, &out);
    }
    code = code == SB_EXIT_OK ? sb_draft_lay_flags(draft, members, 1) : code;
    return code == SB_EXIT_OK ? sb_draft_send(draft) : code;
}

static int run_ack(const struct sb_args *args)
{
    struct sb_gathered *g;
    struct sb_reference of;
    struct sb_draft draft;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which notification: ORG/UUID");
    }
    if (!sb_gather_reference(args, args->operands[0], &of)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_NOTIFICATION, &of.id, &g);
    if (code == SB_EXIT_OK) {
        sb_draft_begin(&draft, args, g, "acknowledgement");
        code = acknowledge(&draft, &of);
    }
    sb_gathered_free(g);
    return code;
}

static const struct sb_flag send_flags[] = {
    SB_FLAGS_DRAFT,
    {"severity", 0, "WORD", "information (default), attention or urgent"},
    {"subject", 0, "TEXT", "one line"},
    {"text", 0, "TEXT", "more about it"},
    {"to", 0, "ORG,...", "who are to know (default: everybody)"},
    {"expires", 0, "TIME", "RFC 3339, such as 2026-12-11T00:00:00Z"},
    {"require-ack", 0, NULL, "every addressee is to acknowledge it"},
};

const struct sb_command sb_command_notify_send = {
    .words = "notify send",
    .synopsis = "[FILE|-]",
    .about = "let partners know something",
    SB_FLAGS(send_flags),
    .operands_max = 1,
    .examples = "  samenbus notify send --topic notification/ict --severity attention \\\n"
                "    --subject Onderhoud --to GM0451,GM0437 --require-ack\n",
    .run = run_send,
};

static const struct sb_flag ack_flags[] = {
    SB_FLAGS_DRAFT,
    {"text", 0, "TEXT", "an answer with it"},
};

const struct sb_command sb_command_notify_ack = {
    .words = "notify ack",
    .synopsis = "ORG/UUID",
    .about = "acknowledge a notification for this organisation",
    SB_FLAGS(ack_flags),
    .operands_max = 1,
    .examples = "  samenbus notify ack GM0384/014ac8c5-9680-7000-8000-000000000010\n",
    .run = run_ack,
};
