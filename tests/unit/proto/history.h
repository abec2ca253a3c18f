/* A signed epoch made for a test, by the rules of the log: what an honest origin would send. */
#ifndef SB_TESTS_UNIT_PROTO_HISTORY_H
#define SB_TESTS_UNIT_PROTO_HISTORY_H

#include "proto/segment.h"

#define HISTORY_PARTNERSHIP "duoplus"

enum { HISTORY_EVENTS_MAX = 2048, HISTORY_BODY_MAX = 4096 };

struct history_plan {
    size_t events;         /* with the EpochStart; at least 2 */
    size_t per_checkpoint; /* links under one checkpoint; the last may have fewer, the first two
                              links never come apart */
    size_t payload;        /* bytes of custom data in each body */
};

struct history {
    struct sb_arena arena;
    struct sb_sign_seed seed;
    struct sb_sign_public key;
    struct sb_hash partnership;
    struct sb_epoch_start start;
    struct sb_events events; /* all of them; seq 3 is restricted to GM0437 and GM0451 */
};

void history_init(struct history *h, const struct history_plan *plan);
void history_fini(struct history *h);

/* After a test has changed something: links, hashes and checkpoints from `first` (an index) on are
 * made anew, so that only the change itself is wrong. Commitments are left alone. */
void history_relink(struct history *h, size_t first);
/* Signs every checkpoint anew. */
void history_resign(struct history *h);

/* A Body of topic agenda/wonen with `payload` bytes of custom data, as a client submits it. */
struct sb_bytes history_submission(size_t payload, struct sb_arena *arena);

/* The history as an export file of *n bytes, for free(). */
uint8_t *history_export(const struct history *h, size_t *n);

#endif
