/* A child process for a store's files; see apart.h. */
#include "clients/command/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients/command/talk.h"
#include "config/config.h"
#include "proto/segment.h"

static int read_config(const char *file, char path[static SB_APART_PATH_BYTES])
{
    struct sb_err err = {0};
    struct sb_config *config = NULL;
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(&err, SB_E_NOMEM, "no memory")
                                   : sb_config_load(&config, file, report, &err);
    if (rc == SB_OK) {
        (void)snprintf(path, SB_APART_PATH_BYTES, "%s", config->store.path);
    } else if (report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_config_free(config);
    sb_report_free(report);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

bool sb_apart_store(const struct sb_args *args, char path[static SB_APART_PATH_BYTES],
                    int *exit_code)
{
    const char *store = sb_args_value(args, "store"), *file = sb_args_value(args, "config");
    if ((store == NULL) == (file == NULL)) {
        *exit_code = sb_args_complain(args, "which store? --store PATH or --config samenbusd.yaml");
        return false;
    }
    if (store == NULL) {
        *exit_code = read_config(file, path);
        return *exit_code == SB_EXIT_OK;
    }
    size_t n = strlen(store);
    while (n > 1 && store[n - 1] == '/') {
        n--;
    }
    (void)snprintf(path, SB_APART_PATH_BYTES, "%.*s", (int)n, store);
    return true;
}

void sb_apart_advise(const char *path)
{
    sb_talk("%s is cut short, or damaged where no place can be named; it is left as it is. Take "
            "another backup, or move it away and start samenbusd with an empty store: the partners "
            "have its history",
            path);
}

/* What became of the child. */
static int judge_child(const char *path, int state)
{
    if (WIFEXITED(state)) {
        return WEXITSTATUS(state);
    }
    printf("fault - - %s: reading %s ended with signal %d (%s)\n", sb_fault_name(SB_FAULT_BAD_FILE),
           path, WTERMSIG(state), strsignal(WTERMSIG(state)));
    fflush(stdout);
    sb_apart_advise(path);
    return SB_EXIT_FAILURE;
}

int sb_apart_run(const char *path, int (*work)(const void *context), const void *context)
{
    int state = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int code = work(context);
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

void sb_apart_discard(const char *partial)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "lock-samenbus"};
    int folder = open(partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; folder >= 0 && i < sizeof names / sizeof *names; i++) {
        (void)unlinkat(folder, names[i], 0);
    }
    if (folder >= 0) {
        close(folder);
        (void)rmdir(partial);
    }
}
