/* Printing events; see show.h. The short line picks what matters from the JSON line, the one place
 * where the schema becomes text; what others wrote is escaped and cut, so that it stays one line.
 */
#include "clients/command/show.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "clients/command/talk.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/text.h"

enum {
    SUMMARY_BYTES = 400,
    VALUE_BYTES = 300,
    WRAPPED_BYTES = 64 * 1024, /* of one line; more of it is cut */
    FIELD_BYTES = 4 * SB_SHOW_COLUMNS,
    TIME_COLUMNS = 19,
    ORIGIN_COLUMNS = 8,
    TOPIC_COLUMNS = 20,
    TYPE_COLUMNS = 12,
    SUMMARY_COLUMNS =
        SB_SHOW_COLUMNS - TIME_COLUMNS - ORIGIN_COLUMNS - TOPIC_COLUMNS - TYPE_COLUMNS - 4,
};

bool sb_show_json(FILE *to, const struct sb_delivered *event, struct sb_arena *arena)
{
    struct sb_bytes line = sb_json_event(event, true, arena);
    if (line.p == NULL) {
        return false;
    }
    fwrite(line.p, 1, line.n, to);
    fputc('\n', to);
    return true;
}

/* ---- what an event says, in a few words */

/* The members of a content that are shown, in this order. */
struct summary {
    enum sb_content content;
    const char *keys[3];
};

static const struct summary summaries[] = {
    {SB_CONTENT_AGENDA_ITEM, {"title", "start", "date"}},
    {SB_CONTENT_PROPOSAL, {"title"}},
    {SB_CONTENT_POSITION, {"value", "body", "decision"}},
    {SB_CONTENT_WITHDRAWAL, {"reason", "decisionId"}},
    {SB_CONTENT_CLOSING, {"outcome", "decisionId"}},
    {SB_CONTENT_NOTIFICATION, {"severity", "subject"}},
    {SB_CONTENT_ACKNOWLEDGEMENT, {"notification", "text"}},
    {SB_CONTENT_CUSTOM, {"contentType"}},
    {SB_CONTENT_EPOCH_START, {NULL}},
    {SB_CONTENT_KEY_CERTIFICATE, {NULL}},
    {SB_CONTENT_ERASURE, {"event", "ground"}},
    {SB_CONTENT_RECEIPT, {"event"}},
};

/* What `\uXXXX` stands for, or a pair of them; 0 where it is none of these. *at moves to its end.
 */
static uint32_t escaped_at(const char **at)
{
    unsigned first = 0, second = 0;
    if (sscanf(*at, "\\u%4x", &first) != 1) {
        return 0;
    }
    *at += 5;
    if (first >= 0xd800 && first < 0xdc00 && sscanf(*at + 1, "\\u%4x", &second) == 1) {
        *at += 6;
        return 0x10000 + ((first - 0xd800) << 10) + (second & 0x3ff);
    }
    return first;
}

/* The text of the first member `key` behind `from`; "" when there is none. In our JSON no text can
 * look like a key, for its quotes are escaped. */
static void find_member(char out[static VALUE_BYTES], const char *from, const char *key)
{
    char pattern[64];
    size_t n = 0;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":\"", key);
    const char *at = strstr(from, pattern);
    for (at = at == NULL ? "" : at + strlen(pattern); *at != '\0' && *at != '"'; at++) {
        uint32_t hidden = escaped_at(&at);
        if (hidden != 0 && n + sizeof "\\u{e0000}" < VALUE_BYTES) {
            n += (size_t)snprintf(out + n, VALUE_BYTES - n, "\\u{%04x}", hidden);
            continue;
        }
        if (*at == '\\') {
            at++;
        }
        if (n + 1 < VALUE_BYTES) {
            bool space = at[-1] == '\\' && (*at == 'n' || *at == 't');
            out[n++] = space ? ' ' : *at;
        }
    }
    out[n] = '\0';
}

static void summarise(char out[static SUMMARY_BYTES], enum sb_content content, const char *json)
{
    const char *body = strstr(json, "\"body\":{");
    char value[VALUE_BYTES];
    out[0] = '\0';
    for (size_t i = 0; body != NULL && i < sizeof summaries / sizeof summaries[0]; i++) {
        for (size_t k = 0; summaries[i].content == content && k < 3; k++) {
            value[0] = '\0';
            if (summaries[i].keys[k] != NULL) {
                find_member(value, body + 1, summaries[i].keys[k]);
            }
            size_t n = strlen(out);
            if (value[0] != '\0') {
                (void)snprintf(out + n, SUMMARY_BYTES - n, "%s%.*s", n > 0 ? "  " : "",
                               (int)(SUMMARY_BYTES - n - 3), value);
            }
        }
    }
}

/* ---- columns */

/* Wide characters take two columns; counting some narrow ones as wide errs to the safe side. */
static size_t columns_of(uint32_t c)
{
    return c >= 0x1100 ? 2 : 1;
}

/* Bytes of the longest part of `text` within `columns`; *used are the columns it takes. */
static size_t fit(const char *text, size_t columns, size_t *used)
{
    size_t n = strlen(text), i = 0;
    *used = 0;
    while (i < n) {
        uint32_t c = 0;
        size_t length = sb_utf8_next(&c, (const uint8_t *)text + i, n - i);
        if (length == 0 || *used + columns_of(c) > columns) {
            break;
        }
        *used += columns_of(c);
        i += length;
    }
    return i;
}

void sb_show_print(FILE *to, const char *format, ...)
{
    char text[SB_SHOW_PRINT_BYTES], safe[SB_SHOW_PRINT_BYTES];
    size_t n = strlen(format);
    bool ends = n > 0 && format[n - 1] == '\n';
    va_list ap;
    va_start(ap, format);
    int wanted = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    n = wanted < 0 ? 0 : (size_t)wanted < sizeof text ? (size_t)wanted : sizeof text - 1;
    n -= ends && n > 0 && text[n - 1] == '\n';
    (void)sb_text_escape(safe, sizeof safe, (struct sb_bytes){(const uint8_t *)text, n});
    fprintf(to, "%s%s", safe, ends ? "\n" : "");
}

void sb_show_field(char *out, size_t cap, const char *text, size_t width, bool last)
{
    char safe[FIELD_BYTES];
    size_t used, at = strlen(out);
    (void)sb_text_escape(safe, sizeof safe, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
    size_t n = fit(safe, width, &used);
    const char *more = "";
    if (safe[n] != '\0') {
        n = fit(safe, width - 2, &used); /* the ellipsis counts as wide */
        more = "…";
        used += 1;
    }
    int fill = last || used >= width ? 0 : (int)(width - used);
    (void)snprintf(out + at, cap - at, "%.*s%s%*s%s", (int)n, safe, more, fill, "",
                   last ? "" : " ");
}

/* One line of the text, which has no line feed. */
static void wrap_line(const char *text, size_t columns, size_t indent)
{
    size_t used;
    for (;;) {
        size_t n = fit(text, columns, &used), cut = n;
        while (text[n] != '\0' && cut > 0 && text[cut] != ' ') {
            cut--;
        }
        n = cut > 0 ? cut : n;
        printf("%.*s\n", (int)n, text);
        text += n + (text[n] == ' ' ? 1 : 0);
        if (*text == '\0' || n == 0) {
            return;
        }
        printf("%*s", (int)indent, "");
    }
}

void sb_show_wrapped(const char *text, size_t columns, size_t indent)
{
    for (bool first = true; *text != '\0' || first; first = false) {
        char safe[WRAPPED_BYTES];
        size_t n = strcspn(text, "\n");
        (void)sb_text_escape(safe, sizeof safe, (struct sb_bytes){(const uint8_t *)text, n});
        if (!first) {
            printf("%*s", (int)indent, "");
        }
        wrap_line(safe, columns, indent);
        text += n + (text[n] == '\n' ? 1 : 0);
    }
}

static void put_time(char *out, size_t cap, struct sb_time time)
{
    time_t seconds = (time_t)(time.ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL ||
        strftime(out, cap, "%Y-%m-%d %H:%M:%S ", &local) == 0) {
        (void)snprintf(out, cap, "%-*s", TIME_COLUMNS + 1, "?");
    }
}

bool sb_show_summary(char *out, size_t cap, const struct sb_delivered *event,
                     struct sb_arena *arena)
{
    struct sb_body_head head;
    char summary[SUMMARY_BYTES] = "";
    bool readable = event->item.salt != NULL && sb_body_head_read(&head, event->item.body);
    struct sb_bytes json = sb_json_event(event, true, arena);
    struct sb_bytes text =
        json.p == NULL ? (struct sb_bytes){NULL, 0} : sb_arena_copy(arena, json.p, json.n);
    if (text.p == NULL) {
        return false;
    }
    if (readable) {
        summarise(summary, head.content, (const char *)text.p);
    } else {
        (void)snprintf(summary, sizeof summary, "[%s]", sb_body_state_name(event->state));
    }
    (void)snprintf(out, cap, "%s%s", event->forked ? "FORKED " : "", summary);
    return true;
}

bool sb_show_line(char out[static SB_SHOW_LINE_BYTES], const struct sb_delivered *event,
                  struct sb_arena *arena)
{
    struct sb_body_head head;
    char summary[SUMMARY_BYTES] = "", topic[SB_TOPIC_MAX + 1] = "-";
    bool readable = event->item.salt != NULL && sb_body_head_read(&head, event->item.body);
    if (!sb_show_summary(summary, sizeof summary, event, arena)) {
        return false;
    }
    put_time(out, SB_SHOW_LINE_BYTES, readable ? head.time : event->checkpoint_time);
    if (readable && head.topic.n > 0 && head.topic.n <= SB_TOPIC_MAX) {
        memcpy(topic, head.topic.p, head.topic.n);
        topic[head.topic.n] = '\0';
    }
    const char *type = readable ? sb_content_name(head.content) : "-";
    sb_show_field(out, SB_SHOW_LINE_BYTES, event->item.link.origin.s, ORIGIN_COLUMNS, false);
    sb_show_field(out, SB_SHOW_LINE_BYTES, topic, TOPIC_COLUMNS, false);
    sb_show_field(out, SB_SHOW_LINE_BYTES, type, TYPE_COLUMNS, summary[0] == '\0');
    sb_show_field(out, SB_SHOW_LINE_BYTES, summary, SUMMARY_COLUMNS, true);
    return true;
}

bool sb_show_short(FILE *to, const struct sb_delivered *event, struct sb_arena *arena)
{
    char line[SB_SHOW_LINE_BYTES];
    if (!sb_show_line(line, event, arena)) {
        return false;
    }
    enum sb_colour colour = event->forked                     ? SB_RED
                            : event->state != SB_BODY_PRESENT ? SB_YELLOW
                                                              : SB_PLAIN;
    /* The time steps back; the rest is plain, or the colour of what is not usual. */
    fprintf(to, "%s%.*s%s%s%s%s\n", sb_colour(to, SB_DIM), TIME_COLUMNS, line,
            sb_colour(to, SB_PLAIN), colour == SB_PLAIN ? "" : sb_colour(to, colour),
            line + TIME_COLUMNS, colour == SB_PLAIN ? "" : sb_colour(to, SB_PLAIN));
    return true;
}
