/* Any bytes as the daemon's and as a client's configuration: refused with a report or taken, never
 * both, and what is taken keeps the promises of config.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/fuzz/fuzz.h"

/* The report must be one that a terminal survives: no control characters but line feeds. */
static void print_report(const struct sb_report *report, enum sb_rc rc)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert(out != NULL);
    sb_report_print(report, out);
    fclose(out);
    assert((n > 0) == (rc == SB_E_CONFIG));
    for (size_t i = 0; i < n; i++) {
        assert((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    }
    free(text);
}

static void check_daemon(const struct sb_config *c)
{
    assert(c->partnership != NULL && c->organisation.id != NULL && c->organisation.name != NULL);
    assert(c->organisation.sign_key != NULL && c->organisation.curve_key != NULL);
    assert(c->listen.publish != NULL && c->listen.service != NULL && c->store.path != NULL);
    assert(c->store.max_size_per_origin <= c->store.max_size && c->recovery.wait_ms >= 0);
    for (size_t i = 0; i < c->n_peers; i++) {
        const struct sb_config_peer *p = &c->peers[i];
        assert(p->id != NULL && p->name != NULL && p->node != NULL);
        assert((p->publish == NULL) == (p->service == NULL));
    }
    for (size_t i = 0; i < c->n_clients; i++) {
        assert(c->clients[i].name != NULL);
        for (size_t j = 0; j < c->clients[i].n_publish; j++) {
            assert(c->clients[i].publish[j] != NULL);
        }
    }
}

static void try_daemon(const char *text, size_t n)
{
    struct sb_report *report = sb_report_new();
    struct sb_config *config = NULL;
    struct sb_err err;
    assert(report != NULL);
    enum sb_rc rc = sb_config_parse(&config, "etc/samenbusd.yaml", text, n, report, &err);
    assert((config != NULL) == (rc == SB_OK));
    print_report(report, rc);
    if (config != NULL) {
        check_daemon(config);
    }
    sb_config_free(config);
    sb_report_free(report);
}

static void try_client(const char *text, size_t n)
{
    struct sb_report *report = sb_report_new();
    struct sb_client_config *config = NULL;
    struct sb_err err;
    assert(report != NULL);
    enum sb_rc rc = sb_client_config_parse(&config, "client.yaml", text, n, report, &err);
    assert((config != NULL) == (rc == SB_OK));
    print_report(report, rc);
    if (config != NULL) {
        assert(config->organisation != NULL && config->publish != NULL && config->service != NULL &&
               config->curve_key != NULL);
    }
    sb_client_config_free(config);
    sb_report_free(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size == 0 ? "" : (const char *)data;
    try_daemon(text, size);
    try_client(text, size);
    return 0;
}
