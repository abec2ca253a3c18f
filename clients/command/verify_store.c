/* Verifying a store, in the child process; see verify_store.h. */
#include "clients/command/verify_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_read.h"
#include "daemon/store/verify.h"

static void show_progress(void *context, uint64_t done, uint64_t all)
{
    sb_progress_show(context, done, all);
}

/* What to do next. */
static void advise(const char *path, const struct sb_store_totals *totals)
{
    sb_verify_advise_bare(path, totals->bare);
    sb_talk("%s: %" PRIu64 " faults; stop its daemon and run `samenbus repair --store %s%s`: what "
            "is sound is kept, the rest comes back from the partners",
            path, totals->faults, path, totals->announced > 0 ? " --rekey FILE" : "");
}

static void print_sound(const struct sb_store_totals *totals)
{
    printf("ok: %" PRIu64 " events, %" PRIu64 " epochs, %" PRIu64 " origins\n", totals->events,
           totals->epochs, totals->origins);
    if (totals->announced > 0) {
        printf("%" PRIu64 " ends of epochs carry no signature: the announcement of a new key names "
               "them\n",
               totals->announced);
    }
    if (totals->unreadable > 0) {
        printf("%" PRIu64
               " bodies cannot be read: their origins signed them so, and they are shown "
               "without content\n",
               totals->unreadable);
    }
}

int sb_verify_store(const void *store)
{
    const struct sb_verify_store *s = store;
    struct sb_err err = {0};
    struct sb_progress progress;
    struct sb_store_totals totals = {0};
    struct sb_store_verifier to = {.context = &progress,
                                   .on_fault = sb_verify_print_fault,
                                   .on_progress = show_progress,
                                   .rekeys = s->rekeys};
    sb_progress_begin(&progress, "verified");
    enum sb_rc rc = sb_store_verify(s->path, &to, &totals, &err);
    sb_progress_end(&progress);
    if (rc == SB_E_CORRUPT) { /* so damaged that there is no place to name */
        struct sb_export_fault f = {.fault = SB_FAULT_BAD_FILE};
        size_t n = strcspn(err.text, ";"); /* behind it: to look with this very command */
        (void)snprintf(f.text, sizeof f.text, "%.*s", (int)(n < SB_LABEL_MAX ? n : SB_LABEL_MAX),
                       err.text);
        sb_verify_print_fault(NULL, &f);
        fflush(stdout);
        sb_apart_advise(s->path);
        return SB_EXIT_FAILURE;
    }
    if (rc != SB_OK) {
        int code = sb_talk_error(rc, &err);
        return rc == SB_E_NOTFOUND ? SB_EXIT_INPUT : code;
    }
    if (totals.faults > 0) {
        advise(s->path, &totals);
        return SB_EXIT_FAILURE;
    }
    print_sound(&totals);
    return SB_EXIT_OK;
}
