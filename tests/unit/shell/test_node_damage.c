/* A body that rots where its topic stands: streams of topics are given the event as missing, and
 * whoever runs the daemon is told. */
#include "tests/unit/shell/node_talk.h"

#define SOUND "custom/sound"
#define ROTS  "custom/rots"

static struct node_world *world;

static int open_world(void **state)
{
    *state = world = world_new("GM0384", NULL);
    return 0;
}

static int close_world(void **state)
{
    world_free(*state);
    return 0;
}

static void publish(unsigned number, const char *topic)
{
    char json[256];
    struct sb_message heard;
    snprintf(json, sizeof json,
             "{\"id\":\"01930000-0000-7000-8000-%012u\",\"topic\":\"%s\",\"custom\":{"
             "\"contentType\":\"text/plain\",\"data\":\"aGk=\"}}",
             number, topic);
    struct sb_submission item = world_submission(world, json);
    struct sb_message m = world_publish(number, &item, 1);
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_RESULTS, 0, &heard));
    assert_int_equal(heard.results.items[0].code, SB_CODE_OK);
}

/* A disk that forgets: a byte at, or before, every copy of the topic, in the file that the store
 * has mapped. */
static void rot(const char *topic, long at, char to)
{
    char path[64];
    size_t n = strlen(topic), found = 0;
    snprintf(path, sizeof path, "%s/data.mdb", world->folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    char *bytes = malloc((size_t)size);
    assert_non_null(bytes);
    rewind(file);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    for (long i = 0; i + (long)n <= size; i++) {
        if (memcmp(bytes + i, topic, n) == 0) {
            assert_int_equal(fseek(file, i + at, SEEK_SET), 0);
            assert_int_equal(fputc(to, file), to);
            found++;
        }
    }
    assert_int_equal(fclose(file), 0);
    free(bytes);
    assert_true(found > 0);
}

static void make_damage(long at, char to)
{
    publish(1, SOUND);
    publish(2, ROTS);
    publish(3, SOUND);
    world_turn(world, NULL, 0);
    rot(ROTS, at, to);
}

static unsigned alarms(const char *code)
{
    const struct sb_status *status = sb_node_status(world->node, world->now, &world->arena);
    unsigned n = 0;
    for (size_t i = 0; i < status->n_alarms; i++) {
        n += strcmp(status->alarms[i].code, code) == 0;
    }
    return n;
}

static void subscribe(const char *topic, struct sb_message *heard)
{
    struct sb_message m = {.type = SB_MSG_SUBSCRIBE, .request = 100};
    m.subscribe.subscription = 1;
    m.subscribe.credit = 100;
    m.subscribe.topics = &topic;
    m.subscribe.n_topics = 1;
    world_say(world, WORLD_CLIENT, &m);
    assert_true(world_heard(world, SB_MSG_DELIVER, 0, heard));
}

static void expect_missing(const struct sb_delivered *item)
{
    assert_true(item->item.link.seq.n == 3); /* behind the start of the epoch */
    assert_int_equal(item->state, SB_BODY_MISSING);
    assert_null(item->item.salt);
    assert_int_equal(item->item.body.n, 0);
    assert_int_equal(alarms("damaged"), 1);
}

static void test_body_whose_topic_reads_otherwise_is_given_as_missing(void **state)
{
    (void)state;
    struct sb_message heard;
    make_damage(0, 'k');
    assert_int_equal(alarms("damaged"), 0);
    subscribe("custom/", &heard);
    assert_int_equal(heard.deliver.n_items, 3);
    assert_int_equal(heard.deliver.items[0].state, SB_BODY_PRESENT);
    expect_missing(&heard.deliver.items[1]);
    assert_int_equal(heard.deliver.items[2].state, SB_BODY_PRESENT);
}

/* Nobody can tell whether it was theirs. */
static void test_body_without_a_topic_to_trust_is_given_to_every_stream_of_topics(void **state)
{
    (void)state;
    struct sb_message heard;
    make_damage(-1, 'z'); /* its length */
    subscribe("agenda/", &heard);
    assert_int_equal(heard.deliver.n_items, 1);
    expect_missing(&heard.deliver.items[0]);
}

static void test_body_that_is_damaged_waits_for_a_consumer_of_topics(void **state)
{
    (void)state;
    static const char *topic = "custom/rots";
    struct sb_message m = {.type = SB_MSG_CONSUME, .request = 40}, heard;
    make_damage(0, 'k');
    m.consume = (struct sb_consume){
        .action = SB_CONSUME_ADD, .name = "reader", .topics = &topic, .n_topics = 1};
    world_say(world, WORLD_CLIENT, &m);
    for (unsigned turns = 0; turns < 5; turns++) {
        world->now.mono_ms += 1000;
        world_turn(world, NULL, 0);
    }
    struct sb_message ask = {.type = SB_MSG_QUERY, .request = 41};
    ask.query.consumers = true;
    ask.query.consumer = "";
    world_say(world, WORLD_CLIENT, &ask);
    assert_true(world_heard(world, SB_MSG_CONSUMERS, 0, &heard));
    assert_int_equal(heard.consumers.n_items, 1);
    assert_true(heard.consumers.items[0].waiting.ms != 0);
    assert_int_equal(alarms("damaged"), 1);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_body_whose_topic_reads_otherwise_is_given_as_missing),
        WORLD_TEST(test_body_without_a_topic_to_trust_is_given_to_every_stream_of_topics),
        WORLD_TEST(test_body_that_is_damaged_waits_for_a_consumer_of_topics),
    };
    return sb_crypto_init() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
