/* A page of history: consecutive events of one path through an epoch, read from the store, that end
 * at a checkpoint and fit a frame. Included by daemon/shell/ only. */
#ifndef SB_SHELL_PAGE_H
#define SB_SHELL_PAGE_H

#include "daemon/shell/turn.h"

enum {
    SB_PAGE_BYTES_MAX = SB_FRAME_MAX - 128 * 1024, /* of a page, encoded; the rest is for framing */
};

struct sb_page {
    uint16_t origin, branch; /* the path ends on this branch */
    struct sb_epoch epoch;
    const struct sb_org *reader; /* whose bodies are left out unless entitled; NULL: ourselves */
    const struct sb_core_client *client; /* for whom of ours; NULL: for a partner */
    struct sb_seq next;                  /* first seq not in the page */
    struct sb_item *items;
    size_t n_items, cap_items;
    struct sb_checkpoint *checkpoints;
    size_t n_checkpoints, cap_checkpoints;
    size_t bytes;
};

/* Adds the events from page->next to the next checkpoint of the path. False: there are none, or
 * they do not fit any more; the page is as before. */
bool sb_page_add_batch(struct sb_node *node, struct sb_page *page);
/* The first checkpoint at or after `seq` on the page's path: one of a lower branch counts only
 * below the place where the path leaves that branch. Of an end that an announcement names it
 * may be unsigned; a client, who has no announcement, gets none such. False: there is none. */
bool sb_page_checkpoint(struct sb_node *node, const struct sb_page *page, struct sb_seq seq,
                        struct sb_checkpoint *out);

#endif
