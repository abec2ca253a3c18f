/* What the peer subcommands share; see peer.h. */
#include "clients/command/peer.h"

#include <stdio.h>
#include <string.h>

#include "clients/command/daemon_file.h"
#include "clients/command/talk.h"
#include "config/keyfile.h"
#include "proto/curve.h"
#include "proto/sign.h"
#include "proto/suggest.h"

bool sb_peer_begin(const struct sb_args *args, struct sb_config **out, int *exit_code)
{
    const char *file = sb_args_value(args, "config");
    struct sb_err err = {0};
    *out = NULL;
    if (file == NULL) {
        *exit_code = sb_args_complain(args, "name the daemon's file: --config samenbusd.yaml");
        return false;
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        *exit_code = SB_EXIT_FAILURE;
        return false;
    }
    enum sb_rc rc = sb_daemon_file_load(out, file, &err);
    *exit_code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    return rc == SB_OK;
}

const struct sb_config_peer *sb_peer_find(const struct sb_config *config, const char *org)
{
    struct sb_suggestion s = {.word = org, .n = strlen(org)};
    for (size_t i = 0; i < config->n_peers; i++) {
        if (strcmp(config->peers[i].id, org) == 0) {
            return &config->peers[i];
        }
        sb_suggest_offer(&s, config->peers[i].id);
    }
    sb_talk("%s is no partner in %s%s%s%s", org, config->file,
            s.best != NULL ? "; did you mean " : "", s.best != NULL ? s.best : "",
            s.best != NULL ? "?" : "; samenbus peer list has them all");
    return NULL;
}

struct sb_public sb_peer_public(const struct sb_config_peer *peer)
{
    struct sb_public pub = {
        .id = peer->id, .name = peer->name, .publish = peer->publish, .service = peer->service};
    memcpy(pub.sign_key, peer->sign_key, sizeof pub.sign_key);
    memcpy(pub.curve_key, peer->curve_key, sizeof pub.curve_key);
    return pub;
}

enum sb_rc sb_peer_own(struct sb_public *out, const struct sb_config *config, struct sb_err *err)
{
    struct sb_sign_seed seed;
    uint8_t curve[SB_KEYFILE_SECRET_BYTES];
    const struct sb_config_organisation *o = &config->organisation;
    *out = (struct sb_public){.id = o->id, .name = o->name};
    enum sb_rc rc = sb_keyfile_read(o->sign_key, SB_KEYFILE_SIGN, seed.b, err);
    if (rc == SB_OK) {
        struct sb_sign_public key = sb_sign_public_of(&seed);
        memcpy(out->sign_key, key.b, sizeof out->sign_key);
        rc = sb_keyfile_read(o->curve_key, SB_KEYFILE_CURVE, curve, err);
    }
    if (rc == SB_OK) {
        sb_curve_public_of(out->curve_key, curve);
    }
    sb_wipe(&seed, sizeof seed);
    sb_wipe(curve, sizeof curve);
    return rc;
}

const char *sb_peer_file(const struct sb_config_peer *peer)
{
    return sb_config_place(peer->node, NULL).file;
}

bool sb_peer_stands_alone(const struct sb_config *config, const struct sb_config_peer *peer)
{
    return strcmp(sb_peer_file(peer), config->file) != 0;
}

enum sb_rc sb_peer_check(const char *config_file, struct sb_err *err)
{
    struct sb_config *config = NULL;
    enum sb_rc rc = sb_daemon_file_check(&config, config_file, err);
    sb_config_free(config);
    return rc;
}

void sb_peer_say_when(void)
{
    sb_talk("`samenbus reload` puts it in force");
}
