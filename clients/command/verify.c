/* samenbus verify: derives again everything that an export or a store says. A store is read in a
 * child process, for a damaged file can crash the library that reads it. No daemon is needed, and
 * one may run beside it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/command/talk.h"
#include "clients/command/verify_store.h"
#include "proto/export.h"
#include "proto/sign.h"
#include "proto/text.h"

static const struct sb_flag verify_flags[] = {
    {"store", 0, "PATH", "a daemon's store: the folder; the daemon may be running"},
    {"file", 0, "FILE", "an export; may be repeated"},
};

struct sums {
    uint64_t events, epochs, origins;
};

void sb_verify_print_fault(void *context, const struct sb_export_fault *f)
{
    char epoch[SB_EPOCH_TEXT_MAX], place[SB_EPOCH_TEXT_MAX + 24] = "-", text[2 * SB_LABEL_MAX];
    (void)context;
    if (f->epoch.counter != 0) {
        sb_epoch_format(epoch, f->epoch, 8);
        (void)snprintf(place, sizeof place, "%s:%" PRIu64, epoch, f->seq.n);
    }
    (void)sb_text_escape(text, sizeof text,
                         (struct sb_bytes){(const uint8_t *)f->text, strlen(f->text)});
    printf("fault %s %s %s: %s\n", f->origin.s[0] != '\0' ? f->origin.s : "-", place,
           sb_fault_name(f->fault), text);
}

static int print_ok(const struct sums *s)
{
    printf("ok: %" PRIu64 " events, %" PRIu64 " epochs, %" PRIu64 " origins\n", s->events,
           s->epochs, s->origins);
    return SB_EXIT_OK;
}

/* ---- files */

/* The whole file in memory, or an error that names it. */
static enum sb_rc map_file(const char *path, const uint8_t **out, size_t *n, struct sb_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum sb_rc rc = sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    *n = (size_t)st.st_size;
    void *p = *n == 0 ? NULL : mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    *out = p == MAP_FAILED ? NULL : p;
    return p == MAP_FAILED ? sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno)) : SB_OK;
}

/* Adds what the file holds; *faults grows by what is wrong with it. */
static enum sb_rc verify_file(const char *path, struct sums *sums, uint64_t *faults,
                              struct sb_err *err)
{
    const uint8_t *file = NULL;
    size_t n = 0;
    struct sb_export_totals totals = {0};
    enum sb_rc rc = map_file(path, &file, &n, err);
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

/* ---- a store */

/* What became of the child. */
static int judge_child(const char *path, int state)
{
    if (WIFEXITED(state)) {
        return WEXITSTATUS(state);
    }
    printf("fault - - %s: reading %s ended with signal %d (%s)\n", sb_fault_name(SB_FAULT_BAD_FILE),
           path, WTERMSIG(state), strsignal(WTERMSIG(state)));
    return SB_EXIT_FAILURE;
}

static int verify_store_apart(const char *path)
{
    int state = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int code = sb_verify_store(path);
        fflush(stdout);
        _exit(code);
    }
    while (child > 0 && waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    if (child < 0) {
        sb_talk("start a process: %s", strerror(errno));
        return SB_EXIT_FAILURE;
    }
    return judge_child(path, state);
}

static int verify(const struct sb_args *args)
{
    const char *store = sb_args_value(args, "store");
    if ((store != NULL) == sb_args_has(args, "file")) {
        return sb_args_complain(args, "what? --store PATH or --file FILE");
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    return store != NULL ? verify_store_apart(store) : verify_files(args);
}

const struct sb_command sb_command_verify = {
    .words = "verify",
    .synopsis = "--store PATH | --file FILE",
    .about = "check every hash, signature and index of a store, or of exported histories",
    SB_FLAGS(verify_flags),
    .examples = "  samenbus verify --store /var/lib/samenbus/store\n"
                "  samenbus verify --file GM0384.sbx --file GM0451.sbx\n"
                "      # ok: 57 events, 4 epochs, 2 origins\n",
    .run = verify,
};
