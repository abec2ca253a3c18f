/* samenbus verify: derives again everything that an export or a store says. A store is read in a
 * child process, for a damaged file can crash the library that reads it. No daemon is needed, and
 * one may run beside it. The proofs of forks and of decisions are checked likewise. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "clients/command/announced.h"
#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_decision.h"
#include "clients/command/verify_read.h"
#include "clients/command/verify_store.h"
#include "proto/export.h"
#include "proto/proof_text.h"
#include "proto/sign.h"

static const struct sb_flag verify_flags[] = {
    {"store", 0, "PATH", "a daemon's store: the folder; the daemon may be running"},
    SB_FLAG_REKEY,
    {"config", 'c', "FILE",
     "with --store: a daemon's file, samenbusd.yaml; the announcements in rekeys/ beside it count"},
    {"file", 0, "FILE", "an export; may be repeated"},
    {"evidence", 0, "FILE", "the proof of a fork, as `samenbus evidence export` writes it"},
    {"proof", 0, "FILE", "the proof of a decision, as `samenbus decision proof` writes it"},
    {"key", 0, "FILE.pub.yaml",
     "with --evidence or --proof: is it the key of this organisation? May be repeated with "
     "--proof"},
    {"as-of", 0, "DATE", "with --proof: the outcome on that day (default: the day that it names)"},
    {"output", 'o', "text|json", "with --proof: lines (default), or the view as one JSON object"},
};

struct sums {
    uint64_t events, epochs, origins;
};

static int print_ok(const struct sums *s)
{
    printf("ok: %" PRIu64 " events, %" PRIu64 " epochs, %" PRIu64 " origins\n", s->events,
           s->epochs, s->origins);
    return SB_EXIT_OK;
}

/* ---- files */

/* Adds what the file holds; *faults grows by what is wrong with it. */
static enum sb_rc verify_file(const char *path, struct sums *sums, uint64_t *faults,
                              struct sb_err *err)
{
    const uint8_t *file = NULL;
    size_t n = 0;
    struct sb_export_totals totals = {0};
    enum sb_rc rc = sb_verify_map_file(path, &file, &n, err);
    if (rc == SB_OK) {
        rc = sb_export_verify(&totals, file, n, sb_verify_print_fault, NULL, err);
    }
    if (file != NULL) {
        munmap((void *)(uintptr_t)file, n); /* ours; only read */
    }
    sums->events += totals.events;
    sums->epochs += totals.epochs;
    sums->origins++;
    *faults += totals.faults;
    if (rc == SB_OK && totals.faults > 0) {
        sb_talk("%s: %" PRIu64
                " faults, each with its place: trust none of it, keep it, and have it "
                "exported anew; where a new export has faults too, `samenbus verify --store` at "
                "who makes it",
                path, totals.faults);
    }
    return rc;
}

static int verify_files(const struct sb_args *args)
{
    struct sums sums = {0};
    struct sb_err err = {0};
    uint64_t faults = 0;
    const char *path;
    for (size_t at = 0; (path = sb_args_next(args, "file", &at)) != NULL;) {
        enum sb_rc rc = verify_file(path, &sums, &faults, &err);
        if (rc != SB_OK) {
            return sb_talk_error(rc, &err);
        }
    }
    return faults > 0 ? SB_EXIT_FAILURE : print_ok(&sums);
}

/* ---- the proof of a fork */

static int verify_evidence(const struct sb_args *args)
{
    const char *key = sb_args_value(args, "key");
    const uint8_t *file = NULL;
    size_t n = 0;
    struct sb_err err = {0};
    struct sb_proof_reader known = {0};
    struct sb_proof_verdict verdict;
    char lines[SB_PROOF_LINES][SB_PROOF_LINE_MAX];
    enum sb_rc rc = key == NULL ? SB_OK : sb_verify_read_key(key, &known, &err);
    if (rc == SB_OK) {
        rc = sb_verify_map_file(sb_args_value(args, "evidence"), &file, &n, &err);
    }
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    sb_proof_verify(&verdict, file, n);
    if (file != NULL) {
        munmap((void *)(uintptr_t)file, n); /* ours; only read */
    }
    const struct sb_proof_reader *reader = key == NULL ? NULL : &known;
    size_t n_lines = sb_proof_print(lines, &verdict, reader);
    for (size_t i = 0; i < n_lines; i++) {
        puts(lines[i]);
    }
    return sb_proof_holds(&verdict, reader) ? SB_EXIT_OK : SB_EXIT_FAILURE;
}

/* ---- a store */

static int verify_store(const struct sb_args *args, const char *path)
{
    struct sb_announced announced;
    int code = SB_EXIT_OK;
    if (!sb_announced_read(&announced, args, &code)) {
        return code;
    }
    const struct sb_verify_store s = {.path = path, .rekeys = announced.rekeys};
    code = sb_apart_run(path, sb_verify_store, &s);
    sb_announced_fini(&announced);
    return code;
}

static int verify(const struct sb_args *args)
{
    const char *store = sb_args_value(args, "store");
    bool evidence = sb_args_has(args, "evidence"), proof = sb_args_has(args, "proof");
    if ((store != NULL) + sb_args_has(args, "file") + evidence + proof != 1) {
        return sb_args_complain(args,
                                "what? --store PATH, --file FILE, --evidence FILE or --proof FILE");
    }
    if (sb_args_has(args, "key") && !evidence && !proof) {
        return sb_args_complain(args, "--key goes with --evidence and --proof");
    }
    if ((sb_args_has(args, "rekey") || sb_args_has(args, "config")) && store == NULL) {
        return sb_args_complain(args, "--rekey and --config go with --store");
    }
    if ((sb_args_has(args, "as-of") || sb_args_has(args, "output")) && !proof) {
        return sb_args_complain(args, "--as-of and -o go with --proof");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    if (evidence) {
        return verify_evidence(args);
    }
    if (proof) {
        return sb_verify_decision(args);
    }
    return store != NULL ? verify_store(args, store) : verify_files(args);
}

const struct sb_command sb_command_verify = {
    .words = "verify",
    .synopsis = "--store PATH [--rekey FILE]... | --file FILE | --evidence FILE | --proof FILE",
    .about = "check every hash, signature and index of a store, an export, or a proof of a fork or "
             "of a decision",
    SB_FLAGS(verify_flags),
    .examples = "  samenbus verify --store /var/lib/samenbus/duoplus/store\n"
                "  samenbus verify --store /var/lib/samenbus/duoplus/store --rekey GM0451.rekey\n"
                "  samenbus verify --file GM0384.sbx --file GM0451.sbx\n"
                "      # ok: 57 events, 4 epochs, 2 origins\n"
                "  samenbus verify --evidence fork.sbp --key keys/GM0384.pub.yaml\n"
                "      # proof: GM0384 signed two histories at 3-9f1c2ab7:57\n"
                "  samenbus verify --proof duo.sbd --key keys/GM0384.pub.yaml\n"
                "      # as of 2015-01-08: adopted, provisional, ended, since 2015-01-08\n",
    .run = verify,
};
