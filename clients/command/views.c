/* samenbus views rebuild: what decisions, the agenda and notifications are folded from is made anew
 * from the log. The store is as it was until the whole of it has been written. */
#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_views.h"

static const struct sb_flag rebuild_flags[] = {SB_FLAG_DAEMON, SB_FLAG_STORE};

static int rebuild(const struct sb_args *args)
{
    char store[SB_APART_PATH_BYTES];
    int code = SB_EXIT_OK;
    if (!sb_apart_store(args, store, &code)) {
        return code;
    }
    return sb_apart_run(store, sb_verify_views, store);
}

const struct sb_command sb_command_views_rebuild = {
    .words = "views rebuild",
    .synopsis = "--config samenbusd.yaml | --store PATH",
    .about = "make the index of what was said about decisions, the agenda and notifications anew "
             "from the log, while the daemon is stopped",
    SB_FLAGS(rebuild_flags),
    .examples = "  systemctl stop samenbusd@duoplus\n"
                "  samenbus views rebuild -c /etc/samenbus/duoplus/samenbusd.yaml\n"
                "  systemctl start samenbusd@duoplus\n",
    .run = rebuild,
};
