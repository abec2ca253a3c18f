/* Signs of life for the service manager; see pulse.h. */
#include "daemon/shell/pulse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/shell/notify.h"

enum {
    EVERY_MS = 1000,
    USEC_PER_MS = 1000,
    BEATS = 3, /* per period of the watchdog: one may come late */
    ARENA_BYTES = 64 * 1024 * 1024,
};

static uint64_t read_number(const char *name)
{
    const char *text = getenv(name);
    return text == NULL ? 0 : strtoull(text, NULL, 10);
}

void sb_pulse_init(struct sb_pulse *pulse)
{
    *pulse = (struct sb_pulse){0};
    const uint64_t pid = read_number("WATCHDOG_PID");
    const uint64_t every_ms = read_number("WATCHDOG_USEC") / USEC_PER_MS / BEATS;
    if (every_ms > 0 && (pid == 0 || pid == (uint64_t)getpid())) {
        pulse->every_ms = every_ms < EVERY_MS ? (int64_t)every_ms : EVERY_MS;
    }
}

int64_t sb_pulse_due(const struct sb_pulse *pulse)
{
    return pulse->every_ms > 0 ? pulse->next_mono_ms : INT64_MAX;
}

static bool is_fine(const char *state)
{
    return strcmp(state, "live") == 0 || strcmp(state, "none") == 0;
}

/* A partner counts when everything that is configured between us flows, as both see it. */
static bool flows(const struct sb_status_peer *p)
{
    bool theirs = *p->their_state == '\0' || is_fine(p->their_state); /* empty until they told it */
    return is_fine(p->outgoing.state) && is_fine(p->incoming.state) && theirs &&
           !(strcmp(p->outgoing.state, "none") == 0 && strcmp(p->incoming.state, "none") == 0);
}

void sb_pulse_describe(char *out, size_t size, const struct sb_status *s)
{
    size_t n_flowing = 0;
    for (size_t i = 0; i < s->n_peers; i++) {
        n_flowing += flows(&s->peers[i]);
    }
    int n = 0;
    if (strcmp(s->state, "ready") != 0) {
        n = snprintf(out, size, "%s, ", s->state);
    }
    if (n >= 0 && (size_t)n < size) {
        n += snprintf(out + n, size - (size_t)n, "%zu/%zu partners, lag %" PRIu64, n_flowing,
                      s->n_peers, s->lag_events);
    }
    if (s->n_alarms > 0 && n >= 0 && (size_t)n < size) {
        (void)snprintf(out + n, size - (size_t)n, ", %zu alarm%s (samenbus status)", s->n_alarms,
                       s->n_alarms == 1 ? "" : "s");
    }
}

static void tell_status(struct sb_pulse *pulse, struct sb_node *node, struct sb_now now)
{
    struct sb_arena arena;
    char message[sizeof "STATUS=" + sizeof pulse->line];
    sb_arena_init(&arena, ARENA_BYTES);
    const struct sb_status *status = sb_node_status(node, now, &arena);
    char line[sizeof pulse->line] = "";
    if (status != NULL) {
        sb_pulse_describe(line, sizeof line, status);
    }
    sb_arena_fini(&arena);
    if (line[0] != '\0' && strcmp(line, pulse->line) != 0) {
        (void)snprintf(message, sizeof message, "STATUS=%s", line);
        if (sb_notify(message)) {
            memcpy(pulse->line, line, sizeof line); /* else with the next beat */
        }
    }
}

void sb_pulse_beat(struct sb_pulse *pulse, struct sb_node *node, struct sb_now now)
{
    if (now.mono_ms < pulse->next_mono_ms || getenv("NOTIFY_SOCKET") == NULL) {
        return;
    }
    pulse->next_mono_ms = now.mono_ms + (pulse->every_ms > 0 ? pulse->every_ms : EVERY_MS);
    if (pulse->every_ms > 0) {
        (void)sb_notify("WATCHDOG=1");
    }
    tell_status(pulse, node, now);
}
