/* Cursors: chains of one origin, tips, and how far they cover each chain. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "daemon/core/core.h"
#include "tests/vectors/vectors.h"

static const struct sb_org ORIGINS[] = {{"GM0384"}, {"GM0437"}};

/* Three epochs, the second one forked at seq 4, the third after both branches. */
static struct sb_parent PARENTS[4];
static struct sb_chain_info CHAINS[] = {
    {.epoch = {1, 0x11}, .base = {1}, .tip = {.seq = {7}}},
    {.epoch = {2, 0x22}, .base = {1}, .tip = {.seq = {6}}},
    {.epoch = {2, 0x22}, .branch = 1, .base = {4}, .tip = {.seq = {5}}},
    {.epoch = {3, 0x33}, .base = {1}, .tip = {.seq = {3}}},
    {.epoch = {3, 0x44}, .base = {1}, .tip = {.seq = {2}}},
};
enum { N_CHAINS = sizeof CHAINS / sizeof *CHAINS };
static const char *const NAMES[N_CHAINS] = {"the first epoch", "the second, after the first",
                                            "a fork of it", "the third, after both branches",
                                            "another third, after the first alone"};

static void name_parent(struct sb_chain_info *of, size_t at, size_t chain)
{
    const struct sb_chain_info *p = &CHAINS[chain];
    of->parents = of->n_parents == 0 ? &PARENTS[at] : of->parents;
    PARENTS[at] = (struct sb_parent){p->epoch, p->tip.seq, p->tip.hash};
    of->n_parents++;
}

static void prepare(void)
{
    for (size_t i = 0; i < N_CHAINS; i++) {
        char name[] = "tip 0";
        name[4] = (char)('0' + i);
        CHAINS[i].tip.hash = seeded(name);
        CHAINS[i].bodies = CHAINS[i].tip.seq;
        CHAINS[i].n_parents = 0;
    }
    name_parent(&CHAINS[1], 0, 0);
    name_parent(&CHAINS[3], 1, 1);
    name_parent(&CHAINS[3], 2, 2);
    name_parent(&CHAINS[4], 3, 0);
}

static struct sb_core *load(void)
{
    static const struct sb_core_partner partners[2] = {{0}, {.partner = true}};
    struct sb_core_options options = {.partnership = sb_partnership_hash(VECTOR_PARTNERSHIP),
                                      .origins = ORIGINS,
                                      .partners = partners,
                                      .n_origins = 2,
                                      .quota_bytes = 1 << 20};
    struct sb_core *core = sb_core_new(&options);
    assert(core != NULL);
    for (size_t i = 0; i < N_CHAINS; i++) {
        bool ok = sb_core_load(core, &CHAINS[i]);
        assert(ok);
    }
    sb_core_loaded(core);
    return core;
}

static void put_chain(json_t *list, const char *name, const struct sb_chain_info *c)
{
    json_t *one = add_case(list, name), *parents;
    put_epoch(one, c->epoch);
    put_number(one, "branch", c->branch);
    put_number(one, "base", c->base.n);
    put_number(one, "baseBranch", c->base_branch);
    put_number(one, "seq", c->tip.seq.n);
    put(one, "hash", hex_hash(&c->tip.hash));
    parents = put_list(one, "parents");
    for (size_t i = 0; i < c->n_parents; i++) {
        json_t *parent = json_object();
        put_epoch(parent, c->parents[i].epoch);
        put_number(parent, "seq", c->parents[i].seq.n);
        put(parent, "hash", hex_hash(&c->parents[i].hash));
        json_array_append_new(parents, parent);
    }
}

static void add_cover(json_t *list, const char *name, const struct sb_core *core,
                      const struct sb_tip *tips, size_t n)
{
    uint64_t covered[N_CHAINS];
    json_t *one = add_case(list, name), *given = put_list(one, "tips"), *out;
    sb_core_cover(core, tips, n, covered);
    for (size_t i = 0; i < n; i++) {
        json_t *tip = json_object();
        put_text(tip, "origin", tips[i].origin.s);
        put_epoch(tip, tips[i].epoch);
        put_number(tip, "seq", tips[i].seq.n);
        put(tip, "hash", hex_hash(&tips[i].hash));
        put(tip, "past", json_boolean(tips[i].past));
        json_array_append_new(given, tip);
    }
    out = put_list(one, "covered");
    for (size_t i = 0; i < N_CHAINS; i++) {
        json_array_append_new(out, json_integer((json_int_t)covered[i]));
    }
}

/* With everything in its past. */
static struct sb_tip tip_of(size_t chain, uint64_t seq)
{
    const struct sb_chain_info *c = &CHAINS[chain];
    bool end = seq == c->tip.seq.n;
    return (struct sb_tip){ORIGINS[0], c->epoch, {seq}, end ? c->tip.hash : seeded("inside"), true};
}

json_t *make_cursors(struct sb_arena *arena)
{
    (void)arena;
    prepare();
    struct sb_core *core = load();
    json_t *root = object_about("Chains of GM0384, and how far cursors cover each of them, in the "
                                "same order (PROTOCOL 8.7)");
    json_t *chains = put_list(root, "chains"), *list = put_list(root, "cursors");
    for (size_t i = 0; i < N_CHAINS; i++) {
        put_chain(chains, NAMES[i], &CHAINS[i]);
    }
    struct sb_tip tips[] = {tip_of(3, 2), tip_of(4, 1), tip_of(0, 3), tip_of(2, 5), tip_of(1, 5)};
    struct sb_tip stranger = tips[0], unknown = tips[0];
    stranger.origin = ORIGINS[1];
    unknown.epoch.tag = 0x55;
    add_cover(list, "nothing", core, tips, 0);
    add_cover(list, "the last epoch: its parents and theirs", core, &tips[0], 1);
    add_cover(list, "the other last epoch", core, &tips[1], 1);
    add_cover(list, "both last epochs", core, tips, 2);
    add_cover(list, "the middle of the first", core, &tips[2], 1);
    add_cover(list, "the end of the second branch", core, &tips[3], 1);
    add_cover(list, "the middle of the forked epoch", core, &tips[4], 1);
    for (size_t i = 0; i < sizeof tips / sizeof *tips; i++) {
        tips[i].past = false;
    }
    add_cover(list, "the last epoch, without its past", core, &tips[0], 1);
    add_cover(list, "all of these, without their past", core, tips, sizeof tips / sizeof *tips);
    add_cover(list, "the end of the second branch, without its past", core, &tips[3], 1);
    add_cover(list, "another origin", core, &stranger, 1);
    add_cover(list, "an epoch that is not here", core, &unknown, 1);
    sb_core_free(core);
    return root;
}
