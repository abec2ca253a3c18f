/* samenbus bench publish, tail and catchup: how fast this daemon is, on this machine, with real
 * events under custom/bench that stay in its log. Not for a daemon in use. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clients/command/measure.h"
#include "clients/command/talk.h"
#include "clients/lib/samenbus_consumer.h"

enum {
    ANSWER_MS = 10000,
    TIMEOUT_MS = 60000,
    SETTLE_MS = 500,
    STAMP_BYTES = 8,
    ACK_EVENTS = 10000
};

/* One run of any of the three. */
struct bench {
    struct sb_measure measure;
    struct sb_client *client;
    struct sb_publisher *publisher;
    struct sb_subscription *subscription;
    struct sb_submission event;
    uint8_t *stamp;
    int64_t *put_ns; /* by number, modulo the window */
    bool timed;      /* results are what is measured */
    uint64_t failed;
    struct sb_progress progress;
};

static void on_result(void *context, const struct sb_published *p)
{
    struct bench *b = context;
    if (p->result.code != SB_CODE_OK && b->failed++ == 0) {
        sb_talk("%s: %s", sb_code_name(p->result.code), p->result.text);
    }
    if (b->timed) {
        int64_t put = b->put_ns[p->number % b->measure.window];
        sb_measure_add(&b->measure, sb_measure_now_ns() - put);
        sb_progress_show(&b->progress, b->measure.seen, b->measure.count);
    }
}

static enum sb_rc open_publisher(struct bench *b, struct sb_err *err)
{
    struct sb_publisher_options options = {.timeout_ms = TIMEOUT_MS,
                                           .window = b->measure.window,
                                           .on_result = on_result,
                                           .context = b};
    b->put_ns = calloc(b->measure.window, sizeof *b->put_ns);
    if (b->put_ns == NULL || !sb_measure_event(&b->event, b->measure.size, &b->stamp)) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    return sb_publisher_new(&b->publisher, b->client, &options, err);
}

static enum sb_rc put_event(struct bench *b, uint64_t number, struct sb_err *err)
{
    b->event.id = sb_measure_id();
    b->put_ns[number % b->measure.window] = sb_measure_now_ns();
    return sb_publisher_put(b->publisher, &b->event, err);
}

static int run_bench(const struct sb_args *args, uint64_t window, uint64_t count,
                     enum sb_rc (*run)(struct bench *b, const struct sb_args *args,
                                       struct sb_err *err))
{
    struct bench b = {0};
    struct sb_err err = {0};
    if (!sb_measure_init(&b.measure, args, window, count)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, ANSWER_MS, &b.client);
    if (code == SB_EXIT_OK) {
        sb_progress_begin(&b.progress, args->command->words);
        enum sb_rc rc = run(&b, args, &err);
        sb_progress_end(&b.progress);
        code = rc != SB_OK ? sb_talk_error(rc, &err) : b.failed > 0 ? SB_EXIT_REFUSED : SB_EXIT_OK;
        if (rc == SB_OK) {
            sb_measure_print(&b.measure);
        }
    }
    sb_subscription_free(b.subscription);
    sb_publisher_free(b.publisher);
    sb_client_close(b.client);
    free((void *)(uintptr_t)b.event.body.p); /* malloc'ed by sb_measure_event */
    free(b.put_ns);
    sb_measure_fini(&b.measure);
    return code;
}

/* ---- publish: a window kept full */

static enum sb_rc run_publish(struct bench *b, const struct sb_args *args, struct sb_err *err)
{
    (void)args;
    b->timed = true;
    enum sb_rc rc = open_publisher(b, err);
    for (uint64_t i = 0; rc == SB_OK && i < b->measure.count; i++) {
        while (rc == SB_OK && sb_publisher_pending(b->publisher) >= b->measure.window) {
            rc = sb_client_wait(b->client, -1, -1, err);
        }
        rc = rc == SB_OK ? put_event(b, i, err) : rc;
    }
    return rc == SB_OK ? sb_publisher_flush(b->publisher, err) : rc;
}

static int bench_publish(const struct sb_args *args)
{
    return run_bench(args, 64, 20000, run_publish);
}

/* ---- tail: at a steady rate, from publishing to reading */

static enum sb_rc open_live(struct bench *b, struct sb_err *err)
{
    const char *topics[] = {"custom/bench"};
    const struct sb_delivered *event;
    struct sb_subscription_options options = {
        .live_only = true, .follow = true, .topics = topics, .n_topics = 1};
    enum sb_rc rc = sb_subscription_new(&b->subscription, b->client, &options, err);
    while (rc == SB_OK) { /* what others publish meanwhile is not ours to measure */
        rc = sb_subscription_next(b->subscription, &event, SETTLE_MS, err);
    }
    return rc == SB_E_AGAIN ? SB_OK : rc;
}

static void read_stamp(struct bench *b, const struct sb_delivered *event)
{
    int64_t put;
    if (event->item.salt != NULL && event->item.body.n > b->measure.size) {
        const uint8_t *data = b->stamp; /* where the payload stands in a body */
        size_t at = (size_t)(data - b->event.body.p);
        memcpy(&put, event->item.body.p + at, sizeof put);
        sb_measure_add(&b->measure, sb_measure_now_ns() - put);
    }
}

static enum sb_rc read_events(struct bench *b, struct sb_err *err)
{
    const struct sb_delivered *event;
    enum sb_rc rc;
    while ((rc = sb_subscription_next(b->subscription, &event, 0, err)) == SB_OK) {
        read_stamp(b, event);
    }
    return rc == SB_E_AGAIN ? SB_OK : rc;
}

static int open_timer(uint64_t per_second)
{
    long interval = (long)(1000000000 / per_second);
    struct itimerspec every = {.it_interval = {interval / 1000000000, interval % 1000000000},
                               .it_value = {0, 1000}};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd >= 0 && timerfd_settime(fd, 0, &every, NULL) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Puts what is due, with its time in it. */
static enum sb_rc put_due(struct bench *b, int timer, uint64_t *number, struct sb_err *err)
{
    uint64_t due = 0;
    enum sb_rc rc = SB_OK;
    if (read(timer, &due, sizeof due) != (ssize_t)sizeof due) {
        return SB_OK;
    }
    for (; rc == SB_OK && due > 0 && *number < b->measure.count; due--, ++*number) {
        int64_t now = sb_measure_now_ns();
        memcpy(b->stamp, &now, sizeof now);
        rc = put_event(b, *number, err);
    }
    return rc;
}

static enum sb_rc run_tail(struct bench *b, const struct sb_args *args, struct sb_err *err)
{
    uint64_t rate = 1000, number = 0;
    if (!sb_args_number(args, "rate", 1, 100000, &rate)) {
        return sb_err_set(err, SB_E_INPUT, "nothing was measured");
    }
    enum sb_rc rc = open_publisher(b, err);
    rc = rc == SB_OK ? open_live(b, err) : rc;
    int timer = open_timer(rate);
    int64_t end =
        sb_measure_now_ns() + (int64_t)(b->measure.count / rate * 1000 + TIMEOUT_MS) * 1000000;
    while (rc == SB_OK && b->measure.seen < b->measure.count) {
        rc = sb_client_wait(b->client, timer, -1, err);
        rc = rc == SB_OK ? read_events(b, err) : rc;
        rc = rc == SB_OK ? put_due(b, timer, &number, err) : rc;
        sb_progress_show(&b->progress, b->measure.seen, b->measure.count);
        if (rc == SB_OK && sb_measure_now_ns() > end) {
            rc = sb_err_set(err, SB_E_TIMEOUT, "%" PRIu64 " of %" PRIu64 " events arrived",
                            b->measure.seen, b->measure.count);
        }
    }
    close(timer);
    return rc;
}

static int bench_tail(const struct sb_args *args)
{
    return run_bench(args, 1024, 10000, run_tail);
}

/* ---- catchup: the whole log once */

/* A consumer acknowledges now and then, as a program would that keeps what it was given. */
static enum sb_rc acknowledge(struct bench *b, bool due, struct sb_err *err)
{
    due |= b->measure.seen == b->measure.count;
    return due ? sb_subscription_ack(b->subscription, ANSWER_MS, err) : SB_OK;
}

static enum sb_rc run_catchup(struct bench *b, const struct sb_args *args, struct sb_err *err)
{
    const struct sb_status *status;
    const struct sb_delivered *event;
    struct sb_subscription_options options = {.from_offset = {1}, .system = true, .stubs = true};
    const char *consumer = sb_args_value(args, "consumer");
    if (consumer != NULL && !sb_args_has(args, "count")) {
        return sb_err_set(err, SB_E_INPUT, "--consumer: say with --count how many events it takes");
    }
    if (consumer != NULL) { /* its own place and filters */
        options = (struct sb_subscription_options){.consumer = consumer};
    }
    enum sb_rc rc = sb_client_status(b->client, ANSWER_MS, &status, err);
    if (rc == SB_OK) {
        bool all = !sb_args_has(args, "count") || b->measure.count > status->events;
        b->measure.count = all ? status->events : b->measure.count;
        b->measure.warm_up = b->measure.count / 10;
        rc = sb_subscription_new(&b->subscription, b->client, &options, err);
    }
    b->measure.begun_ns = sb_measure_now_ns();
    while (rc == SB_OK && b->measure.seen < b->measure.count) {
        rc = sb_subscription_next(b->subscription, &event, ANSWER_MS, err);
        if (rc == SB_OK) {
            sb_measure_add(&b->measure, -1);
            sb_progress_show(&b->progress, b->measure.seen, b->measure.count);
        }
        if (rc == SB_OK && consumer != NULL) {
            rc = acknowledge(b, b->measure.seen % ACK_EVENTS == 0, err);
        }
    }
    return rc == SB_E_NOTFOUND || rc == SB_E_AGAIN
               ? sb_err_set(err, SB_E_TIMEOUT, "the log ended after %" PRIu64 " events",
                            b->measure.seen)
               : rc;
}

static int bench_catchup(const struct sb_args *args)
{
    return run_bench(args, 1, 10, run_catchup);
}

/* ---- the three commands */

#define FLAG_OUTPUT                                                                                \
    {                                                                                              \
        "output", 'o', "json", "one JSON object (the only form)"                                   \
    }

static const struct sb_flag publish_flags[] = {
    SB_FLAG_CONFIG,
    FLAG_OUTPUT,
    {"window", 0, "N", "events under way at a time (default: 64)"},
    {"count", 0, "N", "events to publish (default: 20000); the first tenth is not counted"},
    {"size", 0, "BYTES", "of each event's payload (default: 512)"},
};

const struct sb_command sb_command_bench_publish = {
    .words = "bench publish",
    .about = "measure publishing, acknowledged and durable; fills the daemon's log",
    SB_FLAGS(publish_flags),
    .examples = "  samenbus bench publish --window 1 --count 5000\n"
                "  samenbus bench publish -o json --window 1024 --count 500000\n",
    .run = bench_publish,
};

static const struct sb_flag tail_flags[] = {
    SB_FLAG_CONFIG,
    FLAG_OUTPUT,
    {"rate", 0, "N", "events a second (default: 1000)"},
    {"window", 0, "N", "events under way at most (default: 1024)"},
    {"count", 0, "N", "events (default: 10000); the first tenth is not counted"},
    {"size", 0, "BYTES", "of each event's payload (default: 512)"},
};

const struct sb_command sb_command_bench_tail = {
    .words = "bench tail",
    .about = "measure the time from publishing to a subscriber, at a steady rate",
    SB_FLAGS(tail_flags),
    .examples = "  samenbus bench tail\n"
                "  samenbus bench tail -o json --rate 100 --count 1000\n",
    .run = bench_tail,
};

static const struct sb_flag catchup_flags[] = {
    SB_FLAG_CONFIG,
    FLAG_OUTPUT,
    {"window", 0, "N", "has no meaning here"},
    {"count", 0, "N", "stop after N events (default: the whole log)"},
    {"consumer", 0, "NAME", "as this consumer, which takes and acknowledges what waits for it"},
    {"size", 0, "BYTES", "has no meaning here"},
};

const struct sb_command sb_command_bench_catchup = {
    .words = "bench catchup",
    .about = "measure how fast the whole log is read from its first event on",
    SB_FLAGS(catchup_flags),
    .examples = "  samenbus bench catchup\n"
                "  samenbus bench catchup -o json --count 100000\n"
                "  samenbus bench catchup --consumer trial --count 100000\n",
    .run = bench_catchup,
};
