/* Errors as sentences. No allocation: an error must be sayable when memory is gone. */
#include "proto/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum sb_rc sb_err_set(struct sb_err *err, enum sb_rc rc, const char *fmt, ...)
{
    if (err == NULL) {
        return rc;
    }
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    err->rc = rc;
    return rc;
}

enum sb_rc sb_err_wrap(struct sb_err *err, const char *fmt, ...)
{
    if (err == NULL) {
        return SB_OK;
    }
    char inner[SB_ERR_TEXT_MAX];
    memcpy(inner, err->text, sizeof inner);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    size_t used = n < 0 ? 0 : (size_t)n;
    if (used + 3 < sizeof err->text) {
        size_t room = sizeof err->text - used - 3, len = strlen(inner);
        size_t keep = len < room ? len : room;
        memcpy(err->text + used, ": ", 2);
        memcpy(err->text + used + 2, inner, keep);
        err->text[used + 2 + keep] = '\0';
    }
    return err->rc;
}

enum sb_exit sb_rc_exit(enum sb_rc rc)
{
    switch (rc) {
    case SB_OK: return SB_EXIT_OK;
    case SB_E_IO:
    case SB_E_FULL:
    case SB_E_CORRUPT:
    case SB_E_CHANGED: return SB_EXIT_DISK;
    case SB_E_CONFIG:
    case SB_E_VERSION:
    case SB_E_BUSY: return SB_EXIT_CONFIG;
    case SB_E_NET:
    case SB_E_UNREACHABLE: return SB_EXIT_UNREACHABLE;
    case SB_E_TIMEOUT: return SB_EXIT_UNKNOWN;
    case SB_E_INPUT: return SB_EXIT_INPUT;
    case SB_E_REFUSED: return SB_EXIT_REFUSED;
    case SB_E_NOMEM:
    case SB_E_NOTFOUND:
    case SB_E_AGAIN:
    case SB_E_SIGNER: return SB_EXIT_FAILURE;
    }
    return SB_EXIT_FAILURE;
}

const char *sb_rc_name(enum sb_rc rc)
{
    static const char *const names[] = {"ok",     "no_memory",   "io",      "full",    "not_found",
                                        "config", "busy",        "version", "corrupt", "changed",
                                        "net",    "unreachable", "timeout", "input",   "refused",
                                        "again",  "signer"};
    return (unsigned)rc < sizeof names / sizeof names[0] ? names[rc] : "unknown";
}
