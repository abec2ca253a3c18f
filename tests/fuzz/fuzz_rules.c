/* Any bodies as what was said: reading and folding them ends, whatever they name, and the views are
 * the same for the reversed order. Input: pieces of {length u16, place u8, body}. */
#include <assert.h>
#include <string.h>

#include "proto/rules/decision.h"
#include "proto/statement_read.h"
#include "proto/view_json.h"
#include "tests/fuzz/fuzz.h"

enum { ARENA_MAX = 256 * 1024 * 1024, STATEMENTS_MAX = 32, CHAINS = 3, DAY = 20600 };

static const struct sb_past_at after_first[] = {{0, 3}};
static const struct sb_past_chain chains[CHAINS] = {
    {{"GM0384"}, {1, 1}, SB_PAST_NONE, 1, 40, NULL, 0},
    {{"GM0384"}, {2, 2}, SB_PAST_NONE, 1, 40, after_first, 1},
    {{"GM0437"}, {1, 3}, SB_PAST_NONE, 1, 40, NULL, 0},
};

struct said {
    struct sb_statement all[STATEMENTS_MAX];
    const struct sb_statement *given[STATEMENTS_MAX];
    size_t n;
};

static void read_all(struct said *said, struct sb_reader *r, struct sb_arena *arena)
{
    while (said->n < STATEMENTS_MAX && r->at < r->n) {
        uint16_t n = sb_get_u16(r);
        uint8_t place = sb_get_u8(r);
        const uint8_t *body = sb_get_bytes(r, n);
        struct sb_statement *s = &said->all[said->n];
        uint32_t chain = place % CHAINS;
        if (body == NULL) {
            return;
        }
        *s = (struct sb_statement){.event = {chains[chain].origin, {{place / CHAINS % 8}}},
                                   .at = {chain, said->n + 2},
                                   .epoch = chains[chain].epoch,
                                   .hash = {{(uint8_t)said->n}}};
        if (sb_statement_read(s, (struct sb_bytes){body, n}, arena)) {
            said->given[said->n++] = s;
        }
    }
}

static void put_view(struct sb_json_out *out, const struct said *said,
                     const struct sb_subject *subject, struct sb_arena *arena)
{
    struct sb_past past = {chains, CHAINS, NULL, 0, NULL};
    if (subject->kind == SB_SUBJECT_ITEM) {
        const struct sb_agenda_group *g =
            sb_agenda_fold(&subject->of.id, said->given, said->n, arena);
        assert(g != NULL);
        for (size_t i = 0; i < g->n_items; i++) {
            sb_json_put_agenda(out, &g->items[i], g);
        }
    } else if (subject->kind == SB_SUBJECT_DECISION) {
        const struct sb_decision_view *v = sb_decision_fold(&subject->of, said->given, said->n,
                                                            &past, (struct sb_date){DAY}, arena);
        assert(v != NULL);
        sb_json_put_decision(out, v);
    } else {
        const struct sb_notification_view *v = sb_notification_fold(
            &subject->of, said->given, said->n, &past, (struct sb_time){1}, arena);
        assert(v != NULL);
        sb_json_put_notification(out, v);
    }
}

static struct sb_bytes view_of(const struct said *said, const struct sb_subject *subject,
                               struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, 1024);
    sb_json_put_open(&out, '{');
    put_view(&out, said, subject, arena);
    sb_json_put_close(&out, '}');
    struct sb_bytes text = sb_json_out_done(&out);
    assert(text.p != NULL);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sb_arena arena;
    struct sb_reader r;
    struct said said = {.n = 0}, reversed = {.n = 0};
    sb_arena_init(&arena, ARENA_MAX);
    sb_reader_init(&r, data, size);
    read_all(&said, &r, &arena);
    for (size_t i = said.n; i-- > 0;) {
        reversed.given[reversed.n++] = said.given[i];
    }
    for (size_t i = 0; i < said.n && i < 4; i++) {
        struct sb_subject subjects[2];
        size_t n = sb_statement_subjects(said.given[i], subjects);
        struct sb_bytes one = view_of(&said, &subjects[n - 1], &arena);
        assert(sb_bytes_eq(one, view_of(&reversed, &subjects[n - 1], &arena)));
    }
    sb_arena_fini(&arena);
    return 0;
}
