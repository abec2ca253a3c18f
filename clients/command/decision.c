/* samenbus decision list and show: what the partners decide, folded from the log as of a date. The
 * rules are in proto/rules/; here is only what is printed of a view. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/gather.h"
#include "clients/command/nearest.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/view_json.h"

enum {
    COLUMNS = 80,
    LINE_BYTES = 4096, /* a reason may name 64 organisations twice */
    ANSWER_BYTES = 64 * 1024,
    INDENT = 12,
    WHO_COLUMNS = 9,
    STATE_COLUMN = WHO_COLUMNS + 39,
};

static const char *const formats[] = {"text", "json", NULL};

struct asking {
    const struct sb_args *args;
    struct sb_gathered *g;
    struct sb_date date;
    bool json, open, mine;
    bool complete; /* of all views so far */
    struct sb_json_out out;
    size_t shown;
};

/* ---- lines for people */

static void print_field(const char *text, size_t width)
{
    char line[LINE_BYTES] = "";
    sb_show_field(line, sizeof line, text, width, true);
    puts(line);
}

static void print_text(struct sb_bytes text, size_t width)
{
    char copy[LINE_BYTES];
    size_t n = text.n < sizeof copy - 1 ? text.n : sizeof copy - 1;
    memcpy(copy, text.p, n);
    copy[n] = '\0';
    print_field(copy, width);
}

/* What does not fit into the line is cut. */
static void add_part(char *out, const char *before, const char *text)
{
    size_t n = strlen(out);
    int wanted = snprintf(out + n, LINE_BYTES - n, "%s%s", before, text);
    assert(wanted >= 0);
}

/* Breaks at spaces; every line but the first is indented. */
static void print_wrapped(const char *text, size_t first_width, size_t indent)
{
    size_t room = first_width;
    while (strlen(text) > room) {
        size_t cut = room;
        while (cut > 0 && text[cut] != ' ') {
            cut--;
        }
        cut = cut == 0 ? room : cut;
        printf("%.*s\n%*s", (int)cut, text, (int)indent, "");
        text += cut + (text[cut] == ' ' ? 1 : 0);
        room = COLUMNS - indent;
    }
    puts(text);
}

static enum sb_colour colour_of(enum sb_outcome outcome)
{
    switch (outcome) {
    case SB_OUTCOME_ADOPTED:
    case SB_OUTCOME_ADOPTED_WITH_CONDITIONS: return SB_GREEN;
    case SB_OUTCOME_NOT_ADOPTED:
    case SB_OUTCOME_UNCLEAR: return SB_RED;
    case SB_OUTCOME_OPEN: return SB_YELLOW;
    case SB_OUTCOME_LAPSED:
    case SB_OUTCOME_WITHDRAWN:
    case SB_OUTCOME_SUPERSEDED: break;
    }
    return SB_DIM;
}

/* Returns the columns that it took. */
static size_t print_outcome(const struct sb_decision_view *v)
{
    char text[LINE_BYTES];
    (void)snprintf(
        text, sizeof text, "%s%s%s", sb_term(SB_TERM_OUTCOME, sb_outcome_name(v->outcome)),
        v->provisional ? ", " : "", v->provisional ? sb_term(SB_TERM_LABEL, "provisional") : "");
    printf("%s%s%s", sb_colour(stdout, colour_of(v->outcome)), text, sb_colour(stdout, SB_PLAIN));
    return strlen(text);
}

static void print_id(const struct sb_reference *decision)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &decision->id);
    printf("%s%s/%s%s\n", sb_colour(stdout, SB_DIM), decision->org.s, id,
           sb_colour(stdout, SB_PLAIN));
}

/* ---- one decision */

static void describe_state(char out[static LINE_BYTES], const struct sb_position_view *p)
{
    out[0] = '\0';
    add_part(out, "", sb_term(SB_TERM_STATE, sb_position_state_name(p->state)));
    if (p->slot != SB_SLOT_FIRST) {
        add_part(out, ", ",
                 sb_term(SB_TERM_LABEL, p->slot == SB_SLOT_SECOND ? "second round" : "as chair"));
    }
    if (p->backdated) {
        add_part(out, ", ", sb_term(SB_TERM_LABEL, "backdated"));
    }
    if (!p->own) {
        add_part(out, ", ", sb_term(SB_TERM_LABEL, "recorded by"));
        add_part(out, " ", p->statement->event.org.s);
    }
    if (p->state == SB_POSITION_IGNORED) {
        add_part(out, ": ", sb_term_why(sb_why_name(p->why), sb_why_sentence(p->why)));
    }
}

/* A long name has a line of its own. */
static void print_cells(const char *who, const char *position, const char *taken)
{
    if (strlen(who) > WHO_COLUMNS) {
        puts(who);
        who = "";
    }
    printf("%-9.9s %-25.25s %-10.10s  ", who, position, taken);
}

static void print_position(const struct sb_position_view *p)
{
    char value[SB_VIEW_WORD_MAX], taken[SB_DATE_TEXT_MAX], state[LINE_BYTES];
    const struct sb_position *said = &p->statement->position;
    (void)sb_view_word(value, SB_VIEW_POSITION_VALUE, (int)said->value);
    sb_date_format(taken, said->taken);
    describe_state(state, p);
    print_cells(p->organisation.s, sb_term(SB_TERM_POSITION, value), taken);
    print_wrapped(state, COLUMNS - STATE_COLUMN, STATE_COLUMN);
    if (said->conditions.n > 0) {
        char conditions[SB_TEXT_MAX + 1];
        (void)snprintf(conditions, sizeof conditions, "%.*s", (int)said->conditions.n,
                       (const char *)said->conditions.p);
        printf("%10s", "");
        sb_show_wrapped(conditions, COLUMNS - 10, 10);
    }
}

/* Each participant with its positions, the counting ones first; then who else spoke. */
static void print_matrix(const struct sb_decision_view *v)
{
    if (v->n_positions + v->missing.n == 0) {
        return; /* it was withdrawn before anybody spoke */
    }
    printf("\n%s", sb_colour(stdout, SB_BOLD));
    print_cells(sb_term(SB_TERM_LABEL, "WHO"), sb_term(SB_TERM_LABEL, "POSITION"),
                sb_term(SB_TERM_LABEL, "TAKEN"));
    printf("%s%s\n", sb_term(SB_TERM_LABEL, "STATE"), sb_colour(stdout, SB_PLAIN));
    for (size_t i = 0; i < v->n_positions; i++) {
        print_position(&v->positions[i]);
    }
    for (size_t i = 0; i < v->missing.n; i++) {
        print_cells(v->missing.p[i].s, "-", "-");
        printf("%s%s%s\n", sb_colour(stdout, SB_YELLOW), sb_term(SB_TERM_STATE, "missing"),
               sb_colour(stdout, SB_PLAIN));
    }
}

static void print_frame(const struct sb_decision_view *v)
{
    const struct sb_proposal *p = &v->revision->proposal;
    char rule[SB_VIEW_WORD_MAX], body[SB_VIEW_WORD_MAX], due[SB_DATE_WORDS_MAX], text[LINE_BYTES];
    bool has_body = sb_view_word(body, SB_VIEW_DECIDING_BODY, p->body);
    (void)sb_view_word(rule, SB_VIEW_DECISION_RULE, (int)p->rule);
    sb_date_words(due, p->deadline);
    sb_term_sentence(text, sizeof text, due);
    printf("%s%s%s%s%s%s%s, %zu %s\n", sb_term(SB_TERM_RULE, rule), has_body ? ", " : "",
           has_body ? sb_term(SB_TERM_BODY, body) : "", due[0] == '\0' ? "" : ", ",
           due[0] == '\0' ? "" : sb_term(SB_TERM_LABEL, "due"), due[0] == '\0' ? "" : " ", text,
           p->participants.n, sb_term(SB_TERM_LABEL, "participants"));
}

static void print_ignored(const struct sb_ignored *ignored)
{
    printf("%s%s%s: ", sb_colour(stdout, SB_DIM), sb_term(SB_TERM_LABEL, "without effect"),
           sb_colour(stdout, SB_PLAIN));
    print_id(&ignored->statement->event);
    printf("  %s\n", sb_term_why(sb_why_name(ignored->why), sb_why_sentence(ignored->why)));
}

static void print_decision(const struct sb_decision_view *v)
{
    char date[SB_DATE_WORDS_MAX], line[LINE_BYTES], text[LINE_BYTES];
    (void)snprintf(line, sizeof line, "%.*s", (int)v->revision->proposal.title.n,
                   (const char *)v->revision->proposal.title.p);
    fputs(sb_colour(stdout, SB_BOLD), stdout);
    sb_show_wrapped(line, COLUMNS, 0);
    fputs(sb_colour(stdout, SB_PLAIN), stdout);
    print_id(&v->decision);
    print_frame(v);
    (void)print_outcome(v);
    sb_date_words(date, v->decided_at);
    sb_term_sentence(text, sizeof text, date);
    printf("%s%s%s%s\n", date[0] == '\0' ? "" : ", ",
           date[0] == '\0' ? "" : sb_term(SB_TERM_LABEL, "since"), date[0] == '\0' ? "" : " ",
           text);
    sb_date_words(date, v->as_of);
    (void)snprintf(line, sizeof line, "%s: %s", date, v->reason);
    sb_term_sentence(text, sizeof text, line);
    line[0] = '\0';
    add_part(line, sb_term(SB_TERM_LABEL, "As of"), " ");
    add_part(line, "", text);
    print_wrapped(line, COLUMNS, 2);
    print_matrix(v);
    for (size_t i = 0; i < v->n_ignored; i++) {
        print_ignored(&v->ignored[i]);
    }
}

static const struct sb_decision_view *fold(struct asking *a, const struct sb_gathered_subject *s)
{
    return sb_decision_fold(&s->subject.of, s->statements, s->n, &a->g->past, a->date,
                            &a->g->arena);
}

static int show_found(struct asking *a, const struct sb_decision_view *v)
{
    a->complete = v->complete;
    if (!a->json) {
        print_decision(v);
        sb_gathered_say_end(a->g, a->complete);
        return SB_EXIT_OK;
    }
    sb_json_out_init(&a->out, &a->g->arena, ANSWER_BYTES);
    sb_json_put_open(&a->out, '{');
    sb_json_put_decision(&a->out, v);
    sb_gathered_put_end(&a->out, a->g, a->complete);
    sb_json_put_close(&a->out, '}');
    return sb_gathered_print(&a->out);
}

static int show_decision(struct asking *a, const struct sb_reference *decision)
{
    for (size_t i = 0; i < a->g->n_subjects; i++) {
        if (sb_reference_eq(&a->g->subjects[i].subject.of, decision)) {
            const struct sb_decision_view *v = fold(a, &a->g->subjects[i]);
            if (v == NULL) {
                sb_talk("no memory for this decision");
                return SB_EXIT_FAILURE;
            }
            if (v->revision != NULL) {
                return show_found(a, v);
            }
        }
    }
    sb_talk(
        sb_args_has(a->args, "as-of")
            ? "no proposal of this decision is known here as of that date; leave out --as-of to "
              "see whether there is one of a later day"
            : "no proposal of this decision is known here; samenbus decision list shows those "
              "that are");
    sb_nearest_connect(a->args, decision->org.s);
    return SB_EXIT_FAILURE;
}

/* ---- all decisions */

static bool is_wanted(const struct asking *a, const struct sb_decision_view *v)
{
    bool mine = sb_org_eq(&v->decision.org, &a->g->organisation) ||
                sb_orgs_have(v->revision->proposal.participants, &a->g->organisation);
    return (!a->open || !v->ended) && (!a->mine || mine);
}

static void print_row(struct asking *a, const struct sb_decision_view *v)
{
    char due[SB_DATE_TEXT_MAX], text[LINE_BYTES], line[LINE_BYTES];
    if (a->shown == 0) {
        printf("%s%-*s%s%s\n", sb_colour(stdout, SB_BOLD), INDENT, sb_term(SB_TERM_LABEL, "DUE"),
               sb_term(SB_TERM_LABEL, "DECISION, OUTCOME"), sb_colour(stdout, SB_PLAIN));
    }
    sb_date_format(due, v->revision->proposal.deadline);
    printf("%-*s", INDENT, due[0] == '\0' ? "-" : due);
    print_text(v->revision->proposal.title, COLUMNS - INDENT);
    printf("%*s", INDENT, "");
    size_t used = INDENT + print_outcome(v);
    sb_term_sentence(text, sizeof text, v->reason);
    line[0] = '\0';
    add_part(line, ": ", text);
    print_wrapped(line, COLUMNS - used, INDENT);
    printf("%*s", INDENT, "");
    print_id(&v->decision);
}

static int list_decisions(struct asking *a)
{
    for (size_t i = 0; i < a->g->n_subjects; i++) {
        struct sb_arena_mark mark = sb_arena_mark(&a->g->arena);
        const struct sb_decision_view *v = fold(a, &a->g->subjects[i]);
        if (v == NULL) {
            sb_talk("no memory for all decisions");
            return SB_EXIT_FAILURE;
        }
        if (v->revision == NULL || !is_wanted(a, v)) {
            sb_arena_rewind(&a->g->arena, mark);
            continue;
        }
        a->complete = a->complete && v->complete;
        if (a->json) {
            sb_json_put_open(&a->out, '{');
            sb_json_put_decision(&a->out, v);
            sb_json_put_close(&a->out, '}');
        } else {
            print_row(a, v);
            sb_arena_rewind(&a->g->arena, mark);
        }
        a->shown++;
    }
    return SB_EXIT_OK;
}

static int print_list(struct asking *a)
{
    if (!a->json) {
        int code = list_decisions(a);
        sb_gathered_say_end(a->g, a->complete);
        return code;
    }
    sb_json_out_init(&a->out, &a->g->arena, ANSWER_BYTES);
    sb_json_put_open(&a->out, '{');
    sb_json_put_key(&a->out, "decisions");
    sb_json_put_open(&a->out, '[');
    int code = list_decisions(a);
    sb_json_put_close(&a->out, ']');
    sb_gathered_put_end(&a->out, a->g, a->complete);
    sb_json_put_close(&a->out, '}');
    return code == SB_EXIT_OK ? sb_gathered_print(&a->out) : code;
}

/* ---- the two commands */

static bool read_flags(const struct sb_args *args, struct asking *a)
{
    size_t format = 0;
    struct sb_date date;
    *a = (struct asking){.args = args, .complete = true};
    if (!sb_args_word(args, "output", formats, &format) ||
        !sb_gather_date(args, "as-of", (struct sb_time){0}, &date)) {
        return false;
    }
    a->json = format == 1;
    a->open = sb_args_has(args, "open");
    a->mine = sb_args_has(args, "mine");
    return true;
}

/* The day of the answer: the flag's, or today. */
static int gather(struct asking *a, const struct sb_uuid *only)
{
    /* The daemon leaves out what has ended as of today; for another day all must be looked at. */
    bool open = a->open && only == NULL && sb_args_value(a->args, "as-of") == NULL;
    int code = open ? sb_gather_open(a->args, 1U << SB_SUBJECT_DECISION, &a->g)
                    : sb_gather(a->args, 1U << SB_SUBJECT_DECISION, only, &a->g);
    if (code == SB_EXIT_OK) {
        (void)sb_gather_date(a->args, "as-of", a->g->now, &a->date);
    }
    return code;
}

static int run_list(const struct sb_args *args)
{
    struct asking a;
    if (!read_flags(args, &a)) {
        return SB_EXIT_USAGE;
    }
    int code = gather(&a, NULL);
    if (code == SB_EXIT_OK) {
        code = print_list(&a);
    }
    sb_gathered_free(a.g);
    return code;
}

/* Does it only end this decision, as the proposal of the one that succeeds it? */
static bool is_successor(const struct sb_gathered_subject *s, const struct sb_reference *event)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct sb_statement *said = s->statements[i];
        if (sb_reference_eq(&said->event, event)) {
            return said->content == SB_CONTENT_PROPOSAL &&
                   !sb_uuid_eq(&said->proposal.decision_id, &s->subject.of.id);
        }
    }
    return false;
}

/* Results and reasons name events too: who asks for one gets the decision that it is about. */
static int gather_about(struct asking *a, struct sb_reference *decision)
{
    struct sb_gathered *g;
    const struct sb_reference event = *decision;
    char id[SB_UUID_TEXT_MAX];
    if (a->g->n_subjects > 0) {
        return SB_EXIT_OK;
    }
    int code = sb_gather_event(a->args, decision, &g);
    if (code != SB_EXIT_OK) {
        return code;
    }
    sb_gathered_free(a->g);
    a->g = g;
    for (size_t i = 0; i < g->n_subjects; i++) {
        if (g->subjects[i].subject.kind == SB_SUBJECT_DECISION &&
            !is_successor(&g->subjects[i], &event)) {
            *decision = g->subjects[i].subject.of;
            sb_uuid_format(id, &decision->id);
            sb_talk("that is an event; it is about the decision %s/%s", decision->org.s, id);
            break;
        }
    }
    return SB_EXIT_OK;
}

static int run_show(const struct sb_args *args)
{
    struct asking a;
    struct sb_reference decision;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which decision: ORG/UUID");
    }
    if (!read_flags(args, &a) || !sb_gather_reference(args, args->operands[0], &decision)) {
        return SB_EXIT_USAGE;
    }
    int code = gather(&a, &decision.id);
    code = code == SB_EXIT_OK ? gather_about(&a, &decision) : code;
    if (code == SB_EXIT_OK) {
        code = show_decision(&a, &decision);
    }
    sb_gathered_free(a.g);
    return code;
}

#define FLAG_OUTPUT                                                                                \
    {                                                                                              \
        "output", 'o', "text|json", "for people (default), or one JSON object"                     \
    }
#define FLAG_AS_OF                                                                                 \
    {                                                                                              \
        "as-of", 0, "DATE", "what it came to on that day (default: today)"                         \
    }

static const struct sb_flag list_flags[] = {
    SB_FLAG_CONFIG,
    FLAG_OUTPUT,
    FLAG_AS_OF,
    {"open", 0, NULL, "only those that still wait for somebody"},
    {"mine", 0, NULL, "only those that this organisation proposed or takes part in"},
};

const struct sb_command sb_command_decision_list = {
    .words = "decision list",
    .about = "print the joint decisions, their outcomes and who is missing",
    SB_FLAGS(list_flags),
    .examples = "  samenbus decision list --open\n"
                "  samenbus decision list --mine --as-of 2026-12-31 -o json\n",
    .run = run_list,
};

static const struct sb_flag show_flags[] = {SB_FLAG_CONFIG, FLAG_OUTPUT, FLAG_AS_OF};

const struct sb_command sb_command_decision_show = {
    .words = "decision show",
    .synopsis = "ORG/UUID",
    .about = "print one decision: outcome, reason, and everybody's positions",
    SB_FLAGS(show_flags),
    .operands_max = 1,
    .examples = "  samenbus decision show GM0384/014ac8c5-9680-7000-8000-000000000010\n"
                "  samenbus decision show GM0384/014ac8c5-9680-7000-8000-000000000010 "
                "--as-of 2015-01-20 -o json\n",
    .run = run_show,
};
