/* The simulator's disks: the registry, the faults, and opening and closing a store on one. Reading
 * is in disk_read.c, writing in disk_write.c, what is on a disk in disk_state.c. */
#include "tests/sim/disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_state.h"

struct sb_disk_image {
    struct disk_state *state; /* NULL: of an empty disk */
};

static struct sb_disk *disks;

struct sb_disk *sb_disk_at(const char *path)
{
    for (struct sb_disk *disk = disks; disk != NULL; disk = disk->next) {
        if (strcmp(disk->path, path) == 0) {
            return disk;
        }
    }
    struct sb_disk *disk = calloc(1, sizeof *disk);
    assert(disk != NULL);
    disk->path = strdup(path);
    disk->next = disks;
    disks = disk;
    return disk;
}

void sb_disk_forget_all(void)
{
    while (disks != NULL) {
        struct sb_disk *disk = disks;
        assert(disk->writer == NULL);
        disks = disk->next;
        disk_state_unref(disk->state);
        free(disk->path);
        free(disk);
    }
}

/* ---- faults */

void sb_disk_fail_commit(struct sb_disk *disk, enum sb_rc rc, bool kept)
{
    assert(rc == SB_E_FULL || rc == SB_E_IO);
    assert(!kept || rc == SB_E_IO);
    disk->fail_rc = rc;
    disk->fail_kept = kept;
}

void sb_disk_set_capacity(struct sb_disk *disk, uint64_t bytes)
{
    disk->capacity = bytes;
}

uint64_t sb_disk_bytes(const struct sb_disk *disk)
{
    return disk->state == NULL ? 0 : disk->state->bytes;
}

void sb_disk_lose(struct sb_disk *disk)
{
    disk_state_unref(disk->state);
    disk->state = NULL;
}

struct sb_disk_image *sb_disk_snapshot(const struct sb_disk *disk)
{
    struct sb_disk_image *image = calloc(1, sizeof *image);
    assert(image != NULL);
    image->state = disk->state == NULL ? NULL : disk_state_copy(disk->state);
    return image;
}

void sb_disk_restore(struct sb_disk *disk, const struct sb_disk_image *image)
{
    disk_state_unref(disk->state);
    disk->state = image->state == NULL ? NULL : disk_state_copy(image->state);
}

void sb_disk_image_free(struct sb_disk_image *image)
{
    if (image != NULL) {
        disk_state_unref(image->state);
        free(image);
    }
}

typedef bool is_bytes(void *context, struct sb_bytes bytes);

static bool blob_any(const struct disk_blob *blob, is_bytes *is, void *context)
{
    return blob != NULL && blob->has_body &&
           (is(context, disk_blob_body(blob)) ||
            is(context, (struct sb_bytes){blob->salt.b, sizeof blob->salt.b}));
}

bool sb_disk_any(const struct sb_disk *disk, is_bytes *is, void *context)
{
    const struct disk_state *state = disk->state;
    for (size_t i = 0; state != NULL && i < state->n_log; i++) {
        if (blob_any(state->log[i].blob, is, context)) {
            return true;
        }
    }
    for (size_t i = 0; state != NULL && i < state->n_residues; i++) {
        if (blob_any(state->residues[i].blob, is, context)) {
            return true;
        }
    }
    for (size_t i = 0; state != NULL && i < state->pending.n; i++) {
        const struct disk_op *op = &state->pending.items[i];
        if (blob_any(op->blob, is, context) || blob_any(op->entry.blob, is, context)) {
            return true;
        }
    }
    return false;
}

static bool contains(void *context, struct sb_bytes bytes)
{
    const struct sb_bytes *needle = context;
    return memmem(bytes.p, bytes.n, needle->p, needle->n) != NULL;
}

bool sb_disk_contains(const struct sb_disk *disk, struct sb_bytes needle)
{
    return sb_disk_any(disk, contains, &needle);
}

/* ---- the store */

/* Another id for every store that was ever made, the same in every run. */
static struct sb_uuid make_id(struct sb_disk *disk)
{
    uint64_t h = 0xcbf29ce484222325U + ++disk->incarnations;
    for (const char *c = disk->path; *c != '\0'; c++) {
        h = (h ^ (uint8_t)*c) * 0x100000001b3U;
    }
    struct sb_uuid id;
    for (size_t i = 0; i < sizeof id.b; i++) {
        h = h * 6364136223846793005U + 1442695040888963407U;
        id.b[i] = (uint8_t)(h >> 56);
    }
    return id;
}

static enum sb_rc format_disk(struct sb_disk *disk, const struct sb_store_options *options,
                              struct sb_err *err)
{
    if (disk->state != NULL) {
        return SB_OK;
    }
    if (options->read_only) {
        return sb_err_set(err, SB_E_NOTFOUND, "store %s: there is none", options->path);
    }
    disk->state = disk_state_new();
    disk->state->id = make_id(disk);
    disk->state->partnership = options->partnership;
    disk->state->origins[0] = options->organisation;
    disk->state->n_origins = 1;
    return SB_OK;
}

/* A reader that names no partnership takes the store as it is. */
static bool is_another(const struct disk_state *state, const struct sb_store_options *options)
{
    if (options->read_only && sb_hash_is_zero(&options->partnership)) {
        return false;
    }
    return !sb_hash_eq(&state->partnership, &options->partnership) ||
           !sb_org_eq(&state->origins[0], &options->organisation);
}

enum sb_rc sb_store_open(struct sb_store **out, const struct sb_store_options *options,
                         struct sb_err *err)
{
    struct sb_disk *disk = sb_disk_at(options->path);
    if (!options->read_only && disk->writer != NULL) {
        return sb_err_set(err, SB_E_BUSY, "store %s: in use by another daemon", options->path);
    }
    enum sb_rc rc = format_disk(disk, options, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (is_another(disk->state, options)) {
        return sb_err_set(err, SB_E_CONFIG, "store %s: of another partnership or organisation",
                          options->path);
    }
    struct sb_store *store = calloc(1, sizeof *store);
    assert(store != NULL);
    store->disk = disk;
    store->state = disk->state;
    store->state->refs++;
    store->read_only = options->read_only;
    if (!store->read_only) {
        disk->writer = store;
    }
    disk_apply_pending(store->state);
    *out = store;
    return SB_OK;
}

void sb_store_close(struct sb_store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->txn != NULL) {
        sb_store_abort(store->txn);
    }
    if (store->disk->writer == store) {
        store->disk->writer = NULL;
    }
    disk_state_unref(store->state);
    free(store);
}

struct sb_uuid sb_store_id(const struct sb_store *store)
{
    return store->state->id;
}

enum sb_rc sb_store_register(struct sb_store *store, const struct sb_org *org, uint16_t *number,
                             struct sb_err *err)
{
    struct disk_state *state = store->state;
    for (size_t i = 0; i < state->n_origins; i++) {
        if (sb_org_eq(&state->origins[i], org)) {
            *number = (uint16_t)i;
            return SB_OK;
        }
    }
    if (store->read_only) {
        return sb_err_set(err, SB_E_NOTFOUND, "register %s: the store is read only", org->s);
    }
    if (state->n_origins == SB_ORIGINS_MAX) {
        return sb_err_set(err, SB_E_FULL, "register %s: %d origins are known already", org->s,
                          SB_ORIGINS_MAX);
    }
    *number = (uint16_t)state->n_origins;
    state->origins[state->n_origins++] = *org;
    return SB_OK;
}

size_t sb_store_origins(const struct sb_store *store)
{
    return store->state->n_origins;
}

const struct sb_org *sb_store_origin(const struct sb_store *store, uint16_t number)
{
    assert(number < store->state->n_origins);
    return &store->state->origins[number];
}
