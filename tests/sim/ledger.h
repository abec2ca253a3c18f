/* What a client asked of its node, and what came back: each question is answered once, with what
 * was asked, and in bounded time (I12, I13). Of one connection; a new one begins a new ledger. */
#ifndef SB_SIM_LEDGER_H
#define SB_SIM_LEDGER_H

#include "tests/sim/world.h"

struct sim_question {
    uint32_t request;
    uint32_t n;        /* items; of a SUBSCRIBE 1 */
    uint32_t answered; /* a bit for each */
    bool remote;       /* it waits for partners, until its timeout */
    bool forbidden;    /* to be refused: the client has no right to it */
    int64_t at_ms;
};

struct sim_ledger {
    struct sim_question *all;
    size_t n, cap, n_closed; /* the first n_closed have been answered */
    int64_t recovering_ms;   /* its node was so then, the last time */
};

enum { SIM_TIMEOUT_MS = 4000 }; /* of every publish */

void sim_ledger_fini(struct sim_ledger *l);
void sim_ledger_clear(struct sim_ledger *l);
/* Valid until the next question. */
struct sim_question *sim_ledger_ask(struct sim_world *w, struct sim_ledger *l, uint32_t request,
                                    size_t n);
/* An answer leaves the node. */
void sim_ledger_answer(struct sim_world *w, const struct sim_host *h, struct sim_ledger *l,
                       uint32_t request, uint32_t index, bool refused);
/* After a turn: who has waited too long? */
void sim_ledger_check(struct sim_world *w, const struct sim_host *h, struct sim_ledger *l);
/* The node was told to stop, has had its time and goes. */
void sim_ledger_check_stopped(struct sim_world *w, const struct sim_host *h,
                              const struct sim_ledger *l);

#endif
