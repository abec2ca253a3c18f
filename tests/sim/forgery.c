/* Forged history: see forgery.h. The hashes are right, the chain is right, the commitments are
 * right; the signature alone is not the origin's. */
#include "tests/sim/forgery.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/body.h"
#include "proto/checkpoint.h"
#include "tests/sim/announced.h"

enum { ITEMS = 2, COUNTER_AHEAD = 50 };

struct forgery {
    struct sim_world *w;
    struct sb_arena *arena;
    struct sb_item *items; /* ITEMS of them, and what comes with them */
    struct sb_hash last;   /* of the last item, or of what it follows */
    size_t n;
};

static void add(struct forgery *f, const struct sb_chain_ref *of, struct sb_seq seq,
                enum sb_kind kind, const struct sb_uuid *id, struct sb_bytes body,
                const struct sb_salt *salt)
{
    struct sb_item *item = &f->items[f->n++];
    uint8_t *bytes = sb_arena_alloc(f->arena, SB_LINK_MAX);
    assert(bytes != NULL);
    *item = (struct sb_item){.link = {.partnership = of->partnership,
                                      .origin = of->origin,
                                      .epoch = of->epoch,
                                      .seq = seq,
                                      .prev = f->last,
                                      .kind = kind,
                                      .body_len = (uint32_t)body.n,
                                      .commitment = sb_commitment(salt, body)},
                             .salt = salt,
                             .body = body};
    if (kind == SB_KIND_RESTRICTED) {
        item->link.audience = (struct sb_audience){&item->link.origin, 1};
    }
    if (id != NULL) {
        item->link.id = *id;
    } else {
        sim_fill(&f->w->random, item->link.id.b, sizeof item->link.id.b);
    }
    item->link_bytes = (struct sb_bytes){bytes, sb_link_encode(bytes, &item->link)};
    f->last = sb_link_hash(&item->link);
}

/* A beginning that its origin never made, with the liar's key in the place of the origin's. */
static void forge_epoch(struct forgery *f, const struct sim_forger *by, struct sb_chain_ref *of,
                        struct sb_bytes body, const struct sb_salt *salt)
{
    struct sb_epoch_start start = {.counter = of->epoch.counter + COUNTER_AHEAD,
                                   .sign_key = sb_sign_public_of(&by->seed),
                                   .first_commitment = sb_commitment(salt, body)};
    sim_fill(&f->w->random, start.nonce, sizeof start.nonce);
    struct sb_bytes first =
        sb_epoch_start_build(&start, sim_now(f->w, &f->w->hosts[by->host]).wall, f->arena);
    of->epoch = (struct sb_epoch){start.counter, sb_epoch_tag(first)};
    add(f, of, (struct sb_seq){1}, SB_KIND_SYSTEM, NULL, first, salt);
    add(f, of, (struct sb_seq){2}, by->kind, by->id, body, salt);
}

static bool may_follow(const struct sim_world *w, const struct sim_forger *by,
                       const struct sim_said *s)
{
    if (by->stolen) {
        return s->origin == by->victim && sim_announced_is_old(w, s->origin, s->epoch);
    }
    return s->origin != by->host;
}

/* Something that the liar might have read of another; with a stolen key, one of the last. */
static const struct sim_said *choose(struct sim_world *w, const struct sim_forger *by)
{
    const struct sim_truth *t = w->truth;
    uint32_t at = t->n == 0 ? 0 : sim_below(&w->random, t->n);
    for (uint32_t i = 0; by->stolen && i < t->n && !may_follow(w, by, &t->said[at]); i++) {
        at = (at + 1) % t->n;
    }
    return t->n > 0 && may_follow(w, by, &t->said[at]) ? &t->said[at] : NULL;
}

/* As it stands on the disk of somebody who runs; a body goes with it where everybody may have it.
 */
static bool copy_from(struct forgery *f, const struct sim_said *s, struct sb_hash *hash,
                      struct sb_seq seq, struct sb_item *out)
{
    struct sb_record *r = malloc(sizeof *r);
    bool found = false;
    assert(r != NULL);
    for (int i = 0; i < f->w->n_hosts && !found; i++) {
        const struct sim_host *h = &f->w->hosts[i];
        struct sb_place place = {h->node == NULL ? 0 : sim_number(h, s->origin), 0, s->epoch, seq};
        found = h->node != NULL &&
                sb_store_find_link(h->store, place.origin, s->epoch, seq, hash, &place.branch,
                                   NULL) == SB_OK &&
                sb_store_at(h->store, &place, r, NULL) == SB_OK &&
                (seq.n > 1 || r->item.salt != NULL);
        if (found) {
            uint8_t bytes[SB_LINK_MAX];
            bool given = r->item.salt != NULL && r->item.link.kind != SB_KIND_RESTRICTED;
            *out = r->item;
            out->link_bytes = sb_arena_copy(f->arena, bytes, sb_link_encode(bytes, &r->item.link));
            out->link.audience = (struct sb_audience){NULL, 0};
            out->body = given ? sb_arena_copy(f->arena, r->item.body.p, r->item.body.n)
                              : (struct sb_bytes){NULL, 0};
            out->salt = given ? (const struct sb_salt *)(const void *)sb_arena_copy(
                                    f->arena, r->item.salt->b, sizeof r->item.salt->b)
                                    .p
                              : NULL;
            *hash = r->item.link.prev;
        }
    }
    free(r);
    return found;
}

/* The way down from what is followed; nothing where not all of it is to be had. */
static void begin_with(struct forgery *f, const struct sim_said *s)
{
    struct sb_hash hash = s->hash;
    for (uint64_t seq = s->seq.n; seq > 0; seq--) {
        if (!copy_from(f, s, &hash, (struct sb_seq){seq}, &f->items[seq - 1])) {
            return;
        }
    }
    f->n = s->seq.n;
}

bool sim_forge(struct sim_world *w, const struct sim_forger *by, struct sb_bytes body,
               struct sb_arena *arena, struct sb_message *out, size_t *genuine)
{
    const struct sim_host *host = &w->hosts[by->host];
    const struct sim_said *s = by->behind != NULL ? by->behind : choose(w, by);
    size_t below = by->whole && s != NULL ? s->seq.n : 0;
    struct sb_item *items = sb_arena_alloc(arena, (below + ITEMS) * sizeof *items);
    struct sb_salt *salt = sb_arena_alloc(arena, sizeof *salt);
    struct sb_checkpoint *checkpoint = sb_arena_alloc(arena, sizeof *checkpoint);
    assert(items != NULL && salt != NULL && checkpoint != NULL);
    if (s == NULL) {
        return false;
    }
    struct forgery f = {.w = w, .arena = arena, .items = items};
    struct sb_chain_ref of = {w->partnership, w->hosts[s->origin].org, s->epoch};
    sim_fill(&w->random, salt->b, sizeof salt->b);
    if (by->whole) {
        begin_with(&f, s);
    }
    *genuine = f.n;
    if (f.n == 0 && sim_chance(&w->random, by->stolen ? 25 : 50)) {
        forge_epoch(&f, by, &of, body, salt);
    } else {
        f.last = s->hash;
        add(&f, &of, (struct sb_seq){s->seq.n + 1}, by->kind, by->id, body, salt);
    }
    if (by->bare) {
        items[f.n - 1].salt = NULL;
        items[f.n - 1].body = (struct sb_bytes){NULL, 0};
    }
    *checkpoint =
        (struct sb_checkpoint){items[f.n - 1].link.seq, f.last, sim_now(w, host).wall, {{0}}};
    sb_checkpoint_sign(checkpoint, &of, &by->seed);
    *out = (struct sb_message){.type = SB_MSG_EVENTS};
    out->events = (struct sb_events){.origin = of.origin,
                                     .epoch = of.epoch,
                                     .items = items,
                                     .n_items = f.n,
                                     .checkpoints = checkpoint,
                                     .n_checkpoints = 1,
                                     .last = true};
    return true;
}
