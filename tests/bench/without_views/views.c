/* samenbusd without the work of views, for tests/bench/views.py alone: the linker calls these in
 * the place of the check of what a publish means and of the index of what was said. Everything else
 * is the daemon's own, and so is what a body must look like. */
#include "daemon/shell/meaning.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/said.h"

enum sb_code __wrap_sb_meaning_check(struct sb_node *node, const struct sb_submitted *submitted,
                                     char text[static SB_MEANING_TEXT_MAX]);
void __wrap_sb_said_stage(struct sb_node *node, uint16_t origin, uint16_t branch,
                          const struct sb_item *item);
void __wrap_store_said_append(struct sb_store_txn *txn, const struct sb_org *origin,
                              struct sb_offset offset, struct sb_bytes body);

enum sb_code __wrap_sb_meaning_check(struct sb_node *node, const struct sb_submitted *submitted,
                                     char text[static SB_MEANING_TEXT_MAX])
{
    (void)node;
    (void)submitted;
    (void)text;
    return SB_CODE_OK;
}

void __wrap_sb_said_stage(struct sb_node *node, uint16_t origin, uint16_t branch,
                          const struct sb_item *item)
{
    (void)node;
    (void)origin;
    (void)branch;
    (void)item;
}

void __wrap_store_said_append(struct sb_store_txn *txn, const struct sb_org *origin,
                              struct sb_offset offset, struct sb_bytes body)
{
    (void)txn;
    (void)origin;
    (void)offset;
    (void)body;
}
