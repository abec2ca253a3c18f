/* samenbus status: the daemon's account of itself and of what it sees of its partners. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/talk.h"
#include "config/quantity.h"
#include "proto/json.h"

enum { ANSWER_MS = 5000, ARENA_BYTES = 16 * 1024 * 1024, HEADS_SHOWN = 20, AGE_BYTES = 24 };

static const struct sb_flag status_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
};

static enum sb_colour colour_of(const char *state)
{
    static const char *const good[] = {"ready", "live", NULL};
    static const char *const passing[] = {"recovering", "connecting", "catching_up", "none", NULL};
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

static void print_state(const char *state, int width)
{
    printf("%s%-*s%s", sb_colour(stdout, colour_of(state)), width, state,
           sb_colour(stdout, SB_PLAIN));
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

static void print_daemon(const struct sb_status *s)
{
    char bytes[AGE_BYTES], map[AGE_BYTES];
    format_size(bytes, s->bytes);
    format_size(map, s->map_bytes);
    printf("%s%s%s %s, partnership %s, samenbus %s: ", sb_colour(stdout, SB_BOLD), s->organisation,
           sb_colour(stdout, SB_PLAIN), s->name, s->partnership, s->version);
    print_state(s->state, 0);
    printf("%s%s\n", *s->reason != '\0' ? ", " : "", s->reason);
    printf("%" PRIu64 " events, %s of %s; %" PRIu64 " missing here\n", s->events, bytes, map,
           s->lag_events);
}

static void print_direction(const struct sb_status_direction *d)
{
    char age[AGE_BYTES];
    format_age(age, d->last_contact_ms);
    print_state(d->state, 12);
    printf(" %-8s", age);
}

static void print_reason(const char *what, const char *reason)
{
    if (*reason != '\0') {
        printf("    %s: %s\n", what, reason);
    }
}

static void print_peers(const struct sb_status *s)
{
    if (s->n_peers > 0) {
        printf("\n%-26s %-21s %-21s %-12s %s\n", "PARTNER", "WE TO THEM", "THEY TO US",
               "MISSING HERE", "THERE");
    }
    for (size_t i = 0; i < s->n_peers; i++) {
        const struct sb_status_peer *p = &s->peers[i];
        printf("%-8s %-17.17s ", p->id, p->name);
        print_direction(&p->outgoing);
        printf(" ");
        print_direction(&p->incoming);
        printf(" %-12" PRIu64 " %" PRIu64 "\n", p->lag_events, p->their_lag_events);
        print_reason("we to them", p->outgoing.reason);
        print_reason("they to us", p->incoming.reason);
        print_reason("they say of us", p->their_reason);
    }
}

/* Of each origin the epochs that are heads; old ones beyond a screen are counted. */
static void print_heads(const struct sb_status *s)
{
    if (s->n_heads > 0) {
        printf("\n%-8s %-20s %10s  %s\n", "HEAD OF", "EPOCH", "SEQ", "TIME");
    }
    for (size_t i = 0; i < s->n_heads && i < HEADS_SHOWN; i++) {
        const struct sb_status_head *h = &s->heads[i];
        printf("%-8s %-20s %10" PRIu64 "  %s\n", h->origin, h->epoch, h->seq, h->time);
    }
    if (s->n_heads > HEADS_SHOWN) {
        printf("and %zu more; -o json has all\n", s->n_heads - HEADS_SHOWN);
    }
}

static void print_alarms(const struct sb_status *s)
{
    for (size_t i = 0; i < s->n_alarms; i++) {
        const struct sb_status_alarm *a = &s->alarms[i];
        printf("%s%sALARM %s%s since %s: %s\n", i == 0 ? "\n" : "", sb_colour(stdout, SB_RED),
               a->code, sb_colour(stdout, SB_PLAIN), a->since, a->text);
    }
}

static enum sb_rc print_status(const struct sb_status *s, bool json, struct sb_err *err)
{
    if (!json) {
        print_daemon(s);
        print_alarms(s);
        print_peers(s);
        print_heads(s);
        return SB_OK;
    }
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes text = sb_json_status(s, &arena);
    bool ok = text.p != NULL;
    if (ok) {
        fwrite(text.p, 1, text.n, stdout);
        fputc('\n', stdout);
    }
    sb_arena_fini(&arena);
    return ok ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
}

static int status(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    struct sb_client *client;
    const struct sb_status *answer;
    struct sb_err err = {0};
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_status(client, ANSWER_MS, &answer, &err);
    if (rc == SB_OK) {
        rc = print_status(answer, format == 1, &err);
    }
    sb_client_close(client);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_status = {
    .words = "status",
    .about = "print the daemon's state, its partners, what is missing where, and alarms",
    SB_FLAGS(status_flags),
    .examples = "  samenbus status\n"
                "  samenbus status -c /etc/samenbus/client.yaml -o json | jq .lagEvents\n",
    .run = status,
};
