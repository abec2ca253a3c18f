/* The status for people; see status_text.h. */
#include "clients/command/status_text.h"

#include <inttypes.h>
#include <string.h>

#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "proto/text.h"

enum { HEADS_SHOWN = 20, AGE_BYTES = 24 };

static enum sb_colour colour_of(const char *state)
{
    static const char *const good[] = {"ready", "live", "current", NULL};
    static const char *const passing[] = {"recovering", "connecting", "catching_up",
                                          "none",       "waiting",    NULL};
    for (size_t i = 0; good[i] != NULL; i++) {
        if (strcmp(state, good[i]) == 0) {
            return SB_GREEN;
        }
    }
    for (size_t i = 0; passing[i] != NULL; i++) {
        if (strcmp(state, passing[i]) == 0) {
            return SB_YELLOW;
        }
    }
    return SB_RED;
}

/* What partners wrote may be anything; a column cuts it, and width 0 takes all. */
static void print_text(FILE *to, const char *text, size_t width)
{
    char safe[1024] = "";
    if (width > 0) {
        sb_show_field(safe, sizeof safe, text, width, false);
    } else {
        (void)sb_text_escape(safe, sizeof safe,
                             (struct sb_bytes){(const uint8_t *)text, strlen(text)});
    }
    fputs(safe, to);
}

static void print_state(FILE *to, const char *state, size_t width)
{
    fputs(sb_colour(to, colour_of(state)), to);
    print_text(to, state, width);
    fputs(sb_colour(to, SB_PLAIN), to);
}

static void format_size(char out[static AGE_BYTES], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1024 && unit < 4) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(out, AGE_BYTES, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void format_age(char out[static AGE_BYTES], int64_t ms)
{
    if (ms < 0) {
        (void)snprintf(out, AGE_BYTES, "never");
    } else if (ms < 60 * 1000) {
        (void)snprintf(out, AGE_BYTES, "%.1f s", (double)ms / 1000);
    } else {
        (void)snprintf(out, AGE_BYTES, "%" PRId64 " min", ms / 60000);
    }
}

static void print_daemon(FILE *to, const struct sb_status *s)
{
    char bytes[AGE_BYTES], map[AGE_BYTES];
    format_size(bytes, s->bytes);
    format_size(map, s->map_bytes);
    fputs(sb_colour(to, SB_BOLD), to);
    print_text(to, s->organisation, 0);
    fputs(sb_colour(to, SB_PLAIN), to);
    sb_show_print(to, " %s, partnership %s, samenbus %s: ", s->name, s->partnership, s->version);
    print_state(to, s->state, 0);
    sb_show_print(to, "%s%s\n", *s->reason != '\0' ? ", " : "", s->reason);
    fprintf(to, "%" PRIu64 " events, %s of %s; %" PRIu64 " missing here\n", s->events, bytes, map,
            s->lag_events);
    if (s->max_bytes > 0) {
        format_size(map, s->room_bytes);
        fprintf(to, "room for %s more", map);
        if (s->full_in_seconds > 0) {
            fprintf(to, ", full in %" PRIu64 " days at the present rate",
                    s->full_in_seconds / 86400);
        }
        fputc('\n', to);
    }
}

static void print_direction(FILE *to, const struct sb_status_direction *d)
{
    char age[AGE_BYTES];
    format_age(age, d->last_contact_ms);
    print_state(to, d->state, 12);
    fprintf(to, "%-8s", age);
}

static void print_reason(FILE *to, const char *what, const char *reason)
{
    if (*reason != '\0') {
        fprintf(to, "    %s: ", what);
        print_text(to, reason, 0);
        fputc('\n', to);
    }
}

static bool is_said(const char *text)
{
    return text != NULL && *text != '\0';
}

/* What either side shows its own clients of the other, where that is not everything. */
static void print_shown(FILE *to, const struct sb_status_peer *p)
{
    if (is_said(p->shows)) {
        sb_show_print(to,
                      "    our clients are shown of it: %s; %" PRIu64 " events since our start "
                      "lay outside\n",
                      p->shows, p->hidden);
    }
    if (is_said(p->their_shows) && is_said(p->their_hidden_topic)) {
        sb_show_print(to,
                      "    %s does not show its clients our %s: outside what was agreed, which "
                      "is %s; %" PRIu64 " events of ours since its start\n",
                      p->id, p->their_hidden_topic, p->their_shows, p->their_hidden);
    } else if (is_said(p->their_shows)) {
        sb_show_print(to, "    %s shows its clients of ours: %s\n", p->id, p->their_shows);
    }
}

static void print_peers(FILE *to, const struct sb_status *s)
{
    if (s->n_peers > 0) {
        fprintf(to, "\n%-26s %-21s %-21s %-12s %s\n", "PARTNER", "WE TO THEM", "THEY TO US",
                "MISSING HERE", "THERE");
    }
    for (size_t i = 0; i < s->n_peers; i++) {
        const struct sb_status_peer *p = &s->peers[i];
        sb_show_print(to, "%-8s ", p->id);
        print_text(to, p->name, 17);
        print_direction(to, &p->outgoing);
        fprintf(to, " ");
        print_direction(to, &p->incoming);
        fprintf(to, " %-12" PRIu64 " %" PRIu64 "\n", p->lag_events, p->their_lag_events);
        print_reason(to, "as configured", p->over_others ? "its events come over others" : "");
        print_reason(to, "we to them", p->outgoing.reason);
        print_reason(to, "they to us", p->incoming.reason);
        if (strcmp(p->their_state, "live") != 0) {
            print_reason(to, "they see us as", p->their_state);
        }
        print_reason(to, "they say of us", p->their_reason);
        print_shown(to, p);
    }
}

/* Of each origin the epochs that are heads; old ones beyond a screen are counted. */
static void print_heads(FILE *to, const struct sb_status *s)
{
    if (s->n_heads > 0) {
        fprintf(to, "\n%-8s %-20s %10s  %s\n", "HEAD OF", "EPOCH", "SEQ", "TIME");
    }
    for (size_t i = 0; i < s->n_heads && i < HEADS_SHOWN; i++) {
        const struct sb_status_head *h = &s->heads[i];
        sb_show_print(to, "%-8s %-20s %10" PRIu64 "  %s\n", h->origin, h->epoch, h->seq, h->time);
    }
    if (s->n_heads > HEADS_SHOWN) {
        fprintf(to, "and %zu more; -o json has all\n", s->n_heads - HEADS_SHOWN);
    }
}

static void print_alarms(FILE *to, const struct sb_status *s)
{
    for (size_t i = 0; i < s->n_alarms; i++) {
        const struct sb_status_alarm *a = &s->alarms[i];
        fprintf(to, "%s%sALARM ", i == 0 ? "\n" : "", sb_colour(to, SB_RED));
        print_text(to, a->code, 0);
        fputs(sb_colour(to, SB_PLAIN), to);
        sb_show_print(to, " since %s: %s\n", a->since, a->text);
    }
}

static void print_digest(FILE *to, const struct sb_status *s)
{
    const char *running = s->running_digest, *file = s->file_digest;
    if (running == NULL || *running == '\0' || (file != NULL && strcmp(running, file) == 0)) {
        return;
    }
    fprintf(to,
            "%sconfiguration%s: the files %s: samenbus reload --dry-run says what would change\n",
            sb_colour(to, SB_YELLOW), sb_colour(to, SB_PLAIN),
            file == NULL || *file == '\0' ? "cannot be read" : "have another one than is in force");
}

static void print_without_effect(FILE *to, const struct sb_status *s)
{
    if (s->without_effect > 0) {
        fprintf(to,
                "%sviews%s: %" PRIu64 " of the others' events changed nothing since the start; "
                "samenbus explain EVENT says why of one\n",
                sb_colour(to, SB_YELLOW), sb_colour(to, SB_PLAIN), s->without_effect);
    }
}

static void print_consumers(FILE *to, const struct sb_status *s)
{
    for (size_t i = 0; i < s->n_consumers; i++) {
        const struct sb_status_consumer *c = &s->consumers[i];
        char age[AGE_BYTES] = "-";
        if (c->waiting_seconds > 0) {
            format_age(age, (int64_t)c->waiting_seconds * 1000);
        }
        if (i == 0) {
            fprintf(to, "\n%-24s %-10s %10s  %-10s %s\n", "CONSUMER", "STATE", "BEHIND", "WAITING",
                    "READERS");
        }
        print_text(to, c->name, 24);
        fputc(' ', to);
        print_state(to, c->state, 10);
        fprintf(to, " %10" PRIu64 "  %-10s %u\n", c->behind, age, c->readers);
    }
}

void sb_status_print(FILE *to, const struct sb_status *s)
{
    print_daemon(to, s);
    print_digest(to, s);
    print_without_effect(to, s);
    print_alarms(to, s);
    print_peers(to, s);
    print_consumers(to, s);
    print_heads(to, s);
}
