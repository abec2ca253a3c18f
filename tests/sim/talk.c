/* What nodes say to each other: see talk.h. Reads frames only; how the core decides is not known
 * here. */
#include "tests/sim/talk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "tests/sim/crowd.h"
#include "tests/sim/reload.h"
#include "tests/sim/sight.h"
#include "tests/sim/truth.h"

enum { ANSWER_MS = 1000, AGAIN_MS = 900 };

struct sim_talk *sim_talks_new(void)
{
    struct sim_talk *talks = calloc(SIM_NODES_MAX + 1, sizeof *talks);
    assert(talks != NULL);
    return talks;
}

void sim_talk_reset(struct sim_host *h)
{
    memset(h->talks, 0, (SIM_NODES_MAX + 1) * sizeof *h->talks);
}

static enum sb_msg_type type_of(struct sb_bytes frame)
{
    return frame.n < SB_WIRE_HEADER ? 0 : (enum sb_msg_type)frame.p[3];
}

static uint32_t request_of(struct sb_bytes frame)
{
    struct sb_reader r;
    sb_reader_init(&r, frame.p + 4, 4);
    return sb_get_u32(&r);
}

/* ---- questions of partners */

/* More than that at a time may go unanswered (PROTOCOL 7.4): those of before a pause, and those
 * that took their place. */
static void owe(struct sim_world *w, struct sim_talk *t, uint32_t session, uint32_t request)
{
    if (t->n_owed < SIM_OWED_MAX) {
        t->owed[t->n_owed++] = (struct sim_owed){session, request, w->now_ms};
    }
}

static void pay(struct sim_talk *t, uint32_t session, uint32_t request)
{
    for (size_t i = 0; i < t->n_owed; i++) {
        if (t->owed[i].session == session && t->owed[i].request == request) {
            t->owed[i--] = t->owed[--t->n_owed];
        }
    }
}

/* The connection is gone, and with it whoever asked. */
static void pay_all(struct sim_talk *t, uint32_t session)
{
    for (size_t i = 0; i < t->n_owed; i++) {
        if (t->owed[i].session == session) {
            t->owed[i--] = t->owed[--t->n_owed];
        }
    }
}

/* ---- greetings and frontiers of partners */

static bool is_new(const struct sim_talk *t, const struct sb_uuid *boot)
{
    for (size_t i = 0; i < t->n_boots; i++) {
        if (sb_uuid_eq(&t->boots[i], boot)) {
            return false;
        }
    }
    return true;
}

static void hear_hello(const struct sim_world *w, struct sim_talk *t, const struct sb_hello *hello)
{
    t->greeted_ms = w->now_ms;
    t->n_asked = 0; /* who greets is asked at once what it did not have before */
    if (!sb_hash_eq(&hello->partnership, &w->partnership) || !is_new(t, &hello->boot_nonce)) {
        return;
    }
    if (t->n_boots == SIM_BOOTS_MAX) { /* a villain with very many lives */
        memmove(t->boots, t->boots + 1, --t->n_boots * sizeof t->boots[0]);
    }
    t->boots[t->n_boots++] = hello->boot_nonce;
    t->has_full = t->gap = false;
    t->counter = 0;
}

static void hear_frontier(const struct sim_world *w, struct sim_talk *t,
                          const struct sb_frontier *f)
{
    if (t->n_boots == 0 || !sb_uuid_eq(&t->boots[t->n_boots - 1], &f->boot_nonce)) {
        return;
    }
    bool next = t->has_full && f->counter == t->counter + 1;
    if (f->full && (!t->has_full || f->counter >= t->counter)) {
        t->gap_ms = t->has_full && !t->gap ? t->gap_ms : w->now_ms; /* it may have been asked for */
        t->has_full = t->told = true;
        t->gap = false;
        t->counter = f->counter;
    } else if (f->full && t->gap) {
        t->gap_ms = w->now_ms; /* overtaken: once more */
    } else if (!f->full && next) {
        t->counter = f->counter;
    } else if (!f->full && (!t->has_full || f->counter > t->counter)) {
        t->gap = true;
        t->gap_ms = w->now_ms;
    }
}

static void hear_news(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m)
{
    struct sim_talk *t = &h->talks[m->identity];
    /* what is read before its connection is told, or behind its end, greets nobody */
    bool over = m->event != SB_NET_REQUEST && !t->link_up;
    struct sb_message message;
    struct sb_arena *arena = sim_arena_lend(w);
    char why[SB_LABEL_MAX + 1];
    if (sb_wire_decode(&message, m->frame, arena, why) == SB_CODE_OK) {
        const struct sb_org *org = &h->partners[m->identity - 1].org;
        bool greets = message.type == SB_MSG_HELLO && !over;
        if (greets && sb_org_eq(&message.hello.organisation, org)) {
            hear_hello(w, t, &message.hello);
        } else if (message.type == SB_MSG_FRONTIER && sb_org_eq(&message.frontier.node, org)) {
            hear_frontier(w, t, &message.frontier);
        }
    }
    sim_arena_return(w, arena);
}

static bool is_villain(const struct sim_world *w, const struct sim_host *h, uint32_t identity)
{
    return w->hosts[sim_host_of(w, &h->partners[identity - 1].org)].villain;
}

static void hear_frame(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m)
{
    enum sb_msg_type type = type_of(m->frame);
    uint32_t session = m->event == SB_NET_REQUEST ? m->session : 0;
    /* of a villain a WANT alone: what it garbles is EVENTS, and may look like another question */
    bool question =
        type == SB_MSG_WANT || type == SB_MSG_WANT_BODIES || type == SB_MSG_SUMMARY_REQUEST;
    if (type == SB_MSG_HELLO || type == SB_MSG_FRONTIER) {
        hear_news(w, h, m);
    } else if (question && m->event != SB_NET_PUBLISHED &&
               (type == SB_MSG_WANT || !is_villain(w, h, m->identity)) &&
               sim_sight_greeted(&h->sights[m->identity], session)) {
        owe(w, &h->talks[m->identity], session, request_of(m->frame));
    }
}

void sim_talk_heard(struct sim_world *w, struct sim_host *h, const struct sb_net_message *m)
{
    bool partner = m->identity >= 1 && m->identity <= h->n_partners;
    if (m->event == SB_NET_SESSION_GONE) {
        for (size_t i = 1; i <= h->n_partners; i++) {
            pay_all(&h->talks[i], m->session);
        }
    } else if (partner && (m->event == SB_NET_LINK_UP || m->event == SB_NET_LINK_DOWN)) {
        pay_all(&h->talks[m->identity], 0);
        h->talks[m->identity].n_asked = 0;
        h->talks[m->identity].link_up = m->event == SB_NET_LINK_UP;
    } else if (partner) {
        hear_frame(w, h, m);
    }
}

/* ---- what the node says */

/* Once or twice more is no harm, where other news of the epoch came in between. */
static void check_again(struct sim_world *w, const struct sim_host *h, size_t partner,
                        uint32_t session, struct sb_bytes frame)
{
    struct sim_talk *t = &h->talks[partner];
    struct sb_bytes what = {frame.p + SB_WIRE_HEADER, frame.n - SB_WIRE_HEADER};
    size_t same = 0;
    assert(what.n <= sizeof t->asked[0].bytes);
    for (size_t i = 0; i < t->n_asked; i++) {
        struct sim_asked *a = &t->asked[i];
        if (w->now_ms - a->at_ms > AGAIN_MS) {
            *a = t->asked[--t->n_asked];
            i--;
        } else {
            same +=
                a->session == session && a->n == what.n && memcmp(a->bytes, what.p, what.n) == 0;
        }
    }
    if (same > 3) {
        sim_violate(w, "asking", "%s asks %s for the same again and again", h->org.s,
                    h->partners[partner - 1].org.s);
    }
    if (t->n_asked < SIM_ASKED_MAX) {
        struct sim_asked *a = &t->asked[t->n_asked++];
        memcpy(a->bytes, what.p, what.n);
        a->n = what.n;
        a->session = session;
        a->at_ms = w->now_ms;
    }
}

static void say_to(struct sim_world *w, struct sim_host *h, size_t partner, uint32_t session,
                   struct sb_bytes frame)
{
    struct sim_talk *t = &h->talks[partner];
    const char *org = h->partners[partner - 1].org.s;
    enum sb_msg_type type = type_of(frame);
    bool settled = t->greeted_ms < w->now_ms; /* else what left may have come before */
    if (sim_sight_refused(&h->sights[partner], session) && settled && type != SB_MSG_HELLO &&
        type != SB_MSG_REFUSAL) {
        sim_violate(w, "greeting", "%s says %s to %s, who greeted for another partnership",
                    h->org.s, sb_msg_name(type), org);
    } else if (type == SB_MSG_WANT) {
        check_again(w, h, partner, session, frame);
    } else if (type == SB_MSG_FRONTIER_REQUEST && t->has_full && !t->gap && t->gap_ms < w->now_ms &&
               !sim_crowd_left_out(h, partner)) {
        sim_violate(w, "asking", "%s asks %s for a full frontier, and missed nothing", h->org.s,
                    org);
    } else if (type == SB_MSG_EVENTS || type == SB_MSG_BODIES || type == SB_MSG_SUMMARY) {
        pay(t, session, request_of(frame));
    }
}

void sim_talk_said(struct sim_world *w, struct sim_host *h, const struct sb_outgoing *out)
{
    for (size_t i = 1; i <= h->n_partners; i++) {
        const struct sim_sight *s = &h->sights[i];
        if (out->kind == SB_OUT_ASK && out->to == i) {
            say_to(w, h, i, 0, out->frame);
        } else if (out->kind == SB_OUT_ANSWER &&
                   (sim_sight_greeted(s, out->to) || sim_sight_refused(s, out->to))) {
            say_to(w, h, i, out->to, out->frame);
        }
    }
}

void sim_talk_check(struct sim_world *w, const struct sim_host *h)
{
    for (size_t i = 1; i <= h->n_partners; i++) {
        if (sb_core_erasures_known(sb_node_core(h->node)) && !h->talks[i].told &&
            !sim_reload_is_out(w, h, (uint32_t)i)) {
            sim_violate(w, "I10", "%s says that it knows of all erasures, and %s has not told it",
                        h->org.s, h->partners[i - 1].org.s);
        }
        for (size_t k = 0; k < h->talks[i].n_owed; k++) {
            const struct sim_owed *o = &h->talks[i].owed[k];
            if (w->now_ms - o->since_ms > ANSWER_MS) {
                sim_violate(w, "answering", "%s leaves request %u of %s without an answer",
                            h->org.s, o->request, h->partners[i - 1].org.s);
            }
        }
    }
}
