/* The numbers and records of the export file, shared by its writer and its verifier, and by those
 * of proofs; export.h and proof.h say what they mean. */
#ifndef SB_PROTO_EXPORT_FORMAT_H
#define SB_PROTO_EXPORT_FORMAT_H

#include "proto/export.h"

#define SB_EXPORT_MAGIC "SBEXPORT\x01"

enum {
    SB_EXPORT_MAGIC_BYTES = 9, /* with the version */
    SB_EXPORT_RECORD_HEAD = 5, /* type and length */
    SB_EXPORT_HEADER_MAX = 1 + SB_NAME_MAX + 1 + SB_ORG_MAX + 32,
    SB_EXPORT_CHECKPOINT_BYTES = 4 + 8 + SB_CHECKPOINT_BYTES,
    SB_EXPORT_CERTIFICATE_BYTES = 32 + 8 + 64 + 64, /* the new key is the header's */
};

enum sb_export_record {
    SB_EXPORT_HEADER = 1,
    SB_EXPORT_EVENT = 2,
    SB_EXPORT_CHECKPOINT = 3,
    SB_EXPORT_END = 4,
    SB_EXPORT_CERTIFICATE = 5, /* in proofs of forks only */
    SB_EXPORT_DECISION = 6,    /* these three in proofs of decisions only */
    SB_EXPORT_ORIGIN = 7,
    SB_EXPORT_POSSESSION = 8,
};

#define SB_PROOF_MAGIC          "SB-PROOF\x01"
#define SB_DECISION_PROOF_MAGIC "SB-DECIS\x01"

enum sb_export_flag { SB_EXPORT_NO_BODY = 'n', SB_EXPORT_PRESENT = 'p', SB_EXPORT_ERASED = 'e' };

/* ---- writing (export.c). The parts of a payload stand one behind the other. */
enum sb_rc sb_export_put_record(FILE *to, uint8_t type, const struct sb_bytes *parts, size_t n,
                                struct sb_err *err);
enum sb_rc sb_export_put_header(FILE *to, const char magic[static SB_EXPORT_MAGIC_BYTES],
                                const struct sb_export_header *header, struct sb_err *err);
enum sb_rc sb_export_put_event(FILE *to, const struct sb_item *item, struct sb_err *err);
enum sb_rc sb_export_put_checkpoint(FILE *to, struct sb_epoch epoch, const struct sb_checkpoint *c,
                                    struct sb_err *err);

/* ---- reading (export_read.c) */

/* An event record; borrows from the file. */
struct sb_export_item {
    struct sb_org orgs[SB_AUDIENCE_MAX]; /* what item.link.audience borrows */
    struct sb_item item;
    bool has_form; /* what stands behind the link is one of the three forms */
};

/* The next record; false at the end of the file, and where its length does not fit: r->failed. */
bool sb_export_next_record(struct sb_reader *r, uint8_t *type, struct sb_bytes *payload);
/* False: its link cannot be read. */
bool sb_export_get_event(struct sb_export_item *out, struct sb_bytes payload);
/* Magic, version and header record. False: *out holds what could be read. */
bool sb_export_get_header(struct sb_reader *r, const char magic[static SB_EXPORT_MAGIC_BYTES],
                          struct sb_export_header *out);

#endif
