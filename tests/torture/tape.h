/* A recording of what a process did to its files and told others, as tests/torture/record.c makes
 * it: ops one after another, each a header and its bytes. Native byte order: it never travels. */
#ifndef SB_TORTURE_TAPE_H
#define SB_TORTURE_TAPE_H

#include <stddef.h>
#include <stdint.h>

enum tape_kind {
    TAPE_CREATE = 1, /* a file that was not there */
    TAPE_MKDIR,
    TAPE_WRITE,    /* at `at` */
    TAPE_TRUNCATE, /* to `at` */
    TAPE_SYNC,     /* fsync or fdatasync of a file, or fsync of a folder */
    TAPE_RENAME,   /* path, NUL, the new path */
    TAPE_UNLINK,
    TAPE_SENT, /* a frame given to the network; no path */
    TAPE_DONE, /* a mark of the recording's maker: what came before was promised */
};

struct tape_head {
    uint32_t kind;
    uint32_t synchronous; /* WRITE to a file opened with O_DSYNC or O_SYNC */
    uint32_t n_path, n;   /* bytes that follow: path (below the root), then data */
    uint64_t at;
};

/* A recording read into memory. */
struct tape_op {
    struct tape_head head;
    const char *path; /* NUL-terminated, ours */
    const uint8_t *data;
};

struct tape {
    struct tape_op *ops;
    size_t n;
};

/* Ends the process with a sentence when it cannot be read. Never freed. */
void tape_read(struct tape *tape, const char *path);

#endif
