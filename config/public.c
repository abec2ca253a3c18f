/* Public keys as YAML, out and in; see public.h. */
#include "config/public.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/document.h"
#include "config/newfile.h"
#include "config/tables.h"
#include "proto/bytes.h"
#include "proto/sha256.h"
#include "proto/z85.h"

/* The start of the next line of an entry. */
static void start_line(FILE *out, unsigned indent, bool as_item, bool *first)
{
    fprintf(out, "%*s%s", (int)indent, "", !as_item ? "" : *first ? "- " : "  ");
    *first = false;
}

/* YAML's double quotes; names hold no control characters. */
static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

/* A word that means the same with and without quotes in any YAML. */
static bool is_plain(const char *text)
{
    static const char *const special[] = {"true", "false", "null", "yes", "no", "on", "off"};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (strcasecmp(text, special[i]) == 0) {
            return false;
        }
    }
    if (!isalpha((unsigned char)text[0])) {
        return false;
    }
    while (isalnum((unsigned char)*text) || *text == '-') {
        text++;
    }
    return *text == 0;
}

static void print_text(FILE *out, const char *text)
{
    if (is_plain(text)) {
        fputs(text, out);
    } else {
        print_quoted(out, text);
    }
}

static void print_pair(FILE *out, unsigned indent, bool as_item, bool *first, const char *key,
                       const char *value)
{
    if (value != NULL) {
        start_line(out, indent, as_item, first);
        fprintf(out, "%s: ", key);
        print_text(out, value);
        fputc('\n', out);
    }
}

void sb_public_print(FILE *out, const struct sb_public *pub, unsigned indent, bool as_item)
{
    bool first = true;
    char sign_key[4 * ((SB_CONFIG_KEY_BYTES + 2) / 3) + 1], curve_key[SB_Z85_KEY_CHARS + 1];
    sb_base64_encode(sign_key, pub->sign_key, SB_CONFIG_KEY_BYTES);
    sb_z85_encode(curve_key, pub->curve_key, SB_CONFIG_KEY_BYTES);
    print_pair(out, indent, as_item, &first, "id", pub->id);
    print_pair(out, indent, as_item, &first, "name", pub->name);
    print_pair(out, indent, as_item, &first, "sign_key", pub->id != NULL ? sign_key : NULL);
    /* Z85 may look like a word, but the next key will not. */
    start_line(out, indent, as_item, &first);
    fputs("curve_key: ", out);
    print_quoted(out, curve_key);
    fputc('\n', out);
    print_pair(out, indent, as_item, &first, "publish", pub->publish);
    print_pair(out, indent, as_item, &first, "service", pub->service);
}

void sb_public_fingerprint(char out[static SB_FINGERPRINT_BYTES], const struct sb_public *pub)
{
    static const char domain[] = "samenbus/fingerprint/1";
    const char *who = pub->id != NULL ? pub->id : pub->name;
    struct sb_bytes parts[] = {{(const uint8_t *)domain, sizeof domain},
                               {(const uint8_t *)who, strlen(who) + 1},
                               {pub->sign_key, pub->id != NULL ? sizeof pub->sign_key : 0},
                               {pub->curve_key, sizeof pub->curve_key}};
    struct sb_hash hash = sb_sha256(parts, sizeof parts / sizeof parts[0]);
    for (size_t i = 0; i < SB_FINGERPRINT_GROUPS; i++) {
        uint64_t group = 0;
        for (size_t j = 0; j < 5; j++) {
            group = group << 8 | hash.b[5 * i + j];
        }
        (void)snprintf(out + 6 * i, 7, "%05u ", (unsigned)(group % 100000));
    }
    out[SB_FINGERPRINT_BYTES - 2] = '\0';
}

bool sb_public_same_fingerprint(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (*a != *b || *a == '\0') {
            return *a == *b;
        }
    }
}

enum sb_rc sb_public_write(const char *path, const struct sb_public *pub, struct sb_err *err)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL) {
        return sb_err_set(err, SB_E_IO, "write %s: %s", path, strerror(errno));
    }
    sb_public_print(out, pub, 0, false);
    enum sb_rc rc = fclose(out) == 0
                        ? sb_newfile_write(path, 0644, text, n, err)
                        : sb_err_set(err, SB_E_IO, "write %s: %s", path, strerror(errno));
    free(text);
    return rc;
}

/* An organisation has an id and a signing key, a client neither but a name. */
static enum sb_rc finish_public(const struct sb_document *doc, struct sb_arena *arena,
                                struct sb_report *report, void *into)
{
    const struct sb_public *pub = into;
    (void)doc;
    (void)arena;
    if (pub->node == NULL) {
        return SB_OK; /* not even a mapping, and reported */
    }
    bool has_id = sb_config_has(pub->node, "id"), has_sign = sb_config_has(pub->node, "sign_key");
    if (has_id != has_sign) {
        sb_report_add(report, sb_config_place(pub->node, has_id ? "id" : "sign_key"),
                      "`%s` without `%s`", has_id ? "id" : "sign_key", has_id ? "sign_key" : "id");
        sb_report_hint(report, "an organisation has both, a client neither");
    } else if (!has_id && !sb_config_has(pub->node, "name")) {
        sb_report_add(report, sb_config_place(pub->node, NULL), "neither `id` nor `name`");
        sb_report_hint(report, "an organisation has an id, a client a name");
    }
    return SB_OK;
}

enum sb_rc sb_public_load(struct sb_public **out, const char *path, struct sb_report *report,
                          struct sb_err *err)
{
    enum sb_rc rc;
    const struct sb_document doc = {.file = path};
    *out = sb_document_load(&doc, &sb_table_public, finish_public, report, &rc, err);
    return rc;
}

void sb_public_free(struct sb_public *pub)
{
    sb_document_free(pub);
}
