/* Announcements of new keys, after everything of a host was lost, keys too (PROTOCOL §9.4). A
 * partner's export says which tips of the old key count. Each of the others takes the announcement
 * into its configuration when it likes, and heeds it from its next start on.
 *
 * I15: who heeds it counts, shows and serves of the old key's history the way down from those tips
 * and nothing else, whatever the old key signs meanwhile, once it has the tip; and in the end all
 * do. Nothing else counts against the quota of its owner then, and the stored chains are as they
 * were signed. */
#ifndef SB_SIM_ANNOUNCED_H
#define SB_SIM_ANNOUNCED_H

#include "tests/sim/world.h"

struct sim_announced;
struct sim_said;
struct sb_rekey;

struct sim_announced *sim_announced_new(void);
void sim_announced_free(struct sim_announced *a);

/* The new key of `h` in the place of the old one. What counts is what `exporter`, which runs, has
 * of it, or had at some time before. */
void sim_announce(struct sim_world *w, const struct sim_host *h, const struct sim_host *exporter,
                  const struct sb_sign_seed *old_seed, const struct sb_sign_seed *new_seed,
                  bool before);
/* NULL: there is none. */
const struct sb_rekey *sim_announced_of(const struct sim_world *w, int origin);
/* The old key has signed this too: it begins an epoch, or goes on in one. */
void sim_announced_signed(struct sim_world *w, int origin, struct sb_epoch epoch);
/* Is that epoch under a key that was replaced? */
bool sim_announced_is_old(const struct sim_world *w, int origin, struct sb_epoch epoch);
/* False: the old key signed it, and the announcement does not name it. */
bool sim_announced_counts(const struct sim_world *w, const struct sim_said *said);

/* An announcement names it, and nobody has the end of its epoch any more: who has a branch that
 * goes beyond the end cannot tell what of it counts, and offers none of it. */
bool sim_announced_is_cut_off(const struct sim_world *w, const struct sim_said *said);
/* Nor may this host show it, where it heeds the announcement and has the tip. */
bool sim_announced_may_show(const struct sim_world *w, const struct sim_host *h,
                            const struct sb_hash *hash);
/* The host's own event of this id that counts; one that only a thief of its key made is none. */
bool sim_announced_find_id(const struct sim_world *w, const struct sim_host *h,
                           const struct sb_uuid *id, struct sb_record *out);

/* ---- what must hold of a host that heeds it */
void sim_announced_turn(struct sim_world *w, const struct sim_host *h);
/* What leaves it for a partner. */
void sim_announced_left(struct sim_world *w, const struct sim_host *h, struct sb_bytes frame);
/* What it gives to a reader. */
void sim_announced_given(struct sim_world *w, const struct sim_host *h, const struct sb_hash *hash);
void sim_announced_end(struct sim_world *w, struct sim_host *h);

#endif
