/* Follows protobuf's rule that of a field given twice the last one counts, as unpacking does. */
#include "proto/subject_read.h"

#include "proto/body.h"
#include "proto/pb_reader.h"

/* Field numbers of samenbus.proto: what names the subject comes first in every content. */
enum {
    FIRST = 1,
    ITEM_START = 6,
    ITEM_DATE = 9,
    PROPOSAL_DEADLINE = 13,
    PROPOSAL_REPLACES = 15,
    PROPOSAL_SUPERSEDES = 16,
    ITEM_SUPERSEDES = 24,
};
enum { DATE_CHARACTERS = 10 }; /* of a local time, its day */

struct fields {
    struct sb_bytes first, start, date, deadline, replaces;
    bool item_supersedes, proposal_supersedes;
};

static bool read_fields(struct fields *out, struct sb_bytes content)
{
    struct sb_pb_reader r;
    *out = (struct fields){.first = {NULL, 0}};
    sb_pb_reader_init(&r, content);
    while (sb_pb_next(&r)) {
        struct sb_bytes *to = r.field == FIRST               ? &out->first
                              : r.field == ITEM_START        ? &out->start
                              : r.field == ITEM_DATE         ? &out->date
                              : r.field == PROPOSAL_DEADLINE ? &out->deadline
                              : r.field == PROPOSAL_REPLACES ? &out->replaces
                                                             : NULL;
        if (to != NULL && r.type == SB_PB_BYTES) {
            *to = r.bytes;
        }
        out->item_supersedes |= r.field == ITEM_SUPERSEDES;
        out->proposal_supersedes |= r.field == PROPOSAL_SUPERSEDES;
    }
    return !r.failed;
}

static struct sb_uuid uuid_of(struct sb_bytes text)
{
    struct sb_uuid id = {{0}};
    return sb_uuid_parse(&id, (const char *)text.p, text.n) ? id : (struct sb_uuid){{0}};
}

static struct sb_reference reference_of(struct sb_bytes text)
{
    struct sb_reference r = {{{0}}, {{0}}};
    return sb_reference_parse(&r.org, &r.id, (const char *)text.p, text.n)
               ? r
               : (struct sb_reference){{{0}}, {{0}}};
}

static struct sb_date day_of(const struct fields *f, enum sb_content content)
{
    struct sb_bytes text = f->deadline;
    if (content == SB_CONTENT_AGENDA_ITEM) {
        text = f->date.n > 0 ? f->date : f->start;
        text.n = text.n > DATE_CHARACTERS ? DATE_CHARACTERS : text.n;
    } else if (content != SB_CONTENT_PROPOSAL) {
        return SB_DATE_NONE;
    }
    return sb_date_read(text);
}

/* Fills in what sb_statement_subjects looks at. False: a content without a subject. */
static bool fill(struct sb_statement *s, const struct fields *f)
{
    switch (s->content) {
    case SB_CONTENT_AGENDA_ITEM: s->agenda_item.item_id = uuid_of(f->first); return true;
    case SB_CONTENT_PROPOSAL:
        s->proposal.decision_id = uuid_of(f->first);
        s->proposal.replaces = reference_of(f->replaces);
        return true;
    case SB_CONTENT_POSITION: s->position.decision = reference_of(f->first); return true;
    case SB_CONTENT_WITHDRAWAL:
    case SB_CONTENT_CLOSING: s->ending.decision_id = uuid_of(f->first); return true;
    case SB_CONTENT_NOTIFICATION: s->notification.notification_id = uuid_of(f->first); return true;
    case SB_CONTENT_ACKNOWLEDGEMENT:
        s->acknowledgement.notification = reference_of(f->first);
        return true;
    case SB_CONTENT_NONE:
    case SB_CONTENT_CUSTOM:
    case SB_CONTENT_EPOCH_START:
    case SB_CONTENT_KEY_CERTIFICATE:
    case SB_CONTENT_ERASURE:
    case SB_CONTENT_RECEIPT: break;
    }
    return false;
}

size_t sb_about_read(struct sb_about out[static SB_ABOUT_MAX], const struct sb_org *origin,
                     struct sb_bytes body)
{
    struct sb_body_head head;
    struct fields f;
    struct sb_subject subjects[SB_ABOUT_MAX];
    struct sb_statement s = {.event = {*origin, {{0}}}};
    if (!sb_body_head_read(&head, body) || !read_fields(&f, head.content_bytes)) {
        return 0;
    }
    s.content = head.content;
    if (!fill(&s, &f)) {
        return 0;
    }
    size_t n = sb_statement_subjects(&s, subjects);
    if (sb_uuid_is_zero(&subjects[0].of.id)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        bool names =
            s.content == SB_CONTENT_AGENDA_ITEM ? f.item_supersedes : f.proposal_supersedes;
        out[i] = (struct sb_about){subjects[i], s.content, day_of(&f, s.content), names};
    }
    return n;
}
