/* Broadcasts on their way to being a segment: one commit of a publisher arrives event by event, and
 * only with the event that its checkpoint names can it be verified. Copied, bounded, dropped at the
 * first gap: the next frontier asks for what is missing. Included by daemon/shell/ only. */
#ifndef SB_SHELL_ASSEMBLE_H
#define SB_SHELL_ASSEMBLE_H

#include "proto/arena.h"
#include "proto/partner_message.h"

enum {
    SB_ASSEMBLERS_PER_PUBLISHER = 4,            /* batches that one publisher may have under way */
    SB_ASSEMBLY_BYTES_MAX = 1024 * 1024,        /* of one batch */
    SB_ASSEMBLIES_BYTES_MAX = 16 * 1024 * 1024, /* of all together */
};

struct sb_piece;

struct sb_assembler {
    uint16_t publisher, origin;
    struct sb_epoch epoch;
    struct sb_checkpoint checkpoint;
    struct sb_piece *first, **end;
    size_t n, bytes;
    uint64_t used; /* when last, in additions: the oldest makes place */
    struct sb_assembler *next;
};

struct sb_assembly {
    struct sb_assembler *all;
    struct sb_piece *finished; /* of batches completed in this turn */
    size_t bytes;
    uint64_t additions;
};

/* Adds one broadcast. True when it completes its batch: *out is the batch, to be verified; its
 * pieces live until sb_assembly_begin_turn. `starts` says whether this event may begin a batch. */
bool sb_assembly_add(struct sb_assembly *all, uint16_t publisher, uint16_t origin,
                     const struct sb_broadcast *broadcast, bool starts, struct sb_arena *arena,
                     struct sb_events *out);
void sb_assembly_begin_turn(struct sb_assembly *all);
void sb_assembly_fini(struct sb_assembly *all);

#endif
