/* libyaml's events into a tree; the only file that knows libyaml. Events are read one at a time and
 * reading stops at the first one too deep, since its scanner takes seconds for deep nesting. */
#include "config/tree.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "config/glyph.h"

struct reader {
    yaml_parser_t yaml;
    struct sb_arena *arena;
    struct sb_report *report;
    const char *file, *text;
    size_t n, n_nodes;
    unsigned depth;
    enum sb_rc rc; /* once not SB_OK, every read does nothing */
};

static struct sb_yaml_node *read_value(struct reader *r, const yaml_event_t *event);

static struct sb_report_place place_of(const struct reader *r, yaml_mark_t from, yaml_mark_t to)
{
    bool one_line = from.line == to.line && to.column > from.column;
    return (struct sb_report_place){
        .file = r->file,
        .line = (unsigned)from.line + 1,
        .column = (unsigned)from.column + 1,
        .width = one_line ? (unsigned)(to.column - from.column) : 1,
    };
}

static struct sb_report_place event_place(const struct reader *r, const yaml_event_t *event)
{
    return place_of(r, event->start_mark, event->end_mark);
}

/* libyaml's reader gives a byte offset instead of a mark. */
static struct sb_report_place offset_place(const struct reader *r, size_t offset)
{
    size_t line_start = 0;
    unsigned line = 1;
    offset = offset < r->n ? offset : r->n;
    for (size_t i = 0; i < offset; i++) {
        if (r->text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    size_t column = sb_glyph_count(r->text + line_start, offset - line_start) + 1;
    return (struct sb_report_place){
        .file = r->file, .line = line, .column = (unsigned)column, .width = 1};
}

/* The byte behind the first `column` characters of a line; marks count characters. */
static const char *byte_at(const struct reader *r, yaml_mark_t mark)
{
    const char *line;
    size_t n;
    if (!sb_report_find_line(r->text, r->n, (unsigned)mark.line + 1, &line, &n)) {
        return "";
    }
    size_t at = 0;
    for (size_t i = 0; i < mark.column && at < n; i++) {
        at += sb_glyph_at(line + at, n - at).n;
    }
    return at < n ? line + at : "";
}

/* The usual causes, which libyaml's sentence does not name. */
static void hint_syntax(struct reader *r)
{
    const yaml_parser_t *y = &r->yaml;
    const char *context = y->context == NULL ? "" : y->context;
    size_t from = y->context_mark.line + 1;
    if (*byte_at(r, y->problem_mark) == '\t') {
        sb_report_hint(r->report, "indent with spaces, not with tabs");
    } else if (strstr(context, "flow") != NULL && y->context_mark.line != y->problem_mark.line) {
        sb_report_hint(r->report, "the %s of line %zu is not closed",
                       strstr(context, "mapping") != NULL ? "{" : "[", from);
    } else if (strstr(context, "block") != NULL) {
        sb_report_hint(r->report,
                       "lines that belong together are indented alike, quotes and "
                       "brackets closed; this part starts on line %zu",
                       from);
    } else {
        sb_report_hint(r->report, "text with any of # & * ! %% @ : , [ ] { }, as keys have, needs "
                                  "\"quotes\"");
    }
}

static void report_syntax(struct reader *r)
{
    const yaml_parser_t *y = &r->yaml;
    r->rc = SB_E_CONFIG;
    if (y->error == YAML_MEMORY_ERROR) {
        r->rc = SB_E_NOMEM;
    } else if (y->error == YAML_READER_ERROR) {
        sb_report_add(r->report, offset_place(r, y->problem_offset), "not a text file: %s",
                      y->problem);
        sb_report_hint(r->report, "the file must be plain text in UTF-8");
    } else {
        sb_report_add(r->report, place_of(r, y->problem_mark, y->problem_mark), "not YAML: %s",
                      y->problem);
        hint_syntax(r);
    }
}

/* False at the end of what can be read; otherwise the caller deletes the event. */
static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (r->rc != SB_OK) {
        return false;
    }
    if (!yaml_parser_parse(&r->yaml, event)) {
        report_syntax(r);
        return false;
    }
    return true;
}

static struct sb_yaml_node *new_node(struct reader *r, enum sb_yaml_kind kind,
                                     struct sb_report_place at)
{
    if (++r->n_nodes > SB_YAML_NODES_MAX) {
        sb_report_add(r->report, at, "more than %d values in one file", SB_YAML_NODES_MAX);
        r->rc = SB_E_CONFIG;
        return NULL;
    }
    struct sb_yaml_node *node = sb_arena_alloc(r->arena, sizeof *node);
    if (node == NULL) {
        r->rc = SB_E_NOMEM;
        return NULL;
    }
    *node = (struct sb_yaml_node){.kind = kind, .at = at, .key_at = at};
    return node;
}

static void append_child(struct sb_yaml_node *parent, struct sb_yaml_node *child)
{
    *(parent->first == NULL ? &parent->first : &parent->last->next) = child;
    parent->last = child;
    parent->n_children++;
}

/* True, and reported, when the event uses what we refuse. */
static bool has_extras(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    if (anchor == NULL && tag == NULL) {
        return false;
    }
    char quote[SB_REPORT_QUOTE_MAX];
    const char *word = (const char *)(anchor != NULL ? anchor : tag);
    struct sb_report_place at = event_place(r, event);
    at.width = 1;
    sb_report_add(r->report, at, "%s are not allowed: `%s%s`", anchor != NULL ? "anchors" : "tags",
                  anchor != NULL ? "&" : "", sb_report_quote(quote, word, strlen(word)));
    sb_report_hint(r->report, "text that starts with & or ! needs \"quotes\"");
    return true;
}

static struct sb_yaml_node *read_scalar(struct reader *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    enum sb_yaml_kind kind = n == 0 && plain ? SB_YAML_EMPTY : SB_YAML_SCALAR;
    struct sb_yaml_node *node = new_node(r, kind, event_place(r, event));
    if (node == NULL) {
        return NULL;
    }
    if (has_extras(r, event, event->data.scalar.anchor, event->data.scalar.tag)) {
        node->kind = SB_YAML_BROKEN;
    } else if (!sb_glyph_all_visible(text, n)) {
        sb_report_add(r->report, node->at, "a line break or an invisible character in a value");
        sb_report_hint(r->report, "every value is one line of visible characters");
        node->kind = SB_YAML_BROKEN;
    }
    node->text = (const char *)sb_arena_copy(r->arena, text, n).p;
    node->n = n;
    if (node->text == NULL) {
        r->rc = SB_E_NOMEM;
    }
    return node;
}

static bool enter(struct reader *r, const yaml_event_t *event)
{
    if (r->depth == SB_YAML_DEPTH_MAX) {
        struct sb_report_place at = event_place(r, event);
        at.width = 1;
        sb_report_add(r->report, at, "more than %d levels inside each other", SB_YAML_DEPTH_MAX);
        r->rc = SB_E_CONFIG;
        return false;
    }
    r->depth++;
    return true;
}

static struct sb_yaml_node *read_sequence(struct reader *r, const yaml_event_t *event)
{
    struct sb_yaml_node *node = new_node(r, SB_YAML_SEQUENCE, event_place(r, event));
    if (node == NULL || !enter(r, event)) {
        return NULL;
    }
    has_extras(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    yaml_event_t item;
    bool more = true;
    while (more && next_event(r, &item)) {
        more = item.type != YAML_SEQUENCE_END_EVENT;
        struct sb_yaml_node *child = more ? read_value(r, &item) : NULL;
        if (child != NULL) {
            append_child(node, child);
        }
        yaml_event_delete(&item);
    }
    r->depth--;
    return node;
}

static void check_duplicate(struct reader *r, const struct sb_yaml_node *mapping,
                            const struct sb_yaml_node *key)
{
    const struct sb_yaml_node *before = sb_tree_find(mapping, key->text);
    if (before != NULL) {
        char quote[SB_REPORT_QUOTE_MAX];
        sb_report_add(r->report, key->at, "`%s` is given twice",
                      sb_report_quote(quote, key->text, key->n));
        sb_report_hint(r->report, "first on line %u", before->key_at.line);
    }
}

/* One key and its value; the key's event is given. */
static void read_pair(struct reader *r, struct sb_yaml_node *mapping, const yaml_event_t *key_event)
{
    struct sb_yaml_node *key = read_value(r, key_event);
    if (r->rc != SB_OK) {
        return;
    }
    yaml_event_t event;
    if (!next_event(r, &event)) {
        return;
    }
    struct sb_yaml_node *value = read_value(r, &event);
    yaml_event_delete(&event);
    if (r->rc != SB_OK || key->kind == SB_YAML_BROKEN) {
        return;
    }
    if (key->kind != SB_YAML_SCALAR) {
        sb_report_add(r->report, key->at, "a key must be a word");
        return;
    }
    check_duplicate(r, mapping, key);
    value->key = key->text;
    value->key_at = key->at;
    append_child(mapping, value);
}

static struct sb_yaml_node *read_mapping(struct reader *r, const yaml_event_t *event)
{
    struct sb_yaml_node *node = new_node(r, SB_YAML_MAPPING, event_place(r, event));
    if (node == NULL || !enter(r, event)) {
        return NULL;
    }
    has_extras(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    yaml_event_t key;
    bool more = true;
    while (more && next_event(r, &key)) {
        more = key.type != YAML_MAPPING_END_EVENT;
        if (more) {
            read_pair(r, node, &key);
        }
        yaml_event_delete(&key);
    }
    r->depth--;
    return node;
}

static struct sb_yaml_node *read_alias(struct reader *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    char quote[SB_REPORT_QUOTE_MAX];
    struct sb_yaml_node *node = new_node(r, SB_YAML_BROKEN, event_place(r, event));
    if (node != NULL) {
        sb_report_add(r->report, node->at, "aliases are not allowed: `*%s`",
                      sb_report_quote(quote, name, strlen(name)));
        sb_report_hint(r->report, "text that starts with * needs \"quotes\"");
    }
    return node;
}

/* NULL only when r->rc says why. */
static struct sb_yaml_node *read_value(struct reader *r, const yaml_event_t *event)
{
    if (event->type == YAML_MAPPING_START_EVENT) {
        return read_mapping(r, event);
    }
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        return read_sequence(r, event);
    }
    return event->type == YAML_ALIAS_EVENT ? read_alias(r, event) : read_scalar(r, event);
}

static void check_document_start(struct reader *r, const yaml_event_t *event)
{
    if (event->data.document_start.version_directive != NULL ||
        event->data.document_start.tag_directives.start !=
            event->data.document_start.tag_directives.end) {
        sb_report_add(r->report, event_place(r, event), "%% directives are not allowed");
    }
}

/* Reads events up to the end; anything behind the first document is a mistake. */
static struct sb_yaml_node *read_stream(struct reader *r)
{
    struct sb_yaml_node *root = NULL;
    yaml_event_t event;
    bool more = true;
    while (more && next_event(r, &event)) {
        more = event.type != YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && root != NULL) {
            sb_report_add(r->report, event_place(r, &event), "a second document in one file");
            sb_report_hint(r->report, "a file holds one document: remove the `---`");
            more = false;
        } else if (event.type == YAML_DOCUMENT_START_EVENT) {
            check_document_start(r, &event);
        } else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_STREAM_END_EVENT &&
                   event.type != YAML_DOCUMENT_END_EVENT) {
            root = read_value(r, &event);
        }
        yaml_event_delete(&event);
    }
    return r->rc == SB_OK ? root : NULL;
}

enum sb_rc sb_tree_parse(struct sb_yaml_node **out, struct sb_arena *arena, const char *file,
                         const char *text, size_t n, struct sb_report *report)
{
    struct reader r = {.arena = arena, .report = report, .file = file, .text = text, .n = n};
    *out = NULL;
    if (!yaml_parser_initialize(&r.yaml)) {
        return SB_E_NOMEM;
    }
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, n);
    struct sb_yaml_node *root = read_stream(&r);
    yaml_parser_delete(&r.yaml);
    if (r.rc == SB_OK && root == NULL) {
        sb_report_add(report, (struct sb_report_place){.file = file}, "the file is empty");
        r.rc = SB_E_CONFIG;
    }
    if (root != NULL) {
        root->key_at = (struct sb_report_place){.file = file}; /* what the file as a whole lacks */
    }
    *out = root;
    return r.rc;
}

const struct sb_yaml_node *sb_tree_find(const struct sb_yaml_node *mapping, const char *key)
{
    const struct sb_yaml_node *child = mapping->first;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    return child;
}
