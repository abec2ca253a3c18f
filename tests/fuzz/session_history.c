/* The history of the liar: every link is signed with its key, whatever is wrong with it. */
#include <assert.h>
#include <string.h>

#include "proto/body.h"
#include "proto/seal.h"
#include "tests/fuzz/session.h"

enum { TIME_MS = 3 }; /* of every checkpoint: an hour does not matter */

static const struct sb_time said_at = {1764000000000 + TIME_MS};

static void sign(struct session_history *h, struct session_link *s)
{
    struct sb_chain_ref of = {h->partnership, h->origin, s->link.epoch};
    s->n_bytes = sb_link_encode(s->bytes, &s->link);
    s->hash = sb_link_hash(&s->link);
    s->checkpoint = (struct sb_checkpoint){s->link.seq, s->hash, said_at, {{0}}};
    sb_checkpoint_sign(&s->checkpoint, &of, &h->seed);
}

static struct session_link *add(struct session_history *h, int before, struct sb_bytes body)
{
    struct session_link *s = &h->links[h->n];
    assert(h->n < SESSION_LINKS_MAX && body.n <= sizeof s->body);
    memset(s, 0, sizeof *s);
    s->before = before;
    s->n_body = body.n;
    memcpy(s->body, body.p, body.n);
    memset(s->salt.b, 0x5a, sizeof s->salt.b);
    s->salt.b[0] = (uint8_t)h->n;
    s->link = (struct sb_link){.partnership = h->partnership,
                               .origin = h->origin,
                               .seq = {1},
                               .kind = SB_KIND_OPEN,
                               .body_len = (uint32_t)body.n,
                               .commitment = sb_commitment(&s->salt, body)};
    s->link.id.b[0] = (uint8_t)h->n;
    s->link.id.b[15] = 7;
    if (before >= 0) {
        s->link.epoch = h->links[before].link.epoch;
        s->link.seq.n = h->links[before].link.seq.n + 1;
        s->link.prev = h->links[before].hash;
    }
    h->n++;
    return s;
}

static struct sb_bytes custom_body(unsigned odd, size_t number, struct sb_arena *arena)
{
    static const uint8_t topics[3][12] = {"custom/sim", "agenda/raad", "decision/x"};
    static const uint8_t content[] = "\x8a\x01\x08\x0a\x03"
                                     "a/b"
                                     "\x12\x01";
    const uint8_t *topic = topics[odd % 3];
    size_t n_topic = strlen((const char *)topic);
    uint8_t *p = sb_arena_alloc(arena, 64);
    assert(p != NULL);
    p[0] = 0x0a;
    p[1] = (uint8_t)n_topic;
    memcpy(p + 2, topic, n_topic);
    memcpy(p + 2 + n_topic, content, sizeof content - 1);
    p[2 + n_topic + sizeof content - 1] = (uint8_t)number;
    struct sb_bytes body = {p, 2 + n_topic + sizeof content};
    return odd == 9 ? body : sb_body_seal(body, said_at, "liar", arena);
}

void session_begin_epoch(struct session_history *h, uint32_t counter, int parent,
                         struct sb_arena *arena)
{
    struct sb_epoch_start start = {.counter = counter};
    if (h->n + 2 > SESSION_LINKS_MAX) {
        return;
    }
    if (parent >= 0) {
        const struct session_link *p = &h->links[parent];
        start.parents[0] = (struct sb_parent){p->link.epoch, p->link.seq, p->hash};
        start.n_parents = 1;
    }
    struct sb_bytes first = custom_body(0, h->n, arena);
    struct session_link *second; /* its commitment is in the first */
    struct sb_salt salt;
    memset(salt.b, 0x5a, sizeof salt.b);
    salt.b[0] = (uint8_t)(h->n + 1);
    start.sign_key = sb_sign_public_of(&h->seed);
    start.nonce[0] = (uint8_t)h->n;
    start.first_commitment = sb_commitment(&salt, first);
    struct sb_bytes body = sb_epoch_start_build(&start, said_at, arena);
    struct session_link *s = add(h, -1, body);
    s->link.kind = SB_KIND_SYSTEM;
    s->link.epoch = (struct sb_epoch){counter, sb_epoch_tag(body)};
    sign(h, s);
    second = add(h, (int)h->n - 1, first);
    sign(h, second);
}

void session_extend(struct session_history *h, size_t on, const struct sb_org *only, unsigned odd,
                    struct sb_arena *arena)
{
    if (h->n == SESSION_LINKS_MAX || h->links[on].link.seq.n < 2) {
        return;
    }
    struct session_link *s = add(h, (int)on, custom_body(odd, h->n, arena));
    if (only != NULL) {
        s->audience[0] = h->origin;
        s->audience[1] = *only;
        s->link.kind = SB_KIND_RESTRICTED;
        s->link.audience = (struct sb_audience){s->audience, sb_audience_normalise(s->audience, 2)};
    }
    switch (odd) {
    case 4: s->link.commitment.b[7] ^= 1; break;
    case 5: s->link.body_len += 3; break;
    case 6:
        s->link.kind = SB_KIND_SYSTEM;
        s->link.audience.n = 0;
        break;
    case 7: s->link.seq.n += 2; break;
    case 8: s->link.prev.b[3] ^= 1; break;
    case 10: s->link.id = h->links[on].link.id; break;
    case 11: s->link.partnership.b[0] ^= 1; break;
    default: break;
    }
    sign(h, s);
}

size_t session_items(const struct session_history *h, size_t to, uint64_t first,
                     struct sb_item **items, struct sb_arena *arena)
{
    size_t n = 0;
    for (int at = (int)to; at >= 0 && h->links[at].link.seq.n >= first; at = h->links[at].before) {
        n++;
    }
    *items = sb_arena_alloc(arena, (n + 1) * sizeof **items);
    assert(*items != NULL);
    int at = (int)to;
    for (size_t i = n; i > 0; i--, at = h->links[at].before) {
        const struct session_link *s = &h->links[at];
        (*items)[i - 1] = (struct sb_item){.link = s->link,
                                           .link_bytes = {s->bytes, s->n_bytes},
                                           .salt = &s->salt,
                                           .body = {s->body, s->n_body}};
    }
    return n;
}
