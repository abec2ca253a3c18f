/* Partners from a folder; see confd.h. */
#include "config/confd.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/document.h"
#include "config/tables.h"
#include "proto/limits.h"

static int is_wanted(const struct dirent *entry)
{
    static const char ending[] = ".yaml";
    size_t n = strlen(entry->d_name), n_ending = sizeof ending - 1;
    return entry->d_name[0] != '.' && n > n_ending &&
           strcmp(entry->d_name + n - n_ending, ending) == 0;
}

/* Another ending of YAML, or the one in capitals: not the name of what was put aside. */
static int is_mistakable(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return entry->d_name[0] != '.' && dot != NULL && !is_wanted(entry) &&
           (strcasecmp(dot, ".yml") == 0 || strcasecmp(dot, ".yaml") == 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not strcoll: the same order in every locale */
}

/* "FOLDER/conf.d/NAME" beside the daemon's file; an empty name gives the folder. */
static const char *make_path(const struct sb_config *config, struct sb_arena *arena,
                             const char *name)
{
    static const char folder[] = "conf.d";
    const char *slash = strrchr(config->file, '/');
    int n_base = slash == NULL ? 0 : (int)(slash - config->file + 1);
    size_t n = (size_t)n_base + sizeof folder + strlen(name) + 1;
    char *path = sb_arena_alloc(arena, n);
    if (path != NULL) {
        snprintf(path, n, "%.*s%s%s%s", n_base, config->file, folder, name[0] != 0 ? "/" : "",
                 name);
    }
    return path;
}

static enum sb_rc read_partners(struct sb_config *config, struct sb_arena *arena,
                                struct sb_report *report, struct dirent **entries, size_t n)
{
    size_t n_all = config->n_peers + n;
    struct sb_config_peer *peers = sb_arena_alloc(arena, n_all * sizeof *peers);
    if (peers == NULL) {
        return SB_E_NOMEM;
    }
    memset(peers, 0, n_all * sizeof *peers);
    if (config->n_peers > 0) {
        memcpy(peers, config->peers, config->n_peers * sizeof *peers);
    }
    for (size_t i = 0; i < n; i++) {
        const struct sb_document doc = {.file = make_path(config, arena, entries[i]->d_name)};
        struct sb_config_peer *peer = &peers[config->n_peers + i];
        enum sb_rc rc = doc.file == NULL
                            ? SB_E_NOMEM
                            : sb_document_read(&doc, &sb_table_peer, arena, report, peer);
        if (rc != SB_OK) {
            return rc;
        }
    }
    config->peers = peers;
    config->n_peers = n_all;
    return SB_OK;
}

static void free_entries(struct dirent **entries, int n)
{
    for (int i = 0; i < n; i++) {
        free(entries[i]);
    }
    free(entries);
}

/* A folder that cannot be read is told of elsewhere. */
static enum sb_rc list_unread(struct sb_config *config, struct sb_arena *arena, const char *folder)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_mistakable, by_name);
    enum sb_rc rc = SB_OK;
    if (n > 0) {
        config->unread = sb_arena_alloc(arena, (size_t)n * sizeof *config->unread);
        rc = config->unread == NULL ? SB_E_NOMEM : SB_OK;
    }
    for (int i = 0; i < n && rc == SB_OK; i++) {
        const char *path = make_path(config, arena, entries[i]->d_name);
        rc = path == NULL ? SB_E_NOMEM : SB_OK;
        config->unread[config->n_unread] = path;
        config->n_unread += rc == SB_OK;
    }
    free_entries(entries, n);
    return rc;
}

void sb_confd_unread_text(char out[static SB_CONFD_TEXT_MAX], const char *path)
{
    const char *dot = strrchr(path, '.');
    (void)snprintf(out, SB_CONFD_TEXT_MAX,
                   "%s is not read, for its name does not end in .yaml: name it %.*s.yaml to have "
                   "its partner, or %s.off where it is to stay out",
                   path, (int)(dot - path), path, path);
}

enum sb_rc sb_confd_read(struct sb_config *config, struct sb_arena *arena, struct sb_report *report)
{
    const char *folder = make_path(config, arena, "");
    if (folder == NULL) {
        return SB_E_NOMEM;
    }
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_wanted, by_name);
    struct sb_report_place whole = {.file = folder};
    if (n < 0 && errno != ENOENT) {
        sb_report_add(report, whole, "cannot be read: %s", strerror(errno));
    }
    enum sb_rc rc = SB_OK;
    if (n > SB_PEERS_MAX) {
        sb_report_add(report, whole, "more than %d partners", SB_PEERS_MAX);
    } else if (n > 0) {
        rc = read_partners(config, arena, report, entries, (size_t)n);
    }
    free_entries(entries, n);
    return rc == SB_OK ? list_unread(config, arena, folder) : rc;
}
