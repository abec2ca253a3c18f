/* samenbus repair: what is sound of a damaged store becomes a new one, and the damaged one is set
 * aside, never deleted. What is left out comes from the partners at the next start. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/announced.h"
#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_repair.h"
#include "proto/sign.h"

static const struct sb_flag repair_flags[] = {SB_FLAG_DAEMON, SB_FLAG_STORE, SB_FLAG_REKEY};

static int tell(const struct sb_verify_repair *r, int code)
{
    if (code == SB_VERIFY_SOUND) {
        printf("sound: %s: nothing to repair\n", r->store);
        return SB_EXIT_OK;
    }
    if (code == SB_EXIT_OK) {
        sb_talk(
            "the damaged store is kept as %s; start samenbusd: what is left out comes back from "
            "the partners. Remove the damaged one when you need it no more: it may have bodies "
            "that "
            "were erased since",
            r->aside);
        return code;
    }
    sb_talk("%s was left as it is; if it cannot be repaired, move it away and start samenbusd with "
            "an empty store: the partners have its history",
            r->store);
    sb_apart_discard(r->into);
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
    struct sb_announced announced;
    if (!sb_announced_read(&announced, args, &code)) {
        return code;
    }
    const struct sb_verify_repair r = {
        .store = store, .into = into, .aside = aside, .rekeys = announced.rekeys};
    code = tell(&r, sb_apart_run(store, sb_verify_repair, &r));
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
