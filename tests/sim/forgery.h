/* What nobody but its origin may say, said by somebody else: history under another's name, signed
 * with the liar's own key. Whoever takes it breaks I4. */
#ifndef SB_SIM_FORGERY_H
#define SB_SIM_FORGERY_H

#include "proto/arena.h"
#include "proto/wire.h"
#include "tests/sim/world.h"

/* EVENTS of another origin, made by the host `liar`: either one more link behind one that its
 * victim really made, or a new epoch of the victim's. `body` is the sealed body of its event.
 * Everything is from the arena. False: nobody has said anything yet that could be continued. */
bool sim_forge(struct sim_world *w, int liar, struct sb_bytes body, struct sb_arena *arena,
               struct sb_message *out);

#endif
