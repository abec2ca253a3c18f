/* samenbus verify --proof: what was decided, by a file and signatures alone. */
#include "clients/command/verify_decision.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "clients/command/talk.h"
#include "clients/command/verify_read.h"
#include "proto/decision_proof.h"
#include "proto/view_json.h"

enum { KEYS_MAX = SB_AUDIENCE_MAX + 1, ANSWER_BYTES = 64 * 1024, NAMES_BYTES = 4096 };

static const size_t ARENA_BYTES = (size_t)4 * 1024 * 1024 * 1024;

struct reading {
    const struct sb_args *args;
    struct sb_decision_proof_known known[KEYS_MAX];
    size_t n_known;
    struct sb_date as_of;
    bool json;
};

static enum sb_rc read_keys(struct reading *r, struct sb_err *err)
{
    const char *path;
    for (size_t at = 0; (path = sb_args_next(r->args, "key", &at)) != NULL;) {
        struct sb_proof_reader key;
        if (r->n_known == KEYS_MAX) {
            return sb_err_set(err, SB_E_INPUT, "more than %d keys", KEYS_MAX);
        }
        enum sb_rc rc = sb_verify_read_key(path, &key, err);
        if (rc != SB_OK) {
            return rc;
        }
        r->known[r->n_known++] = (struct sb_decision_proof_known){key.organisation, key.key};
    }
    return SB_OK;
}

static void put_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

static void put_nothing(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static int print_json(const struct sb_decision_proof *proof, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, ANSWER_BYTES);
    sb_json_put_open(&out, '{');
    sb_json_put_decision(&out, proof->view);
    sb_json_put_key(&out, "complete");
    sb_json_put_bool(&out, proof->view->complete);
    sb_json_put_close(&out, '}');
    struct sb_bytes text = sb_json_out_done(&out);
    if (text.p == NULL) {
        sb_talk("no memory for the answer");
        return SB_EXIT_FAILURE;
    }
    printf("%.*s\n", (int)text.n, (const char *)text.p);
    return SB_EXIT_OK;
}

static bool is_known(const struct reading *r, const struct sb_org *org)
{
    for (size_t i = 0; i < r->n_known; i++) {
        if (sb_org_eq(&r->known[i].organisation, org)) {
            return true;
        }
    }
    return false;
}

/* Anybody can make keys and sign with them under any name: whose they are the file cannot prove. */
static void say_unknown(const struct reading *r, const struct sb_decision_proof *proof)
{
    char names[NAMES_BYTES] = "";
    size_t n = 0;
    for (size_t i = 0; i < proof->n_origins && n < sizeof names - SB_ORG_MAX - 3; i++) {
        if (!is_known(r, &proof->origins[i].origin)) {
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "",
                                  proof->origins[i].origin.s);
        }
    }
    if (n > 0) {
        sb_talk("no --key was given of %s: this proves it only where the printed key is theirs",
                names);
    }
}

static int print(const struct reading *r, const struct sb_decision_proof *proof,
                 struct sb_arena *arena)
{
    bool sound = sb_decision_proof_print(proof, r->known, r->n_known,
                                         r->json ? put_nothing : put_line, NULL);
    if (sound) {
        say_unknown(r, proof);
    }
    if (sound && r->json) {
        return print_json(proof, arena);
    }
    if (!sound && r->json) { /* a fault is a line, also there */
        (void)sb_decision_proof_print(proof, r->known, r->n_known, put_line, NULL);
    }
    return sound ? SB_EXIT_OK : SB_EXIT_FAILURE;
}

static int verify(const struct reading *r, struct sb_bytes file)
{
    struct sb_arena arena;
    struct sb_decision_proof proof;
    struct sb_err err = {0};
    sb_arena_init(&arena, ARENA_BYTES);
    enum sb_rc rc = sb_decision_proof_verify(&proof, file, r->as_of, &arena, &err);
    int code = rc == SB_OK ? print(r, &proof, &arena) : sb_talk_error(rc, &err);
    sb_arena_fini(&arena);
    return code;
}

int sb_verify_decision(const struct sb_args *args)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct reading r = {.args = args, .as_of = SB_DATE_NONE};
    struct sb_err err = {0};
    const uint8_t *file = NULL;
    size_t n = 0, format = 0;
    const char *day = sb_args_value(args, "as-of");
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    r.json = format == 1;
    if (day != NULL) {
        r.as_of = sb_date_read((struct sb_bytes){(const uint8_t *)day, strlen(day)});
        if (!sb_date_given(r.as_of)) {
            return sb_args_complain(args, "--as-of %s: a date that exists, such as 2026-12-31",
                                    day);
        }
    }
    enum sb_rc rc = read_keys(&r, &err);
    rc = rc == SB_OK ? sb_verify_map_file(sb_args_value(args, "proof"), &file, &n, &err) : rc;
    int code = rc == SB_OK ? verify(&r, (struct sb_bytes){file, n}) : sb_talk_error(rc, &err);
    if (file != NULL) {
        munmap((void *)(uintptr_t)file, n); /* ours; only read */
    }
    return code;
}
