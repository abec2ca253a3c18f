/* Metrics from a status; see exposition.h. Labels are partners, directions, states, origins and
 * codes: their number is bounded by the configuration and never grows with messages. */
#include "clients/command/exposition.h"

#include <inttypes.h>
#include <string.h>

#include "clients/command/check.h"
#include "proto/bytes.h"
#include "proto/happening.h"
#include "proto/ids.h"
#include "proto/text.h"

static const char *const daemon_states[] = {"ready", "recovering", "full", "stopping", NULL};
static const char *const states[] = {"none",        "down", "connecting", "refused",
                                     "catching_up", "live", "stalled",    NULL};

static void begin(FILE *to, const char *name, const char *type, const char *help)
{
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* name="value": invisible characters as our escapes, then backslash and quote as the format's. */
static void put_label(FILE *to, const char *before, const char *name, const char *value)
{
    char safe[512];
    (void)sb_text_escape(safe, sizeof safe,
                         (struct sb_bytes){(const uint8_t *)value, strlen(value)});
    fprintf(to, "%s%s=\"", before, name);
    for (const char *p = safe; *p != '\0'; p++) {
        if (*p == '\\' || *p == '"') {
            fputc('\\', to);
        }
        fputc(*p, to);
    }
    fputc('"', to);
}

static void put_value(FILE *to, uint64_t value)
{
    fprintf(to, " %" PRIu64 "\n", value);
}

static void put_plain(FILE *to, const char *name, const char *type, const char *help,
                      uint64_t value)
{
    begin(to, name, type, help);
    fputs(name, to);
    put_value(to, value);
}

/* One line per state that there is, 1 for the one that holds; a state that is not known here has a
 * line of its own. The labels before it are in `labels`. */
static void put_states(FILE *to, const char *name, const struct sb_status_peer *p,
                       const char *direction, const char *const *known, const char *state)
{
    bool found = false;
    for (size_t i = 0; known[i] != NULL || !found; i++) {
        const char *shown = known[i] != NULL ? known[i] : state;
        bool holds = strcmp(shown, state) == 0;
        const char *before = "{";
        fputs(name, to);
        if (p != NULL) {
            put_label(to, before, "partner", p->id);
            before = ",";
        }
        if (direction != NULL) {
            put_label(to, before, "direction", direction);
        }
        put_label(to, p == NULL ? "{" : ",", "state", shown);
        fputc('}', to);
        put_value(to, holds);
        if (known[i] == NULL) {
            break;
        }
        found |= holds;
    }
}

/* ---- the daemon */

static void put_daemon(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_state", "gauge", "1 for the state that the daemon is in.");
    put_states(to, "samenbus_state", NULL, NULL, daemon_states, s->state);
    put_plain(to, "samenbus_lag_events", "gauge",
              "Events that origins have signed and that are missing here.", s->lag_events);
    put_plain(to, "samenbus_missing_bodies", "gauge",
              "Events that are here without the content that we may have.", s->missing_bodies);
    put_plain(to, "samenbus_commits_total", "counter", "Commits to the store since the start.",
              s->commits);
    put_plain(to, "samenbus_malformed_frames_total", "counter",
              "Frames that could not be read, since the start.", s->malformed_frames);
    put_plain(to, "samenbus_denied_total", "counter",
              "What clients and partners had no right to, since the start.", s->denied);
    put_plain(to, "samenbus_unknown_origin_dropped_total", "counter",
              "Messages of organisations that are no partner, since the start.",
              s->dropped_unknown_origin);
    put_plain(to, "samenbus_events_without_effect_total", "counter",
              "Events of other organisations that changed no view when they came, since the start.",
              s->without_effect);
}

static void put_store(FILE *to, const struct sb_status *s, uint64_t max_bytes)
{
    put_plain(to, "samenbus_store_events", "gauge", "Events in the store.", s->events);
    put_plain(to, "samenbus_store_used_bytes", "gauge", "Bytes of the store that are in use.",
              s->bytes);
    put_plain(to, "samenbus_store_file_bytes", "gauge", "Bytes of the store's file.", s->map_bytes);
    max_bytes = max_bytes > 0 ? max_bytes : s->max_bytes;
    if (max_bytes > 0) {
        put_plain(to, "samenbus_store_max_bytes", "gauge", "The most that it may use.", max_bytes);
    }
    if (s->max_bytes > 0) {
        put_plain(to, "samenbus_store_room_bytes", "gauge",
                  "What the store may still use, of its limit and of its disk.", s->room_bytes);
    }
    if (s->full_in_seconds > 0) {
        put_plain(to, "samenbus_store_full_in_seconds", "gauge",
                  "When the store is full at the present rate; no value while that is not known.",
                  s->full_in_seconds);
    }
}

/* ---- consumers: as many labels as an administrator has let be made */

static void put_of_consumer(FILE *to, const char *name, const struct sb_status_consumer *c,
                            uint64_t value)
{
    fputs(name, to);
    put_label(to, "{", "consumer", c->name);
    fputc('}', to);
    put_value(to, value);
}

static void put_consumers(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_consumer_behind_events", "gauge",
          "Offsets that a consumer has not passed; 0 where nothing waits for it.");
    for (size_t i = 0; i < s->n_consumers; i++) {
        put_of_consumer(to, "samenbus_consumer_behind_events", &s->consumers[i],
                        s->consumers[i].behind);
    }
    begin(to, "samenbus_consumer_waiting_seconds", "gauge",
          "Age of the oldest event that waits for a consumer; 0 where none does.");
    for (size_t i = 0; i < s->n_consumers; i++) {
        put_of_consumer(to, "samenbus_consumer_waiting_seconds", &s->consumers[i],
                        s->consumers[i].waiting_seconds);
    }
    begin(to, "samenbus_consumer_stuck", "gauge",
          "1 where events wait for a consumer that acknowledges nothing.");
    for (size_t i = 0; i < s->n_consumers; i++) {
        put_of_consumer(to, "samenbus_consumer_stuck", &s->consumers[i],
                        strcmp(s->consumers[i].state, "stuck") == 0);
    }
}

static bool is_first_alarm(const struct sb_status *s, size_t i)
{
    size_t k = 0;
    while (k < i && strcmp(s->alarms[k].code, s->alarms[i].code) != 0) {
        k++;
    }
    return k == i;
}

static void put_alarm(FILE *to, const struct sb_status *s, const char *code)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->n_alarms; i++) {
        n += strcmp(s->alarms[i].code, code) == 0;
    }
    fputs("samenbus_alarms", to);
    put_label(to, "{", "code", code);
    fputc('}', to);
    put_value(to, n);
}

static void put_alarms(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_alarms", "gauge", "Alarms that are raised now, by code.");
    for (size_t k = 0; sb_alarm_code_at(k) != NULL; k++) {
        put_alarm(to, s, sb_alarm_code_at(k));
    }
    for (size_t i = 0; i < s->n_alarms; i++) {
        if (sb_alarm_sentence(s->alarms[i].code) == NULL && is_first_alarm(s, i)) {
            put_alarm(to, s, s->alarms[i].code);
        }
    }
}

/* ---- partners */

static void put_of_peer(FILE *to, const char *name, const struct sb_status_peer *p, uint64_t value)
{
    fputs(name, to);
    put_label(to, "{", "partner", p->id);
    fputc('}', to);
    put_value(to, value);
}

static void put_contact(FILE *to, const struct sb_status_peer *p, const char *direction,
                        const struct sb_status_direction *d)
{
    if (d->last_contact_ms >= 0) {
        fputs("samenbus_partner_last_contact_age_seconds", to);
        put_label(to, "{", "partner", p->id);
        put_label(to, ",", "direction", direction);
        fprintf(to, "} %" PRId64 ".%03d\n", d->last_contact_ms / 1000,
                (int)(d->last_contact_ms % 1000));
    }
}

static void put_partner_states(FILE *to, const struct sb_status *s)
{
    static const char name[] = "samenbus_partner_direction_state";
    static const char theirs[] = "samenbus_partner_their_state";
    begin(to, name, "gauge",
          "1 for the state of each direction to (outgoing) and from (incoming).");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_states(to, name, &s->peers[i], "outgoing", states, s->peers[i].outgoing.state);
        put_states(to, name, &s->peers[i], "incoming", states, s->peers[i].incoming.state);
    }
    begin(to, theirs, "gauge",
          "1 for the state in which the partner saw us when it was last heard.");
    for (size_t i = 0; i < s->n_peers; i++) {
        if (*s->peers[i].their_state != '\0') {
            put_states(to, theirs, &s->peers[i], NULL, states, s->peers[i].their_state);
        }
    }
    begin(to, "samenbus_partner_last_contact_age_seconds", "gauge",
          "Time since the partner was heard; no value before the first time.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_contact(to, &s->peers[i], "outgoing", &s->peers[i].outgoing);
        put_contact(to, &s->peers[i], "incoming", &s->peers[i].incoming);
    }
}

static void put_partner_lag(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_partner_lag_events", "gauge",
          "Events that this partner has shown and that are missing here.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_of_peer(to, "samenbus_partner_lag_events", &s->peers[i], s->peers[i].lag_events);
    }
    begin(to, "samenbus_partner_lag_seconds", "gauge", "Age of the oldest of those.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_of_peer(to, "samenbus_partner_lag_seconds", &s->peers[i], s->peers[i].lag_seconds);
    }
    begin(to, "samenbus_partner_their_lag_events", "gauge",
          "Events that are here and that this partner has not shown.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_of_peer(to, "samenbus_partner_their_lag_events", &s->peers[i],
                    s->peers[i].their_lag_events);
    }
}

static void put_partner_hidden(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_partner_hidden_events_total", "counter",
          "Its events that our clients were not shown when they came, since our start.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_of_peer(to, "samenbus_partner_hidden_events_total", &s->peers[i], s->peers[i].hidden);
    }
    begin(to, "samenbus_partner_hides_events", "gauge",
          "Our events that it did not show its clients when they came, since its start.");
    for (size_t i = 0; i < s->n_peers; i++) {
        put_of_peer(to, "samenbus_partner_hides_events", &s->peers[i], s->peers[i].their_hidden);
    }
}

/* ---- origins */

static bool same_origin(const struct sb_status *s, size_t i, size_t k)
{
    return strcmp(s->heads[i].origin, s->heads[k].origin) == 0;
}

static bool is_first_head(const struct sb_status *s, size_t i)
{
    size_t k = 0;
    while (k < i && !same_origin(s, i, k)) {
        k++;
    }
    return k == i;
}

static void put_origin(FILE *to, const char *name, const char *origin)
{
    fputs(name, to);
    put_label(to, "{", "origin", origin);
    fputc('}', to);
}

/* Each origin once, whatever the order of its heads: their number, and the newest. */
static void put_heads(FILE *to, const struct sb_status *s)
{
    begin(to, "samenbus_origin_heads", "gauge",
          "Ends of an origin's history; more than 1 at times.");
    for (size_t i = 0; i < s->n_heads; i++) {
        uint64_t n = 0;
        for (size_t k = i; is_first_head(s, i) && k < s->n_heads; k++) {
            n += same_origin(s, i, k);
        }
        if (n > 0) {
            put_origin(to, "samenbus_origin_heads", s->heads[i].origin);
            put_value(to, n);
        }
    }
    begin(to, "samenbus_origin_head_timestamp_seconds", "gauge",
          "When the newest commit of an origin was signed.");
    for (size_t i = 0; i < s->n_heads; i++) {
        struct sb_time newest = {0}, t;
        for (size_t k = i; is_first_head(s, i) && k < s->n_heads; k++) {
            bool newer = same_origin(s, i, k) &&
                         sb_time_parse(&t, s->heads[k].time, strlen(s->heads[k].time)) &&
                         t.ms > newest.ms;
            newest = newer ? t : newest;
        }
        if (newest.ms > 0) {
            put_origin(to, "samenbus_origin_head_timestamp_seconds", s->heads[i].origin);
            fprintf(to, " %" PRId64 ".%03d\n", (int64_t)newest.ms / 1000, (int)(newest.ms % 1000));
        }
    }
}

void sb_exposition_print(FILE *to, const struct sb_status *s, uint64_t max_bytes)
{
    put_plain(to, "samenbus_up", "gauge", "Whether the daemon answered.", s != NULL);
    if (s != NULL) {
        put_daemon(to, s);
        put_store(to, s, max_bytes);
        put_alarms(to, s);
        put_partner_states(to, s);
        put_partner_lag(to, s);
        put_partner_hidden(to, s);
        put_heads(to, s);
        put_consumers(to, s);
    }
}
