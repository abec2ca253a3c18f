/* Statements by chance: few decisions and items, so that they are answered, revised, ended and
 * edited by everybody, with and without knowing of each other. */
#include "tests/sim/statements.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "daemon/core/core.h"
#include "proto/pb_writer.h"
#include "proto/rules/statement.h"

enum { SUBJECTS = 2, CONTENT_MAX = 1024, REFERENCE_MAX = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX };

static const char *const kinds = "ppprvvvvvvwciieena";

void sim_statement_choose(struct sim_world *w, const struct sim_host *h, char *text, size_t cap)
{
    char kind = kinds[sim_below(&w->random, (uint32_t)strlen(kinds))];
    bool own = strchr("prwcin", kind) != NULL;
    int of = own ? h->index : (int)sim_below(&w->random, (uint32_t)w->n_hosts);
    unsigned subject = sim_below(&w->random, SUBJECTS), which = sim_below(&w->random, 2);
    (void)snprintf(text, cap, "~%c %d %u %u %u", kind, of, subject, which,
                   strchr("ve", kind) != NULL ? 1 + sim_below(&w->random, 3) : 1);
}

/* ---- bodies */

struct said {
    const struct sim_world *w;
    const struct sim_host *h, *of;
    char kind;
    unsigned subject, which, value;
};

static void put_text(struct sb_pb_writer *to, uint32_t field, const char *text)
{
    sb_pb_put_bytes(to, field, text, strlen(text));
}

/* The UUID of a subject, or of the event that such a text of its host is. */
static void put_id(struct sb_pb_writer *to, uint32_t field, const struct said *s, const char *name,
                   bool reference)
{
    char text[REFERENCE_MAX + 1];
    struct sb_uuid id = sim_publisher_id(s->of, name);
    size_t n = 0;
    if (reference) {
        n = (size_t)snprintf(text, sizeof text, "%s/", s->of->org.s);
    }
    sb_uuid_format(text + n, &id);
    put_text(to, field, text);
}

static void put_subject(struct sb_pb_writer *to, const struct said *s, char of, bool reference)
{
    char name[16];
    (void)snprintf(name, sizeof name, "%c%u", of, s->subject);
    put_id(to, 1, s, name, reference);
}

static void put_event(struct sb_pb_writer *to, uint32_t field, const struct said *s, char kind)
{
    char name[32];
    (void)snprintf(name, sizeof name, "~%c %d %u %u 1", kind, s->of->index, s->subject, s->which);
    put_id(to, field, s, name, true);
}

static void put_proposal(struct sb_pb_writer *to, const struct said *s)
{
    put_subject(to, s, 'D', false);
    put_text(to, 2, "Voorstel");
    for (int i = 0; i < s->w->n_hosts; i++) {
        if (!s->w->hosts[i].twin) {
            put_text(to, 5, s->w->hosts[i].org.s);
        }
    }
    sb_pb_put_uint(to, 6, SB_RULE_MAJORITY);
    put_text(to, 13, "2040-01-31");
    if (s->kind == 'r') {
        put_event(to, 16, s, 'p');
    }
}

static void put_position(struct sb_pb_writer *to, const struct said *s)
{
    put_subject(to, s, 'D', true);
    put_event(to, 2, s, s->value == 3 ? 'r' : 'p');
    sb_pb_put_uint(to, 3, s->value);
    put_text(to, 6, "2026-01-02");
}

static void put_item(struct sb_pb_writer *to, const struct said *s)
{
    put_subject(to, s, 'I', false);
    sb_pb_put_uint(to, 2, 1);
    put_text(to, 3, s->kind == 'i' ? "Overleg" : "Verplaatst");
    put_text(to, 9, "2026-12-10");
    for (int i = 0; i < s->w->n_hosts; i++) {
        if (!s->w->hosts[i].twin) {
            put_text(to, 23, s->w->hosts[i].org.s);
        }
    }
    if (s->kind == 'e') {
        put_event(to, 24, s, 'i');
    }
}

static void put_tip(struct sb_pb_writer *to, const struct sb_org *origin,
                    const struct sb_chain_info *chain)
{
    put_text(to, 1, origin->s);
    sb_pb_put_uint(to, 2, chain->epoch.counter);
    sb_pb_put_fixed64(to, 3, chain->epoch.tag);
    sb_pb_put_uint(to, 4, chain->tip.seq.n);
    sb_pb_put_bytes(to, 5, chain->tip.hash.b, sizeof chain->tip.hash.b);
}

/* All that its node has just now, of everybody. */
static void put_cut(struct sb_pb_writer *to, const struct said *s)
{
    for (int i = 0; i < s->w->n_hosts; i++) {
        struct sb_chain_info chain;
        uint32_t at = 0;
        while (!s->w->hosts[i].twin &&
               sb_core_next_chain(sb_node_core(s->h->node), sim_number(s->h, i), &at, &chain)) {
            struct sb_pb_writer count = {0};
            put_tip(&count, &s->w->hosts[i].org, &chain);
            sb_pb_put_head(to, 4, count.n);
            put_tip(to, &s->w->hosts[i].org, &chain);
        }
    }
}

static enum sb_content put_content(struct sb_pb_writer *to, const struct said *s)
{
    switch (s->kind) {
    case 'p':
    case 'r': put_proposal(to, s); return SB_CONTENT_PROPOSAL;
    case 'v': put_position(to, s); return SB_CONTENT_POSITION;
    case 'w': put_subject(to, s, 'D', false); return SB_CONTENT_WITHDRAWAL;
    case 'c':
        put_subject(to, s, 'D', false);
        sb_pb_put_uint(to, 2, SB_OUTCOME_LAPSED);
        if (s->value == 2 &&
            s->h->node != NULL) { /* in scenarios alone: it is another one when it is asked again */
            put_cut(to, s);
        }
        return SB_CONTENT_CLOSING;
    case 'n':
        put_subject(to, s, 'N', false);
        sb_pb_put_uint(to, 2, 1);
        put_text(to, 3, "Onderhoud");
        return SB_CONTENT_NOTIFICATION;
    case 'a': put_subject(to, s, 'N', true); return SB_CONTENT_ACKNOWLEDGEMENT;
    default: put_item(to, s); return SB_CONTENT_AGENDA_ITEM;
    }
}

struct sb_bytes sim_statement_body(const struct sim_world *w, const struct sim_host *h,
                                   const char *text, struct sb_arena *arena)
{
    struct said s = {.w = w, .h = h};
    int of = 0;
    int read = sscanf(text, "~%c %d %u %u %u", &s.kind, &of, &s.subject, &s.which, &s.value);
    assert(read == 5 && of < w->n_hosts);
    s.of = &w->hosts[of];
    uint8_t *content = sb_arena_alloc(arena, 2 * CONTENT_MAX);
    assert(content != NULL);
    struct sb_pb_writer c = {.p = content}, b = {.p = content + CONTENT_MAX};
    enum sb_content what = put_content(&c, &s);
    put_text(&b, 1,
             strchr("ie", s.kind) != NULL   ? "agenda/sim"
             : strchr("na", s.kind) != NULL ? "notification/sim"
                                            : "decision/sim");
    sb_pb_put_bytes(&b, (uint32_t)what, content, c.n);
    assert(c.n <= CONTENT_MAX && b.n <= CONTENT_MAX);
    return (struct sb_bytes){content + CONTENT_MAX, b.n};
}
