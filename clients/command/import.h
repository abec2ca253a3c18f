/* What another system says, as agenda items of this organisation. Their ids are derived from
 * theirs, so that importing twice changes nothing, and a changed copy replaces only what changed.
 *
 * An item_id is the first 16 bytes of SHA-256("samenbus/import/1" ‖ 0x0a ‖ what ‖ 0x0a ‖ their id)
 * and an event's id the same of "event" and its content as JSON with sorted keys, both as a UUIDv8
 * (RFC 9562 §5.8): by the second one knows which versions came from an import. */
#ifndef SB_CLIENTS_COMMAND_IMPORT_H
#define SB_CLIENTS_COMMAND_IMPORT_H

#include <stdio.h>

#include "clients/command/draft.h"

struct sb_import {
    const struct sb_args *args;
    struct sb_gathered *g;
    FILE *lines; /* what is to be published */
    size_t n_new, n_changed, n_same;
};

struct sb_uuid sb_import_id(const char *what, const char *theirs);

/* Takes one item, whose content with its itemId is open in `out`; the exit code, after a complaint
 * that names it by `title`. Nothing is published yet. */
int sb_import_item(struct sb_import *import, struct sb_draft *draft, const struct sb_uuid *item_id,
                   const char *title);

#endif
