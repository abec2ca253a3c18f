/* samenbus export: one organisation's whole history as a file that anybody can check offline, with
 * `samenbus verify --file` or the verifier in Python. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clients/command/nearest.h"
#include "clients/command/talk.h"
#include "proto/export.h"

enum { ANSWER_MS = 10000, PATH_BYTES = 4096 };

static const struct sb_flag export_flags[] = {
    SB_FLAG_CONFIG,
    {"origin", 0, "ORG", "whose history"},
    {"output-file", 'O', "FILE", "write to FILE (else to stdout); complete or not there at all"},
};

struct exporting {
    struct sb_client *client;
    struct sb_org origin;
    FILE *to;
    uint64_t events, expected;
    struct sb_progress progress;
};

static bool is_known_key(const struct sb_sign_public *key)
{
    static const struct sb_sign_public none;
    return memcmp(key, &none, sizeof none) != 0;
}

/* The header needs the partnership's name, which the status has, and the pinned key, which the end
 * of the pages has: a page of an epoch whose key was replaced has the replaced one. */
static enum sb_rc begin(struct exporting *e, struct sb_err *err)
{
    const struct sb_status *status;
    const struct sb_fetched *page;
    struct sb_export_header header = {.origin = e->origin};
    struct sb_fetch end = {.origin = e->origin, .epoch = {UINT32_MAX, UINT64_MAX}};
    enum sb_rc rc = sb_client_status(e->client, ANSWER_MS, &status, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (!sb_nearest_knows(status, e->origin.s)) {
        return sb_err_set(err, SB_E_NOTFOUND, "there is no history of %s here to export",
                          e->origin.s);
    }
    (void)snprintf(header.partnership, sizeof header.partnership, "%s", status->partnership);
    for (size_t i = 0; i < status->n_heads; i++) {
        e->expected += strcmp(status->heads[i].origin, e->origin.s) == 0 ? status->heads[i].seq : 0;
    }
    rc = sb_client_fetch(e->client, &end, ANSWER_MS, &page, err);
    if (rc != SB_OK) {
        return rc;
    }
    if (!is_known_key(&page->sign_key)) {
        return sb_err_set(err, SB_E_NOTFOUND, "%s is neither this organisation nor a partner",
                          e->origin.s);
    }
    header.sign_key = page->sign_key;
    return sb_export_begin(e->to, &header, err);
}

static enum sb_rc write_pages(struct exporting *e, struct sb_err *err)
{
    const struct sb_fetched *page;
    struct sb_fetch at = {.origin = e->origin};
    enum sb_rc rc = begin(e, err);
    for (bool end = false; rc == SB_OK && !end;) {
        rc = sb_client_fetch(e->client, &at, ANSWER_MS, &page, err);
        if (rc == SB_OK && page->events.n_items > 0) {
            rc = sb_export_events(e->to, &page->events, err);
            e->events += page->events.n_items;
        }
        if (rc == SB_OK) {
            end = page->end;
            at = page->next;
            at.origin = e->origin;
            sb_progress_show(&e->progress, e->events, e->expected);
        }
    }
    return rc == SB_OK ? sb_export_end(e->to, e->events, err) : rc;
}

/* Into a neighbour that takes the name once it is complete and on disk. */
static enum sb_rc write_file(struct exporting *e, const char *path, struct sb_err *err)
{
    char fresh[PATH_BYTES];
    (void)snprintf(fresh, sizeof fresh, "%s.part", path);
    e->to = fopen(fresh, "wb");
    if (e->to == NULL) {
        return sb_err_set(err, SB_E_IO, "write %s: %s", fresh, strerror(errno));
    }
    enum sb_rc rc = write_pages(e, err);
    bool written = fflush(e->to) == 0 && fsync(fileno(e->to)) == 0;
    if (fclose(e->to) != 0 || !written || (rc == SB_OK && rename(fresh, path) != 0)) {
        rc = rc != SB_OK ? rc : sb_err_set(err, SB_E_IO, "write %s: %s", path, strerror(errno));
    }
    if (rc != SB_OK) {
        (void)unlink(fresh);
    }
    return rc;
}

static int export(const struct sb_args *args)
{
    struct exporting e = {.to = stdout};
    struct sb_err err = {0};
    const char *path = sb_args_value(args, "output-file");
    if (!sb_args_has(args, "origin")) {
        return sb_args_complain(args, "whose history? --origin ORG");
    }
    if (!sb_args_org(args, "origin", &e.origin)) {
        return SB_EXIT_USAGE;
    }
    if (path == NULL && isatty(STDOUT_FILENO) != 0) {
        return sb_args_complain(args, "the file is not for a terminal: -O FILE, or > FILE");
    }
    int code = sb_talk_open(args, ANSWER_MS, &e.client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    sb_progress_begin(&e.progress, "exported");
    enum sb_rc rc = path != NULL ? write_file(&e, path, &err) : write_pages(&e, &err);
    sb_progress_end(&e.progress);
    sb_client_close(e.client);
    if (rc != SB_OK) {
        return sb_talk_error(rc, &err);
    }
    sb_talk("%llu events of %s", (unsigned long long)e.events, e.origin.s);
    return SB_EXIT_OK;
}

const struct sb_command sb_command_export = {
    .words = "export",
    .synopsis = "--origin ORG [-O FILE]",
    .about = "write an organisation's history as a file that can be checked anywhere",
    SB_FLAGS(export_flags),
    .examples = "  samenbus export --origin GM0384 -O GM0384.sbx\n"
                "  samenbus export --origin GM0451 > GM0451.sbx && samenbus verify --file "
                "GM0451.sbx\n",
    .run = export,
};
