/* How fast a store grows, from samples that earlier runs left in a small file: the time and the
 * bytes in use, of one store. Reading and judging are pure; two functions touch the file. */
#ifndef SB_CLIENTS_COMMAND_GROWTH_H
#define SB_CLIENTS_COMMAND_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"
#include "proto/ids.h"

enum {
    SB_GROWTH_STORE_BYTES = 64,  /* of a store's id, with the NUL */
    SB_GROWTH_TEXT_BYTES = 256,  /* of the file, with the NUL */
    SB_GROWTH_LEAST_MS = 600000, /* between two samples that say something */
    SB_GROWTH_WINDOW_MS = 24 * 3600 * 1000,
};

struct sb_growth_sample {
    int64_t time_ms; /* 0: none */
    uint64_t bytes;
};

struct sb_growth {
    char store[SB_GROWTH_STORE_BYTES];
    struct sb_growth_sample older, newer; /* the older one is one to two windows old at the most */
};

/* False: not such a file; then it is empty. */
bool sb_growth_parse(struct sb_growth *out, const char *text);
size_t sb_growth_format(char out[static SB_GROWTH_TEXT_BYTES], const struct sb_growth *g);

/* Takes a sample in. Another store (by the half of its id that stays when its daemon starts anew),
 * one that shrank below the older sample, or a clock that went back begins anew. */
void sb_growth_add(struct sb_growth *g, const char *store, struct sb_growth_sample now);

/* Whole days until `bytes` are `max`, at the rate since the older sample: SB_DAYS_UNKNOWN or
 * SB_DAYS_NEVER (check.h) where there are none. */
uint64_t sb_growth_days(const struct sb_growth *g, struct sb_growth_sample now, uint64_t max);

/* No file is an empty growth. Errors: SB_E_IO. */
enum sb_rc sb_growth_read(struct sb_growth *out, const char *path, struct sb_err *err);
/* Replaces the file as a whole. Errors: SB_E_IO. */
enum sb_rc sb_growth_write(const struct sb_growth *g, const char *path, struct sb_err *err);

#endif
