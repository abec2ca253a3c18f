/* The only loop: wait, collect, one turn of the node, send what the turn made. It decides nothing
 * but when to stop. */
#ifndef SB_SHELL_LOOP_H
#define SB_SHELL_LOOP_H

#include "daemon/shell/news.h"
#include "daemon/shell/setup.h"

/* Serves until SIGTERM or SIGINT, then until nothing is under way any more, SB_SHUTDOWN_MS at most;
 * a second such signal ends it at once. `signals` is sb_process_catch_signals' descriptor.
 * Errors: SB_E_IO, SB_E_CHANGED, SB_E_CORRUPT, SB_E_NOMEM of a turn; SB_E_NET: the process ends. */
enum sb_rc sb_loop_run(struct sb_setup *setup, struct sb_news *news, int signals,
                       struct sb_err *err);

#endif
