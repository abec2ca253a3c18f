/* samenbus config check: what is wrong with the files, as `samenbusd -t` says it; with --peers also
 * what would not flow, for every partner: connections and keys both ways, how they see us,
 * versions, clocks and membership. Partners tell the daemon how they see it with every heartbeat;
 * what they told last is judged here. */
#include "clients/command/config_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/check.h"
#include "clients/command/daemon_file.h"
#include "clients/command/talk.h"
#include "config/confd.h"
#include "proto/limits.h"
#include "proto/sign.h"

enum { ANSWER_MS = 5000, CLOCK_WARN_MS = 2000 };

static const struct sb_status_peer *find_peer(const struct sb_status *s, const char *id)
{
    for (size_t i = 0; i < s->n_peers; i++) {
        if (strcmp(s->peers[i].id, id) == 0) {
            return &s->peers[i];
        }
    }
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

/* ---- one partner */

/* What to do about a reason that a connection gives, beside the reason itself. */
static const char *advice(const char *reason)
{
    static const struct {
        const char *part, *advice;
    } known[] = {
        {"refuse our key", "; they have to list the curve_key of our .pub.yaml"},
        {"cannot prove", "; ask them for their .pub.yaml of today"},
        {"end the handshake", "; ask them for their .pub.yaml of today"},
        {"another partnership", ""},
        {"another organisation", ""},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strstr(reason, known[i].part) != NULL) {
            return known[i].advice;
        }
    }
    return "";
}

static void judge_way(struct sb_verdict *v, const char *id, const char *way,
                      const struct sb_status_direction *d)
{
    enum sb_level level = sb_check_direction(d->state);
    if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%s: %s: %s%s%s%s", id, way, d->state,
                       *d->reason != '\0' ? ": " : "", d->reason, advice(d->reason));
    }
}

static void judge_view(struct sb_verdict *v, const struct sb_status_peer *p)
{
    bool heard = *p->their_state != '\0';
    enum sb_level level = heard ? sb_check_direction(p->their_state) : SB_LEVEL_WARNING;
    if (!heard) {
        sb_verdict_add(v, level, "%s: they have not told how they see us", p->id);
    } else if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%s: they see us as %s%s%s%s", p->id, p->their_state,
                       *p->their_reason != '\0' ? ": " : "", p->their_reason,
                       advice(p->their_reason));
    }
}

static void judge_clock(struct sb_verdict *v, const struct sb_status_peer *p)
{
    int64_t off = p->clock_offset_ms < 0 ? -p->clock_offset_ms : p->clock_offset_ms;
    if (p->clock_known && off > CLOCK_WARN_MS) {
        sb_verdict_add(v, off > SB_CLOCK_DRIFT_MS ? SB_LEVEL_CRITICAL : SB_LEVEL_WARNING,
                       "%s: clocks: theirs is %" PRId64 ".%" PRId64 " s %s ours; compare both with "
                       "the time service",
                       p->id, off / 1000, off % 1000 / 100,
                       p->clock_offset_ms < 0 ? "behind" : "ahead of");
    }
}

/* Of whom one side does not list the other takes nothing. */
static void judge_members(struct sb_verdict *v, const struct sb_status_peer *p)
{
    for (size_t i = 0; i < p->n_unlisted; i++) {
        sb_verdict_add(v, SB_LEVEL_WARNING,
                       "%s: membership: they do not list %s: what it says does not reach them, nor "
                       "us by way of them",
                       p->id, p->unlisted[i]);
    }
    for (size_t i = 0; i < p->n_strangers; i++) {
        sb_verdict_add(v, SB_LEVEL_WARNING,
                       "%s: membership: they list %s, and we do not: take it in, or tell them that "
                       "it left",
                       p->id, p->strangers[i]);
    }
}

/* Nothing else is known of it: it told us nothing. */
static void judge_unconnected(struct sb_verdict *v, const struct sb_status *s,
                              const struct sb_status_peer *p)
{
    const char *why;
    enum sb_level level = sb_check_unconnected(s, p, &why);
    if (level != SB_LEVEL_OK) {
        sb_verdict_add(v, level, "%s: endpoints: %s", p->id, why);
    }
}

static void judge_partner(struct sb_verdict *v, const struct sb_config_peer *c,
                          const struct sb_status *s)
{
    const struct sb_status_peer *p = find_peer(s, c->id);
    const char *version = s->version;
    char ours[SB_LABEL_MAX + 1];
    (void)snprintf(ours, sizeof ours, "samenbus/%s", version);
    if (p == NULL) {
        sb_verdict_add(v, SB_LEVEL_WARNING, "%s: not in force yet: samenbus reload", c->id);
        return;
    }
    if (sb_check_is_unconnected(p)) {
        judge_unconnected(v, s, p);
        return;
    }
    judge_way(v, p->id, "we to them", &p->outgoing);
    judge_way(v, p->id, "they to us", &p->incoming);
    judge_view(v, p);
    judge_clock(v, p);
    judge_members(v, p);
    if (p->software != NULL && *p->software != '\0' && strcmp(p->software, ours) != 0) {
        sb_verdict_add(v, SB_LEVEL_OK, "%s: versions: they run %s, we %s", p->id, p->software,
                       ours);
    }
}

void sb_config_check_partners(struct sb_verdict *v, const struct sb_config *config,
                              const struct sb_status *s)
{
    size_t n_well = 0;
    if (!same_text(s->running_digest, s->file_digest)) {
        sb_verdict_add(v, SB_LEVEL_WARNING,
                       "the files have another configuration than is in force: samenbus reload "
                       "--dry-run says what would change");
    }
    for (size_t i = 0; i < config->n_peers; i++) {
        size_t before = v->n_findings + v->n_more;
        judge_partner(v, &config->peers[i], s);
        n_well += before == v->n_findings + v->n_more;
    }
    sb_verdict_sum_up(v, "%zu of %zu partners flow, as we and they see it", n_well,
                      config->n_peers);
    sb_verdict_figure(v, (struct sb_figure){"partners", "", config->n_peers, 0, 0});
    sb_verdict_figure(v, (struct sb_figure){"flowing", "", n_well, 0, 0});
}

/* ---- the subcommand */

static const struct sb_flag flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml; conf.d/ is beside it"},
    {"peers", 'p', NULL, "also whether everything flows to and from every partner"},
    {"client", 0, "FILE", "for --peers: the client file (else SAMENBUS_CONFIG, ...)"},
    SB_FLAG_CHECK_FORMAT,
};

/* A plugin's exit code where its line is asked for, else that of any command. */
static int finish(const struct sb_verdict *v, enum sb_verdict_format format, int code)
{
    if (format == SB_VERDICT_NAGIOS) {
        return sb_check_finish(v, format);
    }
    return sb_verdict_print(stdout, v, format) ? code : SB_EXIT_FAILURE;
}

/* What kept us from judging, in the format too: who reads that does not read stderr. */
static int finish_wrong(struct sb_verdict *v, enum sb_verdict_format format, enum sb_level level,
                        enum sb_rc rc, const struct sb_err *err)
{
    int code = sb_talk_error(rc, err);
    sb_verdict_sum_up(v, level == SB_LEVEL_CRITICAL ? "the configuration is not in order"
                                                    : "the daemon gave no status");
    sb_verdict_add(v, level, "%s", err->text);
    return format == SB_VERDICT_TEXT ? code : finish(v, format, code);
}

static int check_partners(const struct sb_args *args, const struct sb_config *config,
                          struct sb_verdict *v, enum sb_verdict_format format)
{
    struct sb_client *client = NULL;
    const struct sb_status *status = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_client_open(&client, sb_args_value(args, "client"), stderr, &err);
    rc = rc != SB_OK ? rc : sb_client_connect(client, ANSWER_MS, &err);
    rc = rc != SB_OK ? rc : sb_client_status(client, ANSWER_MS, &status, &err);
    int code;
    if (rc == SB_OK) {
        sb_config_check_partners(v, config, status);
        code = finish(v, format, v->level == SB_LEVEL_OK ? SB_EXIT_OK : SB_EXIT_FAILURE);
    } else {
        code = finish_wrong(v, format, SB_LEVEL_UNKNOWN, rc, &err);
    }
    sb_client_close(client);
    return code;
}

/* No mistake, but hardly what was meant. */
static void judge_unread(struct sb_verdict *v, const struct sb_config *config)
{
    char text[SB_CONFD_TEXT_MAX];
    for (size_t i = 0; i < config->n_unread; i++) {
        sb_confd_unread_text(text, config->unread[i]);
        sb_verdict_add(v, SB_LEVEL_WARNING, "%s", text);
    }
}

static void say_unread(const struct sb_config *config)
{
    char text[SB_CONFD_TEXT_MAX];
    for (size_t i = 0; i < config->n_unread; i++) {
        sb_confd_unread_text(text, config->unread[i]);
        sb_talk("warning: %s", text);
    }
}

static int check_file(const struct sb_args *args, const char *file, struct sb_verdict *v,
                      enum sb_verdict_format format)
{
    struct sb_config *config = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_crypto_init() ? sb_daemon_file_check(&config, file, &err)
                                     : sb_err_set(&err, SB_E_IO, "the system gives no randomness");
    int code = SB_EXIT_OK;
    if (rc != SB_OK) {
        code = finish_wrong(v, format, SB_LEVEL_CRITICAL, rc, &err);
    } else if (sb_args_has(args, "peers")) {
        judge_unread(v, config);
        code = check_partners(args, config, v, format);
    } else if (format == SB_VERDICT_TEXT) {
        say_unread(config);
        printf("%s: no mistakes\n", file);
    } else {
        judge_unread(v, config);
        sb_verdict_sum_up(v, "%s: no mistakes", file);
        code = finish(v, format, SB_EXIT_OK);
    }
    sb_config_free(config);
    return code;
}

static int config_check(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "config");
    enum sb_verdict_format format;
    if (!sb_check_read_format(args, &format)) {
        return SB_EXIT_USAGE;
    }
    if (file == NULL) {
        return sb_args_complain(args, "name the daemon's file: --config samenbusd.yaml");
    }
    struct sb_verdict *v = malloc(sizeof *v);
    if (v == NULL) {
        sb_talk("no memory");
        return SB_EXIT_FAILURE;
    }
    sb_verdict_init(v, "config");
    int code = check_file(args, file, v, format);
    free(v);
    return code;
}

const struct sb_command sb_command_config_check = {
    .words = "config check",
    .synopsis = "--config samenbusd.yaml [--peers]",
    .about = "what is wrong with the configuration, and what would not flow to and from partners",
    SB_FLAGS(flags),
    .examples = "  samenbus config check -c /etc/samenbus/duoplus/samenbusd.yaml\n"
                "  samenbus config check -c /etc/samenbus/duoplus/samenbusd.yaml --peers\n"
                "      # partnership, keys, endpoints, versions, clocks, membership; exit 0: all "
                "flows\n"
                "      # with --format nagios as a check: 0 ok, 1 warning, 2 critical, 3 unknown\n",
    .run = config_check,
};
