/* Walking through an answer that comes in pages, each of which says where the next one begins. */
#ifndef SB_CLIENTS_COMMAND_PAGES_H
#define SB_CLIENTS_COMMAND_PAGES_H

#include "clients/lib/samenbus.h"

/* How an answer goes on; `next` is borrowed until the next question. */
struct sb_page {
    struct sb_bytes next;
    bool end;
};

/* Asks for what stands from `from` on, an empty one for the beginning, takes it, and says how it
 * goes on: `end` too where no more is wanted. */
typedef enum sb_rc sb_page_take(void *context, struct sb_client *client, struct sb_bytes from,
                                struct sb_page *page, struct sb_err *err);

/* Page after page, until the end. Errors: those of `take`; SB_E_NET: the daemon does not say how
 * its answer goes on. */
enum sb_rc sb_pages_walk(struct sb_client *client, sb_page_take *take, void *context,
                         struct sb_err *err);

#endif
