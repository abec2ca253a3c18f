/* Inside the store: the handle and what its files share. For daemon/store only. LMDB's types are
 * named, not known, here: lmdb.h stays in the .c files. */
#ifndef SB_STORE_HANDLE_H
#define SB_STORE_HANDLE_H

#include <sys/types.h>

#include "daemon/store/record.h"
#include "daemon/store/trees.h"
#include "daemon/store/young_rows.h"

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;
struct store_compaction; /* compact.c */

enum {
    STORE_FORMAT = 3,
    STORE_RESERVE = 1024 * 1024, /* bytes that no new event or body may take; at most a quarter */
};

struct sb_store {
    char *path;
    bool read_only;
    uint32_t format;      /* that it was found in; a writer has made it STORE_FORMAT */
    int lock_fd, data_fd; /* -1: none */
    struct MDB_env *env;
    unsigned trees[STORE_TREES];
    struct MDB_txn *reader;
    struct MDB_cursor *cursors[STORE_TREES]; /* the reader's */
    struct sb_offset walked; /* where the reader's cursor in the log stands; 0: anywhere */
    struct sb_store_txn *txn;
    struct store_young young;
    struct store_compaction *compaction; /* under way, or NULL */
    uint64_t last_txn;                   /* LMDB's number of the last commit, ours */
    dev_t device;
    ino_t inode;   /* of the data file that we opened */
    uint64_t held; /* up to here its disk keeps blocks for it */
    uint64_t commits;
    struct sb_uuid id;
    struct sb_hash partnership;
    struct sb_org **origins; /* by number; each allocated, so that pointers to them stay */
    size_t n_origins;
};

/* Translates LMDB's answer and sets a sentence with the path and what to do. */
enum sb_rc store_fail(const struct sb_store *store, int lmdb_rc, struct sb_err *err,
                      const char *what);
enum sb_rc store_rc(int lmdb_rc);

/* An older format, opened read only, lacks the trees that came later: nothing is in them. */
static inline bool store_has_tree(const struct sb_store *store, enum store_tree tree)
{
    return store->cursors[tree] != NULL || !store->read_only;
}
/* store_lmdb.c: environment and trees at a path; a reader on the handle's. */
int store_env_open(struct MDB_env **env, const char *path, unsigned flags, uint64_t map_size);
/* Makes, where `create`, the trees that came after this format, and finds the others. 0: no store.
 */
int store_trees_open(struct MDB_txn *lmdb, uint32_t format, bool create,
                     unsigned trees[static STORE_TREES]);
int store_reader_open(struct sb_store *store);
void store_reader_close(struct sb_store *store);

/* folder.c */
enum sb_rc store_folder_prepare(struct sb_store *store, struct sb_err *err);
enum sb_rc store_folder_lock(struct sb_store *store, struct sb_err *err);
/* Is there a data file, of whatever content? */
bool store_folder_has_data(const struct sb_store *store);
bool store_folder_data_is_empty(const struct sb_store *store);
/* Between the two, store->path is a folder in which a store is made; `path` is what it was before
 * and becomes again. With `made` SB_OK what was made is now the store, else it is removed. */
enum sb_rc store_folder_begin_making(struct sb_store *store, struct sb_err *err);
enum sb_rc store_folder_end_making(struct sb_store *store, char *path, enum sb_rc made,
                                   struct sb_err *err);
enum sb_rc store_folder_sync(const struct sb_store *store, struct sb_err *err);
/* Remembers the data file that was opened, and has it open a second time. */
enum sb_rc store_folder_remember(struct sb_store *store, struct sb_err *err);
void store_folder_close(struct sb_store *store);
/* By how much the file may grow: to `max`, as far as its disk has room. */
uint64_t store_folder_room(const struct sb_store *store, uint64_t file, uint64_t max);
/* Has its disk less room than some such bytes need? */
bool store_folder_is_full(const struct sb_store *store, uint64_t bytes);
/* Has everything written to the data file since it was opened reached the disk, as far as anybody
 * was told? Linux tells each open file of a failed write once: LMDB's does not spend ours. */
bool store_folder_is_synced(const struct sb_store *store);
bool store_folder_unchanged(const struct sb_store *store);

/* meta.c: within a transaction of the caller's */
enum sb_rc store_meta_open(struct sb_store *store, struct MDB_txn *lmdb,
                           const struct sb_store_options *options, struct sb_err *err);
/* Those that are not known yet. */
enum sb_rc store_origins_load(struct sb_store *store, struct MDB_txn *lmdb, struct sb_err *err);

/* room.c: has the disk keep the reserve for the data file, if it can */
void store_hold_reserve(struct sb_store *store);
/* All but the smallest leave the reserve alone; n bytes are to be written. */
void store_take_room(struct sb_store_txn *txn, size_t n);
/* Notes how large everything is when the transaction begins. */
void store_begin_room(struct sb_store_txn *txn);
/* Of all that has been written, where some of it leaves the reserve alone: an index is mostly half
 * full, so that less was taken than it may need. */
void store_keep_reserve(struct sb_store_txn *txn);
/* Is there room for n bytes beside what is staged and the reserve? */
bool store_has_room(struct sb_store_txn *txn, uint64_t n);

/* said.c: empties the index and fills it from the log. */
typedef void store_progress(void *context, uint64_t done, uint64_t all);
int store_said_fill(const struct sb_store *store, struct MDB_txn *lmdb, store_progress *on_progress,
                    void *context, uint64_t *entries);

/* lookup.c: the same lookups for readers and writers; they return LMDB's answers. */
int store_get(struct MDB_txn *lmdb, unsigned tree, struct sb_bytes key, struct sb_bytes *value);
int store_put(struct MDB_txn *lmdb, unsigned tree, struct sb_bytes key, struct sb_bytes value,
              unsigned flags);
int store_get_entry(const struct sb_store *store, struct MDB_txn *lmdb, uint64_t offset,
                    struct sb_bytes *value);
/* The event at a place: its offset and value. */
int store_find_place(const struct sb_store *store, struct MDB_txn *lmdb, struct MDB_cursor *places,
                     const struct sb_place *place, uint64_t *offset, struct sb_bytes *value);
/* Reads an event's entry, with what the store knows once. */
int store_fill_record(const struct sb_store *store, uint64_t offset, struct sb_bytes value,
                      struct sb_record *out);
int store_get_account(const struct sb_store *store, struct MDB_txn *lmdb,
                      struct store_account *out);
/* The last offset; 0: the log is empty. */
int store_last_offset(const struct sb_store *store, struct MDB_txn *lmdb, uint64_t *out);
/* Bytes of pages that are free for reuse, as the reader sees it, by transactions before that one.
 */
int store_free_bytes(const struct sb_store *store, uint64_t before, uint64_t *out);
uint64_t store_file_bytes(const struct sb_store *store);

#endif
