/* Any bytes as a submission, and as a body that came from elsewhere: judged with a sentence, and
 * printed without harm. What is accepted can be sealed, and its sealed body says the same. */
#include <assert.h>
#include <string.h>

#include "proto/body.h"
#include "proto/json.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static void expect_sealed(struct sb_bytes submission, struct sb_arena *arena)
{
    struct sb_body_head head;
    struct sb_bytes body =
        sb_body_seal(submission, (struct sb_time){1795428000123}, "operator", arena);
    assert(body.p != NULL && body.n <= SB_BODY_MAX);
    assert(sb_body_well_formed(body));
    assert(sb_body_same_submission(body, submission, arena));
    assert(sb_body_head_read(&head, body));
    assert(head.content >= SB_CONTENT_AGENDA_ITEM && head.content <= SB_CONTENT_CUSTOM);
    assert(head.time.ms == 1795428000123 && head.publisher.n == strlen("operator"));
}

static void expect_printable(struct sb_bytes body, struct sb_arena *arena)
{
    static const struct sb_salt salt;
    struct sb_delivered event = {.state = SB_BODY_PRESENT, .item = {.salt = &salt, .body = body}};
    for (int with_body = 0; with_body < 2; with_body++) {
        struct sb_bytes line = sb_json_event(&event, with_body != 0, arena);
        assert(line.p != NULL);
        for (size_t i = 0; i < line.n; i++) {
            assert(line.p[i] >= 0x20 && line.p[i] != 0x7f);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_bytes bytes = {data, size};
    char text[512];
    sb_arena_init(&arena, ARENA_MAX);
    enum sb_code code = sb_submission_check(bytes, &arena, text, sizeof text);
    assert(code < SB_CODE_COUNT && (code == SB_CODE_OK) == (text[0] == '\0'));
    if (code == SB_CODE_OK) {
        expect_sealed(bytes, &arena);
    }
    expect_printable(bytes, &arena);
    sb_arena_fini(&arena);
    return 0;
}
