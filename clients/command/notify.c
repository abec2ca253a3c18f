/* samenbus notify list: notifications, and who has still to say that it knows. Folded from the log;
 * the rules are in proto/rules/. */
#include <stdio.h>
#include <string.h>

#include "clients/command/gather.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/view_json.h"

enum { COLUMNS = 80, LINE_BYTES = 4096, ANSWER_BYTES = 64 * 1024, INDENT = 12 };

static const char *const formats[] = {"text", "json", NULL};

static void print_orgs(const char *what, const struct sb_orgs *orgs)
{
    char text[LINE_BYTES] = "", line[LINE_BYTES] = "";
    size_t n = 0;
    for (size_t i = 0; i < orgs->n && n < sizeof text - SB_ORG_MAX - 2; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i > 0 ? ", " : what, orgs->p[i].s);
    }
    sb_show_field(line, sizeof line, text, COLUMNS - INDENT, true);
    printf("%*s%s\n", INDENT, "", line);
}

/* Who knows, and what they answered with it. */
static void print_acknowledged(const struct sb_statements *by)
{
    for (size_t i = 0; i < by->n; i++) {
        const struct sb_bytes answer = by->p[i]->acknowledgement.text;
        char text[LINE_BYTES], line[LINE_BYTES] = "";
        (void)snprintf(text, sizeof text, "%s%s%s%.*s", sb_term(SB_TERM_LABEL, "acknowledged by "),
                       by->p[i]->event.org.s, answer.n > 0 ? ": " : "",
                       (int)(answer.n < SB_TITLE_MAX ? answer.n : SB_TITLE_MAX),
                       (const char *)answer.p);
        sb_show_field(line, sizeof line, text, COLUMNS - INDENT, true);
        printf("%*s%s\n", INDENT, "", line);
    }
}

static void print_notification(const struct sb_notification_view *v)
{
    const struct sb_notification *n = &v->shown->notification;
    char severity[SB_VIEW_WORD_MAX], id[SB_UUID_TEXT_MAX], title[LINE_BYTES], line[LINE_BYTES] = "";
    (void)sb_view_word(severity, SB_VIEW_SEVERITY, n->severity);
    (void)snprintf(title, sizeof title, "%s%.*s",
                   v->expired ? sb_term(SB_TERM_LABEL, "(expired) ") : "",
                   (int)(n->subject.n < SB_TITLE_MAX ? n->subject.n : SB_TITLE_MAX),
                   (const char *)n->subject.p);
    sb_show_field(line, sizeof line, title, COLUMNS - INDENT, true);
    sb_uuid_format(id, &v->notification.id);
    printf("%s%-*s%s%s\n", sb_colour(stdout, v->expired ? SB_DIM : SB_BOLD), INDENT,
           sb_term(SB_TERM_SEVERITY, severity), line, sb_colour(stdout, SB_PLAIN));
    printf("%*s%s%s/%s%s\n", INDENT, "", sb_colour(stdout, SB_DIM), v->notification.org.s, id,
           sb_colour(stdout, SB_PLAIN));
    if (n->addressees.n > 0) {
        print_orgs(sb_term(SB_TERM_LABEL, "to "), &n->addressees);
    }
    print_acknowledged(&v->acknowledged);
    if (v->waiting.n > 0) {
        print_orgs(sb_term(SB_TERM_LABEL, "not acknowledged by "), &v->waiting);
    }
}

static void put_notification(struct sb_json_out *out, const struct sb_notification_view *v)
{
    sb_json_put_open(out, '{');
    sb_json_put_notification(out, v);
    sb_json_put_close(out, '}');
}

/* Prints those that are wanted, into `out` where it is given. False without memory. */
static bool list(struct sb_gathered *g, bool unacknowledged, struct sb_json_out *out)
{
    for (size_t i = 0; i < g->n_subjects; i++) {
        const struct sb_gathered_subject *s = &g->subjects[i];
        const struct sb_notification_view *v =
            sb_notification_fold(&s->subject.of, s->statements, s->n, &g->past, g->now, &g->arena);
        if (v == NULL) {
            return false;
        }
        if (v->shown == NULL || (unacknowledged && v->waiting.n == 0)) {
            continue;
        }
        if (out != NULL) {
            put_notification(out, v);
        } else {
            print_notification(v);
        }
    }
    return true;
}

static int answer(struct sb_gathered *g, bool unacknowledged, bool json)
{
    struct sb_json_out out;
    if (json) {
        sb_json_out_init(&out, &g->arena, ANSWER_BYTES);
        sb_json_put_open(&out, '{');
        sb_json_put_key(&out, "notifications");
        sb_json_put_open(&out, '[');
    }
    if (!list(g, unacknowledged, json ? &out : NULL)) {
        sb_talk("no memory for all notifications");
        return SB_EXIT_FAILURE;
    }
    if (!json) {
        sb_gathered_say_end(g, true);
        return SB_EXIT_OK;
    }
    sb_json_put_close(&out, ']');
    sb_gathered_put_end(&out, g, true);
    sb_json_put_close(&out, '}');
    return sb_gathered_print(&out);
}

static int run_list(const struct sb_args *args)
{
    struct sb_gathered *g;
    size_t format = 0;
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_NOTIFICATION, NULL, &g);
    if (code == SB_EXIT_OK) {
        code = answer(g, sb_args_has(args, "unacknowledged"), format == 1);
    }
    sb_gathered_free(g);
    return code;
}

static const struct sb_flag list_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
    {"unacknowledged", 0, NULL, "only those that somebody has still to acknowledge"},
};

const struct sb_command sb_command_notify_list = {
    .words = "notify list",
    .about = "print the notifications, who has acknowledged them, and who has still to",
    SB_FLAGS(list_flags),
    .examples = "  samenbus notify list --unacknowledged\n",
    .run = run_list,
};
