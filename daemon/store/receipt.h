/* What Receipts and Erasures in the log say, for whoever reads the log again: the raising of an
 * older format, a repair, a verification. For daemon/store/ only. */
#ifndef SB_STORE_RECEIPT_H
#define SB_STORE_RECEIPT_H

#include "daemon/store/txn.h"
#include "proto/erasure.h"

struct store_receipt {
    uint16_t origin, by;
    struct sb_uuid event;
    struct sb_time time;
};

/* False: the event is no Receipt, or of an organisation that this store does not know. */
bool store_receipt_read(struct store_receipt *out, const struct sb_store *store,
                        const struct sb_record *record);
/* False: the event is no Erasure of its own origin's. The ground is the record's. */
bool store_erasure_read(struct sb_erasure_said *out, const struct sb_record *record);

#endif
