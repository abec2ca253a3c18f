/* Formats of events: see event_format.h. */
#include "clients/command/event_format.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "clients/command/show.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/text.h"

const struct sb_event_token sb_event_tokens[] = {
    {'o', "the organisation that published it"},
    {'e', "its epoch"},
    {'q', "its place in the epoch (seq)"},
    {'n', "its offset at this daemon"},
    {'i', "its id"},
    {'r', "ORG/UUID, by which others refer to it"},
    {'t', "its topic"},
    {'c', "its class: agenda, decision, notification or custom"},
    {'T', "its type, such as proposal or position"},
    {'s', "the state of its body: present, withheld, missing, erased, expired, hidden"},
    {'u', "the client that published it"},
    {'a', "whom it addresses, with commas; nothing: everybody"},
    {'d', "its time, in UTC"},
    {'D', "its time, local"},
    {'x', "what it says, in a few words"},
    {'j', "the whole event as one JSON object"},
    {'%', "a percent sign"},
    {0, NULL},
};

static bool is_token(char letter)
{
    const struct sb_event_token *t = sb_event_tokens;
    while (t->letter != 0 && t->letter != letter) {
        t++;
    }
    return letter != 0 && t->letter == letter;
}

char sb_event_format_wrong(const char *format)
{
    for (const char *p = format; *p != '\0'; p++) {
        bool token = *p == '%', escape = *p == '\\';
        if ((token && !is_token(p[1])) || (escape && (p[1] == 0 || strchr("nt\\", p[1]) == NULL))) {
            return p[1] == '\0' ? *p : p[1];
        }
        p += token || escape;
    }
    return 0;
}

/* What a body says of itself; all empty where there is none. */
struct head {
    bool readable;
    struct sb_body_head of;
    char topic[SB_TOPIC_MAX + 1];
};

static void read_head(struct head *h, const struct sb_delivered *event)
{
    h->topic[0] = '\0';
    h->readable = event->item.salt != NULL && sb_body_head_read(&h->of, event->item.body);
    if (h->readable && h->of.topic.n <= SB_TOPIC_MAX && h->of.topic.n > 0) {
        memcpy(h->topic, h->of.topic.p, h->of.topic.n);
        h->topic[h->of.topic.n] = '\0';
    }
}

static void put_safe(FILE *to, struct sb_bytes text)
{
    char safe[4 * SB_LABEL_MAX];
    (void)sb_text_escape(safe, sizeof safe, text);
    fputs(safe, to);
}

static void put_text(FILE *to, const char *text)
{
    put_safe(to, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
}

static void put_id(FILE *to, const struct sb_delivered *event, bool reference)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &event->item.link.id);
    fprintf(to, "%s%s%s", reference ? event->item.link.origin.s : "", reference ? "/" : "", id);
}

static void put_audience(FILE *to, const struct sb_audience *audience)
{
    for (size_t i = 0; i < audience->n; i++) {
        fprintf(to, "%s%s", i == 0 ? "" : ",", audience->orgs[i].s);
    }
}

static void put_time(FILE *to, struct sb_time time, bool local)
{
    char text[SB_TIME_TEXT_MAX] = "";
    time_t seconds = (time_t)(time.ms / 1000);
    struct tm tm;
    if (!local) {
        sb_time_format(text, time);
    } else if (localtime_r(&seconds, &tm) != NULL) {
        (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    }
    fputs(text, to);
}

static bool put_json(FILE *to, const struct sb_delivered *event, struct sb_arena *arena)
{
    struct sb_bytes json = sb_json_event(event, true, arena);
    if (json.p != NULL) {
        fwrite(json.p, 1, json.n, to);
    }
    return json.p != NULL;
}

static bool put_summary(FILE *to, const struct sb_delivered *event, struct sb_arena *arena)
{
    char summary[SB_SHOW_LINE_BYTES];
    if (!sb_show_summary(summary, sizeof summary, event, arena)) {
        return false;
    }
    put_text(to, summary);
    return true;
}

static bool put_token(FILE *to, char letter, const struct sb_delivered *event, const struct head *h,
                      struct sb_arena *arena)
{
    const struct sb_link *link = &event->item.link;
    switch (letter) {
    case 'o': fputs(link->origin.s, to); break;
    case 'e': put_text(to, event->epoch); break;
    case 'q': fprintf(to, "%" PRIu64, link->seq.n); break;
    case 'n': fprintf(to, "%" PRIu64, event->offset.n); break;
    case 'i': put_id(to, event, false); break;
    case 'r': put_id(to, event, true); break;
    case 't': put_text(to, h->topic); break;
    case 'c':
        put_safe(to, (struct sb_bytes){(const uint8_t *)h->topic, strcspn(h->topic, "/")});
        break;
    case 'T': fputs(h->readable ? sb_content_name(h->of.content) : "", to); break;
    case 's': fputs(sb_body_state_name(event->state), to); break;
    case 'u': put_safe(to, h->readable ? h->of.publisher : (struct sb_bytes){NULL, 0}); break;
    case 'a': put_audience(to, &link->audience); break;
    case 'd':
    case 'D': put_time(to, h->readable ? h->of.time : event->checkpoint_time, letter == 'D'); break;
    case 'x': return put_summary(to, event, arena);
    case 'j': return put_json(to, event, arena);
    case '%': fputc('%', to); break;
    }
    return true;
}

bool sb_event_format_print(FILE *to, const char *format, const struct sb_delivered *event,
                           struct sb_arena *arena)
{
    struct head h;
    bool good = true;
    read_head(&h, event);
    for (const char *p = format; *p != '\0' && good; p++) {
        if (*p == '%') {
            good = put_token(to, *++p, event, &h, arena);
        } else if (*p == '\\') {
            p++;
            fputc(*p == 'n' ? '\n' : *p == 't' ? '\t' : *p, to);
        } else {
            fputc(*p, to);
        }
    }
    fputc('\n', to);
    return good;
}
