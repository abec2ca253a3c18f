/* samenbus key gen and key show: making keys, and reading the public half to somebody else over the
 * telephone. No daemon is needed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/command.h"
#include "clients/command/talk.h"
#include "config/keyfile.h"
#include "config/public.h"
#include "proto/curve.h"
#include "proto/sign.h"

enum { PATH_BYTES = 4096 };

/* ---- gen */

static const struct sb_flag gen_flags[] = {
    {"org", 0, "ORG", "keys of an organisation: to sign with and to connect with"},
    {"client", 0, "NAME", "the key of a client: to connect with"},
    {"name", 0, "TEXT", "the organisation's name, for people"},
    {"publish", 0, "ENDPOINT", "where partners reach its publisher, such as tcp://10.0.0.1:7461"},
    {"service", 0, "ENDPOINT", "where partners reach its service"},
    {"out", 0, "DIR", "the folder to write to; made when absent (default: this one)"},
};

/* What one run makes. */
struct making {
    const char *folder, *stem; /* the id or the client's name */
    char made[3][PATH_BYTES];
    size_t n_made;
};

static const char *path_of(struct making *m, const char *suffix)
{
    (void)snprintf(m->made[m->n_made], PATH_BYTES, "%s/%s%s", m->folder, m->stem, suffix);
    return m->made[m->n_made];
}

static enum sb_rc make_folder(const char *path, struct sb_err *err)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return SB_OK;
    }
    return sb_err_set(err, SB_E_IO, "make the folder %s: %s", path, strerror(errno));
}

static enum sb_rc make_sign_key(struct making *m, struct sb_public *pub, struct sb_err *err)
{
    struct sb_sign_seed seed;
    sb_random_bytes(seed.b, sizeof seed.b);
    struct sb_sign_public key = sb_sign_public_of(&seed);
    memcpy(pub->sign_key, key.b, sizeof key.b);
    enum sb_rc rc = sb_keyfile_write(path_of(m, ".sign.key"), SB_KEYFILE_SIGN, seed.b, err);
    sb_wipe(&seed, sizeof seed);
    m->n_made += rc == SB_OK;
    return rc;
}

static enum sb_rc make_curve_key(struct making *m, struct sb_public *pub, struct sb_err *err)
{
    uint8_t secret[SB_CURVE_BYTES];
    sb_random_bytes(secret, sizeof secret);
    sb_curve_public_of(pub->curve_key, secret);
    enum sb_rc rc = sb_keyfile_write(path_of(m, ".curve.key"), SB_KEYFILE_CURVE, secret, err);
    sb_wipe(secret, sizeof secret);
    m->n_made += rc == SB_OK;
    return rc;
}

/* All or nothing: half a set beside an older half would not fit together. */
static enum sb_rc check_none_exists(struct making *m, bool org, struct sb_err *err)
{
    static const char *const suffixes[] = {".curve.key", ".pub.yaml", ".sign.key"};
    for (size_t i = 0; i < (org ? 3u : 2u); i++) {
        const char *path = path_of(m, suffixes[i]);
        if (access(path, F_OK) == 0) {
            return sb_err_set(err, SB_E_BUSY, "%s exists; keys are never overwritten", path);
        }
    }
    return SB_OK;
}

static enum sb_rc make_keys(struct making *m, struct sb_public *pub, struct sb_err *err)
{
    enum sb_rc rc = make_folder(m->folder, err);
    if (rc == SB_OK) {
        rc = check_none_exists(m, pub->id != NULL, err);
    }
    if (rc == SB_OK && pub->id != NULL) {
        rc = make_sign_key(m, pub, err);
    }
    if (rc == SB_OK) {
        rc = make_curve_key(m, pub, err);
    }
    if (rc == SB_OK) {
        rc = sb_public_write(path_of(m, ".pub.yaml"), pub, err);
        m->n_made += rc == SB_OK;
    }
    return rc;
}

static bool is_file_name(const char *text)
{
    return *text != '\0' && *text != '.' && strchr(text, '/') == NULL &&
           strlen(text) <= SB_NAME_MAX;
}

static int key_gen(const struct sb_args *args)
{
    const char *org = sb_args_value(args, "org"), *client = sb_args_value(args, "client");
    const char *out = sb_args_value(args, "out");
    struct sb_org id;
    struct sb_err err = {0};
    struct sb_public pub = {.id = org,
                            .name = client != NULL ? client : sb_args_value(args, "name"),
                            .publish = sb_args_value(args, "publish"),
                            .service = sb_args_value(args, "service")};
    if ((org == NULL) == (client == NULL)) {
        return sb_args_complain(args, "give either --org or --client");
    }
    if (!sb_args_org(args, "org", &id)) {
        return SB_EXIT_USAGE;
    }
    if (client != NULL && !is_file_name(client)) {
        return sb_args_complain(args, "--client %s: a name that can be a file's", client);
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    struct making m = {.folder = out != NULL ? out : ".", .stem = org != NULL ? org : client};
    enum sb_rc rc = make_keys(&m, &pub, &err);
    for (size_t i = 0; i < m.n_made; i++) {
        puts(m.made[i]);
    }
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_gen = {
    .words = "key gen",
    .synopsis = "--org ORG | --client NAME",
    .about = "make keys; a file that exists is never overwritten",
    SB_FLAGS(gen_flags),
    .examples = "  samenbus key gen --org GM0384 --name Diemen --out keys\n"
                "      # keys/GM0384.sign.key, keys/GM0384.curve.key: secret, stay here\n"
                "      # keys/GM0384.pub.yaml: for the partners\n"
                "  samenbus key gen --client operator --out keys\n",
    .run = key_gen,
};

/* ---- show */

static int key_show(const struct sb_args *args)
{
    struct sb_err err = {0};
    struct sb_public *pub = NULL;
    char fingerprint[SB_FINGERPRINT_BYTES];
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name one .pub.yaml file");
    }
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(&err, SB_E_NOMEM, "no memory")
                                   : sb_public_load(&pub, args->operands[0], report, &err);
    if (rc == SB_OK) {
        sb_public_fingerprint(fingerprint, pub);
        printf("%s:\n# fingerprint: %s\n", pub->id != NULL ? "peers" : "clients", fingerprint);
        sb_public_print(stdout, pub, 2, true);
    } else if (report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_public_free(pub);
    sb_report_free(report);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

const struct sb_command sb_command_key_show = {
    .words = "key show",
    .synopsis = "FILE.pub.yaml",
    .about = "print the lines for a partner's configuration, and the fingerprint of the keys",
    .operands_max = 1,
    .examples = "  samenbus key show keys/GM0384.pub.yaml\n"
                "      # copy under `peers:`, then read the fingerprint to each other\n"
                "  samenbus key show keys/operator.pub.yaml   # under `clients:`; add its rights\n",
    .run = key_show,
};
