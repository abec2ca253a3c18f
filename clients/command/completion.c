/* `samenbus completion SHELL`: words and flags for bash and zsh, from the list of subcommands. */
#include <stdio.h>
#include <string.h>

#include "clients/command/command.h"

/* The same first word once. */
static void print_first_words(void)
{
    const char *before = "";
    for (size_t i = 0; i < sb_n_commands; i++) {
        const char *words = sb_commands[i]->words;
        size_t n = strcspn(words, " ");
        if (strncmp(before, words, n) != 0 || before[n] != words[n]) {
            printf("%.*s ", (int)n, words);
        }
        before = words;
    }
    fputs("help version", stdout);
}

static void print_second_words(const char *first, size_t n)
{
    for (size_t i = 0; i < sb_n_commands; i++) {
        const char *words = sb_commands[i]->words;
        if (strncmp(words, first, n) == 0 && words[n] == ' ') {
            printf("%s ", words + n + 1);
        }
    }
}

static void print_groups(void)
{
    const char *before = "";
    for (size_t i = 0; i < sb_n_commands; i++) {
        const char *words = sb_commands[i]->words;
        size_t n = strcspn(words, " ");
        if (words[n] == ' ' && strncmp(before, words, n + 1) != 0) {
            printf("        %.*s) words=\"", (int)n, words);
            print_second_words(words, n);
            puts("\" ;;");
        }
        before = words;
    }
}

static void print_flags(void)
{
    for (size_t i = 0; i < sb_n_commands; i++) {
        const struct sb_command *c = sb_commands[i];
        printf("        \"%s%s\") flags=\"--help", c->words,
               strchr(c->words, ' ') == NULL ? " \"*\"" : "");
        for (size_t k = 0; k < c->n_flags; k++) {
            printf(" --%s", c->flags[k].name);
        }
        puts("\" ;;");
    }
}

/* Flags after a dash; else the next word of the command, or a file. */
static void print_bash(void)
{
    puts("# samenbus(1): completion for bash; zsh reads it through bashcompinit.\n"
         "_samenbus()\n{\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} words= flags=\n"
         "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in");
    print_flags();
    puts("    esac\n    if [ \"$COMP_CWORD\" = 1 ]; then");
    fputs("        words=\"", stdout);
    print_first_words();
    puts("\"\n    elif [ \"$COMP_CWORD\" = 2 ]; then\n        case ${COMP_WORDS[1]} in");
    print_groups();
    puts("        esac\n    fi\n"
         "    case $word in\n"
         "        -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$word\")) ;;\n"
         "        *) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
         "    esac\n"
         "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "}\n"
         "complete -o filenames -F _samenbus samenbus");
}

static int run_completion(const struct sb_args *args)
{
    static const char *const shells[] = {"bash", "zsh", NULL};
    size_t shell = 0;
    if (args->n_operands > 0 && !sb_args_one_of(args, "", args->operands[0], shells, &shell)) {
        return SB_EXIT_USAGE;
    }
    if (shell == 1) {
        puts("#compdef samenbus\nautoload -U +X bashcompinit && bashcompinit");
    }
    print_bash();
    return SB_EXIT_OK;
}

const struct sb_command sb_command_completion = {
    .words = "completion",
    .synopsis = "[SHELL]",
    .about = "print what bash or zsh needs to complete commands and flags",
    .operands_max = 1,
    .examples = "  source <(samenbus completion bash)\n",
    .run = run_completion,
};
