/* samenbus key backup and key restore: the keys of an organisation in one sealed file, for a drawer
 * or a safe. Nothing is ever overwritten. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/passphrase.h"
#include "clients/command/talk.h"
#include "config/keyset.h"
#include "proto/sign.h"

enum { PATH_BYTES = 4096 };

static struct sb_bytes bytes_of(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

static void print_keys(const char *what, const struct sb_keyset *set)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    struct sb_public pub;
    sb_keyset_public(&pub, set);
    sb_public_fingerprint(fingerprint, &pub);
    printf("%s: %s\nfingerprint: %s\n", what, set->id, fingerprint);
}

/* ---- backup */

static const struct sb_flag backup_flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml, which names the keys"},
    {"out", 0, "FILE", "the file to write; never overwritten"},
    SB_FLAG_PASSPHRASE,
};

static void copy_text(char out[static SB_KEYSET_TEXT_MAX], const char *text)
{
    (void)snprintf(out, SB_KEYSET_TEXT_MAX, "%s", text != NULL ? text : "");
}

/* Where partners reach us stands in the public half, if that lies beside the key still. */
static void add_endpoints(struct sb_keyset *set, const char *sign_key)
{
    char path[PATH_BYTES];
    struct sb_public *pub = NULL;
    struct sb_report *report = sb_report_new();
    const char *slash = strrchr(sign_key, '/');
    int folder = slash == NULL ? 0 : (int)(slash - sign_key) + 1;
    (void)snprintf(path, sizeof path, "%.*s%s.pub.yaml", folder, sign_key, set->id);
    if (report != NULL && access(path, R_OK) == 0 &&
        sb_public_load(&pub, path, report, NULL) == SB_OK) {
        copy_text(set->publish, pub->publish);
        copy_text(set->service, pub->service);
    }
    sb_public_free(pub);
    sb_report_free(report);
}

static enum sb_rc collect_keys(struct sb_keyset *out, const char *file, struct sb_err *err)
{
    struct sb_config *config = NULL;
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                   : sb_config_load(&config, file, report, err);
    if (rc == SB_OK) {
        copy_text(out->id, config->organisation.id);
        copy_text(out->name, config->organisation.name);
        add_endpoints(out, config->organisation.sign_key);
        rc = sb_keyfile_read(config->organisation.sign_key, SB_KEYFILE_SIGN, out->sign, err);
        rc = rc != SB_OK ? rc
                         : sb_keyfile_read(config->organisation.curve_key, SB_KEYFILE_CURVE,
                                           out->curve, err);
    } else if (report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_config_free(config);
    sb_report_free(report);
    return rc;
}

static int key_backup(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "config"), *out = sb_args_value(args, "out");
    char passphrase[SB_PASSPHRASE_BYTES];
    struct sb_err err = {0};
    struct sb_keyset set = {0};
    if (file == NULL || out == NULL) {
        return sb_args_complain(args, "give --config samenbusd.yaml and --out FILE");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    enum sb_rc rc = collect_keys(&set, file, &err);
    if (rc == SB_OK && access(out, F_OK) == 0) {
        rc = sb_err_set(&err, SB_E_INPUT, "%s exists; it is never overwritten", out);
    }
    if (rc == SB_OK) {
        rc = sb_passphrase_get(args, true, passphrase)
                 ? sb_keyset_write(out, &set, bytes_of(passphrase), &err)
                 : sb_err_set(&err, SB_E_INPUT, "no passphrase, no backup");
        sb_wipe(passphrase, sizeof passphrase);
    }
    if (rc == SB_OK) {
        print_keys(out, &set);
    }
    sb_wipe(&set, sizeof set);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_backup = {
    .words = "key backup",
    .synopsis = "--config samenbusd.yaml --out FILE",
    .about = "seal the keys of an organisation with a passphrase into one file",
    SB_FLAGS(backup_flags),
    .examples = "  samenbus key backup -c /etc/samenbus/duoplus/samenbusd.yaml --out "
                "/media/usb/keys.sealed\n"
                "      # asks for a passphrase twice; prints the fingerprint\n",
    .run = key_backup,
};

/* ---- restore */

static const struct sb_flag restore_flags[] = {
    {"out", 0, "DIR", "the folder to write to; made when absent"},
    SB_FLAG_PASSPHRASE,
};

static const char *path_of(char out[static PATH_BYTES], const char *folder, const char *id,
                           const char *suffix)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s%s", folder, id, suffix);
    return out;
}

/* All or nothing, as `key gen`. */
static enum sb_rc check_none_exists(const char *folder, const char *id, struct sb_err *err)
{
    static const char *const suffixes[] = {".sign.key", ".curve.key", ".pub.yaml"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (access(path_of(path, folder, id, suffixes[i]), F_OK) == 0) {
            return sb_err_set(err, SB_E_INPUT, "%s exists; keys are never overwritten", path);
        }
    }
    return SB_OK;
}

static enum sb_rc write_keys(const char *folder, const struct sb_keyset *set, struct sb_err *err)
{
    char path[PATH_BYTES];
    struct sb_public pub;
    struct sb_org id;
    if (!sb_org_parse(&id, set->id, strlen(set->id))) {
        return sb_err_set(err, SB_E_INPUT, "the file names no organisation");
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return sb_err_set(err, SB_E_IO, "make the folder %s: %s", folder, strerror(errno));
    }
    enum sb_rc rc = check_none_exists(folder, set->id, err);
    rc = rc != SB_OK ? rc
                     : sb_keyfile_write(path_of(path, folder, set->id, ".sign.key"),
                                        SB_KEYFILE_SIGN, set->sign, err);
    rc = rc != SB_OK ? rc
                     : sb_keyfile_write(path_of(path, folder, set->id, ".curve.key"),
                                        SB_KEYFILE_CURVE, set->curve, err);
    sb_keyset_public(&pub, set);
    return rc != SB_OK ? rc
                       : sb_public_write(path_of(path, folder, set->id, ".pub.yaml"), &pub, err);
}

static int key_restore(const struct sb_args *args)
{
    const char *out = sb_args_value(args, "out");
    char passphrase[SB_PASSPHRASE_BYTES];
    struct sb_err err = {0};
    struct sb_keyset set = {0};
    if (args->n_operands != 1 || out == NULL) {
        return sb_args_complain(args, "give the file and --out DIR");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    if (!sb_passphrase_get(args, false, passphrase)) {
        return SB_EXIT_INPUT;
    }
    enum sb_rc rc = sb_keyset_read(&set, args->operands[0], bytes_of(passphrase), &err);
    sb_wipe(passphrase, sizeof passphrase);
    if (rc == SB_OK) {
        rc = write_keys(out, &set, &err);
    }
    if (rc == SB_OK) {
        print_keys(out, &set);
    }
    sb_wipe(&set, sizeof set);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_restore = {
    .words = "key restore",
    .synopsis = "FILE --out DIR",
    .about = "get sealed keys back; a key that exists is never overwritten",
    SB_FLAGS(restore_flags),
    .operands_max = 1,
    .examples = "  samenbus key restore /media/usb/keys.sealed --out /etc/samenbus/duoplus/keys\n",
    .run = key_restore,
};
