/* The hand that feeds one core. */
#include "tests/unit/core/core_world.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/core/want.h"

static const char *const prefixes[] = {"agenda/"};

static void fill_options(struct core_world *w)
{
    static const char *const names[CORE_WORLD_ORIGINS] = {"GM0384", "GM0437", "GM0451", "GM0736"};
    for (size_t i = 0; i < CORE_WORLD_ORIGINS; i++) {
        assert_true(sb_org_parse(&w->origins[i], names[i], strlen(names[i])));
        w->partners[i] =
            (struct sb_core_partner){.dialled = i > 0, .followed = i > 0, .partner = i > 0};
    }
    w->clients[CORE_WORLD_CLIENT] =
        (struct sb_core_client){.publish = prefixes, .n_publish = 1, .subscribe = true};
    w->clients[CORE_WORLD_STRANGER] = (struct sb_core_client){.publish = prefixes};
    w->now = (struct sb_now){1000000, {1764000000000}};
    w->options = (struct sb_core_options){.partnership = sb_partnership_hash("duoplus"),
                                          .origins = w->origins,
                                          .partners = w->partners,
                                          .n_origins = CORE_WORLD_ORIGINS,
                                          .clients = w->clients,
                                          .n_clients = 2,
                                          .quota_bytes = 1024 * 1024,
                                          .recovery_ms = SB_RECOVERY_MS,
                                          .now = w->now};
}

void core_world_again(struct core_world *w)
{
    sb_core_free(w->core);
    w->options.now = w->now;
    w->core = sb_core_new(&w->options);
    assert_non_null(w->core);
}

void core_world_init_recovering(struct core_world *w)
{
    memset(w, 0, sizeof *w);
    fill_options(w);
    w->fx.cap = 4096;
    w->fx.items = calloc(w->fx.cap, sizeof *w->fx.items);
    assert_non_null(w->fx.items);
    core_world_again(w);
    sb_core_loaded(w->core);
}

void core_world_init(struct core_world *w)
{
    core_world_init_recovering(w);
    w->core->recovering = w->core->settling = false;
}

void core_world_fini(struct core_world *w)
{
    sb_core_free(w->core);
    free(w->fx.items);
}

void core_world_step(struct core_world *w, struct sb_input *in)
{
    in->now = w->now;
    w->fx.n = 0;
    sb_core_step(w->core, in, &w->fx);
}

void core_world_simple(struct core_world *w, enum sb_input_type type)
{
    struct sb_input in = {.type = type};
    core_world_step(w, &in);
}

void core_world_tick(struct core_world *w, int64_t later_ms)
{
    w->now.mono_ms += later_ms;
    w->now.wall.ms += later_ms;
    core_world_simple(w, SB_IN_TICK);
}

void core_world_pass(struct core_world *w, int64_t ms)
{
    for (; ms > SB_ATTENDED_MS; ms -= SB_ATTENDED_MS) {
        core_world_tick(w, SB_ATTENDED_MS);
    }
    core_world_tick(w, ms);
}

void core_world_commit(struct core_world *w)
{
    core_world_simple(w, SB_IN_TURN_END);
    struct sb_input in = {.type = SB_IN_COMMITTED};
    in.committed.time = w->now.wall;
    memset(in.committed.signature.b, 0x51, sizeof in.committed.signature.b);
    core_world_step(w, &in);
}

void core_world_fail(struct core_world *w)
{
    core_world_simple(w, SB_IN_TURN_END);
    struct sb_input in = {.type = SB_IN_COMMIT_FAILED};
    core_world_step(w, &in);
}

const struct sb_effect *core_world_effect(const struct core_world *w, enum sb_effect_type type,
                                          size_t nth)
{
    for (size_t i = 0; i < w->fx.n; i++) {
        if (w->fx.items[i].type == type && nth-- == 0) {
            return &w->fx.items[i];
        }
    }
    return NULL;
}

size_t core_world_count(const struct core_world *w, enum sb_effect_type type)
{
    size_t n = 0;
    while (core_world_effect(w, type, n) != NULL) {
        n++;
    }
    return n;
}

struct sb_input core_world_publish(uint8_t id)
{
    struct sb_input in = {.type = SB_IN_PUBLISH};
    struct sb_in_publish *p = &in.publish;
    p->session = 7;
    p->request = id;
    p->deadline_mono_ms = INT64_MAX;
    p->topic = "agenda/wonen";
    p->class = SB_CLASS_AGENDA;
    p->text = "";
    p->body_len = 100;
    memset(p->id.b, id, sizeof p->id.b);
    memset(p->commitment.b, id, sizeof p->commitment.b);
    return in;
}

void core_world_start_epoch(struct core_world *w)
{
    const struct sb_effect *open = core_world_effect(w, SB_FX_OPEN_EPOCH, 0);
    assert_non_null(open);
    struct sb_input in = {.type = SB_IN_EPOCH_STARTED};
    struct sb_in_epoch_started *s = &in.epoch_started;
    s->epoch = (struct sb_epoch){open->open_epoch.counter, 0x1111111100000000 + ++w->opened};
    memset(s->id.b, 0xe0 + (int)w->opened, sizeof s->id.b);
    memset(s->commitment.b, 0xe0 + (int)w->opened, sizeof s->commitment.b);
    memset(s->key.b, 0x0e, sizeof s->key.b);
    s->body_len = 150;
    core_world_step(w, &in);
}

void core_world_submit(struct core_world *w, struct sb_input *publish)
{
    core_world_step(w, publish);
    if (core_world_effect(w, SB_FX_OPEN_EPOCH, 0) != NULL) {
        core_world_start_epoch(w);
        core_world_step(w, publish);
    }
}

void core_history_make(struct core_history *h, const struct core_world *w, uint16_t origin,
                       struct sb_epoch epoch, size_t n, const struct core_history *from,
                       size_t keep)
{
    assert_true(n <= CORE_WORLD_EVENTS);
    memset(h, 0, sizeof *h);
    h->origin = origin;
    h->epoch = epoch;
    h->n = n;
    h->start.counter = epoch.counter;
    for (size_t i = 0; i < n; i++) {
        struct sb_link *link = &h->items[i].link;
        *link = (struct sb_link){.partnership = w->options.partnership,
                                 .origin = w->origins[origin],
                                 .epoch = epoch,
                                 .seq = {i + 1},
                                 .kind = i == 0 ? SB_KIND_SYSTEM : SB_KIND_OPEN,
                                 .body_len = 10};
        link->id.b[0] = (uint8_t)(i + 1);
        link->id.b[1] = (uint8_t)(from != NULL && i >= keep);
        link->id.b[2] = (uint8_t)origin;
        if (i > 0) {
            link->prev = h->hashes[i - 1];
        }
        h->hashes[i] = sb_link_hash(link);
        h->notes[i] = (struct sb_item_note){.class = i == 0 ? SB_CLASS_LINK : SB_CLASS_AGENDA,
                                            .entitled = true,
                                            .has_body = true,
                                            .bytes = 200};
        if (from != NULL && i < keep) {
            assert_true(sb_hash_eq(&h->hashes[i], &from->hashes[i]));
        }
    }
}

struct sb_checkpoint core_history_checkpoint(const struct core_history *h, size_t seq)
{
    struct sb_checkpoint c = {.seq = {seq}, .hash = h->hashes[seq - 1], .time = {1764000000000}};
    memset(c.signature.b, 0x77, sizeof c.signature.b);
    return c;
}

struct sb_head core_history_head(const struct core_history *h, size_t seq)
{
    return (struct sb_head){h->epoch, core_history_checkpoint(h, seq), {seq}};
}

uint32_t core_world_asked(const struct core_world *w, enum sb_want_kind kind, uint16_t peer,
                          const struct core_history *h)
{
    for (uint32_t i = 0; i < w->core->n_wants; i++) {
        const struct sb_want_state *want = &w->core->wants[i];
        if (want->kind == kind && want->peer == peer && want->origin == h->origin &&
            sb_epoch_eq(want->epoch, h->epoch)) {
            return want->request;
        }
    }
    return 0;
}

/* What the shell finds: durable tips alone, as its fast path does. */
static void look_up_prev(const struct core_world *w, struct sb_in_segment *s,
                         const struct core_history *h, size_t first)
{
    s->prev = h->items[first - 1].link.prev;
    s->prev_held = first == 1;
    for (size_t i = 0; i < w->core->n_chains - w->core->stage.n_born && !s->prev_held; i++) {
        const struct sb_chain *k = &w->core->chains[i];
        if (k->origin == h->origin && sb_epoch_eq(k->epoch, h->epoch) &&
            k->tip.seq.n >= first - 1 && k->base.n <= first - 1) {
            /* a test forks at a place that all its branches share up to there */
            s->prev_held = k->branch == 0 || sb_hash_eq(&k->tip.hash, &s->prev);
            s->prev_branch = k->branch;
        }
    }
}

void core_world_segment(struct core_world *w, uint16_t from, const struct core_history *h,
                        size_t first, size_t last)
{
    struct sb_checkpoint checkpoint = core_history_checkpoint(h, last);
    struct sb_segment segment = {.origin = w->origins[h->origin],
                                 .epoch = h->epoch,
                                 .items = &h->items[first - 1],
                                 .hashes = &h->hashes[first - 1],
                                 .n = last - first + 1,
                                 .checkpoints = &checkpoint,
                                 .n_checkpoints = 1,
                                 .starts_epoch = first == 1,
                                 .start = first == 1 ? &h->start : NULL};
    struct sb_input in = {.type = SB_IN_SEGMENT};
    in.segment.from = from;
    in.segment.origin = h->origin;
    in.segment.segment = &segment;
    in.segment.notes = &h->notes[first - 1];
    in.segment.final = w->final;
    in.segment.request = w->broadcasts ? 0 : core_world_asked(w, SB_WANT_LINKS, from, h);
    look_up_prev(w, &in.segment, h, first);
    core_world_step(w, &in);
}

void core_world_greet(struct core_world *w, uint16_t peer, uint8_t boot)
{
    struct sb_hello hello = {.partnership = w->options.partnership,
                             .organisation = w->origins[peer]};
    memset(hello.boot_nonce.b, boot, sizeof hello.boot_nonce.b);
    struct sb_input up = {.type = SB_IN_LINK_UP};
    up.link.partner = peer;
    up.link.text = "";
    core_world_step(w, &up);
    struct sb_input in = {.type = SB_IN_HELLO};
    in.hello.from = peer;
    in.hello.route = (struct sb_route){SB_ROUTE_LINK, peer};
    in.hello.hello = &hello;
    in.hello.same_partnership = true;
    core_world_step(w, &in);
}

void core_world_frontier(struct core_world *w, uint16_t peer, uint8_t boot, uint64_t counter,
                         bool full, uint16_t origin, struct sb_head *head, enum sb_head_state state)
{
    struct sb_origin_heads heads = {
        .origin = w->origins[origin], .heads = head, .n_heads = head != NULL};
    struct sb_frontier frontier = {.node = w->origins[peer],
                                   .counter = counter,
                                   .full = full,
                                   .origins = &heads,
                                   .n_origins = head != NULL};
    memset(frontier.boot_nonce.b, boot, sizeof frontier.boot_nonce.b);
    struct sb_input in = {.type = SB_IN_FRONTIER};
    in.frontier = (struct sb_in_frontier){peer, {SB_ROUTE_LINK, peer}, &frontier, &state, &origin};
    core_world_step(w, &in);
}

uint32_t core_world_ask_summary(struct core_world *w, uint16_t peer, uint16_t origin)
{
    sb_want_range(w->core, peer, (struct sb_counter_range){origin, 0, UINT32_MAX, 0});
    core_world_simple(w, SB_IN_TURN_END);
    const struct sb_effect *e = core_world_effect(w, SB_FX_SUMMARY_REQUEST, 0);
    assert_non_null(e);
    return e->partner.request;
}
