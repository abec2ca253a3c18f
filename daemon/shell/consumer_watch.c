/* Watches over consumers: see consumers.h. For each the log is read on, a little at a time, up to
 * the first event that waits for it; so a consumer whose filters let nothing pass is not behind,
 * and one that nobody reads is seen to be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/shell/consumers.h"
#include "daemon/shell/filter.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"

enum {
    LOOK_MS = 1000,     /* between two looks, */
    LOOK_SOON_MS = 100, /* or while the log has not been read to its end for all */
    LOOK_ENTRIES = 8192,
    LOOK_BYTES = 4096, /* of a body, which is checked for its topic, count as an entry more */
};

void sb_consumer_watch_moved(struct sb_node *node, uint16_t slot, bool anew)
{
    struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    w->dirty = true;
    if (node->consumers.due_mono_ms == INT64_MAX) {
        node->consumers.due_mono_ms = 0;
    }
    if (anew) {
        w->next = sb_consumers_at(node, slot)->position;
        w->waits = false;
    }
}

void sb_consumer_watch_roster(struct sb_node *node)
{
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        struct sb_consumer_watch *w = &node->consumers.slots[i].watch;
        free(w->probe);
        w->probe = NULL;
        if (node->consumers.slots[i].durable != NULL) {
            sb_consumer_watch_moved(node, i, true);
        }
    }
}

static void take_back(struct sb_node *node, uint16_t slot, const char *why)
{
    struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    if (w->alarmed) {
        w->alarmed = false;
        sb_people_alarm_of(node, "stuck_consumer", slot, false, why);
    }
}

void sb_consumer_watch_end(struct sb_node *node, uint16_t slot)
{
    struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    take_back(node, slot, "the consumer was removed");
    free(w->probe);
    *w = (struct sb_consumer_watch){0};
}

/* What its client may not read does not wait for it. Of a client that is gone, an administrator
 * reads on; until one does, what the first client may read counts. */
static uint16_t owner_of(const struct sb_node *node, const struct sb_consumer *c)
{
    for (size_t i = 0; i < node->o.n_clients; i++) {
        if (strcmp(node->o.clients[i].name, c->client) == 0) {
            return (uint16_t)i;
        }
    }
    return 0;
}

/* The probe is a stream that is never sent. False: no room now. */
static bool make_probe(struct sb_node *node, struct sb_consumer_watch *w,
                       const struct sb_consumer *c)
{
    struct sb_subscribe s = {.cursor = c->cursor,
                             .n_cursor = c->n_cursor,
                             .follow = true,
                             .system = c->system,
                             .topics = c->topics,
                             .n_topics = c->n_topics,
                             .origins = c->origins,
                             .n_origins = c->n_origins,
                             .from_offset.n = 1,
                             .consumer = ""};
    struct sb_offset next, end;
    struct sb_stream *probe;
    if (node->o.n_clients == 0 || !sb_filter_make(node, &s, &probe, &next, &end)) {
        return false;
    }
    probe->client = owner_of(node, c);
    free(w->probe);
    w->probe = probe;
    w->dirty = false;
    w->waits = false;
    w->next = next.n > w->next.n ? next : w->next;
    return true;
}

/* The first entry from `next` on: does it wait for the consumer? Its place is in `at`. False as
 * well where there is none; then `at` lies behind `last`. Leaves one of `entries` at least. */
static bool takes_next(struct sb_node *node, const struct sb_consumer_watch *w,
                       struct sb_offset last, struct sb_offset *at, struct sb_time *since,
                       unsigned *entries)
{
    struct sb_record record;
    bool released;
    if (!sb_turn_found(
            node, sb_store_next(node->o.store, w->next, at, &released, &record, node->turn.err)) ||
        at->n > last.n) {
        at->n = last.n + 1;
        return false;
    }
    size_t more = record.item.body.n / LOOK_BYTES;
    *entries -= more < *entries ? (unsigned)more : *entries - 1;
    sb_agreed_cover(node, &node->clients[w->probe->client], &record);
    *since = released ? node->turn.now.wall : record.committed;
    return sb_filter_takes(node, w->probe, &record, *at, released) &&
           sb_rekeyed_shows(node, &record);
}

/* What waits may have been erased, or its time may be up: without its body it passes no topic, so
 * nobody will be given it, and nobody can acknowledge it. */
static bool still_waits(struct sb_node *node, const struct sb_consumer_watch *w,
                        struct sb_offset last, unsigned *entries)
{
    struct sb_offset at;
    struct sb_time since;
    return takes_next(node, w, last, &at, &since, entries) && at.n == w->next.n;
}

/* Reads on until something waits, the end, or no entries are left to be looked at. */
static void read_on(struct sb_node *node, struct sb_consumer_watch *w, struct sb_offset last,
                    unsigned *entries)
{
    struct sb_offset at;
    struct sb_time since;
    if (w->waits && *entries > 0) {
        w->waits = still_waits(node, w, last, entries);
        --*entries;
    }
    for (; !w->waits && w->next.n <= last.n && *entries > 0; --*entries) {
        w->waits = takes_next(node, w, last, &at, &since, entries);
        if (at.n > last.n) {
            return;
        }
        w->since = w->waits ? since : w->since;
        w->next.n = w->waits ? at.n : at.n + 1;
    }
}

/* Since when nothing has moved that should: 0 where nothing waits. */
static struct sb_time standing_since(const struct sb_consumer_watch *w, const struct sb_consumer *c)
{
    struct sb_time since = {0};
    if (w->waits) {
        since.ms = w->since.ms > c->acked.ms ? w->since.ms : c->acked.ms;
    }
    return since;
}

static bool is_stuck(const struct sb_node *node, const struct sb_consumer_watch *w,
                     const struct sb_consumer *c)
{
    int64_t most = node->o.consumer_stuck_ms > 0 ? node->o.consumer_stuck_ms : SB_CONSUMER_STUCK_MS;
    struct sb_time since = standing_since(w, c);
    bool waits = since.ms != 0;
    int64_t started = node->o.now.wall.ms; /* its reader may have to find us again first */
    since.ms = since.ms > started ? since.ms : started;
    return waits && node->turn.now.wall.ms - since.ms >= most;
}

static void judge(struct sb_node *node, uint16_t slot, const struct sb_consumer *c)
{
    struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    char text[SB_NODE_TEXT_MAX], since[SB_TIME_TEXT_MAX];
    if (!is_stuck(node, w, c)) {
        take_back(node, slot, "the consumer goes on");
        return;
    }
    if (!w->alarmed) {
        w->alarmed = true;
        sb_time_format(since, standing_since(w, c));
        (void)snprintf(
            text, sizeof text,
            "consumer %s of client %s has acknowledged nothing since %s, and events wait "
            "for it; see `samenbus consumer show %s`",
            c->name, c->client, since, c->name);
        sb_people_alarm_of(node, "stuck_consumer", slot, true, text);
    }
}

/* True: it has not been read to the end for it. */
static bool look_for(struct sb_node *node, uint16_t slot, struct sb_offset last, unsigned *entries)
{
    struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    const struct sb_consumer *c = sb_consumers_at(node, slot);
    if ((w->probe == NULL || w->dirty) && !make_probe(node, w, c)) {
        return true;
    }
    read_on(node, w, last, entries);
    judge(node, slot, c);
    return !w->waits && w->next.n <= last.n;
}

void sb_consumer_watch_tick(struct sb_node *node)
{
    struct sb_consumer_table *table = &node->consumers;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    unsigned entries = LOOK_ENTRIES;
    bool any = false, unfinished = false;
    if (node->turn.now.mono_ms < table->due_mono_ms) {
        return;
    }
    sb_consumer_readers_end(node);
    sb_core_offsets(node->core, &last, by_class);
    for (unsigned i = 0; i < SB_CONSUMERS_MAX && node->turn.rc == SB_OK; i++) {
        uint16_t slot = (uint16_t)((table->turn + i) % SB_CONSUMERS_MAX);
        if (table->slots[slot].durable != NULL && !table->slots[slot].touched) {
            any = true;
            unfinished |= look_for(node, slot, last, &entries);
        }
    }
    table->turn++;
    table->due_mono_ms =
        any ? node->turn.now.mono_ms + (unfinished ? LOOK_SOON_MS : LOOK_MS) : INT64_MAX;
}

void sb_consumer_watch_look(struct sb_node *node)
{
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    unsigned entries = LOOK_ENTRIES;
    sb_core_offsets(node->core, &last, by_class);
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX && node->turn.rc == SB_OK; i++) {
        const struct sb_consumer_slot *s = &node->consumers.slots[i];
        bool unlooked = s->watch.waits || s->watch.next.n <= last.n;
        if (s->durable != NULL && !s->touched && (s->watch.dirty || unlooked)) {
            (void)look_for(node, i, last, &entries);
        }
    }
}

void sb_consumer_watch_tell(const struct sb_node *node, uint16_t slot, struct sb_consumer *out)
{
    const struct sb_consumer_watch *w = &node->consumers.slots[slot].watch;
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_core_offsets(node->core, &last, by_class);
    out->readers = sb_consumers_readers(node, slot);
    out->position = w->next;
    out->behind = w->next.n <= last.n ? last.n + 1 - w->next.n : 0;
    out->waiting = w->waits ? w->since : (struct sb_time){0};
    out->stuck = is_stuck(node, w, out);
}
