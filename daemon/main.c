/* samenbusd: the daemon of one organisation in one partnership. Reads its arguments and its
 * configuration, opens what it is made of, lets the loop run, and turns what went wrong into a
 * sentence and an exit code. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "config/confd.h"
#include "config/files.h"
#include "daemon/core/plant.h"
#include "daemon/shell/guard.h"
#include "daemon/shell/loop.h"
#include "daemon/shell/process.h"
#include "daemon/store/library.h"
#include "proto/failpoint.h"
#include "proto/sign.h"

enum { LINGER_MS = 500 }; /* with SB_SHUTDOWN_MS below five seconds */

static const char help[] =
    "usage: samenbusd [-t] -c FILE\n"
    "Keeps and exchanges the events of one organisation with its partners. Stays in the\n"
    "foreground and talks on stderr: \"ready\" once it serves.\n"
    "\n"
    "  -c FILE     the configuration\n"
    "  -t          only check it: keys, endpoints, partners and file modes too; all mistakes\n"
    "              at once\n"
    "  --version   version and build\n"
    "  --help      this text\n"
    "\n"
    "signals: SIGTERM and SIGINT finish what is under way and stop; SIGHUP takes a changed\n"
    "configuration over, all of it or nothing, and SIGUSR1 and SIGHUP open the event log anew,\n"
    "after it was moved away.\n"
    "exit: 0 stopped or no mistakes, 1 the process that holds the signing key is gone,\n"
    "64 usage, 69 an address cannot be used, 74 disk, 78 configuration or a store that is not\n"
    "for us\n"
    "\n"
    "examples:\n"
    "  samenbusd -t -c /etc/samenbus/duoplus/samenbusd.yaml\n"
    "  samenbusd -c /etc/samenbus/duoplus/samenbusd.yaml\n"
    "  mv events.ndjson events.1 && kill -USR1 $(pidof samenbusd)\n";

struct arguments {
    const char *config;
    bool check_only;
};

static int print_version(void)
{
#ifdef SAMENBUS_TEST_BUILD
    const char *test = "yes";
#else
    const char *test = "no";
#endif
    printf("samenbusd %s\npreset: %s\ntest build: %s\n", SAMENBUS_VERSION, SAMENBUS_BUILD, test);
    return SB_EXIT_OK;
}

/* The places where a test may end a daemon, one a line. */
static int print_failpoints(void)
{
#ifdef SAMENBUS_TEST_BUILD
    for (int i = 0; i < SB_FAILPOINTS_COUNT; i++) {
        puts(sb_failpoint_name((enum sb_failpoint)i));
    }
#endif
    return SB_EXIT_OK;
}

static int misuse(const char *what)
{
    fprintf(stderr, "samenbusd: %s; see samenbusd --help\n", what);
    return SB_EXIT_USAGE;
}

/* Returns the exit code when that is all there is to do, else -1. */
static int read_arguments(struct arguments *out, int argc, char **argv)
{
    static const struct option options[] = {{"version", no_argument, NULL, 'V'},
                                            {"failpoints", no_argument, NULL, 'F'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    for (int c; (c = getopt_long(argc, argv, "c:th", options, NULL)) != -1;) {
        switch (c) {
        case 'c': out->config = optarg; break;
        case 't': out->check_only = true; break;
        case 'V': return print_version();
        case 'F': return print_failpoints();
        case 'h': fputs(help, stdout); return SB_EXIT_OK;
        default: fputs("see samenbusd --help\n", stderr); return SB_EXIT_USAGE;
        }
    }
    if (optind < argc) {
        return misuse("it takes no argument without a dash");
    }
    return out->config == NULL ? misuse("-c FILE is missing") : -1;
}

/* Plants the mistake that a test wants to see found. */
static bool plant_from_environment(void)
{
#ifdef SAMENBUS_TEST_BUILD
    const char *name = getenv("SAMENBUS_PLANT");
    for (int i = SB_PLANT_NONE + 1; name != NULL && i < SB_PLANT_COUNT; i++) {
        if (strcasecmp(name, sb_plant_name((enum sb_plant)i)) == 0) {
            sb_plant_set((enum sb_plant)i);
            return true;
        }
    }
    return name == NULL;
#else
    return true;
#endif
}

/* Everything that is wrong with the file and with what it names, or the configuration. */
static struct sb_config *read_config(const char *path)
{
    struct sb_err err = {0};
    struct sb_config *config = NULL;
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? SB_E_NOMEM : sb_config_load(&config, path, report, &err);
    rc = rc != SB_OK ? rc : sb_config_check_files(config, report, &err);
    if (rc != SB_OK) {
        if (report != NULL) {
            sb_report_print(report, stderr);
        }
        fprintf(stderr, "samenbusd: %s\n", err.text);
        sb_config_free(config);
        config = NULL;
    }
    sb_report_free(report);
    return config;
}

/* Into the log, or, where it is only checked and there is none, on stderr. */
static void tell_unread(const struct sb_config *config, struct sb_log *log)
{
    for (size_t i = 0; i < config->n_unread; i++) {
        char text[SB_CONFD_TEXT_MAX];
        sb_confd_unread_text(text, config->unread[i]);
        if (log != NULL) {
            sb_log_write(log, SB_CONFIG_LOG_WARNING, "%s", text);
        } else {
            fprintf(stderr, "samenbusd: warning: %s\n", text);
        }
    }
}

struct service {
    const struct sb_config *config;
    struct sb_log *log;
    int signals;
    struct sb_news news;
    struct sb_setup setup;
    struct sb_err *err;
};

static enum sb_rc run_service(void *context)
{
    struct service *s = context;
    const struct sb_node_events events = sb_news_events(&s->news);
    enum sb_rc rc = sb_setup_open(&s->setup, s->config, &events, s->err);
    if (rc != SB_OK) {
        return rc;
    }
    if (!sb_signer_is_confined(s->setup.signer)) {
        sb_log_write(s->log, SB_CONFIG_LOG_WARNING,
                     "signing key: this system filters no system calls (seccomp): the process that "
                     "holds it keeps the rights of its user");
    }
    sb_budget_tell(&s->setup.budget, s->log);
    sb_budget_enforce(&s->setup.budget, s->log);
    rc = sb_loop_run(&s->setup, &s->news, s->signals, s->err);
    sb_setup_close(&s->setup, rc == SB_OK ? LINGER_MS : 0);
    return rc;
}

/* Nothing can be closed any more: it might look at the page again. */
static void end_unreadable(struct service *s, enum sb_guard_end how)
{
    static const char cut[] =
        "cannot be read: its disk reports an error, it is damaged, or "
        "somebody cut it short under the running daemon; check the disk, and the store with "
        "`samenbus verify --store`";
    static const char bent[] = "is damaged, and LMDB went astray in it; check the disk and its "
                               "memory, then `samenbus repair --store`, or restore a backup, or "
                               "move the store away: the partners have its history";
    sb_err_set(s->err, SB_E_IO, "store %s: a page of data.mdb %s", s->config->store.path,
               how == SB_GUARD_MISLED ? bent : cut);
    sb_news_end(&s->news, SB_E_IO, s->err->text);
    _exit(SB_EXIT_DISK);
}

static enum sb_rc serve(const struct sb_config *config, struct sb_log *log, struct sb_err *err)
{
    static struct service s;
    enum sb_guard_end end;
    uintptr_t library[2];
    s = (struct service){
        .config = config, .log = log, .signals = sb_process_catch_signals(err), .err = err};
    if (s.signals < 0) {
        return err->rc;
    }
    sb_news_init(&s.news, log, config);
    sb_store_library(library);
    enum sb_rc rc = sb_guard_run(run_service, &s, library, &end);
    if (end != SB_GUARD_RETURNED) {
        end_unreadable(&s, end);
    }
    if (rc != SB_OK) {
        sb_news_end(&s.news, rc, err->text);
    }
    return rc;
}

static int run(const struct sb_config *config)
{
    struct sb_log log;
    struct sb_err err = {0};
    sb_log_init(&log);
    sb_log_configure(&log, &config->log);
    static struct sb_journal journal;
    log.journal = &journal;
    sb_process_forbid_dumps();
    const struct sb_journal_note starts = {SB_HAPPENING_DAEMON_STARTS, "samenbusd", config->file,
                                           SAMENBUS_VERSION, "self"};
    sb_log_tell(&log, SB_CONFIG_LOG_INFO, &starts, "samenbusd %s (%s) starts with %s",
                SAMENBUS_VERSION, SAMENBUS_BUILD, config->file);
    tell_unread(config, &log);
    enum sb_rc rc = serve(config, &log, &err);
    if (rc == SB_OK) {
        sb_log_write(&log, SB_CONFIG_LOG_INFO, "stopped");
    }
    return (int)sb_rc_exit(rc);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    int exit_code = read_arguments(&arguments, argc, argv);
    if (exit_code >= 0) {
        return exit_code;
    }
    if (!sb_crypto_init()) {
        fputs("samenbusd: the system gives no random numbers\n", stderr);
        return SB_EXIT_FAILURE;
    }
    if (!plant_from_environment()) {
        return misuse("SAMENBUS_PLANT names no plant");
    }
    struct sb_config *config = read_config(arguments.config);
    if (config == NULL) {
        return SB_EXIT_CONFIG;
    }
    exit_code = SB_EXIT_OK;
    if (arguments.check_only) {
        tell_unread(config, NULL);
        printf("%s: no mistakes\n", config->file);
    } else {
        exit_code = run(config);
    }
    sb_config_free(config);
    return exit_code;
}
