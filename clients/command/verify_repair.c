/* Verifying and repairing a store, in the child process; see verify_repair.h. */
#include "clients/command/verify_repair.h"

#include <inttypes.h>

#include "clients/command/talk.h"
#include "clients/command/verify_read.h"
#include "daemon/store/repair.h"
#include "daemon/store/verify.h"

static void print_left_out(void *context, const struct sb_export_fault *f)
{
    char epoch[SB_EPOCH_TEXT_MAX];
    (void)context;
    if (f->origin.s[0] == '\0') {
        printf("left out: %s\n", f->text);
        return;
    }
    sb_epoch_format(epoch, f->epoch, 8);
    printf("left out: %s %s:%" PRIu64 ": %s\n", f->origin.s, epoch, f->seq.n, f->text);
}

static int repair_store(const struct sb_verify_repair *r)
{
    struct sb_err err = {0};
    struct sb_store_repaired done;
    const struct sb_store_repair to = {.on_left_out = print_left_out, .rekeys = r->rekeys};
    enum sb_rc rc = sb_store_repair(r->store, r->into, r->aside, &to, &done, &err);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    printf("repaired: %s: %" PRIu64 " events, %" PRIu64 " epochs; left out: %" PRIu64
           " log entries, %" PRIu64 " bodies\n",
           r->store, done.events, done.epochs, done.left_out, done.bodies);
    return SB_EXIT_OK;
}

int sb_verify_repair(const void *repair)
{
    const struct sb_verify_repair *r = repair;
    struct sb_err err = {0};
    struct sb_store_totals totals = {0};
    const struct sb_store_verifier to = {.on_fault = sb_verify_print_fault, .rekeys = r->rekeys};
    enum sb_rc rc = sb_store_verify(r->store, &to, &totals, &err);
    if (rc != SB_OK) {
        int code = sb_talk_error(rc, &err);
        return rc == SB_E_NOTFOUND ? SB_EXIT_INPUT : code;
    }
    sb_verify_advise_bare(r->store, totals.bare);
    return totals.faults == 0 ? SB_VERIFY_SOUND : repair_store(r);
}
