/* samenbus backup: a copy of a store beside its running daemon. It is made under another name, is
 * verified, and gets its own name only then: a backup that is there is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/announced.h"
#include "clients/command/apart.h"
#include "clients/command/talk.h"
#include "clients/command/verify_backup.h"
#include "proto/sign.h"

static const struct sb_flag backup_flags[] = {SB_FLAG_DAEMON, SB_FLAG_STORE, SB_FLAG_REKEY};

static bool sync_parent(const char *path)
{
    char parent[SB_APART_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
    (void)snprintf(parent, sizeof parent, "%.*s", n, slash == NULL ? "." : path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced;
}

/* The verification left LMDB's lock file behind, which is of no use in a backup. */
static int finish_backup(const struct sb_verify_backup *b)
{
    char lock[SB_APART_PATH_BYTES + 16];
    (void)snprintf(lock, sizeof lock, "%s/lock.mdb", b->partial);
    (void)unlink(lock);
    /* RENAME_NOREPLACE: an empty folder of that name, made meanwhile, is not ours either */
    if (renameat2(AT_FDCWD, b->partial, AT_FDCWD, b->name, RENAME_NOREPLACE) != 0 ||
        !sync_parent(b->name)) {
        sb_talk("%s: %s", b->name, strerror(errno));
        return SB_EXIT_DISK;
    }
    sb_talk("to restore it: stop samenbusd, move its store away, `cp -r %s %s`, start; what the "
            "backup lacks comes back from the partners",
            b->name, b->store);
    return SB_EXIT_OK;
}

static int make_backup(const char *store, const char *name, const struct sb_rekeys *rekeys)
{
    char partial[SB_APART_PATH_BYTES + 32];
    (void)snprintf(partial, sizeof partial, "%s.partial-%ld", name, (long)getpid());
    const struct sb_verify_backup b = {
        .store = store, .partial = partial, .name = name, .rekeys = *rekeys};
    int code = sb_apart_run(store, sb_verify_backup, &b);
    if (code == SB_EXIT_OK) {
        code = finish_backup(&b);
    }
    if (code != SB_EXIT_OK) {
        sb_apart_discard(partial);
    }
    return code;
}

static int backup(const struct sb_args *args)
{
    char store[SB_APART_PATH_BYTES], name[SB_APART_PATH_BYTES];
    int code = SB_EXIT_OK;
    struct stat st;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name the folder that the backup is to be");
    }
    if (!sb_apart_store(args, store, &code)) {
        return code;
    }
    size_t n = strlen(args->operands[0]);
    while (n > 1 && args->operands[0][n - 1] == '/') {
        n--;
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)n, args->operands[0]);
    if (lstat(name, &st) == 0) {
        sb_talk("%s exists; a backup is never overwritten", name);
        return SB_EXIT_INPUT;
    }
    if (!sb_crypto_init()) {
        sb_talk("the system gives no random numbers");
        return SB_EXIT_FAILURE;
    }
    struct sb_announced announced;
    if (!sb_announced_read(&announced, args, &code)) {
        return code;
    }
    code = make_backup(store, name, &announced.rekeys);
    sb_announced_fini(&announced);
    return code;
}

const struct sb_command sb_command_backup = {
    .words = "backup",
    .synopsis = "DIR --config samenbusd.yaml | --store PATH [--rekey FILE]...",
    .about = "copy a store, while its daemon runs, and verify the copy",
    SB_FLAGS(backup_flags),
    .operands_max = 1,
    .examples =
        "  samenbus backup -c /etc/samenbus/duoplus/samenbusd.yaml /backup/samenbus-$(date +%F)\n"
        "      # backup: /backup/samenbus-2026-11-23: GM0384, 57 events, 4 epochs, ...\n",
    .run = backup,
};
