/* Forged history: see forgery.h. The hashes are right, the chain is right, the commitments are
 * right; the signature alone is not the origin's. */
#include "tests/sim/forgery.h"

#include <assert.h>

#include "proto/body.h"
#include "proto/checkpoint.h"
#include "tests/sim/announced.h"
#include "tests/sim/truth.h"

enum { ITEMS = 2, COUNTER_AHEAD = 50 };

struct forgery {
    struct sim_world *w;
    struct sb_arena *arena;
    struct sb_item *items; /* ITEMS of them */
    struct sb_hash last;   /* of the last item, or of what it follows */
    size_t n;
};

static void add(struct forgery *f, const struct sb_chain_ref *of, struct sb_seq seq,
                enum sb_kind kind, struct sb_bytes body, const struct sb_salt *salt)
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
    sim_fill(&f->w->random, item->link.id.b, sizeof item->link.id.b);
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
    add(f, of, (struct sb_seq){1}, SB_KIND_SYSTEM, first, salt);
    add(f, of, (struct sb_seq){2}, SB_KIND_OPEN, body, salt);
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

bool sim_forge(struct sim_world *w, const struct sim_forger *by, struct sb_bytes body,
               struct sb_arena *arena, struct sb_message *out)
{
    const struct sim_host *host = &w->hosts[by->host];
    const struct sim_said *s = choose(w, by);
    struct sb_item *items = sb_arena_alloc(arena, ITEMS * sizeof *items);
    struct sb_salt *salt = sb_arena_alloc(arena, sizeof *salt);
    struct sb_checkpoint *checkpoint = sb_arena_alloc(arena, sizeof *checkpoint);
    assert(items != NULL && salt != NULL && checkpoint != NULL);
    if (s == NULL) {
        return false;
    }
    struct forgery f = {.w = w, .arena = arena, .items = items};
    struct sb_chain_ref of = {w->partnership, w->hosts[s->origin].org, s->epoch};
    sim_fill(&w->random, salt->b, sizeof salt->b);
    if (sim_chance(&w->random, by->stolen ? 25 : 50)) {
        forge_epoch(&f, by, &of, body, salt);
    } else {
        f.last = s->hash;
        add(&f, &of, (struct sb_seq){s->seq.n + 1}, SB_KIND_OPEN, body, salt);
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
