/* Passphrases; see passphrase.h. */
#include "clients/command/passphrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "clients/command/talk.h"
#include "proto/sign.h"

/* The line without its end. False: there is none, or it is too long. */
static bool read_line(FILE *from, char out[static SB_PASSPHRASE_BYTES])
{
    if (fgets(out, SB_PASSPHRASE_BYTES, from) == NULL) {
        return false;
    }
    size_t n = strcspn(out, "\r\n");
    bool whole = out[n] != '\0' || feof(from) != 0;
    out[n] = '\0';
    return whole;
}

static bool read_file(const char *path, char out[static SB_PASSPHRASE_BYTES])
{
    FILE *file = fopen(path, "re");
    bool read = file != NULL && read_line(file, out);
    if (!read) {
        sb_talk("%s: %s", path, file == NULL ? strerror(errno) : "no passphrase in its first line");
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return read;
}

static bool ask(FILE *terminal, const char *prompt, char out[static SB_PASSPHRASE_BYTES])
{
    struct termios before, silent;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &before) != 0) {
        return false;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(fd, TCSAFLUSH, &silent); /* before the question, which invites an answer */
    dprintf(fd, "%s: ", prompt);
    bool read = read_line(terminal, out);
    (void)tcsetattr(fd, TCSADRAIN, &before);
    dprintf(fd, "\n");
    return read;
}

static bool ask_again(FILE *terminal, const char *passphrase)
{
    char again[SB_PASSPHRASE_BYTES];
    bool same = ask(terminal, "The same again", again) && strcmp(again, passphrase) == 0;
    sb_wipe(again, sizeof again);
    if (!same) {
        sb_talk("the two are different; nothing was written");
    }
    return same;
}

static bool ask_terminal(bool twice, char out[static SB_PASSPHRASE_BYTES])
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (terminal == NULL) {
        sb_talk("no terminal to ask for the passphrase; give --passphrase-file FILE");
        return false;
    }
    bool got = ask(terminal, "Passphrase", out) && (!twice || ask_again(terminal, out));
    (void)fclose(terminal);
    return got;
}

bool sb_passphrase_get(const struct sb_args *args, bool twice, char out[static SB_PASSPHRASE_BYTES])
{
    const char *file = sb_args_value(args, "passphrase-file");
    if (file != NULL ? !read_file(file, out) : !ask_terminal(twice, out)) {
        return false;
    }
    if (twice && strlen(out) < SB_PASSPHRASE_MIN) {
        sb_talk("a passphrase of %zu characters is guessed in no time; take several words",
                strlen(out));
        return false;
    }
    return true;
}
