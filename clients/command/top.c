/* samenbus top: the status on a whole screen, again and again. Plain ANSI on the terminal's other
 * screen, which is left, with its settings, as it was found. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "clients/command/frame.h"
#include "clients/command/show.h"
#include "clients/command/talk.h"

enum { ANSWER_MS = 5000, INTERVAL_MS = 2000, INTERVAL_LEAST_MS = 100, ROWS = 24 };

#define ENTER      "\033[?1049h\033[?25l"
#define LEAVE      "\033[?25h\033[?1049l"
#define HOME       "\033[H"
#define END_LINE   "\033[K\r\n"
#define CLEAR_REST "\033[J"

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"interval", 'n', "TIME", "between two frames (default 2s)"},
    {"once", 0, NULL, "print one frame without control characters and end"},
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

/* A stop would leave the other screen behind. */
static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    sigaction(SIGTSTP, &ignore, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One row stays empty, so that nothing scrolls. */
static size_t rows_of_terminal(void)
{
    struct winsize size;
    size_t rows = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row
                                                                                  : (size_t)ROWS;
    return rows - 1 < SB_FRAME_ROWS_LEAST ? (size_t)SB_FRAME_ROWS_LEAST : rows - 1;
}

/* A daemon that is away is said on the screen, which then shows nothing that is old. */
static void draw(struct sb_client *client, int timeout_ms)
{
    const struct sb_status *status;
    struct sb_err err = {0};
    struct sb_frame_style style = {rows_of_terminal(), END_LINE, true};
    enum sb_rc rc = sb_client_status(client, timeout_ms, &status, &err);
    fputs(HOME, stdout);
    if (rc == SB_OK) {
        sb_frame_print(stdout, status, &style);
    } else {
        char line[SB_SHOW_LINE_BYTES] = "";
        sb_show_field(line, sizeof line, err.text, SB_FRAME_COLUMNS, true);
        printf("%s%s gives no status%s" END_LINE "%s" END_LINE, sb_colour(stdout, SB_RED),
               sb_client_organisation(client), sb_colour(stdout, SB_PLAIN), line);
    }
    fputs(CLEAR_REST, stdout);
    fflush(stdout);
}

/* Until the next frame is due; a `q` ends it. */
static enum sb_rc pause_until(struct sb_client *client, int64_t due_ms, struct sb_err *err)
{
    char key;
    enum sb_rc rc = SB_OK;
    for (int64_t left; rc == SB_OK && ended == 0 && (left = due_ms - now_ms()) > 0;) {
        rc = sb_client_wait(client, STDIN_FILENO, (int)left, err);
        if (read(STDIN_FILENO, &key, 1) == 1 && (key == 'q' || key == 'Q')) {
            ended = 1;
        }
    }
    return rc;
}

static int watch(struct sb_client *client, int interval_ms)
{
    struct termios before, keys;
    struct sb_err err = {0};
    enum sb_rc rc = SB_OK;
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        sb_talk("the keyboard is no terminal; --once prints one frame");
        return SB_EXIT_USAGE;
    }
    catch_signals();
    keys = before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keys.c_cc[VMIN] = 0; /* a read gives what is there, and does not wait */
    keys.c_cc[VTIME] = 0;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    fputs(ENTER, stdout);
    while (rc == SB_OK && ended == 0) {
        int64_t due = now_ms() + interval_ms;
        draw(client, interval_ms < ANSWER_MS ? interval_ms + 1000 : ANSWER_MS);
        rc = pause_until(client, due, &err);
    }
    fputs(LEAVE, stdout);
    fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
    return rc == SB_OK ? SB_EXIT_OK : sb_talk_error(rc, &err);
}

static int print_once(struct sb_client *client)
{
    const struct sb_status *status;
    struct sb_err err = {0};
    const struct sb_frame_style style = {0, "\n", false};
    enum sb_rc rc = sb_client_status(client, ANSWER_MS, &status, &err);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    sb_frame_print(stdout, status, &style);
    return SB_EXIT_OK;
}

static int top(const struct sb_args *args)
{
    uint64_t interval = INTERVAL_MS;
    struct sb_client *client;
    bool once = sb_args_has(args, "once");
    if (!sb_args_duration(args, "interval", &interval)) {
        return SB_EXIT_USAGE;
    }
    if (interval < INTERVAL_LEAST_MS || interval > 3600 * 1000) {
        return sb_args_complain(args, "--interval: from 100ms to 1h");
    }
    if (!once && isatty(STDOUT_FILENO) == 0) {
        return sb_args_complain(args, "the output is no terminal; --once prints one frame");
    }
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code == SB_EXIT_OK) {
        code = once ? print_once(client) : watch(client, (int)interval);
    }
    sb_client_close(client);
    return code;
}

const struct sb_command sb_command_top = {
    .words = "top",
    .about = "show the status on a whole screen, again and again; q ends it",
    SB_FLAGS(flags),
    .examples = "  samenbus top\n"
                "  samenbus top --interval 500ms\n"
                "  samenbus top --once\n",
    .run = top,
};
