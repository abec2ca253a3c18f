/* Repairing; see repair.h. Two walks along the damaged log: the first finds how far each chain is
 * sound, up to a checkpoint, the second copies that. What is released is copied as if it had come
 * with its body; what is deferred still, the daemon releases when the missing body comes. */
#include "daemon/store/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/consumers.h"
#include "daemon/store/repair_chain.h"
#include "daemon/store/repair_erased.h"
#include "daemon/store/verify.h"
#include "proto/failpoint.h"

enum {
    PATH_BYTES = 4096,
    EVENTS_PER_COMMIT = 1024,
    START_ARENA_BYTES = 1024 * 1024,
    SPARE_BYTES = 64 * 1024 * 1024, /* of the new map, beside twice the old file */
};

struct repair {
    struct repair_walk walk;
    const struct sb_store_repair *to;
    struct sb_store_repaired *out;
    struct sb_err *err;
    struct sb_store *fresh;
    struct sb_store_txn *txn;
    unsigned staged;
    uint64_t unread; /* entries that cannot be read, in this walk */
    struct sb_offset last, by_class[SB_CLASS_COUNT];
};

/* ---- walking */

/* Every entry that can be read and is an event. False: no memory, or `each` says so. */
static bool walk_log(struct repair *r, bool (*each)(struct repair *r, const struct sb_record *e))
{
    struct sb_offset last, by_class[SB_CLASS_COUNT], found;
    struct sb_record record;
    bool released;
    r->unread = 0;
    sb_store_offsets(r->walk.store, &last, by_class);
    for (struct sb_offset at = {1}; at.n <= last.n; at.n++) {
        bool read = sb_store_next(r->walk.store, at, &found, &released, &record, NULL) == SB_OK &&
                    found.n == at.n;
        r->unread += !read;
        if (read && !released && !each(r, &record)) {
            return false;
        }
    }
    return true;
}

static bool measure_event(struct repair *r, const struct sb_record *e)
{
    bool covered, no_memory = false;
    struct verify_chain *chain = repair_take(&r->walk, e, &covered, &no_memory);
    if (covered) {
        chain->covered = chain->place.seq;
    }
    return !no_memory;
}

static void report(struct repair *r, const struct verify_chain *chain, const char *text)
{
    struct sb_export_fault f = {.fault = SB_FAULT_BAD_LINK};
    f.origin = *sb_store_origin(r->walk.store, chain->place.origin);
    f.epoch = chain->place.epoch;
    f.seq.n = chain->covered.n + 1;
    snprintf(f.text, sizeof f.text, "%s", text);
    r->to->on_left_out(r->to->context, &f);
}

static void report_chain(struct repair *r, const struct verify_chain *chain)
{
    if (chain->broken) {
        report(r, chain,
               "its event at seq 2 is not what the start of its epoch promises; a sound one is "
               "fetched from partners");
    } else if (chain->has_start) {
        report(r, chain, "from here on it is fetched from partners");
    } else {
        report(r, chain, "all of it is fetched from partners");
    }
}

/* An epoch is told of by its first two links together; a branch stands on sound links alone, and
 * beside sound ones. */
static void judge_chain(struct repair *r, struct verify_chain *chain)
{
    struct sb_chain_row row;
    uint8_t key[STORE_PLACE_KEY];
    struct sb_bytes value;
    struct sb_place base = {chain->place.origin, repair_row(&r->walk, chain)->base_branch,
                            chain->place.epoch, chain->base};
    const struct verify_chain *under = verify_chains_find(&r->walk.chains, &base);
    if ((chain->base.n == 1 && chain->covered.n < 2) ||
        (chain->place.branch != 0 && (under == NULL || under->covered.n < chain->base.n))) {
        chain->covered.n = chain->base.n - 1;
    }
    store_key_place(key, &chain->place);
    struct sb_bytes chain_key = {key, STORE_CHAIN_KEY};
    bool known = store_get(r->walk.store->reader, r->walk.store->trees[STORE_CHAINS], chain_key,
                           &value) == 0 &&
                 store_row_read(&row, chain_key, value);
    if (known && (!chain->has_start || row.tip.seq.n > chain->covered.n)) {
        report_chain(r, chain);
    }
}

/* ---- copying */

static enum sb_class class_of(const struct sb_record *e)
{
    struct sb_body_head head;
    enum sb_class class;
    bool open = e->item.link.kind == SB_KIND_OPEN && e->item.salt != NULL;
    return open && sb_body_head_read(&head, e->item.body) &&
                   sb_topic_valid((const char *)head.topic.p, head.topic.n, &class)
               ? class
               : SB_CLASS_LINK;
}

/* A body that is not what its link promised is no body. */
static void check_body(struct repair *r, struct sb_record *e, bool entitled)
{
    struct sb_item *item = &e->item;
    bool gone = e->state == SB_BODY_ERASED || e->state == SB_BODY_EXPIRED;
    if (item->salt != NULL &&
        sb_body_verify(&item->link, item->salt, item->body) != SB_FAULT_NONE) {
        item->salt = NULL;
        item->body = (struct sb_bytes){NULL, 0};
        r->out->bodies++;
    }
    if (item->salt != NULL) {
        e->state = SB_BODY_PRESENT;
    } else if (!gone) {
        e->state = entitled ? SB_BODY_MISSING : SB_BODY_WITHHELD;
    }
}

static void count_event(struct sb_chain_row *row, struct verify_chain *chain,
                        const struct sb_record *e, bool entitled)
{
    uint8_t link[SB_LINK_MAX];
    row->bytes += sb_link_encode(link, &e->item.link);
    row->bytes += entitled ? sizeof(struct sb_salt) + e->item.link.body_len : 0;
    if (e->state == SB_BODY_MISSING && chain->missing.n == 0) {
        chain->missing = e->item.link.seq;
    }
    if (row->bodies.n + 1 >= chain->base.n) { /* else its base has a gap: see find_base */
        row->bodies.n = chain->missing.n == 0 ? e->item.link.seq.n : chain->missing.n - 1;
    }
}

static bool commit(struct repair *r)
{
    struct sb_store_txn *txn = r->txn;
    r->txn = NULL;
    r->staged = 0;
    return txn == NULL || sb_store_commit(txn, r->err) == SB_OK;
}

static bool begin(struct repair *r)
{
    return r->txn != NULL || sb_store_begin(r->fresh, &r->txn, r->err) == SB_OK;
}

static void put_event(struct repair *r, struct verify_chain *chain, const struct sb_record *old,
                      bool covered)
{
    struct sb_record e = *old;
    struct sb_chain_row *row = repair_row(&r->walk, chain);
    const struct sb_place place = {row->origin, row->branch, row->epoch, chain->place.seq};
    e.branch = row->branch;
    e.item.link.audience.orgs = e.audience; /* was borrowed from `old` */
    bool entitled = sb_link_entitles(&e.item.link, sb_store_origin(r->fresh, 0));
    check_body(r, &e, entitled);
    repair_erased_explain(r->txn, &e, &chain->last);
    e.class = class_of(&e);
    e.offset.n = ++r->last.n;
    e.previous = r->by_class[e.class];
    r->by_class[e.class] = e.offset;
    count_event(row, chain, &e, entitled);
    e.deferred = e.item.link.seq.n > row->bodies.n;
    sb_store_put_event(r->txn, &e);
    repair_erased_event(r->txn, &e, &chain->last);
    if (covered) {
        sb_store_put_checkpoint(r->txn, &place, &chain->last);
    }
    r->out->events++;
}

static bool copy_event(struct repair *r, const struct sb_record *e)
{
    bool covered, no_memory = false;
    struct verify_chain *chain = repair_take(&r->walk, e, &covered, &no_memory);
    if (chain == NULL || chain->place.seq.n > chain->covered.n) {
        r->out->left_out++;
        return !no_memory;
    }
    if (!begin(r)) {
        return false;
    }
    put_event(r, chain, e, covered);
    return ++r->staged < EVENTS_PER_COMMIT || commit(r);
}

static bool copy_rows(struct repair *r)
{
    if (!begin(r)) {
        return false;
    }
    for (size_t i = 0; i < r->walk.chains.n; i++) {
        struct verify_chain *chain = &r->walk.chains.items[i];
        if (chain->covered.n >= chain->base.n) {
            r->walk.rows[i].tip = chain->last;
            sb_store_put_chain(r->txn, &r->walk.rows[i]);
            r->out->epochs += chain->place.branch == 0;
        }
    }
    return commit(r);
}

static bool copy_origins(struct repair *r)
{
    uint16_t number;
    for (size_t i = 1; i < sb_store_origins(r->walk.store); i++) {
        if (sb_store_register(r->fresh, sb_store_origin(r->walk.store, (uint16_t)i), &number,
                              r->err) != SB_OK) {
            return false;
        }
    }
    return true;
}

static bool copy_consumer(void *context, const char *name, struct sb_bytes value)
{
    struct repair *r = context;
    if (name == NULL) {
        static const struct sb_export_fault nameless = {
            .fault = SB_FAULT_BAD_INDEX,
            .text = "a consumer whose name cannot be read: its reader begins it anew"};
        r->to->on_left_out(r->to->context, &nameless);
        return true;
    }
    if (begin(r)) {
        sb_store_put_consumer(r->txn, name, value);
    }
    return r->txn != NULL;
}

/* Their cursors name links by hash: what is fetched again is not delivered again. One that cannot
 * be read is left out, and its reader begins it anew. */
static bool copy_consumers(struct repair *r)
{
    struct sb_err unread;
    (void)sb_store_consumers(r->walk.store, copy_consumer, r, &unread);
    return commit(r);
}

static bool copy_erased(struct repair *r,
                        void (*copy)(struct sb_store *damaged, struct sb_store_txn *txn))
{
    if (begin(r)) {
        copy(r->walk.store, r->txn);
    }
    return r->txn != NULL && commit(r);
}

static bool copy_all(struct repair *r)
{
    if (!walk_log(r, measure_event)) {
        return false;
    }
    for (size_t i = 0; i < r->walk.chains.n; i++) {
        judge_chain(r, &r->walk.chains.items[i]);
    }
    repair_rewind(&r->walk);
    repair_number(&r->walk);
    bool copied = copy_origins(r) && copy_erased(r, repair_erased_rows) &&
                  walk_log(r, copy_event) && copy_erased(r, repair_erased_again) && copy_rows(r) &&
                  copy_consumers(r);
    r->out->left_out += r->unread;
    return copied;
}

/* ---- the two stores */

static enum sb_rc copy_sound(struct repair *r, const char *path, const char *into)
{
    const struct sb_store_options damaged = {.path = path, .read_only = true};
    enum sb_rc rc = sb_store_open(&r->walk.store, &damaged, r->err);
    if (rc != SB_OK) {
        return rc;
    }
    const struct sb_store_options fresh = {.path = into,
                                           .partnership = r->walk.store->partnership,
                                           .organisation = *sb_store_origin(r->walk.store, 0),
                                           .max_size =
                                               2 * store_file_bytes(r->walk.store) + SPARE_BYTES};
    rc = sb_store_open(&r->fresh, &fresh, r->err);
    if (rc == SB_OK && !copy_all(r)) {
        rc = r->err->rc != SB_OK ? r->err->rc : sb_err_set(r->err, SB_E_NOMEM, "no memory");
    }
    if (r->txn != NULL) {
        sb_store_abort(r->txn);
    }
    sb_store_close(r->fresh);
    sb_store_close(r->walk.store);
    return rc;
}

static void ignore_fault(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    (void)fault;
}

static enum sb_rc verify_copy(const char *into, const struct sb_rekeys *rekeys, struct sb_err *err)
{
    struct sb_store_totals totals;
    const struct sb_store_verifier to = {.on_fault = ignore_fault, .rekeys = *rekeys};
    enum sb_rc rc = sb_store_verify(into, &to, &totals, err);
    return rc == SB_OK && totals.faults > 0
               ? sb_err_set(err, SB_E_CORRUPT, "%s: the repaired store does not verify", into)
               : rc;
}

static enum sb_rc fail_rename(struct sb_err *err, const char *path, const char *aside)
{
    enum sb_rc rc = errno == EEXIST                      ? SB_E_BUSY
                    : errno == ENOSPC || errno == EDQUOT ? SB_E_FULL
                                                         : SB_E_IO;
    return sb_err_set(err, rc, "%s: cannot set %s aside as %s", strerror(errno), path, aside);
}

/* The new store takes the name that the damaged one is to have, and then the two change places:
 * that is one step, before which nothing has happened to the damaged one. The place of the store
 * is never empty, not even when the power fails. */
static enum sb_rc swap(struct sb_store *lock, const char *into, const char *aside, bool *replaced,
                       struct sb_err *err)
{
    sb_failpoint(SB_FAIL_BEFORE_REPAIR_RENAMES);
    if (renameat2(AT_FDCWD, into, AT_FDCWD, aside, RENAME_NOREPLACE) != 0) {
        return fail_rename(err, lock->path, aside);
    }
    sb_failpoint(SB_FAIL_BETWEEN_REPAIR_RENAMES);
    if (renameat2(AT_FDCWD, aside, AT_FDCWD, lock->path, RENAME_EXCHANGE) != 0) {
        enum sb_rc rc = fail_rename(err, lock->path, aside);
        (void)renameat2(AT_FDCWD, aside, AT_FDCWD, into, RENAME_NOREPLACE);
        return rc;
    }
    *replaced = true;
    sb_failpoint(SB_FAIL_AFTER_REPAIR_RENAME);
    return store_folder_sync(lock, err);
}

enum sb_rc sb_store_repair(const char *path, const char *into, const char *aside,
                           const struct sb_store_repair *to, struct sb_store_repaired *out,
                           struct sb_err *err)
{
    char name[PATH_BYTES];
    struct sb_err own;
    struct sb_store lock = {.path = name, .lock_fd = -1, .data_fd = -1, .read_only = true};
    struct repair r = {
        .walk.rekeys = to->rekeys, .to = to, .out = out, .err = err != NULL ? err : &own};
    snprintf(name, sizeof name, "%s", path);
    *out = (struct sb_store_repaired){0};
    r.err->rc = SB_OK;
    enum sb_rc rc = store_folder_prepare(&lock, r.err);
    rc = rc == SB_OK ? store_folder_lock(&lock, r.err) : rc;
    if (rc == SB_OK && access(aside, F_OK) == 0) {
        rc = sb_err_set(r.err, SB_E_BUSY, "%s exists", aside);
    }
    if (rc == SB_OK) {
        sb_arena_init(&r.walk.arena, START_ARENA_BYTES);
        rc = copy_sound(&r, path, into);
        repair_walk_fini(&r.walk);
    }
    rc = rc == SB_OK ? verify_copy(into, &to->rekeys, r.err) : rc;
    rc = rc == SB_OK ? swap(&lock, into, aside, &out->replaced, r.err) : rc;
    store_folder_close(&lock);
    return rc;
}
