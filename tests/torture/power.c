/* Power cuts: makes the states that a disk may be in after each op of a tape, opens each with the
 * real store, verifies it, and compares it with what had been promised by then.
 *
 *   power TAPE STORE PARTNERSHIP ORG IMAGES SEED [--plant]
 *
 * STORE is its path on the tape. --plant forgets every other sync, by chance: then violations must
 * be found. Exit: 0 none was found (with --plant: some were), 1 otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/store/verify.h"
#include "proto/sign.h"
#include "tests/torture/claims.h"
#include "tests/torture/disk_model.h"

enum { PATH_BYTES = 512, SHOWN = 10, MAP_BYTES = 64 * 1024 * 1024 };

static struct {
    char folder[PATH_BYTES], store[PATH_BYTES], data[PATH_BYTES], lock[PATH_BYTES];
    struct sb_store_options options;
    const char *data_on_tape;
    struct claims claims;
    uint64_t images, absent, violations;
    bool plant;
    char fault[SB_LABEL_MAX + 1];
} run;

static uint64_t random_state;

static uint32_t chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return below == 0 ? 0 : (uint32_t)((random_state >> 20) % below);
}

static void make_folder(void)
{
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(run.folder, sizeof run.folder, "%s/samenbus-power-XXXXXX", base);
    if (mkdtemp(run.folder) == NULL) {
        perror(run.folder);
        exit(1);
    }
    snprintf(run.store, sizeof run.store, "%.400s/store", run.folder);
    snprintf(run.data, sizeof run.data, "%.400s/store/data.mdb", run.folder);
    snprintf(run.lock, sizeof run.lock, "%.400s/store/lock.mdb", run.folder);
}

static void remove_folder(void)
{
    char ours[PATH_BYTES];
    snprintf(ours, sizeof ours, "%.400s/store/lock-samenbus", run.folder);
    unlink(run.data);
    unlink(run.lock);
    unlink(ours);
    rmdir(run.store);
    rmdir(run.folder);
}

/* Puts the image's data file where the store looks for it. */
static void lay_out(const struct model_bytes *data)
{
    (void)unlink(run.lock);
    if (data == NULL) {
        run.absent++;
        (void)unlink(run.data);
        return;
    }
    (void)mkdir(run.store, 0700);
    int fd = open(run.data, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || (data->n > 0 && write(fd, data->p, data->n) != (ssize_t)data->n)) {
        perror(run.data);
        exit(1);
    }
    close(fd);
}

static void on_fault(void *context, const struct sb_export_fault *fault)
{
    (void)context;
    memcpy(run.fault, fault->text, sizeof run.fault);
}

static bool is_sound(char why[static SB_LABEL_MAX + 1])
{
    struct sb_store_verifier to = {.on_fault = on_fault};
    struct sb_store_totals totals = {0};
    struct sb_err err = {0};
    if (sb_store_verify(run.store, &to, &totals, &err) != SB_OK) {
        snprintf(why, SB_LABEL_MAX + 1, "verify: %.150s", err.text);
        return false;
    }
    snprintf(why, SB_LABEL_MAX + 1, "verify: %.150s", run.fault);
    return totals.faults == 0;
}

/* Opens as a daemon would, and asks for everything promised before `op`. */
static bool keeps_promises(size_t op, char why[static SB_LABEL_MAX + 1])
{
    struct sb_store *store = NULL;
    struct sb_err err = {0};
    if (sb_store_open(&store, &run.options, &err) != SB_OK) {
        snprintf(why, SB_LABEL_MAX + 1, "open: %.150s", err.text);
        return false;
    }
    const struct claim *broken = claims_broken(&run.claims, op, store);
    if (broken != NULL) {
        snprintf(why, SB_LABEL_MAX + 1, "%s %u seq %llu, promised at op %zu, is not there",
                 broken->origin.s, broken->epoch.counter, (unsigned long long)broken->seq.n,
                 broken->op);
    }
    sb_store_close(store);
    return broken == NULL;
}

static void try_image(struct model *m, const struct tape_op *flying, size_t op,
                      enum model_style style)
{
    char why[SB_LABEL_MAX + 1];
    model_image(m, flying, style, chance);
    lay_out(model_find(m, run.data_on_tape));
    run.images++;
    if ((!keeps_promises(op, why) || !is_sound(why)) && run.violations++ < SHOWN) {
        printf("violation: cut at op %zu, style %d: %s\n", op, (int)style, why);
    }
}

static bool is_about_disk(const struct tape_op *op)
{
    return op->head.kind != TAPE_SENT && op->head.kind != TAPE_DONE && op->head.kind != TAPE_SYNC;
}

/* The daemon's store when all is done: what the promises are about. */
static void learn_promises(const struct tape *tape)
{
    static struct model end;
    struct sb_store *store;
    struct sb_err err = {0};
    model_init(&end);
    for (size_t i = 0; i < tape->n; i++) {
        model_do(&end, &tape->ops[i]);
    }
    model_image(&end, NULL, MODEL_ALL, chance);
    lay_out(model_find(&end, run.data_on_tape));
    if (sb_store_open(&store, &run.options, &err) != SB_OK) {
        printf("the end of the tape: %s\n", err.text);
        exit(1);
    }
    claims_read(&run.claims, tape, store);
    sb_store_close(store);
}

/* Every op is a place to cut; at each as many images as make the number, of all styles in turn. */
static void cut_everywhere(const struct tape *tape, uint64_t images)
{
    static struct model m;
    model_init(&m);
    uint64_t style = 0;
    for (size_t op = 0; op < tape->n; op++) {
        const struct tape_op *at = &tape->ops[op];
        uint64_t due = images * (op + 1) / tape->n;
        while (run.images < due) {
            const struct tape_op *flying = is_about_disk(at) && chance(2) == 0 ? at : NULL;
            try_image(&m, flying, op, (enum model_style)(style++ % MODEL_STYLES));
        }
        if (!run.plant || at->head.kind != TAPE_SYNC || chance(2) != 0) {
            model_do(&m, at);
        }
    }
}

/* LMDB believes what it maps. */
static void on_crash(int number)
{
    static const char text[] = "violation: the store crashed its reader\n";
    (void)number;
    bool told = write(STDOUT_FILENO, text, sizeof text - 1) > 0;
    remove_folder();
    _exit(told && run.plant ? 0 : 1);
}

int main(int argc, char **argv)
{
    struct tape tape;
    char data_on_tape[PATH_BYTES];
    run.plant = argc == 8 && strcmp(argv[7], "--plant") == 0;
    if ((argc != 7 && !run.plant) || !sb_crypto_init()) {
        fputs("usage: power TAPE STORE PARTNERSHIP ORG IMAGES SEED [--plant]\n", stderr);
        return 64;
    }
    signal(SIGSEGV, on_crash);
    signal(SIGBUS, on_crash);
    signal(SIGABRT, on_crash);
    make_folder();
    tape_read(&tape, argv[1]);
    snprintf(data_on_tape, sizeof data_on_tape, "%.400s/data.mdb", argv[2]);
    run.data_on_tape = data_on_tape;
    run.options.path = run.store;
    run.options.partnership = sb_partnership_hash(argv[3]);
    run.options.max_size = MAP_BYTES;
    sb_org_parse(&run.options.organisation, argv[4], strlen(argv[4]));
    random_state = strtoull(argv[6], NULL, 10) * 0x9e3779b97f4a7c15U + 1;
    learn_promises(&tape);
    cut_everywhere(&tape, strtoull(argv[5], NULL, 10));
    remove_folder();
    printf("%zu ops, %zu promises (%zu acknowledgements), %llu images (%llu without a store), %llu "
           "violations\n",
           tape.n, run.claims.n, run.claims.acknowledged, (unsigned long long)run.images,
           (unsigned long long)run.absent, (unsigned long long)run.violations);
    if (run.claims.acknowledged == 0) {
        printf("violation: nothing was acknowledged on the tape, so nothing was checked\n");
        return 1;
    }
    return (run.violations > 0) == run.plant ? 0 : 1;
}
