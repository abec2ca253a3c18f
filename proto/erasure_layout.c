/* The messages about erasures as tables (PROTOCOL §8.10). */
#include "proto/erasures.h"
#include "proto/layout.h"

static const struct sb_field ERASE_ITEM[] = {
    SB_ROW(1, ORG, sb_erase_item, origin, .required = true),
    SB_ROW(2, FIXED_BYTES, sb_erase_item, id, .required = true),
};
static const struct sb_layout ERASE_ITEM_LAYOUT = SB_LAYOUT("EraseItem", ERASE_ITEM);

static const struct sb_field ERASE[] = {
    SB_ROW(1, TEXT, sb_erase, ground, .max_bytes = SB_TITLE_MAX, .required = true),
    SB_ROWS(2, MESSAGE, sb_erase, items, n_items, SB_PUBLISH_ITEMS_MAX,
            .layout = &ERASE_ITEM_LAYOUT),
};
const struct sb_layout sb_layout_erase = SB_LAYOUT("Erase", ERASE);

static const struct sb_field HOLDER[] = {
    SB_ROW(1, ORG, sb_erasure_holder, organisation, .required = true),
    SB_ROW(2, I64, sb_erasure_holder, time),
};
static const struct sb_layout HOLDER_LAYOUT = SB_LAYOUT("ErasureHolder", HOLDER);

static const struct sb_field ERASED[] = {
    SB_ROW(1, ORG, sb_erasure, origin, .required = true),
    SB_ROW(2, FIXED_BYTES, sb_erasure, id, .required = true),
    SB_ROW(3, FIXED_BYTES, sb_erasure, erasure),
    SB_ROW(4, I64, sb_erasure, since),
    SB_ROW(5, TEXT, sb_erasure, ground, .max_bytes = SB_TITLE_MAX),
    SB_ROW(6, BOOL, sb_erasure, in_files),
    SB_ROWS(7, MESSAGE, sb_erasure, holders, n_holders, SB_ORIGINS_MAX, .layout = &HOLDER_LAYOUT),
};
static const struct sb_layout ERASED_LAYOUT = SB_LAYOUT("ErasedEvent", ERASED);

static const struct sb_field ERASURES[] = {
    SB_ROWS(1, MESSAGE, sb_erasures, items, n_items, SB_ERASURES_MAX, .layout = &ERASED_LAYOUT),
    SB_ROW(2, BYTES, sb_erasures, next),
    SB_ROW(3, BOOL, sb_erasures, end),
    SB_ROW(4, BOOL, sb_erasures, complete),
};
const struct sb_layout sb_layout_erasures = SB_LAYOUT("Erasures", ERASURES);
