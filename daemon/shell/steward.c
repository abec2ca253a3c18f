/* Orders carried out; see steward.h. Whatever comes of them stands in the log, with who wanted it.
 */
#include "daemon/shell/steward.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/admin.h"
#include "daemon/shell/clock.h"
#include "daemon/shell/notify.h"
#include "daemon/shell/reload.h"
#include "proto/suggest.h"

static void log_lines(struct sb_log *log, enum sb_config_log_level level, const char *text)
{
    while (*text != '\0') {
        int n = (int)strcspn(text, "\n");
        if (n > 0) {
            sb_log_write(log, level, "reload: %.*s", n, text);
        }
        text += n;
        text += *text == '\n';
    }
}

/* The service manager must know that what happens now is no fault. */
static void tell_begin(void)
{
    char text[64];
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   1000 * sb_clock_now().mono_ms);
    (void)sb_notify_surely(text);
}

static bool same_path(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What is neither the node's nor the sockets'. */
static void follow(struct sb_steward *s, const struct sb_config *before)
{
    struct sb_err err = {0};
    const struct sb_config *now = s->setup->config;
    sb_log_configure(s->news->log, &now->log);
    sb_news_change(s->news, now);
    if (same_path(before->eventlog.path, now->eventlog.path)) {
        s->eventlog->file.path = now->eventlog.path;
        return;
    }
    sb_eventlog_close(s->eventlog);
    if (sb_eventlog_open(s->eventlog, now->eventlog.path, &err) != SB_OK) {
        sb_log_write(s->news->log, SB_CONFIG_LOG_ERROR, "event log: %s", err.text);
    }
}

static void tell_end(struct sb_steward *s, const struct sb_reload *r, const char *who,
                     const char *text)
{
    struct sb_log *log = s->news->log;
    bool done = r->outcome == SB_ADMIN_DONE;
    log_lines(log, done ? SB_CONFIG_LOG_INFO : SB_CONFIG_LOG_ERROR, text);
    const struct sb_journal_note note = {.code = done ? SB_HAPPENING_CONFIG_RELOADED
                                                      : SB_HAPPENING_CONFIG_REFUSED,
                                         .actor = who,
                                         .object = "configuration",
                                         .result = done ? "done" : "refused",
                                         .origin = "client"};
    if (done) {
        sb_log_tell(log, SB_CONFIG_LOG_INFO, &note, "reload by %s: %zu difference%s in force", who,
                    r->n_changes, r->n_changes == 1 ? " is" : "s are");
    } else {
        sb_log_tell(log, SB_CONFIG_LOG_ERROR, &note,
                    "reload by %s: nothing was changed; the daemon goes on with the configuration "
                    "that it had",
                    who);
    }
    if (s->failed == done) {
        s->failed = !done;
        sb_node_alarm(s->setup->node, "reload", s->failed,
                      s->failed ? "the configuration on disk cannot be taken over: the daemon goes "
                                  "on with the one before; see `samenbus reload --dry-run`"
                                : "the configuration on disk is in force");
    }
}

/* The text is from the heap; NULL: no memory. */
static struct sb_reload reload(struct sb_steward *s, bool dry_run, const char *who, char **text)
{
    struct sb_reload r = {.outcome = SB_ADMIN_FAILED};
    size_t n = 0;
    FILE *out = open_memstream(text, &n);
    if (out == NULL) {
        *text = NULL;
        return r;
    }
    if (!dry_run) {
        tell_begin();
    }
    r = sb_reload_run(s->setup, dry_run, out);
    if (fclose(out) != 0) {
        free(*text);
        *text = NULL;
    }
    if (r.before != NULL) {
        follow(s, r.before);
    }
    if (!dry_run) {
        tell_end(s, &r, who, *text == NULL ? "" : *text);
        (void)sb_notify_surely("READY=1");
    }
    return r;
}

void sb_steward_reload(struct sb_steward *steward)
{
    char *text = NULL;
    (void)reload(steward, false, "SIGHUP", &text);
    free(text);
}

static void serve_reload(struct sb_steward *s, const struct sb_admin_request *request)
{
    char *text = NULL;
    struct sb_reload r = reload(s, request->order.dry_run, request->client, &text);
    sb_node_admin_answer(s->setup->node, request, r.outcome, text == NULL ? "no memory\n" : text);
    free(text);
}

static void serve_retry(struct sb_steward *s, const struct sb_admin_request *request)
{
    const struct sb_setup *setup = s->setup;
    const char *org = request->order.peer.s;
    size_t i = 0;
    char text[256];
    struct sb_suggestion near = {.word = org, .n = strlen(org)};
    while (i < setup->config->n_peers && strcmp(setup->config->peers[i].id, org) != 0) {
        sb_suggest_offer(&near, setup->config->peers[i++].id);
    }
    bool known = i < setup->config->n_peers;
    if (!known) {
        (void)snprintf(text, sizeof text, "%s is no partner of this daemon%s%s%s\n", org,
                       near.best != NULL ? "; did you mean " : "",
                       near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
    } else if (setup->config->peers[i].service == NULL) {
        (void)snprintf(text, sizeof text, "%s has no endpoint here: it calls us\n", org);
    } else {
        sb_net_hurry(setup->net, sb_node_partner_number(setup->node, i));
        (void)snprintf(text, sizeof text, "%s is called at %.180s\n", org,
                       setup->config->peers[i].service);
    }
    sb_node_admin_answer(setup->node, request, known ? SB_ADMIN_DONE : SB_ADMIN_UNKNOWN, text);
}

void sb_steward_serve(struct sb_steward *steward)
{
    struct sb_admin_request request;
    while (sb_node_admin_next(steward->setup->node, &request)) {
        if (request.order.order == SB_ADMIN_RELOAD) {
            serve_reload(steward, &request);
        } else if (request.order.order == SB_ADMIN_RETRY) {
            serve_retry(steward, &request);
        } else {
            sb_node_admin_answer(steward->setup->node, &request, SB_ADMIN_UNKNOWN,
                                 "this daemon is older than that order: upgrade it\n");
        }
    }
}
