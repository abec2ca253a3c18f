/* The export file: one origin's history as anybody can check it offline (PROTOCOL §10).
 * "SBEXPORT", version 1, then records: type (1 byte), length (4 bytes), payload. */
#ifndef SB_PROTO_EXPORT_H
#define SB_PROTO_EXPORT_H

#include <stdio.h>

#include "proto/arena.h"
#include "proto/err.h"
#include "proto/segment.h"

struct sb_export_header {
    char partnership[SB_NAME_MAX + 1];
    struct sb_org origin;
    struct sb_sign_public sign_key; /* pinned by whoever wrote the file */
};

enum sb_rc sb_export_begin(FILE *to, const struct sb_export_header *header, struct sb_err *err);
/* Writes the items and checkpoints of one page, in the order of their seqs. */
enum sb_rc sb_export_events(FILE *to, const struct sb_events *events, struct sb_err *err);
/* The closing record: how many events the file holds. */
enum sb_rc sb_export_end(FILE *to, uint64_t events, struct sb_err *err);

/* A fault found by verifying; `epoch` and `seq` are zero where none applies. */
struct sb_export_fault {
    struct sb_org origin;
    struct sb_epoch epoch;
    struct sb_seq seq;
    enum sb_fault fault;
    char text[SB_LABEL_MAX + 1];
};

struct sb_export_totals {
    uint64_t events, epochs, faults;
    struct sb_export_header header;
};

/* Reads and verifies a whole file of n bytes in memory. Calls `on_fault` for each fault found (at
 * most 100) and goes on where it can. Errors: SB_E_NOMEM. */
enum sb_rc sb_export_verify(struct sb_export_totals *totals, const uint8_t *file, size_t n,
                            void (*on_fault)(void *context, const struct sb_export_fault *fault),
                            void *context, struct sb_err *err);

#endif
