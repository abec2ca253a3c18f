/* samenbus deadlines: one list over decisions and the agenda of what is due. Folded from the log;
 * the rules are in proto/rules/. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/gather.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/rules/deadline.h"

enum { COLUMNS = 80, LINE_BYTES = 4096, ANSWER_BYTES = 64 * 1024, INDENT = 12, DAY_MS = 86400000 };

static const char *const formats[] = {"text", "json", NULL};

struct due {
    struct sb_date day;
    const char *type; /* "decision" or "agendaItem" */
    struct sb_reference of;
    struct sb_bytes title;
    struct sb_orgs missing;
};

struct due_list {
    struct due *p;
    size_t n;
    bool complete;
};

static bool add_decision(struct sb_gathered *g, const struct sb_gathered_subject *s,
                         struct due_list *list)
{
    const struct sb_decision_view *v = sb_decision_fold(&s->subject.of, s->statements, s->n,
                                                        &g->past, sb_date_of(g->now), &g->arena);
    if (v == NULL) {
        return false;
    }
    list->complete = list->complete && v->complete;
    if (sb_date_given(sb_deadline_of_decision(v))) {
        list->p[list->n++] = (struct due){sb_deadline_of_decision(v), "decision", v->decision,
                                          v->revision->proposal.title, v->missing};
    }
    return true;
}

static bool add_items(struct sb_gathered *g, const struct sb_gathered_subject *s,
                      struct due_list *list)
{
    const struct sb_agenda_group *group =
        sb_agenda_fold(&s->subject.of.id, s->statements, s->n, &g->arena);
    for (size_t i = 0; group != NULL && i < group->n_items; i++) {
        const struct sb_agenda_view *v = &group->items[i];
        if (sb_date_given(sb_deadline_of_item(v))) {
            list->p[list->n++] = (struct due){sb_deadline_of_item(v),
                                              "agendaItem",
                                              v->item,
                                              v->winner->agenda_item.title,
                                              {NULL, 0}};
        }
    }
    return group != NULL;
}

static int by_day(const void *a, const void *b)
{
    const struct due *x = a, *y = b;
    if (x->day.days != y->day.days) {
        return x->day.days < y->day.days ? -1 : 1;
    }
    return sb_reference_cmp(&x->of, &y->of);
}

/* An item_id gives at most as many items as it has statements. */
static bool find_all(struct sb_gathered *g, struct due_list *list)
{
    size_t n = 1;
    for (size_t i = 0; i < g->n_subjects; i++) {
        n += g->subjects[i].n;
    }
    *list = (struct due_list){sb_arena_alloc(&g->arena, n * sizeof *list->p), 0, true};
    for (size_t i = 0; list->p != NULL && i < g->n_subjects; i++) {
        const struct sb_gathered_subject *s = &g->subjects[i];
        bool ok = s->subject.kind == SB_SUBJECT_DECISION ? add_decision(g, s, list)
                                                         : add_items(g, s, list);
        if (!ok) {
            return false;
        }
    }
    if (list->n > 0) {
        qsort(list->p, list->n, sizeof *list->p, by_day);
    }
    return list->p != NULL;
}

/* ---- printing */

static void print_due(const struct due *d)
{
    char day[SB_DATE_TEXT_MAX], id[SB_UUID_TEXT_MAX], title[LINE_BYTES], line[LINE_BYTES] = "";
    size_t n = 0;
    (void)snprintf(title, sizeof title, "%.*s",
                   (int)(d->title.n < SB_TITLE_MAX ? d->title.n : SB_TITLE_MAX),
                   (const char *)d->title.p);
    sb_show_field(line, sizeof line, title, COLUMNS - INDENT, true);
    sb_date_format(day, d->day);
    sb_uuid_format(id, &d->of.id);
    printf("%-*s%s\n%*s%s%s/%s%s\n", INDENT, day, line, INDENT, "", sb_colour(stdout, SB_DIM),
           d->of.org.s, id, sb_colour(stdout, SB_PLAIN));
    title[0] = line[0] = '\0';
    for (size_t i = 0; i < d->missing.n && n < sizeof title - SB_ORG_MAX - 2; i++) {
        n +=
            (size_t)snprintf(title + n, sizeof title - n, "%s%s",
                             i > 0 ? ", " : sb_term(SB_TERM_LABEL, "missing: "), d->missing.p[i].s);
    }
    sb_show_field(line, sizeof line, title, COLUMNS - INDENT, true);
    printf("%*s%s%s", d->missing.n > 0 ? INDENT : 0, "", line, d->missing.n > 0 ? "\n" : "");
}

static void put_due(struct sb_json_out *out, const struct due *d)
{
    char day[SB_DATE_TEXT_MAX], id[SB_UUID_TEXT_MAX], of[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
    sb_date_format(day, d->day);
    sb_uuid_format(id, &d->of.id);
    (void)snprintf(of, sizeof of, "%s/%s", d->of.org.s, id);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "date", day);
    sb_json_member_string(out, "type", d->type);
    sb_json_member_string(out, "of", of);
    sb_json_put_key(out, "title");
    sb_json_put_text(out, d->title);
    sb_json_put_key(out, "missing");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < d->missing.n; i++) {
        sb_json_put_string(out, d->missing.p[i].s);
    }
    sb_json_put_close(out, ']');
    sb_json_put_close(out, '}');
}

static int print_text(const struct sb_gathered *g, const struct due_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        print_due(&list->p[i]);
    }
    sb_gathered_say_end(g, list->complete);
    return SB_EXIT_OK;
}

static int print_json(struct sb_gathered *g, const struct due_list *list)
{
    struct sb_json_out out;
    sb_json_out_init(&out, &g->arena, ANSWER_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_put_key(&out, "deadlines");
    sb_json_put_open(&out, '[');
    for (size_t i = 0; i < list->n; i++) {
        put_due(&out, &list->p[i]);
    }
    sb_json_put_close(&out, ']');
    sb_gathered_put_end(&out, g, list->complete);
    sb_json_put_close(&out, '}');
    return sb_gathered_print(&out);
}

static int answer(struct sb_gathered *g, const uint64_t *within_ms, bool json)
{
    struct due_list list;
    int64_t today = sb_date_of(g->now).days;
    if (!find_all(g, &list)) {
        sb_talk("no memory for all deadlines");
        return SB_EXIT_FAILURE;
    }
    size_t n = 0;
    for (size_t i = 0; i < list.n; i++) {
        int64_t in_days = list.p[i].day.days - today;
        if (in_days >= 0 &&
            (within_ms == NULL || (uint64_t)in_days <= (*within_ms + DAY_MS - 1) / DAY_MS)) {
            list.p[n++] = list.p[i];
        }
    }
    list.n = n;
    return json ? print_json(g, &list) : print_text(g, &list);
}

static int run(const struct sb_args *args)
{
    struct sb_gathered *g;
    size_t format = 0;
    uint64_t within_ms = 0;
    if (!sb_args_word(args, "output", formats, &format) ||
        !sb_args_duration(args, "within", &within_ms)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION | 1U << SB_SUBJECT_ITEM, NULL, &g);
    if (code == SB_EXIT_OK) {
        code = answer(g, sb_args_has(args, "within") ? &within_ms : NULL, format == 1);
    }
    sb_gathered_free(g);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
    {"within", 0, "TIME", "only what is due within that time, such as 14d"},
};

const struct sb_command sb_command_deadlines = {
    .words = "deadlines",
    .about = "print what is still due, of decisions and of the agenda, and who is missing",
    SB_FLAGS(flags),
    .examples = "  samenbus deadlines --within 14d\n",
    .run = run,
};
