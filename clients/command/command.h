/* What a subcommand is: words, flags and what runs; a file for each. args.c reads what was typed.
 */
#ifndef SB_CLIENTS_COMMAND_COMMAND_H
#define SB_CLIENTS_COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients/command/commands.h"
#include "proto/ids.h"
#include "proto/rc.h"

enum { SB_ARGS_GIVEN_MAX = 256 };

struct sb_flag {
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    const char *value; /* what its value is called; NULL: it has none */
    const char *help;
};

struct sb_given {
    const struct sb_flag *flag;
    const char *value; /* NULL where the flag has none */
};

struct sb_args {
    const struct sb_command *command;
    struct sb_given given[SB_ARGS_GIVEN_MAX];
    size_t n_given;
    char **operands;
    size_t n_operands;
};

struct sb_command {
    const char *words;    /* "key gen" */
    const char *synopsis; /* behind the words; NULL: flags alone */
    const char *about;    /* one sentence */
    const struct sb_flag *flags;
    size_t n_flags;
    size_t operands_max;
    const char *examples;                   /* lines that can be typed as they are */
    int (*run)(const struct sb_args *args); /* returns the exit code */
    int usage_exit;                         /* of flags that are wrong; 0: SB_EXIT_USAGE */
};

#define SB_FLAGS(flags_) .flags = (flags_), .n_flags = sizeof(flags_) / sizeof((flags_)[0])

/* Flags that mean the same everywhere. */
#define SB_FLAG_CONFIG                                                                             \
    {                                                                                              \
        "config", 'c', "FILE", "the client file (else SAMENBUS_CONFIG, ~/.config/samenbus, /etc)"  \
    }

#define SB_COMMAND_DECLARE(name) extern const struct sb_command sb_command_##name;
SB_COMMANDS(SB_COMMAND_DECLARE)
#undef SB_COMMAND_DECLARE

extern const struct sb_command *const sb_commands[];
extern const size_t sb_n_commands;

/* Takes argv behind the words apart. False after a complaint on stderr. Flags come anywhere; what
 * follows "--" are operands. */
bool sb_args_read(struct sb_args *out, const struct sb_command *command, char **argv, int argc);

/* The last value given for the flag; NULL when it was not given. */
const char *sb_args_value(const struct sb_args *args, const char *flag);
bool sb_args_has(const struct sb_args *args, const char *flag);
/* The next value of a flag that may be repeated; *at starts at 0. NULL: no more. */
const char *sb_args_next(const struct sb_args *args, const char *flag, size_t *at);

/* These complain on stderr and return false when the value is not what it must be; without the flag
 * *out stays as it is. */
bool sb_args_number(const struct sb_args *args, const char *flag, uint64_t min, uint64_t max,
                    uint64_t *out);
bool sb_args_duration(const struct sb_args *args, const char *flag, uint64_t *out_ms);
bool sb_args_org(const struct sb_args *args, const char *flag, struct sb_org *out);
/* Is `text` one of `words` (ends with NULL)? *out is its index. Else a complaint that begins with
 * `subject` and names the nearest. */
bool sb_args_one_of(const struct sb_args *args, const char *subject, const char *text,
                    const char *const *words, size_t *out);
/* The flag's value as one of `words`, where it is given. */
bool sb_args_word(const struct sb_args *args, const char *flag, const char *const *words,
                  size_t *out);

/* "samenbus tail: ...; see samenbus tail --help"; returns the exit code. */
int sb_args_complain(const struct sb_args *args, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void sb_command_help(const struct sb_command *command); /* on stdout */

#endif
