/* What nobody but its origin may say, said by somebody else: history under another's name, signed
 * with the liar's own key: whoever takes it breaks I4. Or with the origin's own, which was stolen:
 * then it is true for who does not know better, and entered in the book of truth. */
#ifndef SB_SIM_FORGERY_H
#define SB_SIM_FORGERY_H

#include "proto/arena.h"
#include "proto/wire.h"
#include "tests/sim/truth.h"
#include "tests/sim/world.h"

struct sim_forger {
    int host;                 /* whose clock it is */
    int victim;               /* -1: anybody else */
    struct sb_sign_seed seed; /* which it signs with */
    bool stolen;              /* that is the victim's, of before: see announced.h */
    enum sb_kind kind;        /* of its event; a restricted one is for its victim alone */
    const struct sb_uuid *id; /* the event's; NULL: a fresh one */
    bool bare;                /* of its event it gives the link alone, and nobody has the body */
    const struct sim_said *behind; /* what its event follows; NULL: anything that it may */
    bool whole; /* what its event follows comes with it, from the first link of the epoch on, all
                   of it under the one checkpoint behind its own */
};

/* EVENTS of another origin: either one more link behind one that its victim really made, or a new
 * epoch of the victim's. `body` is the sealed body of its event. Everything is from the arena.
 * False: nobody has said anything yet that could be continued. The first `genuine` of its items are
 * the victim's own. */
bool sim_forge(struct sim_world *w, const struct sim_forger *by, struct sb_bytes body,
               struct sb_arena *arena, struct sb_message *out, size_t *genuine);

#endif
