/* samenbus: the command for people and scripts. A guided tour: commands.h has the list of
 * subcommands, this file finds the one that was typed; args.c reads its flags; each subcommand is a
 * file of its own on top of libsamenbus; show.c prints events; talk.c speaks on stderr. Data goes
 * to stdout, talk to stderr, and the exit code says what became of it. */
#include <assert.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>

#include "clients/command/command.h"
#include "clients/command/talk.h"
#include "proto/suggest.h"

enum { COMMANDS_MAX = 128, WORD_BYTES = 32 };

static void print_overview(FILE *to)
{
    fputs("samenbus: publish to, read from and look after the bus of a partnership\n\n", to);
    for (size_t i = 0; i < sb_n_commands; i++) {
        fprintf(to, "  %-17s  %s\n", sb_commands[i]->words, sb_commands[i]->about);
    }
    fputs("  version            which build this is\n"
          "  help COMMAND       flags and examples of a command; also COMMAND --help\n\n"
          "Exit codes: 0 done, 1 failure, 64 usage, 65 input, 69 daemon not reachable, 74 disk,\n"
          "75 outcome unknown (repeat with the same id), 77 refused, 78 configuration.\n\n"
          "Examples:\n"
          "  samenbus status\n"
          "  samenbus tail -f --topic decision/\n"
          "  samenbus publish proposal.json --ack remote:2\n",
          to);
}

/* How many words of argv name the command; 0: they do not. */
static int match_words(const struct sb_command *command, char **argv, int argc)
{
    const char *space = strchr(command->words, ' ');
    size_t n = space == NULL ? strlen(command->words) : (size_t)(space - command->words);
    if (argc < 1 || strlen(argv[0]) != n || memcmp(argv[0], command->words, n) != 0) {
        return 0;
    }
    if (space == NULL) {
        return 1;
    }
    return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

static bool begins_with_word(const struct sb_command *command, const char *word)
{
    size_t n = strlen(word);
    return strncmp(command->words, word, n) == 0 && command->words[n] == ' ';
}

/* The second word of a command whose first is known. */
static int complain_second(const char *first, const char *second)
{
    struct sb_suggestion s = {.word = second, .n = second == NULL ? 0 : strlen(second)};
    fprintf(stderr, "samenbus %s: say which:", first);
    for (size_t i = 0; i < sb_n_commands; i++) {
        if (begins_with_word(sb_commands[i], first)) {
            const char *word = strchr(sb_commands[i]->words, ' ') + 1;
            fprintf(stderr, " %s", word);
            sb_suggest_offer(&s, word);
        }
    }
    fputc('\n', stderr);
    if (s.best != NULL) {
        fprintf(stderr, "  did you mean samenbus %s %s?\n", first, s.best);
    }
    return SB_EXIT_USAGE;
}

static int complain_unknown(char **argv, int argc)
{
    char words[COMMANDS_MAX][WORD_BYTES];
    assert(sb_n_commands <= COMMANDS_MAX);
    struct sb_suggestion s = {.word = argv[0], .n = strlen(argv[0])};
    sb_suggest_offer(&s, "version");
    sb_suggest_offer(&s, "help");
    for (size_t i = 0; i < sb_n_commands; i++) {
        if (begins_with_word(sb_commands[i], argv[0])) {
            return complain_second(argv[0], argc > 1 ? argv[1] : NULL);
        }
        (void)snprintf(words[i], sizeof words[i], "%.*s", (int)strcspn(sb_commands[i]->words, " "),
                       sb_commands[i]->words);
        sb_suggest_offer(&s, words[i]);
    }
    if (s.best != NULL) {
        sb_talk("unknown command `%s`; did you mean `%s`?", argv[0], s.best);
    } else {
        sb_talk("unknown command `%s`; samenbus --help lists them", argv[0]);
    }
    return SB_EXIT_USAGE;
}

/* What was printed must have arrived: a full disk behind a redirection is a failure. */
static int finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        sb_talk("the output could not be written");
        return code == SB_EXIT_OK ? SB_EXIT_DISK : code;
    }
    return code;
}

static int run(const struct sb_command *command, char **argv, int argc)
{
    struct sb_args args;
    if (!sb_args_read(&args, command, argv, argc)) {
        return command->usage_exit != 0 ? command->usage_exit : SB_EXIT_USAGE;
    }
    if (sb_args_has(&args, "help")) {
        sb_command_help(command);
        return SB_EXIT_OK;
    }
    return command->run(&args);
}

/* The help of a command, of a group of commands, or of everything. */
static int help(char **argv, int argc)
{
    bool found = false;
    for (size_t i = 0; argc > 0 && i < sb_n_commands; i++) {
        bool group = argc == 1 && begins_with_word(sb_commands[i], argv[0]);
        if (group || match_words(sb_commands[i], argv, argc) > 0) {
            fputs(found ? "\n" : "", stdout);
            sb_command_help(sb_commands[i]);
            found = true;
        }
    }
    if (argc > 0 && !found) {
        return complain_unknown(argv, argc);
    }
    if (argc == 0) {
        print_overview(stdout);
    }
    return SB_EXIT_OK;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int dispatch(char **argv, int argc)
{
    for (size_t i = 0; i < sb_n_commands; i++) {
        int words = match_words(sb_commands[i], argv, argc);
        if (words > 0) {
            return run(sb_commands[i], argv + words, argc - words);
        }
    }
    if (is_one_of(argv[0], "--help", "-h") || strcmp(argv[0], "help") == 0) {
        return help(argv + 1, argc - 1);
    }
    if (is_one_of(argv[0], "--version", "version")) {
        puts("samenbus " SAMENBUS_VERSION " (" SAMENBUS_BUILD ")");
        return SB_EXIT_OK;
    }
    if (argc > 1 && is_one_of(argv[1], "--help", "-h")) {
        return help(argv, 1); /* a group: samenbus key --help */
    }
    return complain_unknown(argv, argc);
}

/* libzmq asks for the number of a protocol (of multicast, which nobody uses here), and for that
 * question Debian's nsswitch.conf has a library looked for in a hundred places where it is not.
 * What /etc/protocols says is enough, and a fifteenth of a short command's time less. */
static void keep_to_files(void)
{
    (void)__nss_configure_lookup("protocols", "files");
}

int main(int argc, char **argv)
{
    keep_to_files();
    if (argc < 2) {
        print_overview(stderr);
        return SB_EXIT_USAGE;
    }
    return finish(dispatch(argv + 1, argc - 1));
}
