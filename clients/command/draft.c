/* Writing events; see draft.h. What the schema allows is said by the reader of submissions, what
 * the rules allow by draft_check.c: here JSON is only put together. */
#include "clients/command/draft.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/json.h"
#include "proto/json_tree.h"
#include "proto/sign.h"
#include "proto/subject_read.h"
#include "proto/view_json.h"

enum { LAYER_BYTES = 2048, FILE_BYTES_MAX = 512 * 1024, SENTENCE_BYTES = 1024, WORD_BYTES = 256 };

/* ---- layers */

void sb_draft_begin(struct sb_draft *draft, const struct sb_args *args, struct sb_gathered *g,
                    const char *content)
{
    *draft = (struct sb_draft){
        .args = args, .g = g, .content = content, .json = {(const uint8_t *)"{}", 2}};
}

/* `from` says in a complaint whose JSON it was. */
static int lay(struct sb_draft *draft, struct sb_bytes layer, const char *from)
{
    struct sb_err err = {0};
    enum sb_rc rc = layer.p == NULL
                        ? sb_err_set(&err, SB_E_NOMEM, "no memory")
                        : sb_json_merge(&draft->json, draft->json, layer, &draft->g->arena, &err);
    if (rc != SB_OK) {
        sb_talk("%s%s%s", from, from[0] == '\0' ? "" : ": ", err.text);
        return rc == SB_E_INPUT ? SB_EXIT_INPUT : SB_EXIT_FAILURE;
    }
    return SB_EXIT_OK;
}

void sb_draft_open(struct sb_draft *draft, struct sb_json_out *out)
{
    sb_json_out_init(out, &draft->g->arena, LAYER_BYTES);
    sb_json_put_open(out, '{');
    sb_json_put_key(out, draft->content);
    sb_json_put_open(out, '{');
}

int sb_draft_close(struct sb_draft *draft, struct sb_json_out *out)
{
    sb_json_put_close(out, '}');
    sb_json_put_close(out, '}');
    return lay(draft, sb_json_out_done(out), "");
}

/* Those who know the statement: its audience, and who made it. */
static void put_audience(struct sb_json_out *out, const struct sb_gathered_statement *with)
{
    struct sb_orgs known = {with->audience.orgs, with->audience.n};
    const struct sb_org *origin = &with->statement.event.org;
    if (known.n == 0) {
        return; /* everybody */
    }
    sb_json_put_key(out, "audience");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < known.n; i++) {
        sb_json_put_string(out, known.p[i].s);
    }
    if (!sb_orgs_have(known, origin)) {
        sb_json_put_string(out, origin->s);
    }
    sb_json_put_close(out, ']');
}

int sb_draft_lay_statement(struct sb_draft *draft, const struct sb_statement *statement, bool says)
{
    const struct sb_gathered_statement *with = sb_gathered_with(statement);
    struct sb_json_out out;
    sb_json_out_init(&out, &draft->g->arena, LAYER_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_put_key(&out, "topic");
    sb_json_put_text(&out, with->topic);
    put_audience(&out, with);
    if (says) {
        sb_json_put_key(&out, draft->content);
        sb_json_put_says(&out, statement);
    }
    sb_json_put_close(&out, '}');
    return lay(draft, sb_json_out_done(&out), "");
}

/* ---- a file */

static bool read_file(struct sb_bytes *out, const char *path, struct sb_arena *arena)
{
    FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    uint8_t *bytes = sb_arena_alloc(arena, FILE_BYTES_MAX + 1);
    bool ok = from != NULL && bytes != NULL;
    if (ok) {
        *out = (struct sb_bytes){bytes, fread(bytes, 1, FILE_BYTES_MAX + 1, from)};
        ok = ferror(from) == 0;
    }
    if (!ok) {
        sb_talk("%s: %s", path, strerror(errno));
    } else if (out->n > FILE_BYTES_MAX) {
        sb_talk("%s: larger than any event may be", path);
        ok = false;
    }
    if (from != NULL && from != stdin) {
        (void)fclose(from);
    }
    return ok;
}

/* {"topic": ..., "proposal": {...}}, or what would stand behind "proposal": alone. */
int sb_draft_lay_file(struct sb_draft *draft, const char *path)
{
    struct sb_err err = {0};
    struct sb_bytes text;
    struct json_t *tree = NULL;
    if (!read_file(&text, path, &draft->g->arena)) {
        return SB_EXIT_INPUT;
    }
    if (sb_json_tree_read(&tree, text, &err) != SB_OK) {
        sb_talk("%s: %s", path, err.text);
        return SB_EXIT_INPUT;
    }
    bool whole = sb_json_tree_member(tree, draft->content) != NULL;
    sb_json_tree_free(tree);
    if (!whole) { /* the text as it is: a merge takes nulls away, and must see them */
        size_t n = text.n + strlen(draft->content) + 8;
        char *wrapped = sb_arena_alloc(&draft->g->arena, n);
        if (wrapped != NULL) {
            int length = snprintf(wrapped, n, "{\"%s\":%.*s}", draft->content, (int)text.n,
                                  (const char *)text.p);
            text = (struct sb_bytes){(const uint8_t *)wrapped, (size_t)length};
        }
    }
    return lay(draft, text, path);
}

/* ---- flags */

static void put_words(struct sb_json_out *out, const struct sb_args *args, const char *flag)
{
    const char *value;
    sb_json_put_open(out, '[');
    for (size_t at = 0; (value = sb_args_next(args, flag, &at)) != NULL;) {
        while (*value != '\0') {
            size_t n = strcspn(value, ",");
            sb_json_put_text(out, (struct sb_bytes){(const uint8_t *)value, n});
            value += n + (value[n] == ',' ? 1 : 0);
        }
    }
    sb_json_put_close(out, ']');
}

/* "GM0384=3,GM0437=2" */
static bool put_weights(struct sb_json_out *out, const struct sb_args *args, const char *flag)
{
    const char *value = sb_args_value(args, flag);
    sb_json_put_open(out, '{');
    while (*value != '\0') {
        char word[WORD_BYTES], *end = NULL;
        size_t n = strcspn(value, ",");
        (void)snprintf(word, sizeof word, "%.*s", (int)n, value);
        char *equals = strchr(word, '=');
        unsigned long weight = equals == NULL ? 0 : strtoul(equals + 1, &end, 10);
        if (equals == NULL || equals[1] < '0' || equals[1] > '9' || *end != '\0') {
            sb_args_complain(args, "--%s %s: write ORG=N,ORG=N, such as GM0384=3,GM0437=2", flag,
                             word);
            return false;
        }
        *equals = '\0';
        sb_json_put_key(out, word);
        sb_json_put_uint(out, weight);
        value += n + (value[n] == ',' ? 1 : 0);
    }
    sb_json_put_close(out, '}');
    return true;
}

static bool put_flag(struct sb_json_out *out, const struct sb_args *args,
                     const struct sb_draft_member *m)
{
    uint64_t number = 0;
    sb_json_put_key(out, m->key);
    switch (m->kind) {
    case SB_DRAFT_TEXT: sb_json_put_string(out, sb_args_value(args, m->flag)); return true;
    case SB_DRAFT_LIST: put_words(out, args, m->flag); return true;
    case SB_DRAFT_TRUE: sb_json_put_bool(out, true); return true;
    case SB_DRAFT_WEIGHTS: return put_weights(out, args, m->flag);
    case SB_DRAFT_NUMBER: break;
    }
    bool ok = sb_args_number(args, m->flag, 0, UINT32_MAX, &number);
    sb_json_put_uint(out, number);
    return ok;
}

int sb_draft_lay_flags(struct sb_draft *draft, const struct sb_draft_member *members, size_t n)
{
    static const struct sb_draft_member envelope[] = {{"topic", "topic", SB_DRAFT_TEXT},
                                                      {"audience", "audience", SB_DRAFT_LIST}};
    const struct sb_args *args = draft->args;
    struct sb_json_out out;
    sb_json_out_init(&out, &draft->g->arena, LAYER_BYTES);
    sb_json_put_open(&out, '{');
    for (size_t i = 0; i < 2; i++) {
        if (sb_args_has(args, envelope[i].flag) && !put_flag(&out, args, &envelope[i])) {
            return SB_EXIT_USAGE;
        }
    }
    sb_json_put_key(&out, draft->content);
    sb_json_put_open(&out, '{');
    for (size_t i = 0; i < n; i++) {
        if (sb_args_has(args, members[i].flag) && !put_flag(&out, args, &members[i])) {
            return SB_EXIT_USAGE;
        }
    }
    sb_json_put_close(&out, '}');
    sb_json_put_close(&out, '}');
    return lay(draft, sb_json_out_done(&out), "");
}

/* ---- members */

void sb_draft_put_reference(struct sb_json_out *out, const struct sb_reference *of)
{
    char id[SB_UUID_TEXT_MAX], text[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    (void)snprintf(text, sizeof text, "%s/%s", of->org.s, id);
    sb_json_put_string(out, text);
}

void sb_draft_put_supersedes(struct sb_json_out *out, const struct sb_statement *first,
                             const struct sb_statements *others)
{
    sb_json_put_key(out, "supersedes");
    sb_json_put_open(out, '[');
    if (first != NULL) {
        sb_draft_put_reference(out, &first->event);
    }
    for (size_t i = 0; i < others->n; i++) {
        sb_draft_put_reference(out, &others->p[i]->event);
    }
    sb_json_put_close(out, ']');
}

static bool new_id(char out[static SB_UUID_TEXT_MAX], struct sb_time now)
{
    uint8_t random[10];
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return false;
    }
    sb_random_bytes(random, sizeof random);
    struct sb_uuid id = sb_uuid_v7(now, random);
    sb_uuid_format(out, &id);
    return true;
}

/* Does the event, or with a key its content, have this member? */
static bool has_member(const struct sb_draft *draft, bool of_content, const char *key)
{
    struct sb_err err = {0};
    struct json_t *tree = NULL;
    if (sb_json_tree_read(&tree, draft->json, &err) != SB_OK) {
        return false;
    }
    const struct json_t *at = of_content ? sb_json_tree_member(tree, draft->content) : tree;
    bool has = sb_json_tree_member(at, key) != NULL;
    sb_json_tree_free(tree);
    return has;
}

int sb_draft_name(struct sb_draft *draft, const char *makes)
{
    char id[SB_UUID_TEXT_MAX], key[WORD_BYTES];
    struct sb_json_out out;
    draft->makes = makes;
    (void)snprintf(key, sizeof key, "%sId", makes);
    if (has_member(draft, true, key)) {
        return SB_EXIT_OK;
    }
    if (!new_id(id, draft->g->now)) {
        return SB_EXIT_FAILURE;
    }
    sb_draft_open(draft, &out);
    sb_json_member_string(&out, key, id);
    return sb_draft_close(draft, &out);
}

/* The event's own id, so that what is checked is what is published. */
static int name_event(struct sb_draft *draft)
{
    char id[SB_UUID_TEXT_MAX], layer[SB_UUID_TEXT_MAX + 16];
    if (has_member(draft, false, "id")) {
        return SB_EXIT_OK;
    }
    if (!new_id(id, draft->g->now)) {
        return SB_EXIT_FAILURE;
    }
    int n = snprintf(layer, sizeof layer, "{\"id\":\"%s\"}", id);
    return lay(draft, (struct sb_bytes){(const uint8_t *)layer, (size_t)n}, "");
}

/* ---- sending */

int sb_draft_refuse(enum sb_code code, const char *text)
{
    struct sb_arena arena;
    struct sb_result result = {.code = code, .text = text};
    struct sb_org nobody = {{0}};
    struct sb_uuid id = {{0}};
    sb_arena_init(&arena, (size_t)FILE_BYTES_MAX);
    struct sb_bytes line = sb_json_result(&nobody, &id, &result, 1, &arena);
    if (line.p != NULL) {
        fwrite(line.p, 1, line.n, stdout);
        fputc('\n', stdout);
    }
    sb_arena_fini(&arena);
    sb_talk("%s: %s", sb_code_name(code), text);
    return SB_EXIT_REFUSED;
}

/* The name of what the event makes, as a member of its result: whoever made it goes on with that.
 */
static const char *name_made(char out[static WORD_BYTES], const struct sb_draft *draft,
                             struct sb_bytes body)
{
    struct sb_about about[SB_ABOUT_MAX];
    char id[SB_UUID_TEXT_MAX];
    if (draft->makes == NULL || sb_about_read(about, &draft->g->organisation, body) == 0) {
        return NULL;
    }
    sb_uuid_format(id, &about[0].subject.of.id);
    (void)snprintf(out, WORD_BYTES, "\"%s\":\"%s/%s\"", draft->makes, draft->g->organisation.s, id);
    return out;
}

/* Whoever gives the command again says a second thing, for it would have another id. */
static void say_unknown(const struct sb_draft *draft)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &draft->event);
    sb_talk("`samenbus where %s/%s` tells whether it is there, and at whom; this command once more "
            "would publish another one beside it",
            draft->g->organisation.s, id);
}

/* What it takes the place of was read a moment ago: somebody was quicker. */
static void say_changed(const struct sb_draft *draft)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &draft->changes.id);
    sb_talk("%s `samenbus %s %s/%s`%s",
            sb_term(SB_TERM_LABEL, "somebody has changed it meanwhile: look at it with"),
            draft->shown_by, draft->changes.org.s, id,
            sb_term(SB_TERM_LABEL, ", then give the command again"));
}

int sb_draft_send(struct sb_draft *draft)
{
    struct sb_submission event = {0};
    struct sb_err why = {0};
    char sentence[SENTENCE_BYTES], made[WORD_BYTES];
    enum sb_code code = SB_CODE_OK;
    int exit_code = name_event(draft);
    if (exit_code != SB_EXIT_OK) {
        return exit_code;
    }
    enum sb_rc rc = sb_json_read_submission(&event, &code, (const char *)draft->json.p,
                                            draft->json.n, draft->g->now, &draft->g->arena, &why);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &why);
    }
    if (code != SB_CODE_OK) {
        return sb_draft_refuse(code, why.text);
    }
    code = sb_draft_check(draft->g, &event, sentence, sizeof sentence);
    if (code != SB_CODE_OK) {
        return sb_draft_refuse(code, sentence);
    }
    draft->event = event.id;
    exit_code =
        sb_publish_lines(draft->args, draft->json, name_made(made, draft, event.body), &code);
    if (exit_code == SB_EXIT_UNKNOWN) {
        say_unknown(draft);
    } else if (code == SB_CODE_STALE_REVISION && draft->shown_by != NULL) {
        say_changed(draft);
    }
    return exit_code;
}
