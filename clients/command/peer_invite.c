/* samenbus peer invite: the file that a partner drops into conf.d/, with our public keys and where
 * we are reached. Nothing secret. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/command/peer.h"
#include "clients/command/talk.h"
#include "config/endpoint.h"
#include "config/newfile.h"

static const struct sb_flag flags[] = {
    SB_FLAG_PEER_CONFIG,
    {"publish", 0, "ENDPOINT", "our publisher as the partner reaches it (default: as we listen)"},
    {"service", 0, "ENDPOINT", "our service as the partner reaches it (default: as we listen)"},
    {"unreachable", 0, NULL, "leave both out: our firewall lets nobody in, and we connect to them"},
    {"out", 0, "FILE", "the file to write; never overwritten (default: standard output)"},
};

/* What we listen on serves unless it says "everywhere" or "this machine". */
static bool choose_endpoint(const struct sb_args *args, const char *flag, const char *listen,
                            const char **out)
{
    static const char *const here[] = {"ipc:", "tcp://127.", "tcp://localhost:", "tcp://[::1]",
                                       NULL};
    const char *given = sb_args_value(args, flag);
    *out = given != NULL ? given : listen;
    const char *fault = sb_endpoint_fault(*out, false);
    if (fault == NULL && strncmp(*out, "tcp://0.0.0.0:", 14) == 0) {
        fault = "says every address";
    }
    if (fault != NULL) {
        sb_args_complain(args, "--%s: `%s` %s; give it as the partner reaches us", flag, *out,
                         fault);
        return false;
    }
    for (size_t i = 0; given == NULL && here[i] != NULL; i++) {
        if (strncmp(*out, here[i], strlen(here[i])) == 0) {
            sb_talk("%s reaches this machine from itself alone; --%s gives another", *out, flag);
        }
    }
    return true;
}

static enum sb_rc write_to(FILE *to, const struct sb_public *pub, const struct sb_config *config)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    sb_public_fingerprint(fingerprint, pub);
    fprintf(to,
            "# %s (%s) in the partnership %s, for a partner: samenbus peer add, or conf.d/%s.yaml\n"
            "# fingerprint, to be read over the telephone: %s\n",
            pub->id, pub->name, config->partnership, pub->id, fingerprint);
    sb_public_print(to, pub, 0, false);
    return SB_OK;
}

static enum sb_rc write_file(const char *path, const struct sb_public *pub,
                             const struct sb_config *config, struct sb_err *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    enum sb_rc rc =
        to == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory") : write_to(to, pub, config);
    if (to != NULL && fclose(to) != 0) {
        rc = sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    rc = rc == SB_OK ? sb_newfile_write(path, 0644, text, n, err) : rc;
    free(text);
    return rc;
}

static int peer_invite(const struct sb_args *args)
{
    const char *out = sb_args_value(args, "out");
    struct sb_config *config;
    struct sb_public pub;
    struct sb_err err = {0};
    int code;
    if (!sb_peer_begin(args, &config, &code)) {
        return code;
    }
    enum sb_rc rc = sb_peer_own(&pub, config, &err);
    bool good =
        rc == SB_OK && (sb_args_has(args, "unreachable") ||
                        (choose_endpoint(args, "publish", config->listen.publish, &pub.publish) &&
                         choose_endpoint(args, "service", config->listen.service, &pub.service)));
    if (good) {
        rc = out != NULL ? write_file(out, &pub, config, &err) : write_to(stdout, &pub, config);
    }
    sb_config_free(config);
    return rc != SB_OK ? sb_talk_error(rc, &err) : good ? SB_EXIT_OK : SB_EXIT_USAGE;
}

const struct sb_command sb_command_peer_invite = {
    .words = "peer invite",
    .synopsis = "--config samenbusd.yaml",
    .about = "make the file that a partner needs of us: id, public keys, endpoints, fingerprint",
    SB_FLAGS(flags),
    .examples =
        "  samenbus peer invite -c /etc/samenbus/duoplus/samenbusd.yaml --out GM0384.yaml \\\n"
        "      --publish tcp://bus.diemen.example:7461 "
        "--service tcp://bus.diemen.example:7462\n"
        "      # send GM0384.yaml by any road, then read the fingerprint to each other\n",
    .run = peer_invite,
};
