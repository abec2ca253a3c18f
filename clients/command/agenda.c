/* samenbus agenda list, show and conflicts: the shared agenda, folded from the log. The rules are
 * in proto/rules/; here is only what is printed of a view, and in which order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/agenda_order.h"
#include "clients/command/gather.h"
#include "clients/command/nearest.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/view_json.h"

enum { COLUMNS = 80, LINE_BYTES = 1024, ANSWER_BYTES = 64 * 1024 };

static const char *const formats[] = {"text", "json", NULL};

struct asking {
    const struct sb_args *args;
    struct sb_gathered *g;
    bool json, conflicts;
    const char *from, *to, *theme;
    struct sb_org org;             /* empty: all */
    struct sb_reference only;      /* an all-zero id: all */
    struct sb_agenda_entry *items; /* all, by id */
    size_t n;
    const struct sb_agenda_entry **shown; /* those that are wanted, as they are printed */
    size_t n_shown;
};

/* ---- all items */

static size_t count_statements(const struct sb_gathered *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_subjects; i++) {
        n += g->subjects[i].n;
    }
    return n;
}

static bool fold_all(struct asking *a)
{
    struct sb_gathered *g = a->g;
    size_t most = count_statements(g) + 1;
    a->items = sb_arena_alloc(&g->arena, most * sizeof *a->items);
    a->shown = sb_arena_alloc(&g->arena, most * sizeof *a->shown);
    for (size_t i = 0; a->items != NULL && i < g->n_subjects; i++) {
        const struct sb_gathered_subject *s = &g->subjects[i];
        const struct sb_agenda_group *group =
            sb_agenda_fold(&s->subject.of.id, s->statements, s->n, &g->arena);
        if (group == NULL) {
            return false;
        }
        for (size_t k = 0; k < group->n_items; k++) {
            a->items[a->n++] = (struct sb_agenda_entry){.view = &group->items[k], .group = group};
        }
    }
    return a->items != NULL && a->shown != NULL;
}

static bool is_wanted(const struct asking *a, const struct sb_agenda_entry *item)
{
    const struct sb_agenda_item *said = &item->view->winner->agenda_item;
    char day[SB_DATE_TEXT_MAX];
    sb_date_format(day, sb_agenda_entry_day(item));
    if (!sb_uuid_is_zero(&a->only.id)) {
        return sb_reference_eq(&item->view->item, &a->only);
    }
    return (!a->conflicts || item->view->conflict.n > 0) &&
           (a->org.s[0] == '\0' || sb_org_eq(&a->org, &item->view->item.org)) &&
           (a->from == NULL || day[0] == '\0' || strcmp(day, a->from) >= 0) &&
           (a->to == NULL || (day[0] != '\0' && strcmp(day, a->to) <= 0)) &&
           (a->theme == NULL || (said->theme.n == strlen(a->theme) &&
                                 memcmp(said->theme.p, a->theme, said->theme.n) == 0));
}

/* Keeps what is wanted, in the order in which it is printed. */
static void choose(struct asking *a)
{
    sb_agenda_link(a->items, a->n);
    for (size_t i = 0; i < a->n; i++) {
        if (is_wanted(a, &a->items[i])) {
            a->shown[a->n_shown++] = &a->items[i];
        }
    }
    if (a->n_shown > 0) {
        qsort(a->shown, a->n_shown, sizeof(struct sb_agenda_entry *), sb_agenda_entry_cmp);
    }
}

/* ---- printing */

static void put_reference(char out[static LINE_BYTES], const struct sb_reference *of)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    (void)snprintf(out, LINE_BYTES, "%s/%s", of->org.s, id);
}

/* "2026-12-10 20:00"; what has no day of its own stands behind what it belongs to. */
static void write_when(char out[static LINE_BYTES], const struct sb_agenda_item *said, bool belongs)
{
    char day[SB_DATE_TEXT_MAX];
    sb_date_format(day, sb_agenda_day(said));
    (void)snprintf(out, LINE_BYTES, "%s %.*s",
                   day[0] != '\0' ? day
                   : belongs      ? ""
                                  : "-",
                   said->start.n >= 16 ? 5 : 0, (const char *)said->start.p + 11);
}

static const char *word_of(char out[static SB_VIEW_WORD_MAX], const struct sb_agenda_item *said)
{
    return sb_term(SB_TERM_AGENDA,
                   sb_view_word(out, SB_VIEW_AGENDA_STATUS, said->status) ? out : "planned");
}

static void write_title(char out[static LINE_BYTES], const struct sb_agenda_item *said, int indent)
{
    (void)snprintf(out, LINE_BYTES, "%*s%.*s%s%.*s", indent, "", (int)said->number.n,
                   (const char *)said->number.p, said->number.n > 0 ? " " : "",
                   (int)(said->title.n < 400 ? said->title.n : 400), (const char *)said->title.p);
}

/* The other version: which event it is, and what it would have the item say. */
static void print_conflict(const struct sb_statement *other)
{
    char word[SB_VIEW_WORD_MAX], when[LINE_BYTES], title[LINE_BYTES], id[LINE_BYTES];
    char says[3 * LINE_BYTES], line[LINE_BYTES] = "";
    put_reference(id, &other->event);
    printf("%18s%s%s%s  %s\n", "", sb_colour(stdout, SB_YELLOW),
           sb_term(SB_TERM_EFFECT, "conflict"), sb_colour(stdout, SB_PLAIN), id);
    write_when(when, &other->agenda_item, false);
    write_title(title, &other->agenda_item, 0);
    (void)snprintf(says, sizeof says, "%s  %s  %s", when, word_of(word, &other->agenda_item),
                   title);
    sb_show_field(line, sizeof line, says, COLUMNS - 28, true);
    printf("%28s%s\n", "", line);
}

static void print_item(const struct sb_agenda_entry *item)
{
    const struct sb_agenda_item *said = &item->view->winner->agenda_item;
    char word[SB_VIEW_WORD_MAX], when[LINE_BYTES], line[LINE_BYTES] = "", title[LINE_BYTES];
    char id[LINE_BYTES];
    int indent = (int)(item->depth < 4 ? item->depth : 4) * 2;
    write_when(when, said, item->parent != NULL);
    bool cancelled = said->status == SB_AGENDA_CANCELLED;
    printf("%-17s %s%-10s%s", when, cancelled ? sb_colour(stdout, SB_RED) : "", word_of(word, said),
           cancelled ? sb_colour(stdout, SB_PLAIN) : "");
    write_title(title, said, indent);
    sb_show_field(line, sizeof line, title, COLUMNS - 28, true);
    puts(line);
    put_reference(id, &item->view->item);
    printf("%28s%s%s%s\n", "", sb_colour(stdout, SB_DIM), id, sb_colour(stdout, SB_PLAIN));
    for (size_t i = 0; i < item->view->conflict.n; i++) {
        print_conflict(item->view->conflict.p[i]);
    }
}

static int print_text(struct asking *a)
{
    bool one = !sb_uuid_is_zero(&a->only.id);
    if (one && !sb_agenda_entry_print(a->shown[0], &a->g->arena)) {
        sb_talk("no memory for what it says");
        return SB_EXIT_FAILURE;
    }
    for (size_t i = 0; !one && i < a->n_shown; i++) {
        print_item(a->shown[i]);
    }
    sb_gathered_say_end(a->g, true);
    return SB_EXIT_OK;
}

static int print_json(struct asking *a)
{
    struct sb_json_out out;
    bool one = !sb_uuid_is_zero(&a->only.id);
    sb_json_out_init(&out, &a->g->arena, ANSWER_BYTES);
    sb_json_put_open(&out, '{');
    if (!one) {
        sb_json_put_key(&out, "items");
        sb_json_put_open(&out, '[');
    }
    for (size_t i = 0; i < a->n_shown; i++) {
        if (!one) {
            sb_json_put_open(&out, '{');
        }
        sb_json_put_agenda(&out, a->shown[i]->view, a->shown[i]->group);
        if (!one) {
            sb_json_put_close(&out, '}');
        }
    }
    if (!one) {
        sb_json_put_close(&out, ']');
    }
    sb_gathered_put_end(&out, a->g, true);
    sb_json_put_close(&out, '}');
    return sb_gathered_print(&out);
}

/* ---- the commands */

static bool is_date(const struct sb_args *args, const char *flag, const char **out)
{
    struct sb_date date;
    *out = sb_args_value(args, flag);
    return sb_gather_date(args, flag, (struct sb_time){0}, &date);
}

static bool read_flags(const struct sb_args *args, struct asking *a)
{
    size_t format = 0;
    bool ok = sb_args_word(args, "output", formats, &format) && is_date(args, "from", &a->from) &&
              is_date(args, "to", &a->to) && sb_args_org(args, "org", &a->org);
    if (ok && a->from != NULL && a->to != NULL && strcmp(a->from, a->to) > 0) {
        sb_args_complain(args, "--to %s lies before --from %s", a->to, a->from);
        ok = false;
    }
    a->args = args;
    a->json = format == 1;
    a->theme = sb_args_value(args, "theme");
    return ok;
}

static int answer(struct asking *a)
{
    int code = sb_gather(a->args, 1U << SB_SUBJECT_ITEM, NULL, &a->g);
    if (code != SB_EXIT_OK) {
        return code;
    }
    if (!fold_all(a)) {
        sb_talk("no memory for the whole agenda");
        code = SB_EXIT_FAILURE;
    } else {
        choose(a);
        bool found = a->n_shown > 0 || sb_uuid_is_zero(&a->only.id);
        if (!found) {
            sb_talk("no such item is known here; samenbus agenda list shows those that are");
        }
        if (a->n_shown == 0 && (!found || a->org.s[0] != '\0')) {
            sb_nearest_connect(a->args, found ? a->org.s : a->only.org.s);
        }
        code = !found ? SB_EXIT_FAILURE : a->json ? print_json(a) : print_text(a);
    }
    sb_gathered_free(a->g);
    return code;
}

static int run_list(const struct sb_args *args)
{
    struct asking a = {0};
    return read_flags(args, &a) ? answer(&a) : SB_EXIT_USAGE;
}

static int run_conflicts(const struct sb_args *args)
{
    struct asking a = {.conflicts = true};
    return read_flags(args, &a) ? answer(&a) : SB_EXIT_USAGE;
}

static int run_show(const struct sb_args *args)
{
    struct asking a = {0};
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which item: ORG/UUID");
    }
    bool ok = read_flags(args, &a) && sb_gather_reference(args, args->operands[0], &a.only);
    return ok ? answer(&a) : SB_EXIT_USAGE;
}

#define FLAG_OUTPUT                                                                                \
    {                                                                                              \
        "output", 'o', "text|json", "for people (default), or one JSON object"                     \
    }

static const struct sb_flag list_flags[] = {
    SB_FLAG_CONFIG,
    FLAG_OUTPUT,
    {"from", 0, "DATE", "only items on that day or later, and those without a day"},
    {"to", 0, "DATE", "only items on that day or before"},
    {"org", 0, "ORG", "only items of this organisation"},
    {"theme", 0, "THEME", "only items of this policy field"},
};

const struct sb_command sb_command_agenda_list = {
    .words = "agenda list",
    .about = "print the shared agenda by day: meetings, items, deadlines, what is foreseen",
    SB_FLAGS(list_flags),
    .examples = "  samenbus agenda list --from 2026-12-01 --to 2026-12-31\n"
                "  samenbus agenda list --org GM0384 --theme wonen -o json\n",
    .run = run_list,
};

static const struct sb_flag plain_flags[] = {SB_FLAG_CONFIG, FLAG_OUTPUT};

const struct sb_command sb_command_agenda_show = {
    .words = "agenda show",
    .synopsis = "ORG/UUID",
    .about = "print one agenda item: what it says now, and edits that contradict each other",
    SB_FLAGS(plain_flags),
    .operands_max = 1,
    .examples = "  samenbus agenda show GM0384/0149f07a-7e80-7000-8000-000000000001 -o json\n",
    .run = run_show,
};

const struct sb_command sb_command_agenda_conflicts = {
    .words = "agenda conflicts",
    .about = "print the items whose edits contradict each other until one supersedes both",
    SB_FLAGS(plain_flags),
    .examples = "  samenbus agenda conflicts\n",
    .run = run_conflicts,
};
