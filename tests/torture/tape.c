/* Reading a recording; see tape.h. A last op that is not whole (the process was killed while it
 * wrote) is left out. */
#include "tests/torture/tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        perror(path);
        exit(1);
    }
    long size = ftell(f);
    rewind(f);
    uint8_t *bytes = malloc((size_t)size + 1);
    *n = bytes == NULL ? 0 : fread(bytes, 1, (size_t)size, f);
    fclose(f);
    if (bytes == NULL || *n != (size_t)size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(1);
    }
    return bytes;
}

void tape_read(struct tape *tape, const char *path)
{
    size_t n, at = 0, cap = 0;
    uint8_t *bytes = read_file(path, &n);
    *tape = (struct tape){0};
    while (n - at >= sizeof(struct tape_head)) {
        struct tape_op op;
        memcpy(&op.head, bytes + at, sizeof op.head);
        size_t whole = sizeof op.head + op.head.n_path + op.head.n;
        if (n - at < whole) {
            break;
        }
        op.path = strndup((const char *)bytes + at + sizeof op.head, op.head.n_path);
        op.data = bytes + at + sizeof op.head + op.head.n_path;
        if (tape->n == cap) {
            cap = cap == 0 ? 1024 : 2 * cap;
            tape->ops = realloc(tape->ops, cap * sizeof *tape->ops);
        }
        if (op.path == NULL || tape->ops == NULL) {
            abort();
        }
        tape->ops[tape->n++] = op;
        at += whole;
    }
}
