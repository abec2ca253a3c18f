/* One text against one rule: is it what it should be? Pure. */
#include "proto/check.h"

#include <ctype.h>
#include <string.h>

#include "proto/ids.h"
#include "proto/text.h"

enum { SHOWN_MAX = 100, ZONE_MAX = 64, MEDIA_NAME_MAX = 127, SHA256_DIGITS = 64 };

/* A piece of a text between two places. */
static const char *after_run(const char *p, const char *end, const char *also)
{
    while (p < end && (isalnum((unsigned char)*p) || (*p != '\0' && strchr(also, *p) != NULL))) {
        p++;
    }
    return p;
}

static bool is_topic(const char *p, size_t n)
{
    enum sb_class class;
    return sb_topic_valid(p, n, &class);
}

static bool is_uuid(const char *p, size_t n)
{
    struct sb_uuid id;
    return sb_uuid_parse(&id, p, n) && !sb_uuid_is_zero(&id);
}

static bool is_org(const char *p, size_t n)
{
    struct sb_org org;
    return sb_org_parse(&org, p, n);
}

static bool is_reference(const char *p, size_t n)
{
    struct sb_org org;
    struct sb_uuid id;
    return sb_reference_parse(&org, &id, p, n) && !sb_uuid_is_zero(&id);
}

static bool is_time(const char *p, size_t n)
{
    struct sb_time time;
    return sb_time_parse(&time, p, n);
}

/* Names joined by '/', each beginning with a letter; whether the zone exists is for its readers,
 * whose time zone databases differ. */
static bool is_zone(const char *p, size_t n)
{
    const char *end = p + n;
    if (n > ZONE_MAX) {
        return false;
    }
    for (;;) {
        if (p == end || !isalpha((unsigned char)*p)) {
            return false;
        }
        p = after_run(p, end, "_+-");
        if (p == end) {
            return true;
        }
        if (*p++ != '/') {
            return false;
        }
    }
}

/* RFC 6838 §4.2: type/subtype; what follows a semicolon are parameters. */
static bool is_media_type(const char *p, size_t n)
{
    const char *end = p + n, *slash = after_run(p, end, "!#$&-^_.+");
    if (slash == end || *slash != '/' || !isalnum((unsigned char)*p)) {
        return false;
    }
    const char *subtype = slash + 1, *tail = after_run(subtype, end, "!#$&-^_.+");
    if (tail == subtype || !isalnum((unsigned char)*subtype) || slash - p > MEDIA_NAME_MAX ||
        tail - subtype > MEDIA_NAME_MAX) {
        return false;
    }
    const char *parameter = tail;
    while (parameter < end && isprint((unsigned char)*parameter)) {
        parameter++;
    }
    return tail == end || (parameter == end && (*tail == ';' || *tail == ' ') &&
                           strchr(tail, ';') != NULL && strchr(tail, '=') != NULL);
}

static bool is_sha256(const char *p, size_t n)
{
    return n == SHA256_DIGITS && strspn(p, "0123456789abcdef") == SHA256_DIGITS;
}

/* RFC 3986: a host, and of ASCII only what an address may hold. */
static bool is_url(const char *p, size_t n)
{
    static const char scheme[] = "https://";
    size_t skip = sizeof scheme - 1;
    const char *end = p + n;
    if (n <= skip || memcmp(p, scheme, skip) != 0 ||
        !(isalnum((unsigned char)p[skip]) || p[skip] == '[')) {
        return false;
    }
    return after_run(p, end, "-._~:/?#[]@!$&'()*+,;=%") == end;
}

static const struct form {
    bool (*fits)(const char *p, size_t n); /* NULL: any acceptable text */
    const char *what, *write;
} forms[SB_CHECK_TEXT_KINDS] = {
    [SB_CHECK_LINE] = {NULL, "", "write a text on one line"},
    [SB_CHECK_LINES] = {NULL, "", "write a text"},
    [SB_CHECK_TOPIC] = {is_topic, "a topic",
                        "write 2 to 8 segments of a-z, 0-9 and - joined by /, at most 200 bytes, "
                        "the first of them agenda, decision, notification or custom"},
    [SB_CHECK_UUID] = {is_uuid, "a UUID", "write 8-4-4-4-12 hexadecimal digits, not all zero"},
    [SB_CHECK_ORG] = {is_org, "an organisation id",
                      "write 2 to 32 of A-Z, 0-9 and -, such as GM0384"},
    [SB_CHECK_REFERENCE] = {is_reference, "a reference",
                            "write ORG/UUID, such as GM0384/01936c9e-8a40-7cc1-b1de-000000000001"},
    [SB_CHECK_DATE] = {sb_date_valid, "a date that exists", "write YYYY-MM-DD"},
    [SB_CHECK_LOCAL_TIME] = {sb_local_time_valid, "a local date and time that exists",
                             "write YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss"},
    [SB_CHECK_TIME] = {is_time, "a date and time that exists",
                       "write RFC 3339, such as 2026-12-11T00:00:00Z"},
    [SB_CHECK_ZONE] = {is_zone, "the name of a time zone",
                       "write an IANA name, such as Europe/Amsterdam"},
    [SB_CHECK_MEDIA_TYPE] = {is_media_type, "a media type",
                             "write type/subtype, such as application/pdf"},
    [SB_CHECK_SHA256] = {is_sha256, "a SHA-256", "write 64 lower-case hexadecimal digits"},
    [SB_CHECK_URL] = {is_url, "an address", "write https://host/path without spaces, in ASCII"},
};

const char *sb_check_form(enum sb_check_kind kind)
{
    return forms[kind].write;
}

bool sb_check_text(struct sb_check *c, const struct sb_check_rule *rule, struct sb_bytes value)
{
    const struct form *form = &forms[rule->kind];
    enum sb_code code = rule->kind == SB_CHECK_TOPIC ? SB_CODE_INVALID_TOPIC : SB_CODE_INVALID_BODY;
    char shown[SHOWN_MAX];
    if (rule->max_bytes != 0 && value.n > rule->max_bytes) {
        return sb_check_refuse(c, SB_CODE_TOO_LARGE, "%zu bytes; at most %u", value.n,
                               (unsigned)rule->max_bytes);
    }
    if (form->fits != NULL && !form->fits((const char *)value.p, value.n)) {
        sb_text_escape(shown, sizeof shown, value);
        return sb_check_refuse(c, code, "%s is not %s; %s", shown, form->what, form->write);
    }
    bool lines = rule->kind == SB_CHECK_LINES;
    if (form->fits == NULL && !sb_text_acceptable(value, lines)) {
        return sb_check_refuse(c, code, "control characters may not stand in a text%s",
                               lines ? ", other than line feed and tab"
                                     : " that is one line, nor line feeds");
    }
    return true;
}
