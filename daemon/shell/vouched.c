/* Keys that lead to each other; see vouched.h. */
#include "daemon/shell/vouched.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/shell/certified.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "proto/rekey.h"

/* Of a key many starts say the same, for years: the first ones say who vouched for it. */
enum { STARTS_MAX = 16 };

struct sb_vouched {
    struct sb_sign_public keys[SB_VOUCHED_MAX];
    uint8_t starts[SB_VOUCHED_MAX]; /* under that key that were looked at */
    bool leads[SB_VOUCHED_MAX];     /* forwards; not those that were found backwards */
    bool beside[SB_VOUCHED_MAX];    /* found forwards from such a one */
    size_t n;
};

static size_t find(const struct sb_vouched *v, const struct sb_sign_public *key)
{
    size_t i = 0;
    while (i < v->n && memcmp(&v->keys[i], key, sizeof *key) != 0) {
        i++;
    }
    return i;
}

/* False: it is there, or was replaced, or there is no room. */
static bool add(struct sb_node *node, uint16_t origin, struct sb_vouched *v,
                const struct sb_sign_public *key)
{
    bool is_new = find(v, key) == v->n && !sb_rekeyed_replaces(node, origin, key);
    if (is_new && v->n == SB_VOUCHED_MAX) {
        sb_people_complain(node, origin, "HISTORY",
                           "its keys vouch for more others than are followed: what those signed is "
                           "kept, but not shown; announce the key of now with `samenbus key "
                           "announce`, which names what counts");
        return false;
    }
    if (is_new) {
        v->leads[v->n] = true;
        v->keys[v->n++] = *key;
    }
    return is_new;
}

static void begin(struct sb_node *node, uint16_t origin, struct sb_vouched *v)
{
    for (size_t i = 0; i < node->o.n_rekeys; i++) {
        if (sb_org_eq(&node->o.rekeys[i].organisation, &node->orgs[origin])) {
            add(node, origin, v, &node->o.rekeys[i].sign_key);
        }
    }
}

/* NULL: there is no memory. */
static struct sb_vouched *keys_of(struct sb_node *node, uint16_t origin)
{
    struct sb_origin *o = &node->origins[origin];
    if (o->vouched == NULL) {
        o->vouched = calloc(1, sizeof *o->vouched);
        if (o->vouched != NULL) {
            begin(node, origin, o->vouched);
        }
    }
    if (o->vouched != NULL && o->known) {
        add(node, origin, o->vouched, &o->key);
    }
    return o->vouched;
}

static bool learn(struct sb_node *node, uint16_t origin, const struct sb_certificate *certificate)
{
    struct sb_vouched *v = keys_of(node, origin);
    if (v == NULL || !sb_org_eq(&certificate->origin, &node->orgs[origin])) {
        return false;
    }
    size_t by = find(v, &certificate->old_key), of = find(v, &certificate->new_key);
    bool forwards = by < v->n, backwards = of < v->n;
    size_t from = forwards ? by : of, to = v->n;
    if (forwards == backwards || !sb_certificate_verify(certificate, &node->partnership) ||
        !add(node, origin, v, forwards ? &certificate->new_key : &certificate->old_key)) {
        return false;
    }
    v->leads[to] = forwards && v->leads[from];
    v->beside[to] = v->beside[from] || (forwards && !v->leads[from]);
    return true;
}

bool sb_vouched_has(const struct sb_node *node, uint16_t origin, const struct sb_sign_public *key)
{
    const struct sb_origin *o = &node->origins[origin];
    return !sb_rekeyed_any(node, origin) || memcmp(&o->key, key, sizeof *key) == 0 ||
           (o->vouched != NULL && find(o->vouched, key) < o->vouched->n);
}

const struct sb_sign_public *sb_vouched_nth(const struct sb_node *node, uint16_t origin, size_t nth)
{
    const struct sb_vouched *v = node->origins[origin].vouched;
    for (size_t i = 0; v != NULL && i < v->n; i++) {
        if (!v->beside[i] && nth-- == 0) {
            return &v->keys[i];
        }
    }
    return NULL;
}

struct pass {
    struct sb_node *node;
    int origin; /* -1: all */
    bool grew;
};

static void look_into(struct pass *pass, const struct sb_chain_row *row)
{
    struct sb_node *node = pass->node;
    struct sb_arena_mark mark = sb_arena_mark(&node->arena);
    struct sb_certificate certificate;
    if (sb_certified_of_epoch(node, row->origin, row->epoch, &certificate)) {
        pass->grew |= learn(node, row->origin, &certificate);
    }
    sb_arena_rewind(&node->arena, mark);
}

static bool look_at(void *context, const struct sb_chain_row *row)
{
    struct pass *pass = context;
    struct sb_node *node = pass->node;
    if (row->branch != 0 || (pass->origin >= 0 && row->origin != pass->origin) ||
        sb_rekeyed_replaces(node, row->origin, &row->key)) {
        return true;
    }
    struct sb_vouched *v = keys_of(node, row->origin);
    if (v == NULL || v->n == 0) {
        return true;
    }
    size_t i = find(v, &row->key);
    bool known = i < v->n, look = !known || v->starts[i] < STARTS_MAX;
    if (known && look) {
        v->starts[i]++;
    }
    if (look) {
        look_into(pass, row);
    }
    return true;
}

/* A key may stand before the one that leads to it. */
static enum sb_rc follow(struct sb_node *node, int origin, struct sb_err *err)
{
    struct pass pass = {node, origin, true};
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && pass.grew) {
        pass.grew = node->o.certificate != NULL && learn(node, 0, node->o.certificate);
        rc = sb_store_chains(node->o.store, look_at, &pass, err);
    }
    return rc;
}

enum sb_rc sb_vouched_load(struct sb_node *node, struct sb_err *err)
{
    return follow(node, -1, err);
}

/* What is stored under the new one may lead further; a store that cannot be read says so elsewhere.
 */
bool sb_vouched_learn(struct sb_node *node, uint16_t origin,
                      const struct sb_certificate *certificate)
{
    bool is_new = learn(node, origin, certificate);
    if (is_new) {
        (void)follow(node, origin, NULL);
    }
    return is_new;
}

void sb_vouched_fini(struct sb_node *node)
{
    for (size_t i = 0; node->origins != NULL && i < SB_ORIGINS_MAX; i++) {
        free(node->origins[i].vouched);
    }
}
