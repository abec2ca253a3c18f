/* samenbus tail and samenbus log view: reading events. Tail is for those who follow what happens;
 * log view shows the log as it is stored, with what is missing in it. Which events, and from where,
 * is reading.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/event_format.h"
#include "clients/command/nearest.h"
#include "clients/command/reading.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "clients/lib/samenbus_consumer.h"
#include "config/newfile.h"
#include "proto/failpoint.h"

enum {
    CONNECT_MS = 5000,
    ACK_MS = 10000,
    LOST_MS = 10000, /* without -f, a daemon that stays away this long ends the reading */
    LOOK_MS = 500,
    CURSOR_BYTES_MAX = 1024 * 1024,
    ARENA_BYTES = 4 * 1024 * 1024,
    PATH_BYTES = 4096,
    LAST_MAX = 10000,
    ACK_EVENTS = 8192, /* printed, before a consumer's place is kept at the latest */
};

struct reading {
    struct sb_subscription_options options;
    struct sb_reading_filters filters;
    struct sb_reading_place from;
    const char *cursor_file, *format;
    char *cursor; /* ours */
    bool json;
    uint64_t count, printed, unsaved, last;
    char **lines; /* of --last: the newest of them, in a ring of `last` */
    struct sb_client *client;
    struct sb_subscription *subscription;
    struct sb_arena arena;
};

/* ---- flags */

static const char *const formats[] = {"text", "json", NULL};

static bool read_format(const struct sb_args *args, struct reading *r)
{
    size_t format = r->json ? 1 : 0;
    r->format = sb_args_value(args, "format");
    char wrong = r->format == NULL ? 0 : sb_event_format_wrong(r->format);
    if (wrong != 0) {
        sb_args_complain(args, "-F: `%c` is no token; `samenbus tail --tokens` lists them", wrong);
        return false;
    }
    bool ok = sb_args_word(args, "output", formats, &format);
    if (ok && r->format != NULL && sb_args_has(args, "output")) {
        sb_args_complain(args, "-F and -o are two formats; give one");
        return false;
    }
    r->json = format == 1;
    return ok;
}

/* An absent file is the beginning. */
static bool read_cursor(const struct sb_args *args, struct reading *r)
{
    r->cursor_file = sb_args_value(args, "cursor");
    FILE *file = r->cursor_file == NULL ? NULL : fopen(r->cursor_file, "r");
    if (file == NULL) {
        return true;
    }
    r->cursor = calloc(1, CURSOR_BYTES_MAX);
    size_t n = r->cursor == NULL ? 0 : fread(r->cursor, 1, CURSOR_BYTES_MAX - 1, file);
    fclose(file);
    r->options.cursor = n > 0 ? r->cursor : NULL;
    return true;
}

static void use_filters(struct reading *r)
{
    r->options.topics = r->filters.topics;
    r->options.n_topics = r->filters.n_topics;
    r->options.origins = r->filters.origins;
    r->options.n_origins = r->filters.n_origins;
}

/* Where reading begins is said once. A consumer has a place and filters of its own. */
static bool check_beginnings(const struct sb_args *args, const struct reading *r)
{
    int starts = (r->options.since.ms != 0) + r->from.given + r->options.live_only + (r->last > 0);
    if (starts > 1) {
        sb_args_complain(args, "--since, --from, --new and --last are beginnings; give one");
        return false;
    }
    bool filtered = r->filters.n_topics + r->filters.n_origins > 0 || r->options.system;
    if (r->options.consumer != NULL && (starts > 0 || filtered || r->cursor_file != NULL)) {
        sb_args_complain(args,
                         "--consumer has its own place and filters: `samenbus consumer show "
                         "%s` tells them",
                         r->options.consumer);
        return false;
    }
    if (r->last > 0 && r->cursor_file != NULL) {
        sb_args_complain(args, "--last and --cursor are two beginnings; give one");
        return false;
    }
    return true;
}

static bool read_flags(const struct sb_args *args, struct reading *r)
{
    uint64_t offset = 0;
    bool ok = read_format(args, r) && sb_reading_filters(args, &r->filters) &&
              sb_reading_since(args, &r->options.since) && sb_reading_from(args, &r->from) &&
              sb_args_number(args, "count", 1, UINT64_MAX, &r->count) &&
              sb_args_number(args, "last", 1, LAST_MAX, &r->last) &&
              sb_args_number(args, "offset", 1, UINT64_MAX, &offset) && read_cursor(args, r);
    use_filters(r);
    r->options.from_offset.n = offset;
    r->options.live_only = sb_args_has(args, "new");
    r->options.follow = sb_args_has(args, "follow");
    bool whole_log = r->options.system;
    r->options.system |= sb_args_has(args, "system");
    r->options.erasures = true; /* whoever was shown an event sees that it is gone */
    r->options.consumer = sb_args_value(args, "consumer");
    return ok && (whole_log || check_beginnings(args, r));
}

/* ---- reading */

static bool is_wanted(struct reading *r, const struct sb_delivered *event)
{
    if (r->from.given && !r->from.reached) {
        r->from.reached = sb_reading_is_place(&r->from, &event->item.link);
    }
    return (!r->from.given || r->from.reached) && sb_reading_has_type(&r->filters, event);
}

static bool write_event(struct reading *r, FILE *to, const struct sb_delivered *event)
{
    sb_arena_reset(&r->arena);
    if (r->format != NULL) {
        return sb_event_format_print(to, r->format, event, &r->arena);
    }
    return r->json ? sb_show_json(to, event, &r->arena) : sb_show_short(to, event, &r->arena);
}

/* Kept in the ring instead, where the newest alone are wanted. */
static bool keep_event(struct reading *r, const struct sb_delivered *event)
{
    char **line = &r->lines[r->printed % r->last];
    size_t n;
    free(*line);
    *line = NULL;
    FILE *to = open_memstream(line, &n);
    bool written = to != NULL && write_event(r, to, event);
    return to != NULL && fclose(to) == 0 && written;
}

static enum sb_rc print_event(struct reading *r, const struct sb_delivered *event,
                              struct sb_err *err)
{
    r->unsaved++; /* passed over is processed as well */
    if (!is_wanted(r, event)) {
        return SB_OK;
    }
    if (!(r->lines != NULL ? keep_event(r, event) : write_event(r, stdout, event))) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    r->printed++;
    return SB_OK;
}

/* What its reader did not take is given again. */
static enum sb_rc acknowledge(struct reading *r, struct sb_err *err)
{
    if (ferror(stdout) != 0 || r->options.consumer == NULL) {
        return SB_OK;
    }
    enum sb_rc rc = sb_subscription_ack(r->subscription, ACK_MS, err);
    r->unsaved = rc == SB_OK ? 0 : r->unsaved;
    return rc;
}

/* What was printed is out before the place is remembered: an event may be printed twice, never
 * left out. */
static enum sb_rc save_cursor(struct reading *r, struct sb_err *err)
{
    char fresh[PATH_BYTES];
    if (fflush(stdout) != 0 || (r->options.consumer != NULL && r->unsaved > 0)) {
        return acknowledge(r, err);
    }
    if (r->cursor_file == NULL || r->printed == 0) {
        return SB_OK;
    }
    char *text = sb_subscription_cursor(r->subscription);
    if (text == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    (void)snprintf(fresh, sizeof fresh, "%s.new", r->cursor_file);
    (void)unlink(fresh);
    sb_failpoint(SB_FAIL_BEFORE_CURSOR_WRITE);
    enum sb_rc rc = sb_newfile_write(fresh, 0600, text, strlen(text), err);
    free(text);
    sb_failpoint(SB_FAIL_BEFORE_CURSOR_RENAME);
    if (rc == SB_OK && rename(fresh, r->cursor_file) != 0) {
        rc = sb_err_set(err, SB_E_IO, "write %s", r->cursor_file);
    }
    sb_failpoint(SB_FAIL_AFTER_CURSOR_RENAME);
    return rc;
}

/* Says once that the daemon went and once that it is back; without -f gives up after a while. */
static enum sb_rc watch_connection(struct reading *r, int *away_ms, struct sb_err *err)
{
    if (sb_client_connected(r->client)) {
        if (*away_ms > 0) {
            sb_talk("the daemon is back; going on");
        }
        *away_ms = 0;
        return SB_OK;
    }
    if (*away_ms == 0) {
        sb_talk("the connection to the daemon is lost; trying again");
    }
    *away_ms += LOOK_MS;
    if (!r->options.follow && *away_ms >= LOST_MS) {
        return sb_err_set(err, SB_E_UNREACHABLE,
                          "the daemon went away and did not come back within %d s: its log says "
                          "why, `samenbus check` what can be done",
                          LOST_MS / 1000);
    }
    return SB_OK;
}

/* SB_E_NOTFOUND: the end. */
static enum sb_rc read_events(struct reading *r, struct sb_err *err)
{
    int away_ms = 0;
    while (r->count == 0 || r->printed < r->count) {
        const struct sb_delivered *event;
        enum sb_rc rc = sb_subscription_next(r->subscription, &event, 0, err);
        if (rc == SB_E_AGAIN) { /* a pause: what was printed goes out */
            rc = save_cursor(r, err);
            if (rc == SB_OK) {
                rc = sb_subscription_next(r->subscription, &event, LOOK_MS, err);
            }
        }
        if (rc == SB_OK) {
            rc = print_event(r, event, err);
            if (rc == SB_OK && r->options.consumer != NULL && r->unsaved >= ACK_EVENTS) {
                rc = save_cursor(r, err);
            }
        } else if (rc == SB_E_AGAIN) {
            rc = watch_connection(r, &away_ms, err);
        }
        if (rc != SB_OK || ferror(stdout) != 0) {
            return rc;
        }
    }
    return SB_OK;
}

/* ---- the last ones */

static enum sb_rc open_stream(struct reading *r, struct sb_err *err)
{
    sb_subscription_free(r->subscription);
    r->subscription = NULL;
    enum sb_rc rc = sb_subscription_new(&r->subscription, r->client, &r->options, err);
    return rc == SB_E_INPUT && r->cursor_file != NULL ? sb_err_wrap(err, "%s", r->cursor_file) : rc;
}

/* The first `count` of the last ones, or all; `printed` is how many they were. */
static void print_lines(struct reading *r)
{
    uint64_t n = r->printed < r->last ? r->printed : r->last, first = r->printed - n;
    n = r->count > 0 && r->count < n ? r->count : n;
    for (uint64_t i = first; i < first + n; i++) {
        fputs(r->lines[i % r->last], stdout);
    }
    r->printed = n;
    for (uint64_t i = 0; i < r->last; i++) {
        free(r->lines[i]);
    }
    free(r->lines);
    r->lines = NULL;
}

/* Reads backwards in ever larger steps until there are enough, or it was the beginning. Afterwards
 * the cursor says where reading goes on. */
static enum sb_rc read_last(struct reading *r, struct sb_err *err)
{
    const struct sb_status *status;
    bool follow = r->options.follow;
    uint64_t count = r->count; /* of what is printed, not of what is looked through */
    enum sb_rc rc = sb_client_status(r->client, CONNECT_MS, &status, err);
    uint64_t events = rc == SB_OK ? status->events : 0, back = 4 * r->last;
    r->lines = calloc(r->last, sizeof *r->lines);
    if (rc == SB_OK && r->lines == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    r->count = 0;
    for (bool more = true; rc == SB_OK && more; back *= 8) {
        more = back < events;
        r->options.from_offset.n = more ? events - back : 1;
        r->options.follow = false;
        r->printed = 0;
        rc = open_stream(r, err);
        rc = rc == SB_OK ? read_events(r, err) : rc;
        rc = rc == SB_E_NOTFOUND ? SB_OK : rc; /* the end */
        more = more && r->printed < r->last;
    }
    r->options.follow = follow;
    r->count = count;
    if (rc == SB_OK) {
        print_lines(r);
        r->cursor = sb_subscription_cursor(r->subscription);
        r->options.cursor = r->cursor;
    }
    return rc;
}

static enum sb_rc read_all(struct reading *r, struct sb_err *err)
{
    enum sb_rc rc = r->last > 0 ? read_last(r, err) : SB_OK;
    if (rc == SB_OK && (r->last == 0 || r->options.follow)) {
        rc = open_stream(r, err);
        rc = rc == SB_OK ? read_events(r, err) : rc;
    }
    return rc == SB_E_NOTFOUND ? SB_OK : rc;
}

/* Nothing of any of these topics was ever here: a slip of the pen looks like that too. */
static void tell_unused(const struct reading *r)
{
    const struct sb_subscription_options *o = &r->options;
    bool from_the_beginning = o->since.ms == 0 && o->from_offset.n <= 1 && o->cursor == NULL &&
                              !o->live_only && !r->from.given && r->last == 0;
    bool all = r->filters.n_origins + r->filters.n_types == 0 && o->consumer == NULL;
    for (size_t i = 0; i < r->filters.n_topics && r->printed == 0 && from_the_beginning && all;
         i++) {
        sb_talk("nothing was ever said under %s, as far as it is here", r->filters.topics[i]);
    }
}

static int read_and_tell(const struct sb_args *args, struct reading *r)
{
    struct sb_err err = {0};
    int code = sb_talk_open(args, CONNECT_MS, &r->client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    const struct sb_status *status;
    enum sb_rc rc = SB_OK;
    if (r->filters.n_origins > 0) {
        rc = sb_client_status(r->client, CONNECT_MS, &status, &err);
    }
    if (rc == SB_OK && r->filters.n_origins > 0) {
        sb_reading_name_strangers(&r->filters, status);
    }
    rc = rc == SB_OK ? read_all(r, &err) : rc;
    if (rc == SB_OK) {
        tell_unused(r);
        bool lost = r->from.given && !r->from.reached;
        rc = save_cursor(r, &err);
        if (rc == SB_OK && lost) {
            sb_nearest_ask(r->client, r->from.origin.s);
            rc = sb_err_set(&err, SB_E_NOTFOUND, "no event %s here", sb_args_value(args, "from"));
        }
    }
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

static int run_reading(const struct sb_args *args, bool json, bool whole_log)
{
    struct reading *r = calloc(1, sizeof *r);
    if (r == NULL) {
        sb_talk("no memory");
        return SB_EXIT_FAILURE;
    }
    r->json = json;
    r->options.stubs = r->options.system = whole_log;
    sb_arena_init(&r->arena, ARENA_BYTES);
    int code = read_flags(args, r) ? read_and_tell(args, r) : SB_EXIT_USAGE;
    sb_subscription_free(r->subscription);
    sb_client_close(r->client);
    sb_arena_fini(&r->arena);
    for (uint64_t i = 0; r->lines != NULL && i < r->last; i++) {
        free(r->lines[i]);
    }
    free(r->lines);
    free(r->cursor);
    free(r);
    return code;
}

/* ---- the two commands */

static const struct sb_flag tail_flags[] = {
    SB_FLAG_CONFIG,
    {"follow", 'f', NULL, "go on with what comes, until interrupted"},
    {"output", 'o', "text|json", "a line for people (default), or one JSON object per event"},
    {"format", 'F', "FORMAT", "a line of your own per event, such as '%d %o %t %x'; see --tokens"},
    {"tokens", 0, NULL, "print what may stand in FORMAT, and end"},
    {"since", 0, "TIME", "what this daemon took in since then: 2h, 3d, 2026-11-23T10:00:00Z"},
    {"from", 0, "PLACE", "from this event on: ORIGIN:EPOCH:SEQ"},
    {"new", 0, NULL, "only what comes from now on"},
    {"cursor", 0, "FILE", "begin where FILE says, and keep the place in it: nothing twice"},
    {"consumer", 0, "NAME",
     "go on as this consumer of the daemon; what was printed is acknowledged"},
    {"last", 0, "N", "the last N events, at most 10000; with -f what comes after them as well"},
    {"class", 0, "CLASS", "only agenda, decision, notification or custom; may be repeated"},
    {"topic", 0, "PREFIX", "only topics under it, such as decision/; may be repeated"},
    {"origin", 0, "ORG", "only what this organisation published; may be repeated"},
    {"type", 0, "TYPE", "only this content, such as proposal or position; may be repeated"},
    {"system", 0, NULL, "system events too: epoch starts, certificates, erasures"},
    {"count", 0, "N", "stop after N events"},
};

static int tail(const struct sb_args *args)
{
    if (sb_args_has(args, "tokens")) {
        for (const struct sb_event_token *t = sb_event_tokens; t->letter != 0; t++) {
            printf("%%%c  %s\n", t->letter, t->meaning);
        }
        return SB_EXIT_OK;
    }
    return run_reading(args, false, false);
}

const struct sb_command sb_command_tail = {
    .words = "tail",
    .about = "print events in this daemon's order, from the first on unless told otherwise",
    SB_FLAGS(tail_flags),
    .examples = "  samenbus tail --since 2h\n"
                "  samenbus tail -f --topic decision/ --type position\n"
                "  samenbus tail -o json --from GM0384:3-9f1c2ab7:12 --count 10\n"
                "  samenbus tail --last 20 --class decision -F '%D %o %x'\n"
                "  samenbus tail -f -o json --consumer archive | archive\n"
                "  samenbus tail -f -o json --cursor /var/lib/archive/place | archive\n",
    .run = tail,
};

static const struct sb_flag view_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "json|text", "one JSON object per event (default), or a line for people"},
    {"offset", 0, "N", "from this offset on (default: 1)"},
    {"count", 0, "N", "stop after N events"},
    {"origin", 0, "ORG", "only what this organisation published; may be repeated"},
};

static int log_view(const struct sb_args *args)
{
    return run_reading(args, true, true);
}

const struct sb_command sb_command_log_view = {
    .words = "log view",
    .about = "print the log as stored, by offset, with system events and what is missing",
    SB_FLAGS(view_flags),
    .examples = "  samenbus log view --offset 57 --count 1\n"
                "  samenbus log view | jq -c 'select(.state != \"present\") | [.offset, .state]'\n",
    .run = log_view,
};
