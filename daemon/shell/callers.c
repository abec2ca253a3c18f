/* Who may call and whom we call; see callers.h. */
#include "daemon/shell/callers.h"

#include <stdlib.h>
#include <string.h>

static size_t find_place(const struct sb_client_places *places, const uint8_t *key)
{
    size_t i = 0;
    while (i < places->n && memcmp(places->key[i], key, SB_CONFIG_KEY_BYTES) != 0) {
        i++;
    }
    return i;
}

static bool take_places(struct sb_client_places *places, const struct sb_config *c)
{
    for (size_t i = 0; i < c->n_clients; i++) {
        size_t at = find_place(places, c->clients[i].curve_key);
        if (at == SB_CLIENT_PLACES) {
            return false;
        }
        if (at == places->n) {
            memcpy(places->key[places->n++], c->clients[i].curve_key, SB_CONFIG_KEY_BYTES);
        }
    }
    return true;
}

static void fill_partners(struct sb_callers *out, const struct sb_config *c)
{
    for (size_t i = 0; i < c->n_peers; i++) {
        const struct sb_config_peer *p = &c->peers[i];
        struct sb_node_partner *to = &out->partners[out->n_partners++];
        sb_org_parse(&to->org, p->id, strlen(p->id));
        to->name = p->name;
        memcpy(to->key.b, p->sign_key, sizeof to->key.b);
        to->dialled = p->service != NULL;
        to->followed = p->publish != NULL;
        to->over_others = p->over_others;
        to->read = p->read;
        to->n_read = p->n_read;
        to->rate_per_hour = p->rate;
        to->show = p->show;
        to->n_show = p->n_show;
        to->max_body = (uint32_t)p->max_body;
    }
}

static void fill_clients(struct sb_callers *out, const struct sb_config *c,
                         const struct sb_client_places *places)
{
    out->n_clients = places->n;
    for (size_t i = 0; i < out->n_clients; i++) {
        out->clients[i].name = "a former client";
    }
    for (size_t i = 0; i < c->n_clients; i++) {
        const struct sb_config_client *p = &c->clients[i];
        out->clients[find_place(places, p->curve_key)] =
            (struct sb_node_client){.name = p->name,
                                    .rights = {.publish = p->publish,
                                               .n_publish = p->n_publish,
                                               .subscribe = p->subscribe,
                                               .admin = p->admin,
                                               .read = p->read,
                                               .n_read = p->n_read,
                                               .rate_per_hour = p->rate,
                                               .max_body = (uint32_t)p->max_body}};
    }
}

enum sb_rc sb_callers_make(struct sb_callers *out, const struct sb_config *c,
                           struct sb_client_places *places, struct sb_err *err)
{
    *out = (struct sb_callers){0};
    if (!take_places(places, c)) {
        return sb_err_set(err, SB_E_CONFIG,
                          "clients had %d different keys since the daemon was started: restart it",
                          SB_CLIENT_PLACES);
    }
    out->partners = calloc(c->n_peers + 1, sizeof *out->partners);
    out->clients = calloc(places->n + 1, sizeof *out->clients);
    out->identities = calloc(2 * c->n_peers + c->n_clients + 1, sizeof *out->identities);
    out->dialled = calloc(c->n_peers + 1, sizeof *out->dialled);
    if (out->partners == NULL || out->clients == NULL || out->identities == NULL ||
        out->dialled == NULL) {
        sb_callers_free(out);
        return sb_err_set(err, SB_E_NOMEM, "no memory for partners and clients");
    }
    fill_partners(out, c);
    fill_clients(out, c, places);
    return SB_OK;
}

static struct sb_curve_key curve_key(const uint8_t key[static SB_CONFIG_KEY_BYTES])
{
    struct sb_curve_key to;
    memcpy(to.b, key, sizeof to.b);
    return to;
}

/* Is anything of a partner's not to be shown to clients? */
static bool hides_something(const struct sb_config *c)
{
    bool hides = false;
    for (size_t i = 0; i < c->n_peers; i++) {
        hides |= c->peers[i].n_show > 0 || c->peers[i].max_body > 0;
    }
    return hides;
}

/* What is broadcast is everything open. */
static bool may_follow(const struct sb_config *c, const struct sb_config_client *client)
{
    return client->subscribe && client->n_read == 0 && (client->admin || !hides_something(c));
}

static void add_partner(struct sb_callers *to, const struct sb_config_peer *p, uint32_t number)
{
    static const struct sb_curve_key none;
    struct sb_curve_key key = curve_key(p->curve_key), next = curve_key(p->next_curve_key);
    to->identities[to->n_identities++] =
        (struct sb_net_identity){.number = number, .key = key, .may_follow = true};
    if (memcmp(&next, &none, sizeof none) != 0) {
        to->identities[to->n_identities++] =
            (struct sb_net_identity){.number = number, .key = next, .may_follow = true};
    }
    if (p->service != NULL) {
        to->dialled[to->n_dialled++] = (struct sb_net_partner){.number = number,
                                                               .key = key,
                                                               .next_key = next,
                                                               .publish = p->publish,
                                                               .service = p->service};
    }
}

void sb_callers_number(struct sb_callers *callers, const struct sb_config *c,
                       const struct sb_client_places *places, const struct sb_node *node,
                       uint16_t (*number)(const struct sb_node *node, size_t partner))
{
    for (size_t i = 0; i < c->n_peers; i++) {
        add_partner(callers, &c->peers[i], number(node, i));
    }
    for (size_t i = 0; i < c->n_clients; i++) {
        size_t place = find_place(places, c->clients[i].curve_key);
        callers->identities[callers->n_identities++] =
            (struct sb_net_identity){.number = SB_IDENTITY_CLIENT + (uint32_t)place,
                                     .key = curve_key(c->clients[i].curve_key),
                                     .may_follow = may_follow(c, &c->clients[i])};
    }
}

struct sb_net_options sb_callers_options(const struct sb_callers *callers,
                                         const struct sb_config *config)
{
    return (struct sb_net_options){.publish = config->listen.publish,
                                   .service = config->listen.service,
                                   .identities = callers->identities,
                                   .n_identities = callers->n_identities,
                                   .partners = callers->dialled,
                                   .n_partners = callers->n_dialled};
}

void sb_callers_free(struct sb_callers *callers)
{
    free(callers->partners);
    free(callers->clients);
    free(callers->identities);
    free(callers->dialled);
    *callers = (struct sb_callers){0};
}
