/* Reading which events, and from where: see reading.h. */
#include "clients/command/reading.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "clients/command/nearest.h"
#include "clients/command/talk.h"
#include "config/quantity.h"
#include "proto/suggest.h"

static bool add_topic(const struct sb_args *args, struct sb_reading_filters *r, const char *text,
                      const char *end)
{
    size_t i = r->n_topics, n = strlen(text);
    if (i == SB_READING_LISTS_MAX || n == 0 || n > SB_TOPIC_MAX) {
        sb_args_complain(args, "--topic, --class: at most %d prefixes of 1 to %d bytes",
                         SB_READING_LISTS_MAX, SB_TOPIC_MAX);
        return false;
    }
    (void)snprintf(r->topic_texts[i], sizeof r->topic_texts[i], "%s%s", text, end);
    r->topics[i] = r->topic_texts[i];
    r->n_topics++;
    return true;
}

bool sb_reading_names_class(const struct sb_args *args, const char *flag, const char *text,
                            size_t n)
{
    static const char *const classes[] = {"agenda", "decision", "notification", "custom", NULL};
    char first[SB_TOPIC_MAX + 2];
    size_t which;
    (void)snprintf(first, sizeof first, "%.*s", (int)(n < SB_TOPIC_MAX ? n : SB_TOPIC_MAX), text);
    return sb_args_one_of(args, flag, first, classes, &which);
}

static bool read_topics(const struct sb_args *args, struct sb_reading_filters *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "topic", &at)) != NULL;) {
        /* A class alone is no topic: what is under it is meant. */
        if (!sb_reading_names_class(args, "--topic", text, strcspn(text, "/")) ||
            !add_topic(args, r, text, strchr(text, '/') == NULL ? "/" : "")) {
            return false;
        }
    }
    for (size_t at = 0; (text = sb_args_next(args, "class", &at)) != NULL;) {
        if (!sb_reading_names_class(args, "--class", text, strlen(text)) ||
            !add_topic(args, r, text, "/")) {
            return false;
        }
    }
    return true;
}

static bool read_origins(const struct sb_args *args, struct sb_reading_filters *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "origin", &at)) != NULL;) {
        if (r->n_origins == SB_READING_LISTS_MAX ||
            !sb_org_parse(&r->origins[r->n_origins], text, strlen(text))) {
            sb_args_complain(args, "--origin %s: an organisation such as GM0384, at most %d", text,
                             SB_READING_LISTS_MAX);
            return false;
        }
        r->n_origins++;
    }
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

static bool read_types(const struct sb_args *args, struct sb_reading_filters *r)
{
    const char *text;
    for (size_t at = 0; (text = sb_args_next(args, "type", &at)) != NULL;) {
        struct sb_suggestion s = {.word = text, .n = strlen(text)};
        enum sb_content type = find_type(text, &s);
        if (type == SB_CONTENT_NONE || r->n_types == SB_READING_LISTS_MAX) {
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

bool sb_reading_since(const struct sb_args *args, struct sb_time *out)
{
    const char *text = sb_args_value(args, "since");
    uint64_t ago;
    if (text == NULL || sb_time_parse(out, text, strlen(text))) {
        return true;
    }
    if (sb_quantity_parse(&ago, text, strlen(text), sb_units_duration) &&
        ago < (uint64_t)wall_clock().ms) {
        out->ms = wall_clock().ms - (int64_t)ago;
        return true;
    }
    sb_args_complain(args, "--since %s: write 2h, 3d, or a time such as 2026-11-23T10:00:00Z",
                     text);
    return false;
}

/* GM0384:3-9f1c2ab7:12 */
bool sb_reading_from(const struct sb_args *args, struct sb_reading_place *from)
{
    const char *text = sb_args_value(args, "from");
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

bool sb_reading_filters(const struct sb_args *args, struct sb_reading_filters *out)
{
    return read_topics(args, out) && read_origins(args, out) && read_types(args, out);
}

bool sb_reading_is_place(const struct sb_reading_place *from, const struct sb_link *link)
{
    uint64_t tag = link->epoch.tag;
    unsigned hidden = 64 - 4 * from->digits;
    tag = hidden == 0 ? tag : tag >> hidden << hidden;
    return link->seq.n == from->seq && link->epoch.counter == from->epoch.counter &&
           tag == from->epoch.tag && sb_org_eq(&link->origin, &from->origin);
}

bool sb_reading_has_type(const struct sb_reading_filters *filters, const struct sb_delivered *event)
{
    struct sb_body_head head;
    if (filters->n_types == 0) {
        return true;
    }
    if (event->item.salt == NULL || !sb_body_head_read(&head, event->item.body)) {
        return false;
    }
    for (size_t i = 0; i < filters->n_types; i++) {
        if (filters->types[i] == head.content) {
            return true;
        }
    }
    return false;
}

void sb_reading_name_strangers(const struct sb_reading_filters *filters,
                               const struct sb_status *status)
{
    for (size_t i = 0; i < filters->n_origins; i++) {
        (void)sb_nearest_knows(status, filters->origins[i].s);
    }
}
