/* Files, keys and faults, for every kind of `samenbus verify`. */
#include "clients/command/verify_read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/command/talk.h"
#include "config/public.h"

enum sb_rc sb_verify_map_file(const char *path, const uint8_t **out, size_t *n, struct sb_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum sb_rc rc = sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    *n = (size_t)st.st_size;
    void *p = *n == 0 ? NULL : mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    *out = p == MAP_FAILED ? NULL : p;
    return p == MAP_FAILED ? sb_err_set(err, SB_E_INPUT, "%s: %s", path, strerror(errno)) : SB_OK;
}

enum sb_rc sb_verify_read_key(const char *path, struct sb_proof_reader *out, struct sb_err *err)
{
    struct sb_public *pub = NULL;
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                   : sb_public_load(&pub, path, report, err);
    if (rc == SB_OK &&
        (pub->id == NULL || !sb_org_parse(&out->organisation, pub->id, strlen(pub->id)))) {
        rc = sb_err_set(err, SB_E_INPUT,
                        "%s: a client's keys; give the .pub.yaml of an "
                        "organisation",
                        path);
    } else if (rc == SB_OK) {
        memcpy(out->key.b, pub->sign_key, sizeof out->key.b);
    } else if (report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_public_free(pub);
    sb_report_free(report);
    return rc;
}

void sb_verify_print_fault(void *context, const struct sb_export_fault *f)
{
    char line[SB_PROOF_LINE_MAX];
    (void)context;
    sb_fault_print(line, f);
    puts(line);
}

void sb_verify_advise_bare(const char *store, uint64_t bare)
{
    if (bare > 0) {
        sb_talk("%s: %" PRIu64
                " ends have no signature: give the announcement of the new key that names them "
                "with --rekey FILE, or the daemon's file, with rekeys/ beside it, with --config. "
                "If there is none, nobody whose history it is has signed that",
                store, bare);
    }
}
