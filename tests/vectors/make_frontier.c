/* Rest digests, computed here by the words of the protocol and not by the core, which the test
 * compares with them; and a sequence of frontiers with what is to be done with each. */
#include <jansson.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/sha256.h"
#include "tests/vectors/vectors.h"

struct rest {
    struct sb_epoch epoch;
    uint64_t seq;
    struct sb_hash hash;
};

static struct sb_hash digest_of(const struct rest *chains, size_t n)
{
    struct sb_hash digest = {{0}};
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[15 + 32 + 4 + 8 + 8 + 32];
        struct sb_writer w;
        sb_writer_init(&w, bytes, sizeof bytes);
        sb_put_bytes(&w, "samenbus/rest/1", 15);
        sb_put_bytes(&w, digest.b, sizeof digest.b);
        sb_put_u32(&w, chains[i].epoch.counter);
        sb_put_u64(&w, chains[i].epoch.tag);
        sb_put_u64(&w, chains[i].seq);
        sb_put_bytes(&w, chains[i].hash.b, sizeof chains[i].hash.b);
        const struct sb_bytes part = {bytes, w.n};
        digest = sb_sha256(&part, 1);
    }
    return digest;
}

/* The chains are given in the order of the digest. */
static void add_rest(json_t *list, const char *name, const struct rest *chains, size_t n)
{
    json_t *one = add_case(list, name), *given = put_list(one, "chains");
    for (size_t i = 0; i < n; i++) {
        json_t *chain = json_object();
        put_epoch(chain, chains[i].epoch);
        put_number(chain, "seq", chains[i].seq);
        put(chain, "hash", hex_hash(&chains[i].hash));
        json_array_append_new(given, chain);
    }
    struct sb_hash digest = digest_of(chains, n);
    put_number(one, "restCount", n);
    put(one, "restDigest", hex_hash(&digest));
}

static void add_rests(json_t *root)
{
    struct rest chains[] = {{{1, 0x9000000000000000}, 4, seeded("a")},
                            {{2, 0x0000000000000001}, 9, seeded("b")},
                            {{2, 0x8000000000000000}, 2, seeded("c")},
                            {{300, 0x0123456789abcdef}, 1000, seeded("d")}};
    struct rest forked[] = {{{5, 77}, 4, {{1}}}, {{5, 77}, 3, {{2}}}, {{6, 1}, 2, seeded("e")}};
    json_t *list = put_list(root, "rests");
    add_rest(list, "nothing", chains, 0);
    add_rest(list, "one chain", chains, 1);
    add_rest(list, "four chains", chains, 4);
    add_rest(list, "a forked epoch, by tip hash", forked, 3);
}

enum { CHAINS = SB_HEADS_MAX + 4 };

/* One origin's chains, in the order of the digest; how many heads a list of at most `most` has. */
static void add_list(json_t *lists, const char *name, const struct rest *chains, size_t n,
                     uint64_t covered, size_t most, size_t heads)
{
    json_t *one = add_case(lists, name), *given = put_list(one, "chains");
    struct rest rest[CHAINS];
    size_t n_rest = 0, uncovered = 0;
    for (size_t i = n; i-- > 0;) { /* the newest heads are listed */
        bool head = (covered >> i & 1) == 0;
        bool listed = head && uncovered < heads;
        uncovered += head;
        if (!listed) {
            rest[CHAINS - ++n_rest] = chains[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        json_t *chain = json_object();
        put_epoch(chain, chains[i].epoch);
        put_number(chain, "seq", chains[i].seq);
        put(chain, "hash", hex_hash(&chains[i].hash));
        put(chain, "covered", json_boolean(covered >> i & 1));
        json_array_append_new(given, chain);
    }
    struct sb_hash digest = digest_of(&rest[CHAINS - n_rest], n_rest);
    put_number(one, "most", most);
    put_number(one, "heads", heads);
    put_number(one, "restCount", n_rest);
    put(one, "restDigest", hex_hash(&digest));
}

static void add_lists(json_t *root)
{
    struct rest many[CHAINS], branches[CHAINS],
        forked[] = {{{4, 1}, 4, seeded("a")},
                    {{5, 77}, 4, {{1}}},
                    {{5, 77}, 3, {{2}}},
                    {{6, 1}, 2, seeded("e")}};
    for (size_t i = 0; i < CHAINS; i++) {
        many[i] = (struct rest){{(uint32_t)i / 2 + 1, i % 2 + 9}, i + 2, {{(uint8_t)(i + 1)}}};
        branches[i] = (struct rest){{3, 9}, i + 2, {{(uint8_t)(i + 1)}}};
    }
    json_t *lists = put_list(root, "lists");
    add_list(lists, "a head for every epoch that is not covered", many, 5, 6, SB_HEADS_MAX, 3);
    add_list(lists, "more heads than are listed", many, CHAINS, 0, SB_HEADS_MAX, SB_HEADS_MAX);
    add_list(lists, "more heads, and some of them covered", many, CHAINS, 0x80001, SB_HEADS_MAX,
             SB_HEADS_MAX);
    add_list(lists, "the branches of an epoch, all or none", forked, 4, 0, 2, 1);
    add_list(lists, "the branches of an epoch that there is room for", forked, 4, 0, 3, 3);
    add_list(lists, "more branches of the newest epoch than are listed", branches, CHAINS, 0,
             SB_HEADS_MAX, 0);
}

static void add_hello(json_t *steps, const char *boot)
{
    json_t *one = add_case(steps, "hello");
    put(one, "bootNonce", hex_of(seeded(boot).b, 16));
}

static void add_frontier(json_t *steps, const char *boot, bool full, uint64_t counter,
                         const char *verdict)
{
    json_t *one = add_case(steps, "frontier");
    put(one, "bootNonce", hex_of(seeded(boot).b, 16));
    put(one, "full", json_boolean(full));
    put_number(one, "counter", counter);
    put_text(one, "verdict", verdict);
}

static void add_steps(json_t *root)
{
    json_t *steps = put_list(root, "steps");
    add_frontier(steps, "one", true, 5, "unknown_boot");
    add_hello(steps, "one");
    add_frontier(steps, "one", false, 5, "request_full");
    add_frontier(steps, "one", true, 5, "taken");
    add_frontier(steps, "one", false, 6, "taken");
    add_frontier(steps, "one", false, 6, "old");
    add_frontier(steps, "one", true, 6, "taken");
    add_frontier(steps, "one", true, 4, "old");
    add_frontier(steps, "one", false, 8, "request_full");
    add_frontier(steps, "one", false, 7, "taken");
    add_frontier(steps, "two", true, 1, "unknown_boot");
    add_hello(steps, "two");
    add_frontier(steps, "one", false, 8, "unknown_boot");
    add_frontier(steps, "two", true, 1, "taken");
    add_hello(steps, "two");
    add_frontier(steps, "two", false, 2, "taken");
    add_hello(steps, "one");
    add_frontier(steps, "one", true, 9, "unknown_boot");
    add_frontier(steps, "two", false, 3, "taken");
}

json_t *make_frontier(struct sb_arena *arena)
{
    (void)arena;
    json_t *root = object_about("Rest digests; what is listed of an origin, and the rest of it; "
                                "steps, one behind the other, in what a partner "
                                "sends, with what becomes of each frontier (PROTOCOL 6)");
    add_rests(root);
    add_lists(root);
    add_steps(root);
    return root;
}
