/* Copying a store and verifying the copy, in the child process; see verify_backup.h. */
#include "clients/command/verify_backup.h"

#include <inttypes.h>
#include <time.h>

#include "clients/command/talk.h"
#include "clients/command/verify_read.h"
#include "daemon/store/copy.h"
#include "daemon/store/verify.h"

static int judge_copy(const struct sb_verify_backup *b, const struct sb_store_totals *totals)
{
    char now[SB_TIME_TEXT_MAX];
    sb_verify_advise_bare(b->store, totals->bare);
    if (totals->faults > 0) {
        sb_talk("%s is damaged, so this is no backup of it; `samenbus repair` sets aside what is "
                "wrong",
                b->store);
        return SB_EXIT_FAILURE;
    }
    sb_time_format(now, (struct sb_time){(int64_t)time(NULL) * 1000});
    printf("backup: %s: %s, %" PRIu64 " events, %" PRIu64 " epochs, %" PRIu64 " origins, %s\n",
           b->name, totals->organisation.s, totals->events, totals->epochs, totals->origins, now);
    return SB_EXIT_OK;
}

int sb_verify_backup(const void *backup)
{
    const struct sb_verify_backup *b = backup;
    struct sb_err err = {0};
    struct sb_store_totals totals = {0};
    const struct sb_store_verifier to = {.on_fault = sb_verify_print_fault, .rekeys = b->rekeys};
    enum sb_rc rc = sb_store_copy(b->store, b->partial, &err);
    if (rc == SB_OK) {
        rc = sb_store_verify(b->partial, &to, &totals, &err);
    }
    if (rc != SB_OK) {
        int code = sb_talk_error(rc, &err);
        return rc == SB_E_NOTFOUND ? SB_EXIT_INPUT : code;
    }
    return judge_copy(b, &totals);
}
