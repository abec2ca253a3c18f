/* samenbus peer remove: puts a partner's file of conf.d aside, under a name that the daemon does
 * not look at. Nothing is deleted, and its events stay in the store. */
#include <stdio.h>
#include <time.h>

#include "clients/command/peer.h"
#include "clients/command/talk.h"
#include "config/newfile.h"

static const struct sb_flag flags[] = {SB_FLAG_PEER_CONFIG};

static enum sb_rc put_aside(const struct sb_config *config, const struct sb_config_peer *peer,
                            struct sb_err *err)
{
    char aside[SB_PEER_PATH_BYTES];
    const char *file = sb_peer_file(peer);
    struct sb_report_place at = sb_config_place(peer->node, "id");
    if (!sb_peer_stands_alone(config, peer)) {
        return sb_err_set(err, SB_E_INPUT,
                          "%s stands in %s itself: take its lines out there, from line %u on",
                          peer->id, file, at.line);
    }
    (void)snprintf(aside, sizeof aside, "%s.removed-%lld", file, (long long)time(NULL));
    enum sb_rc rc = sb_newfile_rename(file, aside, err);
    if (rc == SB_OK && (rc = sb_peer_check(config->file, err)) != SB_OK) {
        (void)sb_newfile_rename(aside, file, NULL);
        return sb_err_wrap(err, "nothing is changed");
    }
    if (rc == SB_OK) {
        printf("put aside: %s\n", aside);
        sb_talk("its events stay; to take it back, give the file its name again");
    }
    return rc;
}

static int peer_remove(const struct sb_args *args)
{
    struct sb_config *config;
    struct sb_err err = {0};
    int code;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name one partner");
    }
    if (!sb_peer_begin(args, &config, &code)) {
        return code;
    }
    const struct sb_config_peer *peer = sb_peer_find(config, args->operands[0]);
    enum sb_rc rc = peer == NULL ? SB_OK : put_aside(config, peer, &err);
    if (peer != NULL && rc == SB_OK) {
        sb_peer_say_when();
    }
    sb_config_free(config);
    return peer == NULL ? SB_EXIT_INPUT : rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_peer_remove = {
    .words = "peer remove",
    .synopsis = "ORG --config samenbusd.yaml",
    .about = "put a partner's file aside; nothing is deleted",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus peer remove GM0451 -c /etc/samenbus/duoplus/samenbusd.yaml\n",
    .run = peer_remove,
};
