/* What a body is about, read by one walk over its bytes without unpacking: for the index by which
 * a store finds statements by their subject (PROTOCOL §18.1, 8). It knows no rule. */
#ifndef SB_PROTO_SUBJECT_READ_H
#define SB_PROTO_SUBJECT_READ_H

#include "proto/rules/words.h"

enum { SB_ABOUT_MAX = 2 }; /* subjects of one statement */

struct sb_about {
    struct sb_subject subject;
    enum sb_content content;
    struct sb_date day; /* the deadline of a proposal, the day of an agenda item; else none */
    bool supersedes;    /* an agenda item or a proposal that names what it replaces */
};

struct sb_abouts {
    struct sb_about list[SB_ABOUT_MAX];
    size_t n;
};

/* Every subject under which sb_statement_read would find this body of that origin, and possibly one
 * whose content has no readable body: returns how many, 0 where it means nothing to other events.
 */
size_t sb_about_read(struct sb_about out[static SB_ABOUT_MAX], const struct sb_org *origin,
                     struct sb_bytes body);

#endif
