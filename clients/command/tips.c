/* Tips out of exports; see tips.h. */
#include "clients/command/tips.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "clients/command/verify_read.h"
#include "proto/export.h"

enum { MAGIC_BYTES = 9, RECORD_HEAD = 5, RECORD_CHECKPOINT = 3 };

/* The place of this epoch, or where it is to be put. */
static size_t find(const struct sb_tips *tips, struct sb_epoch epoch)
{
    size_t at = 0;
    while (at < tips->n && sb_epoch_cmp(tips->items[at].epoch, epoch) < 0) {
        at++;
    }
    return at;
}

static bool add(struct sb_tips *tips, const struct sb_rekey_tip *tip)
{
    size_t at = find(tips, tip->epoch);
    if (at < tips->n && sb_epoch_eq(tips->items[at].epoch, tip->epoch)) {
        if (tips->items[at].seq.n < tip->seq.n) {
            tips->items[at] = *tip;
        }
        return true;
    }
    if (tips->n == tips->cap) {
        size_t cap = tips->cap == 0 ? 64 : 2 * tips->cap;
        struct sb_rekey_tip *items = realloc(tips->items, cap * sizeof *items);
        if (items == NULL) {
            return false;
        }
        tips->items = items;
        tips->cap = cap;
    }
    memmove(tips->items + at + 1, tips->items + at, (tips->n - at) * sizeof *tips->items);
    tips->items[at] = *tip;
    tips->n++;
    return true;
}

/* The file has no fault: its records are as they should be. */
static bool add_all(struct sb_tips *tips, const uint8_t *file, size_t n)
{
    struct sb_reader r;
    sb_reader_init(&r, file + MAGIC_BYTES, n - MAGIC_BYTES);
    bool added = true;
    while (added && r.at + RECORD_HEAD <= r.n) {
        uint8_t type = sb_get_u8(&r);
        uint32_t length = sb_get_u32(&r);
        const uint8_t *payload = sb_get_bytes(&r, length);
        struct sb_reader p;
        struct sb_rekey_tip tip;
        struct sb_checkpoint c;
        if (payload == NULL || type != RECORD_CHECKPOINT) {
            continue;
        }
        sb_reader_init(&p, payload, length);
        tip.epoch.counter = sb_get_u32(&p);
        tip.epoch.tag = sb_get_u64(&p);
        const uint8_t *checkpoint = sb_get_bytes(&p, SB_CHECKPOINT_BYTES);
        if (checkpoint != NULL && sb_checkpoint_decode(&c, checkpoint, SB_CHECKPOINT_BYTES)) {
            tip.seq = c.seq;
            tip.hash = c.hash;
            added = add(tips, &tip);
        }
    }
    return added;
}

/* The first is told. */
static void keep_fault(void *context, const struct sb_export_fault *fault)
{
    struct sb_export_fault *first = context;
    if (first->fault == SB_FAULT_NONE) {
        *first = *fault;
    }
}

static enum sb_rc tell_fault(struct sb_err *err, const struct sb_export_fault *fault)
{
    char line[SB_PROOF_LINE_MAX];
    sb_fault_print(line, fault);
    return sb_err_set(err, SB_E_INPUT,
                      "%s; have it exported anew, or by another partner (all of its faults: "
                      "`samenbus verify --file`)",
                      line);
}

static enum sb_rc collect(struct sb_tips *tips, const uint8_t *file, size_t n,
                          struct sb_rekey *rekey, struct sb_err *err)
{
    struct sb_export_totals totals;
    struct sb_export_fault first = {.fault = SB_FAULT_NONE};
    enum sb_rc rc = sb_export_verify(&totals, file, n, keep_fault, &first, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (totals.faults > 0) {
        return tell_fault(err, &first);
    }
    if (!sb_org_eq(&totals.header.origin, &rekey->organisation) ||
        strcmp(totals.header.partnership, rekey->partnership) != 0) {
        return sb_err_set(err, SB_E_INPUT, "is of %s in %s", totals.header.origin.s,
                          totals.header.partnership);
    }
    if (tips->n > 0 &&
        memcmp(&rekey->old_key, &totals.header.sign_key, sizeof rekey->old_key) != 0) {
        return sb_err_set(err, SB_E_INPUT, "is under another key than the export before");
    }
    rekey->old_key = totals.header.sign_key;
    return add_all(tips, file, n) ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
}

enum sb_rc sb_tips_collect(struct sb_tips *tips, const char *path, struct sb_rekey *rekey,
                           struct sb_err *err)
{
    const uint8_t *file = NULL;
    size_t n = 0;
    enum sb_rc rc = sb_verify_map_file(path, &file, &n, err);
    if (rc != SB_OK) {
        return rc;
    }
    rc = collect(tips, file, n, rekey, err);
    if (file != NULL) {
        munmap((void *)(uintptr_t)file, n); /* ours; only read */
    }
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "%s", path);
}
