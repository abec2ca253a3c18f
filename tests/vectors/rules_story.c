/* Writes a story out in full, as a vector has it, and asks the rules for its views. */
#include "tests/vectors/rules_story.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/proto/rules_case.h"

enum { TEXT_BYTES = 8192 };

static const struct story_chain USUAL[] = {
    {"GM0384", 1, NULL, 0, 0}, {"GM0437", 1, NULL, 0, 0}, {"GM0451", 1, NULL, 0, 0}};

struct text {
    char p[TEXT_BYTES];
    size_t n;
};

static void add(struct text *to, const char *text)
{
    size_t n = strlen(text);
    assert(to->n + n < sizeof to->p);
    memcpy(to->p + to->n, text, n + 1);
    to->n += n;
}

static void add_uuid(struct text *to, unsigned number)
{
    struct sb_uuid id = uuid_of(number);
    char text[SB_UUID_TEXT_MAX];
    sb_uuid_format(text, &id);
    add(to, text);
}

static unsigned event_number(unsigned chain, unsigned seq)
{
    return (chain + 1) * 100 + seq;
}

static const struct story_chain *chains_of(const struct story *s, size_t *n)
{
    if (s->chains[0].origin == NULL) {
        *n = sizeof USUAL / sizeof *USUAL;
        return USUAL;
    }
    for (*n = 0; *n < STORY_CHAINS_MAX && s->chains[*n].origin != NULL;) {
        ++*n;
    }
    return s->chains;
}

static struct sb_hash hash_at(unsigned chain, unsigned seq)
{
    char text[40];
    (void)snprintf(text, sizeof text, "link %u.%u", chain, seq);
    return seeded(text);
}

static struct sb_hash tag_of(unsigned chain)
{
    char text[40];
    (void)snprintf(text, sizeof text, "tag %u", chain);
    return seeded(text); /* its first eight bytes */
}

static void add_tag(struct text *to, unsigned chain)
{
    char text[17];
    struct sb_hash tag = tag_of(chain);
    sb_hex_encode(text, tag.b, 8);
    add(to, text);
}

static void add_hash(struct text *to, struct sb_hash hash)
{
    char text[4 * ((sizeof hash.b + 2) / 3) + 1];
    sb_base64_encode(text, hash.b, sizeof hash.b);
    add(to, text);
}

/* What stands behind a $; returns what follows it. */
static const char *expand(const struct story *s, struct text *to, const char *from)
{
    size_t n;
    char *end, kind = *from++;
    unsigned number = (unsigned)strtoul(from, &end, 10);
    if (kind == 't') {
        add_tag(to, number);
        return end;
    }
    if (kind == 'h') {
        add_hash(to, hash_at(number / 100, number % 100));
        return end;
    }
    if (kind == 'r') {
        add(to, "GM0384/");
    } else if (kind == 'e') {
        unsigned chain = number / 100;
        add(to, chains_of(s, &n)[chain].origin);
        add(to, "/");
        number = event_number(chain, number % 100);
    }
    add_uuid(to, number);
    return end;
}

static void write_out(const struct story *s, struct text *to, const char *from)
{
    to->n = 0;
    while (*from != '\0') {
        char one[] = {*from == '\'' ? '"' : *from, '\0'};
        if (*from == '$') {
            from = expand(s, to, from + 1);
        } else {
            add(to, one);
            from++;
        }
    }
}

/* "0.4 1.2" as a list of {chain, seq}. */
static json_t *places(const char *text, bool with_hash)
{
    json_t *list = json_array();
    while (text != NULL && *text != '\0') {
        char *end;
        json_t *at = json_object();
        unsigned chain = (unsigned)strtoul(text, &end, 10);
        unsigned seq = (unsigned)strtoul(end + 1, &end, 10);
        put_number(at, "chain", chain);
        put_number(at, "seq", seq);
        if (with_hash) {
            struct sb_hash hash = hash_at(chain, seq);
            put(at, "hash", hex_hash(&hash));
        }
        json_array_append_new(list, at);
        text = *end == ' ' ? end + 1 : end;
    }
    return list;
}

/* Where the story does not say otherwise, twenty links are held of every chain. */
static void put_chain(json_t *list, const struct story_chain *chain, unsigned index)
{
    json_t *one = json_object();
    struct sb_hash tag = tag_of(chain->base > 0 ? chain->leans_on : index);
    put_text(one, "origin", chain->origin);
    put_number(one, "counter", chain->counter);
    put(one, "tag", hex_of(tag.b, 8));
    put(one, "leansOn", chain->base > 0 ? json_integer(chain->leans_on) : json_null());
    put_number(one, "base", chain->base > 0 ? chain->base : 1);
    put_number(one, "last", 20);
    put(one, "parents", places(chain->parents, false));
    json_array_append_new(list, one);
}

static void put_chains(json_t *to, const struct story *s)
{
    json_t *list = put_list(to, "chains");
    size_t n;
    const struct story_chain *chains = chains_of(s, &n);
    for (unsigned i = 0; i < n; i++) {
        put_chain(list, &chains[i], i);
    }
    put(to, "links", places(s->links, true));
}

static void put_event(json_t *list, const struct story *s, const struct story_event *event)
{
    struct text text, id = {.n = 0};
    write_out(s, &text, event->json);
    json_t *one = json_loads(text.p, JSON_REJECT_DUPLICATES, NULL), *full = json_object();
    if (one == NULL) {
        fprintf(stderr, "%s\n", text.p);
    }
    assert(one != NULL);
    struct sb_hash hash = hash_at(event->chain, event->seq);
    put_number(full, "chain", event->chain);
    put_number(full, "seq", event->seq);
    put(full, "hash", hex_hash(&hash));
    add_uuid(&id, event->id_of > 0 ? event_number(event->id_of / 100, event->id_of % 100)
                                   : event_number(event->chain, event->seq));
    put_text(full, "id", id.p);
    text.n = 0;
    add(&text, event->day);
    add(&text, strchr(event->day, 'T') == NULL ? "T09:00:00.000Z" : "");
    put_text(full, "time", text.p);
    json_object_update(full, one);
    json_decref(one);
    json_array_append_new(list, full);
}

static json_t *view_of(struct rules_case *c, enum story_kind kind, const char *subject,
                       const char *at)
{
    const char *text = kind == STORY_DECISION ? rules_case_decision(c, subject, at)
                       : kind == STORY_AGENDA ? rules_case_agenda(c, subject)
                                              : rules_case_notification(c, subject, at);
    json_t *view = json_loads(text, 0, NULL);
    assert(view != NULL);
    return view;
}

json_t *story_case(const struct story *s, enum story_kind kind)
{
    static const char *const subjects[] = {"decision", "item", "notification"};
    json_t *one = json_object(), *events, *views;
    struct rules_case c;
    struct text subject;
    put_text(one, "name", s->name);
    put_chains(one, s);
    events = put_list(one, "events");
    for (size_t i = 0; i < STORY_EVENTS_MAX && s->events[i].json != NULL; i++) {
        put_event(events, s, &s->events[i]);
    }
    write_out(s, &subject, s->subject != NULL ? s->subject : kind == STORY_AGENDA ? "$u1" : "$r1");
    put_text(one, subjects[kind], subject.p);
    views = put_list(one, "views");
    rules_case_load(&c, one);
    for (size_t i = 0; i < STORY_VIEWS_MAX && (s->at[i] != NULL || i == 0); i++) {
        json_t *view = json_object();
        if (kind != STORY_AGENDA) {
            put_text(view, "at", s->at[i]);
        }
        put(view, "view", view_of(&c, kind, subject.p, s->at[i]));
        json_array_append_new(views, view);
    }
    rules_case_fini(&c);
    return one;
}
