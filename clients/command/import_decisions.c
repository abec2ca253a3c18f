/* samenbus import decisions: what a college or council of this municipality decided, from a list of
 * decisions, as decisions of its own: a proposal with this municipality as its one participant, and
 * what it came to as its position. Those of others are theirs to import. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/import.h"
#include "clients/command/talk.h"
#include "proto/json_tree.h"
#include "proto/limits.h"

enum { ID_BYTES = SB_URL_MAX + SB_TITLE_MAX + 2, WEEK_CHARS = 8, FRIDAY = 4, WEEKS_MAX = 53 };

static const char BUT_SUPERSEDES[] = "{\"supersedes\":null}";

struct decided {
    const struct json_t *node;
    char title[SB_TITLE_MAX + 1];
    char date[SB_DATE_TEXT_MAX];
    const char *body;
    struct sb_reference decision;
    struct sb_gathered_subject found;
    const struct sb_decision_view *view; /* NULL: new here */
    struct sb_uuid revision;
};

static const struct json_t *member(const struct json_t *node, const char *key)
{
    return sb_json_tree_member(node, key);
}

/* ---- reading one */

/* A list of decisions that only names its week counts as of that week's Friday. */
static bool read_week(const char *week, char date[static SB_DATE_TEXT_MAX])
{
    char fourth[] = "0000-01-04", *end;
    if (strlen(week) != WEEK_CHARS || week[4] != '-' || week[5] != 'W') {
        return false;
    }
    memcpy(fourth, week, 4); /* it is in week 1 of every year (ISO 8601) */
    struct sb_date day = sb_date_read((struct sb_bytes){(const uint8_t *)fourth, 10});
    unsigned long number = strtoul(week + 6, &end, 10);
    if (!sb_date_given(day) || *end != '\0' || number < 1 || number > WEEKS_MAX) {
        return false;
    }
    int64_t weekday = ((day.days + 3) % 7 + 7) % 7; /* Monday is 0 */
    day.days += 7 * ((int64_t)number - 1) - weekday + FRIDAY;
    sb_date_format(date, day);
    return true;
}

static bool read_date(struct decided *d)
{
    const char *date = sb_json_tree_text(member(d->node, "date"));
    const char *week = sb_json_tree_text(member(d->node, "week"));
    if (date != NULL) {
        (void)snprintf(d->date, sizeof d->date, "%s", date); /* its form is checked with the rest */
        return true;
    }
    return week != NULL && read_week(week, d->date);
}

static const char *body_of(const struct json_t *node)
{
    static const char *const bodies[] = {"council", "college",           "mayor",
                                         "board",   "portfolio_holders", NULL};
    const char *body = sb_json_tree_text(member(node, "body"));
    for (size_t i = 0; body != NULL && bodies[i] != NULL; i++) {
        if (strcmp(body, bodies[i]) == 0) {
            return bodies[i];
        }
    }
    return "other";
}

/* Their id is where it is published, with its title: a list has many. */
static bool read_decided(struct sb_import *im, const struct json_t *node, struct decided *d)
{
    char theirs[ID_BYTES];
    const char *source = sb_json_tree_text(member(node, "source"));
    *d = (struct decided){.node = node, .body = body_of(node)};
    sb_import_line(d->title, member(node, "title"), SB_TITLE_MAX);
    if (d->title[0] == '\0' || source == NULL || strlen(source) > SB_URL_MAX) {
        sb_talk("a decision without a title, or without the source that it is known by");
        return false;
    }
    if (!read_date(d)) {
        sb_talk("%s: say when: \"date\":\"2023-05-23\" or \"week\":\"2020-W22\"", d->title);
        return false;
    }
    (void)snprintf(theirs, sizeof theirs, "%s\n%s", source, d->title);
    d->decision = (struct sb_reference){im->g->organisation, sb_import_id("decision", theirs)};
    const struct sb_subject subject = {SB_SUBJECT_DECISION, d->decision};
    d->found = sb_gathered_find(im->g, &subject);
    return true;
}

/* ---- what it says */

/* The position in the protocol's words; NULL where it has none for it, which the text then says. */
static const char *position_of(const struct decided *d)
{
    static const char *const values[] = {"in_favour", "in_favour_with_conditions",
                                         "against",   "consent_withheld",
                                         "deferred",  "view_submitted",
                                         "no_view",   "abstained",
                                         "not_taken", "information_only",
                                         NULL};
    const char *value = sb_json_tree_text(member(d->node, "position"));
    for (size_t i = 0; value != NULL && values[i] != NULL; i++) {
        if (strcmp(value, values[i]) == 0) {
            return values[i];
        }
    }
    return NULL;
}

/* What is neither for nor against decides nothing: it answers a consultation. */
static const char *rule_of(const char *position)
{
    static const char *const deciding[] = {"in_favour", "in_favour_with_conditions", "against",
                                           "consent_withheld", "deferred"};
    for (size_t i = 0; position != NULL && i < sizeof deciding / sizeof deciding[0]; i++) {
        if (strcmp(position, deciding[i]) == 0) {
            return "consent_all";
        }
    }
    return "consultation";
}

static void add_line(FILE *to, const char *before, const struct json_t *node, const char *behind)
{
    char line[SB_TITLE_MAX + 1];
    sb_import_line(line, node, SB_TITLE_MAX);
    if (line[0] != '\0') {
        fprintf(to, "%s%s%s\n", before, line, behind);
    }
}

/* What was decided, and what is known around it; malloc'ed. */
static char *text_of(const struct decided *d)
{
    char *text = NULL;
    size_t n = 0;
    uint64_t amount;
    FILE *to = open_memstream(&text, &n);
    if (to == NULL) {
        return NULL;
    }
    add_line(to, "", member(d->node, "decision"), "");
    if (position_of(d) == NULL) {
        add_line(to, "Standpunt: ", member(d->node, "position"), "");
    }
    add_line(to, "Stap: ", member(d->node, "stage"), "");
    if (sb_json_tree_number(member(d->node, "amount_eur"), &amount)) {
        fprintf(to, "Bedrag: %llu euro\n", (unsigned long long)amount);
        add_line(to, "", member(d->node, "amount_meaning"), "");
    }
    add_line(to, "Raad: ", member(d->node, "council_date"), "");
    return fclose(to) == 0 ? text : NULL;
}

static void put_source(struct sb_json_out *out, const char *source)
{
    if (strncmp(source, "https://", 8) != 0) {
        return;
    }
    sb_json_put_key(out, "attachments");
    sb_json_put_open(out, '[');
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "title", "Besluitenlijst");
    sb_json_member_string(out, "url", source);
    sb_json_put_close(out, '}');
    sb_json_put_close(out, ']');
}

static int draft_proposal(struct sb_import *im, const struct decided *d, struct sb_draft *draft)
{
    struct sb_json_out out;
    char id[SB_UUID_TEXT_MAX];
    char *text = text_of(d);
    sb_uuid_format(id, &d->decision.id);
    sb_draft_begin(draft, im->args, im->g, "proposal");
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, "decisionId", id);
    sb_json_member_string(&out, "title", d->title);
    sb_json_member_string(&out, "text", text == NULL ? "" : text);
    sb_import_put_line(&out, "dossier", member(d->node, "arrangement"), SB_LABEL_MAX);
    sb_json_put_key(&out, "participants");
    sb_json_put_open(&out, '[');
    sb_json_put_string(&out, im->g->organisation.s);
    sb_json_put_close(&out, ']');
    sb_json_member_string(&out, "rule", rule_of(position_of(d)));
    sb_json_member_string(&out, "body", d->body);
    sb_json_member_string(&out, "date", d->date);
    put_source(&out, sb_json_tree_text(member(d->node, "source")));
    int code = sb_draft_close(draft, &out);
    free(text);
    return code == SB_EXIT_OK ? sb_draft_lay_flags(draft, NULL, 0) : code;
}

static int draft_position(struct sb_import *im, const struct decided *d, struct sb_draft *draft)
{
    struct sb_json_out out;
    sb_draft_begin(draft, im->args, im->g, "position");
    sb_draft_open(draft, &out);
    sb_json_put_key(&out, "decision");
    sb_draft_put_reference(&out, &d->decision);
    sb_json_put_key(&out, "revision");
    sb_draft_put_reference(&out, &(struct sb_reference){d->decision.org, d->revision});
    sb_json_member_string(&out, "value", position_of(d));
    sb_json_member_string(&out, "body", d->body);
    sb_json_member_string(&out, "dateTaken", d->date);
    int code = sb_draft_close(draft, &out);
    return code == SB_EXIT_OK ? sb_draft_lay_flags(draft, NULL, 0) : code;
}

/* ---- against what is here */

static int lay_supersedes(const struct decided *d, struct sb_draft *draft)
{
    struct sb_json_out out;
    sb_draft_open(draft, &out);
    sb_draft_put_supersedes(&out, NULL, &d->view->last_revisions);
    return sb_draft_close(draft, &out);
}

/* The text: the event of the one that stands, or of a new one, in d->revision. */
static int take_proposal(struct sb_import *im, struct decided *d, bool *changed)
{
    struct sb_draft draft;
    struct sb_statement now;
    int code = draft_proposal(im, d, &draft);
    code = code == SB_EXIT_OK ? sb_import_read(im, &draft, d->title, &now) : code;
    if (code != SB_EXIT_OK) {
        return code;
    }
    const struct sb_statement *known = sb_import_known(im, &d->found, &now, BUT_SUPERSEDES);
    *changed = known == NULL;
    if (known != NULL) {
        d->revision = known->event.id;
        return SB_EXIT_OK;
    }
    if (d->view != NULL) {
        code = lay_supersedes(d, &draft);
        code = code == SB_EXIT_OK ? sb_import_read(im, &draft, d->title, &now) : code;
    }
    if (code == SB_EXIT_OK) {
        d->revision = sb_import_keep(im, &draft, &now, 0);
    }
    return code;
}

static int take_position(struct sb_import *im, struct decided *d, bool *changed)
{
    struct sb_draft draft;
    struct sb_statement now;
    if (position_of(d) == NULL) {
        return SB_EXIT_OK;
    }
    int code = draft_position(im, d, &draft);
    code = code == SB_EXIT_OK ? sb_import_read(im, &draft, d->title, &now) : code;
    if (code == SB_EXIT_OK && sb_import_known(im, &d->found, &now, "{}") == NULL) {
        *changed = true;
        (void)sb_import_keep(im, &draft, &now, d->found.n);
    }
    return code;
}

static int look_up(struct sb_import *im, struct decided *d)
{
    const struct sb_decision_view *view =
        sb_decision_fold(&d->decision, d->found.statements, d->found.n, &im->g->past,
                         sb_date_of(im->g->now), &im->g->arena);
    if (view == NULL) {
        sb_talk("no memory for what was said about it");
        return SB_EXIT_FAILURE;
    }
    d->view = view->revision == NULL ? NULL : view;
    return SB_EXIT_OK;
}

static int take(struct sb_import *im, const struct json_t *node)
{
    struct decided d;
    bool text = false, position = false;
    const char *whose = sb_json_tree_text(member(node, "municipality"));
    if (whose == NULL) {
        sb_talk("a decision without a municipality: its code, such as GM0384");
        return SB_EXIT_INPUT;
    }
    if (strcmp(whose, im->g->organisation.s) != 0) {
        im->n_left++;
        return SB_EXIT_OK;
    }
    if (!read_decided(im, node, &d)) {
        return SB_EXIT_INPUT;
    }
    int code = look_up(im, &d);
    if (code == SB_EXIT_OK && d.view != NULL && d.view->ends.n > 0) {
        im->n_left++; /* ended here: nothing that is said of it counts any more */
        return SB_EXIT_OK;
    }
    code = code == SB_EXIT_OK ? take_proposal(im, &d, &text) : code;
    code = code == SB_EXIT_OK ? take_position(im, &d, &position) : code;
    im->n_new += d.view == NULL ? 1 : 0;
    im->n_changed += d.view != NULL && (text || position) ? 1 : 0;
    im->n_same += d.view != NULL && !text && !position ? 1 : 0;
    return code;
}

static int read_all(struct sb_import *im, const struct json_t *tree)
{
    const struct json_t *list = member(tree, "items");
    int code = SB_EXIT_OK;
    if (list == NULL) {
        sb_talk("not a list of decisions: {\"items\": [...]} is expected");
        return SB_EXIT_INPUT;
    }
    for (size_t i = 0; code == SB_EXIT_OK && i < sb_json_tree_size(list); i++) {
        code = take(im, sb_json_tree_at(list, i));
    }
    return code;
}

static int run(const struct sb_args *args)
{
    return sb_import_run(args, 1U << SB_SUBJECT_DECISION, read_all);
}

static const struct sb_flag flags[] = {SB_FLAGS_DRAFT};

const struct sb_command sb_command_import_decisions = {
    .words = "import decisions",
    .synopsis = "FILE --topic TOPIC",
    .about = "take in a list of what this municipality decided; again, only what changed",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples =
        "  samenbus import decisions besluiten.json --topic decision/college\n"
        "  # {\"items\":[{\"municipality\":\"GM0437\",\"body\":\"college\","
        "\"date\":\"2023-05-23\",\n"
        "  #   \"title\":\"...\",\"decision\":\"...\",\"position\":\"no_view\","
        "\"source\":\"https://...\"}]}\n"
        "  # \"week\":\"2020-W22\" instead of a date counts as that week's Friday; those of\n"
        "  # other municipalities are left alone, and so is what was closed here\n",
    .run = run,
};
