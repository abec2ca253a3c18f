/* One reader per type of value; see value.h. Each either stores or reports, and the report's second
 * line says what would be right. */
#include "config/value.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/credential.h"
#include "config/endpoint.h"
#include "config/glyph.h"
#include "config/quantity.h"
#include "proto/bytes.h"
#include "proto/ids.h"
#include "proto/limits.h"
#include "proto/suggest.h"
#include "proto/z85.h"

enum { KEY_BYTES = 32, PATH_MAX_BYTES = 1024 };

/* What every reader of a value is given. */
struct value {
    struct sb_table_reader *r;
    const struct sb_key *key;
    const struct sb_yaml_node *node;
    void *to;
};

/* "`key` <what>: `value`", at the value. */
static void complain(const struct value *v, const char *what)
{
    char quote[SB_REPORT_QUOTE_MAX];
    if (v->node->n == 0) {
        sb_report_add(v->r->report, v->node->at, "`%s` is empty", v->key->name);
        return;
    }
    sb_report_add(v->r->report, v->node->at, "`%s` %s: `%s`", v->key->name, what,
                  sb_report_quote(quote, v->node->text, v->node->n));
}

static void store_text(const struct value *v, const char *text)
{
    if (text == NULL) {
        v->r->nomem = true;
        return;
    }
    memcpy(v->to, &text, sizeof text);
}

static void read_name(const struct value *v)
{
    if (v->node->n < v->key->min || v->node->n > v->key->max) {
        complain(v, "is too long");
        sb_report_hint(v->r->report, "%zu to %zu bytes", (size_t)v->key->min, (size_t)v->key->max);
        return;
    }
    if (v->node->text[0] == ' ' || v->node->text[v->node->n - 1] == ' ') {
        complain(v, "starts or ends with a space");
        return;
    }
    store_text(v, v->node->text);
}

static void read_org(const struct value *v)
{
    struct sb_org org;
    if (sb_org_parse(&org, v->node->text, v->node->n)) {
        store_text(v, v->node->text);
        return;
    }
    char upper[SB_ORG_MAX + 1] = "";
    for (size_t i = 0; v->node->n <= SB_ORG_MAX && i < v->node->n; i++) {
        upper[i] = (char)toupper((unsigned char)v->node->text[i]);
    }
    complain(v, "is not an organisation id");
    if (sb_org_parse(&org, upper, strlen(upper))) {
        sb_report_hint(v->r->report, "2 to 32 of A-Z, 0-9 and -; did you mean `%s`?", upper);
    } else {
        sb_report_hint(v->r->report, "2 to 32 of A-Z, 0-9 and -, as in GM0384");
    }
}

/* Joins a relative path to the folder of the file that names it; `prefix` stays in front. */
static const char *resolve_path(const struct value *v, const char *prefix, const char *path)
{
    const char *file = v->node->at.file, *slash = strrchr(file, '/');
    int n_folder = path[0] == '/' || slash == NULL ? 0 : (int)(slash - file + 1);
    size_t n = strlen(prefix) + (size_t)n_folder + strlen(path) + 1;
    char *joined = sb_arena_alloc(v->r->arena, n);
    if (joined != NULL) {
        snprintf(joined, n, "%s%.*s%s", prefix, n_folder, file, path);
    }
    return joined;
}

/* `credential:NAME`. Where none is offered it stays as it is: commands read this file too, and only
 * whoever opens the key needs to find it. */
static void read_credential(const struct value *v, const char *name)
{
    const char *folder = sb_credential_folder();
    if (!sb_credential_name_valid(name)) {
        complain(v, "has no such credential");
        sb_report_hint(v->r->report, "a name as in LoadCredential=NAME:PATH, without a slash");
        return;
    }
    if (folder == NULL) {
        store_text(v, v->node->text);
        return;
    }
    size_t n = strlen(folder) + 1 + strlen(name) + 1;
    char *path = sb_arena_alloc(v->r->arena, n);
    if (path != NULL) {
        snprintf(path, n, "%s/%s", folder, name);
    }
    store_text(v, path);
}

static void read_date(const struct value *v)
{
    if (sb_date_valid(v->node->text, v->node->n)) {
        store_text(v, v->node->text);
        return;
    }
    complain(v, "is not a date");
    sb_report_hint(v->r->report, "YYYY-MM-DD, as in 2027-11-01");
}

static void read_path(const struct value *v)
{
    const char *credential = sb_credential_name(v->node->text);
    if (v->node->n == 0 || v->node->n > PATH_MAX_BYTES) {
        complain(v, "is too long");
        sb_report_hint(v->r->report, "a path of at most %d bytes", PATH_MAX_BYTES);
        return;
    }
    if (credential != NULL) {
        read_credential(v, credential);
        return;
    }
    store_text(v, resolve_path(v, "", v->node->text));
}

static void read_endpoint(const struct value *v)
{
    bool listens = v->key->type == SB_KEY_BIND;
    const char *text = v->node->text, *fault = sb_endpoint_fault(text, listens);
    const char *path = sb_endpoint_ipc_path(text);
    if (fault == NULL && path != NULL) {
        text = resolve_path(v, "ipc://", path);
        fault = text == NULL ? NULL : sb_endpoint_fault(text, listens);
    }
    if (fault == NULL) {
        store_text(v, text);
        return;
    }
    char guess[300] = "";
    snprintf(guess, sizeof guess, "tcp://%s", v->node->text);
    complain(v, fault);
    if (v->node->n < 280 && sb_endpoint_fault(guess, listens) == NULL) {
        sb_report_hint(v->r->report, "tcp://HOST:PORT or ipc://PATH; did you mean `%s`?", guess);
    } else {
        sb_report_hint(v->r->report, "tcp://HOST:PORT or ipc://PATH, as in tcp://127.0.0.1:7461");
    }
}

/* What the three kinds of quantities are called, and look like. */
struct quantity {
    const struct sb_unit *units;
    const char *not_one, *form, *example;
};

static const struct quantity *quantity_of(const struct value *v)
{
    static const struct quantity size = {sb_units_size, "is not a size",
                                         "a whole number with KiB, MiB or GiB", "8GiB"};
    static const struct quantity duration = {sb_units_duration, "is not a length of time",
                                             "a whole number with ms, s, min, h or d", "5s"};
    static const struct quantity rate = {sb_units_rate, "is not a rate",
                                         "a whole number with /s, /min or /h", "100/s"};
    return v->key->type == SB_KEY_SIZE ? &size : v->key->type == SB_KEY_RATE ? &rate : &duration;
}

static void hint_quantity(const struct value *v, const struct quantity *q)
{
    char guess[SB_QUANTITY_TEXT_MAX];
    if (sb_quantity_guess(guess, v->node->text, v->node->n, q->units)) {
        sb_report_hint(v->r->report, "%s; did you mean `%s`?", q->form, guess);
    } else {
        sb_report_hint(v->r->report, "%s, as in %s", q->form, q->example);
    }
}

/* False, and reported, unless the number is one and within the key's range. */
static bool read_quantity(const struct value *v, uint64_t *number)
{
    const struct quantity *q = quantity_of(v);
    if (!sb_quantity_parse(number, v->node->text, v->node->n, q->units)) {
        complain(v, q->not_one);
        hint_quantity(v, q);
        return false;
    }
    if (*number < v->key->min || *number > v->key->max) {
        char min[SB_QUANTITY_TEXT_MAX], max[SB_QUANTITY_TEXT_MAX];
        sb_quantity_format(min, v->key->min, q->units);
        sb_quantity_format(max, v->key->max, q->units);
        complain(v, *number < v->key->min ? "is too small" : "is too large");
        sb_report_hint(v->r->report, "from %s to %s", min, max);
        return false;
    }
    return true;
}

static void read_number(const struct value *v)
{
    uint64_t number;
    if (read_quantity(v, &number)) {
        memcpy(v->to, &number, sizeof number);
    }
}

static void read_duration(const struct value *v)
{
    uint64_t ms;
    if (read_quantity(v, &ms)) {
        int64_t signed_ms = (int64_t)ms;
        memcpy(v->to, &signed_ms, sizeof signed_ms);
    }
}

static void read_choice(const struct value *v)
{
    static_assert(sizeof(enum sb_key_type) == sizeof(unsigned), "enums are stored as unsigned");
    struct sb_suggestion near = {.word = v->node->text, .n = v->node->n};
    char list[200] = "";
    size_t n = 0;
    for (unsigned i = 0; v->key->choices[i] != NULL; i++) {
        if (strcmp(v->key->choices[i], v->node->text) == 0) {
            memcpy(v->to, &i, sizeof i);
            return;
        }
        sb_suggest_offer(&near, v->key->choices[i]);
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i > 0 ? ", " : "",
                              v->key->choices[i]);
        assert(n < sizeof list);
    }
    complain(v, "has no such value");
    if (near.best != NULL) {
        sb_report_hint(v->r->report, "allowed: %s; did you mean `%s`?", list, near.best);
    } else {
        sb_report_hint(v->r->report, "allowed: %s", list);
    }
}

static void hint_bool(const struct value *v)
{
    static const char *const words[] = {"yes", "on", "1", "True", "TRUE", NULL};
    static const char *const opposites[] = {"no", "off", "0", "False", "FALSE", NULL};
    for (size_t i = 0; words[i] != NULL; i++) {
        bool yes = strcmp(v->node->text, words[i]) == 0;
        if (yes || strcmp(v->node->text, opposites[i]) == 0) {
            sb_report_hint(v->r->report, "did you mean `%s`?", yes ? "true" : "false");
        }
    }
}

static void read_bool(const struct value *v)
{
    bool yes = strcmp(v->node->text, "true") == 0;
    if (!yes && strcmp(v->node->text, "false") != 0) {
        complain(v, "is neither true nor false");
        hint_bool(v);
        return;
    }
    memcpy(v->to, &yes, sizeof yes);
}

static void store_public_key(const struct value *v, const uint8_t bytes[static KEY_BYTES])
{
    static const uint8_t zero[KEY_BYTES];
    if (memcmp(bytes, zero, KEY_BYTES) == 0) {
        complain(v, "is all zero, which is nobody's key");
        return;
    }
    memcpy(v->to, bytes, KEY_BYTES);
}

static void read_sign_key(const struct value *v)
{
    uint8_t bytes[KEY_BYTES + 4]; /* 44 characters may stand for up to 33 bytes */
    size_t n = 0;
    if (v->node->n != 44) {
        char what[64];
        snprintf(what, sizeof what, "has %zu characters, not 44", v->node->n);
        complain(v, what);
    } else if (!sb_base64_decode(bytes, &n, v->node->text, v->node->n) || n != KEY_BYTES) {
        complain(v, "is not base64 of 32 bytes");
    } else {
        store_public_key(v, bytes);
        return;
    }
    sb_report_hint(v->r->report,
                   "the sign_key of the partner's .pub.yaml: 44 characters of base64");
}

static void read_curve_key(const struct value *v)
{
    uint8_t bytes[KEY_BYTES];
    if (v->node->n != SB_Z85_KEY_CHARS) {
        char what[64];
        snprintf(what, sizeof what, "has %zu characters, not %d", v->node->n, SB_Z85_KEY_CHARS);
        complain(v, what);
    } else if (!sb_z85_decode(bytes, sizeof bytes, v->node->text, v->node->n)) {
        complain(v, "is not Z85");
    } else {
        store_public_key(v, bytes);
        return;
    }
    sb_report_hint(v->r->report,
                   "the curve_key of the .pub.yaml: 40 characters of Z85 in \"quotes\"");
}

/* A prefix is whole segments: the class, and more of them, the last one closed by `/` or not. */
static bool is_topic_prefix(const char *text, size_t n)
{
    static const char rest[] = "/x"; /* one more segment, so that the class alone is enough */
    char topic[SB_TOPIC_MAX + sizeof rest];
    enum sb_class class;
    if (n == 0 || n > SB_TOPIC_MAX - 1 || memchr(text, '/', n) == NULL) {
        return false;
    }
    snprintf(topic, sizeof topic, "%s%s", text, text[n - 1] == '/' ? rest + 1 : "");
    return sb_topic_valid(topic, strlen(topic), &class);
}

static void read_topic_prefix(const struct value *v)
{
    char guess[SB_TOPIC_MAX + 2];
    if (is_topic_prefix(v->node->text, v->node->n)) {
        store_text(v, v->node->text);
        return;
    }
    snprintf(guess, sizeof guess, "%.*s/", SB_TOPIC_MAX - 2, v->node->text);
    complain(v, "has no such topic");
    if (is_topic_prefix(guess, strlen(guess))) {
        sb_report_hint(v->r->report, "did you mean `%s`?", guess);
    } else {
        sb_report_hint(v->r->report, "agenda/, decision/, notification/, custom/, and segments of "
                                     "a-z, 0-9 and - below them");
    }
}

void sb_value_read(struct sb_table_reader *r, const struct sb_key *key,
                   const struct sb_yaml_node *node, void *to)
{
    const struct value v = {.r = r, .key = key, .node = node, .to = to};
    switch (key->type) {
    case SB_KEY_NAME: read_name(&v); break;
    case SB_KEY_ORG: read_org(&v); break;
    case SB_KEY_PATH: read_path(&v); break;
    case SB_KEY_DATE: read_date(&v); break;
    case SB_KEY_BIND:
    case SB_KEY_CONNECT: read_endpoint(&v); break;
    case SB_KEY_SIZE:
    case SB_KEY_RATE: read_number(&v); break;
    case SB_KEY_DURATION: read_duration(&v); break;
    case SB_KEY_CHOICE: read_choice(&v); break;
    case SB_KEY_BOOL: read_bool(&v); break;
    case SB_KEY_SIGN: read_sign_key(&v); break;
    case SB_KEY_CURVE: read_curve_key(&v); break;
    case SB_KEY_TOPICS: read_topic_prefix(&v); break; /* one of the list */
    case SB_KEY_MAPPING:
    case SB_KEY_ITEMS: assert(false); break; /* not a scalar */
    }
}
