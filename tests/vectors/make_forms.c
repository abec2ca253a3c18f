/* Keys, partnerships, and the text forms of ids, times, epochs and topics. */
#include <jansson.h>
#include <string.h>

#include "proto/curve.h"
#include "proto/z85.h"
#include "tests/vectors/vectors.h"

static void add_sign_key(json_t *list, const char *name)
{
    char text[64];
    struct sb_sign_seed seed = seed_of(name);
    struct sb_sign_public key = sb_sign_public_of(&seed);
    json_t *one = add_case(list, name);
    sb_base64_encode(text, key.b, sizeof key.b);
    put(one, "seed", hex_of(seed.b, sizeof seed.b));
    put(one, "public", hex_of(key.b, sizeof key.b));
    put_text(one, "base64", text);
}

static void add_curve_key(json_t *list, const char *name)
{
    char text[SB_Z85_KEY_CHARS + 1];
    uint8_t public_key[SB_CURVE_BYTES];
    struct sb_hash secret = seeded(name);
    json_t *one = add_case(list, name);
    sb_curve_public_of(public_key, secret.b);
    put(one, "secret", hex_hash(&secret));
    put(one, "public", hex_of(public_key, sizeof public_key));
    sb_z85_encode(text, public_key, sizeof public_key);
    put_text(one, "z85", text);
}

json_t *make_keys(struct sb_arena *arena)
{
    static const char *const names[] = {"duoplus", "", "Regio Één"};
    (void)arena;
    json_t *root = object_about("Keys from published seeds, never to be used, and partnership "
                                "hashes (PROTOCOL 1.4, 9.1)");
    json_t *sign = put_list(root, "sign"), *curve = put_list(root, "curve");
    add_sign_key(sign, "GM0384");
    add_sign_key(sign, "GM0437");
    add_sign_key(sign, "GM0384 new");
    add_curve_key(curve, "curve GM0384");
    add_curve_key(curve, "curve operator");
    json_t *partnerships = put_list(root, "partnerships");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sb_hash hash = sb_partnership_hash(names[i]);
        put(add_case(partnerships, names[i]), "hash", hex_hash(&hash));
    }
    return root;
}

static void add_uuids(json_t *root)
{
    json_t *list = put_list(root, "uuids");
    for (unsigned i = 0; i < 3; i++) {
        char text[SB_UUID_TEXT_MAX];
        struct sb_uuid id = uuid_of(i);
        sb_uuid_format(text, &id);
        put(add_case(list, text), "bytes", hex_of(id.b, sizeof id.b));
    }
    json_t *made = put_list(root, "uuidv7");
    struct sb_hash random = seeded("random");
    struct sb_uuid id = sb_uuid_v7(VECTOR_TIME, random.b);
    json_t *one = add_case(made, "from a time and ten random bytes");
    put_number(one, "timeMs", (uint64_t)VECTOR_TIME.ms);
    put(one, "random", hex_of(random.b, 10));
    put(one, "bytes", hex_of(id.b, sizeof id.b));
}

/* A list of texts, each with whether it has the form. */
static void add_texts(json_t *root, const char *key, const char *const *texts, size_t n,
                      bool (*fits)(const char *text, size_t n))
{
    json_t *list = put_list(root, key);
    for (size_t i = 0; i < n; i++) {
        put(add_case(list, texts[i]), "valid", json_boolean(fits(texts[i], strlen(texts[i]))));
    }
}

static bool fits_org(const char *text, size_t n)
{
    struct sb_org org;
    return sb_org_parse(&org, text, n);
}

static bool fits_reference(const char *text, size_t n)
{
    struct sb_org org;
    struct sb_uuid id;
    return sb_reference_parse(&org, &id, text, n);
}

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void add_valid_or_not(json_t *root)
{
    static const char *const orgs[] = {"GM0384",
                                       "A1",
                                       "DUO-PLUS",
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456",
                                       "A",
                                       "",
                                       "gm0384",
                                       "GM 0384",
                                       "GM_0384"};
    static const char *const references[] = {"GM0384/01936c9e-8a40-7cc1-b1de-000000000001",
                                             "GM0384/01936C9E-8A40-7CC1-B1DE-000000000001",
                                             "GM0384/01936c9e8a407cc1b1de000000000001",
                                             "gm0384/01936c9e-8a40-7cc1-b1de-000000000001",
                                             "01936c9e-8a40-7cc1-b1de-000000000001",
                                             "GM0384/01936c9e-8a40-7cc1-b1de-00000000000"};
    static const char *const dates[] = {"2024-02-29", "2023-02-29", "2000-02-29", "1900-02-29",
                                        "2026-12-31", "2026-13-01", "2026-00-10", "2026-1-01",
                                        "0001-01-01", "9999-12-31", "0000-12-31", "0000-02-29"};
    static const char *const local_times[] = {
        "2026-12-10T20:00",    "2026-12-10T20:00:59", "2026-12-10T24:00",  "2026-12-10T20:60",
        "2026-12-10T20:00:60", "2026-12-10 20:00",    "2026-12-10T20:00Z", "2026-02-30T20:00",
        "0001-01-01T00:00",    "0000-12-31T23:59"};
    add_texts(root, "organisations", orgs, COUNT(orgs), fits_org);
    add_texts(root, "references", references, COUNT(references), fits_reference);
    add_texts(root, "dates", dates, COUNT(dates), sb_date_valid);
    add_texts(root, "localTimes", local_times, COUNT(local_times), sb_local_time_valid);
}

static void add_topics(json_t *root)
{
    static const char *const classes[] = {"agenda", "decision", "notification", "custom"};
    static const char *const topics[] = {
        "agenda/wonen",           "decision/duoplus", "notification/ict", "custom/a/b/c/d/e/f/8",
        "custom/a/b/c/d/e/f/g/9", "agenda",           "agenda/",          "/agenda/wonen",
        "agenda//wonen",          "agenda/Wonen",     "link/wonen",       "agendas/wonen",
        "agenda/wonen_1",         "agenda/-"};
    static const char *const prefixes[][2] = {
        {"agenda/wonen", "agenda/"},         {"agenda/wonen", "agenda/wonen"},
        {"agenda/wonen", "agenda/won"},      {"agenda/wonen/1", "agenda/wonen"},
        {"agenda/wonen/1", "agenda/wonen/"}, {"agenda/wonen", "agenda"}};
    json_t *list = put_list(root, "topics");
    for (size_t i = 0; i < COUNT(topics); i++) {
        enum sb_class class;
        bool valid = sb_topic_valid(topics[i], strlen(topics[i]), &class);
        put_text(add_case(list, topics[i]), "class", valid ? classes[class] : NULL);
    }
    json_t *under = put_list(root, "prefixes");
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        json_t *one = add_case(under, prefixes[i][0]);
        put_text(one, "prefix", prefixes[i][1]);
        put(one, "matches", json_boolean(sb_topic_under(prefixes[i][0], prefixes[i][1])));
    }
}

static void add_times(json_t *root)
{
    static const char *const texts[] = {
        "2026-11-23T10:00:00.123Z",  "1970-01-01T00:00:00Z",     "2026-11-23T11:00:00.123+01:00",
        "2026-11-23t10:00:00.1239z", "1969-12-31T23:59:59.999Z", "2026-11-23T10:00:60Z",
        "2026-11-23T10:00Z",         "2026-11-23T10:00:00",      "2026-02-29T10:00:00Z",
        "0001-01-01T00:00:00Z",      "9999-12-31T23:59:59.999Z", "0000-12-31T23:59:59Z"};
    json_t *list = put_list(root, "times");
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sb_time time;
        char text[SB_TIME_TEXT_MAX];
        json_t *one = add_case(list, texts[i]);
        bool ok = sb_time_parse(&time, texts[i], strlen(texts[i]));
        put(one, "ms", ok ? json_integer(time.ms) : json_null());
        if (ok) {
            sb_time_format(text, time);
        }
        put_text(one, "printed", ok ? text : NULL);
    }
}

static void add_epochs(json_t *root)
{
    static const struct sb_epoch epochs[] = {{1, 0}, {3, 0x9f1c2ab7d0e1f203}, {UINT32_MAX, 1}};
    static const unsigned digits[] = {8, 9, 16};
    json_t *list = put_list(root, "epochs");
    for (size_t i = 0; i < COUNT(epochs) * COUNT(digits); i++) {
        char text[SB_EPOCH_TEXT_MAX];
        sb_epoch_format(text, epochs[i / COUNT(digits)], digits[i % COUNT(digits)]);
        json_t *one = add_case(list, text);
        put_epoch(one, epochs[i / COUNT(digits)]);
        put_number(one, "digits", digits[i % COUNT(digits)]);
    }
}

json_t *make_forms(struct sb_arena *arena)
{
    (void)arena;
    json_t *root = object_about("Text forms; the name of a case is the text (PROTOCOL 1.2, 4.3, "
                                "12.1)");
    add_uuids(root);
    add_valid_or_not(root);
    add_times(root);
    add_epochs(root);
    add_topics(root);
    return root;
}
