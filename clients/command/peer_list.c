/* samenbus peer list and peer show: the partners that the daemon's files have. Whether they are
 * reached is samenbus status' to say. */
#include <stdio.h>

#include "clients/command/peer.h"
#include "clients/command/show.h"

enum { ID_COLUMNS = 12, NAME_COLUMNS = 24, ENDPOINT_COLUMNS = 32 };

static const struct sb_flag flags[] = {SB_FLAG_PEER_CONFIG};

static void print_peer(const struct sb_config_peer *peer)
{
    char line[SB_SHOW_LINE_BYTES] = "", fingerprint[SB_FINGERPRINT_BYTES];
    struct sb_public pub = sb_peer_public(peer);
    sb_public_fingerprint(fingerprint, &pub);
    sb_show_field(line, sizeof line, peer->id, ID_COLUMNS, false);
    sb_show_field(line, sizeof line, peer->name, NAME_COLUMNS, false);
    sb_show_field(line, sizeof line, fingerprint, SB_FINGERPRINT_BYTES - 2, false);
    sb_show_field(line, sizeof line, peer->service != NULL ? peer->service : "it connects to us",
                  ENDPOINT_COLUMNS, false);
    printf("%s%s\n", line, sb_peer_file(peer));
}

static int peer_list(const struct sb_args *args)
{
    struct sb_config *config;
    int code;
    if (sb_peer_begin(args, &config, &code)) {
        for (size_t i = 0; i < config->n_peers; i++) {
            print_peer(&config->peers[i]);
        }
    }
    sb_config_free(config);
    return code;
}

const struct sb_command sb_command_peer_list = {
    .words = "peer list",
    .synopsis = "--config samenbusd.yaml",
    .about = "print the configured partners: id, name, fingerprint, service, and their file",
    SB_FLAGS(flags),
    .examples = "  samenbus peer list -c /etc/samenbus/duoplus/samenbusd.yaml\n",
    .run = peer_list,
};

/* ---- one */

static int peer_show(const struct sb_args *args)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    struct sb_config *config;
    int code;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name one partner");
    }
    if (!sb_peer_begin(args, &config, &code)) {
        return code;
    }
    const struct sb_config_peer *peer = sb_peer_find(config, args->operands[0]);
    if (peer != NULL) {
        struct sb_public pub = sb_peer_public(peer);
        sb_public_fingerprint(fingerprint, &pub);
        printf("# %s\n# fingerprint: %s\n", sb_peer_file(peer), fingerprint);
        sb_public_print(stdout, &pub, 0, false);
    }
    sb_config_free(config);
    return peer != NULL ? SB_EXIT_OK : SB_EXIT_INPUT;
}

const struct sb_command sb_command_peer_show = {
    .words = "peer show",
    .synopsis = "ORG --config samenbusd.yaml",
    .about = "print what is configured of one partner, with the fingerprint of its keys",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus peer show GM0451 -c /etc/samenbus/duoplus/samenbusd.yaml\n",
    .run = peer_show,
};
