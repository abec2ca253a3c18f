/* What a store keeps, and under which keys. For daemon/store only. */
#ifndef SB_STORE_TREES_H
#define SB_STORE_TREES_H

/* The trees, each a named database of LMDB:
 *   meta         name → value: format, store_id, partnership
 *   origins      number 2 → organisation; 0 is the store's own
 *   log          offset (native 8) → entry
 *   places       place → offset. Only where the log entry directly before is not the link directly
 *                before on the same branch: an entry stands for a whole run of links, and one
 *                writer alone needs one entry per start
 *   ids          origin, id, nth → offset
 *   chains       chain → row; the account among them
 *   checkpoints  offset of the link (native 8) → checkpoint
 *   missing      place → offset; empty most of the time
 *   erased       origin, id → by whom, since when, why; erase.c has these three
 *   erasing      origin, id → what of it is still to be done; empty most of the time
 *   receipts     origin, id, number of the organisation → when it had no copy left
 *   consumers    name → what the shell keeps of a consumer; since format 2
 *   said         subject, offset → content, day; so too
 *   young        offset (native 8) → subjects, each with content, day: what is to go to `said`;
 *                since format 3 */
enum store_tree {
    STORE_META,
    STORE_ORIGINS,
    STORE_LOG,
    STORE_PLACES,
    STORE_IDS,
    STORE_CHAINS,
    STORE_CHECKPOINTS,
    STORE_MISSING,
    STORE_ERASED,
    STORE_ERASING,
    STORE_RECEIPTS,
    STORE_CONSUMERS,
    STORE_SAID,
    STORE_YOUNG,
    STORE_TREES,
};

#endif
