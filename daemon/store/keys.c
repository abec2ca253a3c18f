/* The keys of the store's trees. Pure; the layouts are part of the store's format (meta.c). */
#include "daemon/store/keys.h"

#include <string.h>

/* Origin 0, and an epoch that cannot be: the counter 2^32 - 1 has no successor. */
const uint8_t STORE_ACCOUNT_KEY[STORE_CHAIN_KEY] = {0,    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void store_key_place(uint8_t out[static STORE_PLACE_KEY], const struct sb_place *place)
{
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_PLACE_KEY);
    sb_put_u16(&w, place->origin);
    sb_put_u32(&w, place->epoch.counter);
    sb_put_u64(&w, place->epoch.tag);
    sb_put_u16(&w, place->branch);
    sb_put_u64(&w, place->seq.n);
}

void store_key_place_read(struct sb_place *out, const uint8_t key[static STORE_PLACE_KEY])
{
    struct sb_reader r;
    sb_reader_init(&r, key, STORE_PLACE_KEY);
    out->origin = sb_get_u16(&r);
    out->epoch.counter = sb_get_u32(&r);
    out->epoch.tag = sb_get_u64(&r);
    out->branch = sb_get_u16(&r);
    out->seq.n = sb_get_u64(&r);
}

void store_key_id_read(uint16_t *origin, struct sb_uuid *id, const uint8_t key[static STORE_ID_KEY])
{
    struct sb_reader r;
    sb_reader_init(&r, key, STORE_ID_KEY);
    *origin = sb_get_u16(&r);
    sb_get_copy(&r, id->b, sizeof id->b);
}

void store_key_id(uint8_t out[static STORE_ID_KEY], uint16_t origin, const struct sb_uuid *id,
                  uint16_t nth)
{
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_ID_KEY);
    sb_put_u16(&w, origin);
    sb_put_bytes(&w, id->b, sizeof id->b);
    sb_put_u16(&w, nth);
}

size_t store_key_said(uint8_t out[static STORE_SAID_KEY_MAX], const struct sb_subject *subject,
                      struct sb_offset offset)
{
    struct sb_writer w;
    size_t n = sb_org_len(&subject->of.org);
    sb_writer_init(&w, out, STORE_SAID_KEY_MAX);
    sb_put_u8(&w, (uint8_t)subject->kind);
    sb_put_bytes(&w, subject->of.id.b, sizeof subject->of.id.b);
    sb_put_u8(&w, (uint8_t)n);
    sb_put_bytes(&w, subject->of.org.s, n);
    sb_put_u64(&w, offset.n);
    return w.n;
}

void store_said_write(uint8_t out[static STORE_SAID_VALUE], const struct sb_about *about)
{
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_SAID_VALUE);
    sb_put_u8(&w, (uint8_t)about->content);
    sb_put_u64(&w, (uint64_t)about->day.days);
}

size_t store_young_write(uint8_t out[static STORE_YOUNG_MAX], const struct sb_about *about,
                         size_t n)
{
    uint8_t key[STORE_SAID_KEY_MAX], value[STORE_SAID_VALUE];
    struct sb_writer w;
    sb_writer_init(&w, out, STORE_YOUNG_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && about[0].subject.kind == about[i].subject.kind &&
            sb_reference_eq(&about[0].subject.of, &about[i].subject.of)) {
            continue;
        }
        size_t key_n = store_key_said(key, &about[i].subject, (struct sb_offset){0});
        store_said_write(value, &about[i]);
        sb_put_bytes(&w, key, key_n - sizeof(uint64_t));
        sb_put_bytes(&w, value, sizeof value);
    }
    return w.n;
}

bool store_said_read(struct sb_said_entry *out, struct sb_bytes key, struct sb_bytes value)
{
    struct sb_reader r;
    memset(out, 0, sizeof *out);
    sb_reader_init(&r, key.p, key.n);
    out->about.subject.kind = (enum sb_subject_kind)sb_get_u8(&r);
    sb_get_copy(&r, out->about.subject.of.id.b, sizeof out->about.subject.of.id.b);
    size_t n = sb_get_u8(&r);
    if (n > SB_ORG_MAX) {
        return false;
    }
    sb_get_copy(&r, (uint8_t *)out->about.subject.of.org.s, n);
    out->offset.n = sb_get_u64(&r);
    bool ok = sb_reader_done(&r);
    sb_reader_init(&r, value.p, value.n);
    out->about.content = (enum sb_content)sb_get_u8(&r);
    out->about.day.days = (int64_t)sb_get_u64(&r);
    return ok && sb_reader_done(&r) && out->about.subject.kind <= SB_SUBJECT_NOTIFICATION;
}
