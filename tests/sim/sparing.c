/* Links without their bodies; see sparing.h. */
#include "tests/sim/sparing.h"

#include <assert.h>

enum { SPARES_PERCENT = 40, OTHERS_PERCENT = 20 };

/* Of what a system event says the start of an epoch alone must come with its link. */
static bool may_lack(struct sim_world *w, const struct sb_link *link)
{
    if (link->kind == SB_KIND_SYSTEM) {
        return link->seq.n > 1;
    }
    return !w->quiet && link->seq.n > 1 && sim_chance(&w->random, OTHERS_PERCENT);
}

static bool strip(struct sim_world *w, struct sb_item *item)
{
    bool strips = item->salt != NULL && may_lack(w, &item->link);
    if (strips) {
        item->salt = NULL;
        item->body = (struct sb_bytes){NULL, 0};
    }
    return strips;
}

static bool strip_any(struct sim_world *w, struct sb_message *m)
{
    bool any = false;
    for (size_t i = 0; m->type == SB_MSG_EVENTS && i < m->events.n_items; i++) {
        any |= strip(w, &m->events.items[i]);
    }
    bool link = m->type == SB_MSG_BROADCAST && m->broadcast.item.link.kind == SB_KIND_SYSTEM;
    return any || (link && strip(w, &m->broadcast.item));
}

bool sim_sparing(struct sim_world *w, const struct sim_host *from, struct sb_bytes *frame,
                 struct sb_arena *arena)
{
    char why[SB_LABEL_MAX + 1];
    struct sb_message m;
    bool may = w->sparing && !w->healed && sim_chance(&w->random, SPARES_PERCENT);
    if ((!may && !from->leaves_out) || sb_wire_decode(&m, *frame, arena, why) != SB_CODE_OK ||
        !strip_any(w, &m)) {
        return false;
    }
    *frame = sb_wire_encode(&m, arena);
    assert(frame->p != NULL);
    return true;
}
