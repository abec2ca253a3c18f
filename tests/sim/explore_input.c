/* What comes, as the inputs that the shell would make of it: everything that the disk knows is
 * looked up here. */
#include <assert.h>
#include <string.h>

#include "tests/sim/explore_work.h"

static struct sb_uuid boot_nonce(int host, int boot)
{
    struct sb_uuid nonce = {{1, (uint8_t)host, (uint8_t)boot}};
    return nonce;
}

static struct sb_route route_of(const struct explore_work *k, const struct explore_message *m)
{
    if (m->published) {
        return (struct sb_route){SB_ROUTE_PUBLISHER, 0};
    }
    bool dialled = k->host < m->from; /* the lower host dials the higher one */
    return dialled ? (struct sb_route){SB_ROUTE_LINK, explore_number(k->host, m->from)}
                   : (struct sb_route){SB_ROUTE_SESSION, (uint32_t)m->from + 1};
}

/* ---- publishes */

static void open_epoch(struct explore_work *k, const struct sb_effect *open)
{
    struct sb_input in = {.type = SB_IN_EPOCH_STARTED};
    struct sb_in_epoch_started *s = &in.epoch_started;
    k->local->opened++;
    s->epoch.counter = open->open_epoch.counter;
    s->epoch.tag = (uint64_t)k->host << 48 | (uint64_t)k->local->boot << 32 |
                   (uint64_t)k->local->opened << 16 | open->open_epoch.first_commitment.b[0];
    memcpy(s->id.b, &s->epoch.tag, sizeof s->epoch.tag);
    memcpy(s->commitment.b, &s->epoch.tag, sizeof s->epoch.tag);
    s->body_len = 150;
    explore_step(k, &in);
}

static void publish(struct explore_work *k, int id)
{
    struct sb_input in = {.type = SB_IN_PUBLISH};
    struct sb_in_publish *p = &in.publish;
    k->publishing = id;
    p->session = UINT32_MAX;
    p->request = (uint32_t)id;
    p->deadline_mono_ms = INT64_MAX;
    p->text = "";
    p->topic = "agenda/explored";
    p->body_len = 50;
    p->id.b[0] = (uint8_t)id;
    p->commitment.b[0] = (uint8_t)id;
    for (size_t i = 0; i < k->n_durable; i++) {
        const struct explore_entry *e = &k->disk[i];
        if (e->origin == k->host && e->id == id) {
            p->id_state = SB_ID_SAME;
            p->known_epoch = e->epoch;
            p->known_branch = (uint16_t)e->branch;
            p->known_seq = e->seq;
        }
    }
    explore_step(k, &in);
    for (size_t i = 0; i < k->fx.n; i++) {
        if (k->fx.items[i].type == SB_FX_OPEN_EPOCH) {
            struct sb_effect open = k->fx.items[i];
            k->n_outside--; /* it was sorted out as the last one */
            open_epoch(k, &open);
            explore_step(k, &in);
            return;
        }
    }
}

static void publish_all(struct explore_work *k, uint32_t ids, bool twice)
{
    for (int id = 1; id < 32; id++) {
        for (int n = 0; n < (twice ? 2 : 1) && (ids >> id & 1) != 0; n++) {
            publish(k, id);
        }
    }
}

/* ---- history */

static void take_segment(struct explore_work *k, const struct explore_message *m, int first)
{
    static struct sb_item items[EXPLORE_ENTRIES_MAX];
    static struct sb_hash hashes[EXPLORE_ENTRIES_MAX];
    static struct sb_item_note notes[EXPLORE_ENTRIES_MAX];
    static struct sb_epoch_start start;
    const struct explore_entry *e = &m->entries[first];
    int n = m->n - first;
    for (int i = 0; i < n; i++) {
        items[i].link = (struct sb_link){.epoch = e[i].epoch, .seq = e[i].seq, .prev = e[i].prev};
        items[i].link.id.b[0] = (uint8_t)e[i].id;
        hashes[i] = e[i].hash;
        notes[i] = (struct sb_item_note){
            .class = SB_CLASS_AGENDA, .entitled = true, .has_body = true, .bytes = 200};
    }
    struct sb_checkpoint checkpoint = {.seq = m->entries[m->n - 1].seq,
                                       .hash = m->entries[m->n - 1].hash};
    struct sb_segment segment = {.epoch = e->epoch,
                                 .items = items,
                                 .hashes = hashes,
                                 .n = (size_t)n,
                                 .checkpoints = &checkpoint,
                                 .n_checkpoints = 1,
                                 .starts_epoch = e->seq.n == 1,
                                 .start = &start};
    start.counter = e->epoch.counter;
    start.n_parents = (size_t)e->n_parents;
    memcpy(start.parents, e->parents, sizeof e->parents);
    const struct explore_entry *prev = explore_find(k, e->origin, e->epoch, e->seq.n - 1, &e->prev);
    struct sb_input in = {.type = SB_IN_SEGMENT};
    in.segment = (struct sb_in_segment){.from = explore_number(k->host, m->from),
                                        .request = m->request,
                                        .held_to = {first > 0 ? e[-1].seq.n : 0},
                                        .origin = explore_number(k->host, e->origin),
                                        .segment = &segment,
                                        .notes = notes,
                                        .prev = e->prev,
                                        .prev_held = e->seq.n == 1 || prev != NULL,
                                        .prev_branch = prev == NULL ? 0 : (uint16_t)prev->branch};
    k->segment = &segment;
    k->publishing = 0;
    explore_step(k, &in);
    k->segment = NULL;
}

/* What is here already, all of it. */
static void take_held(struct explore_work *k, const struct explore_message *m)
{
    const struct explore_entry *last = &m->entries[m->n - 1];
    struct sb_segment segment = {.epoch = last->epoch};
    struct sb_input in = {.type = SB_IN_SEGMENT};
    in.segment = (struct sb_in_segment){.from = explore_number(k->host, m->from),
                                        .request = m->request,
                                        .origin = explore_number(k->host, last->origin),
                                        .segment = &segment,
                                        .held_to = last->seq};
    explore_step(k, &in);
}

static void take_events(struct explore_work *k, const struct explore_message *m)
{
    int first = 0;
    while (first < m->n && explore_find(k, m->entries[first].origin, m->entries[first].epoch,
                                        m->entries[first].seq.n, &m->entries[first].hash) != NULL) {
        first++;
    }
    if (first < m->n) {
        take_segment(k, m, first);
    } else if (m->n > 0) {
        take_held(k, m);
    }
    if (m->request != 0) {
        struct sb_input in = {.type = SB_IN_ANSWERED};
        in.answered.request = m->request;
        in.answered.empty = m->n == 0;
        explore_step(k, &in);
    }
}

static enum sb_head_state state_of(const struct explore_work *k, const struct explore_entry *e)
{
    bool held = explore_find(k, e->origin, e->epoch, e->seq.n, &e->hash) != NULL;
    return held ? SB_HEAD_HELD : SB_HEAD_AHEAD;
}

static struct sb_head head_of(const struct explore_entry *e)
{
    return (struct sb_head){e->epoch, {.seq = e->seq, .hash = e->hash}, e->bodies};
}

/* Entries: of each origin its rest, then its heads. */
static void take_frontier(struct explore_work *k, const struct explore_message *m)
{
    struct sb_head heads[EXPLORE_ENTRIES_MAX];
    enum sb_head_state states[EXPLORE_ENTRIES_MAX];
    struct sb_origin_heads origins[EXPLORE_ORGS];
    uint16_t numbers[EXPLORE_ORGS];
    size_t n_heads = 0, n = 0;
    for (int i = 0; i < m->n; i++) {
        const struct explore_entry *e = &m->entries[i];
        if (e->is_rest) {
            numbers[n] = explore_number(k->host, e->origin);
            origins[n++] = (struct sb_origin_heads){.heads = &heads[n_heads],
                                                    .rest_count = e->seq.n,
                                                    .rest_events = e->bodies.n,
                                                    .rest_whole = e->id != 0,
                                                    .rest_digest = e->hash};
        } else {
            states[n_heads] = state_of(k, e);
            heads[n_heads++] = head_of(e);
            origins[n - 1].n_heads++;
        }
    }
    struct sb_frontier frontier = {.boot_nonce = boot_nonce(m->from, m->boot),
                                   .counter = m->counter,
                                   .full = m->full != 0,
                                   .origins = origins,
                                   .n_origins = n};
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){explore_number(k->host, m->from), route_of(k, m),
                                          &frontier, states, numbers};
    explore_step(k, &in);
}

static void take_summary(struct explore_work *k, const struct explore_message *m, bool request)
{
    struct sb_head heads[EXPLORE_ENTRIES_MAX];
    enum sb_head_state states[EXPLORE_ENTRIES_MAX];
    struct sb_range_digest parts[EXPLORE_ENTRIES_MAX];
    struct sb_summary summary = {.from = m->from_counter,
                                 .to = m->to_counter,
                                 .skip = m->skip,
                                 .next = m->next,
                                 .epochs = heads,
                                 .parts = parts};
    for (int i = 0; i < m->n; i++) {
        const struct explore_entry *e = &m->entries[i];
        if (e->is_part) {
            parts[summary.n_parts++] = (struct sb_range_digest){
                (uint32_t)e->seq.n, (uint32_t)e->bodies.n, (uint64_t)e->id, e->hash};
        } else {
            states[summary.n_epochs] = state_of(k, e);
            heads[summary.n_epochs++] = head_of(e);
        }
    }
    struct sb_input in = {.type = request ? SB_IN_SUMMARY_REQUEST : SB_IN_SUMMARY};
    in.summary.from = explore_number(k->host, m->from);
    in.summary.origin = explore_number(k->host, m->origin);
    in.summary.route = route_of(k, m);
    in.summary.request = m->request;
    in.summary.summary = &summary;
    in.summary.states = states;
    explore_step(k, &in);
}

static void take_want(struct explore_work *k, const struct explore_message *m)
{
    const struct explore_entry *tip = NULL;
    for (size_t i = 0; i < k->n_durable && tip == NULL; i++) {
        tip = k->disk[i].origin == m->origin && sb_hash_eq(&k->disk[i].hash, &m->tip) ? &k->disk[i]
                                                                                      : NULL;
    }
    struct sb_want want = {.epoch = m->epoch, .from = m->first, .tip = m->tip, .credit = 1 << 20};
    struct sb_input in = {.type = SB_IN_WANT};
    in.want.from = explore_number(k->host, m->from);
    in.want.origin = explore_number(k->host, m->origin);
    in.want.route = route_of(k, m);
    in.want.request = m->request;
    in.want.want = &want;
    in.want.held = tip != NULL;
    in.want.branch = tip == NULL ? 0 : (uint16_t)tip->branch;
    in.want.seq = tip == NULL ? (struct sb_seq){0} : tip->seq;
    explore_step(k, &in);
}

/* ---- connections */

static void take_hello(struct explore_work *k, const struct explore_message *m)
{
    struct sb_hello hello = {.boot_nonce = boot_nonce(m->from, m->boot),
                             .follows = m->from < k->host};
    struct sb_input in = {.type = SB_IN_HELLO};
    in.hello.from = explore_number(k->host, m->from);
    in.hello.route = route_of(k, m);
    in.hello.hello = &hello;
    in.hello.same_partnership = true;
    explore_step(k, &in);
}

static void take_link(struct explore_work *k, const struct explore_message *m, bool up)
{
    struct sb_input in = {.type = up ? SB_IN_LINK_UP : SB_IN_LINK_DOWN};
    in.link.partner = explore_number(k->host, m->from);
    in.link.text = "";
    explore_step(k, &in);
}

void explore_give(struct explore_work *k, const struct explore_message *m)
{
    struct sb_input in = {.type = SB_IN_SESSION_GONE};
    uint32_t again = k->local->again;
    k->local->again = 0;
    publish_all(k, again, false); /* deferred ones first */
    switch ((enum explore_kind)m->kind) {
    case EXPLORE_TIME:
    case EXPLORE_AGAIN: break;
    case EXPLORE_PUBLISH: publish_all(k, m->ids, m->twice != 0); break;
    case EXPLORE_LINK_UP: take_link(k, m, true); break;
    case EXPLORE_LINK_DOWN: take_link(k, m, false); break;
    case EXPLORE_SESSION_GONE:
        in.session_gone.session = (uint32_t)m->from + 1;
        explore_step(k, &in);
        break;
    case EXPLORE_HELLO: take_hello(k, m); break;
    case EXPLORE_FRONTIER: take_frontier(k, m); break;
    case EXPLORE_FRONTIER_REQUEST:
        in.type = SB_IN_FRONTIER_REQUEST;
        in.frontier_request.from = explore_number(k->host, m->from);
        in.frontier_request.route = route_of(k, m);
        explore_step(k, &in);
        break;
    case EXPLORE_WANT: take_want(k, m); break;
    case EXPLORE_EVENTS: take_events(k, m); break;
    case EXPLORE_SUMMARY_REQUEST: take_summary(k, m, true); break;
    case EXPLORE_SUMMARY: take_summary(k, m, false); break;
    }
}
