/* samenbus events: what happened to the daemon itself, each with a code of the catalogue
 * (proto/happening.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/reading.h"
#include "clients/command/talk.h"
#include "clients/lib/happenings.h"
#include "proto/json_out.h"
#include "proto/suggest.h"
#include "proto/text.h"

enum { ANSWER_MS = 5000, LOOK_MS = 500, JSON_BYTES = 2048, ARENA_BYTES = 4 * 1024 * 1024 };

static const char *const formats[] = {"text", "json", NULL};

struct reading {
    struct sb_client *client;
    struct sb_time since;
    const char *code; /* NULL: all */
    bool json, follow;
    uint64_t after; /* the last number that was printed */
    struct sb_arena arena;
};

static void print_safe(const char *text, const char *end)
{
    char safe[4 * SB_TITLE_MAX];
    (void)sb_text_escape(safe, sizeof safe, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
    printf("%s%s", safe, end);
}

static void print_text(const struct sb_happening *h)
{
    char when[32] = "?";
    time_t seconds = (time_t)(h->time.ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) != NULL) {
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    }
    printf("%s  ", when);
    print_safe(h->code, "  ");
    print_safe(h->text, "\n");
}

static bool print_json(const struct sb_happening *h, struct sb_arena *arena)
{
    struct sb_json_out out;
    char time_text[SB_TIME_TEXT_MAX];
    sb_arena_reset(arena);
    sb_time_format(time_text, h->time);
    sb_json_out_init(&out, arena, JSON_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_member_uint(&out, "number", h->number);
    sb_json_member_string(&out, "time", time_text);
    sb_json_member_string(&out, "code", h->code);
    sb_json_member_string(&out, "action", h->action);
    sb_json_member_string(&out, "actor", h->actor);
    sb_json_member_string(&out, "object", h->object);
    sb_json_member_string(&out, "result", h->result);
    sb_json_member_string(&out, "origin", h->origin);
    sb_json_member_string(&out, "text", h->text);
    sb_json_put_close(&out, '}');
    struct sb_bytes line = sb_json_out_done(&out);
    printf("%.*s\n", line.p == NULL ? 0 : (int)line.n, line.p == NULL ? "" : (const char *)line.p);
    return line.p != NULL;
}

/* The numbers begin anew where the daemon did. */
static enum sb_rc read_once(struct reading *r, struct sb_err *err)
{
    const struct sb_happenings *list;
    enum sb_rc rc = sb_client_happenings(r->client, r->after, ANSWER_MS, &list, err);
    if (rc == SB_OK && list->next <= r->after) {
        r->after = 0;
        rc = sb_client_happenings(r->client, 0, ANSWER_MS, &list, err);
    }
    for (size_t i = 0; rc == SB_OK && i < list->n_items; i++) {
        const struct sb_happening *h = &list->items[i];
        bool wanted = h->time.ms >= r->since.ms && (!r->code || strcmp(r->code, h->code) == 0);
        r->after = h->number;
        if (wanted && !r->json) {
            print_text(h);
        } else if (wanted && !print_json(h, &r->arena)) {
            rc = sb_err_set(err, SB_E_NOMEM, "no memory");
        }
    }
    fflush(stdout);
    return rc;
}

static enum sb_rc read_on(struct reading *r, struct sb_err *err)
{
    enum sb_rc rc = read_once(r, err);
    while (r->follow && ferror(stdout) == 0 && (rc == SB_OK || rc == SB_E_UNREACHABLE)) {
        rc = sb_client_wait(r->client, -1, LOOK_MS, err);
        if (rc == SB_OK && sb_client_connected(r->client)) {
            rc = read_once(r, err);
        }
    }
    return rc;
}

static bool read_code(const struct sb_args *args, struct reading *r)
{
    r->code = sb_args_value(args, "code");
    struct sb_suggestion near = {.word = r->code, .n = r->code == NULL ? 0 : strlen(r->code)};
    bool known = r->code == NULL;
    for (int i = 0; !known && i < SB_HAPPENING_COUNT; i++) {
        const char *code = sb_happening_kind((enum sb_happening_code)i)->code;
        known = strcmp(code, r->code) == 0;
        sb_suggest_offer(&near, code);
    }
    if (!known) {
        sb_args_complain(args, "--code %s: not a code of samenbus-events(7)%s%s", r->code,
                         near.best != NULL ? "; did you mean " : "",
                         near.best != NULL ? near.best : "");
    }
    return known;
}

static int events(const struct sb_args *args)
{
    struct reading r = {.follow = sb_args_has(args, "follow")};
    struct sb_err err = {0};
    size_t format = 0;
    if (!sb_args_word(args, "output", formats, &format) || !sb_reading_since(args, &r.since) ||
        !read_code(args, &r)) {
        return SB_EXIT_USAGE;
    }
    r.json = format == 1;
    int code = sb_talk_open(args, ANSWER_MS, &r.client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    sb_arena_init(&r.arena, ARENA_BYTES);
    enum sb_rc rc = read_on(&r, &err);
    code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    sb_arena_fini(&r.arena);
    sb_client_close(r.client);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"follow", 'f', NULL, "go on with what comes, until interrupted"},
    {"output", 'o', "text|json", "a line for people (default), or one JSON object each"},
    {"since", 0, "TIME", "only from then on: 2h, 3d, 2026-11-23T10:00:00Z"},
    {"code", 0, "CODE", "only those of this code; `samenbus explain CODE` says what it means"},
};

const struct sb_command sb_command_events = {
    .words = "events",
    .about = "print what happened to the daemon itself: states, alarms, denials, starts, reloads",
    SB_FLAGS(flags),
    .examples = "  samenbus events --since 2h\n"
                "  samenbus events -f -o json --code request_denied\n",
    .run = events,
};
