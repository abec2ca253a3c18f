/* Codes explained; see explain_code.h. The words are the catalogues' own. */
#include "clients/command/explain_code.h"

#include <stdio.h>
#include <string.h>

#include "clients/command/gather.h"
#include "proto/code.h"
#include "proto/happening.h"
#include "proto/suggest.h"

enum { ARENA_BYTES = 128 * 1024, ANSWER_BYTES = 8 * 1024 };

/* One code that was asked for: which is nearest to it, and what it means in each catalogue. */
struct asked {
    const char *code;
    struct sb_suggestion near;
    struct sb_json_out *out; /* or NULL: lines */
    bool known;
};

static void offer(struct asked *a, const char *what, const char *code, const char *sentence)
{
    sb_suggest_offer(&a->near, code);
    if (strcmp(code, a->code) != 0) {
        return;
    }
    a->known = true;
    if (a->out == NULL) {
        printf("%s, %s: %s\n", code, what, sentence);
        return;
    }
    sb_json_put_open(a->out, '{');
    sb_json_member_string(a->out, "what", what);
    sb_json_member_string(a->out, "text", sentence);
    sb_json_put_close(a->out, '}');
}

static void offer_all(struct asked *a)
{
    for (int i = 0; i < SB_HAPPENING_COUNT; i++) {
        const struct sb_happening_kind *kind = sb_happening_kind((enum sb_happening_code)i);
        offer(a, "something that happened", kind->code, kind->sentence);
    }
    for (size_t i = 0; sb_alarm_code_at(i) != NULL; i++) {
        offer(a, "an alarm", sb_alarm_code_at(i), sb_alarm_sentence(sb_alarm_code_at(i)));
    }
    for (int i = SB_CODE_OK + 1; i < SB_CODE_COUNT; i++) {
        const char *name = sb_code_name((enum sb_code)i);
        if (strcmp(name, sb_code_name(SB_CODE_COUNT)) != 0) { /* numbers may be left out */
            offer(a, "a refusal", name, sb_code_sentence((enum sb_code)i));
        }
    }
}

static int explain_as_json(struct asked *a, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, ANSWER_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_member_string(&out, "code", a->code);
    sb_json_put_key(&out, "meanings");
    sb_json_put_open(&out, '[');
    a->out = &out;
    offer_all(a);
    sb_json_put_close(&out, ']');
    sb_json_put_close(&out, '}');
    return a->known ? sb_gathered_print(&out) : SB_EXIT_USAGE;
}

int sb_explain_code(const struct sb_args *args, const char *code, bool json)
{
    struct asked a = {.code = code, .near = {.word = code, .n = strlen(code)}};
    int exit_code = SB_EXIT_OK;
    if (json) {
        struct sb_arena arena;
        sb_arena_init(&arena, ARENA_BYTES);
        exit_code = explain_as_json(&a, &arena);
        sb_arena_fini(&arena);
    } else {
        offer_all(&a);
    }
    if (a.known) {
        return exit_code;
    }
    return sb_args_complain(args, "%s: neither an event, ORG/UUID, nor a code%s%s%s", code,
                            a.near.best != NULL ? "; did you mean " : "",
                            a.near.best != NULL ? a.near.best : "", a.near.best != NULL ? "?" : "");
}
