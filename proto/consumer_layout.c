/* Consumers on the wire as tables (PROTOCOL §8.10). */
#include <string.h>

#include "proto/consumer.h"
#include "proto/layout.h"
#include "proto/limits.h"

bool sb_consumer_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t n = strlen(name);
    return n > 0 && n <= SB_CONSUMER_NAME_MAX && strspn(name, allowed) == n &&
           strchr("-_.", name[0]) == NULL;
}

static const char *finish_consume(void *message)
{
    const struct sb_consume *c = message;
    if (c->action >= SB_CONSUME_COUNT) {
        return "something to be done with a consumer that does not exist";
    }
    return sb_consumer_name_valid(c->name) ? NULL : "not the name of a consumer";
}

static const struct sb_field CONSUME[] = {
    SB_ROW(1, ENUM, sb_consume, action, .max = SB_CONSUME_COUNT, .required = true),
    SB_ROW(2, TEXT, sb_consume, name, .max_bytes = SB_CONSUMER_NAME_MAX, .required = true),
    SB_ROWS(3, MESSAGE, sb_consume, cursor, n_cursor, SB_CURSOR_TIPS_MAX, .layout = &sb_layout_tip),
    SB_ROW(4, I64, sb_consume, since),
    SB_ROW(5, BOOL, sb_consume, live_only),
    SB_ROWS(6, TEXT, sb_consume, topics, n_topics, SB_CONSUMER_FILTERS_MAX,
            .max_bytes = SB_TOPIC_MAX),
    SB_ROWS(7, ORG, sb_consume, origins, n_origins, SB_CONSUMER_FILTERS_MAX),
    SB_ROW(8, BOOL, sb_consume, system),
};
const struct sb_layout sb_layout_consume = SB_LAYOUT("Consume", CONSUME, .finish = finish_consume);

static const struct sb_field CONSUMER[] = {
    SB_ROW(1, TEXT, sb_consumer, name, .max_bytes = SB_CONSUMER_NAME_MAX, .required = true),
    SB_ROW(2, TEXT, sb_consumer, client, .max_bytes = SB_NAME_MAX),
    SB_ROWS(3, TEXT, sb_consumer, topics, n_topics, SB_CONSUMER_FILTERS_MAX,
            .max_bytes = SB_TOPIC_MAX),
    SB_ROWS(4, ORG, sb_consumer, origins, n_origins, SB_CONSUMER_FILTERS_MAX),
    SB_ROW(5, BOOL, sb_consumer, system),
    SB_ROW(6, I64, sb_consumer, created),
    SB_ROW(7, I64, sb_consumer, acked),
    SB_ROW(8, U32, sb_consumer, readers),
    SB_ROW(9, U64, sb_consumer, behind),
    SB_ROW(10, I64, sb_consumer, waiting),
    SB_ROW(11, BOOL, sb_consumer, stuck),
    SB_ROWS(12, MESSAGE, sb_consumer, cursor, n_cursor, SB_CURSOR_TIPS_MAX,
            .layout = &sb_layout_tip),
    SB_ROW(13, U64, sb_consumer, position),
};
static const struct sb_layout CONSUMER_LAYOUT = SB_LAYOUT("Consumer", CONSUMER);

static const struct sb_field CONSUMERS[] = {
    SB_ROWS(1, MESSAGE, sb_consumers, items, n_items, SB_CONSUMERS_MAX, .layout = &CONSUMER_LAYOUT),
};
const struct sb_layout sb_layout_consumers = SB_LAYOUT("Consumers", CONSUMERS);
