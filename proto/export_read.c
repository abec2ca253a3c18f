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
