/* samenbus decision proof: what was said about one decision and what it came to, as a file that
 * needs no daemon. It is fetched, put together and verified here before a byte of it is given out.
 *
 * Of every organisation that said something, or up to which a closing counted, the file has all
 * links between its first and its last word: nobody's word is later than another by our say. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/gather.h"
#include "clients/command/nearest.h"
#include "clients/command/proof_walk.h"
#include "clients/command/talk.h"
#include "clients/command/wholefile.h"
#include "proto/decision_proof.h"

enum { ANSWER_MS = 10000, FILE_BYTES_MAX = 256 * 1024 * 1024 };

static const size_t VERIFY_BYTES = (size_t)4 * 1024 * 1024 * 1024;

struct statement {
    struct sb_org node;
    struct sb_sign_public key;
    struct sb_bytes bytes;
};

struct proving {
    const struct sb_args *args;
    struct sb_gathered *g;
    struct sb_client *client;
    struct sb_reference decision;
    struct sb_date as_of;
    struct sb_proof_walk walk;
    FILE *to;
    char *bytes; /* of `to` */
    size_t n;
    struct statement *statements; /* of possession, ascending by node */
    size_t n_statements;
    bool unsigned_here; /* without that of this daemon */
    bool complete;      /* nothing that bears on the outcome is known to be missing here */
};

/* ---- what is needed */

static struct sb_gathered_subject said_of(const struct proving *p)
{
    const struct sb_subject subject = {SB_SUBJECT_DECISION, p->decision};
    return sb_gathered_find(p->g, &subject);
}

/* A tip that is not held cannot be shown: the view is not complete, there as here. What is held of
 * its epoch counts in its place (PROTOCOL §18.5), in all branches, and so is in the file. False:
 * nothing of it is held. */
static bool find_below(const struct sb_past *past, const struct sb_cut_tip *tip, struct sb_seq *to)
{
    to->n = 0;
    for (size_t i = 0; i < past->n_chains; i++) {
        const struct sb_past_chain *chain = &past->chains[i];
        uint64_t seq = tip->seq.n < chain->last ? tip->seq.n : chain->last;
        if (sb_org_eq(&chain->origin, &tip->origin) && sb_epoch_eq(chain->epoch, tip->epoch) &&
            seq >= chain->base && seq > to->n) {
            to->n = seq;
        }
    }
    return to->n > 0;
}

static void need_tip(struct proving *p, struct sb_proof_needed *list, const struct sb_cut_tip *tip)
{
    struct sb_proof_needed needed = {tip->origin, tip->epoch, tip->seq, tip->hash, false};
    if (sb_past_holds(&p->g->past, tip) || find_below(&p->g->past, tip, &needed.seq)) {
        list[p->walk.n_needed++] = needed;
    }
}

static enum sb_rc list_needed(struct proving *p, struct sb_err *err)
{
    struct sb_gathered_subject found = said_of(p);
    size_t n = found.n;
    for (size_t i = 0; i < found.n; i++) {
        const struct sb_statement *s = found.statements[i];
        n += s->content == SB_CONTENT_CLOSING ? s->ending.n_cut : 0;
    }
    struct sb_proof_needed *list = sb_arena_alloc(&p->g->arena, (n + 1) * sizeof *list);
    p->walk.needed = list;
    for (size_t i = 0; list != NULL && i < found.n; i++) {
        const struct sb_statement *s = found.statements[i];
        size_t tips = s->content == SB_CONTENT_CLOSING ? s->ending.n_cut : 0;
        list[p->walk.n_needed++] =
            (struct sb_proof_needed){s->event.org, s->epoch, {s->at.seq}, s->hash, true};
        for (size_t k = 0; k < tips; k++) {
            need_tip(p, list, &s->ending.cut[k]);
        }
    }
    return list == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory for what was said about it")
                        : SB_OK;
}

/* ---- organisations */

static enum sb_rc key_of(struct proving *p, const struct sb_org *org, struct sb_sign_public *key,
                         struct sb_err *err)
{
    const struct sb_fetched *page;
    const struct sb_fetch at = {.origin = *org, .epoch = {UINT32_MAX, UINT64_MAX}}; /* the end */
    enum sb_rc rc = sb_client_fetch(p->client, &at, ANSWER_MS, &page, err);
    if (rc == SB_OK) {
        *key = page->sign_key;
    }
    return rc;
}

static enum sb_rc write_origin(struct proving *p, const struct sb_org *org, struct sb_err *err)
{
    struct sb_sign_public key;
    enum sb_rc rc = key_of(p, org, &key, err);
    if (rc == SB_OK && !sb_org_eq(org, &p->decision.org)) {
        rc = sb_decision_proof_origin(p->to, org, &key, err);
    } else if (rc == SB_OK) {
        const struct sb_status *status;
        struct sb_export_header header = {.origin = *org, .sign_key = key};
        rc = sb_client_status(p->client, ANSWER_MS, &status, err);
        if (rc == SB_OK) {
            (void)snprintf(header.partnership, sizeof header.partnership, "%s",
                           status->partnership);
            rc = sb_decision_proof_begin(p->to, &header, &p->decision.id, p->as_of, err);
        }
    }
    return rc == SB_OK ? sb_proof_walk_origin(&p->walk, org, err) : rc;
}

/* The proposer first, then the others in their order. */
static enum sb_rc write_origins(struct proving *p, struct sb_err *err)
{
    const struct sb_proof_needed *list = p->walk.needed;
    enum sb_rc rc = write_origin(p, &p->decision.org, err);
    for (size_t i = 0; rc == SB_OK && i < p->walk.n_needed; i++) {
        bool again = i > 0 && sb_org_eq(&list[i - 1].origin, &list[i].origin);
        if (!again && !sb_org_eq(&list[i].origin, &p->decision.org)) {
            rc = write_origin(p, &list[i].origin, err);
        }
    }
    return rc;
}

/* ---- statements of possession: this daemon's, and those of other proofs of the same decision */

static int by_node(const void *a, const void *b)
{
    return sb_org_cmp(&((const struct statement *)a)->node, &((const struct statement *)b)->node);
}

static bool has_statement(const struct proving *p, const struct sb_org *node)
{
    size_t i = 0;
    while (i < p->n_statements && !sb_org_eq(&p->statements[i].node, node)) {
        i++;
    }
    return i < p->n_statements;
}

/* After a change of key the daemon signs with one that its newest epoch was begun under. */
static enum sb_rc newest_key(struct proving *p, const struct sb_possession *said,
                             struct sb_sign_public *key, struct sb_err *err)
{
    const struct sb_fetched *page;
    struct sb_epoch_start *start = sb_arena_alloc(&p->g->arena, sizeof *start);
    for (size_t i = 0; start != NULL && i < said->n_origins; i++) {
        const struct sb_origin_heads *o = &said->origins[i];
        if (!sb_org_eq(&o->origin, &said->node) || o->n_heads == 0) {
            continue;
        }
        const struct sb_fetch at = {o->origin, o->heads[0].epoch, 0, {1}};
        enum sb_rc rc = sb_client_fetch(p->client, &at, ANSWER_MS, &page, err);
        if (rc != SB_OK) {
            return rc;
        }
        if (page->events.n_items > 0 && page->events.items[0].salt != NULL &&
            sb_epoch_start_read(start, page->events.items[0].body, &p->g->arena)) {
            *key = start->sign_key;
        }
    }
    return SB_OK;
}

/* Nothing is added where no key that one can know signed it. */
static enum sb_rc sign_here(struct proving *p, struct sb_err *err)
{
    struct sb_hash challenge = sb_possession_challenge_of(&p->decision.org, &p->decision.id);
    struct statement *s = &p->statements[p->n_statements];
    struct sb_possession said;
    struct sb_bytes answer;
    s->node = p->g->organisation;
    enum sb_rc rc = sb_client_possession(p->client, &challenge, ANSWER_MS, &answer, err);
    if (rc != SB_OK) {
        return rc;
    }
    s->bytes = sb_arena_copy(&p->g->arena, answer.p, answer.n);
    if (s->bytes.p == NULL || !sb_possession_decode(&said, s->bytes, &p->g->arena)) {
        return sb_err_set(err, SB_E_NET, "the daemon's statement of possession cannot be read");
    }
    rc = key_of(p, &s->node, &s->key, err);
    if (rc == SB_OK && !sb_possession_verify(&said, s->bytes, &s->key)) {
        rc = newest_key(p, &said, &s->key, err);
    }
    p->n_statements += rc == SB_OK && sb_possession_verify(&said, s->bytes, &s->key) ? 1 : 0;
    return rc;
}

static enum sb_rc take_from(struct proving *p, const char *path, struct sb_err *err)
{
    struct sb_decision_proof other;
    struct sb_bytes file;
    enum sb_rc rc = sb_wholefile_read(&file, path, FILE_BYTES_MAX, &p->g->arena, err);
    if (rc == SB_OK) {
        rc = sb_decision_proof_verify(&other, file, SB_DATE_NONE, &p->g->arena, err);
    }
    if (rc != SB_OK) {
        return rc;
    }
    if (other.fault.fault != SB_FAULT_NONE || !sb_reference_eq(&other.decision, &p->decision)) {
        return sb_err_set(err, SB_E_INPUT,
                          "%s: not a sound proof of this decision; samenbus verify --proof says "
                          "what is wrong with it",
                          path);
    }
    for (size_t i = 0; i < other.n_possessions; i++) {
        const struct sb_decision_proof_possession *said = &other.possessions[i];
        if (!has_statement(p, &said->node) && p->n_statements < SB_ORIGINS_MAX) {
            p->statements[p->n_statements++] =
                (struct statement){said->node, said->key, said->statement};
        }
    }
    return SB_OK;
}

static enum sb_rc write_statements(struct proving *p, struct sb_err *err)
{
    const char *path;
    p->statements = sb_arena_alloc(&p->g->arena, (SB_ORIGINS_MAX + 1) * sizeof *p->statements);
    enum sb_rc rc = SB_OK;
    if (p->statements == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    if (!p->unsigned_here) {
        rc = sign_here(p, err);
    }
    for (size_t at = 0; rc == SB_OK && (path = sb_args_next(p->args, "with", &at)) != NULL;) {
        rc = take_from(p, path, err);
    }
    if (rc == SB_OK) {
        qsort(p->statements, p->n_statements, sizeof *p->statements, by_node);
    }
    for (size_t i = 0; rc == SB_OK && i < p->n_statements; i++) {
        rc =
            sb_decision_proof_possession(p->to, &p->statements[i].key, p->statements[i].bytes, err);
    }
    return rc;
}

/* ---- the file */

static enum sb_rc write_all(struct proving *p, struct sb_err *err)
{
    p->to = open_memstream(&p->bytes, &p->n);
    if (p->to == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    p->walk.to = p->to;
    p->walk.client = p->client;
    enum sb_rc rc = write_origins(p, err);
    rc = rc == SB_OK ? write_statements(p, err) : rc;
    if (rc == SB_OK && fflush(p->to) == 0) {
        const struct sb_bytes before = {(const uint8_t *)p->bytes, p->n};
        rc = sb_decision_proof_end(p->to, p->walk.events, before, err);
    }
    bool closed = fclose(p->to) == 0;
    return rc == SB_OK && !closed ? sb_err_set(err, SB_E_NOMEM, "no memory") : rc;
}

static void say_second(void *context, const char *line)
{
    unsigned *n = context;
    if ((*n)++ == 1 || strncmp(line, "fault ", 6) == 0) {
        sb_talk("%s", line);
    }
}

/* A daemon that gave something else than a proof is found out here. */
static enum sb_rc verify(struct proving *p, enum sb_fault *fault, struct sb_err *err)
{
    struct sb_decision_proof proof;
    struct sb_arena arena;
    unsigned n = 0;
    const struct sb_bytes file = {(const uint8_t *)p->bytes, p->n};
    sb_arena_init(&arena, VERIFY_BYTES);
    enum sb_rc rc = sb_decision_proof_verify(&proof, file, SB_DATE_NONE, &arena, err);
    *fault = rc == SB_OK ? proof.fault.fault : SB_FAULT_NONE;
    if (rc == SB_OK && (*fault != SB_FAULT_BAD_KEY || p->unsigned_here) &&
        !sb_decision_proof_print(&proof, NULL, 0, say_second, &n)) {
        rc = sb_err_set(err, SB_E_CORRUPT,
                        "what the daemon holds proves nothing; see `samenbus verify --store`");
    }
    sb_arena_fini(&arena);
    return rc;
}

/* Everything, with or without the statement of this daemon. */
static enum sb_rc put_together(struct proving *p, enum sb_fault *fault, struct sb_err *err)
{
    free(p->bytes);
    p->bytes = NULL;
    p->walk.events = 0;
    p->n_statements = 0;
    enum sb_rc rc = write_all(p, err);
    return rc == SB_OK ? verify(p, fault, err) : rc;
}

static enum sb_rc prove_all(struct proving *p, struct sb_err *err)
{
    enum sb_fault fault = SB_FAULT_NONE;
    enum sb_rc rc = list_needed(p, err);
    if (rc == SB_OK) {
        sb_proof_walk_sort(&p->walk);
        rc = put_together(p, &fault, err);
    }
    if (rc == SB_OK && fault == SB_FAULT_BAD_KEY && !p->unsigned_here) {
        sb_talk("without what %s possesses: it signs with a newer key, to which nothing in this "
                "proof leads",
                p->g->organisation.s);
        p->unsigned_here = true;
        rc = put_together(p, &fault, err);
    }
    return rc;
}

static int prove(struct proving *p)
{
    struct sb_err err = {0};
    int code = sb_talk_open(p->args, ANSWER_MS, &p->client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = prove_all(p, &err);
    sb_client_close(p->client);
    if (rc == SB_OK) {
        rc = sb_wholefile_write(sb_args_value(p->args, "output-file"),
                                (struct sb_bytes){(const uint8_t *)p->bytes, p->n}, &err);
    }
    free(p->bytes);
    if (rc == SB_OK && !p->complete) {
        sb_talk(
            "not complete: something that was published is not here yet, or not shown to you. "
            "The file shows what is here; `samenbus status` says what is missing: make it again "
            "when that has come");
    }
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

/* False after saying why there is nothing to prove: the daemon is in order. */
static bool is_proposed(struct proving *p)
{
    const struct sb_gathered_subject found = said_of(p);
    const struct sb_decision_view *v = sb_decision_fold(&p->decision, found.statements, found.n,
                                                        &p->g->past, p->as_of, &p->g->arena);
    if (v == NULL) {
        sb_talk("no memory for what was said about it");
    } else if (found.n == 0) {
        sb_talk("no such decision is known here; samenbus decision list shows those that are");
        sb_nearest_connect(p->args, p->decision.org.s);
    } else if (v->revision == NULL) {
        sb_talk("what was said about this decision is here, and no proposal of it%s: one that was "
                "erased proves nothing any more",
                sb_args_has(p->args, "as-of") ? " as of that date" : "");
    }
    p->complete = v != NULL && v->complete && p->g->complete;
    return v != NULL && v->revision != NULL;
}

static int run(const struct sb_args *args)
{
    struct proving p = {.args = args};
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which decision: ORG/UUID");
    }
    if (!sb_gather_reference(args, args->operands[0], &p.decision) ||
        !sb_gather_date(args, "as-of", (struct sb_time){0}, &p.as_of)) {
        return SB_EXIT_USAGE;
    }
    if (!sb_args_has(args, "output-file") && isatty(STDOUT_FILENO) != 0) {
        return sb_args_complain(args, "the file is not for a terminal: -O FILE, or > FILE");
    }
    int code = sb_gather(args, 1U << SB_SUBJECT_DECISION, &p.decision.id, &p.g);
    if (code == SB_EXIT_OK) {
        (void)sb_gather_date(args, "as-of", p.g->now, &p.as_of);
        code = is_proposed(&p) ? prove(&p) : SB_EXIT_FAILURE;
    }
    sb_gathered_free(p.g);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"output-file", 'O', "FILE", "write to FILE (else to stdout)"},
    {"as-of", 0, "DATE", "the day that its outcome is shown for (default: today)"},
    {"with", 0, "FILE",
     "a proof of the same decision from elsewhere, for what was possessed there; may be repeated"},
};

const struct sb_command sb_command_decision_proof = {
    .words = "decision proof",
    .synopsis = "ORG/UUID",
    .about = "write what was said about a decision as a file that proves its outcome anywhere",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus decision proof GM0384/014ac8c5-9680-7000-8000-000000000010 > duo.sbd\n"
                "  samenbus verify --proof duo.sbd --key keys/GM0384.pub.yaml\n",
    .run = run,
};
