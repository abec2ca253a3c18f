/* Counting what is taken of partners; see intake.h. */
#include "tests/sim/intake.h"

#include <string.h>

#include "tests/sim/checks.h"

enum { PER_HOUR = 7200, BURST_MS = 10000, HOUR_MS = 3600000 };

uint64_t sim_intake_rate(const struct sim_world *w, const struct sim_host *h)
{
    return w->seed % 16 == 11 && !w->quiet && h->index == 0 ? PER_HOUR : 0;
}

void sim_intake_taken(struct sim_mirror *m, int origin)
{
    struct sim_world *w = m->world;
    const struct sim_host *h = &w->hosts[m->host];
    struct sim_intake *i = &m->intake[origin];
    int64_t rate = (int64_t)sim_intake_rate(w, h), most = rate * BURST_MS;
    if (rate == 0 || sb_org_eq(&w->hosts[origin].org, &h->org)) {
        return;
    }
    if (i->turn != w->turns) { /* what comes in one turn may be one segment */
        int64_t filled = i->left + (w->now_ms - i->at_ms) * rate;
        i->left = i->begun && filled < most ? filled : most;
        i->begun = true;
        i->at_ms = w->now_ms;
        i->turn = w->turns;
        if (i->left < HOUR_MS) {
            sim_violate(w, "I12", "%s takes events of %s, which has spent its rate", h->org.s,
                        w->hosts[origin].org.s);
        }
    }
    i->left -= HOUR_MS;
}

void sim_intake_restarts(struct sim_mirror *m)
{
    for (int i = 0; i < SIM_NODES_MAX; i++) {
        m->intake[i].turn = m->world->turns;
    }
}

void sim_intake_restarted(struct sim_mirror *m)
{
    memset(m->intake, 0, sizeof m->intake);
}
