/* Writing an export file, and the records that other files share; the format is in export.h. */
#include "proto/export.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "proto/export_format.h"

static enum sb_rc write_bytes(FILE *to, const void *p, size_t n, struct sb_err *err)
{
    if (n > 0 && fwrite(p, 1, n, to) != n) {
        return sb_err_set(err, SB_E_IO, "write the export: %s", strerror(errno));
    }
    return SB_OK;
}

enum sb_rc sb_export_put_record(FILE *to, uint8_t type, const struct sb_bytes *parts, size_t n,
                                struct sb_err *err)
{
    uint8_t head[SB_EXPORT_RECORD_HEAD];
    struct sb_writer w;
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        length += parts[i].n;
    }
    sb_writer_init(&w, head, sizeof head);
    sb_put_u8(&w, type);
    sb_put_u32(&w, (uint32_t)length);
    enum sb_rc rc = write_bytes(to, head, sizeof head, err);
    for (size_t i = 0; rc == SB_OK && i < n; i++) {
        rc = write_bytes(to, parts[i].p, parts[i].n, err);
    }
    return rc;
}

enum sb_rc sb_export_put_header(FILE *to, const char magic[static SB_EXPORT_MAGIC_BYTES],
                                const struct sb_export_header *header, struct sb_err *err)
{
    uint8_t payload[SB_EXPORT_HEADER_MAX];
    struct sb_writer w;
    size_t name_len = strlen(header->partnership), org_len = sb_org_len(&header->origin);
    sb_writer_init(&w, payload, sizeof payload);
    sb_put_u8(&w, (uint8_t)name_len);
    sb_put_bytes(&w, header->partnership, name_len);
    sb_put_u8(&w, (uint8_t)org_len);
    sb_put_bytes(&w, header->origin.s, org_len);
    sb_put_bytes(&w, header->sign_key.b, sizeof header->sign_key.b);
    assert(!w.failed);
    enum sb_rc rc = write_bytes(to, magic, SB_EXPORT_MAGIC_BYTES, err);
    const struct sb_bytes parts[] = {{payload, w.n}};
    return rc == SB_OK ? sb_export_put_record(to, SB_EXPORT_HEADER, parts, 1, err) : rc;
}

enum sb_rc sb_export_begin(FILE *to, const struct sb_export_header *header, struct sb_err *err)
{
    return sb_export_put_header(to, SB_EXPORT_MAGIC, header, err);
}

enum sb_rc sb_export_put_event(FILE *to, const struct sb_item *item, struct sb_err *err)
{
    uint8_t length[4];
    uint8_t flag = item->salt != NULL ? SB_EXPORT_PRESENT
                   : item->erased     ? SB_EXPORT_ERASED
                                      : SB_EXPORT_NO_BODY;
    struct sb_writer w;
    sb_writer_init(&w, length, sizeof length);
    sb_put_u32(&w, (uint32_t)item->link_bytes.n);
    const struct sb_bytes parts[] = {
        {length, sizeof length},
        item->link_bytes,
        {&flag, 1},
        {item->salt == NULL ? NULL : item->salt->b, item->salt == NULL ? 0 : sizeof item->salt->b},
        {item->body.p, item->salt == NULL ? 0 : item->body.n}};
    return sb_export_put_record(to, SB_EXPORT_EVENT, parts, sizeof parts / sizeof parts[0], err);
}

enum sb_rc sb_export_put_checkpoint(FILE *to, struct sb_epoch epoch, const struct sb_checkpoint *c,
                                    struct sb_err *err)
{
    uint8_t place[12], bytes[SB_CHECKPOINT_BYTES];
    struct sb_writer w;
    sb_writer_init(&w, place, sizeof place);
    sb_put_u32(&w, epoch.counter);
    sb_put_u64(&w, epoch.tag);
    sb_checkpoint_encode(bytes, c);
    const struct sb_bytes parts[] = {{place, sizeof place}, {bytes, sizeof bytes}};
    return sb_export_put_record(to, SB_EXPORT_CHECKPOINT, parts, 2, err);
}

enum sb_rc sb_export_events(FILE *to, const struct sb_events *events, struct sb_err *err)
{
    size_t next = 0;
    enum sb_rc rc = SB_OK;
    for (size_t i = 0; rc == SB_OK && i < events->n_items; i++) {
        rc = sb_export_put_event(to, &events->items[i], err);
        while (rc == SB_OK && next < events->n_checkpoints &&
               events->checkpoints[next].seq.n <= events->items[i].link.seq.n) {
            rc = sb_export_put_checkpoint(to, events->epoch, &events->checkpoints[next++], err);
        }
    }
    return rc;
}

enum sb_rc sb_export_end(FILE *to, uint64_t events, struct sb_err *err)
{
    uint8_t count[8];
    struct sb_writer w;
    sb_writer_init(&w, count, sizeof count);
    sb_put_u64(&w, events);
    const struct sb_bytes parts[] = {{count, sizeof count}};
    enum sb_rc rc = sb_export_put_record(to, SB_EXPORT_END, parts, 1, err);
    if (rc == SB_OK && fflush(to) != 0) {
        return sb_err_set(err, SB_E_IO, "write the export: %s", strerror(errno));
    }
    return rc;
}
