/* Page after page; see pages.h. */
#include "clients/command/pages.h"

#include <string.h>

enum { PLACE_BYTES = 256 };

enum sb_rc sb_pages_walk(struct sb_client *client, sb_page_take *take, void *context,
                         struct sb_err *err)
{
    uint8_t place[PLACE_BYTES];
    struct sb_bytes from = {0};
    for (;;) {
        struct sb_page page = {.end = false};
        enum sb_rc rc = take(context, client, from, &page, err);
        if (rc != SB_OK || page.end) {
            return rc;
        }
        if (page.next.n == 0 || page.next.n > sizeof place ||
            (page.next.n == from.n && memcmp(page.next.p, place, from.n) == 0)) {
            return sb_err_set(err, SB_E_NET, "the daemon does not say how its answer goes on");
        }
        memcpy(place, page.next.p, page.next.n);
        from = (struct sb_bytes){place, page.next.n};
    }
}
