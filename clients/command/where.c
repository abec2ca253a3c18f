/* samenbus where: who has an event on disk, links and bodies, and since when that is known. */
#include "clients/command/where.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/nearest.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"
#include "proto/json.h"

enum { ANSWER_MS = 5000, ARENA_BYTES = 1024 * 1024 };

static const struct sb_flag where_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
};

/* "yes, since 2026-11-23T10:00:00.123Z"; "or before": nobody was listening then. */
static void print_holding(const char *what, enum sb_holding holding, struct sb_time since,
                          bool earlier)
{
    char time[SB_TIME_TEXT_MAX];
    sb_time_format(time, since);
    printf("  %s: ", what);
    if (holding == SB_HOLDING_UNKNOWN) {
        printf("unknown");
    } else if (holding == SB_HOLDING_NO) {
        printf("%sno%s", sb_colour(stdout, SB_YELLOW), sb_colour(stdout, SB_PLAIN));
    } else {
        printf("%syes%s, since %s%s", sb_colour(stdout, SB_GREEN), sb_colour(stdout, SB_PLAIN),
               time, earlier ? " or before" : "");
    }
}

static void print_holder(const struct sb_holder *h, bool ourselves)
{
    printf("%-10s", h->organisation.s);
    print_holding("link", h->links, h->links_since, h->links_earlier);
    if (h->entitled) {
        print_holding("body", h->bodies, h->bodies_since, h->bodies_earlier);
    } else {
        printf("  body: not entitled");
    }
    puts(ourselves ? "  (this daemon)" : "");
}

void sb_holders_print(const struct sb_holders *w)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &w->id);
    sb_show_print(stdout, "%s/%s is %s:%" PRIu64 "\n", w->origin.s, id, w->epoch_text, w->seq.n);
    for (size_t i = 0; i < w->n_items; i++) {
        print_holder(&w->items[i], i == 0);
    }
    if (w->doubled) {
        puts("this id was used for more than one event; here is the first: see `samenbus evidence "
             "list`");
    }
}

static enum sb_rc print(const struct sb_holders *w, bool json, struct sb_err *err)
{
    if (w->n_items == 0) {
        char id[SB_UUID_TEXT_MAX];
        sb_uuid_format(id, &w->id);
        return sb_err_set(err, SB_E_REFUSED,
                          "this daemon holds no event %s/%s: compare the id, and if it is new, "
                          "look at `samenbus status` for what is still missing here",
                          w->origin.s, id);
    }
    if (!json) {
        sb_holders_print(w);
        return SB_OK;
    }
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes text = sb_json_holders(w, &arena);
    bool ok = text.p != NULL;
    if (ok) {
        printf("%.*s\n", (int)text.n, (const char *)text.p);
    }
    sb_arena_fini(&arena);
    return ok ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
}

static int where(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    struct sb_client *client;
    const struct sb_holders *answer;
    struct sb_org origin;
    struct sb_uuid id;
    struct sb_err err = {0};
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    if (args->n_operands == 0) {
        return sb_args_complain(args, "which event? ORG/UUID, as publish and tail print them");
    }
    const char *event = args->operands[0];
    if (!sb_reference_parse(&origin, &id, event, strlen(event))) {
        return sb_args_complain(args, "%s: write ORG/UUID, the origin and the id of an event",
                                event);
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_where(client, &origin, &id, ANSWER_MS, &answer, &err);
    if (rc == SB_OK) {
        rc = print(answer, format == 1, &err);
    }
    code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    if (rc == SB_E_REFUSED) {
        sb_nearest_ask(client, origin.s);
    }
    sb_client_close(client);
    return code;
}

const struct sb_command sb_command_where = {
    .words = "where",
    .synopsis = "ORG/UUID",
    .about = "print who has an event on disk, its link and its body, and since when",
    SB_FLAGS(where_flags),
    .operands_max = 1,
    .examples = "  samenbus where GM0384/0193aa5c-7c1e-7000-8000-000000000001\n"
                "  samenbus publish event.json | jq -r '.origin+\"/\"+.id' | xargs samenbus where\n"
                "  # since: when a partner first showed it to this daemon; \"or before\": this\n"
                "  # daemon did not listen then, or remembers that time less exactly\n",
    .run = where,
};
