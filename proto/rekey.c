/* Announcements of new keys, as text and back; see rekey.h. */
#include "proto/rekey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/sha256.h"
#include "proto/z85.h"

enum { BASE64_CHARS = 45, HEAD_BYTES = 1024, TIP_BYTES = 128, SIGNATURE_CHARS = 89 };

static const char WORD[] = "samenbus-rekey-1";

/* What is signed: the domain and the hash of all that stands before the line of the signature. */
static size_t signed_bytes(uint8_t out[static 64], struct sb_bytes text)
{
    static const char domain[] = "samenbus/rekey/1";
    struct sb_hash hash = sb_sha256(&text, 1);
    memcpy(out, domain, sizeof domain - 1);
    memcpy(out + sizeof domain - 1, hash.b, sizeof hash.b);
    return sizeof domain - 1 + sizeof hash.b;
}

static size_t print_head(char *out, size_t cap, const struct sb_rekey *r)
{
    char old_key[BASE64_CHARS], sign_key[BASE64_CHARS], curve_key[SB_Z85_KEY_CHARS + 1];
    sb_base64_encode(old_key, r->old_key.b, sizeof r->old_key.b);
    sb_base64_encode(sign_key, r->sign_key.b, sizeof r->sign_key.b);
    sb_z85_encode(curve_key, r->curve_key, sizeof r->curve_key);
    return (size_t)snprintf(out, cap,
                            "%s\npartnership %s\norganisation %s\nold_key %s\nsign_key %s\n"
                            "curve_key %s\n",
                            WORD, r->partnership, r->organisation.s, old_key, sign_key, curve_key);
}

static size_t print_tip(char *out, size_t cap, const struct sb_rekey_tip *tip)
{
    char hash[2 * sizeof tip->hash.b + 1];
    sb_hex_encode(hash, tip->hash.b, sizeof tip->hash.b);
    return (size_t)snprintf(out, cap, "tip %" PRIu32 " %016" PRIx64 " %" PRIu64 " %s\n",
                            tip->epoch.counter, tip->epoch.tag, tip->seq.n, hash);
}

struct sb_bytes sb_rekey_write(const struct sb_rekey *r, const struct sb_sign_seed *seed,
                               struct sb_arena *arena)
{
    uint8_t message[64];
    char signature_text[SIGNATURE_CHARS];
    size_t cap = HEAD_BYTES + r->n_tips * TIP_BYTES;
    char *text = sb_arena_alloc(arena, cap);
    if (text == NULL) {
        return (struct sb_bytes){NULL, 0};
    }
    size_t n = print_head(text, cap, r);
    for (size_t i = 0; i < r->n_tips; i++) {
        n += print_tip(text + n, cap - n, &r->tips[i]);
    }
    struct sb_bytes out = {(const uint8_t *)text, n};
    struct sb_signature signature = sb_sign(seed, message, signed_bytes(message, out));
    sb_base64_encode(signature_text, signature.b, sizeof signature.b);
    out.n += (size_t)snprintf(text + n, cap - n, "signature %s\n", signature_text);
    return out;
}

/* ---- reading */

struct lines {
    const char *p, *end;
    unsigned number;
};

/* The rest of the next line when it begins with `word` and a space; the line is taken then. */
static bool take(struct lines *l, const char *word, const char **value, size_t *n)
{
    const char *line = l->p;
    const char *end = line == l->end ? NULL : memchr(line, '\n', (size_t)(l->end - line));
    size_t n_word = strlen(word);
    if (end == NULL || (size_t)(end - line) <= n_word || memcmp(line, word, n_word) != 0 ||
        line[n_word] != ' ') {
        return false;
    }
    *value = line + n_word + 1;
    *n = (size_t)(end - *value);
    l->p = end + 1;
    l->number++;
    return true;
}

static bool take_base64(struct lines *l, const char *word, uint8_t *out, size_t size)
{
    const char *value;
    size_t n, n_out = 0;
    uint8_t bytes[3 * SIGNATURE_CHARS / 4 + 3];
    if (!take(l, word, &value, &n) || n >= SIGNATURE_CHARS ||
        !sb_base64_decode(bytes, &n_out, value, n) || n_out != size) {
        return false;
    }
    memcpy(out, bytes, size);
    return true;
}

static bool take_head(struct lines *l, struct sb_rekey *out)
{
    const char *value;
    size_t n;
    static const char first[] = "samenbus-rekey-1\n";
    if ((size_t)(l->end - l->p) < sizeof first - 1 || memcmp(l->p, first, sizeof first - 1) != 0) {
        return false;
    }
    l->p += sizeof first - 1;
    l->number++;
    if (!take(l, "partnership", &value, &n) || n > SB_NAME_MAX || n == 0 ||
        memchr(value, '\0', n) != NULL) {
        return false;
    }
    memcpy(out->partnership, value, n);
    return take(l, "organisation", &value, &n) && sb_org_parse(&out->organisation, value, n) &&
           take_base64(l, "old_key", out->old_key.b, sizeof out->old_key.b) &&
           take_base64(l, "sign_key", out->sign_key.b, sizeof out->sign_key.b) &&
           take(l, "curve_key", &value, &n) &&
           sb_z85_decode(out->curve_key, sizeof out->curve_key, value, n);
}

/* One writing of each tip alone: what reads back as other bytes is refused. */
static bool read_tip(struct sb_rekey_tip *out, const char *value, size_t n)
{
    char line[TIP_BYTES], again[TIP_BYTES], hash[2 * sizeof out->hash.b + 1];
    if (n + 6 > sizeof line) {
        return false;
    }
    int length = snprintf(line, sizeof line, "tip %.*s\n", (int)n, value);
    return sscanf(line, "tip %" SCNu32 " %" SCNx64 " %" SCNu64 " %64[0-9a-f]", &out->epoch.counter,
                  &out->epoch.tag, &out->seq.n, hash) == 4 &&
           sb_hex_decode(out->hash.b, sizeof out->hash.b, hash, strlen(hash)) &&
           out->epoch.counter > 0 && out->seq.n > 0 &&
           print_tip(again, sizeof again, out) == (size_t)length && strcmp(line, again) == 0;
}

static bool take_tips(struct lines *l, struct sb_rekey *out, struct sb_rekey_tip *tips)
{
    const char *value;
    size_t n;
    while (take(l, "tip", &value, &n)) {
        struct sb_rekey_tip *tip = &tips[out->n_tips];
        if (out->n_tips == SB_REKEY_TIPS_MAX || !read_tip(tip, value, n) ||
            (out->n_tips > 0 && sb_epoch_cmp(tip[-1].epoch, tip->epoch) >= 0)) {
            return false;
        }
        out->n_tips++;
    }
    return true;
}

enum sb_rc sb_rekey_read(struct sb_rekey *out, struct sb_bytes text, struct sb_arena *arena,
                         struct sb_err *err)
{
    struct lines l = {.p = (const char *)text.p, .end = (const char *)text.p + text.n};
    struct sb_signature signature;
    uint8_t message[64];
    size_t most = text.n / TIP_BYTES * 2 + 1;
    struct sb_rekey_tip *tips = sb_arena_alloc(arena, most * sizeof *tips);
    *out = (struct sb_rekey){.tips = tips};
    if (tips == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory for its tips");
    }
    bool read = text.n <= SB_REKEY_BYTES_MAX && take_head(&l, out) && take_tips(&l, out, tips);
    struct sb_bytes covered = {text.p, (size_t)(l.p - (const char *)text.p)};
    if (!read || !take_base64(&l, "signature", signature.b, sizeof signature.b) || l.p != l.end) {
        return sb_err_set(err, SB_E_INPUT,
                          "line %u is not what an announcement of a new key has there",
                          l.number + 1);
    }
    if (!sb_sign_verify(&out->sign_key, &signature, message, signed_bytes(message, covered))) {
        return sb_err_set(
            err, SB_E_INPUT,
            "its signature is not that of the new key: it was changed, ask for another "
            "copy");
    }
    return SB_OK;
}

const struct sb_rekey_tip *sb_rekey_find(const struct sb_rekey *rekey, struct sb_epoch epoch)
{
    size_t low = 0, high = rekey->n_tips;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = sb_epoch_cmp(rekey->tips[middle].epoch, epoch);
        if (order == 0) {
            return &rekey->tips[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static bool names(const struct sb_rekey *rekey, const struct sb_chain_ref *of,
                  const struct sb_checkpoint *c)
{
    struct sb_hash partnership = sb_partnership_hash(rekey->partnership);
    const struct sb_rekey_tip *tip = sb_rekey_find(rekey, of->epoch);
    return tip != NULL && sb_hash_eq(&partnership, &of->partnership) &&
           sb_org_eq(&rekey->organisation, &of->origin) && tip->seq.n == c->seq.n &&
           sb_hash_eq(&tip->hash, &c->hash);
}

bool sb_rekeys_name(const struct sb_rekeys *rekeys, const struct sb_chain_ref *of,
                    const struct sb_checkpoint *c)
{
    bool named = false;
    for (size_t i = 0; i < rekeys->n && !named; i++) {
        named = names(&rekeys->items[i], of, c);
    }
    return named;
}
