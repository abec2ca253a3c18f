/* One item of the agenda in full, for people; what it says is asked of its JSON, so that nothing of
 * the schema is forgotten here silently: what has no label is not for people. */
#include <stdio.h>
#include <string.h>

#include "clients/command/agenda_order.h"
#include "clients/command/gather.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/json_tree.h"
#include "proto/view_json.h"

enum { CONTENT_BYTES = 4096, LINE_BYTES = 2048, COLUMNS = 80, LABEL_COLUMNS = 20 };

static const char *text_of(const struct json_t *content, const char *key)
{
    return sb_json_tree_text(sb_json_tree_member(content, key));
}

static void print_labelled(const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        printf("%-*s", LABEL_COLUMNS, sb_term(SB_TERM_LABEL, label));
        sb_show_wrapped(text, COLUMNS - LABEL_COLUMNS, LABEL_COLUMNS);
    }
}

/* "2026-12-10 20:00 to 22:00 (Europe/Amsterdam)", or a day, or nothing */
static void write_times(char out[static LINE_BYTES], const struct json_t *content)
{
    const char *day = text_of(content, "date"), *start = text_of(content, "start");
    const char *end = text_of(content, "end"), *zone = text_of(content, "timezone");
    if (start == NULL || strlen(start) < 16) {
        (void)snprintf(out, LINE_BYTES, "%s", day == NULL ? "" : day);
        return;
    }
    bool same = end != NULL && strlen(end) >= 16 && strncmp(start, end, 10) == 0;
    (void)snprintf(out, LINE_BYTES, "%.10s %.5s%s%s%s%.10s%s%.5s%s%s%s", start, start + 11,
                   end == NULL ? "" : " ", end == NULL ? "" : sb_term(SB_TERM_LABEL, "to"),
                   end == NULL ? "" : " ", end == NULL || same ? "" : end,
                   end == NULL || same ? "" : " ", end == NULL ? "" : end + 11,
                   zone == NULL ? "" : " (", zone == NULL ? "" : zone, zone == NULL ? "" : ")");
}

static void print_times(const struct json_t *content)
{
    char line[LINE_BYTES];
    write_times(line, content);
    print_labelled("When", line);
}

static void print_kind(const struct json_t *content)
{
    const char *kind = text_of(content, "kind"), *status = text_of(content, "status");
    const char *body = text_of(content, "body"), *disclosure = text_of(content, "disclosure");
    printf("%s, %s%s%s%s%s\n", sb_term(SB_TERM_AGENDA, kind == NULL ? "item" : kind),
           sb_term(SB_TERM_AGENDA, status == NULL ? "planned" : status), body == NULL ? "" : ", ",
           body == NULL ? "" : sb_term(SB_TERM_BODY, body), disclosure == NULL ? "" : ", ",
           disclosure == NULL ? "" : sb_term(SB_TERM_DISCLOSURE, disclosure));
}

static void print_list(const char *label, const struct json_t *list)
{
    char line[LINE_BYTES] = "";
    for (size_t i = 0; i < sb_json_tree_size(list); i++) {
        const char *text = sb_json_tree_text(sb_json_tree_at(list, i));
        size_t n = strlen(line);
        (void)snprintf(line + n, sizeof line - n, "%s%s", i > 0 ? ", " : "",
                       text == NULL ? "" : text);
    }
    print_labelled(label, line);
}

static void print_attachments(const struct json_t *list)
{
    for (size_t i = 0; i < sb_json_tree_size(list); i++) {
        const struct json_t *one = sb_json_tree_at(list, i);
        print_labelled("Attachment", text_of(one, "title"));
        const char *url = text_of(one, "url");
        if (url != NULL) {
            printf("%*s", LABEL_COLUMNS, "");
            sb_show_wrapped(url, COLUMNS - LABEL_COLUMNS, LABEL_COLUMNS);
        }
    }
}

static void print_content(const struct json_t *content)
{
    static const char *const texts[][2] = {{"Where", "location"},
                                           {"Part of", "parent"},
                                           {"Portfolio holder", "portfolioHolder"},
                                           {"Policy field", "theme"},
                                           {"Secret by", "imposedBy"},
                                           {"Ground", "secrecyGround"},
                                           {"Liftable by", "liftableBy"}};
    print_kind(content);
    print_times(content);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        print_labelled(texts[i][0], text_of(content, texts[i][1]));
    }
    print_list("Participants", sb_json_tree_member(content, "participants"));
    print_list("Edited also by", sb_json_tree_member(content, "coEditors"));
    print_attachments(sb_json_tree_member(content, "attachments"));
    const char *description = text_of(content, "description");
    if (description != NULL) {
        puts("");
        sb_show_wrapped(description, COLUMNS, 0);
    }
}

static bool read_says(struct json_t **content, const struct sb_statement *s, struct sb_arena *arena)
{
    struct sb_json_out out;
    struct sb_err err = {0};
    sb_json_out_init(&out, arena, CONTENT_BYTES);
    sb_json_put_says(&out, s);
    struct sb_bytes text = sb_json_out_done(&out);
    return text.p != NULL && sb_json_tree_read(content, text, &err) == SB_OK;
}

/* The other version: which event it is, and what it would have the item say. */
static bool print_conflict(const struct sb_statement *other, struct sb_arena *arena)
{
    struct json_t *content;
    char id[SB_UUID_TEXT_MAX], when[LINE_BYTES], line[2 * LINE_BYTES];
    if (!read_says(&content, other, arena)) {
        return false;
    }
    const char *title = text_of(content, "title"), *status = text_of(content, "status");
    sb_uuid_format(id, &other->event.id);
    (void)snprintf(line, sizeof line, "%s/%s", other->event.org.s, id);
    print_labelled("conflict", line);
    write_times(when, content);
    (void)snprintf(line, sizeof line, "%s%s%s: %s", when, when[0] == '\0' ? "" : ", ",
                   sb_term(SB_TERM_AGENDA, status == NULL ? "planned" : status),
                   title == NULL ? "" : title);
    printf("%*s", LABEL_COLUMNS, "");
    sb_show_wrapped(line, COLUMNS - LABEL_COLUMNS, LABEL_COLUMNS);
    sb_json_tree_free(content);
    return true;
}

bool sb_agenda_entry_print(const struct sb_agenda_entry *entry, struct sb_arena *arena)
{
    struct json_t *content;
    char id[SB_UUID_TEXT_MAX], title[LINE_BYTES] = "";
    bool good = true;
    if (!read_says(&content, entry->view->winner, arena)) {
        return false;
    }
    const char *number = text_of(content, "number"), *said = text_of(content, "title");
    (void)snprintf(title, sizeof title, "%s%s%s", number == NULL ? "" : number,
                   number == NULL ? "" : " ", said == NULL ? "" : said);
    fputs(sb_colour(stdout, SB_BOLD), stdout);
    sb_show_wrapped(title, COLUMNS, 0);
    fputs(sb_colour(stdout, SB_PLAIN), stdout);
    sb_uuid_format(id, &entry->view->item.id);
    printf("%s%s/%s%s\n", sb_colour(stdout, SB_DIM), entry->view->item.org.s, id,
           sb_colour(stdout, SB_PLAIN));
    print_content(content);
    sb_json_tree_free(content);
    for (size_t i = 0; i < entry->view->conflict.n && good; i++) {
        good = print_conflict(entry->view->conflict.p[i], arena);
    }
    return good;
}
