/* Opening and closing what a daemon is made of; see setup.h. */
#include "daemon/shell/setup.h"

#include <stdlib.h>
#include <string.h>

#include "config/certfile.h"
#include "config/digest.h"
#include "config/keyfile.h"
#include "daemon/shell/clock.h"
#include "daemon/shell/process.h"
#include "daemon/shell/retention.h"
#include "proto/curve.h"
#include "proto/failpoint.h"

enum {
    CLOSE_AT_ONCE = 0,
    FILES_BESIDE = 64, /* the store, logs, signals, an alarm's program: with room to spare */
};

static struct sb_org own_organisation(const struct sb_config *config)
{
    struct sb_org org = {0};
    sb_org_parse(&org, config->organisation.id, strlen(config->organisation.id));
    return org;
}

static enum sb_rc open_signer(struct sb_setup *s, struct sb_err *err)
{
    const struct sb_hash partnership = sb_partnership_hash(s->config->partnership);
    const struct sb_org origin = own_organisation(s->config);
    return sb_signer_spawn(&s->signer, s->config->organisation.sign_key, &partnership, &origin,
                           err);
}

static enum sb_rc read_certificate(struct sb_setup *s, struct sb_err *err)
{
    const char *path = s->config->organisation.certificate;
    const struct sb_org origin = own_organisation(s->config);
    return path == NULL
               ? SB_OK
               : sb_certfile_read(&s->certificate, path, &origin, s->config->partnership, err);
}

static enum sb_rc open_store(struct sb_setup *s, struct sb_err *err)
{
    const struct sb_store_options options = {
        .path = s->config->store.path,
        .partnership = sb_partnership_hash(s->config->partnership),
        .organisation = own_organisation(s->config),
        .max_size = s->config->store.max_size,
    };
    enum sb_rc rc = sb_store_open(&s->store, &options, err);
    /* Nothing was lost by this run: a person has to give it a store that is whole. */
    return rc == SB_E_CORRUPT ? SB_E_CONFIG : rc;
}

/* ---- the node */

static void random_bytes(void *context, void *out, size_t n)
{
    (void)context;
    sb_random_bytes(out, n);
}

static void give_digests(void *context, struct sb_hash *running, struct sb_hash *file)
{
    const struct sb_setup *s = context;
    *running = s->digest;
    if (sb_config_digest(file, s->config->file, NULL) != SB_OK) {
        *file = (struct sb_hash){{0}};
    }
}

/* In a test build a quarter of an hour may be shorter; 0: as it is. */
static int64_t consumer_stuck_ms(void)
{
#ifdef SAMENBUS_TEST_BUILD
    const char *text = getenv("SAMENBUS_TEST_CONSUMER_STUCK_MS");
    return text == NULL ? 0 : strtol(text, NULL, 10);
#else
    return 0;
#endif
}

/* A part of a day counts as a day: deadlines are days. */
static unsigned remind_days(const struct sb_config *c)
{
    enum { DAY_MS = 86400000 };
    return (unsigned)((c->deadlines.remind_ms + DAY_MS - 1) / DAY_MS);
}

static enum sb_rc open_node(struct sb_setup *s, const struct sb_node_events *events,
                            struct sb_err *err)
{
    const struct sb_config *c = s->config;
    const struct sb_node_options options = {
        .partnership = c->partnership,
        .organisation = own_organisation(c),
        .name = c->organisation.name,
        .version = SAMENBUS_VERSION,
        .store = s->store,
        .signer = s->signer,
        .certificate = c->organisation.certificate == NULL ? NULL : &s->certificate,
        .partners = s->callers.partners,
        .n_partners = s->callers.n_partners,
        .clients = s->callers.clients,
        .n_clients = s->callers.n_clients,
        .max_origins = SB_ORIGINS_MAX,
        .rekeys = c->rekeys,
        .n_rekeys = c->n_rekeys,
        .quota_bytes = c->store.max_size_per_origin,
        .recovery_ms = c->recovery.wait_ms,
        .consumer_stuck_ms = consumer_stuck_ms(),
        .digests = give_digests,
        .digests_context = s,
        .remind_days = remind_days(c),
        .receipts_within_ms = c->erasures.receipts_within_ms,
        .now = sb_clock_now(),
        .random = random_bytes,
        .events = *events,
    };
    enum sb_rc rc = sb_node_new(&s->node, &options, err);
    if (rc == SB_OK) {
        sb_node_retain(s->node, c->retention, c->n_retention);
    }
    return rc;
}

/* ---- the sockets */

struct sb_budget sb_setup_budget(const struct sb_net_options *o)
{
    struct sb_budget budget = sb_budget_compute(sb_net_memory_bound(o));
    budget.files_wanted = sb_net_descriptors(o) + FILES_BESIDE;
    budget.files = sb_process_limit_files(budget.files_wanted);
    return budget;
}

static enum sb_rc open_sockets(struct sb_setup *s, struct sb_net_options *o, struct sb_err *err)
{
    enum sb_rc rc =
        sb_keyfile_read(s->config->organisation.curve_key, SB_KEYFILE_CURVE, o->secret_key.b, err);
    if (rc == SB_OK) {
        sb_curve_public_of(o->public_key.b, o->secret_key.b);
        s->public_key = o->public_key;
        s->budget = sb_setup_budget(o);
        rc = sb_net_open(&s->net, o, err);
    }
    sb_wipe(&o->secret_key, sizeof o->secret_key);
    return rc;
}

static enum sb_rc open_net(struct sb_setup *s, struct sb_err *err)
{
    sb_callers_number(&s->callers, s->config, &s->places, s->node, sb_node_partner_number);
    struct sb_net_options options = sb_callers_options(&s->callers, s->config);
    return open_sockets(s, &options, err);
}

/* ---- what a reload left behind */

void sb_setup_drop(struct sb_setup *setup)
{
    sb_callers_free(&setup->before);
    sb_config_free(setup->loaded_before);
    setup->loaded_before = NULL;
}

/* ---- all of it */

enum sb_rc sb_setup_open(struct sb_setup *setup, const struct sb_config *config,
                         const struct sb_node_events *events, struct sb_err *err)
{
    *setup = (struct sb_setup){.config = config};
    enum sb_rc rc = sb_config_digest(&setup->digest, config->file, err);
    rc = rc != SB_OK ? rc : open_signer(setup, err);
    rc = rc != SB_OK ? rc : read_certificate(setup, err);
    rc = rc != SB_OK ? rc : open_store(setup, err);
    sb_failpoint(SB_FAIL_AFTER_OPEN_STORE);
    rc = rc != SB_OK ? rc : sb_callers_make(&setup->callers, config, &setup->places, err);
    rc = rc != SB_OK ? rc : open_node(setup, events, err);
    sb_failpoint(SB_FAIL_AFTER_OPEN_NODE);
    rc = rc != SB_OK ? rc : open_net(setup, err);
    sb_failpoint(SB_FAIL_AFTER_OPEN_SOCKETS);
    if (rc != SB_OK) {
        sb_setup_close(setup, CLOSE_AT_ONCE);
    }
    return rc;
}

void sb_setup_close(struct sb_setup *setup, int linger_ms)
{
    if (setup->net != NULL) {
        sb_net_close(setup->net, linger_ms);
    }
    if (setup->node != NULL) {
        sb_node_free(setup->node);
    }
    if (setup->store != NULL) {
        sb_store_close(setup->store);
    }
    if (setup->signer != NULL) {
        sb_signer_free(setup->signer);
    }
    sb_failpoint(SB_FAIL_AFTER_CLOSE);
    sb_callers_free(&setup->callers);
    sb_setup_drop(setup);
    sb_config_free(setup->loaded);
    *setup = (struct sb_setup){0};
}
