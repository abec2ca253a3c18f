/* The manners of villains: one gives a link at a time and so keeps others from being asked; one
 * says more than anybody has room for; one shows what it has and then shows less; one begins epoch
 * after epoch. */
#include <assert.h>
#include <string.h>

#include "tests/sim/crowd.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain_parts.h"

enum { SEGMENT_ITEMS = 16, LONG_TEXT = 300, VARINT_LOW = 0x80 };

const char *sim_manner_name(enum sim_manner manner)
{
    static const char *const names[SIM_MANNERS] = {"plain",  "drip",  "flood", "retract",
                                                   "epochs", "heads", "older"};
    return names[manner];
}

static void did(struct sim_world *w, enum sim_manner manner)
{
    w->villainy.times[manner]++;
}

/* ---- flood */

struct sb_bytes sim_villain_long_body(struct sim_world *w, struct sim_villain *v)
{
    static const uint8_t head[] = {0x0a, 10, 'c', 'u', 's',  't', 'o', 'm', '/', 's',  'i', 'm',
                                   0x8a, 1,  0,   0,   0x0a, 3,   'a', '/', 'b', 0x12, 0,   0};
    enum { INNER = 5 + 3 + LONG_TEXT, OUTER_AT = 14, DATA_AT = 22 };
    uint8_t *body = sb_arena_alloc(&v->arena, sizeof head + LONG_TEXT);
    assert(body != NULL);
    memcpy(body, head, sizeof head);
    body[OUTER_AT] = VARINT_LOW | (INNER & 0x7f);
    body[OUTER_AT + 1] = INNER >> 7;
    body[DATA_AT] = VARINT_LOW | (LONG_TEXT & 0x7f);
    body[DATA_AT + 1] = LONG_TEXT >> 7;
    sim_fill(&w->random, body + sizeof head, LONG_TEXT);
    did(w, SIM_MANNER_FLOOD);
    return sb_body_seal((struct sb_bytes){body, sizeof head + LONG_TEXT},
                        sim_now(w, &w->hosts[v->host]).wall, "liar", &v->arena);
}

/* ---- retract */

size_t sim_villain_tip(struct sim_world *w, struct sim_villain *v, size_t n)
{
    if (v->manner != SIM_MANNER_RETRACT || n < 3 || !sim_chance(&w->random, 40)) {
        return n;
    }
    did(w, SIM_MANNER_RETRACT);
    return 2 + sim_below(&w->random, (uint32_t)n - 2);
}

/* ---- many epochs */

static bool stands_beside(struct sim_world *w, const struct sim_villain *v)
{
    return v->manner == SIM_MANNER_HEADS ||
           (v->manner == SIM_MANNER_EPOCHS && sim_chance(&w->random, 40));
}

/* The next one goes on from the last or stands beside all others. */
void sim_villain_say_more(struct sim_world *w, struct sim_villain *v)
{
    int n = sim_crowds(v) ? 8 : v->manner == SIM_MANNER_EPOCHS ? 3 : 0;
    for (int i = 0; i < n && v->n_more < VILLAIN_EPOCHS; i++) {
        struct said_epoch *e = &v->more[v->n_more];
        const struct said_link *last = v->n_more > 0 ? &v->more[v->n_more - 1].links[1] : NULL;
        bool beside = last == NULL || stands_beside(w, v);
        struct sb_epoch of_now = v->epoch;
        v->least = beside && v->manner == SIM_MANNER_HEADS && last != NULL
                       ? last->link.epoch.counter
                       : 0; /* so that each is listed for a while */
        sim_villain_epoch(w, v, beside ? NULL : last, &e->links[0], &e->links[1]);
        e->epoch = v->epoch;
        v->epoch = of_now;
        v->n_more++;
        w->villainy.times[SIM_MANNER_EPOCHS] += v->manner == SIM_MANNER_EPOCHS;
    }
}

/* The latest, as many as may be listed, of what it did or did not say before. */
static void show_epochs(struct sim_world *w, struct sim_villain *v, struct sb_origin_heads *own)
{
    struct sb_head *all = sb_arena_alloc(&v->arena, SB_HEADS_MAX * sizeof *all);
    assert(all != NULL);
    size_t n = 0;
    all[n++] = own->heads[0];
    for (size_t i = v->n_more; i-- > 0 && n < SB_HEADS_MAX;) {
        const struct said_link *last = &v->more[i].links[1];
        all[n++] = (struct sb_head){v->more[i].epoch, last->checkpoint, last->link.seq};
        if (v->manner == SIM_MANNER_HEADS && n < SB_HEADS_MAX) {
            all[n++] = sim_crowd_hollow(w, v);
        }
    }
    own->heads = all;
    own->n_heads = n;
}

static struct sb_item item_of(const struct said_link *s)
{
    return (struct sb_item){.link = s->link,
                            .link_bytes = {s->bytes, s->n_bytes},
                            .salt = &s->salt,
                            .body = {s->body, s->n_body}};
}

bool sim_villain_answers_more(struct sim_world *w, struct sim_villain *v, int to,
                              const struct sb_message *m)
{
    for (size_t i = 0; i < v->n_more; i++) {
        const struct said_link *links = v->more[i].links;
        if (!sb_hash_eq(&links[1].hash, &m->want.tip)) {
            continue;
        }
        struct sb_item items[2] = {item_of(&links[0]), item_of(&links[1])};
        struct sb_checkpoint last = links[1].checkpoint;
        struct sb_message answer = {.type = SB_MSG_EVENTS, .request = m->request};
        answer.events = (struct sb_events){.origin = w->hosts[v->host].org,
                                           .epoch = v->more[i].epoch,
                                           .items = items,
                                           .n_items = 2,
                                           .checkpoints = &last,
                                           .n_checkpoints = 1,
                                           .last = true};
        sim_villain_speak(w, v, to, &answer, false);
        return true;
    }
    return false;
}

/* ---- drip-feed */

/* What another has said it shows as well, so that it is asked for it. */
static bool show_other(struct sim_world *w, struct sim_villain *v, int to,
                       struct sb_origin_heads *out)
{
    int of = (int)sim_below(&w->random, (uint32_t)w->n_hosts);
    const struct sim_host *h = &w->hosts[of];
    struct sb_core_rest rest;
    if (of == to || h->villain || h->node == NULL) {
        return false;
    }
    struct sb_head *heads = sb_arena_alloc(&v->arena, SB_HEADS_MAX * sizeof *heads);
    assert(heads != NULL);
    size_t n = sb_core_heads(sim_core(h), 0, SB_HEADS_MAX, heads, &rest);
    *out = (struct sb_origin_heads){.origin = h->org,
                                    .heads = heads,
                                    .n_heads = n,
                                    .rest_count = rest.count,
                                    .rest_events = rest.events,
                                    .rest_whole = rest.whole,
                                    .rest_digest = rest.digest};
    return n > 0;
}

static bool add_drip(struct sim_villain *v, const struct drip *d)
{
    if (v->n_drips == VILLAIN_DRIPS) {
        return false;
    }
    v->drips[v->n_drips++] = *d;
    return true;
}

static bool drip_other(struct sim_world *w, struct sim_villain *v, int to,
                       const struct sb_message *m)
{
    int of = sim_host_of(w, &m->want.origin);
    struct drip d = {.to = to, .of = of, .request = m->request, .next = (size_t)m->want.from.n};
    if (of < 0 || w->hosts[of].villain || w->hosts[of].node == NULL || m->want.tip_seq.n == 0) {
        return false;
    }
    d.place = (struct sb_place){0, 0, m->want.epoch, m->want.from};
    d.end = (size_t)m->want.tip_seq.n;
    return sb_store_find_link(w->hosts[of].store, 0, m->want.epoch, m->want.tip_seq, &m->want.tip,
                              &d.place.branch, NULL) == SB_OK &&
           d.place.branch == 0 && add_drip(v, &d);
}

bool sim_villain_drips(struct sim_world *w, struct sim_villain *v, int to,
                       const struct sb_message *m, int side, size_t from, size_t end)
{
    if (v->manner != SIM_MANNER_DRIP) {
        return false;
    }
    if (side < 0) {
        return drip_other(w, v, to, m);
    }
    struct drip d = {to, v->host, m->request, side, {0}, from, end};
    return add_drip(v, &d);
}

/* Up to the next signature of its origin: less than that nobody can take. */
static bool give_other(struct sim_world *w, struct sim_villain *v, struct drip *d)
{
    const struct sim_host *h = &w->hosts[d->of];
    struct sb_record *records = sb_arena_alloc(&v->arena, SEGMENT_ITEMS * sizeof *records);
    struct sb_item items[SEGMENT_ITEMS];
    struct sb_checkpoint last;
    size_t n = 0;
    assert(records != NULL);
    d->place.seq.n = d->next;
    if (h->node == NULL || sb_store_checkpoint(h->store, &d->place, &last, NULL) != SB_OK ||
        last.seq.n - d->next >= SEGMENT_ITEMS) {
        return false;
    }
    for (; d->place.seq.n <= last.seq.n; d->place.seq.n++, n++) {
        if (sb_store_at(h->store, &d->place, &records[n], NULL) != SB_OK) {
            return false;
        }
        items[n] = records[n].item;
        items[n].erased = records[n].state == SB_BODY_ERASED;
        if (!sb_link_entitles(&items[n].link, &w->hosts[v->host].org) ||
            !sb_link_entitles(&items[n].link, &w->hosts[d->to].org)) {
            items[n].salt = NULL;
            items[n].body = (struct sb_bytes){0};
        }
    }
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = d->request};
    m.events = (struct sb_events){.origin = h->org,
                                  .epoch = d->place.epoch,
                                  .items = items,
                                  .n_items = n,
                                  .checkpoints = &last,
                                  .n_checkpoints = 1,
                                  .last = last.seq.n >= d->end};
    sim_villain_speak(w, v, d->to, &m, false);
    d->next = (size_t)last.seq.n + 1;
    return true;
}

static bool give(struct sim_world *w, struct sim_villain *v, struct drip *d)
{
    did(w, SIM_MANNER_DRIP);
    if (d->of != v->host) {
        return give_other(w, v, d);
    }
    size_t until = d->next == 1 ? 2 : d->next; /* where an epoch begins, two are the least */
    sim_villain_segment(w, v, d->to, d->request, d->side, d->next - 1, until, until >= d->end);
    d->next = until + 1;
    return true;
}

void sim_villain_drip_on(struct sim_world *w, struct sim_villain *v)
{
    for (size_t i = 0; i < v->n_drips;) {
        struct drip *d = &v->drips[i];
        if (give(w, v, d) && d->next <= d->end) {
            i++;
        } else {
            *d = v->drips[--v->n_drips];
        }
    }
}

/* ---- all of them */

size_t sim_villain_boasts(struct sim_world *w, struct sim_villain *v, int to,
                          struct sb_origin_heads *heads)
{
    if (v->n_more > 0) {
        show_epochs(w, v, &heads[0]);
    }
    return v->manner == SIM_MANNER_DRIP && show_other(w, v, to, &heads[1]) ? 2 : 1;
}
