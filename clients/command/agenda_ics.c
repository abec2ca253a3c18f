/* samenbus agenda ics, and export ics: the shared agenda for a calendar program. What is an event
 * of the calendar, and how public, is decided here; the format is in ical.c. */
#include <stdio.h>
#include <string.h>

#include "clients/command/gather.h"
#include "clients/command/ical.h"
#include "clients/command/reading.h"
#include "clients/command/talk.h"
#include "proto/json_tree.h"
#include "proto/suggest.h"
#include "proto/view_json.h"

enum { CONTENT_BYTES = 4096, NUMBER_BYTES = 24, NAME_BYTES = SB_CONTENT_TYPE_MAX + 32 };

struct writing {
    struct sb_gathered *g;
    const char *topic; /* a prefix; NULL: all */
    FILE *to;
};

static const char *member(const struct json_t *content, const char *key)
{
    return sb_json_tree_text(sb_json_tree_member(content, key));
}

/* The table of PROTOCOL §15.2; what is not said to be public is not, once it has an audience. */
static const char *class_of(const struct json_t *content, bool restricted)
{
    const char *disclosure = member(content, "disclosure");
    if (disclosure == NULL) {
        return restricted ? "PRIVATE" : "PUBLIC";
    }
    return strcmp(disclosure, "public") == 0   ? "PUBLIC"
           : strcmp(disclosure, "secret") == 0 ? "CONFIDENTIAL"
                                               : "PRIVATE"; /* closed, embargoed */
}

/* A deadline is something to do, for which the format has words of its own. */
static const char *status_of(const struct json_t *content, bool todo)
{
    const char *status = member(content, "status");
    bool held = status != NULL && strcmp(status, "held") == 0;
    if (status != NULL && strcmp(status, "cancelled") == 0) {
        return "CANCELLED";
    }
    if (todo) {
        return held ? "COMPLETED" : "NEEDS-ACTION";
    }
    return held || (status != NULL && strcmp(status, "confirmed") == 0) ? "CONFIRMED" : "TENTATIVE";
}

/* The same for all versions of an item, and of no other item. */
static void put_uid(FILE *to, const char *name, const struct sb_reference *item)
{
    char id[SB_UUID_TEXT_MAX], uid[SB_UUID_TEXT_MAX + 1 + SB_ORG_MAX];
    sb_uuid_format(id, &item->id);
    (void)snprintf(uid, sizeof uid, "%s@%s", id, item->org.s);
    sb_ical_line(to, name, uid);
}

static void put_attachment(FILE *to, const struct json_t *attachment)
{
    char name[NAME_BYTES] = "ATTACH";
    const char *url = member(attachment, "url"), *type = member(attachment, "mediaType");
    if (url == NULL) {
        return;
    }
    if (type != NULL && strpbrk(type, ";:,\"") == NULL) { /* with parameters it would need quotes */
        (void)snprintf(name, sizeof name, "ATTACH;FMTTYPE=%s", type);
    }
    sb_ical_line(to, name, url);
}

static void put_texts(FILE *to, const struct json_t *content)
{
    static const char *const texts[][2] = {{"SUMMARY", "title"},
                                           {"DESCRIPTION", "description"},
                                           {"LOCATION", "location"},
                                           {"CONTACT", "portfolioHolder"},
                                           {"CATEGORIES", "theme"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = member(content, texts[i][1]);
        if (text != NULL) {
            sb_ical_text(to, texts[i][0], text);
        }
    }
    const struct json_t *list = sb_json_tree_member(content, "attachments");
    for (size_t i = 0; i < sb_json_tree_size(list); i++) {
        put_attachment(to, sb_json_tree_at(list, i));
    }
}

static void put_times(FILE *to, const struct json_t *content, bool todo)
{
    const char *day = member(content, "date"), *start = member(content, "start");
    const char *end = member(content, "end"), *zone = member(content, "timezone");
    if (todo) {
        (void)sb_ical_local(to, "DUE", day != NULL ? day : end != NULL ? end : start, zone);
        return;
    }
    (void)sb_ical_local(to, "DTSTART", day != NULL ? day : start, zone);
    if (day == NULL && end != NULL) {
        (void)sb_ical_local(to, "DTEND", end, zone);
    }
}

static void put_event(FILE *to, const struct sb_agenda_view *view, const struct json_t *content)
{
    char number[NUMBER_BYTES];
    const struct sb_agenda_item *said = &view->winner->agenda_item;
    bool restricted = sb_gathered_with(view->winner)->audience.n > 0;
    bool todo = said->kind == SB_AGENDA_DEADLINE;
    sb_ical_line(to, "BEGIN", todo ? "VTODO" : "VEVENT");
    put_uid(to, "UID", &view->item);
    sb_ical_instant(to, "DTSTAMP", view->winner->time);
    sb_ical_instant(to, "LAST-MODIFIED", view->winner->time);
    (void)snprintf(number, sizeof number, "%zu", view->edits - 1);
    sb_ical_line(to, "SEQUENCE", number);
    put_times(to, content, todo);
    sb_ical_line(to, "STATUS", status_of(content, todo));
    sb_ical_line(to, "CLASS", class_of(content, restricted));
    if (!sb_uuid_is_zero(&said->parent.id)) {
        put_uid(to, "RELATED-TO;RELTYPE=PARENT", &said->parent);
    }
    put_texts(to, content);
    sb_ical_line(to, "END", todo ? "VTODO" : "VEVENT");
}

static bool has_topic(const struct writing *w, const struct sb_statement *said)
{
    struct sb_bytes topic = sb_gathered_with(said)->topic;
    size_t n = w->topic == NULL ? 0 : strlen(w->topic);
    return topic.n >= n && (n == 0 || memcmp(topic.p, w->topic, n) == 0);
}

/* ---- a topic that nobody uses */

/* A topic as deep as the one that was typed; NULL: no memory, or it has no text. */
static const char *cut_to_depth(struct sb_arena *arena, struct sb_bytes topic, const char *typed)
{
    size_t n = 0, depth = 1;
    for (const char *p = strchr(typed, '/'); p != NULL; p = strchr(p + 1, '/')) {
        depth += p[1] != '\0';
    }
    while (n < topic.n && (topic.p[n] != '/' || --depth > 0)) {
        n++;
    }
    return n == 0 ? NULL : (const char *)sb_arena_copy(arena, topic.p, n).p;
}

/* Says so where nothing was ever said under it, in the agenda: a calendar that stays empty for a
 * slip of the pen looks like one in which nothing happens. */
static void tell_unused(struct writing *w)
{
    struct sb_suggestion near = {.word = w->topic, .n = strlen(w->topic)};
    for (size_t i = 0; i < w->g->n_subjects; i++) {
        const struct sb_gathered_subject *s = &w->g->subjects[i];
        for (size_t k = 0; k < s->n; k++) {
            struct sb_bytes topic = sb_gathered_with(s->statements[k])->topic;
            if (has_topic(w, s->statements[k])) {
                return;
            }
            const char *cut = cut_to_depth(&w->g->arena, topic, w->topic);
            if (cut != NULL && (near.best == NULL || strcmp(cut, near.best) != 0)) {
                sb_suggest_offer(&near, cut);
            }
        }
    }
    sb_talk("nothing was ever said in the agenda under %s, as far as it is here%s%s%s", w->topic,
            near.best == NULL ? "" : "; did you mean ", near.best == NULL ? "" : near.best,
            near.best == NULL ? "" : "?");
}

/* --topic begins with the class whose items these are. */
static bool read_topic(const struct sb_args *args, struct writing *w)
{
    size_t n = w->topic == NULL ? 0 : strcspn(w->topic, "/");
    if (w->topic == NULL) {
        return true;
    }
    if (!sb_reading_names_class(args, "--topic", w->topic, n)) {
        return false;
    }
    if (n != strlen("agenda") || memcmp(w->topic, "agenda", n) != 0) {
        sb_args_complain(args, "--topic %s: items of the agenda are under agenda/", w->topic);
        return false;
    }
    return true;
}

/* An item without a day is a point of a meeting, or has none yet: no calendar could show it. */
static bool put_item(struct writing *w, const struct sb_agenda_view *view)
{
    struct sb_json_out out;
    struct sb_err err = {0};
    struct json_t *content;
    if (!has_topic(w, view->winner) || !sb_date_given(sb_agenda_day(&view->winner->agenda_item))) {
        return true;
    }
    sb_json_out_init(&out, &w->g->arena, CONTENT_BYTES);
    sb_json_put_says(&out, view->winner);
    struct sb_bytes text = sb_json_out_done(&out);
    if (text.p == NULL || sb_json_tree_read(&content, text, &err) != SB_OK) {
        return false;
    }
    put_event(w->to, view, content);
    sb_json_tree_free(content);
    return true;
}

static bool put_items(struct writing *w)
{
    for (size_t i = 0; i < w->g->n_subjects; i++) {
        const struct sb_gathered_subject *s = &w->g->subjects[i];
        const struct sb_agenda_group *group =
            sb_agenda_fold(&s->subject.of.id, s->statements, s->n, &w->g->arena);
        for (size_t k = 0; group != NULL && k < group->n_items; k++) {
            if (!put_item(w, &group->items[k])) {
                return false;
            }
        }
        if (group == NULL) {
            return false;
        }
    }
    return true;
}

static int run(const struct sb_args *args)
{
    struct writing w = {.topic = sb_args_value(args, "topic"), .to = stdout};
    if (!read_topic(args, &w)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_ITEM, NULL, &w.g);
    if (code == SB_EXIT_OK) {
        sb_ical_begin(w.to);
        if (!put_items(&w)) {
            sb_talk("no memory for the whole agenda");
            code = SB_EXIT_FAILURE;
        }
        sb_ical_end(w.to);
        if (w.topic != NULL) {
            tell_unused(&w);
        }
    }
    if (code == SB_EXIT_OK && !w.g->complete) {
        sb_talk("not complete: something that was published is not here yet, or not shown to you");
    }
    sb_gathered_free(w.g);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"topic", 0, "PREFIX", "only what is published under it, such as agenda/wonen"},
};

const struct sb_command sb_command_agenda_ics = {
    .words = "agenda ics",
    .about = "print the shared agenda as iCalendar, for a calendar program; times are those of "
             "Europe/Amsterdam, what has no day of its own is left out",
    SB_FLAGS(flags),
    .examples = "  samenbus agenda ics --topic agenda/wonen > wonen.ics\n",
    .run = run,
};

const struct sb_command sb_command_export_ics = {
    .words = "export ics",
    .about = "the same as agenda ics",
    SB_FLAGS(flags),
    .examples = "  samenbus export ics > agenda.ics\n",
    .run = run,
};
