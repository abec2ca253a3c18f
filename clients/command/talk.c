/* Talk on stderr; see talk.h. */
#include "clients/command/talk.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/text.h"

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EVERY_MS = 200 };

void sb_talk(const char *fmt, ...)
{
    char text[1024], shown[2048];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    (void)sb_text_escape(shown, sizeof shown, (struct sb_bytes){(const uint8_t *)text, length});
    fprintf(stderr, "%ssamenbus:%s %s\n", sb_colour(stderr, SB_BOLD), sb_colour(stderr, SB_PLAIN),
            shown);
}

int sb_talk_error(enum sb_rc rc, const struct sb_err *err)
{
    sb_talk("%s", err->text);
    return (int)sb_rc_exit(rc);
}

const char *sb_colour(FILE *to, enum sb_colour colour)
{
    static const char *const sequences[] = {
        [SB_PLAIN] = "\033[0m", [SB_BOLD] = "\033[1m",   [SB_DIM] = "\033[2m",
        [SB_RED] = "\033[31m",  [SB_GREEN] = "\033[32m", [SB_YELLOW] = "\033[33m",
    };
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool wanted = (no == NULL || *no == '\0') && isatty(fileno(to)) != 0 &&
                  (terminal == NULL || strcmp(terminal, "dumb") != 0);
    return wanted ? sequences[colour] : "";
}

int sb_talk_open(const struct sb_args *args, int timeout_ms, struct sb_client **out)
{
    struct sb_err err = {0};
    enum sb_rc rc = sb_client_open(out, sb_args_value(args, "config"), stderr, &err);
    if (rc == SB_OK) {
        rc = sb_client_connect(*out, timeout_ms, &err);
    }
    if (rc == SB_OK) {
        return SB_EXIT_OK;
    }
    sb_client_close(*out);
    *out = NULL;
    return sb_talk_error(rc, &err);
}

/* ---- progress */

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sb_progress_begin(struct sb_progress *p, const char *what)
{
    *p = (struct sb_progress){.what = what, .begun_ms = now_ms()};
}

void sb_progress_show(struct sb_progress *p, uint64_t done, uint64_t total)
{
    int64_t now = now_ms();
    if (now - p->begun_ms < PROGRESS_AFTER_MS || now - p->shown_ms < PROGRESS_EVERY_MS ||
        isatty(STDERR_FILENO) == 0) {
        return;
    }
    p->shown_ms = now;
    fprintf(stderr, "\r%s: %" PRIu64, p->what, done);
    if (total > 0) {
        fprintf(stderr, " of %" PRIu64 " (%" PRIu64 "%%)", total, done * 100 / total);
    }
    fputs("\033[K", stderr);
}

void sb_progress_end(struct sb_progress *p)
{
    if (p->shown_ms != 0) {
        fputs("\r\033[K", stderr);
    }
}
