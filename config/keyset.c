/* Sealed keys as a file; see keyset.h. */
#include "config/keyset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/newfile.h"
#include "proto/curve.h"
#include "proto/seal.h"
#include "proto/sign.h"

enum {
    PLAIN_BYTES = sizeof(struct sb_keyset), /* both secrets and four texts, filled up with NULs */
    SEALED_BYTES = PLAIN_BYTES + SB_SEAL_OVERHEAD,
    BASE64_BYTES = 4 * ((SEALED_BYTES + 2) / 3) + 1,
    LINE_CHARS = 64,
    FILE_BYTES = 2 * BASE64_BYTES + 1024,
};

static const char WORD[] = "samenbus-sealed-keys-1";

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void sb_keyset_public(struct sb_public *out, const struct sb_keyset *set)
{
    struct sb_sign_seed seed;
    memcpy(seed.b, set->sign, sizeof seed.b);
    struct sb_sign_public key = sb_sign_public_of(&seed);
    sb_wipe(&seed, sizeof seed);
    *out = (struct sb_public){.id = set->id,
                              .name = or_null(set->name),
                              .publish = or_null(set->publish),
                              .service = or_null(set->service)};
    memcpy(out->sign_key, key.b, sizeof out->sign_key);
    sb_curve_public_of(out->curve_key, set->curve);
}

static void put_plain(uint8_t out[static PLAIN_BYTES], const struct sb_keyset *set)
{
    struct sb_writer w;
    const char *const texts[] = {set->id, set->name, set->publish, set->service};
    memset(out, 0, PLAIN_BYTES);
    sb_writer_init(&w, out, PLAIN_BYTES);
    sb_put_bytes(&w, set->sign, sizeof set->sign);
    sb_put_bytes(&w, set->curve, sizeof set->curve);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        memcpy(out + w.n, texts[i], strnlen(texts[i], SB_KEYSET_TEXT_MAX - 1));
        w.n += SB_KEYSET_TEXT_MAX;
    }
}

static void get_plain(struct sb_keyset *out, const uint8_t plain[static PLAIN_BYTES])
{
    struct sb_reader r;
    char *const texts[] = {out->id, out->name, out->publish, out->service};
    sb_reader_init(&r, plain, PLAIN_BYTES);
    sb_get_copy(&r, out->sign, sizeof out->sign);
    sb_get_copy(&r, out->curve, sizeof out->curve);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sb_get_copy(&r, texts[i], SB_KEYSET_TEXT_MAX);
        texts[i][SB_KEYSET_TEXT_MAX - 1] = '\0';
    }
}

static size_t print_file(char out[static FILE_BYTES], const struct sb_keyset *set,
                         const uint8_t sealed[static SEALED_BYTES])
{
    char base64[BASE64_BYTES], fingerprint[SB_FINGERPRINT_BYTES];
    struct sb_public pub;
    sb_keyset_public(&pub, set);
    sb_public_fingerprint(fingerprint, &pub);
    sb_base64_encode(base64, sealed, SEALED_BYTES);
    int n = snprintf(out, FILE_BYTES,
                     "# the secret keys of %s, sealed with a passphrase; to get them back:\n"
                     "# samenbus key restore FILE --out DIR\n"
                     "# fingerprint: %s\n%s\n",
                     set->id, fingerprint, WORD);
    for (const char *at = base64; *at != '\0'; at += strnlen(at, LINE_CHARS)) {
        n += snprintf(out + n, FILE_BYTES - (size_t)n, "%.*s\n", LINE_CHARS, at);
    }
    return (size_t)n;
}

enum sb_rc sb_keyset_write(const char *path, const struct sb_keyset *set,
                           struct sb_bytes passphrase, struct sb_err *err)
{
    uint8_t plain[PLAIN_BYTES], sealed[SEALED_BYTES];
    char text[FILE_BYTES];
    put_plain(plain, set);
    enum sb_rc rc = sb_seal(sealed, plain, sizeof plain, passphrase, err);
    sb_wipe(plain, sizeof plain);
    return rc != SB_OK ? rc
                       : sb_newfile_write(path, 0600, text, print_file(text, set, sealed), err);
}

/* The base64 behind the word, without its line feeds. False: no such file. */
static bool collect_base64(char out[static BASE64_BYTES], char *text)
{
    size_t n = 0;
    bool found = false;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest)) {
        size_t length = strlen(line);
        if (line[0] == '#') {
            continue;
        }
        if (!found) {
            found = strcmp(line, WORD) == 0;
            if (!found) {
                return false;
            }
        } else if (n + length < BASE64_BYTES) {
            memcpy(out + n, line, length);
            n += length;
        }
    }
    out[n] = '\0';
    return found;
}

static enum sb_rc read_file(const char *path, char text[static FILE_BYTES], struct sb_err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return sb_err_set(err, SB_E_INPUT, "%s", strerror(errno));
    }
    size_t n = fread(text, 1, FILE_BYTES - 1, file);
    bool whole = feof(file) != 0 && memchr(text, '\0', n) == NULL;
    (void)fclose(file);
    text[n] = '\0';
    return whole ? SB_OK : sb_err_set(err, SB_E_INPUT, "not a file of sealed keys");
}

static enum sb_rc open_text(struct sb_keyset *out, char *text, struct sb_bytes passphrase,
                            struct sb_err *err)
{
    char base64[BASE64_BYTES] = "";
    uint8_t sealed[BASE64_BYTES], plain[PLAIN_BYTES];
    size_t n = 0;
    if (!collect_base64(base64, text)) {
        return sb_err_set(err, SB_E_INPUT, "not a file of sealed keys (`%s` is not in it)", WORD);
    }
    if (!sb_base64_decode(sealed, &n, base64, strlen(base64)) || n != SEALED_BYTES) {
        return sb_err_set(err, SB_E_INPUT, "it is damaged or cut short: take another copy of it");
    }
    enum sb_rc rc = sb_seal_open(plain, (struct sb_bytes){sealed, n}, passphrase, err);
    if (rc == SB_OK) {
        get_plain(out, plain);
    }
    sb_wipe(plain, sizeof plain);
    return rc;
}

enum sb_rc sb_keyset_read(struct sb_keyset *out, const char *path, struct sb_bytes passphrase,
                          struct sb_err *err)
{
    char text[FILE_BYTES];
    enum sb_rc rc = read_file(path, text, err);
    if (rc == SB_OK) {
        rc = open_text(out, text, passphrase, err);
    }
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "%s", path);
}
