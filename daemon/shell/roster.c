/* Who is who; see roster.h. */
#include "daemon/shell/roster.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/limits.h"
#include "daemon/shell/node_internal.h"

enum sb_rc sb_roster_register(struct sb_node *node, const struct sb_node_partner *partners,
                              size_t n, uint16_t *numbers, size_t *n_origins, struct sb_err *err)
{
    for (size_t i = 0; i < n; i++) {
        enum sb_rc rc = sb_store_register(node->o.store, &partners[i].org, &numbers[i], err);
        if (rc != SB_OK) {
            return sb_err_wrap(err, "register %s", partners[i].org.s);
        }
    }
    *n_origins = sb_store_origins(node->o.store);
    if (*n_origins > SB_ORIGINS_MAX) {
        return sb_err_set(err, SB_E_CONFIG,
                          "the store knows %zu organisations, former partners too, %d at most",
                          *n_origins, SB_ORIGINS_MAX);
    }
    return SB_OK;
}

void sb_roster_name(struct sb_node *node, struct sb_core_partner *partners)
{
    for (size_t i = 0; i < node->n_origins; i++) {
        node->orgs[i] = *sb_store_origin(node->o.store, (uint16_t)i);
        node->origins[i].name = node->orgs[i].s;
        node->origins[i].known = node->origins[i].followed = false;
        node->origins[i].agreed.n_show = node->origins[i].agreed.max_body = 0;
    }
    node->origins[0].name = node->o.name;
    node->origins[0].key = sb_signer_public(node->o.signer);
    node->origins[0].known = true;
    for (size_t i = 0; i < node->o.n_partners; i++) {
        const struct sb_node_partner *p = &node->o.partners[i];
        uint16_t number = node->partner_numbers[i];
        node->origins[number].name = p->name;
        node->origins[number].key = p->key;
        node->origins[number].followed = p->followed;
        node->origins[number].over_others = p->over_others;
        node->origins[number].known = true;
        sb_agreed_change(&node->origins[number].agreed, p->show, p->n_show, p->max_body);
        partners[number] = (struct sb_core_partner){.dialled = p->dialled,
                                                    .followed = p->followed,
                                                    .partner = true,
                                                    .read = p->read,
                                                    .n_read = p->n_read,
                                                    .rate_per_hour = p->rate_per_hour};
    }
}

static void drop_next(struct sb_roster_next *next)
{
    free(next->numbers);
    free(next->clients);
    free(next->partners);
    *next = (struct sb_roster_next){0};
}

void sb_roster_fini(struct sb_node *node)
{
    drop_next(&node->next);
}

/* What an origin signed under another key was judged by it when it came, or at the start. */
static enum sb_rc check_keys(const struct sb_node *node, const struct sb_node_roster *r,
                             struct sb_err *err)
{
    static const struct sb_sign_public none;
    for (size_t i = 0; i < r->n_partners; i++) {
        for (size_t o = 1; o < node->n_origins; o++) {
            bool same = sb_org_eq(&node->orgs[o], &r->partners[i].org);
            bool known = memcmp(&node->origins[o].key, &none, sizeof none) != 0;
            if (same && known &&
                memcmp(&node->origins[o].key, &r->partners[i].key, sizeof none) != 0) {
                return sb_err_set(err, SB_E_CONFIG,
                                  "partner `%s` has another `sign_key` than before: a history that "
                                  "was verified with the old key is not judged anew while the "
                                  "daemon runs; restart it",
                                  r->partners[i].org.s);
            }
        }
    }
    return SB_OK;
}

static enum sb_rc prepare(struct sb_node *node, const struct sb_node_roster *r,
                          struct sb_roster_next *next, struct sb_err *err)
{
    next->roster = *r;
    next->numbers = calloc(r->n_partners + 1, sizeof *next->numbers);
    next->clients = calloc(r->n_clients + 1, sizeof *next->clients);
    next->partners = calloc(SB_ORIGINS_MAX, sizeof *next->partners);
    if (next->numbers == NULL || next->clients == NULL || next->partners == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for partners and clients");
    }
    for (size_t i = 0; i < r->n_clients; i++) {
        next->clients[i] = r->clients[i].rights;
    }
    return sb_roster_register(node, r->partners, r->n_partners, next->numbers, &next->n_origins,
                              err);
}

enum sb_rc sb_node_change(struct sb_node *node, const struct sb_node_roster *roster,
                          struct sb_err *err)
{
    struct sb_roster_next next = {0};
    enum sb_rc rc = check_keys(node, roster, err);
    rc = rc == SB_OK ? prepare(node, roster, &next, err) : rc;
    if (rc != SB_OK) {
        drop_next(&next);
        return rc;
    }
    drop_next(&node->next);
    next.pending = true;
    node->next = next;
    return SB_OK;
}

void sb_node_keep(struct sb_node *node)
{
    drop_next(&node->next);
}

uint16_t sb_node_next_number(const struct sb_node *node, size_t partner)
{
    return node->next.numbers[partner];
}

/* The sockets left it for another endpoint or another key. */
static void tell_moved(struct sb_node *node)
{
    for (size_t i = 0; i < node->o.n_partners; i++) {
        struct sb_step step = {.in.type = SB_IN_LINK_DOWN};
        uint16_t number = node->partner_numbers[i];
        step.in.link.partner = number;
        step.in.link.text = "its endpoint or its key was changed in the configuration";
        if (node->o.partners[i].moved && node->origins[number].known) {
            sb_turn_step(node, &step);
        }
    }
}

static void take_over(struct sb_node *node)
{
    struct sb_roster_next *next = &node->next;
    free(node->partner_numbers);
    node->partner_numbers = next->numbers;
    next->numbers = NULL;
    node->o.name = next->roster.name;
    node->o.partners = next->roster.partners;
    node->o.n_partners = next->roster.n_partners;
    node->o.clients = next->roster.clients;
    node->o.n_clients = next->roster.n_clients;
    node->o.rekeys = next->roster.rekeys;
    node->o.n_rekeys = sb_planted(SB_PLANT_RELOAD_FORGETS_REKEYS) ? 0 : next->roster.n_rekeys;
    node->o.quota_bytes = next->roster.quota_bytes;
    node->n_origins = next->n_origins;
}

void sb_roster_step(struct sb_node *node)
{
    struct sb_roster_next *next = &node->next;
    struct sb_step step = {.in.type = SB_IN_ROSTER};
    if (!next->pending) {
        return;
    }
    take_over(node);
    tell_moved(node);
    sb_roster_name(node, next->partners);
    step.in.roster = (struct sb_in_roster){.partners = next->partners,
                                           .n_origins = next->n_origins,
                                           .clients = next->clients,
                                           .n_clients = next->roster.n_clients,
                                           .quota_bytes = next->roster.quota_bytes};
    sb_turn_step(node, &step);
    free(node->clients); /* the core has let go of it */
    node->clients = next->clients;
    next->clients = NULL;
    sb_stream_roster(node);
    sb_consumer_watch_roster(node);
    node->o.partners = NULL; /* the caller's array may go */
    drop_next(next);
}
