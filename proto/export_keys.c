/* Keys that led to the header's; see export_keys.h. */
#include "proto/export_keys.h"

#include <string.h>

#include "proto/export_format.h"

struct search {
    struct sb_export_keys *keys;
    const struct sb_export_header *header;
    const struct sb_rekeys *rekeys;
    struct sb_hash partnership;
    struct sb_arena *arena; /* for one EpochStart at a time */
};

bool sb_export_keys_have(const struct sb_export_keys *keys, const struct sb_sign_public *key)
{
    size_t i = 0;
    while (i < keys->n && !sb_sign_public_eq(&keys->keys[i], key)) {
        i++;
    }
    return i < keys->n;
}

/* Nothing is followed through a key that was lost or stolen. */
static bool was_replaced(const struct search *s, const struct sb_sign_public *key)
{
    bool replaced = false;
    for (size_t i = 0; i < s->rekeys->n && !replaced; i++) {
        replaced = sb_org_eq(&s->rekeys->items[i].organisation, &s->header->origin) &&
                   strcmp(s->rekeys->items[i].partnership, s->header->partnership) == 0 &&
                   sb_sign_public_eq(&s->rekeys->items[i].old_key, key);
    }
    return replaced;
}

/* Where the event begins an epoch and has a certificate of `key`, the key that vouched for it. */
static void look_at(struct search *s, const struct sb_export_item *e,
                    const struct sb_sign_public *key)
{
    struct sb_epoch_start start;
    const struct sb_certificate *c = &start.certificate;
    const struct sb_link *link = &e->item.link;
    if (link->seq.n != 1 || link->kind != SB_KIND_SYSTEM || e->item.salt == NULL ||
        !sb_org_eq(&link->origin, &s->header->origin) ||
        !sb_hash_eq(&link->partnership, &s->partnership)) {
        return;
    }
    sb_arena_reset(s->arena);
    if (s->keys->n < SB_VOUCHED_MAX && sb_epoch_start_read(&start, e->item.body, s->arena) &&
        start.certified && sb_org_eq(&c->origin, &s->header->origin) &&
        sb_sign_public_eq(&c->new_key, key) && !sb_export_keys_have(s->keys, &c->old_key) &&
        !was_replaced(s, &c->old_key) && sb_certificate_verify(c, &s->partnership)) {
        s->keys->keys[s->keys->n++] = c->old_key;
    }
}

void sb_export_keys_find(struct sb_export_keys *out, const struct sb_export_header *header,
                         const struct sb_rekeys *rekeys, struct sb_reader records,
                         struct sb_arena *arena)
{
    struct search s = {out, header, rekeys, sb_partnership_hash(header->partnership), arena};
    out->keys[0] = header->sign_key;
    out->n = 1;
    for (size_t i = 0; i < out->n; i++) {
        struct sb_reader r = records;
        struct sb_sign_public key = out->keys[i];
        struct sb_bytes payload;
        struct sb_export_item e;
        uint8_t type;
        while (sb_export_next_record(&r, &type, &payload)) {
            if (type == SB_EXPORT_EVENT && sb_export_get_event(&e, payload)) {
                look_at(&s, &e, &key);
            }
        }
    }
}
