/* The answer to "who has this event?" as tables (PROTOCOL §8.6). */
#include "proto/holders.h"
#include "proto/layout.h"
#include "proto/limits.h"

static const struct sb_field HOLDER[] = {
    SB_ROW(1, ORG, sb_holder, organisation, .required = true),
    SB_ROW(2, BOOL, sb_holder, entitled),
    SB_ROW(3, ENUM, sb_holder, links, .max = SB_HOLDING_YES + 1),
    SB_ROW(4, ENUM, sb_holder, bodies, .max = SB_HOLDING_YES + 1),
    SB_ROW(5, I64, sb_holder, links_since),
    SB_ROW(6, I64, sb_holder, bodies_since),
    SB_ROW(7, BOOL, sb_holder, links_earlier),
    SB_ROW(8, BOOL, sb_holder, bodies_earlier),
};
static const struct sb_layout HOLDER_LAYOUT = SB_LAYOUT("Holder", HOLDER);

static const struct sb_field HOLDERS[] = {
    SB_ROW(1, ORG, sb_holders, origin, .required = true),
    SB_ROW(2, FIXED_BYTES, sb_holders, id, .required = true),
    SB_ROW(3, U32, sb_holders, epoch.counter),
    SB_ROW(4, FIXED64, sb_holders, epoch.tag),
    SB_ROW(5, CHARS, sb_holders, epoch_text),
    SB_ROW(6, U64, sb_holders, seq),
    SB_ROW(7, BOOL, sb_holders, doubled),
    SB_ROWS(8, MESSAGE, sb_holders, items, n_items, SB_ORIGINS_MAX, .layout = &HOLDER_LAYOUT),
};
const struct sb_layout sb_layout_holders = SB_LAYOUT("Holders", HOLDERS);
