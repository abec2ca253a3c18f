/* What a disk may hold after a power cut: what was synced for certain, and of what was not, any
 * part. Fed with the ops of a tape; makes one possible state at a time as files in memory.
 *
 * The model is meaner than file systems are: unsynced writes reach the disk in any order and in
 * pieces of 512 or 4,096 bytes, each whole; a file may have grown and hold zeros; a new, renamed or
 * removed name counts only once its folder was synced. */
#ifndef SB_TORTURE_DISK_MODEL_H
#define SB_TORTURE_DISK_MODEL_H

#include <stdbool.h>

#include "tests/torture/tape.h"

enum { MODEL_FILES_MAX = 32, MODEL_PENDING_MAX = 8192 };

struct model_bytes {
    uint8_t *p;
    size_t n, cap;
};

struct model_file {
    struct model_bytes synced, image;
};

/* A name: a file (index) or a folder, as synced and as in the image. */
struct model_name {
    char path[256];
    int synced, image; /* MODEL_NOTHING, MODEL_FOLDER or a file */
};

enum { MODEL_NOTHING = -1, MODEL_FOLDER = -2 };

struct model {
    struct model_file files[MODEL_FILES_MAX];
    size_t n_files;
    struct model_name names[MODEL_FILES_MAX];
    size_t n_names;
    int now[MODEL_FILES_MAX]; /* what each name stands for while the process runs */
    struct {
        const struct tape_op *op;
        int file; /* whose content; MODEL_NOTHING: it is about names */
    } pending[MODEL_PENDING_MAX];
    size_t n_pending;
};

enum model_style {
    MODEL_ALL,     /* everything reached the disk */
    MODEL_NONE,    /* nothing that was not synced */
    MODEL_OPS,     /* each op, or not */
    MODEL_PAGES,   /* each 4,096 bytes, or not */
    MODEL_SECTORS, /* each 512 bytes, or not */
    MODEL_TORN,    /* everything but the end of the last */
    MODEL_ALL_BUT, /* all pages but one */
    MODEL_ONLY,    /* one page alone */
    MODEL_STYLES
};

void model_init(struct model *m);
/* The op is done. */
void model_do(struct model *m, const struct tape_op *op);
/* Makes one state: with what is pending and, unless NULL, `flying`, an op that was under way.
 * `chance` draws below its argument. */
void model_image(struct model *m, const struct tape_op *flying, enum model_style style,
                 uint32_t (*chance)(uint32_t below));
/* The file of that name in the image; NULL: there is none. Borrowed. */
const struct model_bytes *model_find(const struct model *m, const char *path);

#endif
