/* samenbus metrics: the status as Prometheus reads it, for a textfile collector or a small HTTP
 * server in front. */
#include "clients/command/daemon_file.h"
#include "clients/command/exposition.h"
#include "clients/command/talk.h"

enum { ANSWER_MS = 5000 };

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"daemon", 0, "FILE", "the daemon's file, samenbusd.yaml: store.max_size is a metric too"},
};

static int metrics(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "daemon");
    struct sb_client *client = NULL;
    struct sb_config *config = NULL;
    const struct sb_status *status = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = file == NULL ? SB_OK : sb_daemon_file_load(&config, file, &err);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    rc = sb_client_open(&client, sb_args_value(args, "config"), stderr, &err);
    rc = rc != SB_OK ? rc : sb_client_connect(client, ANSWER_MS, &err);
    rc = rc != SB_OK ? rc : sb_client_status(client, ANSWER_MS, &status, &err);
    sb_exposition_print(stdout, status, config == NULL ? 0 : config->store.max_size);
    sb_client_close(client);
    sb_config_free(config);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_metrics = {
    .words = "metrics",
    .about = "print the daemon's state as Prometheus reads it; samenbus_up is 0 without an answer",
    SB_FLAGS(flags),
    .examples = "  samenbus metrics\n"
                "  samenbus metrics --daemon /etc/samenbus/samenbusd.yaml >samenbus.prom.new; \\\n"
                "      mv samenbus.prom.new /var/lib/prometheus/node-exporter/samenbus.prom\n",
    .run = metrics,
};
