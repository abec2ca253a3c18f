/* From JSON to statements, through the real reading of submissions and bodies. */
#include "tests/unit/proto/rules_case.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "proto/json.h"
#include "proto/statement_read.h"
#include "proto/view_json.h"

enum { ARENA_BYTES = 256 * 1024 * 1024, VIEW_BYTES = 4096 };

static void *room(struct rules_case *c, size_t n, size_t size)
{
    void *p = sb_arena_alloc(&c->arena, (n + 1) * size);
    assert(p != NULL);
    memset(p, 0, (n + 1) * size);
    return p;
}

static uint64_t number_of(const json_t *one, const char *key)
{
    const json_t *value = json_object_get(one, key);
    assert(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

static const char *text_of(const json_t *one, const char *key)
{
    const char *text = json_string_value(json_object_get(one, key));
    assert(text != NULL);
    return text;
}

static struct sb_hash hash_of(const json_t *one)
{
    struct sb_hash hash;
    const char *text = text_of(one, "hash");
    bool ok = sb_hex_decode(hash.b, sizeof hash.b, text, strlen(text));
    assert(ok);
    return hash;
}

static struct sb_past_at at_of(const json_t *one)
{
    return (struct sb_past_at){(uint32_t)number_of(one, "chain"), number_of(one, "seq")};
}

static struct sb_past_chain chain_of(struct rules_case *c, const json_t *one)
{
    struct sb_past_chain chain = {.leans_on = SB_PAST_NONE};
    const json_t *parents = json_object_get(one, "parents");
    uint8_t tag[8];
    bool ok = sb_org_parse(&chain.origin, text_of(one, "origin"), strlen(text_of(one, "origin"))) &&
              sb_hex_decode(tag, sizeof tag, text_of(one, "tag"), strlen(text_of(one, "tag")));
    assert(ok);
    chain.epoch.counter = (uint32_t)number_of(one, "counter");
    for (size_t i = 0; i < sizeof tag; i++) {
        chain.epoch.tag = chain.epoch.tag << 8 | tag[i];
    }
    if (json_is_integer(json_object_get(one, "leansOn"))) {
        chain.leans_on = (uint32_t)number_of(one, "leansOn");
    }
    chain.base = number_of(one, "base");
    chain.last = number_of(one, "last");
    struct sb_past_at *to = room(c, json_array_size(parents), sizeof *to);
    for (; chain.n_parents < json_array_size(parents); chain.n_parents++) {
        to[chain.n_parents] = at_of(json_array_get(parents, chain.n_parents));
    }
    chain.parents = to;
    return chain;
}

static void load_past(struct rules_case *c, const json_t *one)
{
    const json_t *chains = json_object_get(one, "chains"), *links = json_object_get(one, "links");
    struct sb_past_chain *to = room(c, json_array_size(chains), sizeof *to);
    struct sb_past_link *known = room(c, json_array_size(links), sizeof *known);
    for (size_t i = 0; i < json_array_size(chains); i++) {
        to[i] = chain_of(c, json_array_get(chains, i));
    }
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        known[i] = (struct sb_past_link){at_of(link), hash_of(link)};
    }
    c->past = (struct sb_past){to, json_array_size(chains), known, json_array_size(links), NULL};
}

/* Where a content stands does not matter to the rules; a submission must stand somewhere. */
static struct sb_bytes body_of(struct rules_case *c, const json_t *event, struct sb_time time)
{
    static const char *const contents[] = {"agendaItem",     "proposal", "position",
                                           "withdrawal",     "closing",  "notification",
                                           "acknowledgement"};
    struct sb_submission submission;
    struct sb_err err = {0};
    enum sb_code code;
    json_t *object = json_object();
    json_object_set_new(object, "topic", json_string("custom/rules"));
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
        json_t *content = json_object_get(event, contents[i]);
        if (content != NULL) {
            json_object_set(object, contents[i], content);
        }
    }
    char *text = json_dumps(object, 0);
    enum sb_rc rc =
        sb_json_read_submission(&submission, &code, text, strlen(text), time, &c->arena, &err);
    if (rc != SB_OK || code != SB_CODE_OK) {
        fprintf(stderr, "%s: %s\n", text, err.text);
    }
    assert(rc == SB_OK && code == SB_CODE_OK);
    free(text);
    json_decref(object);
    return sb_body_seal(submission.body, time, "", &c->arena);
}

static void load_event(struct rules_case *c, const json_t *one)
{
    struct sb_statement *s = &c->statements[c->n];
    struct sb_time time;
    const char *id = text_of(one, "id"), *at = text_of(one, "time");
    s->at = at_of(one);
    assert(s->at.chain < c->past.n_chains);
    s->event.org = c->past.chains[s->at.chain].origin;
    s->epoch = c->past.chains[s->at.chain].epoch;
    s->hash = hash_of(one);
    bool ok = sb_uuid_parse(&s->event.id, id, strlen(id)) && sb_time_parse(&time, at, strlen(at));
    assert(ok);
    struct sb_bytes body = body_of(c, one, time);
    ok = sb_statement_read(s, body, &c->arena);
    assert(ok);
    c->given[c->n++] = s;
}

void rules_case_load(struct rules_case *c, const json_t *one)
{
    const json_t *events = json_object_get(one, "events");
    *c = (struct rules_case){.n = 0};
    sb_arena_init(&c->arena, ARENA_BYTES);
    load_past(c, one);
    c->statements = room(c, json_array_size(events), sizeof *c->statements);
    c->given = room(c, json_array_size(events), sizeof *c->given);
    for (size_t i = 0; i < json_array_size(events); i++) {
        load_event(c, json_array_get(events, i));
    }
}

void rules_case_fini(struct rules_case *c)
{
    sb_arena_fini(&c->arena);
}

static struct sb_reference reference_of(const char *text)
{
    struct sb_reference r;
    bool ok = sb_reference_parse(&r.org, &r.id, text, strlen(text));
    assert(ok);
    return r;
}

static const char *done(struct sb_json_out *out)
{
    struct sb_bytes text = sb_json_out_done(out);
    assert(text.p != NULL);
    return (const char *)text.p;
}

const char *rules_case_decision(struct rules_case *c, const char *subject, const char *at)
{
    struct sb_reference decision = reference_of(subject);
    struct sb_date as_of = sb_date_read((struct sb_bytes){(const uint8_t *)at, strlen(at)});
    struct sb_json_out out;
    assert(sb_date_given(as_of));
    const struct sb_decision_view *view =
        sb_decision_fold(&decision, c->given, c->n, &c->past, as_of, &c->arena);
    assert(view != NULL);
    sb_json_out_init(&out, &c->arena, VIEW_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_put_decision(&out, view);
    sb_json_put_key(&out, "complete");
    sb_json_put_bool(&out, view->complete);
    sb_json_put_close(&out, '}');
    return done(&out);
}

const char *rules_case_agenda(struct rules_case *c, const char *subject)
{
    struct sb_uuid id;
    struct sb_json_out out;
    bool ok = sb_uuid_parse(&id, subject, strlen(subject));
    assert(ok);
    const struct sb_agenda_group *group = sb_agenda_fold(&id, c->given, c->n, &c->arena);
    assert(group != NULL);
    sb_json_out_init(&out, &c->arena, VIEW_BYTES);
    sb_json_put_open(&out, '[');
    for (size_t i = 0; i < group->n_items; i++) {
        sb_json_put_open(&out, '{');
        sb_json_put_agenda(&out, &group->items[i], group);
        sb_json_put_close(&out, '}');
    }
    sb_json_put_close(&out, ']');
    return done(&out);
}

const char *rules_case_notification(struct rules_case *c, const char *subject, const char *at)
{
    struct sb_reference notification = reference_of(subject);
    struct sb_time time;
    struct sb_json_out out;
    bool ok = sb_time_parse(&time, at, strlen(at));
    assert(ok);
    const struct sb_notification_view *view =
        sb_notification_fold(&notification, c->given, c->n, &c->past, time, &c->arena);
    assert(view != NULL);
    sb_json_out_init(&out, &c->arena, VIEW_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_put_notification(&out, view);
    sb_json_put_close(&out, '}');
    return done(&out);
}
