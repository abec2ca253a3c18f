/* Named cursors: see named.h. */
#include "tests/sim/named.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/consumers.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/net.h"

enum { ADD = 2, FIRST_REQUEST = 10, AGAIN_MS = 3000, ANSWER_MS = 10000 };
enum { ANEW_PERCENT = 10 };

void sim_named_fini(struct sim_named *n)
{
    free(n->word);
    free(n->durable);
    free(n->before);
}

static void copy_tips(struct sb_tip **to, size_t *n_to, const struct sb_tip *from, size_t n)
{
    *to = realloc(*to, (n + 1) * sizeof **to);
    assert(*to != NULL);
    if (n > 0) {
        memcpy(*to, from, n * sizeof **to);
    }
    *n_to = n;
}

static void ask(struct sim_world *w, struct sim_host *h, uint32_t request,
                enum sb_consume_action action, const char *name, const struct sb_tip *tips,
                size_t n_tips)
{
    struct sb_message m = {.type = SB_MSG_CONSUME, .request = request};
    m.consume = (struct sb_consume){.action = action,
                                    .name = name,
                                    .cursor = (struct sb_tip *)(uintptr_t)tips, /* only read */
                                    .n_cursor = n_tips,
                                    .system = action == SB_CONSUME_ADD};
    sim_consumer_send(w, h, &m);
}

/* ---- begun anew: by the reader, who waits for it, or by somebody else, while it reads on */

static void say_reset(struct sim_world *w, struct sim_host *h)
{
    struct sim_named *n = h->consumer->named;
    n->reset_ms = w->now_ms;
    ask(w, h, n->reset, SB_CONSUME_RESET, n->name, NULL, 0);
}

static void reset(struct sim_world *w, struct sim_host *h, bool paused)
{
    struct sim_named *n = h->consumer->named;
    n->anew = n->ever_anew = true;
    n->paused = paused;
    n->reset = FIRST_REQUEST + n->next_request++;
    say_reset(w, h);
}

/* It has been: what was given before counts no more, and all must come once more. */
static void begun_anew(struct sim_world *w, struct sim_host *h)
{
    struct sim_named *n = h->consumer->named;
    n->anew = n->paused = false;
    n->reset = n->asked = 0;
    n->n_durable = n->n_before = n->acked_seen = 0;
    sim_consumer_forget(h->consumer);
    sim_consumer_stream(w, h, n->name);
}

/* ---- what the reader says */

void sim_named_begin(struct sim_world *w, struct sim_host *h)
{
    struct sim_named *n = h->consumer->named;
    n->asked = n->refusal = 0; /* whatever was under way on another connection */
    /* A second instance on a copy of the disk finds those of the first, and has its own. */
    (void)snprintf(n->name, sizeof n->name, "archive-%d", h->index);
    if (!n->added) {
        n->asked_ms = w->now_ms;
        ask(w, h, ADD, SB_CONSUME_ADD, n->name, NULL, 0);
    } else if (n->anew) { /* on a new connection nobody would tell the reader: it begins it itself
                           */
        reset(w, h, true);
    } else {
        sim_consumer_stream(w, h, n->name);
    }
}

static void say_word(struct sim_world *w, struct sim_host *h)
{
    struct sim_named *n = h->consumer->named;
    ask(w, h, n->asked, SB_CONSUME_ACK, n->name, n->word, n->n_word);
}

static void say(struct sim_world *w, struct sim_host *h, bool stale)
{
    struct sim_named *n = h->consumer->named;
    n->asked = FIRST_REQUEST + n->next_request++;
    n->asked_ms = w->now_ms;
    n->stale = stale;
    say_word(w, h);
}

void sim_named_acknowledge(struct sim_world *w, struct sim_host *h)
{
    struct sim_consumer *c = h->consumer;
    struct sim_named *n = c->named;
    if (!n->added) {
        if (w->now_ms - n->asked_ms > AGAIN_MS) {
            sim_named_begin(w, h);
        }
        return;
    }
    if (n->refusal != 0 && w->now_ms - n->refusal_ms > AGAIN_MS) {
        ask(w, h, n->refusal, SB_CONSUME_ACK, "nobody", NULL, 0);
    }
    if (n->reset != 0 && w->now_ms - n->reset_ms > AGAIN_MS) {
        say_reset(w, h);
    }
    if (n->paused) {
        return;
    }
    if (n->asked != 0) { /* an answer may have been lost: the same once more */
        if (w->now_ms - n->asked_ms > AGAIN_MS) {
            say_word(w, h);
        }
        return;
    }
    copy_tips(&n->word, &n->n_word, c->saved, c->n_saved);
    n->asked_seen = c->n_durable;
    say(w, h, false);
}

void sim_named_ramble(struct sim_world *w, struct sim_host *h)
{
    struct sim_named *n = h->consumer->named;
    if (n->anew) {
        return;
    }
    if (n->added && !w->healed && sim_chance(&w->random, ANEW_PERCENT)) {
        bool by_others = h->consumer->fed && sim_chance(&w->random, 50);
        if (by_others || n->asked == 0) {
            reset(w, h, !by_others);
            sim_named_acknowledge(w, h); /* who knows nothing of it goes on */
        }
    } else if (n->added && n->asked == 0 && n->n_before > 0 && sim_chance(&w->random, 50)) {
        copy_tips(&n->word, &n->n_word, n->before, n->n_before);
        say(w, h, true);
    } else if (n->refusal == 0) {
        n->refusal = FIRST_REQUEST + n->next_request++;
        n->refusal_ms = w->now_ms;
        ask(w, h, n->refusal, SB_CONSUME_ACK, "nobody", NULL, 0);
    }
}

/* ---- what the node says */

struct reading {
    const char *name;
    struct sb_arena *arena;
    struct sb_consumer *found;
};

static bool read_record(void *context, const char *name, struct sb_bytes value)
{
    struct reading *r = context;
    struct sb_message *m = sb_arena_alloc(r->arena, sizeof *m);
    char why[SB_LABEL_MAX + 1];
    struct sb_bytes copy = sb_arena_copy(r->arena, value.p, value.n);
    if (m != NULL && strcmp(name, r->name) == 0 &&
        sb_wire_decode(m, copy, r->arena, why) == SB_CODE_OK) {
        r->found = &m->consumers.items[0];
    }
    return true;
}

static bool covers(const struct sb_consumer *c, const struct sb_tip *tip)
{
    for (size_t i = 0; i < c->n_cursor; i++) {
        const struct sb_tip *t = &c->cursor[i];
        if (sb_org_eq(&t->origin, &tip->origin) && sb_epoch_eq(t->epoch, tip->epoch) &&
            t->seq.n >= tip->seq.n) {
            return true;
        }
    }
    return false;
}

static void check_record(struct sim_world *w, const struct sim_host *h, const struct sb_tip *tips,
                         size_t n, const char *what)
{
    struct reading r = {.name = h->consumer->named->name, .arena = sim_arena_lend(w)};
    sb_store_consumers(h->store, read_record, &r, NULL);
    for (size_t i = 0; i < n; i++) {
        if (r.found == NULL || !covers(r.found, &tips[i])) {
            sim_violate(w, "I6", "%s acknowledges %s seq %llu, %s, and its disk does not have it",
                        h->org.s, tips[i].origin.s, (unsigned long long)tips[i].seq.n, what);
            break;
        }
    }
    sim_arena_return(w, r.arena);
}

void sim_named_sent(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    const struct sim_named *n = h->consumer->named;
    if (m->type != SB_MSG_CONSUMERS || n->asked == 0 || m->request != n->asked || n->anew) {
        return;
    }
    if (m->consumers.n_items != 1) {
        sim_violate(w, "I6", "%s acknowledges for a consumer that is not there", h->org.s);
        return;
    }
    check_record(w, h, n->durable, n->n_durable, "once more");
    if (!n->stale) {
        check_record(w, h, n->word, n->n_word, "for the first time");
    }
}

/* Of a stream: it ends, and all comes once more. Of a word: it came too late, and so did all that
 * was given before. */
static void hear_begun_anew(struct sim_world *w, struct sim_host *h, uint32_t request)
{
    struct sim_named *n = h->consumer->named;
    if (!n->ever_anew) {
        sim_violate(w, "I6", "%s says that a consumer was begun anew that was not", h->org.s);
    } else if (request == n->asked) {
        n->asked = 0;
    } else if (request == sim_consumer_request(h->consumer) && !n->paused) {
        begun_anew(w, h);
    }
}

static void hear_refusal(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    struct sim_named *n = h->consumer->named;
    enum sb_code code = m->refusal.code;
    if (code == SB_CODE_NOT_ALLOWED && h->consumer->barred) {
        n->asked = m->request == n->asked ? 0 : n->asked;
        n->refusal = m->request == n->refusal ? 0 : n->refusal;
    } else if (m->request == n->refusal) {
        n->refusal = 0;
        if (code != SB_CODE_UNKNOWN_CONSUMER) {
            sim_violate(w, "I6", "%s refuses an unknown consumer with %s", h->org.s,
                        sb_code_name(code));
        }
    } else if (code == SB_CODE_BEGUN_ANEW) {
        hear_begun_anew(w, h, m->request);
    } else if (code == SB_CODE_UNKNOWN_CONSUMER) { /* of a store that was lost or is an older one */
        n->added = false;
        sim_named_begin(w, h);
    } else if (code == SB_CODE_STORE_FULL && m->request == ADD) {
        sim_named_begin(w, h);
    } else if (code == SB_CODE_STORE_FULL) { /* to the latter of two, nobody asks any more */
        n->asked = m->request == n->asked ? 0 : n->asked;
    } else if (code != SB_CODE_TOO_LARGE) {
        sim_violate(w, "I6", "%s refuses its consumer: %s", h->org.s, m->refusal.text);
    }
}

void sim_named_hear(struct sim_world *w, struct sim_host *h, const struct sb_message *m)
{
    struct sim_named *n = h->consumer->named;
    if (m->type == SB_MSG_REFUSAL) {
        hear_refusal(w, h, m);
    } else if (m->type == SB_MSG_CONSUMERS && m->request == ADD) {
        n->added = true;
        sim_named_begin(w, h);
    } else if (m->type == SB_MSG_CONSUMERS && m->request == n->reset && n->reset != 0) {
        n->reset = 0;
        if (n->paused) {
            begun_anew(w, h);
        }
    } else if (m->type == SB_MSG_CONSUMERS && m->request == n->asked && n->asked != 0) {
        n->asked = 0;
        if (!n->stale) {
            copy_tips(&n->before, &n->n_before, n->durable, n->n_durable);
            copy_tips(&n->durable, &n->n_durable, n->word, n->n_word);
            n->acked_seen = n->asked_seen;
        }
    }
}

void sim_named_disk_gone(struct sim_named *n)
{
    n->acked_seen = n->begun_seen = n->n_durable = n->n_before = 0;
    n->asked = 0;
    n->anew = n->ever_anew;
}

void sim_named_check_end(struct sim_world *w, const struct sim_host *h)
{
    const struct sim_named *n = h->consumer->named;
    if (n->asked != 0 && w->now_ms - n->asked_ms > ANSWER_MS) {
        sim_violate(w, "I6", "%s never answered an acknowledgement", h->org.s);
    }
    if (n->refusal != 0 && w->now_ms - n->refusal_ms > ANSWER_MS) {
        sim_violate(w, "I6", "%s never answered for an unknown consumer", h->org.s);
    }
    if (n->anew && w->now_ms - n->reset_ms > ANSWER_MS) {
        sim_violate(w, "I6", "%s never began a consumer anew, or never said so", h->org.s);
    }
    if (!n->added) {
        sim_violate(w, "I6", "%s never made a consumer", h->org.s);
    }
}
