/* samenbus metrics: the status as Prometheus reads it, for a textfile collector, or served over
 * HTTP on loopback. */
#include <unistd.h>

#include "clients/command/daemon_file.h"
#include "clients/command/exposition.h"
#include "clients/command/metrics_listen.h"
#include "clients/command/talk.h"

enum { ANSWER_MS = 5000, BACK_MS = 1000, STEP_MS = 50 };

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"daemon", 0, "FILE", "the daemon's file, samenbusd.yaml: store.max_size is a metric too"},
    {"listen", 0, "ADDRESS", "serve it over HTTP, at 127.0.0.1:PORT/metrics, until interrupted"},
};

struct source {
    struct sb_client *client;
    uint64_t max_bytes;
    bool again;    /* not the first question */
    enum sb_rc rc; /* of the last question */
    struct sb_err err;
};

static void print_metrics(FILE *to, void *context)
{
    struct source *s = context;
    const struct sb_status *status = NULL;
    s->rc = SB_OK;
    for (int waited = 0; s->again && s->rc == SB_OK && waited < BACK_MS; waited += STEP_MS) {
        if (sb_client_connected(s->client)) {
            break;
        }
        s->rc = sb_client_wait(s->client, -1, STEP_MS, &s->err); /* it may be back since */
    }
    s->rc = s->rc != SB_OK ? s->rc : sb_client_connect(s->client, ANSWER_MS, &s->err);
    s->again = true;
    s->rc = s->rc != SB_OK ? s->rc : sb_client_status(s->client, ANSWER_MS, &status, &s->err);
    sb_exposition_print(to, status, s->max_bytes);
}

static int serve(const char *address, struct source *s)
{
    int listener = sb_metrics_bind(address, &s->err);
    if (listener < 0) {
        return sb_talk_error(s->err.rc, &s->err);
    }
    sb_talk("metrics at http://%s/metrics", address);
    s->rc = sb_metrics_serve(listener, print_metrics, s, &s->err);
    close(listener);
    return sb_talk_error(s->rc, &s->err);
}

static int metrics(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "daemon"), *listen = sb_args_value(args, "listen");
    struct sb_config *config = NULL;
    struct source s = {.client = NULL};
    s.rc = file == NULL ? SB_OK : sb_daemon_file_load(&config, file, &s.err);
    s.max_bytes = config == NULL ? 0 : config->store.max_size;
    sb_config_free(config);
    if (s.rc == SB_OK) {
        s.rc = sb_client_open(&s.client, sb_args_value(args, "config"), stderr, &s.err);
    }
    if (s.rc != SB_OK) {
        if (listen == NULL && file == NULL) {
            sb_exposition_print(stdout, NULL, 0);
        }
        return sb_talk_error(s.rc, &s.err);
    }
    int code = SB_EXIT_OK;
    if (listen != NULL) {
        code = serve(listen, &s);
    } else {
        print_metrics(stdout, &s);
        code = s.rc == SB_OK ? SB_EXIT_OK : sb_talk_error(s.rc, &s.err);
    }
    sb_client_close(s.client);
    return code;
}

const struct sb_command sb_command_metrics = {
    .words = "metrics",
    .about = "print the daemon's state as Prometheus reads it; samenbus_up is 0 without an answer",
    SB_FLAGS(flags),
    .examples =
        "  samenbus metrics\n"
        "  samenbus metrics --listen 127.0.0.1:9464\n"
        "  samenbus metrics --daemon /etc/samenbus/duoplus/samenbusd.yaml >samenbus.prom.new; \\\n"
        "      mv samenbus.prom.new /var/lib/prometheus/node-exporter/samenbus.prom\n",
    .run = metrics,
};
