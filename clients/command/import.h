/* What another system says, as events of this organisation. Their ids are derived from
 * theirs, so that importing twice changes nothing, and a changed copy replaces only what changed.
 *
 * An item_id is the first 16 bytes of SHA-256("samenbus/import/1" ‖ 0x0a ‖ what ‖ 0x0a ‖ their id)
 * and an event's id the same of "event" and its content as JSON with sorted keys, both as a UUIDv8
 * (RFC 9562 §5.8): by the second one knows which versions came from an import. What is said again
 * after something else, without naming what it replaces, has a line feed and a number behind it. */
#ifndef SB_CLIENTS_COMMAND_IMPORT_H
#define SB_CLIENTS_COMMAND_IMPORT_H

#include <stdio.h>

#include "clients/command/draft.h"

struct json_t; /* proto/json_tree.h */

struct sb_import {
    const struct sb_args *args;
    struct sb_gathered *g;
    FILE *lines; /* what is to be published */
    size_t n_new, n_changed, n_same;
    size_t n_left; /* not this organisation's, or ended here */
};

/* The whole command: reads the file that is the operand, gathers what was said, lets `read` take
 * everything, and publishes all of it or nothing. */
int sb_import_run(const struct sb_args *args, unsigned kinds,
                  int (*read)(struct sb_import *import, const struct json_t *tree));

struct sb_uuid sb_import_id(const char *what, const char *theirs);

/* One line that may stand in an event, of at most `max` bytes, cut at a character; "" for what is
 * no text. `out` has max + 1 bytes. */
void sb_import_line(char *out, const struct json_t *node, size_t max);
/* The same as a member, where there is one; max is at most SB_TITLE_MAX. */
void sb_import_put_line(struct sb_json_out *out, const char *key, const struct json_t *node,
                        size_t max);

/* Takes one item, whose content with its itemId is open in `out`; the exit code, after a complaint
 * that names it by `title`. Nothing is published yet. */
int sb_import_item(struct sb_import *import, struct sb_draft *draft, const struct sb_uuid *item_id,
                   const char *title);

/* ---- what an import of anything is made of */

/* The draft as it would be published; the exit code, after a complaint that names it. */
int sb_import_read(struct sb_import *import, const struct sb_draft *draft, const char *title,
                   struct sb_statement *out);
/* The last that was imported of this content, if it says the same but for these members (a JSON
 * object of nulls); NULL: none does. */
const struct sb_statement *sb_import_known(struct sb_import *import,
                                           const struct sb_gathered_subject *found,
                                           const struct sb_statement *now, const char *but);
/* Names the event by what it says and keeps it to be published. `again`: how many times the same
 * may have been said before. */
struct sb_uuid sb_import_keep(struct sb_import *import, const struct sb_draft *draft,
                              const struct sb_statement *statement, size_t again);

#endif
