/* Reading announcements for commands; see announced.h. */
#include "clients/command/announced.h"

#include <stdlib.h>
#include <string.h>

#include "clients/command/daemon_file.h"
#include "clients/command/talk.h"
#include "config/rekeys.h"

enum { ARENA_BYTES = 1024 * 1024 * 1024 }; /* a bound: 256 of the largest announcements */

static enum sb_rc read_all(struct sb_announced *out, const struct sb_args *args, struct sb_err *err)
{
    const char *file = sb_args_value(args, "config"), *path;
    size_t n = 0;
    enum sb_rc rc = file == NULL ? SB_OK : sb_daemon_file_load(&out->config, file, err);
    for (size_t at = 0; sb_args_next(args, "rekey", &at) != NULL;) {
        n++;
    }
    n += out->config != NULL ? out->config->n_rekeys : 0;
    if (rc != SB_OK || n == 0) {
        return rc;
    }
    out->items = calloc(n, sizeof *out->items);
    if (out->items == NULL) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    n = out->config != NULL ? out->config->n_rekeys : 0;
    if (n > 0) {
        memcpy(out->items, out->config->rekeys, n * sizeof *out->items);
    }
    for (size_t at = 0; rc == SB_OK && (path = sb_args_next(args, "rekey", &at)) != NULL;) {
        rc = sb_rekeys_load(&out->items[n++], path, &out->arena, err);
    }
    out->rekeys = (struct sb_rekeys){out->items, n};
    return rc;
}

bool sb_announced_read(struct sb_announced *out, const struct sb_args *args, int *exit_code)
{
    struct sb_err err = {0};
    *out = (struct sb_announced){.items = NULL};
    sb_arena_init(&out->arena, ARENA_BYTES);
    enum sb_rc rc = read_all(out, args, &err);
    if (rc != SB_OK) {
        sb_announced_fini(out);
        *exit_code = sb_talk_error(rc, &err);
    }
    return rc == SB_OK;
}

void sb_announced_fini(struct sb_announced *announced)
{
    free(announced->items);
    sb_arena_fini(&announced->arena);
    sb_config_free(announced->config);
}
