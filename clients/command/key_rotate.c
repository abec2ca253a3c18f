/* samenbus key rotate: a new signing key that the old one vouches for, so that partners need not
 * change anything. Beside the old one; the configuration is for a person to change. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients/command/command.h"
#include "clients/command/talk.h"
#include "config/certfile.h"
#include "config/config.h"
#include "config/keyfile.h"
#include "proto/link.h"
#include "proto/sign.h"

enum { PATH_BYTES = 4096 };

static const struct sb_flag flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml, which names the keys"},
};

/* What one run makes: STEM.sign.key and STEM.certificate in the folder of the old key. */
struct rotation {
    struct sb_org org;
    char key[PATH_BYTES], certificate[PATH_BYTES];
};

static void name_files(struct rotation *r, const struct sb_config *config, time_t now)
{
    const char *old = config->organisation.sign_key, *slash = strrchr(old, '/');
    int folder = slash == NULL ? 0 : (int)(slash - old + 1);
    char day[32];
    struct tm tm;
    (void)strftime(day, sizeof day, "%Y%m%d", gmtime_r(&now, &tm));
    (void)snprintf(r->key, sizeof r->key, "%.*s%s-%s.sign.key", folder, old, r->org.s, day);
    (void)snprintf(r->certificate, sizeof r->certificate, "%.*s%s-%s.certificate", folder, old,
                   r->org.s, day);
}

static enum sb_rc make(const struct rotation *r, const struct sb_config *config, time_t now,
                       struct sb_err *err)
{
    struct sb_sign_seed old_seed = {{0}}, new_seed;
    const struct sb_hash partnership = sb_partnership_hash(config->partnership);
    struct sb_certificate c = {.origin = r->org, .time = {(int64_t)now * 1000}};
    enum sb_rc rc =
        sb_keyfile_read(config->organisation.sign_key, SB_KEYFILE_SIGN, old_seed.b, err);
    sb_random_bytes(new_seed.b, sizeof new_seed.b);
    if (rc == SB_OK) {
        sb_certificate_sign(&c, &partnership, &old_seed, &new_seed);
        rc = sb_keyfile_write(r->key, SB_KEYFILE_SIGN, new_seed.b, err);
    }
    if (rc == SB_OK) {
        rc = sb_certfile_write(r->certificate, &c, err);
    }
    sb_wipe(&old_seed, sizeof old_seed);
    sb_wipe(&new_seed, sizeof new_seed);
    return rc;
}

static void tell(const struct rotation *r, const struct sb_config *config)
{
    printf("made %s and %s\n"
           "1. in %s, under `organisation`:\n"
           "     sign_key: %s\n"
           "     certificate: %s\n"
           "2. samenbusd -t -c %s, and restart the daemon: its next epoch is under the new key.\n"
           "   Partners change nothing; what the old key signed stays valid.\n"
           "3. samenbus key backup, and then destroy the old key. Rotate again only once partners "
           "have the\n   new sign_key in their configuration: one certificate leads to one key.\n",
           r->key, r->certificate, config->file, r->key, r->certificate, config->file);
}

static int key_rotate(const struct sb_args *args)
{
    struct rotation r = {0};
    struct sb_err err = {0};
    struct sb_config *config = NULL;
    const time_t now = time(NULL);
    if (!sb_args_has(args, "config")) {
        return sb_args_complain(args, "which daemon? -c samenbusd.yaml");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL
                        ? SB_E_NOMEM
                        : sb_config_load(&config, sb_args_value(args, "config"), report, &err);
    if (rc != SB_OK && report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_report_free(report);
    if (rc == SB_OK && config->organisation.certificate != NULL) {
        rc = sb_err_set(&err, SB_E_BUSY,
                        "%s: `certificate` is in use: partners that pinned the key before would "
                        "not know the next one. Give them the sign_key of now (samenbus key show), "
                        "take `certificate` out, then rotate",
                        config->file);
    }
    if (rc == SB_OK) {
        (void)sb_org_parse(&r.org, config->organisation.id, strlen(config->organisation.id));
        name_files(&r, config, now);
        rc = make(&r, config, now, &err);
    }
    if (rc == SB_OK) {
        tell(&r, config);
    }
    sb_config_free(config);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_rotate = {
    .words = "key rotate",
    .synopsis = "--config samenbusd.yaml",
    .about = "make a new signing key that the old one vouches for: partners change nothing",
    SB_FLAGS(flags),
    .examples =
        "  samenbus key rotate -c /etc/samenbus/samenbusd.yaml\n"
        "      # writes the key and its certificate beside the old key, and says what next\n",
    .run = key_rotate,
};
