/* Checks across values; see check.h. All pairs are compared: partners and clients are hundreds. */
#include "config/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

enum { ENDPOINTS_MAX = 2 + 2 * (2 * SB_PEERS_MAX) };

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A key that could not be read is all zero and equals nothing. */
static bool same_key(const uint8_t a[static SB_CONFIG_KEY_BYTES],
                     const uint8_t b[static SB_CONFIG_KEY_BYTES])
{
    static const uint8_t zero[SB_CONFIG_KEY_BYTES];
    return memcmp(a, b, SB_CONFIG_KEY_BYTES) == 0 && memcmp(a, zero, SB_CONFIG_KEY_BYTES) != 0;
}

static void hint_first(struct sb_report *report, struct sb_report_place at)
{
    sb_report_hint(report, "first in %s on line %u", at.file, at.line);
}

static const char *shown(const char *id)
{
    return id == NULL ? "?" : id;
}

/* The key of `a`, of now or next, that is also one of `b`; NULL: none. */
static const char *shared_key(const struct sb_config_peer *a, const struct sb_config_peer *b)
{
    if (same_key(a->curve_key, b->curve_key) || same_key(a->next_curve_key, b->curve_key)) {
        return "curve_key";
    }
    return same_key(a->curve_key, b->next_curve_key) ||
                   same_key(a->next_curve_key, b->next_curve_key)
               ? "next_curve_key"
               : NULL;
}

static void check_peer_pair(const struct sb_config_peer *a, const struct sb_config_peer *b,
                            struct sb_report *report)
{
    if (a->node == NULL || b->node == NULL) {
        return; /* a file of conf.d that gave no tree */
    }
    if (same_text(a->id, b->id)) {
        sb_report_add(report, sb_config_place(b->node, "id"), "partner `%s` is given twice", b->id);
        hint_first(report, sb_config_place(a->node, "id"));
    }
    if (same_key(a->sign_key, b->sign_key)) {
        sb_report_add(report, sb_config_place(b->node, "sign_key"),
                      "`sign_key` is also that of partner `%s`", shown(a->id));
        hint_first(report, sb_config_place(a->node, "sign_key"));
    }
    const char *key = shared_key(a, b);
    if (key != NULL) {
        sb_report_add(report, sb_config_place(b->node, key), "`%s` is also that of partner `%s`",
                      key, shown(a->id));
        hint_first(report, sb_config_place(a->node, "curve_key"));
    }
}

/* No prefix at all would be read as "everything" by one and as "nothing" by another. */
static void check_topics(const struct sb_yaml_node *node, const char *key, size_t n,
                         const char *otherwise, struct sb_report *report)
{
    if (node != NULL && sb_config_has(node, key) && n == 0) {
        sb_report_add(report, sb_config_place(node, key), "`%s` names no topic", key);
        sb_report_hint(report, "leave it out for everything; %s", otherwise);
    }
}

static void check_peer(const struct sb_config *c, const struct sb_config_peer *p,
                       struct sb_report *report)
{
    if (p->node == NULL) {
        return;
    }
    if (same_text(p->id, c->organisation.id)) {
        sb_report_add(report, sb_config_place(p->node, "id"), "`%s` is this daemon, not a partner",
                      p->id);
        sb_report_hint(report, "its own id stands in `organisation`; remove this entry");
    }
    if (same_key(p->curve_key, p->next_curve_key)) {
        sb_report_add(report, sb_config_place(p->node, "next_curve_key"),
                      "`next_curve_key` is its `curve_key` already");
        sb_report_hint(report, "leave it out once the partner has changed to it");
    }
    check_topics(p->node, "read", p->n_read, "an audience per event keeps it from a partner",
                 report);
    check_topics(p->node, "show", p->n_show, "`subscribe: false` of a client for nothing", report);
    if (p->over_others && (p->publish != NULL || p->service != NULL)) {
        sb_report_add(report, sb_config_place(p->node, "over_others"),
                      "partner `%s` is to be reached over others, and has endpoints", shown(p->id));
        sb_report_hint(report, "leave out its endpoints, or `over_others`");
    }
    bool publishes = sb_config_has(p->node, "publish"), serves = sb_config_has(p->node, "service");
    if (publishes != serves) {
        sb_report_add(report, sb_config_place(p->node, publishes ? "publish" : "service"),
                      "partner `%s` has `%s` but no `%s`", shown(p->id),
                      publishes ? "publish" : "service", publishes ? "service" : "publish");
        sb_report_hint(report, "give both, or neither for a partner that can only connect to us");
    }
}

static void check_peers(const struct sb_config *c, struct sb_report *report)
{
    for (size_t i = 0; i < c->n_peers; i++) {
        check_peer(c, &c->peers[i], report);
        for (size_t j = 0; j < i; j++) {
            check_peer_pair(&c->peers[j], &c->peers[i], report);
        }
    }
    if (c->n_peers > SB_PEERS_MAX) {
        sb_report_add(report, (struct sb_report_place){.file = c->file},
                      "more than %d partners, with conf.d/", SB_PEERS_MAX);
    }
}

static void check_retention(const struct sb_config *c, struct sb_report *report)
{
    for (size_t i = 0; i < c->n_retention; i++) {
        const struct sb_config_retention *r = &c->retention[i];
        if (r->node != NULL && sb_config_has(r->node, "topics") && r->n_topics == 0) {
            sb_report_add(report, sb_config_place(r->node, "topics"), "`topics` names no topic");
            sb_report_hint(report, "name what the rule is about, or remove it");
        }
        for (size_t k = 0; k < i; k++) {
            if (same_text(c->retention[k].ground, r->ground)) {
                sb_report_add(report, sb_config_place(r->node, "ground"),
                              "two rules have the ground `%s`", r->ground);
                hint_first(report, sb_config_place(c->retention[k].node, "ground"));
            }
        }
    }
}

static void check_client_pair(const struct sb_config_client *a, const struct sb_config_client *b,
                              struct sb_report *report)
{
    if (same_text(a->name, b->name)) {
        sb_report_add(report, sb_config_place(b->node, "name"), "client `%s` is given twice",
                      b->name);
        hint_first(report, sb_config_place(a->node, "name"));
    }
    if (same_key(a->curve_key, b->curve_key)) {
        sb_report_add(report, sb_config_place(b->node, "curve_key"),
                      "`curve_key` is also that of client `%s`", shown(a->name));
        hint_first(report, sb_config_place(a->node, "curve_key"));
    }
}

static void check_client_against_peers(const struct sb_config *c,
                                       const struct sb_config_client *client,
                                       struct sb_report *report)
{
    size_t i = 0;
    while (i < c->n_peers && !same_key(c->peers[i].curve_key, client->curve_key) &&
           !same_key(c->peers[i].next_curve_key, client->curve_key)) {
        i++;
    }
    if (i < c->n_peers) {
        sb_report_add(report, sb_config_place(client->node, "curve_key"),
                      "`curve_key` is also that of partner `%s`", shown(c->peers[i].id));
        sb_report_hint(report, "a client has a key of its own (samenbus key gen --client)");
    }
}

static void check_client(const struct sb_config_client *client, struct sb_report *report)
{
    check_topics(client->node, "read", client->n_read, "`subscribe: false` for nothing", report);
    if (client->n_read > 0 && !client->subscribe) {
        sb_report_add(report, sb_config_place(client->node, "read"),
                      "`read` without `subscribe: true`");
        sb_report_hint(report, "a client that reads nothing needs no `read`");
    }
}

static void check_clients(const struct sb_config *c, struct sb_report *report)
{
    for (size_t i = 0; i < c->n_clients; i++) {
        const struct sb_config_client *client = &c->clients[i];
        for (size_t j = 0; j < i; j++) {
            check_client_pair(&c->clients[j], client, report);
        }
        check_client_against_peers(c, client, report);
        check_client(client, report);
    }
}

/* An endpoint and where it stands. */
struct endpoint {
    const char *text;
    struct sb_report_place at;
};

static size_t add_endpoint(struct endpoint list[static ENDPOINTS_MAX], size_t n, const char *text,
                           const struct sb_yaml_node *node, const char *key)
{
    if (text != NULL && n < ENDPOINTS_MAX) {
        list[n++] = (struct endpoint){.text = text, .at = sb_config_place(node, key)};
    }
    return n;
}

static void check_endpoints(const struct sb_config *c, struct sb_report *report)
{
    struct endpoint list[ENDPOINTS_MAX];
    size_t n = 0;
    n = add_endpoint(list, n, c->listen.publish, c->listen.node, "publish");
    n = add_endpoint(list, n, c->listen.service, c->listen.node, "service");
    for (size_t i = 0; i < c->n_peers; i++) {
        n = add_endpoint(list, n, c->peers[i].publish, c->peers[i].node, "publish");
        n = add_endpoint(list, n, c->peers[i].service, c->peers[i].node, "service");
    }
    for (size_t i = 1; i < n; i++) {
        size_t j = 0;
        while (j < i && strcmp(list[j].text, list[i].text) != 0) {
            j++;
        }
        if (j < i) {
            sb_report_add(report, list[i].at, "endpoint `%s` is given twice", list[i].text);
            hint_first(report, list[j].at);
        }
    }
}

static void check_store(const struct sb_config *c, struct sb_report *report)
{
    if (c->store.max_size_per_origin > c->store.max_size) {
        sb_report_add(report, sb_config_place(c->store.node, "max_size_per_origin"),
                      "`max_size_per_origin` is more than `max_size`");
        sb_report_hint(report, "left out, it is a quarter of max_size");
    }
}

static void check_paths(const struct sb_config *c, struct sb_report *report)
{
    if (same_text(c->organisation.sign_key, c->organisation.curve_key)) {
        sb_report_add(report, sb_config_place(c->organisation.node, "curve_key"),
                      "`curve_key` is the same file as `sign_key`");
        sb_report_hint(report, "each key has a file of its own: ID.sign.key and ID.curve.key");
    }
}

void sb_check_config(const struct sb_config *config, struct sb_report *report)
{
    check_store(config, report);
    check_paths(config, report);
    check_endpoints(config, report);
    check_peers(config, report);
    check_clients(config, report);
    check_retention(config, report);
}
