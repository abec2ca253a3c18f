/* Proofs of forks, written and verified; see proof.h. The verifier believes nothing but signatures:
 * whose the key is, the reader has to know. */
#include "proto/proof.h"

#include <string.h>

#include "proto/export_format.h"

/* ---- writing */

static enum sb_rc write_certificate(FILE *to, const struct sb_certificate *c, struct sb_err *err)
{
    uint8_t time[8];
    struct sb_writer w;
    sb_writer_init(&w, time, sizeof time);
    sb_put_u64(&w, (uint64_t)c->time.ms);
    const struct sb_bytes parts[] = {{c->old_key.b, sizeof c->old_key.b},
                                     {time, sizeof time},
                                     {c->old_signature.b, sizeof c->old_signature.b},
                                     {c->new_signature.b, sizeof c->new_signature.b}};
    return sb_export_put_record(to, SB_EXPORT_CERTIFICATE, parts, sizeof parts / sizeof parts[0],
                                err);
}

static enum sb_rc write_branch(FILE *to, const struct sb_proof *proof, size_t b, struct sb_err *err)
{
    const struct sb_proof_branch *branch = &proof->branches[b];
    enum sb_rc rc = SB_OK;
    for (size_t i = 0; i < branch->n && rc == SB_OK; i++) {
        struct sb_item item = {.link = branch->items[i].link,
                               .link_bytes = branch->items[i].link_bytes};
        rc = sb_export_put_event(to, &item, err);
    }
    return rc == SB_OK ? sb_export_put_checkpoint(to, proof->epoch, &branch->checkpoint, err) : rc;
}

static struct sb_hash first_hash(const struct sb_proof_branch *branch)
{
    const struct sb_bytes *link = &branch->items[0].link_bytes;
    return sb_link_hash_bytes(link->p, link->n);
}

enum sb_rc sb_proof_write(FILE *to, const struct sb_proof *proof, struct sb_err *err)
{
    struct sb_hash a = first_hash(&proof->branches[0]), b = first_hash(&proof->branches[1]);
    size_t lower = sb_hash_cmp(&a, &b) < 0 ? 0 : 1;
    enum sb_rc rc = sb_export_put_header(to, SB_PROOF_MAGIC, &proof->header, err);
    if (rc == SB_OK && proof->certificate != NULL) {
        rc = write_certificate(to, proof->certificate, err);
    }
    for (size_t i = 0; i < SB_PROOF_BRANCHES && rc == SB_OK; i++) {
        rc = write_branch(to, proof, i == 0 ? lower : 1 - lower, err);
    }
    return rc == SB_OK ? sb_export_end(to, proof->branches[0].n + proof->branches[1].n, err) : rc;
}

/* ---- verifying */

struct checking {
    struct sb_proof_verdict *out;
    struct sb_reader r;
    struct sb_hash partnership;
    struct sb_epoch epoch; /* of the last link read, and its place and hash */
    struct sb_seq seq;
    struct sb_hash hash;
    struct sb_hash prev, first; /* of the first link of the first branch */
    uint64_t events;
};

static bool blame_at(struct checking *c, struct sb_epoch epoch, uint64_t seq, enum sb_fault fault,
                     const char *text)
{
    struct sb_export_fault *f = &c->out->fault;
    *f = (struct sb_export_fault){c->out->header.origin, epoch, {seq}, fault, ""};
    memcpy(f->text, text, strlen(text) < sizeof f->text ? strlen(text) : sizeof f->text - 1);
    return false;
}

/* At the place behind the last link. */
static bool blame(struct checking *c, enum sb_fault fault, const char *text)
{
    return blame_at(c, c->epoch, c->epoch.counter == 0 ? 0 : c->seq.n + 1, fault, text);
}

static bool blame_link(struct checking *c, const struct sb_link *link, enum sb_fault fault)
{
    return blame_at(c, link->epoch, link->seq.n, fault, sb_fault_sentence(fault));
}

static bool next(struct checking *c, uint8_t *type, struct sb_bytes *payload)
{
    return sb_export_next_record(&c->r, type, payload) ||
           blame(c, SB_FAULT_BAD_FILE, "the file is cut short");
}

static bool blame_record(struct checking *c)
{
    return blame(c, SB_FAULT_BAD_FILE, "a record of an unknown type or form");
}

static bool check_certificate(struct checking *c, struct sb_bytes payload)
{
    struct sb_certificate cert = {.origin = c->out->header.origin,
                                  .new_key = c->out->header.sign_key};
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    sb_get_copy(&r, cert.old_key.b, sizeof cert.old_key.b);
    cert.time.ms = (int64_t)sb_get_u64(&r);
    sb_get_copy(&r, cert.old_signature.b, sizeof cert.old_signature.b);
    sb_get_copy(&r, cert.new_signature.b, sizeof cert.new_signature.b);
    if (!sb_reader_done(&r)) {
        return blame_record(c);
    }
    if (!sb_certificate_verify(&cert, &c->partnership)) {
        return blame(c, SB_FAULT_BAD_KEY, sb_fault_sentence(SB_FAULT_BAD_KEY));
    }
    c->out->certified = true;
    c->out->certified_by = cert.old_key;
    return true;
}

/* Where does this link belong? The first of the first branch says where the fork is; the first of
 * the second one stands at the same place, and behind it in the order of hashes. */
static enum sb_fault check_place(struct checking *c, const struct sb_link *link,
                                 const struct sb_hash *hash, size_t branch, size_t i)
{
    bool starts = i == 0 && branch == 0;
    uint64_t due = i == 0 ? c->out->seq.n : c->seq.n + 1;
    if (!sb_hash_eq(&link->partnership, &c->partnership) ||
        !sb_org_eq(&link->origin, &c->out->header.origin)) {
        return SB_FAULT_BAD_LINK;
    }
    if (starts) {
        c->out->epoch = link->epoch;
        c->out->seq = link->seq;
        c->prev = link->prev;
        c->first = *hash;
        return SB_FAULT_NONE;
    }
    if (!sb_epoch_eq(link->epoch, c->out->epoch) || link->seq.n != due ||
        (i == 0 && sb_hash_cmp(&c->first, hash) >= 0)) {
        return SB_FAULT_BAD_LINK;
    }
    return sb_hash_eq(&link->prev, i == 0 ? &c->prev : &c->hash) ? SB_FAULT_NONE
                                                                 : SB_FAULT_BAD_PREV;
}

static bool check_event(struct checking *c, struct sb_bytes payload, size_t branch, size_t i)
{
    struct sb_org orgs[SB_AUDIENCE_MAX];
    struct sb_link link;
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    size_t n = sb_get_u32(&r);
    const uint8_t *bytes = sb_get_bytes(&r, n);
    if (bytes == NULL || !sb_link_decode(&link, orgs, bytes, n)) {
        return blame(c, SB_FAULT_BAD_LINK, sb_fault_sentence(SB_FAULT_BAD_LINK));
    }
    struct sb_hash hash = sb_link_hash_bytes(bytes, n);
    enum sb_fault fault = check_place(c, &link, &hash, branch, i);
    uint8_t form = sb_get_u8(&r);
    if (fault == SB_FAULT_NONE && (form != SB_EXPORT_NO_BODY || !sb_reader_done(&r))) {
        fault = SB_FAULT_BAD_BODY;
    }
    if (fault != SB_FAULT_NONE) {
        return blame_link(c, &link, fault);
    }
    c->epoch = link.epoch;
    c->seq = link.seq;
    c->hash = hash;
    c->events++;
    return true;
}

static bool check_checkpoint(struct checking *c, struct sb_bytes payload)
{
    struct sb_checkpoint checkpoint;
    struct sb_epoch epoch;
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    epoch.counter = sb_get_u32(&r);
    epoch.tag = sb_get_u64(&r);
    const struct sb_chain_ref of = {c->partnership, c->out->header.origin, epoch};
    bool good = sb_checkpoint_decode(&checkpoint, payload.p + r.at, payload.n - r.at) &&
                sb_epoch_eq(epoch, c->epoch) && checkpoint.seq.n == c->seq.n &&
                sb_hash_eq(&checkpoint.hash, &c->hash) &&
                sb_checkpoint_verify(&checkpoint, &of, &c->out->header.sign_key);
    return good || blame_at(c, epoch, checkpoint.seq.n, SB_FAULT_BAD_CHECKPOINT,
                            sb_fault_sentence(SB_FAULT_BAD_CHECKPOINT));
}

/* Events, then the checkpoint over the last of them. `type` and `payload` are its first record. */
static bool check_branch(struct checking *c, uint8_t type, struct sb_bytes payload, size_t branch)
{
    size_t i = 0;
    while (type == SB_EXPORT_EVENT && i < SB_BATCH_EVENTS_MAX) {
        if (!check_event(c, payload, branch, i++) || !next(c, &type, &payload)) {
            return false;
        }
    }
    if (i == 0 || type != SB_EXPORT_CHECKPOINT || payload.n != SB_EXPORT_CHECKPOINT_BYTES) {
        return blame_record(c);
    }
    return check_checkpoint(c, payload);
}

static bool check_end(struct checking *c)
{
    uint8_t type;
    struct sb_bytes payload;
    struct sb_reader r;
    if (!next(c, &type, &payload)) {
        return false;
    }
    if (type != SB_EXPORT_END || payload.n != sizeof(uint64_t)) {
        return blame_record(c);
    }
    sb_reader_init(&r, payload.p, payload.n);
    if (sb_get_u64(&r) != c->events) {
        return blame(c, SB_FAULT_BAD_FILE, "the file does not hold as many events as it says");
    }
    return c->r.at == c->r.n || blame(c, SB_FAULT_BAD_FILE, "a record behind the end");
}

void sb_proof_verify(struct sb_proof_verdict *out, const uint8_t *file, size_t n)
{
    struct checking c = {.out = out};
    uint8_t type;
    struct sb_bytes payload;
    *out = (struct sb_proof_verdict){.fault = {.fault = SB_FAULT_NONE}};
    sb_reader_init(&c.r, file, n);
    if (!sb_export_get_header(&c.r, SB_PROOF_MAGIC, &out->header)) {
        blame(&c, SB_FAULT_BAD_FILE, "not a proof of version 1");
        return;
    }
    c.partnership = sb_partnership_hash(out->header.partnership);
    bool good = next(&c, &type, &payload);
    if (good && type == SB_EXPORT_CERTIFICATE) {
        good = check_certificate(&c, payload) && next(&c, &type, &payload);
    }
    good = good && check_branch(&c, type, payload, 0);
    good = good && next(&c, &type, &payload) && check_branch(&c, type, payload, 1);
    (void)(good && check_end(&c));
}
