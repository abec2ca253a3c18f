/* Looks at what a configuration names on this machine: `samenbusd -t`, and every start. Nothing is
 * created or changed. */
#include "config/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/certfile.h"
#include "config/endpoint.h"
#include "config/keyfile.h"
#include "proto/curve.h"
#include "proto/sign.h"

enum { FOLDER_MAX = 4096 };

/* What a check is about. */
struct subject {
    const struct sb_yaml_node *node;
    const char *key;
    struct sb_report *report;
};

static void complain(const struct subject *s, const char *path, const char *what)
{
    char quote[SB_REPORT_QUOTE_MAX];
    sb_report_add(s->report, sb_config_place(s->node, s->key), "`%s` %s: `%s`", s->key, what,
                  sb_report_quote(quote, path, strlen(path)));
}

/* The folder that a file stands or will stand in. */
static void check_folder_of(const struct subject *s, const char *path)
{
    char folder[FOLDER_MAX];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    snprintf(folder, sizeof folder, "%.*s", n, slash == NULL ? "." : path);
    struct stat st;
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        complain(s, path, "stands in a folder that is not there");
        sb_report_hint(s->report, "make it: mkdir -p %s", folder);
    } else if (access(folder, W_OK | X_OK) != 0) {
        complain(s, path, "stands in a folder that we may not write to");
    }
}

static void check_store(const struct subject *s, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        check_folder_of(s, path);
    } else if (!S_ISDIR(st.st_mode)) {
        complain(s, path, "is not a folder");
    } else if (access(path, R_OK | W_OK | X_OK) != 0) {
        complain(s, path, "is a folder that we may not write to");
    }
}

static void check_log_file(const struct subject *s, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        check_folder_of(s, path);
    } else if (S_ISDIR(st.st_mode)) {
        complain(s, path, "is a folder");
    } else if (access(path, W_OK) != 0) {
        complain(s, path, "is a file that we may not write to");
    }
}

static void check_program(const struct subject *s, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        complain(s, path, "is not there");
    } else if (!S_ISREG(st.st_mode) || access(path, X_OK) != 0) {
        complain(s, path, "is not a program that we may run");
        sb_report_hint(s->report, "a script needs chmod +x and a first line such as #!/bin/sh");
    }
}

/* False, and reported, when the file is no good. The caller wipes the secret. */
static bool read_secret(const struct subject *s, const char *path, enum sb_keyfile_kind kind,
                        uint8_t secret[static SB_KEYFILE_SECRET_BYTES])
{
    struct sb_err err;
    if (sb_keyfile_read(path, kind, secret, &err) == SB_OK) {
        return true;
    }
    sb_report_add(s->report, sb_config_place(s->node, s->key), "`%s`: %s", s->key, err.text);
    sb_report_hint(s->report, "samenbus key gen makes key files");
    return false;
}

static void report_own_key(const struct sb_config *c, const struct sb_config_peer *peer,
                           const char *key, struct sb_report *report)
{
    sb_report_add(report, sb_config_place(peer->node, key),
                  "`%s` of partner `%s` is this daemon's own key", key, peer->id);
    sb_report_hint(report, "a partner's keys come from the partner, not from %s",
                   c->organisation.id);
}

static void check_own_sign_key(const struct sb_config *c,
                               const uint8_t own[static SB_CONFIG_KEY_BYTES],
                               struct sb_report *report)
{
    for (size_t i = 0; i < c->n_peers; i++) {
        if (memcmp(c->peers[i].sign_key, own, SB_CONFIG_KEY_BYTES) == 0) {
            report_own_key(c, &c->peers[i], "sign_key", report);
        }
    }
}

/* It must lead to the key that we sign with. */
static void check_certificate(const struct sb_config *c, const struct sb_sign_seed *seed,
                              struct sb_report *report)
{
    struct sb_certificate certificate;
    struct sb_org own;
    struct sb_err err;
    const struct sb_sign_public key = sb_sign_public_of(seed);
    if (c->organisation.certificate == NULL ||
        !sb_org_parse(&own, c->organisation.id, strlen(c->organisation.id))) {
        return;
    }
    const struct sb_report_place at = sb_config_place(c->organisation.node, "certificate");
    if (sb_certfile_read(&certificate, c->organisation.certificate, &own, c->partnership, &err) !=
        SB_OK) {
        sb_report_add(report, at, "`certificate`: %s", err.text);
    } else if (memcmp(&certificate.new_key, &key, sizeof key) != 0) {
        sb_report_add(report, at, "`certificate` vouches for another key than `sign_key`");
        sb_report_hint(report, "samenbus key rotate made them together: name both, or neither");
    }
}

static void check_sign_key(const struct sb_config *c, struct sb_report *report)
{
    const struct subject s = {c->organisation.node, "sign_key", report};
    struct sb_sign_seed seed;
    if (read_secret(&s, c->organisation.sign_key, SB_KEYFILE_SIGN, seed.b)) {
        struct sb_sign_public own = sb_sign_public_of(&seed);
        check_own_sign_key(c, own.b, report);
        check_certificate(c, &seed, report);
    }
    sb_wipe(&seed, sizeof seed);
}

static void check_curve_key(const struct sb_config *c, struct sb_report *report)
{
    const struct subject s = {c->organisation.node, "curve_key", report};
    uint8_t secret[SB_CURVE_BYTES], own[SB_CURVE_BYTES];
    if (read_secret(&s, c->organisation.curve_key, SB_KEYFILE_CURVE, secret)) {
        sb_curve_public_of(own, secret);
        for (size_t i = 0; i < c->n_peers; i++) {
            if (memcmp(c->peers[i].curve_key, own, sizeof own) == 0) {
                report_own_key(c, &c->peers[i], "curve_key", report);
            }
            if (memcmp(c->peers[i].next_curve_key, own, sizeof own) == 0) {
                report_own_key(c, &c->peers[i], "next_curve_key", report);
            }
        }
    }
    sb_wipe(secret, sizeof secret);
}

static void check_socket(const struct sb_config *c, const char *key, const char *endpoint,
                         struct sb_report *report)
{
    const struct subject s = {c->listen.node, key, report};
    const char *path = sb_endpoint_ipc_path(endpoint);
    if (path != NULL) {
        check_folder_of(&s, path);
    }
}

/* What is looked at whichever way the signing key is known. */
static void check_rest(const struct sb_config *config, struct sb_report *report)
{
    check_curve_key(config, report);
    check_socket(config, "publish", config->listen.publish, report);
    check_socket(config, "service", config->listen.service, report);
    check_store(&(struct subject){config->store.node, "path", report}, config->store.path);
    if (config->eventlog.path != NULL) {
        check_log_file(&(struct subject){config->eventlog.node, "path", report},
                       config->eventlog.path);
    }
    if (config->on_alarm != NULL) {
        check_program(&(struct subject){config->node, "on_alarm", report}, config->on_alarm);
    }
}

static enum sb_rc give_verdict(const struct sb_config *config, size_t n, struct sb_err *err)
{
    return n == 0 ? SB_OK
                  : sb_err_set(err, SB_E_CONFIG, "%s: %zu %s in the files that it names",
                               config->file, n, n == 1 ? "mistake" : "mistakes");
}

enum sb_rc sb_config_check_files(const struct sb_config *config, struct sb_report *report,
                                 struct sb_err *err)
{
    size_t before = sb_report_count(report);
    check_sign_key(config, report);
    check_rest(config, report);
    return give_verdict(config, sb_report_count(report) - before, err);
}

enum sb_rc sb_config_check_running(const struct sb_config *config,
                                   const uint8_t own[static SB_CONFIG_KEY_BYTES],
                                   struct sb_report *report, struct sb_err *err)
{
    size_t before = sb_report_count(report);
    check_own_sign_key(config, own, report);
    check_rest(config, report);
    return give_verdict(config, sb_report_count(report) - before, err);
}
