/* Inside the simulator's disk: what is on it, and the operations by which it changes. Commits add
 * operations to `pending`; the reader's refresh applies them: until then reads show the state
 * before, as a read transaction of LMDB does. For disk*.c only. */
#ifndef SB_SIM_DISK_STATE_H
#define SB_SIM_DISK_STATE_H

#include "tests/sim/disk.h"
#include "tests/sim/disk_parts.h"

/* Audience, salt and body of one event; shared by a disk and its images, never changed. */
struct disk_blob {
    unsigned refs;
    bool has_body;
    bool says_nothing; /* its body has been read, and means nothing to other events */
    size_t n_orgs, body_len;
    struct sb_salt salt;
    uint8_t bytes[]; /* n_orgs struct sb_org, then the body */
};

struct disk_entry {
    uint64_t released;  /* of a release: the offset of its event; 0: an event */
    uint64_t next_same; /* the next content of the same id; 0: none */
    struct sb_place place;
    enum sb_class class;
    enum sb_body_state state;
    bool deferred;
    struct sb_time committed;
    struct sb_offset previous;
    struct sb_link link; /* without its audience */
    struct disk_blob *blob;
};

struct disk_chain {
    struct sb_place place; /* seq: of offsets[0] */
    bool has_row;
    struct sb_chain_row row;
    uint64_t *offsets;
    size_t n_offsets, cap_offsets;
    struct sb_checkpoint *checkpoints; /* by seq */
    size_t n_checkpoints, cap_checkpoints;
    size_t missing;
};

struct disk_op {
    enum disk_op_kind kind;
    struct sb_place place;
    struct disk_entry entry;         /* EVENT, RELEASE */
    struct sb_checkpoint checkpoint; /* CHECKPOINT */
    struct sb_chain_row *row;        /* ROW; owned */
    struct disk_blob *blob;          /* BODY; a reference */
    struct disk_consumer *consumer;  /* CONSUMER; owned; with no bytes: removed */
    struct disk_erased *erased;      /* ERASE, ERASED (it is done); owned */
    struct disk_receipt receipt;     /* RECEIPT */
};

struct disk_ops {
    struct disk_op *items;
    size_t n, cap;
};

struct disk_state {
    unsigned refs;
    struct sb_uuid id;
    struct sb_hash partnership;
    struct sb_org origins[SB_ORIGINS_MAX];
    size_t n_origins;
    struct disk_entry *log; /* offset - 1 */
    size_t n_log, cap_log;
    struct disk_chain **chains; /* by origin, epoch, branch */
    size_t n_chains, cap_chains;
    uint64_t *ids; /* open addressing; offset of the first content, 0: free */
    size_t n_ids, cap_ids;
    struct sb_offset by_class[SB_CLASS_COUNT];
    uint64_t missing;
    struct disk_consumer *consumers[SB_CONSUMERS_MAX]; /* by name; the first n */
    size_t n_consumers;
    struct disk_erased *erased;
    size_t n_erased, cap_erased;
    struct disk_receipt *receipts;
    size_t n_receipts, cap_receipts;
    struct disk_residue *residues;
    size_t n_residues, cap_residues;
    uint64_t erasings; /* how many there were */
    struct disk_ops pending;
    uint64_t last;  /* offset, with what is pending */
    uint64_t bytes; /* with what is pending */
};

struct sb_disk {
    char *path;
    struct disk_state *state; /* NULL: empty */
    unsigned incarnations;    /* so that every store made here has another id */
    uint64_t capacity;
    enum sb_rc fail_rc;
    bool fail_kept;
    struct sb_store *writer;
    struct sb_disk *next;
};

struct sb_store {
    struct sb_disk *disk;
    struct disk_state *state; /* a reference: stays when the disk gets another */
    struct sb_store_txn *txn;
    bool read_only;
    unsigned compact_steps;  /* left of the compaction under way; 0: none */
    uint64_t compact_before; /* erasings that it takes care of */
};

struct sb_store_txn {
    struct sb_store *store;
    struct sb_err err; /* of the first failure */
    struct disk_ops ops;
    uint64_t last, bytes;
    bool use_reserve;
};

/* Makes room for one more item; the simulator does without memory at its own peril: aborts. */
void *disk_grow(void *items, size_t n, size_t *cap, size_t size);

struct disk_blob *disk_blob_new(const struct sb_audience *audience, const struct sb_salt *salt,
                                struct sb_bytes body);
void disk_blob_unref(struct disk_blob *blob);
struct sb_bytes disk_blob_body(const struct disk_blob *blob);

struct disk_state *disk_state_new(void);
void disk_state_unref(struct disk_state *state);
/* A copy, with what is pending. */
struct disk_state *disk_state_copy(const struct disk_state *from);
/* NULL where there is none. */
struct disk_chain *disk_find_chain(const struct disk_state *state, const struct sb_place *place);
struct disk_entry *disk_find_entry(const struct disk_state *state, const struct sb_place *place);
/* The slot in `ids` of this id: holds its first content's offset, or 0. */
uint64_t *disk_id_slot(const struct disk_state *state, uint16_t origin, const struct sb_uuid *id);
/* Applies and forgets what is pending. */
void disk_apply_pending(struct disk_state *state);

/* Takes the consumer of the operation into the state (disk_consumers.c). */
void disk_consumer_apply(struct disk_state *state, struct disk_op *op);
struct disk_consumer *disk_consumer_copy(const struct disk_consumer *from);

/* Bytes that an operation takes, about what it takes in LMDB. */
uint64_t disk_op_bytes(const struct disk_op *op);
struct disk_op *disk_ops_add(struct disk_ops *ops, enum disk_op_kind kind);
void disk_ops_fini(struct disk_ops *ops);

#endif
