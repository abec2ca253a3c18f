/* samenbus erasures: what has been erased or has expired, who has confirmed it, and who has not. */
#include <stdio.h>
#include <string.h>

#include "clients/command/pages.h"
#include "clients/command/talk.h"
#include "clients/lib/erasures.h"
#include "proto/json.h"
#include "proto/text.h"

enum { ANSWER_MS = 10000, ARENA_BYTES = 1024 * 1024, GROUND_SHOWN = 200 };

static const struct sb_flag erasures_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
    {"unconfirmed", 'u', NULL, "only those that somebody has not confirmed"},
};

struct listing {
    bool json, unconfirmed, complete;
    uint64_t n;
    struct sb_arena arena;
};

static bool is_waiting(const struct sb_erasure *e)
{
    for (size_t i = 0; i < e->n_holders; i++) {
        if (e->holders[i].time.ms == 0) {
            return true;
        }
    }
    return false;
}

static void print_holders(const struct sb_erasure *e)
{
    for (size_t i = 0; i < e->n_holders; i++) {
        const struct sb_erasure_holder *h = &e->holders[i];
        char time[SB_TIME_TEXT_MAX];
        sb_time_format(time, h->time);
        if (h->time.ms != 0) {
            printf("  %-10s %sconfirmed%s %s\n", h->organisation.s, sb_colour(stdout, SB_GREEN),
                   sb_colour(stdout, SB_PLAIN), time);
        } else {
            printf("  %-10s %snot confirmed%s\n", h->organisation.s, sb_colour(stdout, SB_YELLOW),
                   sb_colour(stdout, SB_PLAIN));
        }
    }
}

static void print_text(const struct sb_erasure *e)
{
    char id[SB_UUID_TEXT_MAX], since[SB_TIME_TEXT_MAX], ground[4 * GROUND_SHOWN];
    bool expired = sb_uuid_is_zero(&e->erasure);
    sb_uuid_format(id, &e->id);
    sb_time_format(since, e->since);
    (void)sb_text_escape(ground, sizeof ground,
                         (struct sb_bytes){(const uint8_t *)e->ground, strlen(e->ground)});
    printf("%s%s/%s%s  %s since %s%s%s\n", sb_colour(stdout, SB_BOLD), e->origin.s, id,
           sb_colour(stdout, SB_PLAIN), expired ? "expired here" : "erased", since,
           ground[0] == '\0' ? "" : ": ", ground);
    if (e->in_files) {
        puts("  shown to nobody; its bytes leave this daemon's file with the next compaction");
    }
    print_holders(e);
}

static bool print_one(struct listing *l, const struct sb_erasure *e)
{
    if (l->unconfirmed && !is_waiting(e)) {
        return true;
    }
    l->n++;
    if (!l->json) {
        print_text(e);
        return true;
    }
    sb_arena_reset(&l->arena);
    struct sb_bytes text = sb_json_erasure(e, &l->arena);
    if (text.p != NULL) {
        printf("%s%.*s", l->n == 1 ? "" : ",", (int)text.n, (const char *)text.p);
    }
    return text.p != NULL;
}

static enum sb_rc take_page(void *context, struct sb_client *client, struct sb_bytes from,
                            struct sb_page *page, struct sb_err *err)
{
    struct listing *l = context;
    const struct sb_erasures *answer;
    enum sb_rc rc = sb_client_erasures(client, from, ANSWER_MS, &answer, err);
    if (rc != SB_OK) {
        return rc;
    }
    l->complete = answer->complete;
    for (size_t i = 0; i < answer->n_items; i++) {
        if (!print_one(l, &answer->items[i])) {
            return sb_err_set(err, SB_E_NOMEM, "no memory");
        }
    }
    *page = (struct sb_page){answer->next, answer->end};
    return SB_OK;
}

static enum sb_rc list(struct sb_client *client, struct listing *l, struct sb_err *err)
{
    fputs(l->json ? "{\"erasures\":[" : "", stdout);
    enum sb_rc rc = sb_pages_walk(client, take_page, l, err);
    if (l->json) {
        printf("],\"complete\":%s}\n", l->complete ? "true" : "false");
        return rc;
    }
    if (rc == SB_OK && l->n == 0) {
        puts(l->unconfirmed ? "every erasure has been confirmed by all who had a copy"
                            : "nothing has been erased, and nothing has expired here");
    }
    if (rc == SB_OK && !l->complete) {
        puts("not complete: not every partner has told what it knows since this daemon started; "
             "see samenbus status");
    }
    return rc;
}

static int erasures(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    struct sb_client *client;
    struct sb_err err = {0};
    struct listing l = {.unconfirmed = sb_args_has(args, "unconfirmed")};
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    l.json = format == 1;
    sb_arena_init(&l.arena, ARENA_BYTES);
    enum sb_rc rc = list(client, &l, &err);
    sb_arena_fini(&l.arena);
    sb_client_close(client);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_erasures = {
    .words = "erasures",
    .about = "list what was erased or has expired, and who has confirmed it",
    SB_FLAGS(erasures_flags),
    .examples = "  samenbus erasures --unconfirmed\n"
                "  samenbus erasures -o json | jq -r '.erasures[] | select(.waiting != []) | "
                ".event'\n",
    .run = erasures,
};
