/* The numbers of the export file, shared by its writer and its verifier; export.h says what they
 * mean. */
#ifndef SB_PROTO_EXPORT_FORMAT_H
#define SB_PROTO_EXPORT_FORMAT_H

#include "proto/limits.h"

#define SB_EXPORT_MAGIC "SBEXPORT\x01"

enum {
    SB_EXPORT_MAGIC_BYTES = 9, /* with the version */
    SB_EXPORT_RECORD_HEAD = 5, /* type and length */
    SB_EXPORT_HEADER_MAX = 1 + SB_NAME_MAX + 1 + SB_ORG_MAX + 32,
    SB_EXPORT_CHECKPOINT_BYTES = 4 + 8 + SB_CHECKPOINT_BYTES,
};

enum sb_export_record {
    SB_EXPORT_HEADER = 1,
    SB_EXPORT_EVENT = 2,
    SB_EXPORT_CHECKPOINT = 3,
    SB_EXPORT_END = 4,
};

enum sb_export_flag { SB_EXPORT_NO_BODY = 'n', SB_EXPORT_PRESENT = 'p', SB_EXPORT_ERASED = 'e' };

#endif
