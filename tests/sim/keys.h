/* The signing keys of every host, and which one each of the others has pinned. A key changes at a
 * restart. Rotated: the old key vouches for the new one by a certificate, and partners change
 * nothing (PROTOCOL §9.3); when they like, they pin the new one. A backup may bring the old key
 * back. Lost: an announcement (announced.h) takes its place, and until a partner has it the two
 * cannot connect. Random worlds do so where the seed says. */
#ifndef SB_SIM_KEYS_H
#define SB_SIM_KEYS_H

#include "proto/certificate.h"
#include "proto/rekey.h"
#include "tests/sim/world.h"

enum { SIM_KEYS_MAX = 6 }; /* of one host in a world: rotated, again, lost, rotated, again */

struct sim_keys_of {
    struct sb_sign_seed seeds[SIM_KEYS_MAX];
    int n;                   /* seeds that there are */
    int announced;           /* the one in the place of a lost one; 0: none was */
    bool lost;               /* the same */
    int now;                 /* the one that its configuration names */
    int backed_up, snapshot; /* those of its backup and its live snapshot */
    struct sb_certificate by_last[SIM_KEYS_MAX]; /* of each by the one before, where rotated */
    int pinned[SIM_NODES_MAX];                   /* of each other host, in its configuration */
    uint32_t heeds;                        /* announcements that its run of now began with: bits */
    struct sb_rekey rekeys[SIM_NODES_MAX]; /* the same */
    size_t n_rekeys;
};

struct sim_keys {
    struct sim_keys_of of[SIM_NODES_MAX];
    bool by_chance; /* changes happen in this world */
    uint64_t rotations, losses, pins;
};

struct sim_keys *sim_keys_new(void);
void sim_keys_free(struct sim_keys *keys);
/* The host has its first key. */
void sim_keys_begin(struct sim_world *w, const struct sim_host *h);

/* ---- what a configuration says, at a start */
/* Makes the signer that the host's configuration asks for. */
void sim_keys_configure(struct sim_world *w, struct sim_host *h);
/* NULL: its key is the first one, or was announced. */
const struct sb_certificate *sim_keys_certificate(const struct sim_world *w,
                                                  const struct sim_host *h);
struct sb_sign_public sim_keys_pinned(const struct sim_world *w, const struct sim_host *at, int of);

/* ---- what operators do: each takes the host down, and brings it up again */
/* Not rotated yet; or the others have pinned what it was rotated to, and something under that. */
bool sim_keys_may_rotate(const struct sim_world *w, const struct sim_host *h);
void sim_keys_rotate(struct sim_world *w, struct sim_host *h);
/* Everything of it is lost, its keys too; what counts `exporter` has, or had some time before. The
 * old key may have been stolen: thief.h. */
void sim_keys_lose(struct sim_world *w, struct sim_host *h, const struct sim_host *exporter,
                   bool before, bool stolen);
/* It pins the newest key of `of`, by itself or by its announcement. */
void sim_keys_pin(struct sim_world *w, struct sim_host *h, int of);
void sim_keys_backed_up(struct sim_world *w, const struct sim_host *h);
/* The configuration of its backup is back, or stays as it is. */
void sim_keys_put_back(struct sim_world *w, const struct sim_host *h, bool too);
/* A live snapshot has the key that it ran with. */
void sim_keys_snapshot(struct sim_world *w, const struct sim_host *h);
void sim_keys_resume(struct sim_world *w, const struct sim_host *h);
/* One of these, by chance, and the next a while later. */
void sim_keys_act(struct sim_world *w);
/* Everybody has the newest key of its own. */
void sim_keys_heal(struct sim_world *w);

/* Does the run of now heed the announcement of that host? */
bool sim_keys_heeds(const struct sim_world *w, const struct sim_host *h, int origin);
/* Do both know the connection key of the other? */
bool sim_keys_meet(const struct sim_world *w, int a, int b);

/* ---- what must hold */
/* Is this signed by a key that the host has or had? */
bool sim_keys_signed(const struct sim_world *w, int origin, const struct sb_checkpoint *checkpoint,
                     const struct sb_chain_ref *ref);
/* After a turn: I11. */
void sim_keys_turn(struct sim_world *w, const struct sim_host *h);

#endif
