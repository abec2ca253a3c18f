/* Any bytes as a line of `samenbus publish`. What is read and is a message must print, as one line
 * that no terminal obeys, and read back to the same submission. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/json.h"
#include "tests/fuzz/fuzz.h"

enum {
    ARENA_MAX = 64 * 1024 * 1024,
    ROUND_TRIP_MAX = 32 * 1024, /* larger ones may print to more than a line may have */
};

static const struct sb_time now = {1795428000123};

static bool read_line(struct sb_submission *out, const void *text, size_t n, struct sb_arena *arena)
{
    struct sb_err err = {0};
    enum sb_code code = SB_CODE_COUNT;
    enum sb_rc rc = sb_json_read_submission(out, &code, text, n, now, arena, &err);
    bool ok = rc == SB_OK && code == SB_CODE_OK;
    assert(rc == SB_OK || rc == SB_E_INPUT);
    assert(code < SB_CODE_COUNT && (rc == SB_OK || code == SB_CODE_MALFORMED));
    assert(ok == (err.text[0] == '\0'));
    return ok;
}

static const char *print_event(struct sb_bytes body, struct sb_arena *arena)
{
    static const struct sb_salt salt;
    struct sb_delivered event = {.state = SB_BODY_PRESENT, .item = {.salt = &salt, .body = body}};
    struct sb_bytes line = sb_json_event(&event, true, arena);
    assert(line.p != NULL && strlen((const char *)line.p) == line.n);
    for (size_t i = 0; i < line.n; i++) {
        assert(line.p[i] >= 0x20 && line.p[i] != 0x7f);
    }
    return (const char *)line.p;
}

/* The printed line as a line to publish: its members are moved, not rewritten. */
static struct sb_bytes publishable(const char *line, const struct sb_body_head *head,
                                   struct sb_arena *arena)
{
    const char *body = strstr(line, "\"body\":"), *references = strstr(line, "\"references\":");
    struct sb_bytes topic = sb_json_string(head->topic, arena);
    size_t cap = strlen(line) + topic.n + 100;
    char *to = sb_arena_alloc(arena, cap);
    assert(body != NULL && topic.p != NULL && to != NULL);
    int quoted = references == NULL || references > body ? 0 : (int)(body - references);
    int n = snprintf(to, cap, "{\"topic\":%s,%.*s\"%s\":%s", (const char *)topic.p, quoted,
                     quoted == 0 ? "" : references, sb_content_name(head->content),
                     body + strlen("\"body\":"));
    return (struct sb_bytes){(const uint8_t *)to, (size_t)n};
}

static void expect_round_trip(const struct sb_submission *first, struct sb_arena *arena)
{
    struct sb_body_head head;
    struct sb_submission again;
    assert(sb_body_head_read(&head, first->body));
    struct sb_bytes line = publishable(print_event(first->body, arena), &head, arena);
    assert(read_line(&again, line.p, line.n, arena));
    assert(again.body.n == first->body.n);
    assert(memcmp(again.body.p, first->body.p, first->body.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_submission submission;
    sb_arena_init(&arena, ARENA_MAX);
    if (read_line(&submission, data, size, &arena)) {
        char text[512];
        enum sb_code code = sb_submission_check(submission.body, &arena, text, sizeof text);
        assert((code == SB_CODE_OK) == (text[0] == '\0'));
        if (submission.body.n <= ROUND_TRIP_MAX && code != SB_CODE_MALFORMED) {
            expect_round_trip(&submission, &arena);
        }
    }
    sb_arena_fini(&arena);
    return 0;
}
