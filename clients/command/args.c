/* What was typed: flags, their values, operands, and the nearest known flag where one is unknown.
 */
#include "clients/command/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/quantity.h"
#include "proto/suggest.h"
#include "proto/text.h"

static const struct sb_flag help_flag = {"help", 'h', NULL, "this text"};

int sb_args_complain(const struct sb_args *args, const char *fmt, ...)
{
    char text[512], shown[600];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    (void)sb_text_escape(shown, sizeof shown, (struct sb_bytes){(const uint8_t *)text, length});
    fprintf(stderr, "samenbus %s: %s\n  see samenbus %s --help\n", args->command->words, shown,
            args->command->words);
    return args->command->usage_exit != 0 ? args->command->usage_exit : SB_EXIT_USAGE;
}

/* The i-th flag of a command; --help comes behind its own. */
static const struct sb_flag *flag_at(const struct sb_command *command, size_t i)
{
    return i < command->n_flags ? &command->flags[i] : i == command->n_flags ? &help_flag : NULL;
}

static const struct sb_flag *find_long(const struct sb_command *command, const char *name, size_t n)
{
    const struct sb_flag *flag;
    for (size_t i = 0; (flag = flag_at(command, i)) != NULL; i++) {
        if (strlen(flag->name) == n && memcmp(flag->name, name, n) == 0) {
            return flag;
        }
    }
    return NULL;
}

static const struct sb_flag *find_short(const struct sb_command *command, char letter)
{
    const struct sb_flag *flag;
    for (size_t i = 0; (flag = flag_at(command, i)) != NULL; i++) {
        if (flag->letter == letter) {
            return flag;
        }
    }
    return NULL;
}

static bool complain_unknown(const struct sb_args *args, const char *name, size_t n)
{
    struct sb_suggestion s = {.word = name, .n = n};
    const struct sb_flag *flag;
    for (size_t i = 0; (flag = flag_at(args->command, i)) != NULL; i++) {
        sb_suggest_offer(&s, flag->name);
    }
    if (s.best != NULL) {
        sb_args_complain(args, "unknown flag --%.*s; did you mean --%s?", (int)n, name, s.best);
    } else {
        sb_args_complain(args, "unknown flag --%.*s", (int)n, name);
    }
    return false;
}

static bool keep(struct sb_args *args, const struct sb_flag *flag, const char *value)
{
    if (args->n_given == SB_ARGS_GIVEN_MAX) {
        sb_args_complain(args, "more than %d flags", SB_ARGS_GIVEN_MAX);
        return false;
    }
    args->given[args->n_given++] = (struct sb_given){flag, value};
    return true;
}

/* --name, --name=value, --name value; *used counts the words. */
static bool read_long(struct sb_args *args, const char *word, const char *next, int *used)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t n = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const struct sb_flag *flag = find_long(args->command, name, n);
    const char *value = equals == NULL ? NULL : equals + 1;
    if (flag == NULL) {
        return complain_unknown(args, name, n);
    }
    if (flag->value == NULL && value != NULL) {
        sb_args_complain(args, "--%s takes no value", flag->name);
        return false;
    }
    if (flag->value != NULL && value == NULL) {
        value = next;
        *used = 2;
        if (value == NULL) {
            sb_args_complain(args, "--%s needs a value: --%s %s", flag->name, flag->name,
                             flag->value);
            return false;
        }
    }
    return keep(args, flag, value);
}

/* -f, -fo json, -ojson */
static bool read_short(struct sb_args *args, const char *word, const char *next, int *used)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        const struct sb_flag *flag = find_short(args->command, *letter);
        if (flag == NULL) {
            sb_args_complain(args, "unknown flag -%c", *letter);
            return false;
        }
        if (flag->value == NULL) {
            if (!keep(args, flag, NULL)) {
                return false;
            }
            continue;
        }
        if (letter[1] == '\0' && next == NULL) {
            sb_args_complain(args, "-%c needs a value: -%c %s", *letter, *letter, flag->value);
            return false;
        }
        *used = letter[1] == '\0' ? 2 : 1;
        return keep(args, flag, letter[1] == '\0' ? next : letter + 1);
    }
    return true;
}

bool sb_args_read(struct sb_args *out, const struct sb_command *command, char **argv, int argc)
{
    *out = (struct sb_args){.command = command, .operands = argv};
    bool flags = true;
    for (int i = 0; i < argc;) {
        char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        int used = 1;
        if (flags && strcmp(word, "--") == 0) {
            flags = false;
        } else if (!flags || word[0] != '-' || word[1] == '\0') {
            out->operands[out->n_operands++] = word; /* never ahead of i */
        } else if (word[1] == '-' ? !read_long(out, word, next, &used)
                                  : !read_short(out, word, next, &used)) {
            return false;
        }
        i += used;
    }
    if (out->n_operands > command->operands_max && !sb_args_has(out, "help")) {
        sb_args_complain(out, "what is `%s` for?", out->operands[command->operands_max]);
        return false;
    }
    return true;
}

const char *sb_args_next(const struct sb_args *args, const char *flag, size_t *at)
{
    while (*at < args->n_given) {
        const struct sb_given *g = &args->given[(*at)++];
        if (strcmp(g->flag->name, flag) == 0) {
            return g->value;
        }
    }
    return NULL;
}

const char *sb_args_value(const struct sb_args *args, const char *flag)
{
    const char *value = NULL, *next;
    for (size_t at = 0; (next = sb_args_next(args, flag, &at)) != NULL;) {
        value = next;
    }
    return value;
}

bool sb_args_has(const struct sb_args *args, const char *flag)
{
    for (size_t i = 0; i < args->n_given; i++) {
        if (strcmp(args->given[i].flag->name, flag) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- values */

bool sb_args_number(const struct sb_args *args, const char *flag, uint64_t min, uint64_t max,
                    uint64_t *out)
{
    const char *text = sb_args_value(args, flag);
    if (text == NULL) {
        return true;
    }
    static const struct sb_unit none[] = {{"", 1}, {NULL, 0}};
    if (sb_quantity_parse(out, text, strlen(text), none) && *out >= min && *out <= max) {
        return true;
    }
    sb_args_complain(args, "--%s %s: not a number from %llu to %llu", flag, text,
                     (unsigned long long)min, (unsigned long long)max);
    return false;
}

bool sb_args_duration(const struct sb_args *args, const char *flag, uint64_t *out_ms)
{
    const char *text = sb_args_value(args, flag);
    if (text == NULL || sb_quantity_parse(out_ms, text, strlen(text), sb_units_duration)) {
        return true;
    }
    sb_args_complain(args, "--%s %s: write a time such as 500ms, 10s, 2min, 1h, 3d", flag, text);
    return false;
}

bool sb_args_org(const struct sb_args *args, const char *flag, struct sb_org *out)
{
    const char *text = sb_args_value(args, flag);
    if (text == NULL || sb_org_parse(out, text, strlen(text))) {
        return true;
    }
    sb_args_complain(args, "--%s %s: an organisation is 2 to 32 of A-Z, 0-9 and -, such as GM0384",
                     flag, text);
    return false;
}

bool sb_args_one_of(const struct sb_args *args, const char *subject, const char *text,
                    const char *const *words, size_t *out)
{
    char all[128] = "";
    struct sb_suggestion near = {.word = text, .n = strlen(text)};
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return true;
        }
        sb_suggest_offer(&near, words[i]);
        size_t n = strlen(all);
        (void)snprintf(all + n, sizeof all - n, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    sb_args_complain(args, "%s%s%s: one of %s%s%s%s", subject, *subject == '\0' ? "" : " ", text,
                     all, near.best != NULL ? "; did you mean " : "",
                     near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
    return false;
}

bool sb_args_word(const struct sb_args *args, const char *flag, const char *const *words,
                  size_t *out)
{
    const char *text = sb_args_value(args, flag);
    char subject[64];
    (void)snprintf(subject, sizeof subject, "--%s", flag);
    return text == NULL || sb_args_one_of(args, subject, text, words, out);
}

/* ---- help */

void sb_command_help(const struct sb_command *command)
{
    printf("samenbus %s%s%s\n  %s\n\n", command->words, command->synopsis != NULL ? " " : "",
           command->synopsis != NULL ? command->synopsis : "", command->about);
    const struct sb_flag *flag;
    for (size_t i = 0; (flag = flag_at(command, i)) != NULL; i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%c%c%s --%s%s%s", flag->letter != 0 ? '-' : ' ',
                       flag->letter != 0 ? flag->letter : ' ', flag->letter != 0 ? "," : " ",
                       flag->name, flag->value != NULL ? " " : "",
                       flag->value != NULL ? flag->value : "");
        printf("  %-28s %s\n", left, flag->help);
    }
    printf("\nExamples:\n%s", command->examples);
}
