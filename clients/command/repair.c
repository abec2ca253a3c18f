/* samenbus repair: what is sound of a damaged store becomes a new one, and the damaged one is set
 * aside, never deleted. What is left out comes from the partners at the next start. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/announced.h"
#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_repair.h"
#include "proto/sign.h"

static const struct sb_flag repair_flags[] = {SB_FLAG_DAEMON, SB_FLAG_STORE, SB_FLAG_REKEY};

/* The folder that has the store's name: another one, once the store was replaced. A process that is
 * killed does not tell. */
static ino_t folder_of(const char *store)
{
    struct stat at = {0};
    return stat(store, &at) == 0 ? at.st_ino : 0;
}

static void tell_left(const struct sb_verify_repair *r)
{
    sb_talk("%s was left as it is; if it cannot be repaired, move it away and start samenbusd with "
            "an empty store: the partners have its history",
            r->store);
    if (access(r->aside, F_OK) == 0) {
        sb_talk("%s is not the damaged store, but a copy of what is sound in it: remove it",
                r->aside);
    }
    sb_apart_discard(r->into);
}

static int tell(const struct sb_verify_repair *r, bool replaced, int code)
{
    if (code == SB_VERIFY_SOUND) {
        printf("sound: %s: nothing to repair\n", r->store);
        return SB_EXIT_OK;
    }
    if (!replaced) {
        tell_left(r);
        return code;
    }
    if (code != SB_EXIT_OK) {
        sb_talk("%s was replaced all the same: what is there now is the repaired store", r->store);
    }
    sb_talk("the damaged store is kept as %s; start samenbusd: what is left out comes back from "
            "the partners. Remove the damaged one when you need it no more: it may have bodies "
            "that were erased since",
            r->aside);
    return code;
}

static int repair(const struct sb_args *args)
{
    char store[SB_APART_PATH_BYTES], into[SB_APART_PATH_BYTES + 64];
    char aside[SB_APART_PATH_BYTES + 64], now[32];
    int code = SB_EXIT_OK;
    time_t seconds = time(NULL);
    struct tm tm;
    if (!sb_apart_store(args, store, &code)) {
        return code;
    }
    if (!sb_crypto_init() || gmtime_r(&seconds, &tm) == NULL) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    (void)strftime(now, sizeof now, "%Y%m%dT%H%M%SZ", &tm);
    (void)snprintf(aside, sizeof aside, "%s.damaged-%s-%ld", store, now, (long)getpid());
    (void)snprintf(into, sizeof into, "%s.repaired-%ld", store, (long)getpid());
    if (access(aside, F_OK) == 0) {
        sb_talk("%s exists: nothing was done; try again", aside);
        return SB_EXIT_FAILURE;
    }
    struct sb_announced announced;
    if (!sb_announced_read(&announced, args, &code)) {
        return code;
    }
    const struct sb_verify_repair r = {
        .store = store, .into = into, .aside = aside, .rekeys = announced.rekeys};
    ino_t before = folder_of(store);
    code = sb_apart_run(store, sb_verify_repair, &r);
    code = tell(&r, folder_of(store) != before, code);
    sb_announced_fini(&announced);
    return code;
}

const struct sb_command sb_command_repair = {
    .words = "repair",
    .synopsis = "--config samenbusd.yaml | --store PATH [--rekey FILE]...",
    .about = "make a new store of what is sound in a damaged one, which is set aside",
    SB_FLAGS(repair_flags),
    .examples = "  systemctl stop samenbusd@duoplus\n"
                "  samenbus repair -c /etc/samenbus/duoplus/samenbusd.yaml\n"
                "  systemctl start samenbusd@duoplus\n",
    .run = repair,
};
