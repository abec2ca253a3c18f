/* Cursors: chains of one origin with their links, tips, and how far they cover each chain. */
#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "daemon/core/cover.h"
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

static struct sb_hash hash_at(size_t chain, uint64_t seq)
{
    char name[] = "chain 0 seq 0";
    name[6] = (char)('0' + chain);
    name[12] = (char)('0' + seq);
    return seeded(name);
}

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
        CHAINS[i].tip.hash = hash_at(i, CHAINS[i].tip.seq.n);
        CHAINS[i].bodies = CHAINS[i].tip.seq;
        CHAINS[i].n_parents = 0;
    }
    name_parent(&CHAINS[1], 0, 0);
    name_parent(&CHAINS[3], 1, 1);
    name_parent(&CHAINS[3], 2, 2);
    name_parent(&CHAINS[4], 3, 0);
}

static bool find(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch)
{
    (void)context;
    for (size_t i = 0; i < N_CHAINS && origin == 0; i++) {
        struct sb_hash hash = hash_at(i, tip->seq.n);
        *branch = CHAINS[i].branch;
        if (sb_epoch_eq(CHAINS[i].epoch, tip->epoch) && tip->seq.n >= CHAINS[i].base.n &&
            tip->seq.n <= CHAINS[i].tip.seq.n && sb_hash_eq(&hash, &tip->hash)) {
            return true;
        }
    }
    return false;
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

static void put_chain(json_t *list, size_t chain)
{
    const struct sb_chain_info *c = &CHAINS[chain];
    json_t *one = add_case(list, NAMES[chain]), *parents, *links;
    put_epoch(one, c->epoch);
    put_number(one, "branch", c->branch);
    put_number(one, "base", c->base.n);
    put_number(one, "baseBranch", c->base_branch);
    put_number(one, "seq", c->tip.seq.n);
    put(one, "hash", hex_hash(&c->tip.hash));
    links = put_list(one, "links");
    for (uint64_t seq = c->base.n; seq <= c->tip.seq.n; seq++) {
        struct sb_hash hash = hash_at(chain, seq);
        json_t *link = json_object();
        put_number(link, "seq", seq);
        put(link, "hash", hex_hash(&hash));
        json_array_append_new(links, link);
    }
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
    uint64_t covered[N_CHAINS], held[N_CHAINS];
    struct sb_open_tip open[N_CHAINS * 2];
    struct sb_cover cover = {
        .find = find, .upto = covered, .held = held, .open = open, .cap_open = N_CHAINS * 2};
    json_t *one = add_case(list, name), *given = put_list(one, "tips"), *out, *back;
    sb_core_cover(core, tips, n, &cover);
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
    back = put_list(one, "held");
    for (size_t i = 0; i < N_CHAINS; i++) {
        json_array_append_new(out, json_integer((json_int_t)covered[i]));
        json_array_append_new(back, json_integer((json_int_t)held[i]));
    }
}

/* With everything in its past. */
static struct sb_tip tip_of(size_t chain, uint64_t seq)
{
    return (struct sb_tip){ORIGINS[0], CHAINS[chain].epoch, {seq}, hash_at(chain, seq), true};
}

/* Tips that are not here: nothing is sure, and only an epoch without a fork may be held back. */
static void add_strangers(json_t *list, const struct sb_core *core)
{
    struct sb_tip tip = tip_of(3, 2);
    tip.origin = ORIGINS[1];
    add_cover(list, "another origin", core, &tip, 1);
    tip = tip_of(3, 2);
    tip.epoch.tag = 0x55;
    add_cover(list, "an epoch that is not here", core, &tip, 1);
    tip = tip_of(3, 9);
    add_cover(list, "above the last epoch: it and what it grew from", core, &tip, 1);
    tip.past = false;
    add_cover(list, "above the last epoch, without its past", core, &tip, 1);
    tip = tip_of(3, 3);
    tip.hash = seeded("another branch");
    add_cover(list, "another link in the place of one of the last epoch", core, &tip, 1);
    tip = tip_of(1, 9);
    add_cover(list, "above all branches of the forked epoch", core, &tip, 1);
}

json_t *make_cursors(struct sb_arena *arena)
{
    (void)arena;
    prepare();
    struct sb_core *core = load();
    json_t *root = object_about("Chains of GM0384, and how far cursors cover each of them, or "
                                "hold it back, in the same order (PROTOCOL 8.7)");
    json_t *chains = put_list(root, "chains"), *list = put_list(root, "cursors");
    for (size_t i = 0; i < N_CHAINS; i++) {
        put_chain(chains, i);
    }
    struct sb_tip tips[] = {tip_of(3, 2), tip_of(4, 1), tip_of(0, 3), tip_of(2, 5), tip_of(1, 5)};
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
    add_strangers(list, core);
    sb_core_free(core);
    return root;
}
