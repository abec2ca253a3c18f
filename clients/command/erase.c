/* samenbus erase: has events of one's own organisation erased, here and at every partner. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/publish.h"
#include "clients/command/talk.h"
#include "clients/lib/erasures.h"
#include "proto/arena.h"
#include "proto/json.h"

enum { TIMEOUT_MS = 10000, BATCH = 256, LINE_BYTES = 256, ARENA_BYTES = 64 * 1024 };

static const char *const outputs[] = {"json", NULL};

static const struct sb_flag erase_flags[] = {
    SB_FLAG_CONFIG,
    SB_FLAG_RESULTS,
    {"ground", 'g', "TEXT", "the legal ground, which every partner keeps and shows"},
    {"timeout", 0, "DURATION", "how long to wait for the daemon (default 10s)"},
};

struct work {
    struct sb_client *client;
    const char *ground;
    int timeout_ms;
    struct sb_erase_item items[BATCH];
    struct sb_erase_result results[BATCH];
    size_t n;
    bool refused;
};

static void print_result(const struct sb_erase_item *item, const struct sb_erase_result *r)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &item->id);
    if (r->code == SB_CODE_OK) {
        printf("{\"event\":\"%s/%s\",\"epoch\":\"%s\",\"seq\":%" PRIu64 ",\"duplicate\":%s}\n",
               item->origin.s, id, r->epoch, r->seq.n, r->again ? "true" : "false");
        return;
    }
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes text =
        sb_json_string((struct sb_bytes){(const uint8_t *)r->text, strlen(r->text)}, &arena);
    printf("{\"event\":\"%s/%s\",\"error\":{\"code\":\"%s\",\"text\":%.*s}}\n", item->origin.s, id,
           sb_code_name(r->code), text.p == NULL ? 2 : (int)text.n,
           text.p == NULL ? "\"\"" : (const char *)text.p);
    sb_arena_fini(&arena);
    sb_talk("%s: %s", sb_code_name(r->code), r->text);
}

static enum sb_rc flush(struct work *w, struct sb_err *err)
{
    enum sb_rc rc = w->n == 0 ? SB_OK
                              : sb_client_erase(w->client, w->ground, w->items, w->n, w->timeout_ms,
                                                w->results, err);
    for (size_t i = 0; rc == SB_OK && i < w->n; i++) {
        print_result(&w->items[i], &w->results[i]);
        w->refused |= w->results[i].code != SB_CODE_OK;
    }
    w->n = 0;
    return rc;
}

static enum sb_rc add(struct work *w, const char *text, struct sb_err *err)
{
    struct sb_erase_item *item = &w->items[w->n];
    if (!sb_reference_parse(&item->origin, &item->id, text, strlen(text))) {
        return sb_err_set(err, SB_E_INPUT,
                          "%.100s: write ORG/UUID, the origin and the id of an event, as `samenbus "
                          "tail -o json` prints them",
                          text);
    }
    return ++w->n < BATCH ? SB_OK : flush(w, err);
}

/* One event per line; nothing has been asked of the daemon before the first batch is read. */
static enum sb_rc add_lines(struct work *w, struct sb_err *err)
{
    char line[LINE_BYTES];
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        rc = line[0] == '\0' ? SB_OK : add(w, line, err);
    }
    return rc;
}

static enum sb_rc run(struct work *w, const struct sb_args *args, struct sb_err *err)
{
    enum sb_rc rc = SB_OK;
    for (size_t i = 0; i < args->n_operands && rc == SB_OK; i++) {
        bool lines = strcmp(args->operands[i], "-") == 0;
        rc = lines ? add_lines(w, err) : add(w, args->operands[i], err);
    }
    return rc == SB_OK ? flush(w, err) : rc;
}

static int erase(const struct sb_args *args)
{
    uint64_t timeout_ms = TIMEOUT_MS;
    size_t output = 0;
    struct sb_err err = {0};
    struct work *w;
    const char *ground = sb_args_value(args, "ground");
    if (!sb_args_word(args, "output", outputs, &output) ||
        !sb_args_duration(args, "timeout", &timeout_ms)) {
        return SB_EXIT_USAGE;
    }
    if (args->n_operands == 0) {
        return sb_args_complain(args, "which event? ORG/UUID, or - for one per line");
    }
    if (ground == NULL || ground[0] == '\0' || strlen(ground) > SB_TITLE_MAX) {
        return sb_args_complain(args, "--ground: name the legal ground, in at most %d bytes",
                                SB_TITLE_MAX);
    }
    if (timeout_ms == 0 || timeout_ms > INT32_MAX) {
        return sb_args_complain(args, "--timeout: between 1 ms and 24 days");
    }
    w = calloc(1, sizeof *w);
    if (w == NULL) {
        return sb_talk_error(sb_err_set(&err, SB_E_NOMEM, "no memory"), &err);
    }
    w->ground = ground;
    w->timeout_ms = (int)timeout_ms;
    int code = sb_talk_open(args, w->timeout_ms, &w->client);
    if (code == SB_EXIT_OK) {
        enum sb_rc rc = run(w, args, &err);
        code = rc != SB_OK ? sb_talk_error(rc, &err) : w->refused ? SB_EXIT_REFUSED : SB_EXIT_OK;
        sb_client_close(w->client);
    }
    free(w);
    return code;
}

const struct sb_command sb_command_erase = {
    .words = "erase",
    .synopsis = "--ground TEXT EVENT...",
    .about = "have events of one's own organisation erased, here and at every partner",
    SB_FLAGS(erase_flags),
    .operands_max = SIZE_MAX,
    .examples =
        "  samenbus erase --ground 'AVG art. 17, request Z-26-0012' GM0384/0193aa5c-…\n"
        "  samenbus erase --ground 'Archiefwet' - < events.txt    # ORG/UUID, one per line\n"
        "  samenbus erasures                  # who has confirmed, who has not, since when\n"
        "  # the link stays, so that everybody can still verify the history; asking again is\n"
        "  # answered like the first time\n",
    .run = erase,
};
