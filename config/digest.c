/* The digest of a configuration; see digest.h. Each file is hashed behind those before it. */
#include "config/digest.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "proto/rekey.h"
#include "proto/sha256.h"

enum { PATH_BYTES = 4096 };

/* A file of one of the folders that a daemon reads beside its own. */
struct folder {
    const char *name, *ending;
    size_t max; /* bytes of a file */
};

static const struct folder folders[] = {
    {"conf.d", ".yaml", SB_CONFIG_FILE_BYTES_MAX},
    {"rekeys", ".rekey", SB_REKEY_BYTES_MAX},
};

static enum sb_rc add_file(struct sb_hash *digest, const char *path, const char *name, size_t max,
                           struct sb_err *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    uint8_t *bytes = malloc(max + 1); /* more is a mistake that is found elsewhere */
    size_t n = bytes == NULL ? 0 : fread(bytes, 1, max + 1, file);
    int failed = ferror(file);
    (void)fclose(file);
    if (bytes != NULL && failed == 0) {
        const struct sb_bytes parts[] = {
            {digest->b, sizeof digest->b}, {(const uint8_t *)name, strlen(name) + 1}, {bytes, n}};
        *digest = sb_sha256(parts, sizeof parts / sizeof parts[0]);
    }
    bool nomem = bytes == NULL;
    free(bytes);
    return nomem         ? sb_err_set(err, SB_E_NOMEM, "no memory")
           : failed != 0 ? sb_err_set(err, SB_E_CONFIG, "%s: cannot be read", path)
                         : SB_OK;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), n_ending = strlen(ending);
    return name[0] != '.' && n > n_ending && strcmp(name + n - n_ending, ending) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static enum sb_rc add_folder(struct sb_hash *digest, const char *file, const struct folder *f,
                             struct sb_err *err)
{
    char path[PATH_BYTES];
    const char *slash = strrchr(file, '/');
    int n_base = slash == NULL ? 0 : (int)(slash - file + 1);
    (void)snprintf(path, sizeof path, "%.*s%s", n_base, file, f->name);
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, NULL, by_name);
    enum sb_rc rc = SB_OK;
    if (n < 0 && errno != ENOENT) {
        rc = sb_err_set(err, SB_E_CONFIG, "%s: %s", path, strerror(errno));
    }
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        (void)snprintf(path, sizeof path, "%.*s%s/%s", n_base, file, f->name, name);
        if (rc == SB_OK && ends_with(name, f->ending)) {
            rc = add_file(digest, path, name, f->max, err);
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}

enum sb_rc sb_config_digest(struct sb_hash *out, const char *file, struct sb_err *err)
{
    memset(out, 0, sizeof *out);
    enum sb_rc rc = add_file(out, file, "", SB_CONFIG_FILE_BYTES_MAX, err);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && rc == SB_OK; i++) {
        rc = add_folder(out, file, &folders[i], err);
    }
    return rc;
}
