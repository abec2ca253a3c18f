/* What an administrator asks, and the answer, as tables (PROTOCOL §8.11). */
#include "proto/admin.h"
#include "proto/layout.h"
#include "proto/limits.h"

static const struct sb_field ADMIN[] = {
    SB_ROW(1, ENUM, sb_admin, order, .max = SB_ADMIN_RETRY + 1, .required = true),
    SB_ROW(2, BOOL, sb_admin, dry_run),
    SB_ROW(3, ORG, sb_admin, peer),
};
const struct sb_layout sb_layout_admin = SB_LAYOUT("Admin", ADMIN);

static const struct sb_field ADMINISTERED[] = {
    SB_ROW(1, ENUM, sb_administered, outcome, .max = SB_ADMIN_FAILED + 1, .required = true),
    SB_ROW(2, TEXT, sb_administered, text, .max_bytes = SB_TEXT_MAX),
};
const struct sb_layout sb_layout_administered = SB_LAYOUT("Administered", ADMINISTERED);
