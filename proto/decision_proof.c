/* Verifies the proof of a decision, record by record in their one order; see decision_proof.h. It
 * believes nothing but signatures: whose the keys are, the reader has to know. */
#include "proto/decision_proof.h"

#include <string.h>

#include "proto/decision_proof_section.h"
#include "proto/export_format.h"
#include "proto/sha256.h"

enum {
    DECISION_BYTES = 16 + 4,
    END_BYTES = 8 + 32,
    FIRST_DAY = -719162, /* 0001-01-01 */
    LAST_DAY = 2932896,  /* 9999-12-31 */
};

static const char UNKNOWN[] = "a record of an unknown type or form";

struct checking {
    struct sb_decision_proof *out;
    struct sb_reader r;
    size_t record; /* where the record under way begins */
    struct sb_arena *arena;
    struct sb_proof_table table;
    struct sb_proof_section section;
    struct sb_decision_proof_origin *origins;
    struct sb_decision_proof_possession *possessions;
    size_t *first_runs; /* of each origin */
    uint64_t events;
    bool no_memory, ended;
};

static bool blame_at(struct checking *c, struct sb_epoch epoch, uint64_t seq, enum sb_fault fault,
                     const char *text)
{
    size_t n = c->out->n_origins;
    struct sb_export_fault *f = &c->out->fault;
    *f = (struct sb_export_fault){
        n > 0 ? c->origins[n - 1].origin : c->out->header.origin, epoch, {seq}, fault, ""};
    memcpy(f->text, text, strlen(text) < sizeof f->text ? strlen(text) : sizeof f->text - 1);
    return false;
}

/* At the place behind the last link of the organisation under way. */
static bool blame(struct checking *c, enum sb_fault fault, const char *text)
{
    const struct sb_proof_section *s = &c->section;
    return blame_at(c, s->epoch, s->epoch.counter == 0 ? 0 : s->seq.n + 1, fault, text);
}

static bool next(struct checking *c, uint8_t *type, struct sb_bytes *payload)
{
    c->record = c->r.at;
    return sb_export_next_record(&c->r, type, payload) ||
           blame(c, SB_FAULT_BAD_FILE, "the file is cut short");
}

/* ---- room: as much as the records that there are can need */

static bool is_shown(struct sb_bytes event)
{
    struct sb_reader r;
    sb_reader_init(&r, event.p, event.n);
    (void)sb_get_bytes(&r, sb_get_u32(&r));
    return sb_get_u8(&r) == SB_EXPORT_PRESENT;
}

static bool make_room(struct checking *c)
{
    struct sb_reader r = c->r;
    uint8_t type;
    struct sb_bytes payload;
    size_t n[SB_EXPORT_POSSESSION + 1] = {0}, shown = 0;
    while (sb_export_next_record(&r, &type, &payload)) {
        n[type <= SB_EXPORT_POSSESSION ? type : 0]++;
        shown += type == SB_EXPORT_EVENT && is_shown(payload) ? 1 : 0;
    }
    size_t origins = n[SB_EXPORT_ORIGIN] + 1, possessions = n[SB_EXPORT_POSSESSION] + 1;
    c->origins = sb_arena_alloc(c->arena, origins * sizeof *c->origins);
    c->first_runs = sb_arena_alloc(c->arena, origins * sizeof *c->first_runs);
    c->possessions = sb_arena_alloc(c->arena, possessions * sizeof *c->possessions);
    c->out->origins = c->origins;
    c->out->possessions = c->possessions;
    return c->origins != NULL && c->first_runs != NULL && c->possessions != NULL &&
           sb_proof_table_init(&c->table, n[SB_EXPORT_EVENT], shown,
                               n[SB_EXPORT_CHECKPOINT] + origins, c->arena);
}

/* ---- one organisation */

static void begin_section(struct checking *c, const struct sb_org *origin,
                          const struct sb_sign_public *key)
{
    size_t n = c->out->n_origins++;
    c->origins[n] =
        (struct sb_decision_proof_origin){.origin = *origin, .key = *key, .last_key = *key};
    c->first_runs[n] = c->table.n_runs;
    c->section = (struct sb_proof_section){.t = &c->table,
                                           .partnership = c->section.partnership,
                                           .of = &c->origins[n],
                                           .from = c->table.n_runs,
                                           .covered = true};
}

/* Nothing of an organisation may stay without a signature. */
static bool end_section(struct checking *c)
{
    const struct sb_proof_section *s = &c->section;
    if (!s->covered) {
        return blame_at(c, s->epoch, s->seq.n, SB_FAULT_NO_CHECKPOINT,
                        sb_fault_sentence(SB_FAULT_NO_CHECKPOINT));
    }
    return s->of->links > 0 || blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
}

static bool take_origin(struct checking *c, struct sb_bytes payload)
{
    struct sb_org origin;
    struct sb_sign_public key;
    struct sb_reader r;
    const struct sb_org *before =
        c->out->n_origins > 1 ? &c->origins[c->out->n_origins - 1].origin : NULL;
    sb_reader_init(&r, payload.p, payload.n);
    size_t n = sb_get_u8(&r);
    const uint8_t *text = sb_get_bytes(&r, n);
    sb_get_copy(&r, key.b, sizeof key.b);
    if (!end_section(c)) {
        return false;
    }
    if (text == NULL || !sb_reader_done(&r) || !sb_org_parse(&origin, (const char *)text, n) ||
        sb_org_eq(&origin, &c->out->header.origin) ||
        (before != NULL && sb_org_cmp(before, &origin) >= 0)) {
        return blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
    }
    begin_section(c, &origin, &key);
    return true;
}

static bool take_link(struct checking *c, uint8_t type, struct sb_bytes payload)
{
    struct sb_epoch epoch = {0};
    struct sb_seq seq = {0};
    bool event = type == SB_EXPORT_EVENT;
    if (!event && (c->section.covered || payload.n != SB_EXPORT_CHECKPOINT_BYTES)) {
        return blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
    }
    enum sb_fault fault = event ? sb_proof_section_event(&c->section, payload, &epoch, &seq)
                                : sb_proof_section_checkpoint(&c->section, payload, &epoch, &seq);
    c->events += event ? 1 : 0;
    c->no_memory = c->section.full;
    if (fault == SB_FAULT_NONE) {
        return true;
    }
    bool has_place = epoch.counter > 0 || !event;
    return has_place ? blame_at(c, epoch, seq.n, fault, sb_fault_sentence(fault))
                     : blame(c, fault, sb_fault_sentence(fault));
}

/* ---- statements of possession */

static size_t find_origin(const struct checking *c, const struct sb_org *org)
{
    size_t i = 0;
    while (i < c->out->n_origins && !sb_org_eq(&c->origins[i].origin, org)) {
        i++;
    }
    return i;
}

static size_t end_of_runs(const struct checking *c, size_t origin)
{
    return origin + 1 < c->out->n_origins ? c->first_runs[origin + 1] : c->table.n_runs;
}

/* Is it the key of this organisation: the pinned one, or that of an epoch here? */
static bool is_key_of(const struct checking *c, size_t origin, const struct sb_sign_public *key)
{
    bool found = memcmp(&c->origins[origin].key, key, sizeof *key) == 0;
    for (size_t i = c->first_runs[origin]; !found && i < end_of_runs(c, origin); i++) {
        const struct sb_epoch_start *start = c->table.runs[i].start;
        found = start != NULL && memcmp(&start->sign_key, key, sizeof *key) == 0;
    }
    return found;
}

/* Does the head carry its origin's signature, as far as one can tell here? */
static bool is_signed(const struct checking *c, size_t origin, const struct sb_head *head)
{
    const struct sb_chain_ref of = {c->section.partnership, c->origins[origin].origin, head->epoch};
    const struct sb_sign_public *key = &c->origins[origin].key;
    for (size_t i = c->first_runs[origin]; i < end_of_runs(c, origin); i++) {
        const struct sb_proof_run *run = &c->table.runs[i];
        if (run->start != NULL && sb_epoch_eq(run->epoch, head->epoch)) {
            key = &run->start->sign_key;
        }
    }
    return sb_checkpoint_verify(&head->checkpoint, &of, key);
}

/* Of each organisation of the proof the newest head that its own signature stands under. */
static bool list_held(struct checking *c, const struct sb_possession *p,
                      struct sb_decision_proof_possession *out)
{
    struct sb_decision_proof_held *held =
        sb_arena_alloc(c->arena, (p->n_origins + 1) * sizeof *held);
    out->held = held;
    for (size_t i = 0; held != NULL && i < p->n_origins; i++) {
        const struct sb_origin_heads *o = &p->origins[i];
        size_t origin = find_origin(c, &o->origin), k = 0;
        while (k < o->n_heads && origin < c->out->n_origins &&
               !is_signed(c, origin, &o->heads[k])) {
            k++;
        }
        if (k < o->n_heads && origin < c->out->n_origins) {
            held[out->n_held++] = (struct sb_decision_proof_held){o->origin, o->heads[k].epoch,
                                                                  o->heads[k].checkpoint.seq};
        }
    }
    return held != NULL;
}

static bool check_possession(struct checking *c, const struct sb_possession *p,
                             struct sb_decision_proof_possession *out)
{
    const struct sb_reference *of = &c->out->decision;
    struct sb_hash challenge = sb_possession_challenge_of(&of->org, &of->id);
    size_t origin = find_origin(c, &p->node);
    struct sb_epoch nowhere = {0};
    out->node = p->node;
    out->time = p->time;
    out->of_origin = origin < c->out->n_origins;
    if (out->of_origin && !is_key_of(c, origin, &out->key)) {
        return blame_at(c, nowhere, 0, SB_FAULT_BAD_KEY,
                        "the key of a statement of possession is not one of its organisation");
    }
    bool meant = sb_hash_eq(&p->partnership, &c->section.partnership) &&
                 sb_hash_eq(&p->challenge, &challenge);
    if (!meant || !sb_possession_verify(p, out->statement, &out->key)) {
        return blame_at(c, nowhere, 0, SB_FAULT_BAD_CHECKPOINT,
                        "a statement of possession is about something else, or not signed by its "
                        "key");
    }
    c->no_memory = !list_held(c, p, out);
    return !c->no_memory;
}

static bool take_possession(struct checking *c, struct sb_bytes payload)
{
    struct sb_possession p;
    struct sb_reader r;
    size_t n = c->out->n_possessions;
    struct sb_decision_proof_possession *out = &c->possessions[n];
    *out = (struct sb_decision_proof_possession){.n_held = 0};
    sb_reader_init(&r, payload.p, payload.n);
    sb_get_copy(&r, out->key.b, sizeof out->key.b);
    out->statement = (struct sb_bytes){payload.p + r.at, payload.n - r.at};
    if (n == 0 && !end_section(c)) {
        return false;
    }
    if (r.failed || !sb_possession_decode(&p, out->statement, c->arena) || !sb_date_tells(p.time) ||
        (n > 0 && sb_org_cmp(&out[-1].node, &p.node) >= 0)) {
        return blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
    }
    c->out->n_possessions++;
    return check_possession(c, &p, out);
}

/* ---- the frame of it all */

static bool take_end(struct checking *c, struct sb_bytes payload)
{
    struct sb_hash said;
    struct sb_reader r;
    const struct sb_bytes before = {c->r.p, c->record};
    struct sb_hash hash = sb_sha256(&before, 1);
    if (c->out->n_possessions == 0 && !end_section(c)) {
        return false;
    }
    if (payload.n != END_BYTES) {
        return blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
    }
    sb_reader_init(&r, payload.p, payload.n);
    uint64_t events = sb_get_u64(&r);
    sb_get_copy(&r, said.b, sizeof said.b);
    c->ended = true;
    if (events != c->events) {
        return blame(c, SB_FAULT_BAD_FILE, "the file does not hold as many events as it says");
    }
    if (!sb_hash_eq(&said, &hash)) {
        return blame(c, SB_FAULT_BAD_FILE, "the file is not as it was written");
    }
    return c->r.at == c->r.n || blame(c, SB_FAULT_BAD_FILE, "a record behind the end");
}

static bool take_record(struct checking *c, uint8_t type, struct sb_bytes payload)
{
    bool possessed = c->out->n_possessions > 0;
    if ((type == SB_EXPORT_EVENT || type == SB_EXPORT_CHECKPOINT) && !possessed) {
        return take_link(c, type, payload);
    }
    if (type == SB_EXPORT_ORIGIN && !possessed) {
        return take_origin(c, payload);
    }
    if (type == SB_EXPORT_POSSESSION) {
        return take_possession(c, payload);
    }
    return type == SB_EXPORT_END ? take_end(c, payload) : blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
}

static bool take_decision(struct checking *c)
{
    uint8_t type;
    struct sb_bytes payload;
    struct sb_reader r;
    if (!next(c, &type, &payload)) {
        return false;
    }
    if (type != SB_EXPORT_DECISION || payload.n != DECISION_BYTES) {
        return blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
    }
    sb_reader_init(&r, payload.p, payload.n);
    c->out->decision.org = c->out->header.origin;
    sb_get_copy(&r, c->out->decision.id.b, sizeof c->out->decision.id.b);
    c->out->as_of.days = (int32_t)sb_get_u32(&r);
    return (c->out->as_of.days >= FIRST_DAY && c->out->as_of.days <= LAST_DAY) ||
           blame(c, SB_FAULT_BAD_FILE, UNKNOWN);
}

static bool check_file(struct checking *c)
{
    uint8_t type;
    struct sb_bytes payload;
    if (!sb_export_get_header(&c->r, SB_DECISION_PROOF_MAGIC, &c->out->header)) {
        return blame(c, SB_FAULT_BAD_FILE, "not the proof of a decision of version 1");
    }
    c->section.partnership = sb_partnership_hash(c->out->header.partnership);
    if (!take_decision(c)) {
        return false;
    }
    c->no_memory = !make_room(c);
    if (c->no_memory) {
        return false;
    }
    begin_section(c, &c->out->header.origin, &c->out->header.sign_key);
    while (!c->ended) {
        if (!next(c, &type, &payload) || !take_record(c, type, payload)) {
            return false;
        }
    }
    return true;
}

enum sb_rc sb_decision_proof_verify(struct sb_decision_proof *out, struct sb_bytes file,
                                    struct sb_date as_of, struct sb_arena *arena,
                                    struct sb_err *err)
{
    struct checking c = {.out = out, .arena = arena};
    *out = (struct sb_decision_proof){.fault = {.fault = SB_FAULT_NONE}};
    sb_reader_init(&c.r, file.p, file.n);
    bool good = check_file(&c);
    if (c.no_memory) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for this proof");
    }
    if (!good) {
        return SB_OK;
    }
    as_of = sb_date_given(as_of) ? as_of : out->as_of;
    enum sb_rc rc = sb_decision_proof_fold(out, &c.table, as_of, err);
    if (rc == SB_OK && out->view->revision == NULL) {
        struct sb_epoch nowhere = {0};
        out->n_origins = 0; /* the proposer is named */
        (void)blame_at(&c, nowhere, 0, SB_FAULT_BAD_FILE,
                       "no proposal of this decision is in the file, as of that date");
    }
    return rc;
}
