/* Samples of a store's size; see growth.h. The file is one line:
 *     samenbus-store-growth-1 STORE MS BYTES MS BYTES */
#include "clients/command/growth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/check.h"

enum {
    MS_PER_DAY = 24 * 3600 * 1000,
    PATH_BYTES = 4096,
    OF_STORE = 16 /* digits: the half of an id that stays when the daemon starts anew */
};

bool sb_growth_parse(struct sb_growth *out, const char *text)
{
    struct sb_growth g = {.store = ""};
    int end = 0;
    int n = sscanf(
        text, "samenbus-store-growth-1 %63s %" SCNd64 " %" SCNu64 " %" SCNd64 " %" SCNu64 " %n",
        g.store, &g.older.time_ms, &g.older.bytes, &g.newer.time_ms, &g.newer.bytes, &end);
    bool good =
        n == 5 && text[end] == '\0' && g.older.time_ms > 0 && g.newer.time_ms >= g.older.time_ms;
    *out = good ? g : (struct sb_growth){.store = ""};
    return good;
}

size_t sb_growth_format(char out[static SB_GROWTH_TEXT_BYTES], const struct sb_growth *g)
{
    int n = snprintf(out, SB_GROWTH_TEXT_BYTES,
                     "samenbus-store-growth-1 %s %" PRId64 " %" PRIu64 " %" PRId64 " %" PRIu64 "\n",
                     g->store, g->older.time_ms, g->older.bytes, g->newer.time_ms, g->newer.bytes);
    return n < 0 ? 0 : (size_t)n;
}

void sb_growth_add(struct sb_growth *g, const char *store, struct sb_growth_sample now)
{
    bool anew = strncmp(g->store, store, OF_STORE) != 0 || g->older.time_ms == 0 ||
                now.time_ms < g->newer.time_ms || now.bytes < g->older.bytes;
    if (anew) {
        *g = (struct sb_growth){.older = now, .newer = now};
        (void)snprintf(g->store, sizeof g->store, "%s", store);
    } else if (now.time_ms - g->newer.time_ms >= SB_GROWTH_WINDOW_MS) {
        g->older = g->newer;
        g->newer = now;
    } else if (g->newer.time_ms == g->older.time_ms &&
               now.time_ms - g->older.time_ms >= SB_GROWTH_LEAST_MS) {
        g->newer = now;
    }
}

uint64_t sb_growth_days(const struct sb_growth *g, struct sb_growth_sample now, uint64_t max)
{
    int64_t passed = now.time_ms - g->older.time_ms;
    if (g->older.time_ms == 0 || passed < SB_GROWTH_LEAST_MS || max == 0) {
        return SB_DAYS_UNKNOWN;
    }
    if (now.bytes >= max) {
        return 0;
    }
    if (now.bytes <= g->older.bytes) {
        return SB_DAYS_NEVER;
    }
    double per_day = (double)(now.bytes - g->older.bytes) / (double)passed * (double)MS_PER_DAY;
    double days = (double)(max - now.bytes) / per_day;
    return days > 36500 ? SB_DAYS_NEVER : (uint64_t)days;
}

enum sb_rc sb_growth_read(struct sb_growth *out, const char *path, struct sb_err *err)
{
    char text[SB_GROWTH_TEXT_BYTES] = "";
    *out = (struct sb_growth){.store = ""};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return errno == ENOENT ? SB_OK
                               : sb_err_set(err, SB_E_IO, "read %s: %s", path, strerror(errno));
    }
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    if (!sb_growth_parse(out, text)) {
        return sb_err_set(err, SB_E_IO, "%s is not a file of samples: remove it, or name another",
                          path);
    }
    return SB_OK;
}

enum sb_rc sb_growth_write(const struct sb_growth *g, const char *path, struct sb_err *err)
{
    char text[SB_GROWTH_TEXT_BYTES], partial[PATH_BYTES];
    size_t n = sb_growth_format(text, g);
    (void)snprintf(partial, sizeof partial, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(partial, "wxe");
    bool written = file != NULL && fwrite(text, 1, n, file) == n;
    written = (file == NULL || fclose(file) == 0) && written;
    if (!written || rename(partial, path) != 0) {
        int saved = errno;
        if (file != NULL) {
            (void)unlink(partial);
        }
        return sb_err_set(err, SB_E_IO, "write %s: %s", path, strerror(saved));
    }
    return SB_OK;
}
