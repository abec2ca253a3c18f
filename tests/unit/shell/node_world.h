/* A node on a real store in a temporary folder, driven turn by turn with a clock of its own. All of
 * it is in this header, because other tests play the store and may not have the real one linked. */
#ifndef SB_TEST_NODE_WORLD_H
#define SB_TEST_NODE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/shell/node.h"
#include "proto/json.h"
#include "tests/unit/shell/node_names.h"

enum {
    WORLD_SESSION = 5,
    WORLD_CLIENT = SB_IDENTITY_CLIENT,       /* may do everything, under agenda/ and custom/ */
    WORLD_STRANGER = SB_IDENTITY_CLIENT + 1, /* may do nothing */
    WORLD_FRAMES = 256,
};

struct node_world {
    char folder[32];
    struct sb_store *store;
    struct sb_signer *signer;
    struct sb_node *node;
    struct sb_arena arena; /* of what the test encodes and decodes */
    struct sb_now now;
    uint8_t random;
    struct sb_outbox out;
    unsigned complaints;
    char who[64], what[128], why[256]; /* of the last complaint */
};

static inline void world_random(void *context, void *out, size_t n)
{
    struct node_world *w = context;
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(i == 0 ? ++w->random : w->random + i * 7);
    }
}

static inline void world_complaint(void *context, const char *who, const char *what,
                                   const char *why)
{
    struct node_world *w = context;
    w->complaints++;
    snprintf(w->who, sizeof w->who, "%s", who);
    snprintf(w->what, sizeof w->what, "%s", what);
    snprintf(w->why, sizeof w->why, "%s", why);
}

/* Which keys a node has and knows; those left out are made of the names. */
struct world_keys {
    const struct sb_sign_seed *own, *partner;
    const struct sb_certificate *certificate;
    const struct sb_rekey *rekeys;
    size_t n_rekeys;
};

/* The node on the store of the world. `partner` may be NULL. It dials us and follows nobody. */
static inline void world_start(struct node_world *w, const char *org, const char *partner,
                               int64_t recovery_ms, const struct world_keys *keys)
{
    static const char *const topics[] = {"agenda/", "custom/"};
    static const struct sb_node_client clients[] = {
        {"operator", {.publish = topics, .n_publish = 2, .subscribe = true, .admin = true}},
        {"stranger", {.publish = topics}}};
    struct sb_sign_seed seed = keys->own != NULL ? *keys->own : world_seed(org);
    struct sb_node_partner p = {.name = partner};
    assert_int_equal(sb_signer_new(&w->signer, &seed, NULL), SB_OK);
    if (partner != NULL) {
        struct sb_sign_seed theirs = keys->partner != NULL ? *keys->partner : world_seed(partner);
        p.org = world_org(partner);
        p.key = sb_sign_public_of(&theirs);
    }
    struct sb_node_options o = {
        .partnership = "duoplus",
        .organisation = world_org(org),
        .name = org,
        .version = "test",
        .store = w->store,
        .signer = w->signer,
        .certificate = keys->certificate,
        .rekeys = keys->rekeys,
        .n_rekeys = keys->n_rekeys,
        .partners = &p,
        .n_partners = partner != NULL,
        .clients = clients,
        .n_clients = 2,
        .max_origins = 4, /* a test may take partners in */
        .quota_bytes = (uint64_t)32 << 20,
        .recovery_ms = recovery_ms,
        .now = w->now,
        .random = world_random,
        .random_context = w,
        .events = {.context = w, .complaint = world_complaint, .denial = world_complaint}};
    assert_int_equal(sb_node_new(&w->node, &o, NULL), SB_OK);
}

static inline void world_stop(struct node_world *w)
{
    sb_node_free(w->node);
    sb_signer_free(w->signer);
}

static inline void world_open_with(struct node_world *w, const char *org, const char *partner,
                                   int64_t recovery_ms, const struct world_keys *keys)
{
    memset(w, 0, sizeof *w);
    snprintf(w->folder, sizeof w->folder, "/tmp/samenbus-node-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = (struct sb_now){1000, {1700000000000}};
    sb_arena_init(&w->arena, (size_t)64 << 20);
    struct sb_store_options s = {.path = w->folder,
                                 .partnership = sb_partnership_hash("duoplus"),
                                 .organisation = world_org(org),
                                 .max_size = (uint64_t)64 << 20};
    assert_int_equal(sb_store_open(&w->store, &s, NULL), SB_OK);
    world_start(w, org, partner, recovery_ms, keys);
}

static inline void world_open(struct node_world *w, const char *org, const char *partner,
                              int64_t recovery_ms)
{
    const struct world_keys by_name = {0};
    world_open_with(w, org, partner, recovery_ms, &by_name);
}

static inline void world_close(struct node_world *w)
{
    char path[64];
    world_stop(w);
    sb_store_close(w->store);
    sb_arena_fini(&w->arena);
    for (const char *const *name =
             (const char *const[]){"data.mdb", "lock.mdb", "lock-samenbus", NULL};
         *name != NULL; name++) {
        snprintf(path, sizeof path, "%s/%s", w->folder, *name);
        unlink(path);
    }
    assert_int_equal(rmdir(w->folder), 0);
}

#endif
