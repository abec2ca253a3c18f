/* A disk after a power cut; see disk_model.h. */
#include "tests/torture/disk_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_init(struct model *m)
{
    memset(m, 0, sizeof *m);
}

static void reserve(struct model_bytes *b, size_t n)
{
    if (n > b->cap) {
        b->cap = 2 * n;
        b->p = realloc(b->p, b->cap);
    }
    if (b->p == NULL && n > 0) {
        abort();
    }
}

/* Like ftruncate: what is new is zero. */
static void resize(struct model_bytes *b, size_t n)
{
    reserve(b, n);
    if (n > b->n) {
        memset(b->p + b->n, 0, n - b->n);
    }
    b->n = n;
}

static void put(struct model_bytes *b, size_t at, const uint8_t *p, size_t n)
{
    if (n > 0) {
        resize(b, at + n > b->n ? at + n : b->n);
        memcpy(b->p + at, p, n);
    }
}

static size_t name_of(struct model *m, const char *path)
{
    for (size_t i = 0; i < m->n_names; i++) {
        if (strcmp(m->names[i].path, path) == 0) {
            return i;
        }
    }
    if (m->n_names == MODEL_FILES_MAX) {
        abort();
    }
    struct model_name *name = &m->names[m->n_names];
    snprintf(name->path, sizeof name->path, "%s", path);
    name->synced = name->image = m->now[m->n_names] = MODEL_NOTHING;
    return m->n_names++;
}

static int file_of(struct model *m, const char *path)
{
    int file = m->now[name_of(m, path)];
    if (file < 0) {
        fprintf(stderr, "the tape does something to %s, which it has not made\n", path);
        exit(1);
    }
    return file;
}

/* ---- names: MKDIR, CREATE, RENAME, UNLINK. `where` is 0 now, 1 synced, 2 image. */

static int *slot_of(struct model *m, const char *path, int where)
{
    size_t i = name_of(m, path);
    return where == 0 ? &m->now[i] : where == 1 ? &m->names[i].synced : &m->names[i].image;
}

static void do_name(struct model *m, const struct tape_op *op, int file, int where)
{
    const char *to = (const char *)op->data;
    switch (op->head.kind) {
    case TAPE_MKDIR: *slot_of(m, op->path, where) = MODEL_FOLDER; break;
    case TAPE_CREATE: *slot_of(m, op->path, where) = file; break;
    case TAPE_UNLINK: *slot_of(m, op->path, where) = MODEL_NOTHING; break;
    case TAPE_RENAME:
        *slot_of(m, to, where) = file;
        *slot_of(m, op->path, where) = MODEL_NOTHING;
        break;
    default: abort();
    }
}

/* Is it durable with this folder? A renamed file with the folder that it comes into. */
static bool is_in(const struct tape_op *op, const char *folder)
{
    const char *path = op->head.kind == TAPE_RENAME ? (const char *)op->data : op->path;
    size_t n = strlen(folder);
    const char *slash = strrchr(path, '/');
    if (strcmp(folder, ".") == 0) {
        return slash == NULL;
    }
    return slash != NULL && (size_t)(slash - path) == n && memcmp(path, folder, n) == 0;
}

/* ---- what is done */

static void remember(struct model *m, const struct tape_op *op, int file)
{
    if (m->n_pending == MODEL_PENDING_MAX) {
        abort();
    }
    m->pending[m->n_pending].op = op;
    m->pending[m->n_pending++].file = file;
}

static void do_content(struct model_bytes *b, const struct tape_op *op)
{
    if (op->head.kind == TAPE_TRUNCATE) {
        resize(b, op->head.at);
    } else {
        put(b, op->head.at, op->data, op->head.n);
    }
}

static bool is_content(const struct tape_op *op)
{
    return op->head.kind == TAPE_WRITE || op->head.kind == TAPE_TRUNCATE;
}

/* A file's sync makes its content durable, a folder's the names in it. */
static void sync_path(struct model *m, const char *path)
{
    size_t kept = 0;
    int what = strcmp(path, ".") == 0 ? MODEL_FOLDER : *slot_of(m, path, 0);
    for (size_t i = 0; i < m->n_pending; i++) {
        const struct tape_op *op = m->pending[i].op;
        if (is_content(op) && m->pending[i].file == what) {
            do_content(&m->files[what].synced, op);
        } else if (!is_content(op) && what == MODEL_FOLDER && is_in(op, path)) {
            do_name(m, op, m->pending[i].file, 1);
        } else {
            m->pending[kept++] = m->pending[i];
        }
    }
    m->n_pending = kept;
}

void model_do(struct model *m, const struct tape_op *op)
{
    int file = MODEL_FOLDER;
    switch (op->head.kind) {
    case TAPE_SENT:
    case TAPE_DONE: return;
    case TAPE_SYNC: sync_path(m, op->path); return;
    case TAPE_WRITE:
        file = file_of(m, op->path);
        if (op->head.synchronous) {
            do_content(&m->files[file].synced, op);
            return;
        }
        break;
    case TAPE_TRUNCATE: file = file_of(m, op->path); break;
    case TAPE_RENAME: file = file_of(m, op->path); break;
    case TAPE_CREATE: file = (int)m->n_files++; break;
    default: break;
    }
    if (!is_content(op)) {
        do_name(m, op, file, 0);
    }
    remember(m, op, file);
}

/* ---- one state of many */

struct drawing {
    enum model_style style;
    uint32_t (*chance)(uint32_t below);
    uint32_t special, piece; /* MODEL_ALL_BUT, MODEL_ONLY: which one; how many so far */
    bool last;               /* MODEL_TORN: this op is the last */
};

static bool is_drawn(struct drawing *d)
{
    switch (d->style) {
    case MODEL_ALL: return true;
    case MODEL_NONE: return false;
    case MODEL_TORN: return !d->last;
    case MODEL_ALL_BUT: return d->piece++ != d->special;
    case MODEL_ONLY: return d->piece++ == d->special;
    default: return d->chance(2) == 0;
    }
}

static size_t piece_of(enum model_style style)
{
    return style == MODEL_OPS                              ? SIZE_MAX
           : style == MODEL_SECTORS || style == MODEL_TORN ? 512
                                                           : 4096;
}

static void draw_write(struct model_bytes *b, const struct tape_op *op, struct drawing *d)
{
    size_t piece = piece_of(d->style), n = op->head.n, tear = SIZE_MAX;
    if (d->style == MODEL_TORN && d->last) {
        tear = d->chance((uint32_t)(n / 512) + 1) * 512; /* this much of it */
    }
    if (b->n < op->head.at + n && d->chance(4) == 0) {
        resize(b, op->head.at + n); /* grown, but not written yet */
    }
    for (size_t done = 0; done < n;) {
        size_t to_edge = piece == SIZE_MAX ? n : piece - (op->head.at + done) % piece;
        size_t now = to_edge < n - done ? to_edge : n - done;
        if (is_drawn(d) || (d->last && done < tear && d->style == MODEL_TORN)) {
            put(b, op->head.at + done, op->data + done, now);
        }
        done += now;
    }
}

static void draw(struct model *m, const struct tape_op *op, int file, struct drawing *d)
{
    if (op->head.kind == TAPE_WRITE) {
        draw_write(&m->files[file].image, op, d);
    } else if (is_drawn(d)) {
        if (op->head.kind == TAPE_TRUNCATE) {
            resize(&m->files[file].image, op->head.at);
        } else {
            do_name(m, op, file, 2);
        }
    }
}

static uint32_t count_pieces(const struct model *m, const struct tape_op *flying)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_pending; i++) {
        n += m->pending[i].op->head.n / 4096 + 1;
    }
    return (uint32_t)(n + (flying != NULL ? flying->head.n / 4096 + 1 : 0));
}

void model_image(struct model *m, const struct tape_op *flying, enum model_style style,
                 uint32_t (*chance)(uint32_t below))
{
    struct drawing d = {.style = style, .chance = chance};
    size_t n = m->n_pending;
    for (size_t i = 0; i < m->n_files; i++) {
        m->files[i].image.n = 0;
        put(&m->files[i].image, 0, m->files[i].synced.p, m->files[i].synced.n);
    }
    m->files[m->n_files].image.n = 0; /* of a file that is being made */
    for (size_t i = 0; i < m->n_names; i++) {
        m->names[i].image = m->names[i].synced;
    }
    d.special = chance(count_pieces(m, flying) + 1);
    for (size_t i = 0; i < n; i++) {
        d.last = i + 1 == n && flying == NULL;
        draw(m, m->pending[i].op, m->pending[i].file, &d);
    }
    if (flying != NULL) {
        bool about_file = is_content(flying) || flying->head.kind == TAPE_RENAME;
        d.last = true;
        draw(m, flying, about_file ? file_of(m, flying->path) : (int)m->n_files, &d);
    }
}

const struct model_bytes *model_find(const struct model *m, const char *path)
{
    for (size_t i = 0; i < m->n_names; i++) {
        const struct model_name *name = &m->names[i];
        if (strcmp(name->path, path) == 0 && name->image >= 0) {
            return &m->files[name->image].image;
        }
    }
    return NULL;
}
