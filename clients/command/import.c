/* Compares what is imported with what was; see import.h. An item that was edited here since, while
 * the source stayed as it was, keeps its edits. */
#include "clients/command/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/talk.h"
#include "clients/command/wholefile.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/json_tree.h"
#include "proto/sha256.h"
#include "proto/statement_read.h"
#include "proto/text.h"
#include "proto/view_json.h"

enum { CONTENT_BYTES = 4096, SENTENCE_BYTES = 512, FILE_BYTES_MAX = 64 * 1024 * 1024 };

static const char PURPOSE[] = "samenbus/import/1\n";

static struct sb_bytes bytes_of(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

struct sb_uuid sb_import_id(const char *what, const char *theirs)
{
    const struct sb_bytes parts[] = {bytes_of(PURPOSE), bytes_of(what), bytes_of("\n"),
                                     bytes_of(theirs)};
    struct sb_hash hash = sb_sha256(parts, sizeof parts / sizeof parts[0]);
    struct sb_uuid id;
    memcpy(id.b, hash.b, sizeof id.b);
    id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80);
    id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
    return id;
}

/* What a statement says with another layer over it, keys sorted; "" without memory. */
static const char *says(struct sb_import *im, const struct sb_statement *s, const char *layer)
{
    struct sb_json_out out;
    struct sb_err err = {0};
    struct sb_bytes text;
    sb_json_out_init(&out, &im->g->arena, CONTENT_BYTES);
    sb_json_put_says(&out, s);
    text = sb_json_out_done(&out);
    return text.p != NULL &&
                   sb_json_merge(&text, text, bytes_of(layer), &im->g->arena, &err) == SB_OK
               ? (const char *)text.p
               : "";
}

/* The id of an event that says this; `again` times after the first. */
static struct sb_uuid event_id(const char *says_text, size_t again)
{
    char *text = NULL;
    size_t n = 0;
    if (again == 0) {
        return sb_import_id("event", says_text);
    }
    FILE *to = open_memstream(&text, &n);
    struct sb_uuid id = {{0}};
    if (to != NULL) {
        fprintf(to, "%s\n%zu", says_text, again);
        if (fclose(to) == 0) {
            id = sb_import_id("event", text);
        }
    }
    free(text);
    return id;
}

static bool was_imported(struct sb_import *im, const struct sb_statement *s, size_t among)
{
    const char *text = says(im, s, "{}");
    bool found = false;
    for (size_t again = 0; !found && again <= among; again++) {
        struct sb_uuid id = event_id(text, again);
        found = sb_uuid_eq(&s->event.id, &id);
    }
    return found && sb_org_eq(&s->event.org, &im->g->organisation);
}

const struct sb_statement *sb_import_known(struct sb_import *im,
                                           const struct sb_gathered_subject *found,
                                           const struct sb_statement *now, const char *but)
{
    struct sb_statements last = {
        sb_arena_alloc(&im->g->arena, (found->n + 1) * sizeof(struct sb_statement *)), 0};
    for (size_t i = 0; last.p != NULL && i < found->n; i++) {
        const struct sb_statement *s = found->statements[i];
        if (s->content == now->content && was_imported(im, s, found->n)) {
            last.p[last.n++] = s;
        }
    }
    if (last.p == NULL || !sb_past_prepare(&im->g->past, &im->g->arena)) {
        return NULL;
    }
    sb_statements_keep_last(&im->g->past, &last);
    for (size_t i = 0; i < last.n; i++) {
        if (strcmp(says(im, last.p[i], but), says(im, now, but)) == 0) {
            return last.p[i];
        }
    }
    return NULL;
}

int sb_import_read(struct sb_import *im, const struct sb_draft *draft, const char *title,
                   struct sb_statement *out)
{
    struct sb_submission event = {0};
    struct sb_err why = {0};
    char sentence[SENTENCE_BYTES] = "";
    enum sb_code code = SB_CODE_OK;
    struct sb_arena *arena = &im->g->arena;
    enum sb_rc rc = sb_json_read_submission(&event, &code, (const char *)draft->json.p,
                                            draft->json.n, im->g->now, arena, &why);
    if (rc == SB_OK && code == SB_CODE_OK) {
        code = sb_submission_check(event.body, arena, sentence, sizeof sentence);
    }
    if (rc != SB_OK || code != SB_CODE_OK) {
        sb_talk("%s: %s", title, sentence[0] == '\0' ? why.text : sentence);
        return SB_EXIT_INPUT;
    }
    struct sb_bytes body = sb_body_seal(event.body, im->g->now, "", arena);
    *out = (struct sb_statement){.event = {im->g->organisation, event.id}};
    return body.p != NULL && sb_statement_read(out, body, arena) ? SB_EXIT_OK : SB_EXIT_FAILURE;
}

struct sb_uuid sb_import_keep(struct sb_import *im, const struct sb_draft *draft,
                              const struct sb_statement *s, size_t again)
{
    char id[SB_UUID_TEXT_MAX];
    struct sb_uuid event = event_id(says(im, s, "{}"), again);
    sb_uuid_format(id, &event);
    fprintf(im->lines, "{\"id\":\"%s\",%.*s\n", id, (int)draft->json.n - 1,
            (const char *)draft->json.p + 1);
    return event;
}

int sb_import_item(struct sb_import *im, struct sb_draft *draft, const struct sb_uuid *item_id,
                   const char *title)
{
    const struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, *item_id}};
    struct sb_gathered_subject found = sb_gathered_find(im->g, &subject);
    struct sb_statement now;
    struct sb_json_out out;
    int code = sb_import_read(im, draft, title, &now);
    if (code == SB_EXIT_OK && sb_import_known(im, &found, &now, "{\"supersedes\":null}") != NULL) {
        im->n_same++;
        return SB_EXIT_OK;
    }
    const struct sb_agenda_group *group =
        sb_agenda_fold(item_id, found.statements, found.n, &im->g->arena);
    bool changed = false;
    for (size_t i = 0; code == SB_EXIT_OK && group != NULL && i < group->n_items; i++) {
        const struct sb_agenda_view *view = &group->items[i];
        if (sb_org_eq(&view->item.org, &im->g->organisation)) {
            changed = true;
            sb_draft_open(draft, &out);
            sb_draft_put_supersedes(&out, view->winner, &view->conflict);
            code = sb_draft_close(draft, &out);
            code = code == SB_EXIT_OK ? sb_import_read(im, draft, title, &now) : code;
        }
    }
    if (code == SB_EXIT_OK) {
        im->n_changed += changed ? 1 : 0;
        im->n_new += changed ? 0 : 1;
        (void)sb_import_keep(im, draft, &now, 0);
    }
    return code;
}

/* ---- texts */

void sb_import_line(char *out, const struct json_t *node, size_t max)
{
    const char *text = sb_json_tree_text(node);
    size_t n = 0, end = text == NULL ? 0 : strlen(text);
    for (size_t i = 0; i < end;) {
        uint32_t c = 0;
        size_t length = sb_utf8_next(&c, (const uint8_t *)text + i, end - i);
        if (length == 0 || n + length > max) {
            break;
        }
        if (sb_text_is_control(c)) {
            out[n++] = ' ';
        } else {
            memcpy(out + n, text + i, length);
            n += length;
        }
        i += length;
    }
    out[n] = '\0';
}

void sb_import_put_line(struct sb_json_out *out, const char *key, const struct json_t *node,
                        size_t max)
{
    char line[SB_TITLE_MAX + 1];
    sb_import_line(line, node, max);
    if (line[0] != '\0') {
        sb_json_member_string(out, key, line);
    }
}

/* ---- the command */

static int read_file(const char *path, struct json_t **out)
{
    struct sb_err err = {0};
    struct sb_arena arena;
    struct sb_bytes text;
    sb_arena_init(&arena, (size_t)2 * FILE_BYTES_MAX);
    enum sb_rc rc = sb_wholefile_read(&text, path, FILE_BYTES_MAX, &arena, &err);
    if (rc == SB_OK) {
        rc = sb_json_tree_read(out, text, &err);
        rc = rc == SB_OK ? SB_OK : sb_err_wrap(&err, "%s", path);
    }
    sb_arena_fini(&arena);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

/* All or nothing is published: a mistake anywhere ends it before. */
static int import(struct sb_import *im, const struct json_t *tree,
                  int (*read)(struct sb_import *import, const struct json_t *tree))
{
    char *text = NULL;
    size_t n = 0;
    im->lines = open_memstream(&text, &n);
    if (im->lines == NULL) {
        sb_talk("no memory");
        return SB_EXIT_FAILURE;
    }
    int code = read(im, tree);
    bool whole = fclose(im->lines) == 0;
    if (code == SB_EXIT_OK && whole && n > 0) {
        code = sb_publish_lines(im->args, (struct sb_bytes){(const uint8_t *)text, n}, NULL, NULL);
    }
    if (code == SB_EXIT_OK) {
        char left[64] = "";
        (void)snprintf(left, sizeof left, ", %zu left alone", im->n_left);
        sb_talk("%zu new, %zu changed, %zu as they were%s", im->n_new, im->n_changed, im->n_same,
                im->n_left > 0 ? left : "");
    }
    free(text);
    return whole ? code : SB_EXIT_FAILURE;
}

int sb_import_run(const struct sb_args *args, unsigned kinds,
                  int (*read)(struct sb_import *import, const struct json_t *tree))
{
    struct sb_import im = {.args = args};
    struct json_t *tree = NULL;
    if (args->n_operands != 1 || !sb_args_has(args, "topic")) {
        return sb_args_complain(args, "say which file, and under which --topic");
    }
    int code = read_file(args->operands[0], &tree);
    code = code == SB_EXIT_OK ? sb_gather(args, kinds, NULL, &im.g) : code;
    code = code == SB_EXIT_OK ? import(&im, tree, read) : code;
    sb_gathered_free(im.g);
    sb_json_tree_free(tree);
    return code;
}
