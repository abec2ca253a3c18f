/* samenbus import notubiz: a meeting as Notubiz gives it, with its agenda, onto the shared agenda.
 * Times there have no zone: they are those of Europe/Amsterdam. */
#include <stdio.h>
#include <string.h>

#include "clients/command/import.h"
#include "clients/command/talk.h"
#include "proto/json_tree.h"
#include "proto/limits.h"

enum { DEPTH_MAX = 16, ID_BYTES = 64, TIME_CHARS = 16 };

struct reading {
    struct sb_import *import;
};

static const struct json_t *member(const struct json_t *node, const char *key)
{
    return sb_json_tree_member(node, key);
}

/* "2018-02-08 13:30:00" as "2018-02-08T13:30" */
static void put_time(struct sb_json_out *out, const char *key, const struct json_t *node)
{
    const char *text = sb_json_tree_text(node);
    char time[TIME_CHARS + 1];
    if (text != NULL && strlen(text) >= TIME_CHARS) {
        (void)snprintf(time, sizeof time, "%s", text);
        time[10] = 'T';
        sb_json_member_string(out, key, time);
    }
}

static void put_document(struct sb_json_out *out, const struct json_t *document)
{
    uint64_t size;
    const struct json_t *version = sb_json_tree_at(member(document, "versions"), 0);
    const char *url = sb_json_tree_text(member(document, "url"));
    sb_json_put_open(out, '{');
    sb_import_put_line(out, "title", member(document, "title"), SB_TITLE_MAX);
    sb_import_put_line(out, "mediaType", member(version, "mime_type"), SB_LABEL_MAX);
    if (sb_json_tree_number(member(version, "file_size"), &size)) {
        sb_json_member_uint(out, "size", size);
    }
    if (url != NULL && strncmp(url, "https://", 8) == 0) {
        sb_json_member_string(out, "url", url);
    }
    sb_json_put_close(out, '}');
}

/* What is confidential is not even named. */
static void put_documents(struct sb_json_out *out, const struct json_t *list)
{
    size_t n = 0;
    sb_json_put_key(out, "attachments");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < sb_json_tree_size(list) && n < SB_ATTACHMENTS_MAX; i++) {
        const struct json_t *document = sb_json_tree_at(list, i);
        if (!sb_json_tree_true(member(document, "confidential"))) {
            put_document(out, document);
            n++;
        }
    }
    sb_json_put_close(out, ']');
}

/* What a meeting and a point of its agenda have in common; the content stays open. */
static void begin(struct reading *r, struct sb_draft *draft, struct sb_json_out *out,
                  const struct json_t *node, const struct sb_uuid *id)
{
    char text[SB_UUID_TEXT_MAX];
    sb_draft_begin(draft, r->import->args, r->import->g, "agendaItem");
    sb_uuid_format(text, id);
    sb_draft_open(draft, out);
    sb_json_member_string(out, "itemId", text);
    sb_json_member_string(out, "disclosure",
                          sb_json_tree_true(member(node, "confidential")) ? "closed" : "public");
    put_documents(out, member(node, "documents"));
}

static int finish(struct reading *r, struct sb_draft *draft, struct sb_json_out *out,
                  const struct sb_uuid *id, const char *title)
{
    int code = sb_draft_close(draft, out);
    code = code == SB_EXIT_OK ? sb_draft_lay_flags(draft, NULL, 0) : code;
    return code == SB_EXIT_OK ? sb_import_item(r->import, draft, id, title) : code;
}

/* Their number of something, which is its id for all time. */
static bool read_id(const struct json_t *node, const char *what, struct sb_uuid *out)
{
    char text[ID_BYTES];
    uint64_t number;
    bool ok = sb_json_tree_number(member(node, "id"), &number);
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    *out = sb_import_id(what, text);
    if (!ok) {
        sb_talk("a %s without an id: not as Notubiz gives it", what);
    }
    return ok;
}

/* ---- points of the agenda */

static const struct json_t *title_of(const struct json_t *point)
{
    const struct json_t *list = member(member(point, "type_data"), "attributes");
    for (size_t i = 0; i < sb_json_tree_size(list); i++) {
        uint64_t id;
        if (sb_json_tree_number(member(sb_json_tree_at(list, i), "id"), &id) && id == 1) {
            return member(sb_json_tree_at(list, i), "value");
        }
    }
    return NULL;
}

static int read_points(struct reading *r, const struct json_t *list, const struct sb_uuid *parent,
                       unsigned depth);

static int read_point(struct reading *r, const struct json_t *point, const struct sb_uuid *parent,
                      unsigned depth)
{
    struct sb_draft draft;
    struct sb_json_out out;
    struct sb_uuid id;
    char title[SB_TITLE_MAX + 1];
    if (!read_id(point, "notubiz agenda item", &id)) {
        return SB_EXIT_INPUT;
    }
    sb_import_line(title, title_of(point), SB_TITLE_MAX);
    begin(r, &draft, &out, point, &id);
    sb_json_member_string(&out, "kind", "item");
    sb_json_member_string(&out, "title", title[0] == '\0' ? "-" : title);
    sb_import_put_line(&out, "number", member(member(point, "type_data"), "title_prefix"),
                       SB_LABEL_MAX);
    sb_json_put_key(&out, "parent");
    sb_draft_put_reference(&out, &(struct sb_reference){r->import->g->organisation, *parent});
    int code = finish(r, &draft, &out, &id, title);
    return code == SB_EXIT_OK ? read_points(r, member(point, "agenda_items"), &id, depth + 1)
                              : code;
}

static int read_points(struct reading *r, const struct json_t *list, const struct sb_uuid *parent,
                       unsigned depth)
{
    int code = SB_EXIT_OK;
    if (depth > DEPTH_MAX) {
        sb_talk("points within points deeper than %d: not as Notubiz gives it", DEPTH_MAX);
        return SB_EXIT_INPUT;
    }
    for (size_t i = 0; code == SB_EXIT_OK && i < sb_json_tree_size(list); i++) {
        code = read_point(r, sb_json_tree_at(list, i), parent, depth);
    }
    return code;
}

/* ---- the meeting */

static int read_meeting(struct reading *r, const struct json_t *meeting)
{
    struct sb_draft draft;
    struct sb_json_out out;
    struct sb_uuid id;
    const struct json_t *attributes = member(meeting, "attributes");
    const struct json_t *when = sb_json_tree_at(member(meeting, "plannings"), 0);
    const char *body = sb_json_tree_text(member(meeting, "body"));
    if (!read_id(meeting, "notubiz meeting", &id)) {
        return SB_EXIT_INPUT;
    }
    begin(r, &draft, &out, meeting, &id);
    sb_json_member_string(&out, "kind", "meeting");
    sb_import_put_line(&out, "title", member(attributes, "Titel"), SB_TITLE_MAX);
    sb_import_put_line(&out, "location", member(attributes, "Locatie"), SB_TITLE_MAX);
    sb_import_put_line(&out, "description", member(attributes, "Omschrijving"), SB_TITLE_MAX);
    put_time(&out, "start", member(when, "start_date"));
    put_time(&out, "end", member(when, "end_date"));
    if (body != NULL) {
        sb_json_member_string(&out, "body", strcmp(body, "council") == 0 ? "council" : "other");
    }
    int code = finish(r, &draft, &out, &id, "the meeting");
    return code == SB_EXIT_OK ? read_points(r, member(meeting, "agenda_items"), &id, 1) : code;
}

static int read_all(struct sb_import *im, const struct json_t *tree)
{
    struct reading r = {.import = im};
    return read_meeting(&r, tree);
}

static int run(const struct sb_args *args)
{
    return sb_import_run(args, 1U << SB_SUBJECT_ITEM, read_all);
}

static const struct sb_flag flags[] = {SB_FLAGS_DRAFT};

const struct sb_command sb_command_import_notubiz = {
    .words = "import notubiz",
    .synopsis = "FILE --topic TOPIC",
    .about = "put a Notubiz meeting and its agenda on the shared agenda; again, only what changed",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus import notubiz meeting-458902.json --topic agenda/raad\n",
    .run = run,
};
