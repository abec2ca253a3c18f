/* The villain. What it makes is entered in the book of truth, for it really said it; that it said
 * two things is what the others must find out. */
#include "tests/sim/villain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/erasure.h"
#include "tests/sim/checks.h"
#include "tests/sim/crowd.h"
#include "tests/sim/forgery.h"
#include "tests/sim/net.h"
#include "tests/sim/truth.h"
#include "tests/sim/villain_parts.h"

enum { FLOOD_LINKS = 6 };

static void sign_head(struct sim_world *w, struct sim_villain *v, struct said_link *s)
{
    struct sim_host *h = &w->hosts[v->host];
    struct sb_chain_ref ref = {w->partnership, h->org, v->epoch};
    s->checkpoint = (struct sb_checkpoint){s->link.seq, s->hash, sim_now(w, h).wall, {{0}}};
    sb_checkpoint_sign(&s->checkpoint, &ref, &h->seed);
}

void sim_villain_link(struct sim_world *w, struct sim_villain *v, struct said_link *out,
                      const struct said_link *before, struct sb_bytes body,
                      const struct sb_salt *salt, enum sb_kind kind)
{
    out->salt = *salt;
    out->n_body = body.n;
    assert(body.n <= sizeof out->body);
    memcpy(out->body, body.p, body.n);
    out->link = (struct sb_link){.partnership = w->partnership,
                                 .origin = w->hosts[v->host].org,
                                 .epoch = v->epoch,
                                 .seq = {before == NULL ? 1 : before->link.seq.n + 1},
                                 .kind = kind,
                                 .body_len = (uint32_t)body.n,
                                 .commitment = sb_commitment(salt, body)};
    sim_fill(&w->random, out->link.id.b, sizeof out->link.id.b);
    if (before != NULL) {
        out->link.prev = before->hash;
    }
    out->n_bytes = sb_link_encode(out->bytes, &out->link);
    out->hash = sb_link_hash(&out->link);
    sign_head(w, v, out);
    (void)sim_truth_say(w, v->host, &out->link, v->host);
}

static void say(struct sim_world *w, struct sim_villain *v, int side, struct sb_bytes body,
                const struct sb_salt *salt, enum sb_kind kind)
{
    struct said_link *s = &v->sides[side][v->n[side]];
    sim_villain_link(w, v, s, v->n[side] > 0 ? s - 1 : NULL, body, salt, kind);
    v->n[side]++;
}

static struct sb_bytes custom_body(struct sim_world *w, struct sim_villain *v)
{
    static const uint8_t fixed[] = "\x0a\x0a"
                                   "custom/sim"
                                   "\x8a\x01\x08"
                                   "\x0a\x03"
                                   "a/b"
                                   "\x12\x01";
    uint8_t *body = sb_arena_alloc(&v->arena, sizeof fixed);
    assert(body != NULL);
    memcpy(body, fixed, sizeof fixed - 1);
    body[sizeof fixed - 1] = (uint8_t)sim_random_u64(&w->random);
    return sb_body_seal((struct sb_bytes){body, sizeof fixed}, sim_now(w, &w->hosts[v->host]).wall,
                        "liar", &v->arena);
}

/* It wants something forgotten that anybody said. */
static struct sb_bytes erasure_body(struct sim_world *w, struct sim_villain *v)
{
    const struct sim_said *s = &w->truth->said[sim_below(&w->random, w->truth->n)];
    const struct sb_erasure_said said = {w->hosts[s->origin].org, s->id, {0}};
    return sb_erasure_build(&said, sim_now(w, &w->hosts[v->host]).wall, &v->arena);
}

static void extend(struct sim_world *w, struct sim_villain *v, int side)
{
    struct sb_salt salt;
    if (v->n[side] < VILLAIN_LINKS) {
        sim_fill(&w->random, salt.b, sizeof salt.b);
        if (v->n[side] > 2 && sim_chance(&w->random, 25)) {
            say(w, v, side, erasure_body(w, v), &salt, SB_KIND_SYSTEM);
            return;
        }
        bool long_one = v->manner == SIM_MANNER_FLOOD;
        say(w, v, side, long_one ? sim_villain_long_body(w, v) : custom_body(w, v), &salt,
            SB_KIND_OPEN);
    }
}

void sim_villain_epoch(struct sim_world *w, struct sim_villain *v, const struct said_link *parent,
                       struct said_link *first, struct said_link *second)
{
    struct sb_epoch_start start = {.counter = v->least + 1 + sim_below(&w->random, 9)};
    struct sb_salt salt;
    start.sign_key = sb_sign_public_of(&w->hosts[v->host].seed);
    sim_fill(&w->random, start.nonce, sizeof start.nonce);
    sim_fill(&w->random, salt.b, sizeof salt.b);
    if (parent != NULL) {
        start.parents[start.n_parents++] =
            (struct sb_parent){parent->link.epoch, parent->link.seq, parent->hash};
        start.counter += parent->link.epoch.counter;
    }
    struct sb_bytes then = custom_body(w, v);
    start.first_commitment = sb_commitment(&salt, then);
    struct sb_bytes body =
        sb_epoch_start_build(&start, sim_now(w, &w->hosts[v->host]).wall, &v->arena);
    v->epoch = (struct sb_epoch){start.counter, sb_epoch_tag(body)};
    sim_villain_link(w, v, first, NULL, body, &salt, SB_KIND_SYSTEM);
    sim_villain_link(w, v, second, first, then, &salt, SB_KIND_OPEN);
}

/* Of its own, so that the worlds of all others stay what they are. */
static enum sim_manner choose_manner(uint64_t seed)
{
    struct sim_random shape;
    sim_random_seed(&shape, seed ^ 0xbad);
    enum sim_manner manner = (enum sim_manner)sim_below(&shape, SIM_MANNER_HEADS);
    if (sim_chance(&shape, 30)) {
        manner = sim_chance(&shape, 50) ? SIM_MANNER_HEADS : SIM_MANNER_OLDER;
    }
    return manner;
}

struct sim_villain *sim_villain_new(struct sim_world *w, int host)
{
    struct sim_villain *v = calloc(1, sizeof *v);
    assert(v != NULL);
    v->host = host;
    v->manner = choose_manner(w->seed);
    v->more = calloc(VILLAIN_EPOCHS, sizeof *v->more);
    assert(v->more != NULL);
    if (w->verbose) {
        fprintf(stderr, "%8d %s is a villain: %s\n", 0, w->hosts[host].org.s,
                sim_manner_name(v->manner));
    }
    w->villainy.flooded = v->manner == SIM_MANNER_FLOOD;
    w->villainy.crowded = sim_crowds(v);
    w->hosts[host].villain = true;
    sb_arena_init(&v->arena, 64 * 1024 * 1024);
    for (int i = 0; i < VILLAIN_SIDES; i++) {
        v->sides[i] = calloc(VILLAIN_LINKS, sizeof *v->sides[i]);
        assert(v->sides[i] != NULL);
    }
    sim_villain_epoch(w, v, NULL, &v->sides[0][0], &v->sides[0][1]);
    v->n[0] = 2;
    size_t more = sim_below(&w->random, 8);
    for (size_t i = 0; i < more; i++) {
        extend(w, v, 0);
    }
    v->shared = v->n[0];
    memcpy(v->sides[1], v->sides[0], v->n[0] * sizeof *v->sides[0]);
    v->n[1] = v->n[0];
    if (sim_chance(&w->random, 70)) {
        extend(w, v, 1);
    }
    sim_fill(&w->random, v->boot.b, sizeof v->boot.b);
    (void)sim_schedule(w, 100, SIM_VILLAIN, -1);
    return v;
}

void sim_villain_free(struct sim_villain *v)
{
    if (v != NULL) {
        sb_arena_fini(&v->arena);
        free(v->sides[0]);
        free(v->sides[1]);
        free(v->more);
        free(v);
    }
}

/* ---- speaking */

/* By its own connection to them, or answering on theirs. */
void sim_villain_speak(struct sim_world *w, struct sim_villain *v, int to,
                       const struct sb_message *m, bool garble)
{
    struct sb_bytes frame = sb_wire_encode(m, &v->arena);
    struct sim_link *out = &w->links[v->host][to], *in = &w->links[to][v->host];
    if (frame.p == NULL || w->hosts[to].node == NULL) {
        return;
    }
    if (garble) {
        uint8_t *p = memcpy(sb_arena_alloc(&v->arena, frame.n), frame.p, frame.n);
        p[sim_below(&w->random, (uint32_t)frame.n)] ^= (uint8_t)(1u << sim_below(&w->random, 8));
        frame.p = p;
    }
    uint32_t identity = sim_number(&w->hosts[to], v->host);
    if (out->up) {
        sim_net_message(w, to, SB_NET_REQUEST, identity, out->session, out->incarnation,
                        (struct sb_bytes){0}, frame, v->host, 3);
    } else if (in->up) {
        sim_net_message(w, to, SB_NET_REPLY, identity, 0, in->incarnation, (struct sb_bytes){0},
                        frame, v->host, 3);
    }
}

/* What a former instance, or a wire that keeps frames, may still say. */
static void echo(struct sim_world *w, struct sim_villain *v, int to)
{
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    m.frontier = (struct sb_frontier){.node = w->hosts[v->host].org,
                                      .boot_nonce = v->former_boot,
                                      .counter = v->counter + 7,
                                      .time = sim_now(w, &w->hosts[v->host]).wall};
    sim_villain_speak(w, v, to, &m, false);
}

static void greet(struct sim_world *w, struct sim_villain *v, int to)
{
    struct sb_message m = {.type = SB_MSG_HELLO};
    m.hello = (struct sb_hello){.partnership = w->partnership,
                                .organisation = w->hosts[v->host].org,
                                .boot_nonce = v->boot};
    if (sim_chance(&w->random, 10)) {
        v->former_boot = v->boot;
        sim_fill(&w->random, v->boot.b, sizeof v->boot.b);
        m.hello.boot_nonce = v->boot;
        v->counter = 0;
    } else if (sim_chance(&w->random, 10)) {
        m.hello.boot_nonce = v->former_boot; /* one that is never accepted again */
    }
    if (sim_chance(&w->random, 5)) {
        m.hello.partnership.b[0] ^= 1;
    }
    sim_villain_speak(w, v, to, &m, false);
    if (sb_uuid_eq(&m.hello.boot_nonce, &v->former_boot)) {
        echo(w, v, to);
    }
}

static void show(struct sim_world *w, struct sim_villain *v, int to)
{
    int side = sim_chance(&w->random, 80) ? to & 1 : (int)sim_below(&w->random, VILLAIN_SIDES);
    struct said_link *s = &v->sides[side][sim_villain_tip(w, v, v->n[side]) - 1];
    struct sb_head head = {v->epoch, s->checkpoint, s->link.seq};
    struct sb_origin_heads heads[2] = {
        {.origin = w->hosts[v->host].org, .heads = &head, .n_heads = 1}};
    struct sb_message m = {.type = SB_MSG_FRONTIER};
    if (sim_chance(&w->random, 10)) {
        head.checkpoint.seq.n += 5; /* a number that nobody signed */
    }
    if (sim_chance(&w->random, 20)) { /* epochs that there never were */
        heads[0].rest_count = 3;
        sim_fill(&w->random, heads[0].rest_digest.b, sizeof heads[0].rest_digest.b);
    }
    if (sim_chance(&w->random, 5)) {
        heads[0].origin = w->hosts[to].org; /* somebody else's history */
    }
    m.frontier = (struct sb_frontier){.node = w->hosts[v->host].org,
                                      .boot_nonce = v->boot,
                                      .counter = ++v->counter,
                                      .full = true,
                                      .origins = heads,
                                      .n_origins = sim_villain_boasts(w, v, to, heads),
                                      .time = sim_now(w, &w->hosts[v->host]).wall};
    sim_villain_speak(w, v, to, &m, false);
}

static struct sb_item item_of(const struct said_link *s)
{
    return (struct sb_item){.link = s->link,
                            .link_bytes = {s->bytes, s->n_bytes},
                            .salt = &s->salt,
                            .body = {s->body, s->n_body}};
}

void sim_villain_segment(struct sim_world *w, struct sim_villain *v, int to, uint32_t request,
                         int side, size_t from, size_t end, bool whole)
{
    struct sb_item items[VILLAIN_LINKS];
    struct sb_checkpoint last = v->sides[side][end - 1].checkpoint;
    struct sb_message m = {.type = SB_MSG_EVENTS, .request = request};
    for (size_t i = from; i < end; i++) {
        items[i - from] = item_of(&v->sides[side][i]);
        if (sim_chance(&w->random, 3)) {
            items[i - from].salt = NULL; /* withheld */
            items[i - from].body = (struct sb_bytes){0};
        }
    }
    m.events = (struct sb_events){.origin = w->hosts[v->host].org,
                                  .epoch = v->epoch,
                                  .items = items,
                                  .n_items = end - from,
                                  .checkpoints = &last,
                                  .n_checkpoints = 1,
                                  .last = whole};
    if (sim_chance(&w->random, 5)) {
        m.events.origin = w->hosts[to].org;
    }
    sim_villain_speak(w, v, to, &m, sim_chance(&w->random, 15));
}

static void answer_want(struct sim_world *w, struct sim_villain *v, int to,
                        const struct sb_message *m)
{
    for (int side = 0; side < VILLAIN_SIDES; side++) {
        for (size_t i = 0; i < v->n[side]; i++) {
            size_t from = (size_t)m->want.from.n - 1;
            if (sb_hash_eq(&v->sides[side][i].hash, &m->want.tip) && from <= i) {
                bool silent = sim_chance(&w->random, 15);
                if (!silent && !sim_villain_drips(w, v, to, m, side, from + 1, i + 1)) {
                    sim_villain_segment(w, v, to, m->request, side, from, i + 1, true);
                }
                return;
            }
        }
    }
    if (!sim_villain_answers_more(w, v, to, m)) {
        (void)sim_villain_drips(w, v, to, m, -1, 0, 0);
    }
}

/* "Too many to list, and all of them differ." */
static void answer_summary(struct sim_world *w, struct sim_villain *v, int to,
                           const struct sb_message *m)
{
    struct sb_range_digest parts[2] = {{.from = 1, .to = 9, .count = 700},
                                       {.from = 10, .to = 4000000000, .count = 9}};
    struct sb_message answer = {.type = SB_MSG_SUMMARY, .request = m->request};
    sim_fill(&w->random, parts[0].digest.b, sizeof parts[0].digest.b);
    answer.summary = (struct sb_summary){.origin = m->summary.origin,
                                         .from = m->summary.from,
                                         .to = m->summary.to,
                                         .parts = parts,
                                         .n_parts = 2};
    sim_villain_speak(w, v, to, &answer, false);
}

void sim_villain_hears(struct sim_world *w, const struct sim_event *e)
{
    struct sim_villain *v = w->villain;
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    sim_checks_received(w, &w->hosts[v->host], &e->message);
    if (w->healed || e->message.event == SB_NET_PUBLISHED || e->other < 0) {
        return;
    }
    sb_arena_reset(&v->arena);
    if (sb_wire_decode(&m, e->message.frame, &v->arena, why) != SB_CODE_OK) {
        return;
    }
    if (m.type == SB_MSG_HELLO) {
        greet(w, v, e->other);
        show(w, v, e->other);
    } else if (m.type == SB_MSG_WANT) {
        answer_want(w, v, e->other, &m);
    } else if (m.type == SB_MSG_SUMMARY_REQUEST) {
        answer_summary(w, v, e->other, &m);
    }
}

/* It asks for every restricted body that there is. */
static void pry(struct sim_world *w, struct sim_villain *v, int to)
{
    struct sb_seq seqs[16];
    const struct sim_said *s = &w->truth->said[sim_below(&w->random, w->truth->n)];
    struct sb_message m = {.type = SB_MSG_WANT_BODIES, .request = 7};
    for (size_t i = 0; i < 16; i++) {
        seqs[i].n = s->seq.n + i;
    }
    m.want_bodies = (struct sb_want_bodies){w->hosts[s->origin].org, s->epoch, seqs, 16};
    sim_villain_speak(w, v, to, &m, false);
    m = (struct sb_message){.type = SB_MSG_WANT, .request = 8};
    m.want = (struct sb_want){w->hosts[s->origin].org, s->epoch, {1}, s->hash, 100000, s->seq};
    sim_villain_speak(w, v, to, &m, false);
}

/* History of another's, with its own key under it. */
static void forge(struct sim_world *w, struct sim_villain *v, int to)
{
    struct sb_message m;
    const struct sim_forger by = {
        .host = v->host, .victim = -1, .seed = w->hosts[v->host].seed, .kind = SB_KIND_OPEN};
    size_t genuine;
    if (sim_forge(w, &by, custom_body(w, v), &v->arena, &m, &genuine)) {
        sim_villain_speak(w, v, to, &m, false);
    }
}

void sim_villain_acts(struct sim_world *w)
{
    struct sim_villain *v = w->villain;
    if (w->healed) {
        return;
    }
    sb_arena_reset(&v->arena);
    sim_villain_say_more(w, v);
    sim_villain_drip_on(w, v);
    for (int i = 0; i < w->n_hosts; i++) {
        if (i == v->host) {
            continue;
        }
        uint32_t dice = sim_below(&w->random, 10);
        if (dice < 3) {
            greet(w, v, i);
        }
        show(w, v, i);
        if (dice > 7) {
            pry(w, v, i);
        }
        if (dice == 5) {
            forge(w, v, i);
        }
    }
    bool flood = v->manner == SIM_MANNER_FLOOD;
    for (int i = 0; i < (flood ? FLOOD_LINKS : 1) && (flood || sim_chance(&w->random, 50)); i++) {
        extend(w, v, (int)sim_below(&w->random, v->n[1] > v->shared ? VILLAIN_SIDES : 1));
    }
    (void)sim_schedule(w, 100 + sim_below(&w->random, 500), SIM_VILLAIN, -1);
}
