/* Reading Receipts and Erasures; see receipt.h. */
#include "daemon/store/receipt.h"

bool store_receipt_read(struct store_receipt *out, const struct sb_store *store,
                        const struct sb_record *record)
{
    struct sb_receipt_said said;
    const struct sb_link *link = &record->item.link;
    if (link->kind != SB_KIND_SYSTEM || link->seq.n == 1 || record->item.salt == NULL ||
        !sb_receipt_read(&said, record->item.body)) {
        return false;
    }
    for (size_t i = 0; i < sb_store_origins(store); i++) {
        if (sb_org_eq(sb_store_origin(store, (uint16_t)i), &said.origin)) {
            *out = (struct store_receipt){(uint16_t)i, record->origin, said.event, said.time};
            return true;
        }
    }
    return false;
}

bool store_erasure_read(struct sb_erasure_said *out, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    return link->kind == SB_KIND_SYSTEM && link->seq.n > 1 && record->item.salt != NULL &&
           sb_erasure_read(out, record->item.body) && sb_org_eq(&out->origin, &link->origin);
}
