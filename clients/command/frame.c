/* Drawing a screen; see frame.h. */
#include "clients/command/frame.h"

#include <inttypes.h>
#include <string.h>

#include "clients/command/check.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"

enum {
    ID_COLUMNS = 10,
    NAME_COLUMNS = 24,
    LAG_COLUMNS = SB_FRAME_COLUMNS - ID_COLUMNS - NAME_COLUMNS - 2,
    WAY_COLUMNS = 15,
    STATE_COLUMNS = 12,
    AGE_COLUMNS = 8,
    REASON_COLUMNS = SB_FRAME_COLUMNS - WAY_COLUMNS - STATE_COLUMNS - AGE_COLUMNS - 3,
    LINES_PER_PEER = 4,
};

struct frame {
    FILE *to;
    const struct sb_frame_style *style;
    size_t n_lines;
};

static const char *colour_of(const struct frame *f, enum sb_colour colour)
{
    return f->style->colour ? sb_colour(stdout, colour) : "";
}

static void put(struct frame *f, const char *text, size_t width, bool last, enum sb_colour colour)
{
    char field[SB_SHOW_LINE_BYTES] = "";
    sb_show_field(field, sizeof field, text, width, last);
    if (colour == SB_PLAIN) {
        fputs(field, f->to);
    } else {
        fprintf(f->to, "%s%s%s", colour_of(f, colour), field, colour_of(f, SB_PLAIN));
    }
    if (last) {
        fputs(f->style->line_end, f->to);
        f->n_lines++;
    }
}

static enum sb_colour colour_of_level(enum sb_level level)
{
    return level == SB_LEVEL_OK ? SB_GREEN : level == SB_LEVEL_WARNING ? SB_YELLOW : SB_RED;
}

void sb_frame_age(char out[static SB_FRAME_AGE_BYTES], int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}};
    size_t i = 0;
    while (i < sizeof units / sizeof units[0] && ms < units[i].ms) {
        i++;
    }
    if (ms < 0) {
        (void)snprintf(out, SB_FRAME_AGE_BYTES, "never");
    } else if (i < sizeof units / sizeof units[0]) {
        (void)snprintf(out, SB_FRAME_AGE_BYTES, "%" PRId64 " %s", ms / units[i].ms, units[i].name);
    } else {
        (void)snprintf(out, SB_FRAME_AGE_BYTES, "%" PRId64 ".%d s", ms / 1000,
                       (int)(ms % 1000 / 100));
    }
}

static void put_daemon(struct frame *f, const struct sb_status *s)
{
    char text[256];
    bool ready = strcmp(s->state, "ready") == 0;
    (void)snprintf(text, sizeof text, "%s %s, %s:", s->organisation, s->name, s->partnership);
    put(f, text, SB_FRAME_COLUMNS - STATE_COLUMNS - 1, false, SB_BOLD);
    put(f, s->state, STATE_COLUMNS, true, ready ? SB_GREEN : SB_RED);
    (void)snprintf(text, sizeof text,
                   "%" PRIu64 " events, %" PRIu64 " MiB in use; %" PRIu64 " missing here, %" PRIu64
                   " without their body",
                   s->events, s->bytes >> 20, s->lag_events, s->missing_bodies);
    put(f, text, SB_FRAME_COLUMNS, true, SB_PLAIN);
    if (*s->reason != '\0') {
        put(f, s->reason, SB_FRAME_COLUMNS, true, SB_YELLOW);
    }
}

/* All but what the partners need at the least; the rest is counted. */
static void put_alarms(struct frame *f, const struct sb_status *s)
{
    char text[512];
    size_t room = f->style->rows == 0 ? s->n_alarms : f->style->rows - SB_FRAME_ROWS_LEAST + 1;
    for (size_t i = 0; i < s->n_alarms && i < room; i++) {
        (void)snprintf(text, sizeof text, "ALARM %s: %s", s->alarms[i].code, s->alarms[i].text);
        put(f, text, SB_FRAME_COLUMNS, true, SB_RED);
    }
    if (s->n_alarms > room) {
        (void)snprintf(text, sizeof text, "and %zu alarms more", s->n_alarms - room);
        put(f, text, SB_FRAME_COLUMNS, true, SB_RED);
    }
}

static void put_way(struct frame *f, const char *way, const char *state, const char *age,
                    const char *reason)
{
    put(f, way, WAY_COLUMNS, false, SB_PLAIN);
    put(f, state, STATE_COLUMNS, false, colour_of_level(sb_check_direction(state)));
    put(f, age, AGE_COLUMNS, false, SB_PLAIN);
    put(f, reason, REASON_COLUMNS, true, SB_PLAIN);
}

static bool is_heard(const struct sb_status_direction *d)
{
    return strcmp(d->state, "live") == 0 || strcmp(d->state, "catching_up") == 0;
}

/* What a partner said before it fell silent is no news of now. */
static void put_their_view(struct frame *f, const struct sb_status_peer *p)
{
    char before[96];
    bool heard = is_heard(&p->outgoing) || is_heard(&p->incoming);
    if (*p->their_state != '\0' && heard) {
        put_way(f, "  they see us", p->their_state, "", p->their_reason);
        return;
    }
    (void)snprintf(before, sizeof before, "%s when last heard", p->their_state);
    put_way(f, "  they see us", "unknown", "", *p->their_state != '\0' ? before : "");
}

static void put_peer(struct frame *f, const struct sb_status_peer *p)
{
    char lag[96], age[SB_FRAME_AGE_BYTES];
    (void)snprintf(lag, sizeof lag, "missing here %" PRIu64 " (%" PRIu64 " s), there %" PRIu64,
                   p->lag_events, p->lag_seconds, p->their_lag_events);
    put(f, p->id, ID_COLUMNS, false, SB_BOLD);
    put(f, p->name, NAME_COLUMNS, false, SB_BOLD);
    put(f, lag, LAG_COLUMNS, true, SB_PLAIN);
    sb_frame_age(age, p->outgoing.last_contact_ms);
    put_way(f, "  we to them", p->outgoing.state, age, p->outgoing.reason);
    sb_frame_age(age, p->incoming.last_contact_ms);
    put_way(f, "  they to us", p->incoming.state, age, p->incoming.reason);
    put_their_view(f, p);
}

/* The worst of all that concerns a partner. */
static enum sb_level level_of(const struct sb_status_peer *p)
{
    enum sb_level out = sb_check_direction(p->outgoing.state);
    enum sb_level in = sb_check_direction(p->incoming.state);
    enum sb_level theirs = sb_check_direction(p->their_state);
    enum sb_level worst = out > in ? out : in;
    return theirs > worst ? theirs : worst;
}

static void put_peers(struct frame *f, const struct sb_status *s)
{
    static const enum sb_level order[] = {SB_LEVEL_CRITICAL, SB_LEVEL_WARNING, SB_LEVEL_OK};
    size_t left = s->n_peers;
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        for (size_t i = 0; i < s->n_peers; i++) {
            size_t needed = LINES_PER_PEER + (left > 1); /* the line that counts those left out */
            bool fits = f->style->rows == 0 || f->n_lines + needed <= f->style->rows;
            if (level_of(&s->peers[i]) == order[k] && fits) {
                put_peer(f, &s->peers[i]);
                left--;
            }
        }
    }
    if (left > 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "and %zu partners more; samenbus status has all", left);
        put(f, text, SB_FRAME_COLUMNS, true, SB_DIM);
    }
}

void sb_frame_print(FILE *to, const struct sb_status *s, const struct sb_frame_style *style)
{
    struct frame f = {.to = to, .style = style};
    put_daemon(&f, s);
    put_alarms(&f, s);
    put_peers(&f, s);
}
