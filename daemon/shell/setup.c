/* Opening and closing what a daemon is made of; see setup.h. */
#include "daemon/shell/setup.h"

#include <stdlib.h>
#include <string.h>

#include "config/keyfile.h"
#include "daemon/shell/clock.h"
#include "daemon/shell/process.h"
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

/* ---- who is who */

static enum sb_rc make_people(struct sb_setup *s, struct sb_err *err)
{
    const struct sb_config *c = s->config;
    s->partners = calloc(c->n_peers + 1, sizeof *s->partners);
    s->clients = calloc(c->n_clients + 1, sizeof *s->clients);
    if (s->partners == NULL || s->clients == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for partners and clients");
    }
    for (size_t i = 0; i < c->n_peers; i++) {
        const struct sb_config_peer *p = &c->peers[i];
        struct sb_node_partner *to = &s->partners[i];
        sb_org_parse(&to->org, p->id, strlen(p->id));
        to->name = p->name;
        memcpy(to->key.b, p->sign_key, sizeof to->key.b);
        to->dialled = p->service != NULL;
        to->followed = p->publish != NULL;
        to->read = p->read;
        to->n_read = p->n_read;
    }
    for (size_t i = 0; i < c->n_clients; i++) {
        const struct sb_config_client *p = &c->clients[i];
        s->clients[i] = (struct sb_node_client){.name = p->name,
                                                .rights = {.publish = p->publish,
                                                           .n_publish = p->n_publish,
                                                           .subscribe = p->subscribe,
                                                           .admin = p->admin,
                                                           .read = p->read,
                                                           .n_read = p->n_read,
                                                           .rate_per_hour = p->rate,
                                                           .max_body = (uint32_t)p->max_body}};
    }
    return SB_OK;
}

static void random_bytes(void *context, void *out, size_t n)
{
    (void)context;
    sb_random_bytes(out, n);
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
        .partners = s->partners,
        .n_partners = c->n_peers,
        .clients = s->clients,
        .n_clients = c->n_clients,
        .rekeys = c->rekeys,
        .n_rekeys = c->n_rekeys,
        .quota_bytes = c->store.max_size_per_origin,
        .recovery_ms = c->recovery.wait_ms,
        .now = sb_clock_now(),
        .random = random_bytes,
        .events = *events,
    };
    return sb_node_new(&s->node, &options, err);
}

/* ---- the sockets */

/* Partners and clients under the numbers by which the node knows them. */
struct callers {
    struct sb_net_identity *identities;
    struct sb_net_partner *partners; /* those whom we call */
    size_t n_identities, n_partners;
};

static struct sb_curve_key curve_key(const uint8_t key[static SB_CONFIG_KEY_BYTES])
{
    struct sb_curve_key to;
    memcpy(to.b, key, sizeof to.b);
    return to;
}

static void add_partner(const struct sb_setup *s, size_t i, struct callers *to)
{
    const struct sb_config_peer *p = &s->config->peers[i];
    uint32_t number = sb_node_partner_number(s->node, i);
    struct sb_curve_key key = curve_key(p->curve_key);
    to->identities[to->n_identities++] =
        (struct sb_net_identity){.number = number, .key = key, .may_follow = true};
    if (p->service != NULL) {
        to->partners[to->n_partners++] = (struct sb_net_partner){
            .number = number, .key = key, .publish = p->publish, .service = p->service};
    }
}

static enum sb_rc make_callers(const struct sb_setup *s, struct callers *to, struct sb_err *err)
{
    const struct sb_config *c = s->config;
    to->identities = calloc(c->n_peers + c->n_clients + 1, sizeof *to->identities);
    to->partners = calloc(c->n_peers + 1, sizeof *to->partners);
    if (to->identities == NULL || to->partners == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for partners and clients");
    }
    for (size_t i = 0; i < c->n_peers; i++) {
        add_partner(s, i, to);
    }
    for (size_t i = 0; i < c->n_clients; i++) {
        to->identities[to->n_identities++] = (struct sb_net_identity){
            .number = SB_IDENTITY_CLIENT + (uint32_t)i,
            .key = curve_key(c->clients[i].curve_key),
            .may_follow = c->clients[i].subscribe && c->clients[i].n_read == 0};
    }
    return SB_OK;
}

static enum sb_rc open_sockets(struct sb_setup *s, struct sb_net_options *o, struct sb_err *err)
{
    enum sb_rc rc =
        sb_keyfile_read(s->config->organisation.curve_key, SB_KEYFILE_CURVE, o->secret_key.b, err);
    if (rc == SB_OK) {
        sb_curve_public_of(o->public_key.b, o->secret_key.b);
        s->budget = sb_budget_compute(sb_net_memory_bound(o));
        s->budget.files_wanted = sb_net_descriptors(o) + FILES_BESIDE;
        s->budget.files = sb_process_limit_files(s->budget.files_wanted);
        rc = sb_net_open(&s->net, o, err);
    }
    sb_wipe(&o->secret_key, sizeof o->secret_key);
    return rc;
}

static enum sb_rc open_net(struct sb_setup *s, struct sb_err *err)
{
    struct callers callers = {0};
    enum sb_rc rc = make_callers(s, &callers, err);
    if (rc == SB_OK) {
        struct sb_net_options options = {
            .publish = s->config->listen.publish,
            .service = s->config->listen.service,
            .identities = callers.identities,
            .n_identities = callers.n_identities,
            .partners = callers.partners,
            .n_partners = callers.n_partners,
        };
        rc = open_sockets(s, &options, err);
    }
    free(callers.identities);
    free(callers.partners);
    return rc;
}

/* ---- all of it */

enum sb_rc sb_setup_open(struct sb_setup *setup, const struct sb_config *config,
                         const struct sb_node_events *events, struct sb_err *err)
{
    *setup = (struct sb_setup){.config = config};
    enum sb_rc rc = open_signer(setup, err);
    rc = rc != SB_OK ? rc : open_store(setup, err);
    sb_failpoint(SB_FAIL_AFTER_OPEN_STORE);
    rc = rc != SB_OK ? rc : make_people(setup, err);
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
    free(setup->partners);
    free(setup->clients);
    *setup = (struct sb_setup){0};
}
