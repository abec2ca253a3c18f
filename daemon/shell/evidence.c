/* Finding evidence in what is held: every chain but the first of its epoch is a fork, and the store
 * knows which ids stand for more than one content. It reads and judges; nothing is kept for it. */
#include "daemon/shell/evidence.h"

#include <string.h>

#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "daemon/shell/page.h"
#include "daemon/shell/rekeyed.h"

enum {
    PLACE_BYTES = 1 + 2 + 4 + 8 + 2 + 16, /* of a place to go on from */
    IDS_PER_ANSWER = 16384,               /* ids looked at for one answer: some milliseconds */
    CONTENTS_MAX = 16,                    /* of one id that are compared with the first */
    SIDES = 2,
};

enum phase { FORKS, IDS };

/* Everything up to here has been told. */
struct place {
    enum phase phase;
    uint16_t origin;
    struct sb_epoch epoch; /* of FORKS */
    uint16_t branch;
    struct sb_uuid id; /* of IDS */
};

struct search {
    struct sb_node *node;
    struct place at;
    struct sb_evidence *out;
};

static bool read_place(struct place *out, struct sb_bytes from)
{
    struct sb_reader r;
    sb_reader_init(&r, from.p, from.n);
    *out = (struct place){.phase = FORKS};
    if (from.n == 0) {
        return true;
    }
    uint8_t phase = sb_get_u8(&r);
    out->phase = phase == IDS ? IDS : FORKS;
    out->origin = sb_get_u16(&r);
    out->epoch.counter = sb_get_u32(&r);
    out->epoch.tag = sb_get_u64(&r);
    out->branch = sb_get_u16(&r);
    sb_get_copy(&r, out->id.b, sizeof out->id.b);
    return sb_reader_done(&r) && phase <= IDS;
}

static struct sb_bytes write_place(struct sb_node *node, const struct place *at)
{
    uint8_t *bytes = sb_arena_alloc(&node->arena, PLACE_BYTES);
    struct sb_writer w;
    if (bytes == NULL) {
        return (struct sb_bytes){0};
    }
    sb_writer_init(&w, bytes, PLACE_BYTES);
    sb_put_u8(&w, (uint8_t)at->phase);
    sb_put_u16(&w, at->origin);
    sb_put_u32(&w, at->epoch.counter);
    sb_put_u64(&w, at->epoch.tag);
    sb_put_u16(&w, at->branch);
    sb_put_bytes(&w, at->id.b, sizeof at->id.b);
    return (struct sb_bytes){bytes, w.n};
}

/* A free item with room for both sides; NULL: the answer is full. */
static struct sb_evidence_item *next_item(struct search *s, uint16_t origin)
{
    struct sb_node *node = s->node;
    if (s->out->n_items == SB_EVIDENCE_MAX) {
        return NULL;
    }
    struct sb_evidence_item *item = &s->out->items[s->out->n_items];
    *item = (struct sb_evidence_item){.origin = node->orgs[origin], .n_sides = SIDES};
    item->sides = sb_arena_alloc(&node->arena, SIDES * sizeof *item->sides);
    return item->sides == NULL ? NULL : item;
}

/* The link at `seq` on the path to the tip of `branch`, and what signs it. */
static bool fill_side(struct sb_node *node, uint16_t origin, struct sb_epoch epoch, uint16_t branch,
                      struct sb_seq seq, struct sb_evidence_side *out, struct sb_record *record)
{
    struct sb_page page = {.origin = origin, .branch = branch, .epoch = epoch};
    struct sb_place place = {origin, 0, epoch, seq};
    struct sb_epoch_name name = {.origin = 0};
    struct sb_seq last;
    memset(out, 0, sizeof *out);
    if (!sb_lookup_path(node, origin, epoch, branch, seq, &place.branch, &last) ||
        !sb_turn_found(node, sb_store_at(node->o.store, &place, record, node->turn.err)) ||
        !sb_page_checkpoint(node, &page, seq, &out->checkpoint) ||
        sb_checkpoint_is_unsigned(&out->checkpoint)) {
        return false;
    }
    sb_people_epoch(node, origin, epoch, &name);
    memcpy(out->epoch_text, name.text, sizeof out->epoch_text);
    out->epoch = epoch;
    out->branch = branch;
    out->seq = seq;
    out->hash = sb_link_hash(&record->item.link);
    out->commitment = record->item.link.commitment;
    return true;
}

/* ---- forks */

static bool is_behind(const struct place *at, uint16_t origin, const struct sb_chain_info *chain)
{
    if (origin != at->origin) {
        return origin > at->origin;
    }
    int order = sb_epoch_cmp(chain->epoch, at->epoch);
    return order > 0 || (order == 0 && chain->branch > at->branch);
}

/* False: the answer is full. */
static bool add_fork(struct search *s, uint16_t origin, const struct sb_chain_info *chain)
{
    struct sb_record record;
    struct sb_evidence_item *item = next_item(s, origin);
    if (item == NULL) {
        return false;
    }
    item->kind = SB_EVIDENCE_FORK;
    if (fill_side(s->node, origin, chain->epoch, chain->base_branch, chain->base, &item->sides[0],
                  &record) &&
        fill_side(s->node, origin, chain->epoch, chain->branch, chain->base, &item->sides[1],
                  &record)) {
        item->since = record.committed;
        s->out->n_items++;
    }
    s->at.origin = origin;
    s->at.epoch = chain->epoch;
    s->at.branch = chain->branch;
    return true;
}

static bool find_forks(struct search *s)
{
    for (uint16_t origin = s->at.origin; origin < s->node->n_origins; origin++) {
        struct sb_chain_info chain;
        uint32_t at = 0;
        while (sb_core_next_chain(s->node->core, origin, &at, &chain)) {
            uint16_t final; /* of its epoch an announcement says what counts: nobody is accused */
            bool settled = sb_core_find_final(s->node->core, origin, chain.epoch, &final);
            if (chain.branch > 0 && !settled && is_behind(&s->at, origin, &chain) &&
                !add_fork(s, origin, &chain)) {
                return false;
            }
        }
    }
    s->at = (struct place){.phase = IDS};
    return true;
}

/* ---- ids */

static bool same_content(struct sb_node *node, const struct sb_record *a, const struct sb_record *b,
                         bool *compared)
{
    const struct sb_link *x = &a->item.link, *y = &b->item.link;
    *compared = a->item.salt != NULL && b->item.salt != NULL;
    if (x->kind != y->kind || x->audience.n != y->audience.n) {
        return false;
    }
    for (size_t i = 0; i < x->audience.n; i++) {
        if (!sb_org_eq(&x->audience.orgs[i], &y->audience.orgs[i])) {
            return false;
        }
    }
    return sb_hash_eq(&x->commitment, &y->commitment) ||
           (*compared && sb_body_same_submission(a->item.body, b->item.body, &node->arena));
}

/* A further content of an id against the first. What was only said again is no conflict: a machine
 * that forgot that it had said it does so, and readers count it once. */
static void add_content(struct search *s, uint16_t origin, const struct sb_record *first,
                        const struct sb_record *other)
{
    struct sb_node *node = s->node;
    struct sb_record again;
    bool compared;
    if (same_content(node, first, other, &compared)) {
        return;
    }
    struct sb_evidence_item *item = next_item(s, origin);
    if (item == NULL) {
        return;
    }
    const struct sb_link *a = &first->item.link, *b = &other->item.link;
    item->kind = SB_EVIDENCE_ID_CONFLICT;
    item->id = b->id;
    item->since = other->committed;
    item->compared = compared;
    s->out->n_items +=
        fill_side(node, origin, a->epoch, first->branch, a->seq, &item->sides[0], &again) &&
        fill_side(node, origin, b->epoch, other->branch, b->seq, &item->sides[1], &again);
}

/* Of those that count: nobody is accused of what a replaced key signed in vain, nor does it hide
 * what its owner said twice. In one walk, for a thief can use an id very often. */
static void add_contents(struct search *s)
{
    struct sb_node *node = s->node;
    struct sb_record first, other;
    unsigned counted = 0;
    for (unsigned nth = 0; counted < CONTENTS_MAX; nth++) {
        struct sb_record *r = counted == 0 ? &first : &other;
        if (!sb_turn_found(node, sb_store_find_id(node->o.store, s->at.origin, &s->at.id, nth, r,
                                                  node->turn.err))) {
            return;
        }
        if (sb_rekeyed_shows(node, r) && counted++ > 0) {
            add_content(s, s->at.origin, &first, &other);
        }
    }
}

/* True: every id has been looked at. */
static bool find_ids(struct search *s)
{
    struct sb_node *node = s->node;
    size_t budget = IDS_PER_ANSWER;
    while (s->out->n_items + CONTENTS_MAX <= SB_EVIDENCE_MAX) {
        bool found = sb_turn_found(node, sb_store_next_double(node->o.store, &s->at.origin,
                                                              &s->at.id, &budget, node->turn.err));
        if (!found || budget == 0) {
            return !found;
        }
        add_contents(s);
    }
    return false;
}

void sb_evidence_answer(struct sb_node *node, uint32_t session, uint32_t request,
                        struct sb_bytes from)
{
    struct sb_message m = {.type = SB_MSG_EVIDENCE, .request = request};
    struct search s = {.node = node, .out = &m.evidence};
    struct sb_route route = {SB_ROUTE_SESSION, session};
    if (!read_place(&s.at, from)) {
        sb_outbox_refuse(node, route, request, SB_CODE_MALFORMED,
                         "from: not a place where an answer of this daemon ended");
        return;
    }
    m.evidence.items = sb_arena_alloc(&node->arena, SB_EVIDENCE_MAX * sizeof *m.evidence.items);
    if (m.evidence.items == NULL) {
        return;
    }
    m.evidence.end = (s.at.phase == IDS || find_forks(&s)) && find_ids(&s);
    m.evidence.next = write_place(node, &s.at);
    sb_outbox_answer(node, session, &m);
}
