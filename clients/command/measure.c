/* Measuring; see measure.h. */
#include "clients/command/measure.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/body.h"
#include "proto/pb_writer.h"
#include "proto/sign.h"

enum { SIZE_DEFAULT = 512, STAMP_BYTES = 8, RANDOM_IDS = 512 };

static const char TOPIC[] = "custom/bench", MEDIA_TYPE[] = "application/octet-stream";

int64_t sb_measure_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool sb_measure_init(struct sb_measure *m, const struct sb_args *args, uint64_t window,
                     uint64_t count)
{
    static const char *const formats[] = {"json", NULL};
    size_t format = 0;
    *m = (struct sb_measure){.window = window, .count = count, .size = SIZE_DEFAULT};
    if (!sb_args_word(args, "output", formats, &format) ||
        !sb_args_number(args, "window", 1, SB_PUBLISHER_WINDOW_MAX, &m->window) ||
        !sb_args_number(args, "count", 10, 100 * 1000 * 1000, &m->count) ||
        !sb_args_number(args, "size", STAMP_BYTES, SB_BODY_MAX - 1024, &m->size)) {
        return false;
    }
    m->warm_up = m->count / 10;
    m->latencies_us = calloc(m->count, sizeof *m->latencies_us);
    return m->latencies_us != NULL;
}

void sb_measure_fini(struct sb_measure *m)
{
    free(m->latencies_us);
}

void sb_measure_add(struct sb_measure *m, int64_t latency_ns)
{
    m->seen++;
    if (m->seen == m->warm_up) {
        m->begun_ns = sb_measure_now_ns();
    }
    if (m->seen > m->warm_up && latency_ns >= 0 && m->n_latencies < m->count) {
        m->latencies_us[m->n_latencies++] = (uint32_t)(latency_ns / 1000);
    }
    if (m->seen == m->count) {
        m->ended_ns = sb_measure_now_ns();
    }
}

static int compare_latencies(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(const struct sb_measure *m, size_t per_hundred)
{
    size_t i = m->n_latencies * per_hundred / 100;
    return m->n_latencies == 0 ? 0 : m->latencies_us[i < m->n_latencies ? i : m->n_latencies - 1];
}

void sb_measure_print(struct sb_measure *m)
{
    double seconds = (double)(m->ended_ns - m->begun_ns) / 1e9;
    double rate = seconds > 0 ? (double)(m->count - m->warm_up) / seconds : 0;
    qsort(m->latencies_us, m->n_latencies, sizeof *m->latencies_us, compare_latencies);
    printf("{\"window\":%" PRIu64 ",\"count\":%" PRIu64 ",\"size\":%" PRIu64
           ",\"eventsPerSecond\":%.0f,\"p50Us\":%" PRIu32 ",\"p99Us\":%" PRIu32
           ",\"maxUs\":%" PRIu32 "}\n",
           m->window, m->count, m->size, rate, percentile(m, 50), percentile(m, 99),
           percentile(m, 100));
}

/* Body {topic, custom {content_type, data}}. */
static size_t write_body(struct sb_pb_writer *w, const uint8_t *data, size_t size)
{
    enum { BODY_TOPIC = 1, CUSTOM_CONTENT_TYPE = 1, CUSTOM_DATA = 2 };
    struct sb_pb_writer inner = {0};
    sb_pb_put_bytes(&inner, CUSTOM_CONTENT_TYPE, MEDIA_TYPE, strlen(MEDIA_TYPE));
    sb_pb_put_bytes(&inner, CUSTOM_DATA, data, size);
    sb_pb_put_bytes(w, BODY_TOPIC, TOPIC, strlen(TOPIC));
    sb_pb_put_head(w, SB_CONTENT_CUSTOM, inner.n);
    sb_pb_put_bytes(w, CUSTOM_CONTENT_TYPE, MEDIA_TYPE, strlen(MEDIA_TYPE));
    sb_pb_put_bytes(w, CUSTOM_DATA, data, size);
    return w->n;
}

bool sb_measure_event(struct sb_submission *out, size_t size, uint8_t **stamp)
{
    uint8_t *data = calloc(1, size);
    struct sb_pb_writer counting = {0};
    uint8_t *body = data == NULL ? NULL : malloc(write_body(&counting, data, size));
    if (body == NULL) {
        free(data);
        return false;
    }
    sb_random_bytes(data, size);
    struct sb_pb_writer w = {.p = body};
    size_t n = write_body(&w, data, size);
    free(data);
    *out = (struct sb_submission){.body = {body, n}};
    *stamp = body + n - size; /* the data is what the body ends with */
    return true;
}

struct sb_uuid sb_measure_id(void)
{
    static uint8_t random[RANDOM_IDS]
                         [10]; /* drawn together: a system call each would be measured */
    static size_t left;
    struct timespec t;
    if (left == 0) {
        sb_random_bytes(random, sizeof random);
        left = RANDOM_IDS;
    }
    left--;
    clock_gettime(CLOCK_REALTIME, &t);
    struct sb_time now = {(int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000};
    return sb_uuid_v7(now, random[left]);
}
