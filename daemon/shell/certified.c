/* Certificates of keys; see certified.h. */
#include "daemon/shell/certified.h"

#include <string.h>

#include "daemon/shell/node_internal.h"

static bool same_key(const struct sb_sign_public *a, const struct sb_sign_public *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool sb_certified_learn(struct sb_node *node, uint16_t origin,
                        const struct sb_certificate *certificate)
{
    struct sb_origin *o = &node->origins[origin];
    bool known_one =
        same_key(&certificate->old_key, &o->key) || same_key(&certificate->new_key, &o->key);
    if (o->certified && memcmp(&o->certificate, certificate, sizeof *certificate) == 0) {
        return true;
    }
    if (!sb_org_eq(&certificate->origin, &node->orgs[origin]) || !known_one ||
        (o->certified && certificate->time.ms <= o->certificate.time.ms) ||
        !sb_certificate_verify(certificate, &node->partnership)) {
        return false;
    }
    o->certificate = *certificate;
    o->certified = true;
    return true;
}

const struct sb_sign_public *sb_certified_key(const struct sb_node *node, uint16_t origin)
{
    const struct sb_origin *o = &node->origins[origin];
    if (!o->certified) {
        return NULL;
    }
    return same_key(&o->certificate.old_key, &o->key)   ? &o->certificate.new_key
           : same_key(&o->certificate.new_key, &o->key) ? &o->certificate.old_key
                                                        : NULL;
}

const struct sb_sign_public *sb_certified_root(const struct sb_node *node, uint16_t origin)
{
    const struct sb_origin *o = &node->origins[origin];
    return sb_certified_key(node, origin) != NULL ? &o->certificate.old_key : &o->key;
}

static void load_from(struct sb_node *node, const struct sb_chain_info *chain)
{
    struct sb_place place = {chain->origin, 0, chain->epoch, {1}};
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_epoch_start *start = sb_arena_alloc(&node->arena, sizeof *start);
    if (r != NULL && start != NULL && sb_store_at(node->o.store, &place, r, NULL) == SB_OK &&
        r->item.salt != NULL && sb_epoch_start_read(start, r->item.body, &node->arena) &&
        start->certified) {
        sb_certified_learn(node, chain->origin, &start->certificate);
    }
}

void sb_certified_load(struct sb_node *node)
{
    for (size_t i = 0; i < node->n_origins; i++) {
        struct sb_chain_info chain, newest = {0};
        uint32_t at = 0;
        while (sb_core_next_chain(node->core, (uint16_t)i, &at, &chain)) {
            newest = chain;
        }
        if (newest.epoch.counter > 0) {
            load_from(node, &newest);
        }
    }
    sb_arena_reset(&node->arena);
}
