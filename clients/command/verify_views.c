/* Rebuilding what views are folded from, in the child process; see verify_views.h. */
#include "clients/command/verify_views.h"

#include <inttypes.h>
#include <stdio.h>

#include "clients/command/talk.h"
#include "daemon/store/said.h"

static void show_progress(void *context, uint64_t done, uint64_t all)
{
    sb_progress_show(context, done, all);
}

int sb_verify_views(const void *store)
{
    struct sb_progress progress;
    struct sb_err err = {0};
    uint64_t entries = 0;
    sb_progress_begin(&progress, "read");
    enum sb_rc rc = sb_store_rebuild_said(store, show_progress, &progress, &entries, &err);
    sb_progress_end(&progress);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    printf("rebuilt: %s: %" PRIu64 " statements by what they are about\n", (const char *)store,
           entries);
    return SB_EXIT_OK;
}
