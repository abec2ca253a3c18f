/* How fast the wire is on one core: decoding and verifying EVENTS, decoding PUBLISH, and encoding
 * both, in events per second. Payload of 512 bytes, bodies of about 600. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/wire.h"
#include "tests/unit/proto/history.h"

enum { EVENTS = 1000, PAYLOAD = 535, ROUNDS = 300 };

struct bench {
    struct history history;
    struct sb_message events, publish;
    struct sb_bytes events_frame, publish_frame;
    struct sb_arena arena;
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(bool held, const char *what)
{
    if (!held) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static void decode(struct bench *b, struct sb_bytes frame, struct sb_message *m)
{
    char why[SB_LABEL_MAX + 1];
    must(sb_wire_decode(m, frame, &b->arena, why) == SB_CODE_OK, why);
}

static void decode_events(struct bench *b)
{
    struct sb_message m;
    decode(b, b->events_frame, &m);
}

static void decode_and_verify(struct bench *b)
{
    struct sb_segment_check check = {b->history.partnership, &b->history.key, NULL, NULL, NULL};
    struct sb_segment segment;
    struct sb_message m;
    struct sb_seq at;
    decode(b, b->events_frame, &m);
    must(sb_segment_verify(&segment, &m.events, &check, &b->arena, &at) == SB_FAULT_NONE,
         "an honest history is at fault");
}

static void decode_publish(struct bench *b)
{
    struct sb_message m;
    decode(b, b->publish_frame, &m);
}

static void encode_events(struct bench *b)
{
    must(sb_wire_encode(&b->events, &b->arena).p != NULL, "no frame");
}

static void encode_publish(struct bench *b)
{
    must(sb_wire_encode(&b->publish, &b->arena).p != NULL, "no frame");
}

static void measure(struct bench *b, const char *what, void (*run)(struct bench *b))
{
    double start = seconds_now();
    for (int i = 0; i < ROUNDS; i++) {
        sb_arena_reset(&b->arena);
        run(b);
    }
    printf("%-34s %9.0f events/s\n", what, (double)ROUNDS * EVENTS / (seconds_now() - start));
}

static void prepare(struct bench *b, size_t per_checkpoint)
{
    static struct sb_submission items[EVENTS];
    const struct history_plan plan = {EVENTS, per_checkpoint, PAYLOAD};
    history_init(&b->history, &plan);
    b->events = (struct sb_message){.type = SB_MSG_EVENTS, .events = b->history.events};
    b->events_frame = sb_wire_encode(&b->events, &b->history.arena);
    for (size_t i = 0; i < EVENTS; i++) {
        items[i] = (struct sb_submission){.id = b->history.events.items[i].link.id,
                                          .body = b->history.events.items[i].body};
    }
    b->publish = (struct sb_message){.type = SB_MSG_PUBLISH, .publish = {0, 0, items, EVENTS}};
    b->publish_frame = sb_wire_encode(&b->publish, &b->history.arena);
    must(b->events_frame.p != NULL && b->publish_frame.p != NULL, "a frame is too large");
    sb_arena_init(&b->arena, 64 * 1024 * 1024);
}

static void finish(struct bench *b)
{
    sb_arena_fini(&b->arena);
    history_fini(&b->history);
}

int main(void)
{
    struct bench b;
    prepare(&b, EVENTS);
    printf("%d events in a frame, bodies of %zu bytes\n", EVENTS, b.history.events.items[1].body.n);
    measure(&b, "decode EVENTS", decode_events);
    measure(&b, "decode and verify, 1 checkpoint", decode_and_verify);
    measure(&b, "encode EVENTS", encode_events);
    measure(&b, "decode PUBLISH", decode_publish);
    measure(&b, "encode PUBLISH", encode_publish);
    finish(&b);
    prepare(&b, 64);
    measure(&b, "decode and verify, 64 a checkpoint", decode_and_verify);
    finish(&b);
    return 0;
}
