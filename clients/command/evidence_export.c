/* samenbus evidence export: the proof of one fork as a file that needs no daemon. It is fetched
 * from the daemon, put together and verified here before a byte of it is given out. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/evidence.h"
#include "clients/command/nearest.h"
#include "clients/command/talk.h"
#include "clients/command/wholefile.h"
#include "proto/proof_text.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

static const struct sb_flag export_flags[] = {
    SB_FLAG_CONFIG,
    {"output-file", 'O', "FILE", "write to FILE (else to stdout)"},
};

struct proving {
    struct sb_client *client;
    struct sb_arena arena; /* keeps what answers only lend */
    struct sb_proof proof;
    struct sb_certificate certificate;
    /* what is asked for */
    uint64_t index; /* 0: by place */
    struct sb_org origin;
    struct sb_epoch epoch;
    unsigned digits;
    struct sb_seq seq;
    /* what was found */
    bool found, conflict;
    struct sb_evidence_side sides[SB_PROOF_BRANCHES];
};

/* "GM0384" "3-9f1c2ab7:57", or the number of an item of the list. */
static bool read_operands(const struct sb_args *args, struct proving *p)
{
    if (args->n_operands == 1) {
        char *end;
        p->index = strtoull(args->operands[0], &end, 10);
        return p->index > 0 && *end == '\0' && args->operands[0][0] != '-';
    }
    if (args->n_operands != 2 ||
        !sb_org_parse(&p->origin, args->operands[0], strlen(args->operands[0]))) {
        return false;
    }
    const char *place = args->operands[1], *colon = strchr(place, ':');
    char *end = NULL;
    if (colon == NULL || !sb_epoch_parse(&p->epoch, &p->digits, place, (size_t)(colon - place))) {
        return false;
    }
    p->seq.n = strtoull(colon + 1, &end, 10);
    return p->seq.n > 0 && *end == '\0' && colon[1] != '-';
}

static bool is_meant(const struct proving *p, uint64_t index, const struct sb_evidence_item *item)
{
    if (p->index != 0) {
        return index == p->index;
    }
    const struct sb_evidence_side *s = &item->sides[0];
    uint64_t mask = p->digits >= 16 ? UINT64_MAX : ~(UINT64_MAX >> (4 * p->digits));
    return item->kind == SB_EVIDENCE_FORK && sb_org_eq(&item->origin, &p->origin) &&
           s->epoch.counter == p->epoch.counter && (s->epoch.tag & mask) == p->epoch.tag &&
           s->seq.n == p->seq.n;
}

static bool look_at(void *context, uint64_t index, const struct sb_evidence_item *item)
{
    struct proving *p = context;
    if (item->n_sides < SB_PROOF_BRANCHES || !is_meant(p, index, item)) {
        return true;
    }
    p->found = item->kind == SB_EVIDENCE_FORK;
    p->conflict = !p->found;
    p->origin = item->origin;
    memcpy(p->sides, item->sides, sizeof p->sides);
    return false;
}

/* ---- fetching */

static enum sb_rc fetch(struct proving *p, uint32_t branch, struct sb_seq seq,
                        const struct sb_fetched **page, struct sb_err *err)
{
    struct sb_fetch at = {p->origin, p->proof.epoch, branch, seq};
    enum sb_rc rc = sb_client_fetch(p->client, &at, SB_EVIDENCE_ANSWER_MS, page, err);
    if (rc == SB_OK &&
        ((*page)->events.n_items == 0 || !sb_epoch_eq((*page)->events.epoch, p->proof.epoch) ||
         (*page)->events.items[0].link.seq.n != seq.n)) {
        return sb_err_set(err, SB_E_NOTFOUND,
                          "the daemon does not hold seq %" PRIu64 " of this epoch any more", seq.n);
    }
    return rc;
}

/* The epoch's key is in its first event, with the certificate where there is one. */
static enum sb_rc fetch_key(struct proving *p, struct sb_err *err)
{
    const struct sb_fetched *page;
    enum sb_rc rc = fetch(p, 0, (struct sb_seq){1}, &page, err);
    if (rc != SB_OK) {
        return rc;
    }
    struct sb_epoch_start *start = sb_arena_alloc(&p->arena, sizeof *start);
    if (start == NULL || page->events.items[0].salt == NULL ||
        !sb_epoch_start_read(start, page->events.items[0].body, &p->arena)) {
        return sb_err_set(err, SB_E_NOTFOUND, "the daemon does not hold the start of this epoch");
    }
    p->proof.header.sign_key = start->sign_key;
    if (start->certified) {
        p->certificate = start->certificate;
        p->proof.certificate = &p->certificate;
    }
    return SB_OK;
}

/* Links from the fork to the first checkpoint. */
static enum sb_rc fetch_branch(struct proving *p, size_t b, struct sb_err *err)
{
    const struct sb_fetched *page;
    struct sb_proof_branch *out = &p->proof.branches[b];
    enum sb_rc rc = fetch(p, p->sides[b].branch, p->sides[b].seq, &page, err);
    if (rc != SB_OK) {
        return rc;
    }
    const struct sb_events *e = &page->events;
    if (e->n_checkpoints == 0) {
        return sb_err_set(err, SB_E_NET, "the daemon gives no checkpoint");
    }
    out->checkpoint = e->checkpoints[0];
    out->n = (size_t)(out->checkpoint.seq.n - p->sides[b].seq.n + 1);
    struct sb_item *items = sb_arena_alloc(&p->arena, e->n_items * sizeof *items);
    if (items == NULL || out->n > e->n_items) {
        return sb_err_set(err, SB_E_NET, "the daemon's page ends before its checkpoint");
    }
    for (size_t i = 0; i < out->n; i++) {
        struct sb_bytes link = e->items[i].link_bytes;
        items[i] = (struct sb_item){.link_bytes = sb_arena_copy(&p->arena, link.p, link.n)};
        if (items[i].link_bytes.p == NULL) {
            return sb_err_set(err, SB_E_NOMEM, "no memory");
        }
    }
    out->items = items;
    return SB_OK;
}

static enum sb_rc collect(struct proving *p, struct sb_err *err)
{
    const struct sb_status *status;
    enum sb_rc rc = sb_client_status(p->client, SB_EVIDENCE_ANSWER_MS, &status, err);
    if (rc == SB_OK) {
        (void)snprintf(p->proof.header.partnership, sizeof p->proof.header.partnership, "%s",
                       status->partnership);
        rc = sb_evidence_each(p->client, look_at, p, err);
    }
    if (rc == SB_OK && !p->found) {
        return sb_err_set(err, SB_E_NOTFOUND, "%s; `samenbus evidence list` shows what there is",
                          p->conflict
                              ? "only forks have a proof; an id with two contents is seen in "
                                "`samenbus export`"
                              : "no such fork is known to this daemon");
    }
    p->proof.header.origin = p->origin;
    p->proof.epoch = p->sides[0].epoch;
    rc = rc == SB_OK ? fetch_key(p, err) : rc;
    for (size_t b = 0; b < SB_PROOF_BRANCHES && rc == SB_OK; b++) {
        rc = fetch_branch(p, b, err);
    }
    return rc;
}

/* ---- writing */

/* A daemon that gave something else than a proof is found out here. */
static enum sb_rc write_verified(struct proving *p, const char *path, struct sb_err *err)
{
    char *bytes = NULL, lines[SB_PROOF_LINES][SB_PROOF_LINE_MAX];
    size_t n = 0;
    struct sb_proof_verdict verdict;
    FILE *to = open_memstream(&bytes, &n);
    enum sb_rc rc =
        to == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory") : sb_proof_write(to, &p->proof, err);
    if (to != NULL && fclose(to) != 0 && rc == SB_OK) {
        rc = sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    if (rc == SB_OK) {
        sb_proof_verify(&verdict, (const uint8_t *)bytes, n);
        (void)sb_proof_print(lines, &verdict, NULL);
        sb_talk("%s", lines[0]);
        rc = sb_proof_holds(&verdict, NULL)
                 ? sb_wholefile_write(path, (struct sb_bytes){(const uint8_t *)bytes, n}, err)
                 : sb_err_set(err, SB_E_CORRUPT,
                              "what the daemon holds proves nothing; see "
                              "`samenbus verify --store`");
    }
    free(bytes);
    return rc;
}

static int evidence_export(const struct sb_args *args)
{
    static struct proving p; /* large */
    struct sb_err err = {0};
    const char *path = sb_args_value(args, "output-file");
    if (!read_operands(args, &p)) {
        return sb_args_complain(args, "which? ORG EPOCH:SEQ, or the number of a fork in "
                                      "`samenbus evidence list`");
    }
    if (path == NULL && isatty(STDOUT_FILENO) != 0) {
        return sb_args_complain(args, "the proof is not for a terminal: -O FILE, or > FILE");
    }
    int code = sb_talk_open(args, SB_EVIDENCE_ANSWER_MS, &p.client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    sb_arena_init(&p.arena, ARENA_BYTES);
    bool ready = sb_crypto_init();
    enum sb_rc rc = ready ? collect(&p, &err) : sb_err_set(&err, SB_E_NOMEM, "no random numbers");
    rc = rc == SB_OK ? write_verified(&p, path, &err) : rc;
    code = rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
    if (rc == SB_E_NOTFOUND && p.origin.s[0] != '\0') {
        sb_nearest_ask(p.client, p.origin.s);
    }
    sb_arena_fini(&p.arena);
    sb_client_close(p.client);
    return code;
}

const struct sb_command sb_command_evidence_export = {
    .words = "evidence export",
    .synopsis = "ORG EPOCH:SEQ | NUMBER [-O FILE]",
    .about = "write the proof that an organisation signed two histories as a file",
    SB_FLAGS(export_flags),
    .operands_max = 2,
    .examples = "  samenbus evidence export GM0384 3-9f1c2ab7:57 > fork.sbp\n"
                "  samenbus evidence export 1 -O fork.sbp && samenbus verify --evidence fork.sbp\n"
                "      # proof: GM0384 signed two histories at 3-9f1c2ab7:57\n",
    .run = evidence_export,
};
