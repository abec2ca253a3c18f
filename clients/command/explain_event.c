/* The event itself, for samenbus explain; see explain_event.h. The way of an event is told by the
 * times at its stations: taken and signed at its origin, on disk here, shown by each partner. */
#include "clients/command/explain_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/talk.h"
#include "clients/command/where.h"
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
    return out->holders.n_items > 0 ? fetch(out, client, arena, err) : SB_OK;
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
        printf("an event of %s whose content is not here", origin->s);
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
}
