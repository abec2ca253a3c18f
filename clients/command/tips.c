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

/* Every announcement given is of this organisation. */
static bool is_named(const struct sb_rekeys *earlier, struct sb_epoch epoch)
{
    bool named = false;
    for (size_t i = 0; i < earlier->n && !named; i++) {
        named = sb_rekey_find(&earlier->items[i], epoch) != NULL;
    }
    return named;
}

/* The file has no fault: its records are as they should be. */
static bool add_all(struct sb_tips *tips, const uint8_t *file, size_t n,
                    const struct sb_rekeys *earlier)
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
        if (checkpoint != NULL && sb_checkpoint_decode(&c, checkpoint, SB_CHECKPOINT_BYTES) &&
            !is_named(earlier, tip.epoch)) {
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
                      fault->fault == SB_FAULT_BAD_KEY
                          ? "%s; was a key lost before this one? Give the announcement of that "
                            "with --rekey FILE, or put it into rekeys/ beside the daemon's file; "
                            "partners have it there"
                          : "%s; have it exported anew, or by another partner (all of its faults: "
                            "`samenbus verify --file`)",
                      line);
}

/* The announcement that replaced this key; NULL: none did. */
static const struct sb_rekey *find_of(const struct sb_rekeys *earlier,
                                      const struct sb_sign_public *old_key)
{
    for (size_t i = 0; i < earlier->n; i++) {
        if (sb_sign_public_eq(&earlier->items[i].old_key, old_key)) {
            return &earlier->items[i];
        }
    }
    return NULL;
}

/* Whoever made an announcement that does not lead to the key of the export is not its owner. */
static enum sb_rc check_earlier(const struct sb_rekeys *earlier, const struct sb_sign_public *key,
                                struct sb_err *err)
{
    if (find_of(earlier, key) != NULL) {
        return sb_err_set(err, SB_E_INPUT,
                          "is under a key that an announcement which you gave, or have in rekeys/, "
                          "has replaced already: have it exported by a partner that was given that "
                          "one, or take the file away if nobody was");
    }
    for (size_t i = 0; i < earlier->n; i++) {
        const struct sb_rekey *r = &earlier->items[i];
        for (size_t steps = 0; r != NULL && !sb_sign_public_eq(&r->sign_key, key); steps++) {
            r = steps == earlier->n ? NULL : find_of(earlier, &r->sign_key);
        }
        if (r == NULL) {
            return sb_err_set(err, SB_E_INPUT,
                              "an announcement that you gave, or have in rekeys/, leads to another "
                              "key than the one that this export is under: ask partners for the "
                              "right ones");
        }
    }
    return SB_OK;
}

static enum sb_rc check_header(const struct sb_export_header *header, const struct sb_tips *tips,
                               const struct sb_rekeys *earlier, const struct sb_rekey *rekey,
                               struct sb_err *err)
{
    if (!sb_org_eq(&header->origin, &rekey->organisation) ||
        strcmp(header->partnership, rekey->partnership) != 0) {
        return sb_err_set(err, SB_E_INPUT, "is of %s in %s", header->origin.s, header->partnership);
    }
    if (tips->n > 0 && !sb_sign_public_eq(&rekey->old_key, &header->sign_key)) {
        return sb_err_set(err, SB_E_INPUT, "is under another key than the export before");
    }
    return check_earlier(earlier, &header->sign_key, err);
}

static enum sb_rc collect(struct sb_tips *tips, const uint8_t *file, size_t n,
                          const struct sb_rekeys *earlier, struct sb_rekey *rekey,
                          struct sb_err *err)
{
    const struct sb_export_reader reader = {.rekeys = *earlier, .history_alone = true};
    struct sb_export_totals totals;
    struct sb_export_fault first = {.fault = SB_FAULT_NONE};
    enum sb_rc rc = sb_export_verify_for(&reader, &totals, file, n, keep_fault, &first, err);
    if (rc != SB_OK) {
        return rc;
    }
    bool headed = totals.header.origin.s[0] != '\0'; /* else that is the fault */
    rc = headed ? check_header(&totals.header, tips, earlier, rekey, err) : SB_OK;
    if (rc == SB_OK && totals.faults > 0) {
        rc = tell_fault(err, &first);
    }
    if (rc != SB_OK) {
        return rc;
    }
    rekey->old_key = totals.header.sign_key;
    return add_all(tips, file, n, earlier) ? SB_OK : sb_err_set(err, SB_E_NOMEM, "no memory");
}

enum sb_rc sb_tips_collect(struct sb_tips *tips, const char *path, const struct sb_rekeys *earlier,
                           struct sb_rekey *rekey, struct sb_err *err)
{
    const uint8_t *file = NULL;
    size_t n = 0;
    enum sb_rc rc = sb_verify_map_file(path, &file, &n, err);
    if (rc != SB_OK) {
        return rc;
    }
    rc = collect(tips, file, n, earlier, rekey, err);
    if (file != NULL) {
        munmap((void *)(uintptr_t)file, n); /* ours; only read */
    }
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "%s", path);
}
