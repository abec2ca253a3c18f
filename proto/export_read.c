/* Reading the records that export files and proofs are made of. It judges their form alone. */
#include <string.h>

#include "proto/export_format.h"

bool sb_export_next_record(struct sb_reader *r, uint8_t *type, struct sb_bytes *payload)
{
    if (r->at == r->n) {
        return false;
    }
    *type = sb_get_u8(r);
    payload->n = sb_get_u32(r);
    payload->p = sb_get_bytes(r, payload->n);
    return !r->failed;
}

static void read_form(struct sb_export_item *e, struct sb_reader *r)
{
    uint8_t form = sb_get_u8(r);
    if (form == SB_EXPORT_PRESENT) {
        e->item.salt = (const struct sb_salt *)sb_get_bytes(r, sizeof *e->item.salt);
        e->item.body.n = r->n - r->at;
        e->item.body.p = sb_get_bytes(r, e->item.body.n);
    }
    e->item.erased = form == SB_EXPORT_ERASED;
    e->has_form = sb_reader_done(r) && (form == SB_EXPORT_PRESENT || form == SB_EXPORT_ERASED ||
                                        form == SB_EXPORT_NO_BODY);
}

bool sb_export_get_event(struct sb_export_item *out, struct sb_bytes payload)
{
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    size_t n = sb_get_u32(&r);
    const uint8_t *link = sb_get_bytes(&r, n);
    memset(&out->item, 0, sizeof out->item);
    if (link == NULL || !sb_link_decode(&out->item.link, out->orgs, link, n)) {
        return false;
    }
    out->item.link_bytes = (struct sb_bytes){link, n};
    read_form(out, &r);
    return true;
}

static bool read_name(struct sb_reader *r, struct sb_export_header *out)
{
    size_t n = sb_get_u8(r);
    const uint8_t *name = sb_get_bytes(r, n);
    if (name == NULL || n == 0 || n > SB_NAME_MAX || memchr(name, 0, n) != NULL) {
        return false;
    }
    memcpy(out->partnership, name, n);
    return true;
}

static bool read_header(struct sb_export_header *h, struct sb_bytes payload)
{
    struct sb_reader r;
    sb_reader_init(&r, payload.p, payload.n);
    if (!read_name(&r, h)) {
        return false;
    }
    size_t n = sb_get_u8(&r);
    const uint8_t *origin = sb_get_bytes(&r, n);
    if (origin == NULL || !sb_org_parse(&h->origin, (const char *)origin, n)) {
        return false;
    }
    sb_get_copy(&r, h->sign_key.b, sizeof h->sign_key.b);
    return sb_reader_done(&r);
}

bool sb_export_get_header(struct sb_reader *r, const char magic[static SB_EXPORT_MAGIC_BYTES],
                          struct sb_export_header *out)
{
    uint8_t type;
    struct sb_bytes header;
    const uint8_t *here = sb_get_bytes(r, SB_EXPORT_MAGIC_BYTES);
    return here != NULL && memcmp(here, magic, SB_EXPORT_MAGIC_BYTES) == 0 &&
           sb_export_next_record(r, &type, &header) && type == SB_EXPORT_HEADER &&
           read_header(out, header);
}
