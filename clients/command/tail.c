/* samenbus tail and samenbus log view: reading events. Tail is for those who follow what happens;
 * log view shows the log as it is stored, with what is missing in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "config/newfile.h"
#include "config/quantity.h"
#include "proto/body.h"
#include "proto/failpoint.h"
#include "proto/suggest.h"

enum {
    LISTS_MAX = 64, /* topics, origins, types */
    CONNECT_MS = 5000,
    LOST_MS = 10000, /* without -f, a daemon that stays away this long ends the reading */
    LOOK_MS = 500,
    CURSOR_BYTES_MAX = 1024 * 1024,
    ARENA_BYTES = 4 * 1024 * 1024,
    PATH_BYTES = 4096,
};

/* Where --from begins: printing starts with this event. */
struct place {
    bool given, reached;
    struct sb_org origin;
    struct sb_epoch epoch;
    unsigned digits;
    uint64_t seq;
};

struct reading {
    struct sb_subscription_options options;
    const char *topics[LISTS_MAX];
    char topic_texts[LISTS_MAX][SB_TOPIC_MAX + 2];
    struct sb_org origins[LISTS_MAX];
    enum sb_content types[LISTS_MAX];
    size_t n_types;
    struct place from;
    const char *cursor_file;
    char *cursor; /* ours */
    bool json;
    uint64_t count, printed;
    struct sb_client *client;
    struct sb_subscription *subscription;
    struct sb_arena arena;
};

/* ---- flags */

static const char *const formats[] = {"text", "json", NULL};

static bool read_format(const struct sb_args *args, struct reading *r)
{
    size_t format = r->json ? 1 : 0;
    bool ok = sb_args_word(args, "output", formats, &format);
    r->json = format == 1;
    return ok;
}

static bool read_topics(const struct sb_args *args, struct reading *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "topic", &at)) != NULL;) {
        size_t i = r->options.n_topics;
        size_t n = strlen(text);
        if (i == LISTS_MAX || n == 0 || n > SB_TOPIC_MAX) {
            sb_args_complain(args, "--topic: at most %d prefixes of 1 to %d bytes", LISTS_MAX,
                             SB_TOPIC_MAX);
            return false;
        }
        /* A class alone is no topic: what is under it is meant. */
        (void)snprintf(r->topic_texts[i], sizeof r->topic_texts[i], "%s%s", text,
                       strchr(text, '/') == NULL ? "/" : "");
        r->topics[i] = r->topic_texts[i];
        r->options.n_topics++;
    }
    r->options.topics = r->topics;
    return true;
}

static bool read_origins(const struct sb_args *args, struct reading *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "origin", &at)) != NULL;) {
        if (r->options.n_origins == LISTS_MAX ||
            !sb_org_parse(&r->origins[r->options.n_origins], text, strlen(text))) {
            sb_args_complain(args, "--origin %s: an organisation such as GM0384, at most %d", text,
                             LISTS_MAX);
            return false;
        }
        r->options.n_origins++;
    }
    r->options.origins = r->origins;
    return true;
}

static enum sb_content find_type(const char *text, struct sb_suggestion *s)
{
    for (int i = SB_CONTENT_AGENDA_ITEM; i <= SB_CONTENT_RECEIPT; i++) {
        const char *name = sb_content_name((enum sb_content)i);
        if (*name != '\0' && strcmp(name, text) == 0) {
            return (enum sb_content)i;
        }
        if (*name != '\0') {
            sb_suggest_offer(s, name);
        }
    }
    return SB_CONTENT_NONE;
}

static bool read_types(const struct sb_args *args, struct reading *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "type", &at)) != NULL;) {
        struct sb_suggestion s = {.word = text, .n = strlen(text)};
        enum sb_content type = find_type(text, &s);
        if (type == SB_CONTENT_NONE || r->n_types == LISTS_MAX) {
            sb_args_complain(args, "--type %s: not a type such as proposal or position%s%s", text,
                             s.best != NULL ? "; did you mean " : "", s.best != NULL ? s.best : "");
            return false;
        }
        r->types[r->n_types++] = type;
    }
    return true;
}

static struct sb_time wall_clock(void)
{
    struct timeval t;
    gettimeofday(&t, NULL);
    return (struct sb_time){(int64_t)t.tv_sec * 1000 + t.tv_usec / 1000};
}

static bool read_since(const struct sb_args *args, struct reading *r)
{
    const char *text = sb_args_value(args, "since");
    uint64_t ago;
    if (text == NULL || sb_time_parse(&r->options.since, text, strlen(text))) {
        return true;
    }
    if (sb_quantity_parse(&ago, text, strlen(text), sb_units_duration) &&
        ago < (uint64_t)wall_clock().ms) {
        r->options.since.ms = wall_clock().ms - (int64_t)ago;
        return true;
    }
    sb_args_complain(args, "--since %s: write 2h, 3d, or a time such as 2026-11-23T10:00:00Z",
                     text);
    return false;
}

/* GM0384:3-9f1c2ab7:12 */
static bool read_from(const struct sb_args *args, struct reading *r)
{
    const char *text = sb_args_value(args, "from");
    struct place *from = &r->from;
    if (text == NULL) {
        return true;
    }
    const char *first = strchr(text, ':'), *second = first == NULL ? NULL : strchr(first + 1, ':');
    static const struct sb_unit none[] = {{"", 1}, {NULL, 0}};
    from->given =
        second != NULL && sb_org_parse(&from->origin, text, (size_t)(first - text)) &&
        sb_epoch_parse(&from->epoch, &from->digits, first + 1, (size_t)(second - first - 1)) &&
        sb_quantity_parse(&from->seq, second + 1, strlen(second + 1), none);
    if (!from->given) {
        sb_args_complain(args, "--from %s: write ORIGIN:EPOCH:SEQ, such as GM0384:3-9f1c2ab7:12",
                         text);
    }
    return from->given;
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

static bool read_flags(const struct sb_args *args, struct reading *r)
{
    uint64_t offset = 0;
    bool ok = read_format(args, r) && read_topics(args, r) && read_origins(args, r) &&
              read_types(args, r) && read_since(args, r) && read_from(args, r) &&
              sb_args_number(args, "count", 1, UINT64_MAX, &r->count) &&
              sb_args_number(args, "offset", 1, UINT64_MAX, &offset) && read_cursor(args, r);
    r->options.from_offset.n = offset;
    r->options.live_only = sb_args_has(args, "new");
    r->options.follow = sb_args_has(args, "follow");
    r->options.system |= sb_args_has(args, "system");
    int starts = (r->options.since.ms != 0) + r->from.given + r->options.live_only;
    if (ok && starts > 1) {
        sb_args_complain(args, "--since, --from and --new are three beginnings; give one");
        return false;
    }
    return ok;
}

/* ---- reading */

static bool is_from(const struct place *from, const struct sb_link *link)
{
    uint64_t tag = link->epoch.tag;
    unsigned hidden = 64 - 4 * from->digits;
    tag = hidden == 0 ? tag : tag >> hidden << hidden;
    return link->seq.n == from->seq && link->epoch.counter == from->epoch.counter &&
           tag == from->epoch.tag && sb_org_eq(&link->origin, &from->origin);
}

static bool is_wanted(struct reading *r, const struct sb_delivered *event)
{
    struct sb_body_head head;
    if (r->from.given && !r->from.reached) {
        r->from.reached = is_from(&r->from, &event->item.link);
        if (!r->from.reached) {
            return false;
        }
    }
    if (r->n_types == 0) {
        return true;
    }
    if (event->item.salt == NULL || !sb_body_head_read(&head, event->item.body)) {
        return false;
    }
    for (size_t i = 0; i < r->n_types; i++) {
        if (r->types[i] == head.content) {
            return true;
        }
    }
    return false;
}

static enum sb_rc print_event(struct reading *r, const struct sb_delivered *event,
                              struct sb_err *err)
{
    if (!is_wanted(r, event)) {
        return SB_OK;
    }
    sb_arena_reset(&r->arena);
    if (!(r->json ? sb_show_json : sb_show_short)(stdout, event, &r->arena)) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    r->printed++;
    return SB_OK;
}

/* What was printed is out before the place is remembered: an event may be printed twice, never
 * left out. */
static enum sb_rc save_cursor(struct reading *r, struct sb_err *err)
{
    char fresh[PATH_BYTES];
    fflush(stdout);
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
        return sb_err_set(err, SB_E_UNREACHABLE, "the daemon went away and did not come back");
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
        } else if (rc == SB_E_AGAIN) {
            rc = watch_connection(r, &away_ms, err);
        }
        if (rc != SB_OK || ferror(stdout) != 0) {
            return rc;
        }
    }
    return SB_OK;
}

static int read_all(const struct sb_args *args, struct reading *r)
{
    struct sb_err err = {0};
    int code = sb_talk_open(args, CONNECT_MS, &r->client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_subscription_new(&r->subscription, r->client, &r->options, &err);
    if (rc == SB_OK) {
        rc = read_events(r, &err);
    }
    if (rc == SB_OK || rc == SB_E_NOTFOUND) {
        bool lost = r->from.given && !r->from.reached;
        rc = save_cursor(r, &err);
        if (rc == SB_OK && lost) {
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
    int code = read_flags(args, r) ? read_all(args, r) : SB_EXIT_USAGE;
    sb_subscription_free(r->subscription);
    sb_client_close(r->client);
    sb_arena_fini(&r->arena);
    free(r->cursor);
    free(r);
    return code;
}

/* ---- the two commands */

static const struct sb_flag tail_flags[] = {
    SB_FLAG_CONFIG,
    {"follow", 'f', NULL, "go on with what comes, until interrupted"},
    {"output", 'o', "text|json", "a line for people (default), or one JSON object per event"},
    {"since", 0, "TIME", "what this daemon took in since then: 2h, 3d, 2026-11-23T10:00:00Z"},
    {"from", 0, "PLACE", "from this event on: ORIGIN:EPOCH:SEQ"},
    {"new", 0, NULL, "only what comes from now on"},
    {"cursor", 0, "FILE", "begin where FILE says, and keep the place in it: nothing twice"},
    {"topic", 0, "PREFIX", "only topics under it, such as decision/; may be repeated"},
    {"origin", 0, "ORG", "only what this organisation published; may be repeated"},
    {"type", 0, "TYPE", "only this content, such as proposal or position; may be repeated"},
    {"system", 0, NULL, "system events too: epoch starts, certificates, erasures"},
    {"count", 0, "N", "stop after N events"},
};

static int tail(const struct sb_args *args)
{
    return run_reading(args, false, false);
}

const struct sb_command sb_command_tail = {
    .words = "tail",
    .about = "print events in this daemon's order, from the first on unless told otherwise",
    SB_FLAGS(tail_flags),
    .examples = "  samenbus tail --since 2h\n"
                "  samenbus tail -f --topic decision/ --type position\n"
                "  samenbus tail -o json --from GM0384:3-9f1c2ab7:12 --count 10\n"
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
