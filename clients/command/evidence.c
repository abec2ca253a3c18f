/* samenbus evidence list: who said two things, as far as this daemon holds both. */
#include "clients/command/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/pages.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "proto/json.h"

enum { ARENA_BYTES = 1024 * 1024, HASH_SHOWN = 8 };

static const struct sb_flag list_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
};

struct walk {
    bool (*each)(void *context, uint64_t index, const struct sb_evidence_item *item);
    void *context;
    uint64_t index;
};

static enum sb_rc take_page(void *context, struct sb_client *client, struct sb_bytes from,
                            struct sb_page *page, struct sb_err *err)
{
    struct walk *w = context;
    const struct sb_evidence *answer;
    enum sb_rc rc = sb_client_evidence(client, from, SB_EVIDENCE_ANSWER_MS, &answer, err);
    if (rc != SB_OK) {
        return rc;
    }
    *page = (struct sb_page){answer->next, answer->end};
    for (size_t i = 0; i < answer->n_items; i++) {
        if (!w->each(w->context, ++w->index, &answer->items[i])) {
            page->end = true;
            break;
        }
    }
    return SB_OK;
}

enum sb_rc sb_evidence_each(struct sb_client *client,
                            bool (*each)(void *context, uint64_t index,
                                         const struct sb_evidence_item *item),
                            void *context, struct sb_err *err)
{
    struct walk w = {each, context, 0};
    return sb_pages_walk(client, take_page, &w, err);
}

struct listing {
    bool json;
    uint64_t n;
    struct sb_arena arena;
    bool failed;
};

static void print_hash(const struct sb_hash *hash)
{
    for (size_t i = 0; i < HASH_SHOWN; i++) {
        printf("%02x", hash->b[i]);
    }
    printf("…");
}

static void print_sides(const struct sb_evidence_item *item)
{
    for (size_t i = 0; i < item->n_sides; i++) {
        const struct sb_evidence_side *s = &item->sides[i];
        char time[SB_TIME_TEXT_MAX];
        sb_time_format(time, s->checkpoint.time);
        sb_show_print(stdout, "     %s:%" PRIu64 "  link ", s->epoch_text, s->seq.n);
        print_hash(&s->hash);
        if (item->kind == SB_EVIDENCE_ID_CONFLICT) {
            printf("  commitment ");
            print_hash(&s->commitment);
        }
        printf("  signed up to %" PRIu64 " at %s\n", s->checkpoint.seq.n, time);
    }
}

static void print_item(uint64_t index, const struct sb_evidence_item *item)
{
    char since[SB_TIME_TEXT_MAX], id[SB_UUID_TEXT_MAX];
    sb_time_format(since, item->since);
    sb_uuid_format(id, &item->id);
    printf("%s%3" PRIu64 "  ", sb_colour(stdout, SB_BOLD), index);
    if (item->kind == SB_EVIDENCE_FORK && item->n_sides > 0) {
        sb_show_print(stdout, "fork         %s %s:%" PRIu64, item->origin.s,
                      item->sides[0].epoch_text, item->sides[0].seq.n);
    } else {
        printf("id_conflict  %s/%s", item->origin.s, id);
    }
    printf("%s  known here since %s\n", sb_colour(stdout, SB_PLAIN), since);
    print_sides(item);
    if (item->kind == SB_EVIDENCE_ID_CONFLICT && !item->compared) {
        printf("     not both bodies are here: commitments differ, contents were not compared\n");
    }
}

static bool print_next(void *context, uint64_t index, const struct sb_evidence_item *item)
{
    struct listing *l = context;
    l->n++;
    if (!l->json) {
        print_item(index, item);
        return true;
    }
    sb_arena_reset(&l->arena);
    struct sb_bytes text = sb_json_evidence(item, index, &l->arena);
    l->failed = text.p == NULL;
    if (!l->failed) {
        printf("%s%.*s", index == 1 ? "" : ",", (int)text.n, (const char *)text.p);
    }
    return !l->failed;
}

static enum sb_rc list(struct sb_client *client, struct listing *l, struct sb_err *err)
{
    fputs(l->json ? "{\"evidence\":[" : "", stdout);
    enum sb_rc rc = sb_evidence_each(client, print_next, l, err);
    fputs(l->json ? "]}\n" : "", stdout);
    if (rc == SB_OK && l->failed) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    if (rc == SB_OK && l->n == 0 && !l->json) {
        puts("no evidence: nobody signed two histories or used one id for two contents, as far as "
             "this daemon knows");
    }
    return rc;
}

static int evidence_list(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    struct sb_client *client;
    struct sb_err err = {0};
    struct listing l = {.json = false};
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, SB_EVIDENCE_ANSWER_MS, &client);
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

const struct sb_command sb_command_evidence_list = {
    .words = "evidence list",
    .about = "list who signed two histories, or used one id for two contents",
    SB_FLAGS(list_flags),
    .examples = "  samenbus evidence list\n"
                "  samenbus evidence list -o json | jq '.evidence[] | select(.kind == \"fork\")'\n",
    .run = evidence_list,
};
