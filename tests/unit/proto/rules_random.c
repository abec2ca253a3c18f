/* Draws chains that know some of each other, and what is said in them. What an honest origin would
 * never say is drawn as well: forks, one id twice, circles, dates that do not exist. */
#include "tests/unit/proto/rules_random.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHAINS_MAX = 7,
    SEQS = 7, /* of each chain: events at 2 to 7 */
    EVENTS_MAX = 16,
    TEXT_BYTES = 16384,
    DECISIONS = 2,
};

static const char *const ORGS[] = {"GM0384", "GM0437", "GM0451", "GM0736"};

struct draft {
    uint64_t state;
    unsigned chains, origin_of[CHAINS_MAX], counter_of[CHAINS_MAX], leans_on[CHAINS_MAX];
    unsigned events, ids[EVENTS_MAX], origins[EVENTS_MAX];
    unsigned texts[EVENTS_MAX], n_texts; /* indexes of the events that are proposals */
    bool duel;                           /* two participants and ties: otherwise rare */
    bool quarrel; /* a proposer that ends its decision over and over: otherwise rare */
    enum { DRAFT_DECISION, DRAFT_ITEM, DRAFT_NOTIFICATION } kind;
};

struct text {
    char p[TEXT_BYTES];
    size_t n;
};

uint64_t rules_random_draw(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static unsigned draw(struct draft *d, unsigned below)
{
    return (unsigned)(rules_random_draw(&d->state) % below);
}

static void add(struct text *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *to, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(to->p + to->n, sizeof to->p - to->n, fmt, ap);
    va_end(ap);
    assert(n >= 0 && to->n + (size_t)n < sizeof to->p);
    to->n += (size_t)n;
}

static const char *one_of(struct draft *d, const char *const *words, unsigned n)
{
    return words[draw(d, n)];
}

static void add_uuid(struct text *to, unsigned number)
{
    add(to, "00000000-0000-7000-8000-%012u", number);
}

/* 1 to 12 March; now and then a day, or a year, that does not exist. */
static void add_day(struct draft *d, struct text *to, const char *key)
{
    unsigned odd = draw(d, 80), day = odd == 0 ? 32 : 1 + draw(d, 12);
    add(to, ",\"%s\":\"%s-03-%02u\"", key, odd == 1 ? "0000" : "2026", day);
}

/* An event that is there, or, now and then, one that is not. */
static void add_event(struct draft *d, struct text *to)
{
    unsigned at = draw(d, EVENTS_MAX);
    if (d->kind == DRAFT_DECISION && d->n_texts > 0 && draw(d, 12) > 0) {
        at = d->texts[draw(d, d->n_texts)];
    }
    add(to, "\"%s/", ORGS[d->origins[at]]);
    add_uuid(to, d->ids[at]);
    add(to, "\"");
}

static void add_supersedes(struct draft *d, struct text *to, unsigned most)
{
    struct text first = {.n = 0}, second = {.n = 0};
    unsigned n = draw(d, most + 1);
    add_event(d, &first);
    add_event(d, &second);
    if (n == 1 || (n == 2 && strcmp(first.p, second.p) == 0)) {
        add(to, ",\"supersedes\":[%s]", first.p);
    } else if (n == 2) {
        add(to, ",\"supersedes\":[%s,%s]", first.p, second.p);
    }
}

/* ---- what is said of decisions */

static void add_decision_id(struct draft *d, struct text *to)
{
    add(to, "\"decisionId\":\"");
    add_uuid(to, 900 + draw(d, 8) / 7);
    add(to, "\"");
}

static void add_rule(struct draft *d, struct text *to, unsigned n)
{
    static const char *const rules[] = {"consultation", "consent_all", "majority",
                                        "majority",     "two_thirds",  "weighted"};
    static const char *const ties[] = {"rejected", "postponed", "revote_then_chair",
                                       "revote_then_chair"};
    const char *rule = one_of(d, rules, 6);
    if (d->duel) {
        add(to, ",\"rule\":\"majority\",\"tie\":\"%s\",\"chair\":\"%s\"", ties[1 + draw(d, 3)],
            ORGS[draw(d, n)]);
        return;
    }
    add(to, ",\"rule\":\"%s\"", rule);
    if (strcmp(rule, "weighted") == 0) {
        unsigned first = draw(d, n);
        add(to, ",\"weights\":{");
        for (unsigned i = 0; i < n; i++) {
            add(to, "%s\"%s\":%u", i > 0 ? "," : "", ORGS[(first + i) % n], 1 + draw(d, 3));
        }
        add(to, "},\"threshold\":%u", 1 + draw(d, 2 * n));
    }
    if (draw(d, 4) > 0) {
        add(to, ",\"tie\":\"%s\",\"chair\":\"%s\"", one_of(d, ties, 4), ORGS[draw(d, n)]);
    }
    if (draw(d, 4) == 0) {
        add(to, ",\"quorum\":%u", draw(d, n + 1));
    }
}

static void say_proposal(struct draft *d, struct text *to, unsigned event)
{
    unsigned n = d->duel || draw(d, 2) == 0 ? 2 : 2 + draw(d, 3);
    d->texts[d->n_texts++] = event;
    add(to, "\"proposal\":{");
    add(to, "%s\"decisionId\":\"", event > 0 ? "" : "\"date\":\"2026-03-01\",");
    add_uuid(to, event > 0 ? 900 + draw(d, DECISIONS) : 900);
    add(to, "\"");
    add(to, ",\"title\":\"T%u\",\"participants\":[", draw(d, 2));
    for (unsigned i = 0; i < n; i++) {
        add(to, "%s\"%s\"", i > 0 ? "," : "", ORGS[i]);
    }
    add(to, "]");
    add_rule(d, to, n);
    if (draw(d, 2) == 0) {
        add_day(d, to, "deadline");
    }
    if (event > 0 && draw(d, 2) == 0) {
        add_day(d, to, "date");
    }
    if (draw(d, 4) == 0) {
        add(to, ",\"body\":\"council\"");
    }
    if (event > 0 && draw(d, 2) == 0) {
        add(to, ",\"replaces\":\"%s/", ORGS[draw(d, 4) / 3]);
        if (draw(d, 20) > 0) { /* else it is no reference */
            add_uuid(to, 900);
        }
        add(to, "\"");
    }
    add_supersedes(d, to, 1);
    add(to, "}");
}

static void say_position(struct draft *d, struct text *to)
{
    static const char *const values[] = {
        "in_favour", "in_favour",        "in_favour",
        "against",   "against",          "in_favour_with_conditions",
        "no_view",   "abstained",        "deferred",
        "not_taken", "consent_withheld", "information_only"};
    add(to, "\"position\":{\"decision\":\"%s/", ORGS[0]);
    add_uuid(to, 900);
    add(to, "\",\"revision\":");
    add_event(d, to);
    add(to, ",\"value\":\"%s\"",
        values[d->duel ? 2 + draw(d, 2) : draw(d, sizeof values / sizeof *values)]);
    add_day(d, to, "dateTaken");
    if (draw(d, 6) == 0) {
        add(to, ",\"body\":\"%s\"", draw(d, 2) == 0 ? "council" : "college");
    }
    if (draw(d, d->duel ? 2 : 4) == 0) {
        add(to, ",\"round\":%u", draw(d, 4));
    }
    if (draw(d, d->duel ? 4 : 8) == 0) {
        add(to, ",\"asChair\":true");
    }
    if (draw(d, d->duel ? 20 : 5) == 0) {
        add(to, ",\"onBehalfOf\":\"%s\"", ORGS[draw(d, 4)]);
    }
    if (draw(d, 8) == 0) {
        add(to, ",\"conditions\":\"Mits\"");
    }
    add(to, "}");
}

/* The hash of a place, as links have it: its chain and seq, 32 bytes. */
static void add_hash(struct text *to, unsigned chain, unsigned seq, bool base64)
{
    for (int i = 0; i < 10; i++) {
        add(to, "%s", base64 ? "AAAA" : "000000"); /* thirty bytes of zero, and two that tell */
    }
    unsigned two = chain << 8 | seq;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (base64) {
        add(to, "%c%c%c=", digits[two >> 10 & 63], digits[two >> 4 & 63], digits[two << 2 & 63]);
    } else {
        add(to, "%04x", two);
    }
}

static unsigned epoch_of(const struct draft *d, unsigned chain)
{
    return d->leans_on[chain] < chain ? d->leans_on[chain] : chain;
}

static void say_closing(struct draft *d, struct text *to)
{
    static const char *const outcomes[] = {"adopted",     "adopted", "adopted_with_conditions",
                                           "not_adopted", "lapsed",  "unclear"};
    add(to, "\"closing\":{");
    add_decision_id(d, to);
    add(to, ",\"outcome\":\"%s\"", one_of(d, outcomes, 6));
    if (draw(d, 2) == 0) {
        add_day(d, to, "date");
    }
    if (draw(d, 2) == 0) {
        add(to, ",\"cut\":[");
        for (unsigned i = 0; i < d->chains; i++) {
            unsigned seq = 1 + draw(d, SEQS + 2);
            add(to, "%s{\"origin\":\"%s\",\"counter\":%u,\"tag\":\"%016x\",\"seq\":%u,\"hash\":\"",
                i > 0 ? "," : "", ORGS[d->origin_of[i]], d->counter_of[i], epoch_of(d, i) + 1, seq);
            add_hash(to, i, seq, true);
            add(to, "\"%s}", draw(d, 6) == 0 ? ",\"past\":true" : "");
        }
        add(to, "]");
    }
    add(to, "}");
}

static void say_withdrawal(struct draft *d, struct text *to)
{
    add(to, "\"withdrawal\":{");
    add_decision_id(d, to);
    if (draw(d, 2) == 0) {
        add_day(d, to, "date");
    }
    add(to, "}");
}

/* ---- what is said of items and notifications */

static void say_item(struct draft *d, struct text *to)
{
    static const char *const statuses[] = {"planned", "cancelled", "held"};
    add(to, "\"agendaItem\":{\"itemId\":\"");
    add_uuid(to, 800);
    add(to, "\",\"kind\":\"meeting\",\"title\":\"T%u\"", draw(d, 3));
    add_day(d, to, "date");
    if (draw(d, 3) == 0) {
        add(to, ",\"status\":\"%s\"", one_of(d, statuses, 3));
    }
    if (draw(d, 4) == 0) {
        add(to, ",\"disclosure\":\"secret\",\"secrecyGround\":\"G\",\"imposedBy\":\"I\","
                "\"liftableBy\":\"L\"");
    }
    if (draw(d, 2) == 0) {
        add(to, ",\"coEditors\":[\"%s\"]", ORGS[draw(d, 4)]);
    }
    if (draw(d, 4) > 0) {
        add_supersedes(d, to, 2);
    }
    add(to, "}");
}

static void say_notice(struct draft *d, struct text *to)
{
    if (draw(d, 2) == 0) {
        add(to, "\"acknowledgement\":{\"notification\":\"%s/", ORGS[0]);
        add_uuid(to, 700);
        add(to, "\",\"text\":\"A%u\"}", draw(d, 2));
        return;
    }
    add(to, "\"notification\":{\"notificationId\":\"");
    add_uuid(to, 700);
    add(to, "\",\"severity\":\"urgent\",\"subject\":\"S%u\"", draw(d, 2));
    if (draw(d, 2) == 0) {
        add(to, ",\"addressees\":[\"%s\",\"%s\"]", ORGS[1 + draw(d, 2)], ORGS[3]);
    }
    if (draw(d, 2) == 0) {
        add(to, ",\"requiresAcknowledgement\":true,\"expires\":\"2026-03-%02uT09:30:00+01:00\"",
            1 + draw(d, 12));
    }
    add(to, "}");
}

static void say(struct draft *d, struct text *to, unsigned origin, unsigned event)
{
    if (d->kind == DRAFT_ITEM) {
        say_item(d, to);
    } else if (d->kind == DRAFT_NOTIFICATION) {
        say_notice(d, to);
    } else if (event == 0 || draw(d, d->duel ? 40 : 12) == 0) {
        say_proposal(d, to, event);
    } else if (origin != 0 || draw(d, d->duel ? 12 : 4) > (d->quarrel ? 2U : 0U)) {
        say_position(d, to);
    } else if (draw(d, 3) > 0) {
        say_closing(d, to);
    } else {
        say_withdrawal(d, to);
    }
}

/* ---- chains and events */

static void add_parents(struct draft *d, struct text *to, unsigned chain)
{
    bool any = false;
    add(to, ",\"parents\":[");
    for (unsigned i = 0; i < chain; i++) {
        if (d->origin_of[i] == d->origin_of[chain] && d->counter_of[i] < d->counter_of[chain] &&
            d->leans_on[chain] >= chain && draw(d, 3) > 0) {
            /* a branch begins at 4: below that there is nothing of its own to name */
            add(to, "%s{\"chain\":%u,\"seq\":%u}", any ? "," : "", i, 4 + draw(d, SEQS - 3));
            any = true;
        }
    }
    add(to, "]}");
}

static void add_chain(struct draft *d, struct text *to, unsigned i)
{
    bool branch;
    d->origin_of[i] = i < 3 ? i : d->quarrel ? 0 : draw(d, 3) / 2;
    d->counter_of[i] = i < 3 ? 1 : 2 + draw(d, 2);
    d->leans_on[i] = i;
    branch = i >= 3 && draw(d, 3) == 0;
    if (branch) {
        d->leans_on[i] = d->origin_of[i]; /* a fork of the first epoch */
        d->counter_of[i] = 1;
    }
    add(to, "%s{\"origin\":\"%s\",\"counter\":%u,\"tag\":\"%016x\",\"base\":%u,\"last\":%u",
        i > 0 ? "," : "", ORGS[d->origin_of[i]], d->counter_of[i], epoch_of(d, i) + 1,
        branch ? 4 : 1, SEQS);
    if (branch) {
        add(to, ",\"leansOn\":%u", d->leans_on[i]);
    } else {
        add(to, ",\"leansOn\":null");
    }
    add_parents(d, to, i);
}

static void add_links(struct draft *d, struct text *to)
{
    bool any = false;
    add(to, "],\"links\":[");
    for (unsigned i = 0; i < d->chains; i++) {
        for (unsigned seq = d->leans_on[i] < i ? 4 : 2; seq <= SEQS; seq++) {
            if (draw(d, 4) > 0) {
                add(to, "%s{\"chain\":%u,\"seq\":%u,\"hash\":\"", any ? "," : "", i, seq);
                add_hash(to, i, seq, false);
                add(to, "\"}");
                any = true;
            }
        }
    }
}

static void put_event(struct draft *d, json_t *list, unsigned i, unsigned chain, unsigned seq)
{
    struct text text = {.n = 0};
    add(&text, "{\"chain\":%u,\"seq\":%u,\"hash\":\"", chain, seq);
    add_hash(&text, chain, seq, false);
    add(&text, "\",\"id\":\"");
    add_uuid(&text, d->ids[i]);
    bool last = draw(d, 60) == 0; /* the last hours that there are, and behind them */
    add(&text, "\",\"time\":\"%s-%02uT%02u:30:00.000Z\",", last ? "9999-12" : "2026-03",
        last ? 31 : 1 + draw(d, 13), 20 + draw(d, 4));
    say(d, &text, d->origin_of[chain], i);
    add(&text, "}");
    json_t *event = json_loads(text.p, 0, NULL);
    assert(event != NULL);
    json_array_append_new(list, event);
}

static unsigned draw_chain(struct draft *d, unsigned event)
{
    unsigned chain = draw(d, d->duel ? 2 : d->quarrel ? d->chains - 2 : d->chains);
    if (event == 0) {
        return 0;
    }
    return d->quarrel && chain > 0 ? chain + 2 : chain; /* those of the proposer */
}

/* A place for each event; the ids are drawn first, so that any event can name any other. */
static json_t *draw_events(struct draft *d)
{
    unsigned chain_of[EVENTS_MAX], seq_of[EVENTS_MAX];
    bool taken[CHAINS_MAX][SEQS + 1] = {{false}};
    json_t *list = json_array();
    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        unsigned chain = draw_chain(d, i), lowest = d->leans_on[chain] < chain ? 4 : 2;
        unsigned seq = i < 1 ? lowest : lowest + draw(d, SEQS + 1 - lowest);
        chain_of[i] = taken[chain][seq] ? CHAINS_MAX : chain; /* the place is taken: no event */
        seq_of[i] = seq;
        taken[chain][seq] = true;
        d->origins[i] = d->origin_of[chain];
        d->ids[i] = i > 0 && draw(d, 10) == 0 ? d->ids[i - 1] : 100 + i;
    }
    for (unsigned i = 0; i < d->events; i++) {
        if (chain_of[i] < CHAINS_MAX) {
            put_event(d, list, i, chain_of[i], seq_of[i]);
        }
    }
    return list;
}

static void put_ask(struct draft *d, json_t *to)
{
    static const char *const names[] = {"decision", "item", "notification"};
    static const char *const at[] = {"2026-03-04", "2026-03-08", "2026-03-20"};
    struct text subject = {.n = 0};
    if (d->kind != DRAFT_ITEM) {
        add(&subject, "%s/", ORGS[0]);
    }
    add_uuid(&subject, d->kind == DRAFT_ITEM ? 800 : d->kind == DRAFT_DECISION ? 900 : 700);
    json_object_set_new(to, names[d->kind], json_string(subject.p));
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof at / sizeof *at && (i == 0 || d->kind != DRAFT_ITEM); i++) {
        char time[32];
        (void)snprintf(time, sizeof time, "%s%s", at[i],
                       d->kind == DRAFT_NOTIFICATION ? "T08:30:00Z" : "");
        json_array_append_new(list, json_string(time));
    }
    json_object_set_new(to, "ask", list);
}

json_t *rules_random_case(uint64_t seed)
{
    struct draft d = {.state = seed * 0x9e3779b97f4a7c15U + 1};
    struct text text = {.n = 0};
    char name[40];
    for (int i = 0; i < 4; i++) {
        (void)rules_random_draw(&d.state); /* seeds beside each other come apart */
    }
    unsigned kind = draw(&d, 6);
    d.kind = kind < 4 ? DRAFT_DECISION : kind == 4 ? DRAFT_ITEM : DRAFT_NOTIFICATION;
    d.duel = d.kind == DRAFT_DECISION && draw(&d, 3) == 0;
    d.quarrel = d.kind == DRAFT_DECISION && !d.duel && draw(&d, 3) == 0;
    d.chains = 3 + draw(&d, CHAINS_MAX - 2);
    d.events = d.duel ? EVENTS_MAX : 2 + draw(&d, EVENTS_MAX - 1);
    (void)snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
    add(&text, "{\"name\":\"%s\",\"chains\":[", name);
    for (unsigned i = 0; i < d.chains; i++) {
        add_chain(&d, &text, i);
    }
    add_links(&d, &text);
    add(&text, "]}");
    json_t *one = json_loads(text.p, 0, NULL);
    assert(one != NULL);
    json_object_set_new(one, "events", draw_events(&d));
    put_ask(&d, one);
    return one;
}
