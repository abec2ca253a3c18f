/* One file along one table: read, parsed, filled in. What its values mean together is left to
 * check.h. */
#ifndef SB_CONFIG_DOCUMENT_H
#define SB_CONFIG_DOCUMENT_H

#include <stddef.h>

#include "config/report.h"
#include "config/table.h"
#include "proto/arena.h"
#include "proto/err.h"
#include "proto/rc.h"

enum { SB_CONFIG_ARENA_BYTES = 64 * 1024 * 1024 }; /* of one configuration, trees and all */

/* A text, or (text NULL) the file of that name. */
struct sb_document {
    const char *file; /* must live as long as what is read; sb_document_load makes a copy */
    const char *text;
    size_t n;
};

/* Fills the zeroed struct `into` along `table`. Mistakes go into the report and are no error.
 * Errors: SB_E_NOMEM. */
enum sb_rc sb_document_read(const struct sb_document *doc, const struct sb_table *table,
                            struct sb_arena *arena, struct sb_report *report, void *into);

/* Gives derived defaults and checks what values mean together, after reading. Errors: SB_E_NOMEM.
 */
typedef enum sb_rc sb_document_finish_fn(const struct sb_document *doc, struct sb_arena *arena,
                                         struct sb_report *report, void *into);

/* A new struct from a file or a text, with an arena of its own for all that it points to. NULL with
 * *rc and `err` when anything was wrong; freed with sb_document_free.
 * Errors: SB_E_CONFIG (see the report), SB_E_NOMEM. */
void *sb_document_load(const struct sb_document *doc, const struct sb_table *table,
                       sb_document_finish_fn *finish, struct sb_report *report, enum sb_rc *rc,
                       struct sb_err *err);
void sb_document_free(void *loaded);

#endif
