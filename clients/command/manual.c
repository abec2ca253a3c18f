/* `samenbus manual PAGE`, and samenbus(1) from the list of subcommands. */
#include "clients/command/manual.h"

#include <stdio.h>
#include <string.h>

#include "clients/command/command.h"
#include "clients/command/roff.h"
#include "proto/code.h"

static void print_flag(const struct sb_flag *flag)
{
    char term[80];
    if (flag->letter != 0) {
        (void)snprintf(term, sizeof term, "-%c, --%s", flag->letter, flag->name);
    } else {
        (void)snprintf(term, sizeof term, "--%s", flag->name);
    }
    sb_roff_entry(term, flag->value, flag->help);
}

static void print_command(const struct sb_command *c)
{
    char title[200];
    (void)snprintf(title, sizeof title, "samenbus %s%s%s", c->words, c->synopsis != NULL ? " " : "",
                   c->synopsis != NULL ? c->synopsis : "");
    sb_roff_subheading(title);
    sb_roff_text(c->about);
    for (size_t i = 0; i < c->n_flags; i++) {
        print_flag(&c->flags[i]);
    }
    sb_roff_lines(c->examples);
}

static void print_exit_codes(void)
{
    static const struct {
        const char *code, *meaning;
    } codes[] = {
        {"0", "done"},
        {"1", "failure, or something was found by verify"},
        {"64", "usage"},
        {"65", "the input cannot be read"},
        {"69", "the daemon is not reachable"},
        {"74", "the disk"},
        {"75", "the outcome is unknown: say it again with the same id"},
        {"77", "refused, with a code and a sentence"},
        {"78", "configuration"},
    };
    sb_roff_heading("EXIT STATUS");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        sb_roff_entry(codes[i].code, NULL, codes[i].meaning);
    }
}

static void print_refusals(void)
{
    sb_roff_heading("REFUSALS");
    sb_roff_text("What a daemon does not accept it answers with one of these codes.");
    for (int code = SB_CODE_OK + 1; code < SB_CODE_COUNT; code++) {
        const char *name = sb_code_name((enum sb_code)code);
        if (strcmp(name, sb_code_name(SB_CODE_COUNT)) != 0) { /* numbers may be left out */
            sb_roff_entry(name, NULL, sb_code_sentence((enum sb_code)code));
        }
    }
}

void sb_manual_of_command(void)
{
    sb_roff_begin("samenbus", "1", "publish to, read from and look after the bus of a partnership");
    sb_roff_heading("SYNOPSIS");
    sb_roff_text("samenbus COMMAND [FLAGS] [ARGUMENTS]");
    sb_roff_heading("DESCRIPTION");
    sb_roff_text("samenbus talks to the samenbusd of its own organisation, as the client that its "
                 "configuration names. Data goes to the standard output, talk to the standard "
                 "error; colour is for terminals, and NO_COLOR ends it. samenbus COMMAND --help "
                 "says what is said here of one command.");
    sb_roff_heading("COMMANDS");
    for (size_t i = 0; i < sb_n_commands; i++) {
        print_command(sb_commands[i]);
    }
    print_refusals();
    print_exit_codes();
    sb_roff_heading("ENVIRONMENT");
    sb_roff_entry("SAMENBUS_CONFIG", NULL, "the client file, where --config does not name it");
    sb_roff_entry("LC_ALL, LC_MESSAGES, LANG", NULL,
                  "the first that is set: one of nl gives the terms of tables for people in Dutch");
    sb_roff_entry("NO_COLOR", NULL, "no colour, whatever the output is");
    sb_roff_heading("FILES");
    sb_roff_entry("~/.config/samenbus/client.yaml", NULL, "the client file of a user");
    sb_roff_entry("/etc/samenbus/client.yaml", NULL, "the client file of the machine");
    sb_roff_heading("SEE ALSO");
    sb_roff_text("samenbusd(8), samenbusd.yaml(5)");
}

static int run_manual(const struct sb_args *args)
{
    static const char *const pages[] = {"samenbus", "samenbusd.yaml", "samenbus-events", NULL};
    static void (*const print[])(void) = {sb_manual_of_command, sb_manual_of_config,
                                          sb_manual_of_events};
    size_t page = 0;
    if (args->n_operands > 0 && !sb_args_one_of(args, "", args->operands[0], pages, &page)) {
        return SB_EXIT_USAGE;
    }
    print[page]();
    return SB_EXIT_OK;
}

const struct sb_command sb_command_manual = {
    .words = "manual",
    .synopsis = "[PAGE]",
    .about = "print a manual page, for man -l: samenbus, samenbusd.yaml or samenbus-events",
    .operands_max = 1,
    .examples = "  samenbus manual samenbusd.yaml | man -l -\n",
    .run = run_manual,
};
