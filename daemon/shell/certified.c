/* Certificates of keys; see certified.h. */
#include "daemon/shell/certified.h"

#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"
#include "daemon/shell/vouched.h"

enum { KEYS_MAX = 8 }; /* of one origin that are looked at; it has two, seldom more */

static bool is_about(const struct sb_certificate *certificate, const struct sb_sign_public *key)
{
    return sb_sign_public_eq(&certificate->old_key, key) ||
           sb_sign_public_eq(&certificate->new_key, key);
}

/* One of the key that we know comes before one of a key that was replaced: with that whoever stole
 * it may have signed any time. */
static bool comes_before(const struct sb_origin *o, const struct sb_certificate *certificate)
{
    bool now = is_about(certificate, &o->key), held = is_about(&o->certificate, &o->key);
    return !o->certified || (now == held ? certificate->time.ms > o->certificate.time.ms : now);
}

bool sb_certified_learn(struct sb_node *node, uint16_t origin,
                        const struct sb_certificate *certificate)
{
    struct sb_origin *o = &node->origins[origin];
    bool known_one = is_about(certificate, &o->key) ||
                     sb_rekeyed_replaces(node, origin, &certificate->old_key) ||
                     sb_rekeyed_replaces(node, origin, &certificate->new_key);
    sb_vouched_learn(node, origin, certificate);
    if (o->certified && memcmp(&o->certificate, certificate, sizeof *certificate) == 0) {
        return true;
    }
    if (!sb_org_eq(&certificate->origin, &node->orgs[origin]) || !known_one ||
        !comes_before(o, certificate) || !sb_certificate_verify(certificate, &node->partnership)) {
        return false;
    }
    o->certificate = *certificate;
    o->certified = true;
    sb_core_tell_again(node->core, origin); /* who was shown heads without it has left them aside */
    return true;
}

const struct sb_sign_public *sb_certified_beside(const struct sb_node *node, uint16_t origin,
                                                 const struct sb_sign_public *key)
{
    const struct sb_origin *o = &node->origins[origin];
    if (!o->certified) {
        return NULL;
    }
    return sb_sign_public_eq(&o->certificate.old_key, key)   ? &o->certificate.new_key
           : sb_sign_public_eq(&o->certificate.new_key, key) ? &o->certificate.old_key
                                                             : NULL;
}

const struct sb_sign_public *sb_certified_key(const struct sb_node *node, uint16_t origin)
{
    return sb_certified_beside(node, origin, &node->origins[origin].key);
}

const struct sb_sign_public *sb_certified_root(const struct sb_node *node, uint16_t origin)
{
    const struct sb_origin *o = &node->origins[origin];
    return sb_certified_key(node, origin) != NULL ? &o->certificate.old_key : &o->key;
}

bool sb_certified_of_epoch(struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                           struct sb_certificate *out)
{
    struct sb_place place = {origin, 0, epoch, {1}};
    struct sb_record *r = sb_arena_alloc(&node->arena, sizeof *r);
    struct sb_epoch_start *start = sb_arena_alloc(&node->arena, sizeof *start);
    bool is = r != NULL && start != NULL && sb_store_at(node->o.store, &place, r, NULL) == SB_OK &&
              r->item.salt != NULL && sb_epoch_start_read(start, r->item.body, &node->arena) &&
              start->certified;
    if (is) {
        *out = start->certificate;
    }
    return is;
}

/* The newest epoch under each key: the newest of all may be one that a machine set back began. */
static void load_origin(struct sb_node *node, uint16_t origin)
{
    struct sb_chain_info chain, newest[KEYS_MAX];
    uint32_t at = 0;
    size_t n = 0;
    while (sb_core_next_chain(node->core, origin, &at, &chain)) {
        size_t i = 0;
        while (i < n && !sb_sign_public_eq(&newest[i].key, &chain.key)) {
            i++;
        }
        i %= KEYS_MAX;
        n = i < n ? n : i + 1;
        newest[i] = chain;
    }
    for (size_t i = 0; i < n; i++) {
        struct sb_certificate certificate;
        if (sb_certified_of_epoch(node, origin, newest[i].epoch, &certificate)) {
            sb_certified_learn(node, origin, &certificate);
        }
    }
}

void sb_certified_load(struct sb_node *node)
{
    for (size_t i = 0; i < node->n_origins; i++) {
        load_origin(node, (uint16_t)i);
    }
    sb_arena_reset(&node->arena);
}
