/* What one daemon remembers: the log of events in its order of commits, and the indexes by which
 * they are found. It decides nothing. The daemon's is LMDB; the simulator's is a disk in memory
 * with the same functions. One handle, one thread.
 *
 * Reading happens in one short read transaction, refreshed by sb_store_refresh; pointers that reads
 * return are borrowed from it and live until the next refresh. Writing happens in one transaction
 * per turn; until it is committed, reads show the state before it. */
#ifndef SB_STORE_STORE_H
#define SB_STORE_STORE_H

#include "proto/body.h"
#include "proto/client_message.h"
#include "proto/err.h"
#include "proto/partner_message.h"
#include "proto/sign.h"

struct sb_store;
struct sb_store_txn;

struct sb_store_options {
    const char *path; /* a folder; made (0700) when absent, unless read_only */
    struct sb_hash partnership;
    struct sb_org organisation;
    uint64_t max_size; /* bytes: the map never grows beyond it */
    bool read_only;    /* beside a running daemon; takes no lock on the store */
};

/* Errors: SB_E_BUSY (another daemon), SB_E_VERSION (newer format), SB_E_CONFIG (a store of another
 * partnership or organisation), SB_E_CORRUPT, SB_E_IO, SB_E_NOTFOUND (read_only and absent). */
enum sb_rc sb_store_open(struct sb_store **out, const struct sb_store_options *options,
                         struct sb_err *err);
void sb_store_close(struct sb_store *store);
/* Is it still the store that this handle left behind? Cheap: asked before anything is acknowledged.
 * SB_E_CHANGED: another file stands in its place, or its bytes were written over. */
enum sb_rc sb_store_unchanged(const struct sb_store *store, struct sb_err *err);
struct sb_uuid sb_store_id(const struct sb_store *store); /* made with the store, 16 random bytes */

/* Origins are small numbers within one store, handed out in the order of registration (durably,
 * in a transaction of its own) and never reused. Number 0 is the store's own organisation. */
enum sb_rc sb_store_register(struct sb_store *store, const struct sb_org *org, uint16_t *number,
                             struct sb_err *err);
size_t sb_store_origins(const struct sb_store *store);
const struct sb_org *sb_store_origin(const struct sb_store *store, uint16_t number);

/* A place in history. Branch 0 is the first that arrived; others exist only where an origin forked
 * an epoch, and hold the links from their base on. */
struct sb_place {
    uint16_t origin, branch;
    struct sb_epoch epoch;
    struct sb_seq seq;
};

/* One branch of one epoch, as far as it is durable. */
struct sb_chain_row {
    uint16_t origin, branch;
    struct sb_epoch epoch;
    struct sb_seq base;   /* its first link; 1 on branch 0 */
    uint16_t base_branch; /* the branch that holds the link before base */
    struct sb_checkpoint tip;
    struct sb_seq bodies;      /* bodies here or not due to us, without a gap, up to this seq */
    uint64_t bytes;            /* of links, salts and bodies: what the quota counts */
    struct sb_sign_public key; /* that signs this epoch */
    struct sb_parent parents[SB_PARENTS_MAX];
    size_t n_parents;
};

/* One event. In reads, item.link_bytes is {NULL, 0}: sb_link_encode gives the bytes back exactly;
 * audience, salt and body are borrowed. */
struct sb_record {
    struct sb_offset offset;
    struct sb_offset previous; /* of the same class; 0: none */
    uint16_t branch, origin;
    enum sb_class class;
    enum sb_body_state state;
    bool deferred;            /* streams pass it over here: it is released at a later offset */
    struct sb_time committed; /* by this daemon's clock */
    struct sb_item item;
    struct sb_org audience[SB_AUDIENCE_MAX]; /* what item.link.audience borrows in reads */
};

/* ---- reading */

enum sb_rc sb_store_refresh(struct sb_store *store, struct sb_err *err);

/* Last offset and the last of each class; zero when empty. */
void sb_store_offsets(struct sb_store *store, struct sb_offset *last,
                      struct sb_offset by_class[static SB_CLASS_COUNT]);
/* Calls `each` for every chain, by origin, epoch, branch; stops on false; `each` may read. */
enum sb_rc sb_store_chains(struct sb_store *store,
                           bool (*each)(void *context, const struct sb_chain_row *row),
                           void *context, struct sb_err *err);

/* SB_E_NOTFOUND is an answer, not an error. `nth` counts contents of one id: 0 is the first that
 * arrived, others exist only where an origin used an id twice. next_double moves *origin and *id
 * (zeros at first) to the next such id; *budget: ids to look at, 0 afterwards: none so far. */
enum sb_rc sb_store_find_id(struct sb_store *store, uint16_t origin, const struct sb_uuid *id,
                            unsigned nth, struct sb_record *out, struct sb_err *err);
enum sb_rc sb_store_next_double(struct sb_store *store, uint16_t *origin, struct sb_uuid *id,
                                size_t *budget, struct sb_err *err);
enum sb_rc sb_store_at(struct sb_store *store, const struct sb_place *place, struct sb_record *out,
                       struct sb_err *err);
/* Which branch holds the link with this hash at (epoch, seq)? Looks through all branches. */
enum sb_rc sb_store_find_link(struct sb_store *store, uint16_t origin, struct sb_epoch epoch,
                              struct sb_seq seq, const struct sb_hash *hash, uint16_t *branch,
                              struct sb_err *err);
/* The first checkpoint of the branch at or after place->seq. */
enum sb_rc sb_store_checkpoint(struct sb_store *store, const struct sb_place *place,
                               struct sb_checkpoint *out, struct sb_err *err);
/* The first event at or after place->seq whose body is missing (entitled, not here). */
enum sb_rc sb_store_next_missing(struct sb_store *store, const struct sb_place *place,
                                 struct sb_seq *out, struct sb_err *err);
uint64_t sb_store_missing_count(struct sb_store *store);

/* The first log entry at or after `from`. The release of a deferred event is one too (*released):
 * *at is its offset, and `out` the event (out->offset: where it first stood). */
enum sb_rc sb_store_next(struct sb_store *store, struct sb_offset from, struct sb_offset *at,
                         bool *released, struct sb_record *out, struct sb_err *err);
/* The first offset committed here at or after `since`; last + 1 when there is none. */
enum sb_rc sb_store_since(struct sb_store *store, struct sb_time since, struct sb_offset *out,
                          struct sb_err *err);

struct sb_store_usage {
    uint64_t events, bytes, map_bytes, max_bytes, room; /* bytes: in use; room: of map and disk */
};
void sb_store_usage(struct sb_store *store, struct sb_store_usage *out);

/* ---- writing. Every function is a no-op once the transaction has failed; commit tells. */

enum sb_rc sb_store_begin(struct sb_store *store, struct sb_store_txn **txn, struct sb_err *err);
/* Appends at record->offset, the last + 1; a known id of another link gets a further content. */
void sb_store_put_event(struct sb_store_txn *txn, const struct sb_record *record);
void sb_store_put_chain(struct sb_store_txn *txn, const struct sb_chain_row *row);
void sb_store_put_checkpoint(struct sb_store_txn *txn, const struct sb_place *place,
                             const struct sb_checkpoint *checkpoint);
/* The body of an event whose link is held and whose body is missing. */
void sb_store_put_body(struct sb_store_txn *txn, const struct sb_place *place,
                       const struct sb_salt *salt, struct sb_bytes body);
/* Appends the release, at `offset`, of the deferred event at `place`. */
void sb_store_put_release(struct sb_store_txn *txn, struct sb_offset offset,
                          const struct sb_place *place);
/* Fails the transaction with SB_E_CHANGED unless the stored tip of this chain is exactly this one
 * (rule 4: somebody put another store under a running daemon). seq 0: the chain must not exist. */
void sb_store_expect_tip(struct sb_store_txn *txn, const struct sb_place *chain,
                         const struct sb_hash *tip_hash);
/* Durable when it returns SB_OK. Errors: SB_E_FULL (nothing happened, the store is usable),
 * SB_E_CHANGED (likewise), SB_E_IO (the process must end: exit 74). Frees the transaction. */
enum sb_rc sb_store_commit(struct sb_store_txn *txn, struct sb_err *err);
void sb_store_abort(struct sb_store_txn *txn);

#endif
