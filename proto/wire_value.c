/* The reading half of layout.h, one value at a time: every fixed length, id, text and link layout
 * is checked here, before anybody sees it. */
#include "proto/wire_value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/partner_message.h"
#include "proto/text.h"

static_assert(offsetof(struct sb_item, link) == 0, "a row may name the item or its link");

bool sb_wire_refuse(struct sb_wire_decoder *d, enum sb_code code, const char *where,
                    const char *what)
{
    d->code = code;
    (void)snprintf(d->why, d->why_cap, "%s: %s", where, what);
    return false;
}

void *sb_wire_allocate(struct sb_wire_decoder *d, const char *where, size_t n)
{
    void *p = sb_arena_alloc(d->arena, n);
    if (p == NULL) {
        (void)sb_wire_refuse(d, SB_CODE_TOO_LARGE, where, "no room to decode it");
    }
    return p;
}

static bool malformed(struct sb_wire_decoder *d, const struct sb_field *f, const char *what)
{
    return sb_wire_refuse(d, SB_CODE_MALFORMED, f->name, what);
}

bool sb_wire_store_number(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                          uint64_t value)
{
    switch (f->type) {
    case SB_FIELD_U32:
        if (value > UINT32_MAX) {
            return malformed(d, f, "more than 32 bits");
        }
        *(uint32_t *)to = (uint32_t)value;
        return true;
    case SB_FIELD_BOOL: *(bool *)to = value != 0; return true;
    case SB_FIELD_ENUM:
        if (value > INT32_MAX && value < (uint64_t)INT32_MIN) {
            return malformed(d, f, "more than 32 bits");
        }
        *(uint32_t *)to = (uint32_t)(value > f->max ? f->max : value);
        return true;
    case SB_FIELD_CONST: return value == f->max || malformed(d, f, "another value than expected");
    case SB_FIELD_I64: *(int64_t *)to = (int64_t)value; return true;
    case SB_FIELD_U64:
    case SB_FIELD_FIXED64: *(uint64_t *)to = value; return true;
    case SB_FIELD_FIXED_BYTES:
    case SB_FIELD_ORG:
    case SB_FIELD_CHECKPOINT:
    case SB_FIELD_SALT:
    case SB_FIELD_BYTES:
    case SB_FIELD_LINK:
    case SB_FIELD_TEXT:
    case SB_FIELD_CHARS:
    case SB_FIELD_MESSAGE: break;
    }
    assert(false);
    return false;
}

/* A link carries its audience along: into the arena only where it has one. */
static bool store_link(struct sb_wire_decoder *d, const struct sb_field *f, struct sb_item *item,
                       struct sb_bytes bytes)
{
    struct sb_org orgs[SB_AUDIENCE_MAX];
    if (!sb_link_decode(&item->link, orgs, bytes.p, bytes.n)) {
        return malformed(d, f, "the layout is not that of a link");
    }
    item->link_bytes = bytes;
    item->link.audience.orgs = NULL;
    size_t n = item->link.audience.n * sizeof orgs[0];
    if (n > 0) {
        struct sb_org *kept = sb_wire_allocate(d, f->name, n);
        if (kept == NULL) {
            return false;
        }
        memcpy(kept, orgs, n);
        item->link.audience.orgs = kept;
    }
    return true;
}

static bool store_text(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                       struct sb_bytes bytes)
{
    size_t max = f->type == SB_FIELD_CHARS ? f->size - 1 : f->max_bytes;
    if (bytes.n > max) {
        return sb_wire_refuse(d, SB_CODE_TOO_LARGE, f->name, "the text is too long");
    }
    if (!sb_utf8_valid(bytes)) {
        return malformed(d, f, "not UTF-8");
    }
    if (f->type == SB_FIELD_CHARS) {
        memset(to, 0, f->size);
        memcpy(to, bytes.p, bytes.n);
        return true;
    }
    char *copy = sb_wire_allocate(d, f->name, bytes.n + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, bytes.p, bytes.n);
    copy[bytes.n] = '\0';
    *(const char **)to = copy;
    return true;
}

/* Empty means absent, as proto3 has it. */
static bool store_fixed(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                        struct sb_bytes bytes)
{
    if (bytes.n != 0 && bytes.n != f->size) {
        return malformed(d, f, "the wrong number of bytes");
    }
    memset(to, 0, f->size);
    memcpy(to, bytes.p, bytes.n);
    return true;
}

bool sb_wire_store_bytes(struct sb_wire_decoder *d, const struct sb_field *f, void *to,
                         struct sb_bytes bytes)
{
    switch (f->type) {
    case SB_FIELD_FIXED_BYTES: return store_fixed(d, f, to, bytes);
    case SB_FIELD_ORG:
        return sb_org_parse(to, (const char *)bytes.p, bytes.n) ||
               malformed(d, f, "not an organisation id");
    case SB_FIELD_CHECKPOINT:
        return sb_checkpoint_decode(to, bytes.p, bytes.n) || malformed(d, f, "not a checkpoint");
    case SB_FIELD_SALT:
        if (bytes.n != 0 && bytes.n != sizeof(struct sb_salt)) {
            return malformed(d, f, "not 32 bytes");
        }
        *(const struct sb_salt **)to = bytes.n == 0 ? NULL : (const struct sb_salt *)bytes.p;
        return true;
    case SB_FIELD_BYTES: *(struct sb_bytes *)to = bytes; return true;
    case SB_FIELD_LINK: return store_link(d, f, to, bytes);
    case SB_FIELD_TEXT:
    case SB_FIELD_CHARS: return store_text(d, f, to, bytes);
    case SB_FIELD_U32:
    case SB_FIELD_U64:
    case SB_FIELD_I64:
    case SB_FIELD_BOOL:
    case SB_FIELD_ENUM:
    case SB_FIELD_CONST:
    case SB_FIELD_FIXED64:
    case SB_FIELD_MESSAGE: break;
    }
    assert(false);
    return false;
}
