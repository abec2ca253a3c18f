/* samenbus key announce and peer rekey: a new key after the old one was lost or stolen. The owner
 * signs one announcement, the same for all; every partner, and the owner, puts it into rekeys/ once
 * the fingerprint was read over the telephone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/command/announced.h"
#include "clients/command/daemon_file.h"
#include "clients/command/talk.h"
#include "clients/command/tips.h"
#include "config/keyfile.h"
#include "config/newfile.h"
#include "config/public.h"
#include "config/rekeys.h"
#include "proto/curve.h"
#include "proto/rekey.h"
#include "proto/sha256.h"

enum { PATH_BYTES = 4096, ARENA_BYTES = 64 * 1024 * 1024 };

static void print_rekey(const struct sb_rekey *r)
{
    char fingerprint[SB_FINGERPRINT_BYTES];
    struct sb_public pub = {.id = r->organisation.s};
    uint64_t links = 0;
    memcpy(pub.sign_key, r->sign_key.b, sizeof pub.sign_key);
    memcpy(pub.curve_key, r->curve_key, sizeof pub.curve_key);
    sb_public_fingerprint(fingerprint, &pub);
    for (size_t i = 0; i < r->n_tips; i++) {
        links += r->tips[i].seq.n;
    }
    printf("new key of: %s\nfingerprint: %s\nof the old key count: %zu epochs, %llu events\n",
           r->organisation.s, fingerprint, r->n_tips, (unsigned long long)links);
}

/* ---- announce */

static const struct sb_flag announce_flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml, with the new keys"},
    {"from", 0, "FILE", "an export of our history by a partner; may be repeated"},
    {"out", 0, "FILE", "the file to write; never overwritten"},
    {"rekey", 0, "FILE",
     "the announcement of a key that was lost before this one; may be repeated. Those in rekeys/ "
     "beside the file of --config count as well"},
};

static enum sb_rc read_keys(struct sb_rekey *r, const struct sb_config *config,
                            struct sb_sign_seed *seed, struct sb_err *err)
{
    uint8_t curve[SB_KEYFILE_SECRET_BYTES];
    const struct sb_config_organisation *o = &config->organisation;
    enum sb_rc rc = sb_keyfile_read(o->sign_key, SB_KEYFILE_SIGN, seed->b, err);
    rc = rc != SB_OK ? rc : sb_keyfile_read(o->curve_key, SB_KEYFILE_CURVE, curve, err);
    if (rc == SB_OK) {
        r->sign_key = sb_sign_public_of(seed);
        sb_curve_public_of(r->curve_key, curve);
        (void)snprintf(r->partnership, sizeof r->partnership, "%s", config->partnership);
        sb_org_parse(&r->organisation, o->id, strlen(o->id));
    }
    sb_wipe(curve, sizeof curve);
    return rc;
}

/* Of all that were given, those of the organisation itself: what of its earlier keys counts. */
static struct sb_rekeys keep_own(struct sb_announced *given, const struct sb_rekey *own)
{
    size_t n = 0;
    for (size_t i = 0; i < given->rekeys.n; i++) {
        const struct sb_rekey *r = &given->items[i];
        if (sb_org_eq(&r->organisation, &own->organisation) &&
            strcmp(r->partnership, own->partnership) == 0) {
            given->items[n++] = *r;
        }
    }
    return (struct sb_rekeys){given->items, n};
}

static void say_earlier(const struct sb_rekeys *earlier)
{
    if (earlier->n > 0) {
        sb_talk(
            "%zu earlier announcements stay as they are, and say what of the keys before counts: "
            "whoever has them needs this one alone, a partner that joins later needs all of them",
            earlier->n);
    }
}

static enum sb_rc announce_to(const char *out, const struct sb_args *args,
                              const struct sb_rekeys *earlier, struct sb_rekey *r,
                              const struct sb_sign_seed *seed, struct sb_err *err)
{
    struct sb_arena arena;
    struct sb_tips tips = {0};
    const char *path;
    enum sb_rc rc = SB_OK;
    sb_arena_init(&arena, ARENA_BYTES);
    for (size_t at = 0; rc == SB_OK && (path = sb_args_next(args, "from", &at)) != NULL;) {
        rc = sb_tips_collect(&tips, path, earlier, r, err);
    }
    r->tips = tips.items;
    r->n_tips = tips.n;
    if (rc == SB_OK && memcmp(&r->old_key, &r->sign_key, sizeof r->old_key) == 0) {
        rc = sb_err_set(err, SB_E_INPUT,
                        "the exports are under this very key: nothing is to be announced");
    }
    if (rc == SB_OK) {
        struct sb_bytes text = sb_rekey_write(r, seed, &arena);
        rc = text.p == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                            : sb_newfile_write(out, 0644, text.p, text.n, err);
    }
    if (rc == SB_OK) {
        print_rekey(r);
        say_earlier(earlier);
    }
    free(tips.items);
    sb_arena_fini(&arena);
    return rc;
}

static int key_announce(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "config"), *out = sb_args_value(args, "out");
    struct sb_err err = {0};
    struct sb_announced given;
    struct sb_rekey rekey = {.n_tips = 0};
    struct sb_sign_seed seed;
    int code = SB_EXIT_OK;
    if (file == NULL || out == NULL || !sb_args_has(args, "from")) {
        return sb_args_complain(args, "give --config samenbusd.yaml, --from EXPORT and --out FILE");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    if (!sb_announced_read(&given, args, &code)) {
        return code;
    }
    enum sb_rc rc = read_keys(&rekey, given.config, &seed, &err);
    if (rc == SB_OK) {
        const struct sb_rekeys earlier = keep_own(&given, &rekey);
        rc = announce_to(out, args, &earlier, &rekey, &seed, &err);
    }
    sb_wipe(&seed, sizeof seed);
    sb_announced_fini(&given);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_announce = {
    .words = "key announce",
    .synopsis = "--config samenbusd.yaml --from EXPORT --out FILE [--rekey FILE]",
    .about = "announce a new key after the old one was lost or stolen: one file for all partners",
    SB_FLAGS(announce_flags),
    .examples =
        "  samenbus key announce -c samenbusd.yaml --from GM0384.sbx --out GM0384.rekey\n"
        "      # of the old key's events, those in the exports count\n"
        "  samenbus key announce -c samenbusd.yaml --from GM0384.sbx --out second.rekey \\\n"
        "      --rekey first.rekey\n"
        "      # the key that the first one announced is lost as well\n",
    .run = key_announce,
};

/* ---- peer rekey */

static const struct sb_flag rekey_flags[] = {
    {"config", 'c', "FILE", "the daemon's file, samenbusd.yaml; rekeys/ is beside it"},
    {"fingerprint", 0, "DIGITS", "as its owner read it over the telephone"},
};

/* Does it lead to this key, by itself or through those that we have? Then that key, or one which it
 * replaced, has signed it: it says what of an earlier key counts. */
static bool leads_to(const struct sb_config *config, const struct sb_rekey *r,
                     const uint8_t key[static 32])
{
    for (size_t steps = 0; r != NULL && steps <= config->n_rekeys; steps++) {
        const struct sb_rekey *next = NULL;
        if (memcmp(r->sign_key.b, key, sizeof r->sign_key.b) == 0) {
            return true;
        }
        for (size_t i = 0; i < config->n_rekeys; i++) {
            const struct sb_rekey *other = &config->rekeys[i];
            if (sb_org_eq(&other->organisation, &r->organisation) &&
                memcmp(&other->old_key, &r->sign_key, sizeof r->sign_key) == 0) {
                next = other;
            }
        }
        r = next;
    }
    return false;
}

/* Two that replace one key would each name other history; and who has the announcement of a key
 * takes no other from whoever may have stolen that since. */
static bool is_known_already(const struct sb_config *config, const struct sb_rekey *r)
{
    bool known = false;
    for (size_t i = 0; i < config->n_rekeys; i++) {
        const struct sb_rekey *other = &config->rekeys[i];
        known |= sb_org_eq(&other->organisation, &r->organisation) &&
                 (memcmp(&other->old_key, &r->old_key, sizeof r->old_key) == 0 ||
                  memcmp(&other->sign_key, &r->sign_key, sizeof r->sign_key) == 0);
    }
    return known;
}

/* Does the announcement replace the key that we have of this organisation, or lead to it? */
static enum sb_rc check_replaces(const struct sb_config *config, const struct sb_rekey *r,
                                 const char *org, struct sb_err *err)
{
    struct sb_sign_seed seed;
    if (strcmp(r->organisation.s, org) != 0 || strcmp(r->partnership, config->partnership) != 0) {
        return sb_err_set(err, SB_E_INPUT, "it is of %s in %s", r->organisation.s, r->partnership);
    }
    if (is_known_already(config, r)) {
        return sb_err_set(err, SB_E_INPUT,
                          "an announcement of the same new key of %s, or in the place of the same "
                          "old one, is in rekeys/ already; an announcement counts once",
                          org);
    }
    if (strcmp(config->organisation.id, org) == 0) {
        enum sb_rc rc =
            sb_keyfile_read(config->organisation.sign_key, SB_KEYFILE_SIGN, seed.b, err);
        struct sb_sign_public own = sb_sign_public_of(&seed);
        sb_wipe(&seed, sizeof seed);
        return rc != SB_OK || leads_to(config, r, own.b)
                   ? rc
                   : sb_err_set(err, SB_E_INPUT, "its new key is not our sign_key");
    }
    for (size_t i = 0; i < config->n_peers; i++) {
        const struct sb_config_peer *p = &config->peers[i];
        if (strcmp(p->id, org) == 0) {
            return memcmp(p->sign_key, r->old_key.b, sizeof p->sign_key) == 0 ||
                           leads_to(config, r, p->sign_key)
                       ? SB_OK
                       : sb_err_set(err, SB_E_INPUT,
                                    "it replaces another key than the one that we have of %s, and "
                                    "does not lead to that; of several announcements the newest "
                                    "comes first",
                                    org);
        }
    }
    return sb_err_set(err, SB_E_INPUT, "%s is no partner in %s", org, config->file);
}

static enum sb_rc keep(const struct sb_config *config, const struct sb_rekey *r,
                       struct sb_bytes text, struct sb_err *err)
{
    char path[PATH_BYTES], name[17];
    const char *slash = strrchr(config->file, '/');
    int n_base = slash == NULL ? 0 : (int)(slash - config->file + 1);
    struct sb_hash hash = sb_sha256(&text, 1);
    sb_hex_encode(name, hash.b, 8);
    (void)snprintf(path, sizeof path, "%.*srekeys", n_base, config->file);
    if (mkdir(path, 0755) != 0 && errno != EEXIST) {
        return sb_err_set(err, SB_E_IO, "make the folder %s: %s", path, strerror(errno));
    }
    (void)snprintf(path, sizeof path, "%.*srekeys/%s-%s.rekey", n_base, config->file,
                   r->organisation.s, name);
    enum sb_rc rc = sb_newfile_write(path, 0644, text.p, text.n, err);
    if (rc == SB_OK) {
        printf("kept: %s\n", path);
        sb_talk(
            "restart samenbusd: from then on the new key counts, and of the old one no more than "
            "the announcement names");
    }
    return rc;
}

static enum sb_rc rekey_from(const char *path, const struct sb_args *args,
                             const struct sb_config *config, struct sb_err *err)
{
    struct sb_arena arena;
    struct sb_rekey rekey;
    char fingerprint[SB_FINGERPRINT_BYTES];
    const char *heard = sb_args_value(args, "fingerprint");
    uint8_t *text = malloc(SB_REKEY_BYTES_MAX);
    FILE *file = fopen(path, "re");
    sb_arena_init(&arena, ARENA_BYTES);
    size_t n = file == NULL || text == NULL ? 0 : fread(text, 1, SB_REKEY_BYTES_MAX, file);
    struct sb_bytes bytes = {text, n};
    enum sb_rc rc = file == NULL ? sb_err_set(err, SB_E_INPUT, "%s", strerror(errno))
                                 : sb_rekey_read(&rekey, bytes, &arena, err);
    rc = rc != SB_OK ? rc : check_replaces(config, &rekey, args->operands[0], err);
    if (rc == SB_OK) {
        struct sb_public pub = {.id = rekey.organisation.s};
        memcpy(pub.sign_key, rekey.sign_key.b, sizeof pub.sign_key);
        memcpy(pub.curve_key, rekey.curve_key, sizeof pub.curve_key);
        sb_public_fingerprint(fingerprint, &pub);
        print_rekey(&rekey);
        if (heard == NULL) {
            sb_talk("nothing is changed yet: have the fingerprint read to you over the telephone, "
                    "then give it with --fingerprint");
        } else {
            rc = sb_public_same_fingerprint(heard, fingerprint)
                     ? keep(config, &rekey, bytes, err)
                     : sb_err_set(err, SB_E_INPUT, "another fingerprint than the one you heard");
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(text);
    sb_arena_fini(&arena);
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "%s", path);
}

static int peer_rekey(const struct sb_args *args)
{
    const char *file = sb_args_value(args, "config");
    struct sb_err err = {0};
    struct sb_config *config = NULL;
    if (file == NULL || args->n_operands != 2) {
        return sb_args_complain(args,
                                "give the organisation, its file and --config samenbusd.yaml");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    enum sb_rc rc = sb_daemon_file_load(&config, file, &err);
    rc = rc != SB_OK ? rc : rekey_from(args->operands[1], args, config, &err);
    sb_config_free(config);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_peer_rekey = {
    .words = "peer rekey",
    .synopsis = "ORG FILE --config samenbusd.yaml [--fingerprint DIGITS]",
    .about = "take a partner's new key in the place of one that was lost or stolen",
    SB_FLAGS(rekey_flags),
    .operands_max = 2,
    .examples =
        "  samenbus peer rekey GM0384 GM0384.rekey -c /etc/samenbus/duoplus/samenbusd.yaml\n"
        "      # shows the fingerprint; then, with what was heard over the telephone:\n"
        "  samenbus peer rekey GM0384 GM0384.rekey -c /etc/samenbus/duoplus/samenbusd.yaml \\\n"
        "      --fingerprint '12345 12345 12345 12345 12345 12345'\n",
    .run = peer_rekey,
};
