/* Reading and writing certificates; see certfile.h. */
#include "config/certfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/newfile.h"
#include "proto/bytes.h"
#include "proto/link.h"

enum {
    PACKED_BYTES = 32 + 32 + 8 + 64 + 64,
    PACKED_TEXT = (PACKED_BYTES + 2) / 3 * 4,
    LINE_MAX_BYTES = 512,
};

static const char word[] = "samenbus-certificate-1";

static void pack(uint8_t out[static PACKED_BYTES], const struct sb_certificate *c)
{
    struct sb_writer w;
    sb_writer_init(&w, out, PACKED_BYTES);
    sb_put_bytes(&w, c->old_key.b, sizeof c->old_key.b);
    sb_put_bytes(&w, c->new_key.b, sizeof c->new_key.b);
    sb_put_u64(&w, (uint64_t)c->time.ms);
    sb_put_bytes(&w, c->old_signature.b, sizeof c->old_signature.b);
    sb_put_bytes(&w, c->new_signature.b, sizeof c->new_signature.b);
}

static bool unpack(struct sb_certificate *out, const uint8_t *p, size_t n)
{
    struct sb_reader r;
    sb_reader_init(&r, p, n);
    sb_get_copy(&r, out->old_key.b, sizeof out->old_key.b);
    sb_get_copy(&r, out->new_key.b, sizeof out->new_key.b);
    out->time.ms = (int64_t)sb_get_u64(&r);
    sb_get_copy(&r, out->old_signature.b, sizeof out->old_signature.b);
    sb_get_copy(&r, out->new_signature.b, sizeof out->new_signature.b);
    return sb_reader_done(&r);
}

static bool read_line(struct sb_certificate *out, const char *line)
{
    char found[32], org[SB_ORG_MAX + 1], packed[PACKED_TEXT + 8];
    uint8_t bytes[PACKED_BYTES + 8];
    size_t n = sizeof bytes;
    return sscanf(line, "%31s %32s %275s", found, org, packed) == 3 && strcmp(found, word) == 0 &&
           sb_org_parse(&out->origin, org, strlen(org)) && strlen(packed) == PACKED_TEXT &&
           sb_base64_decode(bytes, &n, packed, PACKED_TEXT) && unpack(out, bytes, n);
}

static enum sb_rc check(const struct sb_certificate *c, const char *path,
                        const struct sb_org *origin, const char *partnership, struct sb_err *err)
{
    const struct sb_hash hash = sb_partnership_hash(partnership);
    if (!sb_org_eq(&c->origin, origin)) {
        return sb_err_set(err, SB_E_CONFIG, "%s: a certificate of %s, not of %s", path, c->origin.s,
                          origin->s);
    }
    if (!sb_certificate_verify(c, &hash)) {
        return sb_err_set(err, SB_E_CONFIG,
                          "%s: not signed by both keys for %s in partnership %s: it was made for "
                          "another partnership, or changed; samenbus key rotate makes one",
                          path, origin->s, partnership);
    }
    return SB_OK;
}

enum sb_rc sb_certfile_read(struct sb_certificate *out, const char *path,
                            const struct sb_org *origin, const char *partnership,
                            struct sb_err *err)
{
    char line[LINE_MAX_BYTES] = "#";
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    while (line[0] == '#' && fgets(line, sizeof line, file) != NULL) {
    }
    (void)fclose(file);
    memset(out, 0, sizeof *out);
    if (!read_line(out, line)) {
        return sb_err_set(err, SB_E_CONFIG, "%s: not a certificate (`%s ORG ...`)", path, word);
    }
    return check(out, path, origin, partnership, err);
}

enum sb_rc sb_certfile_write(const char *path, const struct sb_certificate *certificate,
                             struct sb_err *err)
{
    char text[LINE_MAX_BYTES], packed[PACKED_TEXT + 8];
    uint8_t bytes[PACKED_BYTES];
    pack(bytes, certificate);
    sb_base64_encode(packed, bytes, sizeof bytes);
    int n = snprintf(text, sizeof text,
                     "# the old key of %s vouches for the new one; keep it beside that\n%s %s %s\n",
                     certificate->origin.s, word, certificate->origin.s, packed);
    return sb_newfile_write(path, 0644, text, (size_t)n, err);
}
