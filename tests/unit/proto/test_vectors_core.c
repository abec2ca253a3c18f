/* The vectors about what a node decides: rest digests, frontiers, cursors. The digests were made by
 * the words of the protocol, not by the core. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/cover.h"
#include "daemon/core/internal.h"
#include "daemon/core/limits.h"
#include "daemon/core/trace.h"
#include "tests/unit/proto/vector_file.h"

enum { CHAINS_MAX = 8, LINKS_MAX = 64 };

static const struct sb_org ORIGINS[] = {{"GM0384"}, {"GM0437"}};

static struct sb_core *new_core(void)
{
    static const struct sb_core_partner partners[] = {{0}, {.partner = true}};
    struct sb_core_options options = {.partnership = sb_partnership_hash("duoplus"),
                                      .origins = ORIGINS,
                                      .partners = partners,
                                      .n_origins = 2,
                                      .quota_bytes = 1 << 20};
    struct sb_core *core = sb_core_new(&options);
    assert_non_null(core);
    return core;
}

/* ---- the digest of the rest */

static void expect_rest(const struct sb_core_rest *rest, const json_t *one, struct sb_arena *arena)
{
    struct sb_hash expected = vector_hash(one, "restDigest", arena);
    assert_int_equal(rest->count, vector_number(one, "restCount"));
    assert_memory_equal(rest->digest.b, expected.b, sizeof expected.b);
}

static void check_rest(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_parent parents[CHAINS_MAX];
    struct sb_core *core = new_core();
    size_t n = vector_count(one, "chains");
    struct sb_core_rest rest;
    struct sb_head heads[SB_HEADS_MAX];
    uint16_t branch = 0;
    (void)index;
    assert_true(n <= CHAINS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *chain = vector_at(one, "chains", i);
        struct sb_seq seq = {(uint64_t)vector_number(chain, "seq")};
        struct sb_chain_info info = {.epoch = vector_epoch(chain, arena), .base = {1}};
        info.tip = (struct sb_checkpoint){.seq = seq, .hash = vector_hash(chain, "hash", arena)};
        branch = i > 0 && sb_epoch_eq(parents[i - 1].epoch, info.epoch) ? branch + 1 : 0;
        info.branch = branch;
        parents[i] = (struct sb_parent){info.epoch, seq, info.tip.hash};
        assert_true(sb_core_load(core, &info));
    }
    struct sb_chain_info last = {.epoch = {UINT32_MAX, 1}, .base = {1}, .tip = {.seq = {2}}};
    last.parents = parents;
    last.n_parents = n;
    assert_true(sb_core_load(core, &last));
    sb_core_loaded(core);
    assert_int_equal(sb_core_heads(core, 0, SB_HEADS_MAX, heads, &rest), 1);
    expect_rest(&rest, one, arena);
    sb_core_free(core);
}

static void test_vectors_of_rests(void **state)
{
    (void)state;
    vector_each("frontier", "rests", check_rest);
}

/* What is listed as heads, and what belongs to the rest. */
static void check_list(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_core *core = new_core();
    size_t n = vector_count(one, "chains");
    struct sb_core_rest rest;
    struct sb_head heads[SB_HEADS_MAX];
    uint16_t branch = 0;
    (void)index;
    for (size_t i = 0; i < n; i++) {
        const json_t *chain = vector_at(one, "chains", i);
        struct sb_chain_info info = {.epoch = vector_epoch(chain, arena), .base = {1}};
        info.tip.seq.n = (uint64_t)vector_number(chain, "seq");
        info.tip.hash = vector_hash(chain, "hash", arena);
        branch = i > 0 && sb_epoch_eq(core->chains[i - 1].epoch, info.epoch) ? branch + 1 : 0;
        info.branch = branch;
        assert_true(sb_core_load(core, &info));
        core->chains[i].covered = json_is_true(json_object_get(chain, "covered"));
    }
    sb_core_loaded(core);
    size_t most = (size_t)vector_number(one, "most");
    assert_int_equal(sb_core_heads(core, 0, most, heads, &rest), vector_number(one, "heads"));
    expect_rest(&rest, one, arena);
    sb_core_free(core);
}

static void test_vectors_of_lists(void **state)
{
    (void)state;
    vector_each("frontier", "lists", check_list);
}

/* ---- frontiers */

static struct sb_core *listener;
static struct sb_effect *effects;

static void step(const struct sb_input *in)
{
    struct sb_effects fx = {effects, 0, SB_EFFECTS_MAX};
    sb_core_step(listener, in, &fx);
}

static const char *verdict_of(const uint64_t *before, const uint64_t *after)
{
    static const struct {
        enum sb_trace trace;
        const char *verdict;
    } verdicts[] = {{SB_TRACE_FRONTIER_UNKNOWN_BOOT, "unknown_boot"},
                    {SB_TRACE_FRONTIER_OLD, "old"},
                    {SB_TRACE_FRONTIER_GAP, "request_full"},
                    {SB_TRACE_FRONTIER_FULL, "taken"},
                    {SB_TRACE_FRONTIER_DELTA, "taken"}};
    for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
        if (after[verdicts[i].trace] > before[verdicts[i].trace]) {
            return verdicts[i].verdict;
        }
    }
    return "nothing";
}

static void check_step(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_uuid nonce;
    struct sb_now now = {.mono_ms = 10000 * (int64_t)(index + 1), .wall = {1795428000123}};
    uint64_t before[SB_TRACE_COUNT];
    vector_copy(nonce.b, sizeof nonce.b, one, "bootNonce", arena);
    if (strcmp(vector_text(one, "name"), "hello") == 0) {
        struct sb_hello hello = {.organisation = ORIGINS[1], .boot_nonce = nonce};
        struct sb_input in = {.type = SB_IN_HELLO, .now = now};
        in.hello.from = 1;
        in.hello.route = (struct sb_route){SB_ROUTE_SESSION, 5};
        in.hello.hello = &hello;
        in.hello.same_partnership = true;
        step(&in);
        return;
    }
    struct sb_frontier f = {.node = ORIGINS[1],
                            .boot_nonce = nonce,
                            .counter = (uint64_t)vector_number(one, "counter"),
                            .full = vector_flag(one, "full")};
    struct sb_input in = {.type = SB_IN_FRONTIER, .now = now};
    in.frontier.from = 1;
    in.frontier.route = (struct sb_route){SB_ROUTE_SESSION, 5};
    in.frontier.frontier = &f;
    memcpy(before, sb_core_traces(listener), sizeof before);
    step(&in);
    assert_string_equal(verdict_of(before, sb_core_traces(listener)), vector_text(one, "verdict"));
}

static void test_vectors_of_frontiers(void **state)
{
    (void)state;
    listener = new_core();
    effects = calloc(SB_EFFECTS_MAX, sizeof *effects);
    assert_non_null(effects);
    sb_core_loaded(listener);
    vector_each("frontier", "steps", check_step);
    free(effects);
    sb_core_free(listener);
}

/* ---- cursors */

static struct sb_core *holder;
static struct sb_parent parents[CHAINS_MAX];
static size_t n_parents;

static struct own_link {
    struct sb_epoch epoch;
    uint64_t seq;
    uint16_t branch;
    struct sb_hash hash;
} own_links[LINKS_MAX];
static size_t n_own_links;

static void load_links(const json_t *one, const struct sb_chain_info *info, struct sb_arena *arena)
{
    size_t n = vector_count(one, "links");
    assert_int_equal(n, info->tip.seq.n - info->base.n + 1);
    for (size_t i = 0; i < n; i++) {
        assert_true(n_own_links < LINKS_MAX);
        own_links[n_own_links++] =
            (struct own_link){info->epoch, info->base.n + i, info->branch,
                              vector_hash(vector_at(one, "links", i), "hash", arena)};
    }
    assert_memory_equal(&own_links[n_own_links - 1].hash, &info->tip.hash, sizeof info->tip.hash);
}

static void load_chain(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_chain_info info = {.branch = (uint16_t)vector_number(one, "branch"),
                                 .base_branch = (uint16_t)vector_number(one, "baseBranch"),
                                 .epoch = vector_epoch(one, arena),
                                 .base = {(uint64_t)vector_number(one, "base")},
                                 .parents = &parents[n_parents],
                                 .n_parents = vector_count(one, "parents")};
    (void)index;
    info.tip.seq.n = (uint64_t)vector_number(one, "seq");
    info.tip.hash = vector_hash(one, "hash", arena);
    assert_true(n_parents + info.n_parents <= CHAINS_MAX);
    for (size_t i = 0; i < info.n_parents; i++) {
        const json_t *parent = vector_at(one, "parents", i);
        parents[n_parents++] = (struct sb_parent){vector_epoch(parent, arena),
                                                  {(uint64_t)vector_number(parent, "seq")},
                                                  vector_hash(parent, "hash", arena)};
    }
    assert_true(sb_core_load(holder, &info));
    load_links(one, &info, arena);
}

static bool find(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch)
{
    (void)context;
    for (size_t i = 0; i < n_own_links && origin == 0; i++) {
        const struct own_link *l = &own_links[i];
        if (sb_epoch_eq(l->epoch, tip->epoch) && l->seq == tip->seq.n &&
            sb_hash_eq(&l->hash, &tip->hash)) {
            *branch = l->branch;
            return true;
        }
    }
    return false;
}

static void check_cursor(const json_t *one, size_t index, struct sb_arena *arena)
{
    struct sb_tip tips[CHAINS_MAX];
    uint64_t covered[CHAINS_MAX], held[CHAINS_MAX];
    struct sb_open_tip open[CHAINS_MAX];
    struct sb_cover cover = {
        .find = find, .upto = covered, .held = held, .open = open, .cap_open = CHAINS_MAX};
    size_t n = vector_count(one, "tips");
    (void)index;
    assert_true(n <= CHAINS_MAX && sb_core_chain_count(holder) <= CHAINS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *tip = vector_at(one, "tips", i);
        tips[i] = (struct sb_tip){vector_org(tip, "origin"),
                                  vector_epoch(tip, arena),
                                  {(uint64_t)vector_number(tip, "seq")},
                                  vector_hash(tip, "hash", arena),
                                  vector_flag(tip, "past")};
    }
    sb_core_cover(holder, tips, n, &cover);
    assert_int_equal(vector_count(one, "covered"), sb_core_chain_count(holder));
    assert_int_equal(vector_count(one, "held"), sb_core_chain_count(holder));
    for (size_t i = 0; i < sb_core_chain_count(holder); i++) {
        assert_int_equal(covered[i], json_integer_value(vector_at(one, "covered", i)));
        assert_int_equal(held[i], json_integer_value(vector_at(one, "held", i)));
    }
}

static void test_vectors_of_cursors(void **state)
{
    (void)state;
    holder = new_core();
    vector_each("cursors", "chains", load_chain);
    sb_core_loaded(holder);
    vector_each("cursors", "cursors", check_cursor);
    sb_core_free(holder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_rests),
        cmocka_unit_test(test_vectors_of_lists),
        cmocka_unit_test(test_vectors_of_frontiers),
        cmocka_unit_test(test_vectors_of_cursors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
