/* samenbus status: the daemon's account of itself and of what it sees of its partners. */
#include <stdio.h>

#include "clients/command/status_text.h"
#include "clients/command/talk.h"
#include "proto/json.h"

enum { ANSWER_MS = 5000, ARENA_BYTES = 16 * 1024 * 1024 };

static const struct sb_flag status_flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
};

static enum sb_rc print_status(const struct sb_status *s, bool json, struct sb_err *err)
{
    if (!json) {
        sb_status_print(stdout, s);
        return SB_OK;
    }
    struct sb_arena arena;
    sb_arena_init(&arena, ARENA_BYTES);
    struct sb_bytes text = sb_json_status(s, &arena);
    bool ok = text.p != NULL;
    if (ok) {
        fwrite(text.p, 1, text.n, stdout);
        fputc('\n', stdout);
    }
    sb_arena_fini(&arena);
    return ok ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
}

static int status(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    size_t format = 0;
    struct sb_client *client;
    const struct sb_status *answer;
    struct sb_err err = {0};
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_status(client, ANSWER_MS, &answer, &err);
    if (rc == SB_OK) {
        rc = print_status(answer, format == 1, &err);
    }
    sb_client_close(client);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_status = {
    .words = "status",
    .about = "print the daemon's state, its partners, what is missing where, and alarms",
    SB_FLAGS(status_flags),
    .examples = "  samenbus status\n"
                "  samenbus status -c /etc/samenbus/client.yaml -o json | jq .lagEvents\n",
    .run = status,
};
