/* Loading the daemon's file; see daemon_file.h. */
#include "clients/command/daemon_file.h"

#include "config/files.h"

static enum sb_rc load(struct sb_config **out, const char *file, bool files, struct sb_err *err)
{
    struct sb_report *report = sb_report_new();
    enum sb_rc rc = report == NULL ? sb_err_set(err, SB_E_NOMEM, "no memory")
                                   : sb_config_load(out, file, report, err);
    if (rc == SB_OK && files) {
        rc = sb_config_check_files(*out, report, err);
        if (rc != SB_OK) {
            sb_config_free(*out);
            *out = NULL;
        }
    }
    if (rc != SB_OK && report != NULL) {
        sb_report_print(report, stderr);
    }
    sb_report_free(report);
    return rc;
}

enum sb_rc sb_daemon_file_load(struct sb_config **out, const char *file, struct sb_err *err)
{
    return load(out, file, false, err);
}

enum sb_rc sb_daemon_file_check(struct sb_config **out, const char *file, struct sb_err *err)
{
    return load(out, file, true, err);
}
