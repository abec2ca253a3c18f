/* samenbus key rotate: a new signing key that the old one vouches for, so that partners need not
 * change anything; or a new connection key, which partners are told of before it is used. Beside
 * the old one; the configuration is for a person to change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/command.h"
#include "clients/command/talk.h"
#include "config/certfile.h"
#include "config/config.h"
#include "config/keyfile.h"
#include "proto/curve.h"
#include "proto/link.h"
#include "proto/sign.h"
#include "proto/z85.h"

enum { PATH_BYTES = 4096 };

static const struct sb_flag flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml, which names the keys"},
    {"connection", 0, NULL, "the connection key in the place of the signing key"},
};

/* What one run makes: STEM.sign.key and STEM.certificate in the folder of the old key. */
struct rotation {
    struct sb_org org;
    char key[PATH_BYTES], certificate[PATH_BYTES];
};

/* Beside the old key: its folder, ORG, the day, and what it is. Where the old one is of today as
 * well, with the number after its own. */
static void name_file(char out[static PATH_BYTES], const struct rotation *r, const char *old,
                      time_t now, const char *suffix)
{
    const char *slash = strrchr(old, '/');
    int folder = slash == NULL ? 0 : (int)(slash - old + 1);
    char day[32], number[32] = "";
    struct tm tm;
    (void)strftime(day, sizeof day, "%Y%m%d", gmtime_r(&now, &tm));
    int n = snprintf(out, PATH_BYTES, "%.*s%s-%s", folder, old, r->org.s, day);
    if (n > 0 && n < PATH_BYTES && strncmp(old, out, (size_t)n) == 0) {
        long its = old[n] == '-' ? strtol(old + n + 1, NULL, 10) : 1;
        (void)snprintf(number, sizeof number, "-%ld", its + 1);
    }
    (void)snprintf(out, PATH_BYTES, "%.*s%s-%s%s%s", folder, old, r->org.s, day, number, suffix);
}

/* Made today, and not in use: whoever made it may have told others of it. */
static enum sb_rc refuse_taken(const char *path, const char *go_on, const struct sb_config *config,
                               struct sb_err *err)
{
    if (access(path, F_OK) != 0) {
        return SB_OK;
    }
    return sb_err_set(err, SB_E_BUSY,
                      "%s is there already: it was made today, and %s does not use it. %s. Or, if "
                      "nobody was given it yet, move it away and rotate again",
                      path, config->file, go_on);
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

/* As the configuration has to name it: paths in there start from its own folder. */
static const char *as_written(const char *path, const struct sb_config *config)
{
    const char *slash = strrchr(config->file, '/');
    size_t n = slash == NULL ? 0 : (size_t)(slash - config->file) + 1;
    return strncmp(path, config->file, n) == 0 ? path + n : path;
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
           "have the\n   new sign_key in their configuration, and something that you published "
           "under it: the certificate\n   leads to one key, and stands in what that key signs.\n",
           r->key, r->certificate, config->file, as_written(r->key, config),
           as_written(r->certificate, config), config->file);
}

/* ---- the connection key */

static void encode_public(char text[static SB_Z85_KEY_CHARS + 1],
                          const uint8_t secret[static SB_CURVE_BYTES])
{
    uint8_t public_key[SB_CURVE_BYTES];
    sb_curve_public_of(public_key, secret);
    sb_z85_encode(text, public_key, sizeof public_key);
}

/* What was printed when it was made is said again. */
static enum sb_rc refuse_connection(const struct rotation *r, const struct sb_config *config,
                                    struct sb_err *err)
{
    enum { GO_ON_BYTES = 256 };
    uint8_t secret[SB_CURVE_BYTES];
    char text[SB_Z85_KEY_CHARS + 1] = "?", go_on[GO_ON_BYTES];
    if (access(r->key, F_OK) == 0 &&
        sb_keyfile_read(r->key, SB_KEYFILE_CURVE, secret, NULL) == SB_OK) {
        encode_public(text, secret);
        sb_wipe(secret, sizeof secret);
    }
    (void)snprintf(go_on, sizeof go_on,
                   "Go on with it: next_curve_key: \"%s\" at your partners, and once all have it "
                   "name the file as `curve_key`",
                   text);
    return refuse_taken(r->key, go_on, config, err);
}

static enum sb_rc make_connection(struct rotation *r, const struct sb_config *config, time_t now,
                                  char text[static SB_Z85_KEY_CHARS + 1], struct sb_err *err)
{
    uint8_t secret[SB_CURVE_BYTES];
    name_file(r->key, r, config->organisation.curve_key, now, ".curve.key");
    enum sb_rc rc = refuse_connection(r, config, err);
    if (rc != SB_OK) {
        return rc;
    }
    sb_random_bytes(secret, sizeof secret);
    encode_public(text, secret);
    rc = sb_keyfile_write(r->key, SB_KEYFILE_CURVE, secret, err);
    sb_wipe(secret, sizeof secret);
    return rc;
}

static void tell_connection(const struct rotation *r, const struct sb_config *config,
                            const char *text)
{
    printf(
        "made %s\n"
        "1. Send your partners this line, and read the key to them over the telephone. They write "
        "it under\n   your `curve_key` and run samenbus reload; nothing is dropped:\n"
        "     next_curve_key: \"%s\"\n"
        "   In client.yaml of your own clients the same key is `next_server_key`; restart those "
        "programs\n   when it suits you.\n"
        "2. Once all have it, in %s, under `organisation`:\n"
        "     curve_key: %s\n"
        "   Restart the daemon: partners and clients find it under either key and miss nothing.\n"
        "3. samenbus key backup, and then destroy the old key. Partners write the key as your "
        "`curve_key`\n   and take `next_curve_key` out when it suits them; clients likewise with "
        "`server_key`.\n",
        r->key, text, config->file, as_written(r->key, config));
}

static enum sb_rc rotate_connection(struct rotation *r, const struct sb_config *config, time_t now,
                                    struct sb_err *err)
{
    char text[SB_Z85_KEY_CHARS + 1];
    enum sb_rc rc = make_connection(r, config, now, text, err);
    if (rc == SB_OK) {
        tell_connection(r, config, text);
    }
    return rc;
}

/* ---- the signing key */

static enum sb_rc rotate_signing(struct rotation *r, const struct sb_config *config, time_t now,
                                 struct sb_err *err)
{
    if (config->organisation.certificate != NULL) {
        return sb_err_set(err, SB_E_BUSY,
                          "%s: `certificate` is in use: partners that pinned the key before would "
                          "not know the next one. Give them the sign_key of now (samenbus key "
                          "show), take `certificate` out, then rotate",
                          config->file);
    }
    name_file(r->key, r, config->organisation.sign_key, now, ".sign.key");
    name_file(r->certificate, r, config->organisation.sign_key, now, ".certificate");
    static const char go_on[] = "Go on with it: name the key as `sign_key` and the file beside it "
                                "as `certificate`, and restart the daemon";
    enum sb_rc rc = refuse_taken(r->certificate, go_on, config, err);
    rc = rc == SB_OK ? refuse_taken(r->key, go_on, config, err) : rc;
    rc = rc == SB_OK ? make(r, config, now, err) : rc;
    if (rc == SB_OK) {
        tell(r, config);
    }
    return rc;
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
    if (rc == SB_OK) {
        (void)sb_org_parse(&r.org, config->organisation.id, strlen(config->organisation.id));
        rc = sb_args_has(args, "connection") ? rotate_connection(&r, config, now, &err)
                                             : rotate_signing(&r, config, now, &err);
    }
    sb_config_free(config);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_rotate = {
    .words = "key rotate",
    .synopsis = "--config samenbusd.yaml [--connection]",
    .about = "make a new signing key that the old one vouches for, or the next connection key",
    SB_FLAGS(flags),
    .examples =
        "  samenbus key rotate -c /etc/samenbus/duoplus/samenbusd.yaml\n"
        "      # writes the key and its certificate beside the old key, and says what next\n"
        "  samenbus key rotate --connection -c /etc/samenbus/duoplus/samenbusd.yaml\n"
        "      # writes the key, and prints the line that partners need before it is used\n",
    .run = key_rotate,
};
