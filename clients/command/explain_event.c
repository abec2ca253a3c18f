/* The event itself, for samenbus explain; see explain_event.h. The way of an event is told by the
 * times at its stations: taken and signed at its origin, on disk here, shown by each partner. */
#include "clients/command/explain_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/pages.h"
#include "clients/command/talk.h"
#include "clients/command/where.h"
#include "clients/lib/erasures.h"
#include "proto/body.h"
#include "proto/json.h"
#include "proto/text.h"

enum { ANSWER_MS = 10000, BRANCHES_MAX = 64 };

static void copy_text(char *out, size_t cap, struct sb_bytes text)
{
    size_t n = text.n < cap - 1 ? text.n : cap - 1;
    memcpy(out, text.n == 0 ? (const uint8_t *)"" : text.p, n);
    out[n] = '\0';
}

static void read_body(struct sb_event_facts *out, const struct sb_item *item)
{
    struct sb_body_head head;
    if (item->salt != NULL && sb_body_head_read(&head, item->body)) {
        out->readable = true;
        copy_text(out->topic, sizeof out->topic, head.topic);
        copy_text(out->publisher, sizeof out->publisher, head.publisher);
        out->type = sb_content_name(head.content);
        out->time = head.time;
    }
}

/* Takes what the page says, where its first event is the one that is meant. */
static bool take_page(struct sb_event_facts *out, const struct sb_fetched *page,
                      struct sb_arena *arena)
{
    const struct sb_events *e = &page->events;
    if (e->n_items == 0 || !sb_uuid_eq(&e->items[0].link.id, &out->holders.id)) {
        return false;
    }
    const struct sb_audience *to = &e->items[0].link.audience;
    out->audience.orgs = (const struct sb_org *)(const void *)sb_arena_copy(
                             arena, to->orgs, to->n * sizeof *to->orgs)
                             .p;
    out->audience.n = out->audience.orgs == NULL ? 0 : to->n;
    out->signed_ = e->n_checkpoints > 0 ? e->checkpoints[0].time : (struct sb_time){0};
    read_body(out, &e->items[0]);
    return true;
}

static enum sb_rc fetch(struct sb_event_facts *out, struct sb_client *client,
                        struct sb_arena *arena, struct sb_err *err)
{
    const struct sb_fetched *page;
    struct sb_fetch at = {out->holders.origin, out->holders.epoch, 0, out->holders.seq};
    enum sb_rc rc = SB_OK;
    for (bool found = false; rc == SB_OK && !found && at.branch < BRANCHES_MAX; at.branch++) {
        rc = sb_client_fetch(client, &at, ANSWER_MS, &page, err);
        found = rc == SB_OK && (page->end || take_page(out, page, arena));
    }
    return rc;
}

static bool take_erasure(struct sb_event_facts *out, const struct sb_erasures *some)
{
    for (size_t i = 0; i < some->n_items; i++) {
        const struct sb_erasure *e = &some->items[i];
        if (sb_org_eq(&e->origin, &out->holders.origin) && sb_uuid_eq(&e->id, &out->holders.id)) {
            out->expired = sb_uuid_is_zero(&e->erasure);
            out->erased = !out->expired;
            out->gone_since = e->since;
            copy_text(out->ground, sizeof out->ground,
                      (struct sb_bytes){(const uint8_t *)e->ground, strlen(e->ground)});
            return true;
        }
    }
    return false;
}

/* Of an event without content: has it been erased, or has it expired? */
static enum sb_rc find_erasure(void *context, struct sb_client *client, struct sb_bytes from,
                               struct sb_page *page, struct sb_err *err)
{
    const struct sb_erasures *some;
    enum sb_rc rc = sb_client_erasures(client, from, ANSWER_MS, &some, err);
    if (rc == SB_OK) {
        *page = (struct sb_page){some->next, take_erasure(context, some) || some->end};
    }
    return rc;
}

enum sb_rc sb_event_facts_ask(struct sb_event_facts *out, struct sb_client *client,
                              const struct sb_reference *event, struct sb_arena *arena,
                              struct sb_err *err)
{
    const struct sb_holders *holders;
    *out = (struct sb_event_facts){.type = ""};
    enum sb_rc rc = sb_client_where(client, &event->org, &event->id, ANSWER_MS, &holders, err);
    if (rc != SB_OK) {
        return rc;
    }
    out->holders = *holders;
    out->holders.items = (struct sb_holder *)(uintptr_t)sb_arena_copy(
                             arena, holders->items, holders->n_items * sizeof *holders->items)
                             .p;
    if (out->holders.items == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    if (out->holders.n_items == 0) {
        return SB_OK;
    }
    rc = fetch(out, client, arena, err);
    if (rc == SB_OK && !out->readable) {
        rc = sb_pages_walk(client, find_erasure, out, err);
        rc = rc == SB_E_VERSION ? SB_OK : rc; /* a daemon of 0.1 knows of no erasures */
    }
    return rc;
}

/* ---- telling it */

static void print_station(struct sb_time time, const char *what, const char *who)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    printf("  %s  %s%s\n", text, what, who);
}

static void print_audience(const struct sb_audience *to)
{
    for (size_t i = 0; i < to->n; i++) {
        printf("%s%s", i > 0 ? ", " : ", for ", to->orgs[i].s);
    }
}

static void print_unreadable(const struct sb_event_facts *f)
{
    char since[SB_TIME_TEXT_MAX], ground[4 * SB_TITLE_MAX];
    sb_time_format(since, f->gone_since);
    (void)sb_text_escape(ground, sizeof ground,
                         (struct sb_bytes){(const uint8_t *)f->ground, strlen(f->ground)});
    if (f->erased || f->expired) {
        printf("an event of %s, %s since %s%s%s", f->holders.origin.s,
               f->erased ? "erased" : "expired here", since, ground[0] == '\0' ? "" : ": ", ground);
    } else {
        printf("an event of %s whose content is not here, or is not shown to this client",
               f->holders.origin.s);
    }
}

static void put_erased(struct sb_json_out *out, const struct sb_event_facts *f)
{
    char since[SB_TIME_TEXT_MAX];
    if (!f->erased && !f->expired) {
        return;
    }
    sb_time_format(since, f->gone_since);
    sb_json_put_key(out, f->erased ? "erased" : "expired");
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "since", since);
    sb_json_member_string(out, "ground", f->ground);
    sb_json_put_close(out, '}');
}

void sb_event_facts_print(const struct sb_event_facts *f)
{
    char topic[2 * SB_TOPIC_MAX], publisher[8 * SB_NAME_MAX];
    const struct sb_org *origin = &f->holders.origin;
    (void)sb_text_escape(topic, sizeof topic,
                         (struct sb_bytes){(const uint8_t *)f->topic, strlen(f->topic)});
    (void)sb_text_escape(publisher, sizeof publisher,
                         (struct sb_bytes){(const uint8_t *)f->publisher, strlen(f->publisher)});
    if (f->readable) {
        printf("%s%s%s%s by %s%s%s%s", sb_colour(stdout, SB_BOLD),
               f->type[0] == '\0' ? "an event" : f->type, sb_colour(stdout, SB_PLAIN),
               topic[0] == '\0' ? " of the system" : "", origin->s,
               publisher[0] == '\0' ? "" : " (", publisher, publisher[0] == '\0' ? "" : ")");
        printf("%s%s", topic[0] == '\0' ? "" : " under ", topic);
    } else {
        print_unreadable(f);
    }
    print_audience(&f->audience);
    puts("");
    if (f->readable) {
        print_station(f->time, "taken by the daemon of ", origin->s);
    }
    print_station(f->signed_, "signed by ", origin->s);
    sb_holders_print(&f->holders);
}

void sb_event_facts_put(struct sb_json_out *out, const struct sb_event_facts *f)
{
    char time[SB_TIME_TEXT_MAX];
    sb_json_put_holders(out, &f->holders);
    sb_json_put_key(out, "audience");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < f->audience.n; i++) {
        sb_json_put_string(out, f->audience.orgs[i].s);
    }
    sb_json_put_close(out, ']');
    sb_json_member_string(out, "topic", f->topic[0] == '\0' ? NULL : f->topic);
    sb_json_member_string(out, "type", f->type[0] == '\0' ? NULL : f->type);
    sb_json_member_string(out, "publisher", f->publisher[0] == '\0' ? NULL : f->publisher);
    sb_time_format(time, f->time);
    sb_json_member_string(out, "time", f->readable ? time : NULL);
    sb_time_format(time, f->signed_);
    sb_json_member_string(out, "signed", time);
    put_erased(out, f);
}
