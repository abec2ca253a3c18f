/* samenbus reload and samenbus peer retry: orders to the running daemon. */
#include <stdio.h>
#include <string.h>

#include "clients/command/talk.h"
#include "clients/lib/administer.h"
#include "proto/text.h"

enum { ANSWER_MS = 10000 };

static const struct sb_flag reload_flags[] = {
    SB_FLAG_CONFIG,
    {"dry-run", 'n', NULL, "only say what would change, or what is wrong"},
};

static const struct sb_flag retry_flags[] = {SB_FLAG_CONFIG};

static int exit_of(enum sb_admin_outcome outcome)
{
    switch (outcome) {
    case SB_ADMIN_DONE: return SB_EXIT_OK;
    case SB_ADMIN_MISTAKES:
    case SB_ADMIN_RESTART: return SB_EXIT_CONFIG;
    case SB_ADMIN_UNKNOWN: return SB_EXIT_REFUSED;
    case SB_ADMIN_FAILED: break;
    }
    return SB_EXIT_FAILURE;
}

/* Differences are data, mistakes are talk. What comes from the daemon is escaped, line by line. */
static void print_lines(const struct sb_administered *a)
{
    FILE *to = a->outcome == SB_ADMIN_DONE ? stdout : stderr;
    for (const char *line = a->text; *line != '\0';) {
        char shown[2048];
        size_t n = strcspn(line, "\n");
        (void)sb_text_escape(shown, sizeof shown, (struct sb_bytes){(const uint8_t *)line, n});
        fprintf(to, "%s\n", shown);
        line += n;
        line += *line == '\n';
    }
}

static int give(const struct sb_args *args, const struct sb_admin *order)
{
    struct sb_client *client;
    const struct sb_administered *answer = NULL;
    struct sb_err err = {0};
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_client_administer(client, order, ANSWER_MS, &answer, &err);
    if (rc == SB_OK) {
        print_lines(answer);
        code = exit_of(answer->outcome);
    } else {
        code = sb_talk_error(rc, &err);
    }
    sb_client_close(client);
    return code;
}

static int reload(const struct sb_args *args)
{
    const struct sb_admin order = {.order = SB_ADMIN_RELOAD,
                                   .dry_run = sb_args_has(args, "dry-run")};
    return give(args, &order);
}

const struct sb_command sb_command_reload = {
    .words = "reload",
    .about = "put a changed configuration in force, all of it or nothing, while the daemon runs",
    SB_FLAGS(reload_flags),
    .examples = "  samenbus reload --dry-run   # what would change\n"
                "  samenbus reload             # + partner GM0451, ~ log.level: info -> debug\n"
                "  # links to partners who stay are not dropped; where a key was taken out, those\n"
                "  # who called us come back within a second and miss nothing\n",
    .run = reload,
};

static int retry(const struct sb_args *args)
{
    struct sb_admin order = {.order = SB_ADMIN_RETRY};
    if (args->n_operands != 1) {
        return sb_args_complain(args, "name one partner");
    }
    const char *org = args->operands[0];
    if (!sb_org_parse(&order.peer, org, strlen(org))) {
        return sb_args_complain(
            args, "%s: an organisation is 2 to 32 of A-Z, 0-9 and -, such as GM0384", org);
    }
    return give(args, &order);
}

const struct sb_command sb_command_peer_retry = {
    .words = "peer retry",
    .synopsis = "ORG",
    .about = "call a partner at once, instead of after the pause that the daemon makes",
    SB_FLAGS(retry_flags),
    .operands_max = 1,
    .examples = "  samenbus peer retry GM0451\n",
    .run = retry,
};
