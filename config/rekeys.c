/* The folder of announcements; see rekeys.h. */
#include "config/rekeys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/rekey.h"

enum { REKEYS_MAX = 256 };

static int is_wanted(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && strcmp(dot, ".rekey") == 0;
}

enum sb_rc sb_rekeys_load(struct sb_rekey *out, const char *path, struct sb_arena *arena,
                          struct sb_err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
    }
    uint8_t *text = malloc(SB_REKEY_BYTES_MAX);
    size_t n = text == NULL ? 0 : fread(text, 1, SB_REKEY_BYTES_MAX, file);
    (void)fclose(file);
    enum sb_rc rc = text == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                 : sb_rekey_read(out, (struct sb_bytes){text, n}, arena, err);
    free(text);
    return rc == SB_OK ? SB_OK : sb_err_wrap(err, "%s", path);
}

static const char *make_path(const struct sb_config *config, struct sb_arena *arena,
                             const char *name)
{
    const char *slash = strrchr(config->file, '/');
    int n_base = slash == NULL ? 0 : (int)(slash - config->file + 1);
    size_t n = (size_t)n_base + sizeof "rekeys/" + strlen(name);
    char *path = sb_arena_alloc(arena, n);
    if (path != NULL) {
        snprintf(path, n, "%.*srekeys/%s", n_base, config->file, name);
    }
    return path;
}

static enum sb_rc read_one(struct sb_config *config, struct sb_arena *arena,
                           struct sb_report *report, const char *name)
{
    struct sb_err err = {0};
    const char *path = make_path(config, arena, name);
    struct sb_rekey *into = &config->rekeys[config->n_rekeys];
    if (path == NULL) {
        return SB_E_NOMEM;
    }
    enum sb_rc rc = sb_rekeys_load(into, path, arena, &err);
    if (rc == SB_E_NOMEM) {
        return rc;
    }
    const struct sb_report_place whole = {.file = path};
    if (rc != SB_OK) {
        sb_report_add(report, whole, "%s", err.text);
    } else if (config->partnership != NULL && strcmp(into->partnership, config->partnership) != 0) {
        sb_report_add(report, whole, "of another partnership: %s", into->partnership);
    } else {
        config->n_rekeys++;
    }
    return SB_OK;
}

/* A key may have been replaced more than once. */
static void replace_keys(const struct sb_config *config, struct sb_config_peer *peer)
{
    for (size_t i = 0, again = 0; i < config->n_rekeys && again <= config->n_rekeys; i++) {
        const struct sb_rekey *r = &config->rekeys[i];
        if (peer->id != NULL && strcmp(r->organisation.s, peer->id) == 0 &&
            memcmp(r->old_key.b, peer->sign_key, sizeof peer->sign_key) == 0) {
            memcpy(peer->sign_key, r->sign_key.b, sizeof peer->sign_key);
            memcpy(peer->curve_key, r->curve_key, sizeof peer->curve_key);
            /* What was to come next was said under keys that count no more. */
            memset(peer->next_curve_key, 0, sizeof peer->next_curve_key);
            i = (size_t)-1; /* from the first one again */
            again++;
        }
    }
}

static enum sb_rc read_all(struct sb_config *config, struct sb_arena *arena,
                           struct sb_report *report, struct dirent **entries, int n)
{
    config->rekeys = sb_arena_alloc(arena, (size_t)n * sizeof *config->rekeys);
    enum sb_rc rc = config->rekeys == NULL ? SB_E_NOMEM : SB_OK;
    for (int i = 0; i < n && rc == SB_OK; i++) {
        rc = read_one(config, arena, report, entries[i]->d_name);
    }
    for (size_t i = 0; i < config->n_peers; i++) {
        replace_keys(config, &config->peers[i]);
    }
    return rc;
}

enum sb_rc sb_rekeys_read(struct sb_config *config, struct sb_arena *arena,
                          struct sb_report *report)
{
    const char *folder = make_path(config, arena, "");
    if (folder == NULL) {
        return SB_E_NOMEM;
    }
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_wanted, NULL);
    const struct sb_report_place whole = {.file = folder};
    enum sb_rc rc = SB_OK;
    if ((n < 0 && errno != ENOENT) || n > REKEYS_MAX) {
        sb_report_add(report, whole, "%s", n < 0 ? strerror(errno) : "too many files");
    } else if (n > 0) {
        rc = read_all(config, arena, report, entries, n);
    }
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
    return rc;
}
