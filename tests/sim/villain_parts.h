/* Inside the villain: what its files share. */
#ifndef SB_SIM_VILLAIN_PARTS_H
#define SB_SIM_VILLAIN_PARTS_H

#include "tests/sim/villain.h"

enum {
    VILLAIN_LINKS = 64,
    VILLAIN_SIDES = 2,
    VILLAIN_EPOCHS = 320, /* many more than a frontier lists, or than there are places for */
    VILLAIN_DRIPS = 16,
};

struct said_link {
    struct sb_link link;
    struct sb_hash hash;
    uint8_t bytes[SB_LINK_MAX], body[512];
    size_t n_bytes, n_body;
    struct sb_salt salt;
    struct sb_checkpoint checkpoint;
};

struct said_epoch {
    struct sb_epoch epoch;
    struct said_link links[2]; /* as many as an epoch has at least */
};

/* An answer that takes its time: one segment, one link long where it can be, at a time. */
struct drip {
    int to, of; /* of: whose history */
    uint32_t request;
    int side;              /* of its own */
    struct sb_place place; /* of another's: in that one's store */
    size_t next, end;      /* sequence numbers; the last is end */
};

struct sim_villain {
    int host;
    enum sim_manner manner;
    struct said_link *sides[VILLAIN_SIDES]; /* both begin alike */
    size_t n[VILLAIN_SIDES], shared;
    struct sb_epoch epoch;
    struct sb_uuid boot, former_boot;
    uint64_t counter;
    struct sb_arena arena;
    struct said_epoch *more;
    size_t n_more;
    uint32_t least; /* above it the counter of its next epoch is */
    struct drip drips[VILLAIN_DRIPS];
    size_t n_drips;
};

/* ---- villain.c */
/* One link behind `before` (NULL: the first), signed and entered in the book of truth. */
void sim_villain_link(struct sim_world *w, struct sim_villain *v, struct said_link *out,
                      const struct said_link *before, struct sb_bytes body,
                      const struct sb_salt *salt, enum sb_kind kind);
/* The two links that an epoch begins with, which becomes the one of now; its parent, or NULL. */
void sim_villain_epoch(struct sim_world *w, struct sim_villain *v, const struct said_link *parent,
                       struct said_link *first, struct said_link *second);
void sim_villain_speak(struct sim_world *w, struct sim_villain *v, int to,
                       const struct sb_message *m, bool garble);
void sim_villain_segment(struct sim_world *w, struct sim_villain *v, int to, uint32_t request,
                         int side, size_t from, size_t end, bool last);

/* ---- villain_manner.c: what only some of them do */
/* What one that floods says: a body of some hundred bytes. */
struct sb_bytes sim_villain_long_body(struct sim_world *w, struct sim_villain *v);
/* Before it shows itself to `to`: the link that it says is its last, of `n`. */
size_t sim_villain_tip(struct sim_world *w, struct sim_villain *v, size_t n);
/* Heads beside the one of its own epoch: of more epochs, of another's history. Returns how many
 * origins there are; heads[0] is its own. */
size_t sim_villain_boasts(struct sim_world *w, struct sim_villain *v, int to,
                          struct sb_origin_heads *heads);
/* True: that WANT is dealt with. */
bool sim_villain_drips(struct sim_world *w, struct sim_villain *v, int to,
                       const struct sb_message *m, int side, size_t from, size_t end);
bool sim_villain_answers_more(struct sim_world *w, struct sim_villain *v, int to,
                              const struct sb_message *m);
/* Each time that it acts. */
void sim_villain_drip_on(struct sim_world *w, struct sim_villain *v);
void sim_villain_say_more(struct sim_world *w, struct sim_villain *v);

#endif
