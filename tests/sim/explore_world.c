/* What can happen in a small world, and what becomes of it. */
#include "tests/sim/explore_world.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool explore_configured(const struct explore_world *w, int a, int b)
{
    return a < b && b < w->scope->n_hosts && !(w->scope->line && b - a > 1);
}

static void push(struct explore_state *s, int from, int to, uint32_t message)
{
    assert(s->n_queue[from][to] < EXPLORE_QUEUE_MAX);
    s->queue[from][to][s->n_queue[from][to]++] = message;
}

static uint32_t pop(struct explore_state *s, int from, int to)
{
    uint32_t *q = s->queue[from][to], first = q[0];
    s->n_queue[from][to]--;
    memmove(q, q + 1, s->n_queue[from][to] * sizeof *q);
    q[s->n_queue[from][to]] = 0;
    return first;
}

static void clear(struct explore_state *s, int from, int to)
{
    memset(s->queue[from][to], 0, sizeof s->queue[from][to]);
    s->n_queue[from][to] = 0;
}

static void push_event(struct explore_world *w, struct explore_state *s, int from, int to,
                       enum explore_kind kind)
{
    static struct explore_message m;
    memset(&m, 0, sizeof m);
    m.kind = (int32_t)kind;
    m.from = from;
    push(s, from, to, explore_message(&w->nodes, &m));
}

static void disconnect(struct explore_world *w, struct explore_state *s, int a, int b)
{
    if (!s->up[a][b]) {
        return;
    }
    s->up[a][b] = 0;
    clear(s, a, b);
    clear(s, b, a);
    if (explore_is_up(s, a)) {
        push_event(w, s, b, a, EXPLORE_LINK_DOWN);
    }
    if (explore_is_up(s, b)) {
        push_event(w, s, a, b, EXPLORE_SESSION_GONE);
    }
}

/* Whoever can be connected is, at once. */
static void connect_all(struct explore_world *w, struct explore_state *s)
{
    for (int a = 0; a < w->scope->n_hosts; a++) {
        for (int b = a + 1; b < w->scope->n_hosts; b++) {
            if (explore_configured(w, a, b) && explore_is_up(s, a) && explore_is_up(s, b) &&
                !s->up[a][b] && !s->cut[a][b]) {
                s->up[a][b] = 1;
                push_event(w, s, b, a, EXPLORE_LINK_UP);
            }
        }
    }
}

static uint32_t ids_of(const struct explore_world *w, int host)
{
    uint32_t ids = 0;
    for (int i = 0; i < w->scope->n_publishes; i++) {
        ids |= w->scope->publishes[i].host == host ? 1u << w->scope->publishes[i].id : 0;
    }
    return ids;
}

/* The node is down, by whatever. */
static void went_down(struct explore_world *w, struct explore_state *s, int host)
{
    struct explore_local *l = &s->local[host];
    *l = (struct explore_local){.core = EXPLORE_NO_CORE,
                                .disk = l->disk,
                                .older = l->older,
                                .boot = l->boot,
                                .older_core = EXPLORE_NO_CORE};
    s->asked &= ~ids_of(w, host);
    for (int i = 0; i < w->scope->n_hosts; i++) {
        disconnect(w, s, i < host ? i : host, i < host ? host : i);
    }
}

static void start(struct explore_world *w, struct explore_state *s, int host)
{
    explore_start(&w->nodes, host, &s->local[host]);
    connect_all(w, s);
}

/* ---- turns: each is played once and remembered, for it is a function of what stands in its key */

struct key {
    struct explore_local local;
    uint32_t message;
    int32_t host, fate, spare;
};

static const struct explore_turn *turn_of(struct explore_world *w, const struct explore_state *s,
                                          int host, uint32_t message, enum explore_fate fate)
{
    struct key key = {s->local[host], message, host, (int32_t)fate, 0};
    uint32_t known = w->keys.n, at = explore_intern(&w->keys, &key, sizeof key);
    if (at == w->cap_turns) {
        w->cap_turns = w->cap_turns == 0 ? 1024 : 2 * w->cap_turns;
        w->turns = realloc(w->turns, w->cap_turns * sizeof(struct explore_turn *));
        assert(w->turns != NULL);
    }
    if (at == known) {
        static struct explore_turn turn;
        explore_turn(&w->nodes, host, &s->local[host], message, fate, &turn);
        size_t bytes = offsetof(struct explore_turn, out) + (size_t)turn.n_out * sizeof turn.out[0];
        w->turns[at] = malloc(bytes);
        assert(w->turns[at] != NULL);
        memcpy(w->turns[at], &turn, bytes);
    }
    return w->turns[at];
}

/* I5, I11: an honest origin counts an id once and never signs two links for one place. */
static void check_disk(struct explore_world *w, const struct explore_state *s, int host,
                       uint32_t before)
{
    size_t n, n_before, n_other;
    const struct explore_entry *links = explore_disk(&w->nodes, s->local[host].disk, &n);
    (void)explore_disk(&w->nodes, before, &n_before);
    for (size_t i = n_before; i < n && links[i].origin < w->scope->n_hosts; i++) {
        for (int h = 0; h < w->scope->n_hosts; h++) {
            const struct explore_entry *other = explore_disk(&w->nodes, s->local[h].disk, &n_other);
            for (size_t j = 0; j < n_other; j++) {
                const struct explore_entry *a = &links[i], *b = &other[j];
                bool same = a->origin == b->origin && !sb_hash_eq(&a->hash, &b->hash);
                if (same && a->seq.n == b->seq.n && sb_epoch_eq(a->epoch, b->epoch) &&
                    (s->resumed >> a->origin & 1) == 0) {
                    (void)snprintf(w->violation, sizeof w->violation,
                                   "host %d signed two links for one place (I11)", a->origin);
                }
                if (same && a->id != 0 && a->id == b->id && (s->rolled >> a->origin & 1) == 0) {
                    (void)snprintf(w->violation, sizeof w->violation,
                                   "host %d counts event %d twice (I5)", a->origin, a->id);
                }
            }
        }
    }
}

static void send_all(struct explore_world *w, struct explore_state *s, int from,
                     const struct explore_turn *turn)
{
    for (int i = 0; i < turn->n_out; i++) {
        int to = turn->out[i].to;
        for (int h = 0; h < w->scope->n_hosts; h++) {
            bool reached = to == EXPLORE_TO_FOLLOWERS
                               ? h < from && s->up[h][from]
                               : h == to && s->up[h < from ? h : from][h < from ? from : h];
            if (reached) {
                push(s, from, h, turn->out[i].message);
            }
        }
    }
}

static bool play_turn(struct explore_world *w, struct explore_state *s, int host, uint32_t message,
                      enum explore_fate fate)
{
    const struct explore_turn *turn = turn_of(w, s, host, message, fate);
    if (fate != EXPLORE_COMMITS && !turn->committed_something) {
        return false;
    }
    uint32_t before = s->local[host].disk;
    s->local[host] = turn->after;
    s->asked &= ~(turn->acked | turn->refused);
    s->faults -= fate != EXPLORE_COMMITS;
    if (turn->violation != NULL) {
        (void)snprintf(w->violation, sizeof w->violation, "%s", turn->violation);
    }
    uint32_t honest = ((1u << w->scope->n_hosts) - 1) & ~(uint32_t)s->resumed;
    if ((turn->forked & honest) != 0) {
        (void)snprintf(w->violation, sizeof w->violation,
                       "host %d sees a fork of an honest origin (I11)", host);
    }
    if (s->local[host].disk != before) {
        check_disk(w, s, host, before);
    }
    if (explore_is_up(s, host)) {
        send_all(w, s, host, turn);
    } else {
        went_down(w, s, host);
    }
    return true;
}

/* ---- playing a choice */

static uint32_t simple_message(struct explore_world *w, enum explore_kind kind)
{
    static struct explore_message m;
    memset(&m, 0, sizeof m);
    m.kind = (int32_t)kind;
    return explore_message(&w->nodes, &m);
}

static bool publish(struct explore_world *w, struct explore_state *s,
                    const struct explore_choice *c)
{
    static struct explore_message m;
    int id = w->scope->publishes[c->b].id;
    memset(&m, 0, sizeof m);
    m.kind = EXPLORE_PUBLISH;
    m.ids = 1u << id;
    m.twice = w->scope->publishes[c->b].twice;
    s->published++;
    s->asked |= m.ids;
    return play_turn(w, s, c->a, explore_message(&w->nodes, &m), c->fate);
}

static void pass_time(struct explore_world *w, struct explore_state *s)
{
    int64_t step = INT64_MAX;
    for (int a = 0; a < w->scope->n_hosts; a++) {
        int64_t left = s->local[a].deadline_ms - s->local[a].clock_ms;
        step = explore_is_up(s, a) && left < step ? left : step;
    }
    step = step < 1 ? 1 : step;
    s->ticks--;
    for (int a = 0; a < w->scope->n_hosts && step < INT64_MAX; a++) {
        if (explore_is_up(s, a)) {
            s->local[a].clock_ms += step;
            (void)play_turn(w, s, a, simple_message(w, EXPLORE_TIME), EXPLORE_COMMITS);
        }
    }
}

static void replace_disk(struct explore_world *w, struct explore_state *s, int host, uint32_t disk)
{
    s->faults--;
    s->rolled |= 1u << host;
    s->local[host].disk = s->local[host].older = disk;
    went_down(w, s, host);
}

/* A machine put back as it was between two turns, one commit ago; what it was connected to is gone.
 * Its boot nonce is another at once: as a node renews it where its partners' views say that they do
 * not take what it shows (there are no views here). */
static void resume(struct explore_world *w, struct explore_state *s, int host)
{
    struct explore_local *l = &s->local[host];
    uint32_t older = l->older;
    int32_t core = l->older_core, opened = l->opened;
    int64_t clock_ms = l->clock_ms;
    replace_disk(w, s, host, older);
    s->resumed |= (uint8_t)(1u << host);
    l->boot++;
    l->core = core;
    l->opened = opened + 1; /* chance is not copied */
    l->clock_ms = l->deadline_ms = clock_ms;
    for (int i = 0; i < w->scope->n_hosts; i++) { /* its memory still has its connections */
        if (i != host) {
            push_event(w, s, i, host, host < i ? EXPLORE_LINK_DOWN : EXPLORE_SESSION_GONE);
        }
    }
    connect_all(w, s);
}

/* What only a fault would ask for is the same in all states without faults to come. */
static void forget_older(struct explore_state *s)
{
    for (int h = 0; h < EXPLORE_ORGS && s->faults == 0; h++) {
        s->local[h].older = s->local[h].disk;
        s->local[h].older_core = EXPLORE_NO_CORE;
    }
}

static bool play(struct explore_world *w, struct explore_state *s, const struct explore_choice *c)
{
    switch (c->act) {
    case EXPLORE_ACT_DELIVER: return play_turn(w, s, c->b, pop(s, c->a, c->b), c->fate);
    case EXPLORE_ACT_PUBLISH: return publish(w, s, c);
    case EXPLORE_ACT_AGAIN: return play_turn(w, s, c->a, simple_message(w, EXPLORE_AGAIN), c->fate);
    case EXPLORE_ACT_START: start(w, s, c->a); break;
    case EXPLORE_ACT_CRASH:
        s->faults--;
        went_down(w, s, c->a);
        break;
    case EXPLORE_ACT_LOSE_DISK:
        replace_disk(w, s, c->a, explore_intern(&w->nodes.disks, "", 0));
        break;
    case EXPLORE_ACT_RESTORE: replace_disk(w, s, c->a, s->local[c->a].older); break;
    case EXPLORE_ACT_RESUME: resume(w, s, c->a); break;
    case EXPLORE_ACT_CUT:
        s->faults--;
        s->cut[c->a][c->b] = 1;
        disconnect(w, s, c->a, c->b);
        break;
    case EXPLORE_ACT_MEND:
        s->cut[c->a][c->b] = 0;
        connect_all(w, s);
        break;
    case EXPLORE_ACT_TIME: pass_time(w, s); break;
    }
    return true;
}

bool explore_play(struct explore_world *w, struct explore_state *s, const struct explore_choice *c)
{
    bool played = play(w, s, c);
    forget_older(s);
    return played;
}
