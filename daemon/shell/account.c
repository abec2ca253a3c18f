/* Fills the status from what core and store say. Reads only. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/rekeyed.h"

static const char *copy(struct sb_arena *arena, const char *text)
{
    const char *p = (const char *)sb_arena_copy(arena, text, strlen(text)).p;
    return p == NULL ? "" : p;
}

static const char *copy_time(struct sb_arena *arena, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    return copy(arena, text);
}

static const char *copy_store_id(const struct sb_node *node, struct sb_arena *arena)
{
    char text[2 * sizeof node->store_id.b + 1];
    sb_hex_encode(text, node->store_id.b, sizeof node->store_id.b);
    return copy(arena, text);
}

static void fill_heads_of(struct sb_node *node, uint16_t origin, struct sb_arena *arena,
                          struct sb_status *s)
{
    struct sb_head heads[SB_HEADS_MAX];
    size_t n = sb_core_newest_heads(node->core, origin, SB_HEADS_MAX, heads);
    for (size_t i = 0; i < n; i++) {
        struct sb_epoch_name name = {.origin = 0};
        sb_people_epoch(node, origin, heads[i].epoch, &name);
        s->heads[s->n_heads++] =
            (struct sb_status_head){.origin = node->orgs[origin].s,
                                    .epoch = copy(arena, name.text),
                                    .seq = heads[i].checkpoint.seq.n,
                                    .time = copy_time(arena, heads[i].checkpoint.time)};
    }
}

static void fill_heads(struct sb_node *node, struct sb_arena *arena, struct sb_status *s)
{
    s->heads = sb_arena_alloc(arena, node->n_origins * SB_HEADS_MAX * sizeof *s->heads);
    for (size_t o = 0; s->heads != NULL && o < node->n_origins; o++) {
        fill_heads_of(node, (uint16_t)o, arena, s);
    }
}

static struct sb_status_direction direction(const struct sb_core_direction *d, struct sb_now now,
                                            struct sb_arena *arena)
{
    bool never = d->last_contact_mono_ms < 0;
    return (struct sb_status_direction){.state = d->state,
                                        .reason = copy(arena, d->reason),
                                        .last_contact_ms =
                                            never ? -1 : now.mono_ms - d->last_contact_mono_ms};
}

/* What a partner shows the history of, against those whom we list. */
static void fill_lists(struct sb_node *node, uint16_t peer, struct sb_arena *arena,
                       struct sb_status_peer *p)
{
    const struct sb_origin *o = &node->origins[peer];
    p->unlisted = sb_arena_alloc(arena, (node->o.n_partners + 1) * sizeof *p->unlisted);
    p->strangers = sb_arena_alloc(arena, SB_STRANGERS_MAX * sizeof *p->strangers);
    for (size_t i = 0; p->unlisted != NULL && o->shows_all && i < node->o.n_partners; i++) {
        uint16_t number = node->partner_numbers[i];
        if (number != peer && !sb_origin_lists(o, number)) {
            p->unlisted[p->n_unlisted++] = node->orgs[number].s;
        }
    }
    for (size_t i = 0; p->strangers != NULL && i < o->n_strangers; i++) {
        p->strangers[p->n_strangers++] = copy(arena, o->strangers[i].s);
    }
}

static void fill_agreed(const struct sb_agreed *agreed, struct sb_arena *arena,
                        struct sb_status_peer *p)
{
    char words[SB_LABEL_MAX + 1];
    sb_agreed_words(agreed, words);
    p->shows = copy(arena, words);
    p->hidden = agreed->hidden;
    p->their_shows = copy(arena, agreed->told);
    p->their_hidden = agreed->told_hidden;
    p->their_hidden_topic = copy(arena, agreed->told_topic);
}

static void fill_peers(struct sb_node *node, struct sb_now now, struct sb_arena *arena,
                       struct sb_status *s)
{
    s->peers = sb_arena_alloc(arena, (node->o.n_partners + 1) * sizeof *s->peers);
    for (size_t i = 0; s->peers != NULL && i < node->o.n_partners; i++) {
        uint16_t number = node->partner_numbers[i];
        struct sb_core_peer_status p;
        sb_core_peer_status(node->core, number, now, &p);
        s->peers[s->n_peers++] =
            (struct sb_status_peer){.id = node->orgs[number].s,
                                    .name = node->origins[number].name,
                                    .outgoing = direction(&p.outgoing, now, arena),
                                    .incoming = direction(&p.incoming, now, arena),
                                    .lag_events = p.lag_events,
                                    .lag_seconds = p.lag_seconds,
                                    .their_lag_events = p.their_lag_events,
                                    .their_state = copy(arena, p.their_state),
                                    .their_reason = copy(arena, p.their_reason),
                                    .software = copy(arena, node->origins[number].software),
                                    .over_others = node->origins[number].over_others,
                                    .clock_known = node->origins[number].clock_known,
                                    .clock_offset_ms = node->origins[number].clock_offset_ms};
        fill_agreed(&node->origins[number].agreed, arena, &s->peers[s->n_peers - 1]);
        fill_lists(node, number, arena, &s->peers[s->n_peers - 1]);
    }
}

static void fill_alarms(const struct sb_node *node, struct sb_arena *arena, struct sb_status *s)
{
    s->alarms = sb_arena_alloc(arena, (node->n_raised + 1) * sizeof *s->alarms);
    for (size_t i = 0; s->alarms != NULL && i < node->n_raised; i++) {
        const struct sb_raised *r = &node->raised[i];
        s->alarms[s->n_alarms++] = (struct sb_status_alarm){
            .code = r->code, .since = copy_time(arena, r->since), .text = copy(arena, r->text)};
    }
}

static void fill_store(struct sb_node *node, struct sb_status *s)
{
    struct sb_store_usage usage;
    sb_store_usage(node->o.store, &usage);
    s->events = usage.events;
    s->bytes = usage.bytes;
    s->map_bytes = usage.map_bytes;
    s->max_bytes = usage.max_bytes;
    s->room_bytes = usage.room;
    s->full_in_seconds =
        sb_growth_full_in_s(&node->growth, node->turn.now.mono_ms, usage.bytes, usage.room);
    s->missing_bodies = sb_rekeyed_missing(node, UINT64_MAX);
}

static void fill_digests(struct sb_node *node, struct sb_arena *arena, struct sb_status *s)
{
    static const struct sb_hash none;
    struct sb_hash running = {{0}}, file = {{0}};
    char text[2 * sizeof none.b + 1];
    s->running_digest = s->file_digest = "";
    if (node->o.digests == NULL) {
        return;
    }
    node->o.digests(node->o.digests_context, &running, &file);
    if (!sb_hash_eq(&running, &none)) {
        sb_hex_encode(text, running.b, sizeof running.b);
        s->running_digest = copy(arena, text);
    }
    if (!sb_hash_eq(&file, &none)) {
        sb_hex_encode(text, file.b, sizeof file.b);
        s->file_digest = copy(arena, text);
    }
}

/* Says nothing of those that a round has staged. */
static void fill_consumers(const struct sb_node *node, struct sb_now now, struct sb_arena *arena,
                           struct sb_status *s)
{
    s->consumers = sb_arena_alloc(arena, SB_CONSUMERS_MAX * sizeof *s->consumers);
    for (uint16_t i = 0; s->consumers != NULL && i < SB_CONSUMERS_MAX; i++) {
        if (sb_consumers_at(node, i) == NULL) {
            continue;
        }
        struct sb_consumer c = *sb_consumers_at(node, i);
        sb_consumer_watch_tell(node, i, &c);
        int64_t waited = c.waiting.ms == 0 ? 0 : now.wall.ms - c.waiting.ms;
        s->consumers[s->n_consumers++] =
            (struct sb_status_consumer){.name = copy(arena, c.name),
                                        .client = copy(arena, c.client),
                                        .state = c.stuck        ? "stuck"
                                                 : c.behind > 0 ? "waiting"
                                                                : "current",
                                        .behind = c.behind,
                                        .waiting_seconds = waited > 0 ? (uint64_t)waited / 1000 : 0,
                                        .readers = c.readers};
    }
}

struct sb_status *sb_node_status(struct sb_node *node, struct sb_now now, struct sb_arena *arena)
{
    struct sb_status *s = sb_arena_alloc(arena, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    memset(s, 0, sizeof *s);
    s->organisation = node->o.organisation.s;
    s->name = node->o.name;
    s->partnership = node->o.partnership;
    s->version = node->o.version;
    s->state = sb_core_state(node->core, &s->reason);
    s->store_id = copy_store_id(node, arena);
    s->lag_events = sb_core_lag(node->core);
    s->malformed_frames = node->malformed;
    s->denied = node->denied;
    s->commits = node->commits;
    s->dropped_unknown_origin = node->unknown_origins;
    s->without_effect = node->without_effect;
    fill_store(node, s);
    fill_heads(node, arena, s);
    fill_peers(node, now, arena, s);
    fill_alarms(node, arena, s);
    fill_digests(node, arena, s);
    fill_consumers(node, now, arena, s);
    return s;
}

void sb_account_tick(struct sb_node *node)
{
    struct sb_store_usage u;
    char text[SB_NODE_TEXT_MAX];
    int64_t now = node->turn.now.mono_ms;
    if (now < node->growth.next_mono_ms) {
        return;
    }
    sb_store_usage(node->o.store, &u);
    sb_growth_take(&node->growth, now, u.bytes);
    uint64_t full_in_s = sb_growth_full_in_s(&node->growth, now, u.bytes, u.room);
    bool soon = full_in_s > 0 && full_in_s < SB_GROWTH_ALARM_S;
    bool filling = soon || u.room < u.max_bytes / SB_GROWTH_ALARM_PARTS;
    if (filling == node->filling) {
        return;
    }
    node->filling = filling;
    if (soon) {
        (void)snprintf(text, sizeof text,
                       "at the present rate the store is full within %llu days: raise "
                       "store.max_size, or make room on its disk",
                       (unsigned long long)(full_in_s / 86400 + 1));
    } else {
        (void)snprintf(text, sizeof text,
                       filling ? "less than a twentieth of the store's room is left, %llu MiB: "
                                 "raise store.max_size, or make room on its disk"
                               : "the store has room again: %llu MiB",
                       (unsigned long long)(u.room >> 20));
    }
    sb_node_alarm(node, "store_filling", filling, text);
}
