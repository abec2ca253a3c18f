/* Log entries, chain rows and the account as bytes, and back. Whatever does not read as it would
 * have been written is corrupt: reading never trusts. Part of the store's format (meta.c). */
#include "daemon/store/record.h"

#include <assert.h>
#include <string.h>

enum { DEFERRED = 0x80, PLACE_AT = 4, COMMITTED_AT = PLACE_AT + STORE_PLACE_KEY };

/* ---- events
 *
 *   entry kind 1 ‖ class 1 ‖ body state 1 (with DEFERRED) ‖ kind 1 ‖ place 24 ‖ committed 8 ‖
 *   previous 8 ‖ prev 32 ‖ id 16 ‖ body length 4 ‖ commitment 32 ‖ audience (count 1 ‖ per
 *   organisation: length 1 ‖ characters) ‖ where the body is here: salt 32 ‖ body */

static bool has_body(const struct sb_record *record)
{
    return record->state == SB_BODY_PRESENT;
}

size_t store_event_size(const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    size_t n = STORE_EVENT_FIXED;
    for (size_t i = 0; i < link->audience.n; i++) {
        n += 1 + sb_org_len(&link->audience.orgs[i]);
    }
    return has_body(record) ? n + sizeof(struct sb_salt) + record->item.body.n : n;
}

static void write_audience(struct sb_writer *w, const struct sb_audience *audience)
{
    sb_put_u8(w, (uint8_t)audience->n);
    for (size_t i = 0; i < audience->n; i++) {
        size_t n = sb_org_len(&audience->orgs[i]);
        sb_put_u8(w, (uint8_t)n);
        sb_put_bytes(w, audience->orgs[i].s, n);
    }
}

void store_event_write(uint8_t *out, size_t n, const struct sb_record *record)
{
    const struct sb_link *link = &record->item.link;
    const struct sb_place place = {record->origin, record->branch, link->epoch, link->seq};
    uint8_t key[STORE_PLACE_KEY];
    store_key_place(key, &place);
    struct sb_writer w;
    sb_writer_init(&w, out, n);
    sb_put_u8(&w, STORE_ENTRY_EVENT);
    sb_put_u8(&w, (uint8_t)record->class);
    sb_put_u8(&w, (uint8_t)((unsigned)record->state | (record->deferred ? DEFERRED : 0)));
    sb_put_u8(&w, (uint8_t)link->kind);
    sb_put_bytes(&w, key, sizeof key);
    sb_put_u64(&w, (uint64_t)record->committed.ms);
    sb_put_u64(&w, record->previous.n);
    sb_put_bytes(&w, link->prev.b, sizeof link->prev.b);
    sb_put_bytes(&w, link->id.b, sizeof link->id.b);
    sb_put_u32(&w, link->body_len);
    sb_put_bytes(&w, link->commitment.b, sizeof link->commitment.b);
    write_audience(&w, &link->audience);
    if (has_body(record)) {
        sb_put_bytes(&w, record->item.salt->b, sizeof record->item.salt->b);
        sb_put_bytes(&w, record->item.body.p, record->item.body.n);
    }
    assert(!w.failed && w.n == n);
}

static bool read_audience(struct sb_record *out, struct sb_reader *r)
{
    size_t n = sb_get_u8(r);
    if (n > SB_AUDIENCE_MAX) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = sb_get_u8(r);
        const uint8_t *text = sb_get_bytes(r, len);
        if (text == NULL || !sb_org_parse(&out->audience[i], (const char *)text, len)) {
            return false;
        }
    }
    out->item.link.audience = (struct sb_audience){n == 0 ? NULL : out->audience, n};
    return true;
}

static bool read_head(struct sb_record *out, struct sb_reader *r)
{
    if (sb_get_u8(r) != STORE_ENTRY_EVENT) {
        return false;
    }
    uint8_t class = sb_get_u8(r), state = sb_get_u8(r), kind = sb_get_u8(r);
    out->class = (enum sb_class) class;
    out->state = (enum sb_body_state)(state & ~DEFERRED);
    out->deferred = (state & DEFERRED) != 0;
    out->item.link.kind = (enum sb_kind)kind;
    return class < SB_CLASS_COUNT && out->state >= SB_BODY_PRESENT &&
           out->state <= SB_BODY_EXPIRED && kind >= SB_KIND_SYSTEM && kind <= SB_KIND_RESTRICTED;
}

static void read_link(struct sb_record *out, struct sb_reader *r)
{
    struct sb_link *link = &out->item.link;
    sb_get_copy(r, link->prev.b, sizeof link->prev.b);
    sb_get_copy(r, link->id.b, sizeof link->id.b);
    link->body_len = sb_get_u32(r);
    sb_get_copy(r, link->commitment.b, sizeof link->commitment.b);
}

/* What everybody may take for granted of a link (sb_link_encode does). */
static bool is_lawful(const struct sb_link *link)
{
    return link->epoch.counter >= 1 && link->seq.n >= 1 &&
           sb_hash_is_zero(&link->prev) == (link->seq.n == 1) &&
           (link->kind == SB_KIND_RESTRICTED) == (link->audience.n > 0) &&
           link->body_len <= SB_BODY_MAX;
}

bool store_event_read(struct sb_record *out, struct sb_bytes value)
{
    struct sb_reader r;
    struct sb_place place;
    sb_reader_init(&r, value.p, value.n);
    memset(&out->item, 0, sizeof out->item);
    if (!read_head(out, &r) || !store_event_place(&place, value)) {
        return false;
    }
    r.at = COMMITTED_AT;
    out->origin = place.origin;
    out->branch = place.branch;
    out->item.link.epoch = place.epoch;
    out->item.link.seq = place.seq;
    out->committed.ms = (int64_t)sb_get_u64(&r);
    out->previous.n = sb_get_u64(&r);
    read_link(out, &r);
    if (!read_audience(out, &r) || !is_lawful(&out->item.link)) {
        return false;
    }
    out->item.erased = out->state == SB_BODY_ERASED;
    if (has_body(out)) {
        out->item.salt = (const struct sb_salt *)sb_get_bytes(&r, sizeof(struct sb_salt));
        out->item.body.n = out->item.link.body_len;
        out->item.body.p = sb_get_bytes(&r, out->item.body.n);
    }
    return sb_reader_done(&r);
}

bool store_event_place(struct sb_place *out, struct sb_bytes value)
{
    if (value.n < STORE_EVENT_FIXED || value.p[0] != STORE_ENTRY_EVENT) {
        return false;
    }
    store_key_place_read(out, value.p + PLACE_AT);
    return true;
}

bool store_event_committed(struct sb_time *out, struct sb_bytes value)
{
    if (value.n < STORE_EVENT_FIXED || value.p[0] != STORE_ENTRY_EVENT) {
        return false;
    }
    struct sb_reader r;
    sb_reader_init(&r, value.p + COMMITTED_AT, 8);
    out->ms = (int64_t)sb_get_u64(&r);
    return true;
}

/* ---- releases: entry kind 1 ‖ offset of the event 8 */

void store_release_write(uint8_t out[static STORE_RELEASE_BYTES], struct sb_offset of)
{
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_RELEASE_BYTES);
    sb_put_u8(&w, STORE_ENTRY_RELEASE);
    sb_put_u64(&w, of.n);
}

bool store_release_read(struct sb_offset *of, struct sb_bytes value)
{
    struct sb_reader r;
    sb_reader_init(&r, value.p, value.n);
    bool is_release = sb_get_u8(&r) == STORE_ENTRY_RELEASE;
    of->n = sb_get_u64(&r);
    return is_release && sb_reader_done(&r);
}

/* ---- chain rows: base 8 ‖ base branch 2 ‖ tip 112 ‖ bodies 8 ‖ bytes 8 ‖ key 32 ‖ parents
 * (count 1 ‖ counter 4 ‖ tag 8 ‖ seq 8 ‖ hash 32 each) */

size_t store_row_write(uint8_t out[static STORE_ROW_MAX], const struct sb_chain_row *row)
{
    uint8_t tip[SB_CHECKPOINT_BYTES];
    sb_checkpoint_encode(tip, &row->tip);
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_ROW_MAX);
    sb_put_u64(&w, row->base.n);
    sb_put_u16(&w, row->base_branch);
    sb_put_bytes(&w, tip, sizeof tip);
    sb_put_u64(&w, row->bodies.n);
    sb_put_u64(&w, row->bytes);
    sb_put_bytes(&w, row->key.b, sizeof row->key.b);
    sb_put_u8(&w, (uint8_t)row->n_parents);
    for (size_t i = 0; i < row->n_parents; i++) {
        sb_put_u32(&w, row->parents[i].epoch.counter);
        sb_put_u64(&w, row->parents[i].epoch.tag);
        sb_put_u64(&w, row->parents[i].seq.n);
        sb_put_bytes(&w, row->parents[i].hash.b, sizeof row->parents[i].hash.b);
    }
    assert(!w.failed);
    return w.n;
}

static bool read_parents(struct sb_chain_row *out, struct sb_reader *r)
{
    out->n_parents = sb_get_u8(r);
    if (out->n_parents > SB_PARENTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < out->n_parents; i++) {
        out->parents[i].epoch.counter = sb_get_u32(r);
        out->parents[i].epoch.tag = sb_get_u64(r);
        out->parents[i].seq.n = sb_get_u64(r);
        sb_get_copy(r, out->parents[i].hash.b, sizeof out->parents[i].hash.b);
    }
    return sb_reader_done(r);
}

bool store_row_read(struct sb_chain_row *out, struct sb_bytes key, struct sb_bytes value)
{
    struct sb_reader r;
    if (key.n != STORE_CHAIN_KEY) {
        return false;
    }
    sb_reader_init(&r, key.p, key.n);
    out->origin = sb_get_u16(&r);
    out->epoch.counter = sb_get_u32(&r);
    out->epoch.tag = sb_get_u64(&r);
    out->branch = sb_get_u16(&r);
    sb_reader_init(&r, value.p, value.n);
    out->base.n = sb_get_u64(&r);
    out->base_branch = sb_get_u16(&r);
    const uint8_t *tip = sb_get_bytes(&r, SB_CHECKPOINT_BYTES);
    out->bodies.n = sb_get_u64(&r);
    out->bytes = sb_get_u64(&r);
    sb_get_copy(&r, out->key.b, sizeof out->key.b);
    return tip != NULL && sb_checkpoint_decode(&out->tip, tip, SB_CHECKPOINT_BYTES) &&
           read_parents(out, &r);
}

/* ---- the account: events 8 ‖ last offset of each class 8 */

void store_account_write(uint8_t out[static STORE_ACCOUNT_BYTES],
                         const struct store_account *account)
{
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_ACCOUNT_BYTES);
    sb_put_u64(&w, account->events);
    for (size_t i = 0; i < SB_CLASS_COUNT; i++) {
        sb_put_u64(&w, account->by_class[i].n);
    }
}

bool store_account_read(struct store_account *out, struct sb_bytes value)
{
    struct sb_reader r;
    sb_reader_init(&r, value.p, value.n);
    out->events = sb_get_u64(&r);
    for (size_t i = 0; i < SB_CLASS_COUNT; i++) {
        out->by_class[i].n = sb_get_u64(&r);
    }
    return sb_reader_done(&r);
}
