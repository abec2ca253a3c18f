/* Asks the daemon what was said, answer by answer, and sorts it by subject. */
#include "clients/command/gather.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "clients/lib/samenbus_said.h"
#include "proto/segment.h"
#include "proto/statement_read.h"

enum { CONNECT_MS = 5000, ANSWER_MS = 10000 };

static const size_t ARENA_BYTES = (size_t)4 * 1024 * 1024 * 1024;

/* A statement under one of the things it is about. */
struct entry {
    struct sb_subject subject;
    const struct sb_statement *statement;
};

struct gathering {
    struct sb_gathered *g;
    unsigned kinds;
    const struct sb_uuid *only;
    struct entry *entries;
    size_t n, cap;
    struct sb_progress progress;
};

static struct sb_time wall_clock(void)
{
    struct timeval t;
    gettimeofday(&t, NULL);
    return (struct sb_time){(int64_t)t.tv_sec * 1000 + t.tv_usec / 1000};
}

/* ---- one event */

static bool add_entry(struct gathering *x, const struct sb_subject *subject,
                      const struct sb_statement *s)
{
    if (x->n == x->cap) {
        size_t cap = x->cap == 0 ? 1024 : 2 * x->cap;
        struct entry *entries = realloc(x->entries, cap * sizeof *entries);
        if (entries == NULL) {
            return false;
        }
        x->entries = entries;
        x->cap = cap;
    }
    x->entries[x->n++] = (struct entry){*subject, s};
    return true;
}

/* Topic and audience: what answers to the event goes to the same. */
static bool keep_envelope(struct sb_gathered_statement *kept, const struct sb_item *item,
                          struct sb_arena *arena)
{
    struct sb_audience audience = item->link.audience;
    struct sb_body_head head = {0};
    (void)sb_body_head_read(&head, item->body);
    kept->topic = sb_arena_copy(arena, head.topic.p, head.topic.n);
    kept->audience =
        (struct sb_audience){(const struct sb_org *)(const void *)sb_arena_copy(
                                 arena, audience.orgs, audience.n * sizeof *audience.orgs)
                                 .p,
                             audience.n};
    return kept->topic.p != NULL && kept->audience.orgs != NULL;
}

/* Keeps a statement where a subject is wanted; otherwise the arena is as before. */
static bool add_statement(struct gathering *x, const struct sb_item *item, uint32_t chain)
{
    const struct sb_link *link = &item->link;
    struct sb_arena_mark mark = sb_arena_mark(&x->g->arena);
    struct sb_gathered_statement *kept = sb_arena_alloc(&x->g->arena, sizeof *kept);
    struct sb_subject subjects[2];
    bool wanted = false;
    if (kept == NULL || !keep_envelope(kept, item, &x->g->arena)) {
        return false;
    }
    struct sb_statement *s = &kept->statement;
    *s = (struct sb_statement){.event = {link->origin, link->id},
                               .at = {chain, link->seq.n},
                               .epoch = link->epoch,
                               .hash = sb_link_hash(link)};
    if (sb_statement_read(s, item->body, &x->g->arena)) {
        size_t n = sb_statement_subjects(s, subjects);
        for (size_t i = 0; i < n; i++) {
            if ((x->kinds & 1U << subjects[i].kind) != 0 &&
                (x->only == NULL || sb_uuid_eq(&subjects[i].of.id, x->only))) {
                wanted = true;
                if (!add_entry(x, &subjects[i], s)) {
                    return false;
                }
            }
        }
    }
    if (!wanted) {
        sb_arena_rewind(&x->g->arena, mark);
    }
    return true;
}

/* The answer's own memory ends with the next question: what is kept is copied. */
static enum sb_rc take_answer(void *context, const struct sb_said_answer *answer,
                              struct sb_err *err)
{
    struct gathering *x = context;
    uint32_t *at = calloc(answer->n_chains + 1, sizeof *at);
    bool ok = at != NULL && sb_chains_take(x->g->chains, answer, at);
    enum sb_rc rc = SB_OK;
    x->g->complete = x->g->complete && answer->complete;
    for (size_t i = 0; ok && rc == SB_OK && i < answer->n_items; i++) {
        const struct sb_item *item = &answer->items[i].item;
        struct sb_item copy = *item;
        copy.body = sb_arena_copy(&x->g->arena, item->body.p, item->body.n);
        if (sb_body_verify(&item->link, item->salt, item->body) != SB_FAULT_NONE) {
            rc = sb_err_set(err, SB_E_NET,
                            "the daemon gives a body of %s that is not what its link commits to; "
                            "see `samenbus verify --store` there",
                            item->link.origin.s);
        } else {
            ok = copy.body.p != NULL && add_statement(x, &copy, at[answer->items[i].chain]);
        }
    }
    free(at);
    sb_progress_show(&x->progress, x->n, 0);
    return ok ? rc : sb_err_set(err, SB_E_NOMEM, "no memory for what was said");
}

/* ---- all of them */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->subject.kind != y->subject.kind) {
        return x->subject.kind < y->subject.kind ? -1 : 1;
    }
    return sb_reference_cmp(&x->subject.of, &y->subject.of);
}

/* Within a subject by place, so that what came in two answers stands together. */
static int compare_places(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    const struct sb_past_at *p = &x->statement->at, *q = &y->statement->at;
    int order = compare_entries(a, b);
    if (order == 0) {
        order = p->chain != q->chain ? (p->chain < q->chain ? -1 : 1)
                                     : (p->seq > q->seq) - (p->seq < q->seq);
    }
    return order;
}

static bool sort_by_subject(struct gathering *x)
{
    struct sb_gathered *g = x->g;
    const struct sb_statement **list = sb_arena_alloc(&g->arena, (x->n + 1) * sizeof *list);
    struct sb_gathered_subject *subjects = sb_arena_alloc(&g->arena, (x->n + 1) * sizeof *subjects);
    size_t n = 0;
    if (list == NULL || subjects == NULL) {
        return false;
    }
    if (x->n > 0) {
        qsort(x->entries, x->n, sizeof *x->entries, compare_places);
    }
    for (size_t i = 0; i < x->n; i++) {
        if (i > 0 && compare_places(&x->entries[i - 1], &x->entries[i]) == 0) {
            continue;
        }
        list[n] = x->entries[i].statement;
        if (i == 0 || compare_entries(&x->entries[i - 1], &x->entries[i]) != 0) {
            subjects[g->n_subjects++] =
                (struct sb_gathered_subject){x->entries[i].subject, &list[n], 0};
        }
        subjects[g->n_subjects - 1].n++;
        n++;
    }
    g->subjects = subjects;
    return sb_chains_past(g->chains, &g->past, &g->arena);
}

static enum sb_rc gather(struct gathering *x, struct sb_client *client, struct sb_query *query,
                         struct sb_err *err)
{
    x->g->complete = true;
    sb_progress_begin(&x->progress, "asking what was said");
    const struct sb_said_taker taker = {take_answer, x};
    enum sb_rc rc = sb_client_said(client, query, ANSWER_MS, &x->g->organisation, &taker, err);
    sb_progress_end(&x->progress);
    if (rc == SB_OK && !sort_by_subject(x)) {
        rc = sb_err_set(err, SB_E_NOMEM, "no memory for what was said");
    }
    return rc;
}

static int gather_asking(const struct sb_args *args, struct gathering *x, struct sb_query *query,
                         struct sb_gathered **out)
{
    struct sb_gathered *g = calloc(1, sizeof *g);
    struct sb_client *client = NULL;
    struct sb_err err = {0};
    *out = NULL;
    if (g == NULL || (g->chains = sb_chains_new()) == NULL) {
        free(g);
        sb_talk("no memory");
        return SB_EXIT_FAILURE;
    }
    x->g = g;
    g->now = wall_clock();
    sb_arena_init(&g->arena, ARENA_BYTES);
    int code = sb_talk_open(args, CONNECT_MS, &client);
    if (code == SB_EXIT_OK) {
        enum sb_rc rc = gather(x, client, query, &err);
        code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    }
    sb_client_close(client);
    free(x->entries);
    if (code != SB_EXIT_OK) {
        sb_gathered_free(g);
        g = NULL;
    }
    *out = g;
    return code;
}

int sb_gather(const struct sb_args *args, unsigned kinds, const struct sb_uuid *only,
              struct sb_gathered **out)
{
    struct gathering x = {.kinds = kinds, .only = only};
    struct sb_query query = {.said_kinds = kinds};
    if (only != NULL) {
        query.said_id = *only;
    }
    return gather_asking(args, &x, &query, out);
}

int sb_gather_open(const struct sb_args *args, unsigned kinds, struct sb_gathered **out)
{
    struct gathering x = {.kinds = kinds};
    struct sb_query query = {.said_kinds = kinds, .said_open = true};
    return gather_asking(args, &x, &query, out);
}

int sb_gather_event(const struct sb_args *args, const struct sb_reference *event,
                    struct sb_gathered **out)
{
    struct gathering x = {.kinds = UINT32_MAX};
    struct sb_query query = {.said_origin = event->org, .said_id = event->id};
    return gather_asking(args, &x, &query, out);
}

void sb_gathered_free(struct sb_gathered *g)
{
    if (g != NULL) {
        sb_chains_free(g->chains);
        sb_arena_fini(&g->arena);
        free(g);
    }
}

const struct sb_gathered_statement *sb_gathered_with(const struct sb_statement *statement)
{
    return (const struct sb_gathered_statement *)(const void *)statement;
}

struct sb_gathered_subject sb_gathered_find(const struct sb_gathered *g,
                                            const struct sb_subject *subject)
{
    const struct entry wanted = {*subject, NULL};
    size_t low = 0, high = g->n_subjects;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry at = {g->subjects[middle].subject, NULL};
        int order = compare_entries(&at, &wanted);
        if (order == 0) {
            return g->subjects[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return (struct sb_gathered_subject){*subject, NULL, 0};
}

/* ---- answers */

void sb_gathered_put_end(struct sb_json_out *out, const struct sb_gathered *g, bool complete)
{
    sb_chains_put_as_of(out, g->chains);
    sb_json_put_key(out, "complete");
    sb_json_put_bool(out, complete && g->complete);
}

void sb_gathered_say_end(const struct sb_gathered *g, bool complete)
{
    if (!complete || !g->complete) {
        printf(
            "\n%s%s%s\n", sb_colour(stdout, SB_YELLOW),
            sb_term(
                SB_TERM_LABEL,
                "Not complete: something that was published is not here yet, or not shown to you."),
            sb_colour(stdout, SB_PLAIN));
    }
}

int sb_gathered_print(struct sb_json_out *out)
{
    struct sb_bytes text = sb_json_out_done(out);
    if (text.p == NULL) {
        sb_talk("no memory for the answer");
        return SB_EXIT_FAILURE;
    }
    fwrite(text.p, 1, text.n, stdout);
    fputc('\n', stdout);
    return SB_EXIT_OK;
}

bool sb_gather_reference(const struct sb_args *args, const char *text, struct sb_reference *out)
{
    bool ok = sb_reference_parse(&out->org, &out->id, text, strlen(text));
    if (!ok) {
        sb_args_complain(args,
                         "%s: write ORG/UUID, such as "
                         "GM0384/01936c9e-8a40-7cc1-b1de-000000000001",
                         text);
    }
    return ok;
}

bool sb_gather_date(const struct sb_args *args, const char *flag, struct sb_time now,
                    struct sb_date *out)
{
    const char *text = sb_args_value(args, flag);
    *out = sb_date_of(now);
    if (text != NULL) {
        *out = sb_date_read((struct sb_bytes){(const uint8_t *)text, strlen(text)});
    }
    if (!sb_date_given(*out)) {
        sb_args_complain(args, "--%s %s: a date that exists, such as 2026-12-31", flag, text);
    }
    return sb_date_given(*out);
}
