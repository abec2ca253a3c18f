/* samenbus consumer: the named cursors that the daemon keeps (PROTOCOL §8.10). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/nearest.h"
#include "clients/command/reading.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/lib/samenbus_consumer.h"
#include "proto/json_out.h"

enum { ANSWER_MS = 5000, CURSOR_BYTES_MAX = 1024 * 1024, JSON_BYTES = 4096, NAME_COLUMNS = 24 };

static const char *const formats[] = {"text", "json", NULL};

/* ---- printing */

static void put_when(char out[static SB_TIME_TEXT_MAX], struct sb_time time)
{
    (void)snprintf(out, SB_TIME_TEXT_MAX, "-");
    if (time.ms != 0) {
        sb_time_format(out, time);
    }
}

static const char *state_of(const struct sb_consumer *c)
{
    return c->stuck ? "stuck" : c->behind > 0 ? "waiting" : "current";
}

static void print_line(const struct sb_consumer *c)
{
    char line[SB_SHOW_LINE_BYTES] = "", waiting[SB_TIME_TEXT_MAX];
    put_when(waiting, c->waiting);
    sb_show_field(line, sizeof line, c->name, NAME_COLUMNS, false);
    sb_show_field(line, sizeof line, state_of(c), 8, false);
    sb_show_print(stdout, "%s%10" PRIu64 "  %-24s %s\n", line, c->behind, waiting, c->client);
}

static void print_all(const struct sb_consumer *c)
{
    char acked[SB_TIME_TEXT_MAX], waiting[SB_TIME_TEXT_MAX], created[SB_TIME_TEXT_MAX];
    put_when(acked, c->acked);
    put_when(waiting, c->waiting);
    put_when(created, c->created);
    sb_show_print(stdout, "name          %s\n", c->name);
    sb_show_print(stdout, "client        %s\n", c->client);
    printf("state         %s\n", state_of(c));
    printf("behind        %" PRIu64 " offsets\nwaiting since %s\nacknowledged  %s\n", c->behind,
           waiting, acked);
    printf("created       %s\nreaders       %u\n", created, c->readers);
    for (size_t i = 0; i < c->n_topics; i++) {
        char line[SB_SHOW_LINE_BYTES] = "";
        sb_show_field(line, sizeof line, c->topics[i], SB_TOPIC_MAX, true);
        printf("topic         %s\n", line);
    }
    for (size_t i = 0; i < c->n_origins; i++) {
        printf("origin        %s\n", c->origins[i].s);
    }
    printf("%s", c->system ? "system        yes\n" : "");
}

static void put_time(struct sb_json_out *out, const char *key, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    put_when(text, time);
    sb_json_member_string(out, key, time.ms == 0 ? NULL : text);
}

static void put_json(struct sb_json_out *out, const struct sb_consumer *c)
{
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "name", c->name);
    sb_json_member_string(out, "client", c->client);
    sb_json_member_string(out, "state", state_of(c));
    sb_json_member_uint(out, "behind", c->behind);
    put_time(out, "waitingSince", c->waiting);
    put_time(out, "acknowledged", c->acked);
    put_time(out, "created", c->created);
    sb_json_member_uint(out, "readers", c->readers);
    sb_json_put_key(out, "topics");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < c->n_topics; i++) {
        sb_json_put_string(out, c->topics[i]);
    }
    sb_json_put_close(out, ']');
    sb_json_put_key(out, "origins");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < c->n_origins; i++) {
        sb_json_put_string(out, c->origins[i].s);
    }
    sb_json_put_close(out, ']');
    sb_json_put_key(out, "system");
    sb_json_put_bool(out, c->system);
    sb_json_put_close(out, '}');
}

static bool print_json(const struct sb_consumers *list)
{
    struct sb_json_out out;
    struct sb_arena arena;
    bool printed = true;
    sb_arena_init(&arena, (size_t)16 * 1024 * 1024);
    for (size_t i = 0; i < list->n_items && printed; i++) {
        sb_json_out_init(&out, &arena, JSON_BYTES);
        put_json(&out, &list->items[i]);
        struct sb_bytes line = sb_json_out_done(&out);
        printed = line.p != NULL;
        printf("%.*s\n", printed ? (int)line.n : 0, printed ? (const char *)line.p : "");
    }
    sb_arena_fini(&arena);
    return printed;
}

/* ---- asking */

/* NULL after a complaint. */
static const char *read_name(const struct sb_args *args)
{
    const char *name = args->n_operands == 1 ? args->operands[0] : "";
    if (!sb_consumer_name_valid(name)) {
        sb_args_complain(args, "name one consumer: 1 to %d of a-z, 0-9, '-', '_' and '.'",
                         SB_CONSUMER_NAME_MAX);
        return NULL;
    }
    return name;
}

static int ask(const struct sb_args *args, const char *name, bool whole)
{
    const struct sb_consumers *list;
    struct sb_client *client;
    struct sb_err err = {0};
    size_t format = 0;
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_consumers(client, name, ANSWER_MS, &list, &err);
    bool cursor = sb_args_has(args, "cursor");
    if (rc == SB_OK && cursor) {
        char *text = sb_consumer_cursor_text(&list->items[0]);
        rc = text == NULL ? sb_err_set(&err, SB_E_NOMEM, "no memory") : SB_OK;
        printf("%s", text == NULL ? "" : text);
        free(text);
    } else if (rc == SB_OK && format == 1) {
        rc = print_json(list) ? SB_OK : sb_err_set(&err, SB_E_NOMEM, "no memory");
    } else if (rc == SB_OK) {
        for (size_t i = 0; i < list->n_items; i++) {
            if (i == 0 && !whole) {
                printf("%-24s %-8s %10s  %-24s %s\n", "CONSUMER", "STATE", "BEHIND",
                       "WAITING SINCE", "CLIENT");
            }
            (whole ? print_all : print_line)(&list->items[i]);
        }
    }
    code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    sb_client_close(client);
    return code;
}

static int list(const struct sb_args *args)
{
    return ask(args, NULL, false);
}

static int show(const struct sb_args *args)
{
    const char *name = read_name(args);
    return name == NULL ? SB_EXIT_USAGE : ask(args, name, true);
}

/* Removing twice is no failure, for an answer may be lost; a name that nobody has is told. */
static void tell_unknown(struct sb_client *client, const char *name)
{
    const struct sb_consumers *answer;
    struct sb_err err = {0};
    if (sb_client_consumers(client, name, ANSWER_MS, &answer, &err) == SB_E_REFUSED) {
        sb_talk("%s", err.text);
    }
}

/* A daemon that knows no consumers never answers CONSUME: it is asked for them first. */
static int consume(const struct sb_args *args, const struct sb_consume *what)
{
    const struct sb_consumers *answer;
    struct sb_client *client;
    struct sb_err err = {0};
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_consumers(client, NULL, ANSWER_MS, &answer, &err);
    if (rc == SB_OK && what->action == SB_CONSUME_REMOVE) {
        tell_unknown(client, what->name);
    }
    for (size_t i = 0; rc == SB_OK && i < what->n_origins; i++) {
        sb_nearest_ask(client, what->origins[i].s);
    }
    rc = rc == SB_OK ? sb_client_consume(client, what, ANSWER_MS, &answer, &err) : rc;
    code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    sb_client_close(client);
    return code;
}

static int remove_one(const struct sb_args *args)
{
    struct sb_consume what = {.action = SB_CONSUME_REMOVE, .name = read_name(args)};
    return what.name == NULL ? SB_EXIT_USAGE : consume(args, &what);
}

/* ---- beginnings */

static enum sb_rc read_cursor(const char *path, struct sb_consume *what, struct sb_err *err)
{
    char *text = calloc(1, CURSOR_BYTES_MAX);
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (text == NULL || file == NULL) {
        free(text);
        return sb_err_set(err, SB_E_INPUT, "%s: cannot be read", path);
    }
    size_t n = fread(text, 1, CURSOR_BYTES_MAX - 1, file);
    if (file != stdin) {
        (void)fclose(file);
    }
    text[n] = '\0';
    enum sb_rc rc = sb_consumer_cursor_read(&what->cursor, &what->n_cursor, text, err);
    free(text);
    return rc == SB_OK ? rc : sb_err_wrap(err, "%s", path);
}

static bool read_beginning(const struct sb_args *args, struct sb_consume *what, int *code)
{
    struct sb_err err = {0};
    const char *cursor = sb_args_value(args, "cursor");
    what->live_only = sb_args_has(args, "new");
    *code = SB_EXIT_USAGE;
    if (!sb_reading_since(args, &what->since)) {
        return false;
    }
    if ((cursor != NULL) + what->live_only + (what->since.ms != 0) > 1) {
        sb_args_complain(args, "--cursor, --since and --new are three beginnings; give one");
        return false;
    }
    if (cursor != NULL && read_cursor(cursor, what, &err) != SB_OK) {
        *code = sb_talk_error(err.rc, &err);
        return false;
    }
    return true;
}

static int begin(const struct sb_args *args, enum sb_consume_action action)
{
    struct sb_reading_filters *filters = calloc(1, sizeof *filters);
    struct sb_consume what = {.action = action, .name = read_name(args)};
    int code = SB_EXIT_USAGE;
    if (filters != NULL && what.name != NULL && sb_reading_filters(args, filters) &&
        read_beginning(args, &what, &code)) {
        what.topics = filters->topics;
        what.n_topics = filters->n_topics;
        what.origins = filters->origins;
        what.n_origins = filters->n_origins;
        what.system = sb_args_has(args, "system");
        code = consume(args, &what);
    }
    free(what.cursor);
    free(filters);
    return code;
}

static int add(const struct sb_args *args)
{
    return begin(args, SB_CONSUME_ADD);
}

static int reset(const struct sb_args *args)
{
    return begin(args, SB_CONSUME_RESET);
}

/* ---- the commands */

#define BEGINNINGS                                                                                 \
    {"since", 0, "TIME", "begin with what this daemon took in since then"},                        \
        {"new", 0, NULL, "begin with what comes from now on"},                                     \
    {                                                                                              \
        "cursor", 0, "FILE", "begin behind this cursor, of another consumer or daemon; -: stdin"   \
    }

static const struct sb_flag list_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or an object per consumer"}};

const struct sb_command sb_command_consumer_ls = {
    .words = "consumer ls",
    .about = "list the consumers whose place this daemon keeps, and what waits for them",
    SB_FLAGS(list_flags),
    .examples = "  samenbus consumer ls\n",
    .run = list,
};

static const struct sb_flag show_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
    {"cursor", 0, NULL, "its cursor alone, with which it continues at another daemon"},
};

const struct sb_command sb_command_consumer_show = {
    .words = "consumer show",
    .synopsis = "NAME",
    .about = "print one consumer: its filters, what it has acknowledged, what waits for it",
    SB_FLAGS(show_flags),
    .operands_max = 1,
    .examples = "  samenbus consumer show archive\n"
                "  samenbus consumer show archive --cursor >archive.cursor\n",
    .run = show,
};

static const struct sb_flag add_flags[] = {
    SB_FLAG_CONFIG,
    BEGINNINGS,
    {"topic", 0, "PREFIX", "only topics under it, such as decision/; may be repeated"},
    {"class", 0, "CLASS", "only agenda, decision, notification or custom; may be repeated"},
    {"origin", 0, "ORG", "only what this organisation published; may be repeated"},
    {"system", 0, NULL, "system events too: epoch starts, certificates, erasures"},
};

const struct sb_command sb_command_consumer_add = {
    .words = "consumer add",
    .synopsis = "NAME",
    .about = "make a consumer: a reader whose place the daemon keeps; it begins at the beginning",
    SB_FLAGS(add_flags),
    .operands_max = 1,
    .examples = "  samenbus consumer add archive\n"
                "  samenbus consumer add mailer --class notification --new\n"
                "  samenbus consumer add archive --cursor archive.cursor\n",
    .run = add,
};

static const struct sb_flag reset_flags[] = {SB_FLAG_CONFIG, BEGINNINGS};

const struct sb_command sb_command_consumer_reset = {
    .words = "consumer reset",
    .synopsis = "NAME",
    .about = "let a consumer begin anew, at the beginning or where a flag says; who reads it goes "
             "on there",
    SB_FLAGS(reset_flags),
    .operands_max = 1,
    .examples = "  samenbus consumer reset archive\n"
                "  samenbus consumer reset mailer --since 2h\n",
    .run = reset,
};

static const struct sb_flag rm_flags[] = {SB_FLAG_CONFIG};

const struct sb_command sb_command_consumer_rm = {
    .words = "consumer rm",
    .synopsis = "NAME",
    .about = "forget a consumer and its place",
    SB_FLAGS(rm_flags),
    .operands_max = 1,
    .examples = "  samenbus consumer rm archive\n",
    .run = remove_one,
};
