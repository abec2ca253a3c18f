/* samenbus peer add: takes a partner in, as a file of conf.d, whole or not at all. What is written
 * is made anew from what was read, so that nothing else of the file comes with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/peer.h"
#include "clients/command/talk.h"
#include "config/newfile.h"

static const struct sb_flag flags[] = {
    SB_FLAG_PEER_CONFIG,
    {"fingerprint", 0, "DIGITS", "as its owner read it over the telephone; refused if it differs"},
};

static enum sb_rc load_public(struct sb_public **out, const char *path, struct sb_err *err)
{
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                   : sb_public_load(out, path, report, err);
    if (rc == SB_E_CONFIG) {
        sb_report_print(report, stderr);
        err->rc = rc = SB_E_INPUT; /* of somebody else, not our configuration */
    }
    sb_report_free(report);
    return rc;
}

static bool same_key(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, SB_CONFIG_KEY_BYTES) == 0;
}

/* Keys and ids are known by one partner alone, and never ours. */
static enum sb_rc check_against(const struct sb_public *pub, const struct sb_public *known,
                                const char *who, struct sb_err *err)
{
    if (strcmp(pub->id, known->id) == 0) {
        return sb_err_set(err, SB_E_INPUT, "%s is %s already", pub->id, who);
    }
    if (same_key(pub->sign_key, known->sign_key) || same_key(pub->curve_key, known->curve_key)) {
        return sb_err_set(err, SB_E_INPUT, "the %s of %s is that of %s, %s",
                          same_key(pub->sign_key, known->sign_key) ? "sign_key" : "curve_key",
                          pub->id, known->id, who);
    }
    return SB_OK;
}

static enum sb_rc check_new(const struct sb_public *pub, const struct sb_config *config,
                            struct sb_err *err)
{
    struct sb_public own;
    if (pub->id == NULL) {
        return sb_err_set(err, SB_E_INPUT, "it is of a client, whose place is under `clients:`");
    }
    if ((pub->publish == NULL) != (pub->service == NULL)) {
        return sb_err_set(err, SB_E_INPUT,
                          "it has one endpoint: both are needed, or neither for a partner that "
                          "connects to us");
    }
    enum sb_rc rc = sb_peer_own(&own, config, err);
    rc = rc == SB_OK ? check_against(pub, &own, "ourselves", err) : rc;
    for (size_t i = 0; rc == SB_OK && i < config->n_peers; i++) {
        struct sb_public known = sb_peer_public(&config->peers[i]);
        rc = check_against(pub, &known, "a partner", err);
    }
    return rc;
}

static enum sb_rc check_heard(const struct sb_public *pub, const char *heard, struct sb_err *err)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    sb_public_fingerprint(fingerprint, pub);
    printf("partner: %s %s\nfingerprint: %s\n", pub->id, pub->name != NULL ? pub->name : "",
           fingerprint);
    fflush(stdout);
    return heard == NULL || sb_public_same_fingerprint(heard, fingerprint)
               ? SB_OK
               : sb_err_set(err, SB_E_INPUT, "another fingerprint than the one you heard");
}

static char *make_text(const struct sb_public *pub, size_t *n)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    char *text = NULL;
    FILE *to = open_memstream(&text, n);
    if (to == NULL) {
        return NULL;
    }
    sb_public_fingerprint(fingerprint, pub);
    fprintf(to, "# fingerprint: %s\n", fingerprint);
    sb_public_print(to, pub, 0, false);
    if (fclose(to) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* Under a name that the daemon does not look at, and then under its own, which nobody may have. */
static enum sb_rc write_partner(const char *folder, const char *path, const struct sb_public *pub,
                                struct sb_err *err)
{
    char partial[SB_PEER_PATH_BYTES + 32];
    size_t n = 0;
    if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
        return sb_err_set(err, SB_E_IO, "make the folder %s: %s", folder, strerror(errno));
    }
    char *text = make_text(pub, &n);
    (void)snprintf(partial, sizeof partial, "%s/.%s.%ld", folder, pub->id, (long)getpid());
    enum sb_rc rc = text == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                 : sb_newfile_write(partial, 0644, text, n, err);
    if (rc == SB_OK) {
        rc = sb_newfile_rename(partial, path, err);
        if (rc != SB_OK) {
            (void)unlink(partial);
        }
    }
    free(text);
    return rc;
}

static enum sb_rc add(const struct sb_public *pub, const struct sb_config *config,
                      struct sb_err *err)
{
    char folder[SB_PEER_PATH_BYTES], path[SB_PEER_PATH_BYTES + 64];
    const char *slash = strrchr(config->file, '/');
    (void)snprintf(folder, sizeof folder, "%.*sconf.d",
                   slash == NULL ? 0 : (int)(slash - config->file + 1), config->file);
    (void)snprintf(path, sizeof path, "%s/%s.yaml", folder, pub->id);
    enum sb_rc rc = write_partner(folder, path, pub, err);
    if (rc != SB_OK) {
        return rc;
    }
    rc = sb_peer_check(config->file, err);
    if (rc != SB_OK) {
        (void)unlink(path);
        return sb_err_wrap(err, "nothing is changed");
    }
    printf("written: %s\n", path);
    return SB_OK;
}

static int peer_add(const struct sb_args *args)
{
    struct sb_config *config;
    struct sb_public *pub = NULL;
    struct sb_err err = {0};
    int code;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name the file that the partner sent");
    }
    if (!sb_peer_begin(args, &config, &code)) {
        return code;
    }
    const char *heard = sb_args_value(args, "fingerprint");
    enum sb_rc rc = load_public(&pub, args->operands[0], &err);
    if (rc == SB_OK) {
        rc = check_new(pub, config, &err);
        rc = rc == SB_OK ? check_heard(pub, heard, &err) : rc;
        if (rc != SB_OK) {
            sb_err_wrap(&err, "%s", args->operands[0]);
        }
    }
    rc = rc == SB_OK ? add(pub, config, &err) : rc;
    if (rc == SB_OK && heard == NULL) {
        sb_talk("have the fingerprint read to you over the telephone before it counts; where it "
                "differs: samenbus peer remove %s",
                pub->id);
    }
    if (rc == SB_OK) {
        sb_peer_say_when();
    }
    sb_public_free(pub);
    sb_config_free(config);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_peer_add = {
    .words = "peer add",
    .synopsis = "FILE --config samenbusd.yaml [--fingerprint DIGITS]",
    .about = "take a partner in: checks the file that it sent and writes conf.d/ORG.yaml",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus peer add GM0451.yaml -c /etc/samenbus/duoplus/samenbusd.yaml \\\n"
                "      --fingerprint '12345 12345 12345 12345 12345 12345'\n",
    .run = peer_add,
};
