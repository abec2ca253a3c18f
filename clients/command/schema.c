/* samenbus schema show and validate: what events look like in JSON, for developers and their tests.
 * Works offline; what a daemon knows besides (rights, decisions, ids) it alone can check. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/command.h"
#include "clients/command/line_reader.h"
#include "clients/command/talk.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/json_schema.h"
#include "proto/json_tree.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, INDENT = 2 };

static const char *const kinds[] = {"publish", "event", NULL};

/* ---- show */

static void put_line_feed(unsigned depth)
{
    printf("\n%*s", (int)(INDENT * depth), "");
}

/* The same JSON over many lines; empty brackets and lists of names stay on one. */
static void print_indented(const char *text, size_t n)
{
    unsigned depth = 0, flat = 0; /* flat: within a list of plain values */
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool opens = !quoted && (c == '{' || c == '['), closes = !quoted && (c == '}' || c == ']');
        if (closes && flat == 0) {
            put_line_feed(--depth);
        }
        putchar(c);
        if (quoted && c == '\\' && i + 1 < n) {
            putchar(text[++i]);
        } else if (c == '"') {
            quoted = !quoted;
        } else if (opens && (flat > 0 || (c == '[' && text[i + 1] != '{') || text[i + 1] == '}')) {
            flat++;
        } else if (opens) {
            put_line_feed(++depth);
        } else if (closes && flat > 0) {
            flat--;
        } else if (!quoted && c == ':') {
            putchar(' ');
        } else if (!quoted && c == ',' && flat > 0) {
            putchar(' ');
        } else if (!quoted && c == ',') {
            put_line_feed(depth);
        }
    }
    putchar('\n');
}

static int show(const struct sb_args *args)
{
    struct sb_arena arena;
    size_t which = 0;
    if (args->n_operands == 1 && !sb_args_one_of(args, "", args->operands[0], kinds, &which)) {
        return SB_EXIT_USAGE;
    }
    if (args->n_operands != 1) {
        return sb_args_complain(args,
                                "say which schema: publish (what `samenbus publish` reads) or "
                                "event (what `samenbus tail -o json` prints)");
    }
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes schema = sb_json_schema((enum sb_json_schema)which, &arena);
    if (schema.p != NULL) {
        print_indented((const char *)schema.p, schema.n);
    }
    sb_arena_fini(&arena);
    return schema.p == NULL || fflush(stdout) != 0 ? SB_EXIT_FAILURE : SB_EXIT_OK;
}

/* ---- validate */

struct validation {
    struct sb_line_reader reader;
    struct sb_arena arena;
    size_t kind; /* of kinds; their number: by what each object has in it */
    uint64_t events, wrong;
};

static enum sb_rc check_publish(struct validation *v, const struct sb_line_record *record,
                                struct sb_err *err)
{
    struct sb_submission event;
    enum sb_code code = SB_CODE_OK;
    char text[SB_ERR_TEXT_MAX] = "";
    enum sb_rc rc = sb_json_read_submission(&event, &code, record->text, record->n,
                                            (struct sb_time){0}, &v->arena, err);
    if (rc == SB_OK && code == SB_CODE_OK) {
        code = sb_submission_check(event.body, &v->arena, text, sizeof text);
        (void)sb_err_set(err, SB_OK, "%s", text);
    }
    return rc != SB_OK ? rc : code == SB_CODE_OK ? SB_OK : SB_E_INPUT;
}

/* What is printed has an origin; what is to be published cannot have one. */
static enum sb_rc check_record(struct validation *v, const struct sb_line_record *record,
                               struct sb_err *err)
{
    struct json_t *tree;
    if (record->too_large) {
        return sb_err_set(err, SB_E_INPUT, "larger than any event may be");
    }
    struct sb_bytes text = {(const uint8_t *)record->text, record->n};
    enum sb_rc rc = sb_json_tree_read(&tree, text, err);
    if (rc != SB_OK) {
        return rc;
    }
    bool printed = v->kind == SB_JSON_SCHEMA_EVENT ||
                   (kinds[v->kind] == NULL && sb_json_tree_member(tree, "origin") != NULL);
    rc = printed ? sb_json_check_event(tree, err) : check_publish(v, record, err);
    sb_json_tree_free(tree);
    return rc;
}

/* SB_E_INPUT is said here, with its line; anything else ends the reading. */
static enum sb_rc check_records(struct validation *v, struct sb_err *err)
{
    struct sb_line_record record;
    while (sb_line_reader_next(&v->reader, &record)) {
        sb_arena_reset(&v->arena);
        enum sb_rc rc = check_record(v, &record, err);
        v->events++;
        if (rc == SB_E_INPUT) {
            printf("line %u: %s\n", record.line, err->text);
            v->wrong++;
        } else if (rc != SB_OK) {
            return rc;
        }
    }
    return SB_OK;
}

static enum sb_rc check_file(struct validation *v, const char *path, struct sb_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    enum sb_rc rc = fd < 0 ? sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno)) : SB_OK;
    while (rc == SB_OK && !v->reader.ended) {
        if (!sb_line_reader_feed(&v->reader, fd)) {
            rc = sb_err_set(err, SB_E_INPUT, "read %s: %s", path, strerror(errno));
        }
        rc = rc == SB_OK ? check_records(v, err) : rc;
    }
    if (fd >= 0 && !standard) {
        close(fd);
    }
    if (rc == SB_OK && v->events == 0) {
        rc = sb_err_set(err, SB_E_INPUT,
                        "%s: there is nothing in it; write one JSON object per line", path);
    }
    return rc;
}

static int validate(const struct sb_args *args)
{
    struct validation v = {.kind = sizeof kinds / sizeof kinds[0] - 1};
    struct sb_err err = {0};
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which file, or - for standard input");
    }
    if (!sb_args_word(args, "as", kinds, &v.kind)) {
        return SB_EXIT_USAGE;
    }
    bool ready = sb_line_reader_init(&v.reader);
    sb_arena_init(&v.arena, ARENA_BYTES);
    enum sb_rc rc =
        ready ? check_file(&v, args->operands[0], &err) : sb_err_set(&err, SB_E_NOMEM, "no memory");
    if (rc == SB_OK && v.wrong == 0) {
        printf("ok: %llu events\n", (unsigned long long)v.events);
    }
    sb_line_reader_fini(&v.reader);
    sb_arena_fini(&v.arena);
    return rc != SB_OK ? sb_talk_error(rc, &err) : v.wrong > 0 ? SB_EXIT_INPUT : SB_EXIT_OK;
}

/* ---- the two commands */

const struct sb_command sb_command_schema_show = {
    .words = "schema show",
    .synopsis = "publish|event",
    .about = "print the JSON Schema of what publish reads, or of what tail -o json prints",
    .operands_max = 1,
    .examples = "  samenbus schema show publish > publish.schema.json\n"
                "  samenbus schema show event\n",
    .run = show,
};

static const struct sb_flag validate_flags[] = {
    {"as", 0, "publish|event", "what is in it (else: an object with an origin is a printed event)"},
};

const struct sb_command sb_command_schema_validate = {
    .words = "schema validate",
    .synopsis = "FILE",
    .about = "check events in a file without a daemon: those to publish, or lines of tail -o json",
    SB_FLAGS(validate_flags),
    .operands_max = 1,
    .examples = "  samenbus schema validate proposal.json\n"
                "  samenbus tail -o json | samenbus schema validate -\n",
    .run = validate,
};
