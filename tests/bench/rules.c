/* How fast agenda events become views: reads bodies and folds items, in the two ways in which a
 * daemon does: `rebuild`, every item once with all its events; `live`, the item of each event anew
 * with what is there so far.
 *   rules [EVENTS] [EVENTS PER ITEM]     prints one line of JSON per way */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/pb_writer.h"
#include "proto/rules/agenda.h"
#include "proto/statement_read.h"

enum { BODY_BYTES = 512, ARENA_BYTES = 64 * 1024 * 1024, PER_ITEM_MAX = 64 };

struct log {
    size_t events, per_item;
    uint8_t *bytes;
    uint16_t *sizes;
};

static struct sb_uuid uuid_of(uint64_t number, uint8_t kind)
{
    struct sb_uuid id = {{0}};
    for (int i = 0; i < 8; i++) {
        id.b[15 - i] = (uint8_t)(number >> (8 * i));
    }
    id.b[0] = kind;
    return id;
}

/* Events of one item lie a whole round apart, as those of many items do in a log. */
static size_t item_of(const struct log *log, size_t event)
{
    return event % (log->events / log->per_item);
}

static size_t write_body(uint8_t *to, const struct log *log, size_t event)
{
    uint8_t content[BODY_BYTES];
    char text[SB_UUID_TEXT_MAX], reference[SB_UUID_TEXT_MAX + 8];
    size_t items = log->events / log->per_item;
    struct sb_uuid item = uuid_of(item_of(log, event), 1), before = uuid_of(event - items, 2);
    struct sb_pb_writer c = {.p = content}, b = {.p = to};
    sb_uuid_format(text, &item);
    sb_pb_put_bytes(&c, 1, text, strlen(text));
    sb_pb_put_uint(&c, 2, 1);
    sb_pb_put_bytes(&c, 3, "Portefeuillehoudersoverleg wonen", 32);
    sb_pb_put_bytes(&c, 6, "2026-12-10T20:00", 16);
    sb_pb_put_bytes(&c, 7, "2026-12-10T22:00", 16);
    sb_pb_put_bytes(&c, 10, "Raadhuis Diemen", 15);
    sb_pb_put_uint(&c, 11, 1);
    if (event >= items) {
        sb_uuid_format(text, &before);
        (void)snprintf(reference, sizeof reference, "GM0384/%s", text);
        sb_pb_put_bytes(&c, 24, reference, strlen(reference));
    }
    sb_pb_put_bytes(&b, 1, "agenda/wonen", 12);
    sb_pb_put_bytes(&b, 10, content, c.n);
    sb_pb_put_uint(&b, 2, 1795428000123 + event);
    assert(b.n <= BODY_BYTES && c.n <= BODY_BYTES);
    return b.n;
}

static void read_event(const struct log *log, size_t event, struct sb_statement *to,
                       struct sb_arena *arena)
{
    *to = (struct sb_statement){
        .event = {{"GM0384"}, uuid_of(event, 2)}, .at = {0, event + 2}, .epoch = {1, 1}};
    bool ok = sb_statement_read(
        to, (struct sb_bytes){log->bytes + event * BODY_BYTES, log->sizes[event]}, arena);
    assert(ok && to->valid);
}

/* The item's view from its first n events; returns the winner's edits. */
static size_t fold_item(const struct log *log, size_t item, size_t n, struct sb_arena *arena)
{
    struct sb_statement *all = sb_arena_alloc(arena, n * sizeof *all);
    const struct sb_statement *given[PER_ITEM_MAX];
    struct sb_uuid id = uuid_of(item, 1);
    assert(all != NULL);
    for (size_t i = 0; i < n; i++) {
        read_event(log, item + i * (log->events / log->per_item), &all[i], arena);
        given[i] = &all[i];
    }
    const struct sb_agenda_group *group = sb_agenda_fold(&id, given, n, arena);
    assert(group != NULL && group->n_items == 1);
    size_t edits = group->items[0].edits;
    sb_arena_reset(arena);
    return edits;
}

/* Of this process: others on the machine do not count. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(const char *way, const struct log *log, double took)
{
    printf("{\"way\":\"%s\",\"events\":%zu,\"perItem\":%zu,\"eventsPerSecond\":%.0f}\n", way,
           log->events, log->per_item, (double)log->events / took);
}

int main(int argc, char **argv)
{
    struct log log = {.events = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000,
                      .per_item = argc > 2 ? strtoul(argv[2], NULL, 10) : 4};
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    if (log.per_item < 1 || log.per_item > PER_ITEM_MAX || log.events < log.per_item) {
        fprintf(stderr, "usage: rules [EVENTS] [EVENTS PER ITEM, 1 to %d]\n", PER_ITEM_MAX);
        return 64;
    }
    log.events -= log.events % log.per_item;
    log.bytes = malloc(log.events * BODY_BYTES);
    log.sizes = malloc(log.events * sizeof *log.sizes);
    assert(log.bytes != NULL && log.sizes != NULL);
    for (size_t i = 0; i < log.events; i++) {
        log.sizes[i] = (uint16_t)write_body(log.bytes + i * BODY_BYTES, &log, i);
    }
    size_t items = log.events / log.per_item, edits = 0;
    double start = seconds();
    for (size_t item = 0; item < items; item++) {
        edits += fold_item(&log, item, log.per_item, &arena);
    }
    report("rebuild", &log, seconds() - start);
    assert(edits == log.events);
    start = seconds();
    for (size_t event = 0; event < log.events; event++) {
        edits += fold_item(&log, item_of(&log, event), event / items + 1, &arena);
    }
    report("live", &log, seconds() - start);
    free(log.bytes);
    free(log.sizes);
    sb_arena_fini(&arena);
    return 0;
}
