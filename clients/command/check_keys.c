/* samenbus check keys: are the secrets private and readable as keys, and does the daemon know ours?
 * Nothing secret is printed. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/check.h"
#include "clients/command/daemon_file.h"
#include "clients/lib/samenbus.h"
#include "config/keyfile.h"
#include "proto/sign.h"

enum { ANSWER_MS = 5000, OTHERS = 077 };

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    SB_FLAG_CHECK_FORMAT,
    {"daemon", 0, "FILE", "the daemon's file, samenbusd.yaml: its key files too"},
};

/* A running daemon goes on with a key that others can read; it will not start with it again. */
static bool judge_file(struct sb_verdict *v, const char *path, enum sb_keyfile_kind kind)
{
    uint8_t secret[SB_KEYFILE_SECRET_BYTES];
    struct sb_err err = {0};
    struct stat st;
    if (stat(path, &st) != 0) {
        sb_verdict_add(v, errno == EACCES ? SB_LEVEL_UNKNOWN : SB_LEVEL_CRITICAL, "%s: %s", path,
                       strerror(errno));
        return false;
    }
    if ((st.st_mode & OTHERS) != 0) {
        sb_verdict_add(v, SB_LEVEL_WARNING,
                       "%s has mode %04o, readable by others than its owner: chmod 600 it, and "
                       "take a new key where somebody may have read it",
                       path, (unsigned)(st.st_mode & 07777));
        return false;
    }
    enum sb_rc rc = sb_keyfile_read(path, kind, secret, &err);
    sb_wipe(secret, sizeof secret);
    if (rc != SB_OK) {
        bool denied = access(path, R_OK) != 0 && errno == EACCES;
        sb_verdict_add(v, denied ? SB_LEVEL_UNKNOWN : SB_LEVEL_CRITICAL, "%s", err.text);
    }
    return rc == SB_OK;
}

static void judge_daemon(struct sb_verdict *v, const char *file)
{
    struct sb_config *config = NULL;
    struct sb_err err = {0};
    if (sb_daemon_file_load(&config, file, &err) != SB_OK) {
        sb_verdict_add(v, SB_LEVEL_CRITICAL, "%s", err.text);
        return;
    }
    size_t n = judge_file(v, config->organisation.sign_key, SB_KEYFILE_SIGN);
    n += judge_file(v, config->organisation.curve_key, SB_KEYFILE_CURVE);
    sb_verdict_figure(v, (struct sb_figure){"daemon_keys_good", "", n, 0, 0});
    sb_config_free(config);
}

/* The handshake needs both keys to agree: ours is known there, and theirs is as our file has it. */
static void judge_client(struct sb_verdict *v, const struct sb_args *args)
{
    struct sb_client *client = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_client_open(&client, sb_args_value(args, "config"), stderr, &err);
    rc = rc != SB_OK ? rc : sb_client_connect(client, ANSWER_MS, &err);
    if (rc == SB_E_UNREACHABLE) {
        sb_verdict_add(v, SB_LEVEL_UNKNOWN, "whether the client's key agrees: %s", err.text);
    } else if (rc != SB_OK) {
        sb_verdict_add(v, SB_LEVEL_CRITICAL, "the client's key: %s", err.text);
    }
    sb_verdict_figure(v, (struct sb_figure){"client_agrees", "", rc == SB_OK, 0, 0});
    sb_client_close(client);
}

static int check_keys(const struct sb_args *args)
{
    struct sb_verdict v;
    enum sb_verdict_format format;
    const char *file = sb_args_value(args, "daemon");
    if (!sb_check_read_format(args, &format)) {
        return SB_LEVEL_UNKNOWN;
    }
    sb_verdict_init(&v, "keys");
    if (file != NULL) {
        judge_daemon(&v, file);
    }
    judge_client(&v, args);
    sb_verdict_sum_up(&v, v.level != SB_LEVEL_OK ? "not all keys are as they should be"
                          : file != NULL ? "the key files are private, and daemon and client agree"
                                         : "daemon and client agree");
    return sb_check_finish(&v, format);
}

const struct sb_command sb_command_check_keys = {
    .words = "check keys",
    .about = "are secret keys private, and do daemon and client know each other's? exit 0-3",
    SB_FLAGS(flags),
    .usage_exit = SB_LEVEL_UNKNOWN,
    .examples =
        "  samenbus check keys\n"
        "  samenbus check keys --daemon /etc/samenbus/duoplus/samenbusd.yaml --format nagios\n",
    .run = check_keys,
};
