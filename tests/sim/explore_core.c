/* Copying a core's state. What is derived (the buckets of the chain table) is made again. */
#include "tests/sim/explore_core.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/serve.h"

enum { CHUNK = 256, CHUNKS_MAX = 1024 };

uint16_t explore_number(int at, int of)
{
    return (uint16_t)(of == at ? 0 : of < at ? of + 1 : of);
}

int explore_org(int at, uint16_t number)
{
    return number == 0 ? at : number <= at ? number - 1 : number;
}

static const char *const topics[] = {"agenda/"};
static const struct sb_core_client client = {
    .publish = topics, .n_publish = 1, .subscribe = true, .admin = true};

void explore_core_init(struct explore_core *m, struct explore_intern *values,
                       struct explore_intern *chunks, int index, int n_hosts)
{
    static const char *const names[EXPLORE_ORGS] = {"GM0384", "GM0437", "GM0451"};
    struct sb_core_partner partners[EXPLORE_ORGS] = {0};
    *m = (struct explore_core){.values = values, .chunks = chunks, .now = EXPLORE_NO_CORE};
    for (int i = 0; i < EXPLORE_ORGS; i++) {
        uint16_t number = explore_number(index, i);
        (void)sb_org_parse(&m->origins[number], names[i], strlen(names[i]));
        bool dials = index < i && i < n_hosts;
        partners[number] = (struct sb_core_partner){
            .dialled = dials, .followed = dials, .partner = i != index && i < n_hosts};
    }
    struct sb_core_options options = {.partnership = sb_partnership_hash("explored"),
                                      .origins = m->origins,
                                      .partners = partners,
                                      .n_origins = EXPLORE_ORGS,
                                      .clients = &client,
                                      .n_clients = 1,
                                      .quota_bytes = (uint64_t)1 << 40,
                                      .recovery_ms = SB_IDLE_TICK_MS - 100, /* one tick */
                                      .now = {1000, {1764000000000}}};
    m->core = sb_core_new(&options);
    assert(m->core != NULL);
    m->fresh = (uint32_t)explore_core_get(m);
}

void explore_core_fini(struct explore_core *m)
{
    sb_core_free(m->core);
}

/* The tables that have a meaning between two turns. */
struct part {
    void *p;
    size_t n;
};

static size_t list_parts(struct sb_core *c, struct part parts[static 8])
{
    size_t n = c->o.n_origins;
    const struct part all[] = {
        {c, sizeof *c},
        {c->chains, c->n_chains * sizeof *c->chains},
        {c->parents, c->n_parents * sizeof *c->parents},
        {c->origins, n * sizeof *c->origins},
        {c->peers, n * sizeof *c->peers},
        {c->shown, c->n_shown * sizeof *c->shown},
        {c->rests, n * n * sizeof *c->rests},
        {c->wants, c->n_wants * sizeof *c->wants},
    };
    memcpy(parts, all, sizeof all);
    return sizeof all / sizeof all[0];
}

/* Nothing else is in use: no streams, no remote acknowledgements, no answer half given. */
static void assert_nothing_else(const struct sb_core *c)
{
    assert(!c->stage.anything && c->stage.n_events == 0 && c->n_remotes == 0);
    for (size_t i = 0; i < sb_serve_slots(c); i++) {
        assert(!c->servings[i].used);
    }
}

int explore_core_get(struct explore_core *m)
{
    static uint8_t buffer[CHUNKS_MAX][CHUNK];
    uint32_t row[CHUNKS_MAX];
    struct part parts[8];
    struct sb_core *c = m->core;
    assert_nothing_else(c);
    memset(c->traces, 0, sizeof c->traces);
    memset(&c->own_link, 0, sizeof c->own_link);
    memset(c->open_parents, 0, sizeof c->open_parents);
    for (size_t i = 0; i < c->o.n_origins; i++) {
        struct sb_peer *peer = &c->peers[i];
        c->origins[i].rest = (struct sb_rest){0}; /* worked out again */
        peer->n_sightings = 0;                    /* for people and remote acknowledgements */
        memset(&peer->ranges[peer->n_ranges], 0,
               (SB_RANGES_MAX - peer->n_ranges) * sizeof peer->ranges[0]);
    }
    size_t used = 0, n = list_parts(c, parts), chunks;
    for (size_t i = 0; i < n; i++) {
        assert(used + parts[i].n + CHUNK <= sizeof buffer);
        memcpy(buffer[0] + used, parts[i].p, parts[i].n);
        used += parts[i].n;
    }
    memset(buffer[0] + used, 0, CHUNK);
    chunks = (used + CHUNK - 1) / CHUNK;
    for (size_t i = 0; i < chunks; i++) {
        row[i] = explore_intern(m->chunks, buffer[i], CHUNK);
    }
    m->now = (int)explore_intern(m->values, row, chunks * sizeof row[0]);
    return m->now;
}

/* Is the order and the table of chains the same in both? Then only what they hold differs. */
static bool same_chains(const struct sb_core *c, const struct sb_core *want,
                        const struct sb_chain *chains)
{
    bool same = c->n_chains == want->n_chains;
    for (uint32_t i = 0; same && i < c->n_chains; i++) {
        const struct sb_chain *a = &c->chains[i], *b = &chains[i];
        same = a->origin == b->origin && a->branch == b->branch && sb_epoch_eq(a->epoch, b->epoch);
    }
    return same;
}

static void rebuild_chains(struct sb_core *c, const struct sb_core *want,
                           const struct sb_chain *chains)
{
    memset(c->buckets, 0, SB_BUCKETS * sizeof *c->buckets);
    c->n_chains = c->n_parents = 0;
    for (size_t i = 0; i < c->o.n_origins; i++) {
        c->origins[i].first = c->origins[i].last = NONE;
    }
    for (uint32_t i = 0; i < want->n_chains; i++) {
        struct sb_chain_info info = {
            .origin = chains[i].origin, .branch = chains[i].branch, .epoch = chains[i].epoch};
        bool loaded = sb_core_load(c, &info);
        assert(loaded);
    }
}

void explore_core_set(struct explore_core *m, int value)
{
    if (m->now == value) {
        return;
    }
    struct part parts[8];
    struct sb_core *c = m->core;
    static uint8_t p[CHUNKS_MAX * CHUNK];
    static struct sb_core want; /* the first part, aligned */
    size_t chunks;
    const uint32_t *row = explore_value(m->values, (uint32_t)value, &chunks);
    for (size_t i = 0; i < chunks / sizeof *row; i++) {
        memcpy(p + i * CHUNK, explore_value(m->chunks, row[i], NULL), CHUNK);
    }
    memcpy(&want, p, sizeof want);
    struct sb_chain *chains = malloc((want.n_chains + 1) * sizeof *chains);
    assert(chains != NULL);
    memcpy(chains, p + sizeof want, want.n_chains * sizeof *chains);
    if (!same_chains(c, &want, chains)) {
        rebuild_chains(c, &want, chains);
    }
    free(chains);
    *c = want;
    size_t used = 0, n = list_parts(c, parts);
    for (size_t i = 0; i < n; i++) {
        memcpy(parts[i].p, p + used, parts[i].n);
        used += parts[i].n;
    }
    m->now = value;
}

void explore_core_drop(struct explore_core *m)
{
    struct sb_core *c = m->core;
    memset(c->stage.ids, 0, SB_STAGE_IDS * sizeof c->stage.ids[0]);
    memset(c->servings, 0, sb_serve_slots(c) * sizeof *c->servings);
    m->now = EXPLORE_NO_CORE;
    explore_core_set(m, (int)m->fresh);
}
