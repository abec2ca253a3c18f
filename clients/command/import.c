/* Compares what is imported with what was; see import.h. An item that was edited here since, while
 * the source stayed as it was, keeps its edits. */
#include "clients/command/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/talk.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/json_tree.h"
#include "proto/sha256.h"
#include "proto/statement_read.h"
#include "proto/view_json.h"

enum { CONTENT_BYTES = 4096, SENTENCE_BYTES = 512 };

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

/* The content without what it replaces: equal texts say the same of the item. */
static const char *meaning(struct sb_import *im, const struct sb_statement *s)
{
    return says(im, s, "{\"supersedes\":null}");
}

static bool was_imported(struct sb_import *im, const struct sb_statement *s)
{
    struct sb_uuid id = sb_import_id("event", says(im, s, "{}"));
    return sb_org_eq(&s->event.org, &im->g->organisation) && sb_uuid_eq(&s->event.id, &id);
}

/* Does the last import of the item say the same? */
static bool is_known(struct sb_import *im, const struct sb_gathered_subject *found,
                     const struct sb_statement *now)
{
    struct sb_statements last = {
        sb_arena_alloc(&im->g->arena, (found->n + 1) * sizeof(struct sb_statement *)), 0};
    for (size_t i = 0; last.p != NULL && i < found->n; i++) {
        if (was_imported(im, found->statements[i])) {
            last.p[last.n++] = found->statements[i];
        }
    }
    if (last.p == NULL || !sb_past_prepare(&im->g->past, &im->g->arena)) {
        return false;
    }
    sb_statements_keep_last(&im->g->past, &last);
    for (size_t i = 0; i < last.n; i++) {
        if (strcmp(meaning(im, last.p[i]), meaning(im, now)) == 0) {
            return true;
        }
    }
    return false;
}

/* As it would be published; the exit code. */
static int read_draft(struct sb_import *im, const struct sb_draft *draft, const char *title,
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

/* Names the event and keeps its line. */
static void keep_line(struct sb_import *im, const struct sb_draft *draft,
                      const struct sb_statement *s)
{
    char id[SB_UUID_TEXT_MAX];
    struct sb_uuid event = sb_import_id("event", says(im, s, "{}"));
    sb_uuid_format(id, &event);
    fprintf(im->lines, "{\"id\":\"%s\",%.*s\n", id, (int)draft->json.n - 1,
            (const char *)draft->json.p + 1);
}

int sb_import_item(struct sb_import *im, struct sb_draft *draft, const struct sb_uuid *item_id,
                   const char *title)
{
    const struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, *item_id}};
    struct sb_gathered_subject found = sb_gathered_find(im->g, &subject);
    struct sb_statement now;
    struct sb_json_out out;
    int code = read_draft(im, draft, title, &now);
    if (code == SB_EXIT_OK && is_known(im, &found, &now)) {
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
            code = code == SB_EXIT_OK ? read_draft(im, draft, title, &now) : code;
        }
    }
    if (code == SB_EXIT_OK) {
        im->n_changed += changed ? 1 : 0;
        im->n_new += changed ? 0 : 1;
        keep_line(im, draft, &now);
    }
    return code;
}
