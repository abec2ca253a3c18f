/* Reloading; see reload.h. Everything that may fail comes first: reading, checking, numbers in the
 * store, memory, sockets to new partners. What then takes effect cannot. */
#include "daemon/shell/reload.h"

#include <string.h>

#include "config/confd.h"
#include "config/difference.h"
#include "config/digest.h"
#include "config/files.h"
#include "config/keyfile.h"
#include "daemon/shell/erasure.h"
#include "daemon/shell/process.h"
#include "daemon/shell/retention.h"
#include "proto/curve.h"

enum { TRIES = 3 }; /* at reading files that somebody is writing */

/* A reload under way. */
struct attempt {
    struct sb_setup *setup;
    FILE *out;
    struct sb_config *config; /* the new one; NULL once it is in force */
    struct sb_report *report;
    struct sb_hash digest;
    struct sb_callers callers;
    struct sb_reload result;
};

static bool fail(struct attempt *a, enum sb_admin_outcome outcome, const struct sb_err *err)
{
    a->result.outcome = outcome;
    if (a->report != NULL) {
        sb_report_print(a->report, a->out);
    }
    fprintf(a->out, "%s\n", err->text);
    return false;
}

/* ---- reading */

static enum sb_rc load(struct attempt *a, struct sb_err *err)
{
    const struct sb_sign_public own = sb_signer_public(a->setup->signer);
    a->report = sb_report_new();
    if (a->report == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for the configuration");
    }
    enum sb_rc rc = sb_config_load(&a->config, a->setup->config->file, a->report, err);
    return rc == SB_OK ? sb_config_check_running(a->config, own.b, a->report, err) : rc;
}

static void forget(struct attempt *a)
{
    sb_config_free(a->config);
    sb_report_free(a->report);
    a->config = NULL;
    a->report = NULL;
}

/* The digest is of what was read: it is taken before and after. */
static bool read_files(struct attempt *a)
{
    struct sb_err err = {0};
    const char *file = a->setup->config->file;
    for (int i = 0; i < TRIES; i++) {
        struct sb_hash after;
        forget(a);
        enum sb_rc rc = sb_config_digest(&a->digest, file, &err);
        rc = rc == SB_OK ? load(a, &err) : rc;
        if (rc != SB_OK) {
            return fail(a, rc == SB_E_CONFIG ? SB_ADMIN_MISTAKES : SB_ADMIN_FAILED, &err);
        }
        if (sb_config_digest(&after, file, &err) == SB_OK && sb_hash_eq(&after, &a->digest)) {
            return true;
        }
    }
    sb_err_set(&err, SB_E_CONFIG, "%s: its files change while they are read: try again", file);
    return fail(a, SB_ADMIN_FAILED, &err);
}

static bool read_curve_key(struct attempt *a, struct sb_net_options *o)
{
    struct sb_err err = {0};
    const char *path = a->config->organisation.curve_key;
    if (sb_keyfile_read(path, SB_KEYFILE_CURVE, o->secret_key.b, &err) != SB_OK) {
        return fail(a, SB_ADMIN_MISTAKES, &err);
    }
    sb_curve_public_of(o->public_key.b, o->secret_key.b);
    if (memcmp(&o->public_key, &a->setup->public_key, sizeof o->public_key) != 0) {
        sb_err_set(&err, SB_E_CONFIG,
                   "%s: another key than the one that the sockets are open under: restart the "
                   "daemon, or put the old one back",
                   path);
        return fail(a, SB_ADMIN_RESTART, &err);
    }
    return true;
}

static bool compare(struct attempt *a)
{
    struct sb_err err = {0};
    a->result.n_changes = sb_config_compare(a->setup->config, a->config, a->out, a->report);
    for (size_t i = 0; i < a->config->n_unread; i++) {
        char text[SB_CONFD_TEXT_MAX];
        sb_confd_unread_text(text, a->config->unread[i]);
        fprintf(a->out, "warning: %s\n", text);
    }
    size_t n = sb_report_count(a->report);
    if (n > 0) {
        sb_err_set(&err, SB_E_CONFIG,
                   "%zu of these cannot change while the daemon runs; it goes on with what it had",
                   n);
        return fail(a, SB_ADMIN_RESTART, &err);
    }
    if (a->result.n_changes == 0) {
        fputs("nothing is different\n", a->out);
    }
    return true;
}

/* ---- putting it in force */

static enum sb_rc change_node(struct attempt *a, struct sb_err *err)
{
    struct sb_setup *s = a->setup;
    enum sb_rc rc = sb_callers_make(&a->callers, a->config, &s->places, err);
    if (rc != SB_OK) {
        return rc;
    }
    const struct sb_node_roster roster = {
        .name = a->config->organisation.name,
        .partners = a->callers.partners,
        .n_partners = a->callers.n_partners,
        .clients = a->callers.clients,
        .n_clients = a->callers.n_clients,
        .rekeys = a->config->rekeys,
        .n_rekeys = a->config->n_rekeys,
        .quota_bytes = a->config->store.max_size_per_origin,
    };
    return sb_node_change(s->node, &roster, err);
}

static void mark_moved(struct attempt *a)
{
    for (size_t i = 0; i < a->callers.n_partners; i++) {
        struct sb_net_partner partner = {.number = sb_node_next_number(a->setup->node, i)};
        for (size_t k = 0; k < a->callers.n_dialled; k++) {
            if (a->callers.dialled[k].number == partner.number) {
                partner = a->callers.dialled[k];
            }
        }
        a->callers.partners[i].moved = sb_net_moves(a->setup->net, &partner);
    }
}

/* Never less than before: what is in use does not go at once. */
static void widen_budget(struct sb_setup *s, const struct sb_net_options *o)
{
    if (sb_budget_compute(sb_net_memory_bound(o)).total > s->budget.total) {
        s->budget = sb_setup_budget(o);
        (void)sb_process_limit_memory(s->budget.total); /* as at the start, which told of it */
    }
}

static enum sb_rc change_sockets(struct attempt *a, struct sb_net_options *o, struct sb_err *err)
{
    struct sb_setup *s = a->setup;
    struct sb_curve_key secret = o->secret_key, public_key = o->public_key;
    sb_callers_number(&a->callers, a->config, &s->places, s->node, sb_node_next_number);
    *o = sb_callers_options(&a->callers, a->config);
    o->secret_key = secret;
    o->public_key = public_key;
    sb_wipe(&secret, sizeof secret);
    mark_moved(a);
    widen_budget(s, o);
    return sb_net_change(s->net, o, err);
}

static void take_over(struct attempt *a)
{
    struct sb_setup *s = a->setup;
    sb_setup_drop(s);
    a->result.before = s->config;
    s->before = s->callers;
    s->loaded_before = s->loaded;
    s->callers = a->callers;
    s->config = s->loaded = a->config;
    s->digest = a->digest;
    a->callers = (struct sb_callers){0};
    a->config = NULL;
    sb_node_retain(s->node, s->config->retention, s->config->n_retention);
    sb_node_expect_receipts(s->node, s->config->erasures.receipts_within_ms);
}

static bool put_in_force(struct attempt *a, struct sb_net_options *o)
{
    struct sb_err err = {0};
    enum sb_rc rc = change_node(a, &err);
    if (rc == SB_OK && (rc = change_sockets(a, o, &err)) != SB_OK) {
        sb_node_keep(a->setup->node);
    }
    if (rc != SB_OK) {
        sb_callers_free(&a->callers);
        return fail(a, rc == SB_E_CONFIG ? SB_ADMIN_RESTART : SB_ADMIN_FAILED, &err);
    }
    take_over(a);
    return true;
}

struct sb_reload sb_reload_run(struct sb_setup *setup, bool dry_run, FILE *out)
{
    struct attempt a = {.setup = setup, .out = out, .result.outcome = SB_ADMIN_DONE};
    struct sb_net_options options = {0};
    if (read_files(&a) && read_curve_key(&a, &options) && compare(&a) && !dry_run) {
        (void)put_in_force(&a, &options);
    }
    sb_wipe(&options, sizeof options);
    forget(&a);
    return a.result;
}
