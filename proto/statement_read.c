/* Unpacks a content, checks it as a submission's would be, and copies what the rules need into
 * plain structs. */
#include "proto/statement_read.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/check.h"
#include "proto/rules/words.h"
#include "proto/unpack.h"

#include "samenbus.pb-c.h"

struct reading {
    struct sb_arena *arena;
    bool failed; /* the arena is full */
};

static struct sb_bytes text_of(const char *text)
{
    return (struct sb_bytes){(const uint8_t *)text, strlen(text)};
}

/* Empty or all zero for what is not there, or not what it should be: the checks found that. */
static struct sb_org org_of(const char *text)
{
    struct sb_org org = {{0}};
    return sb_org_parse(&org, text, strlen(text)) ? org : (struct sb_org){{0}};
}

static struct sb_uuid uuid_of(const char *text)
{
    struct sb_uuid id = {{0}};
    return sb_uuid_parse(&id, text, strlen(text)) ? id : (struct sb_uuid){{0}};
}

static struct sb_reference reference_of(const char *text)
{
    struct sb_reference r = {0};
    return sb_reference_parse(&r.org, &r.id, text, strlen(text)) ? r : (struct sb_reference){0};
}

/* Room for n values of a list, never NULL unless the arena is full. */
static void *room(struct reading *r, size_t n, size_t size)
{
    void *p = sb_arena_alloc(r->arena, n * size + 1);
    r->failed = r->failed || p == NULL;
    return p;
}

static struct sb_orgs orgs_of(struct reading *r, char **texts, size_t n)
{
    struct sb_org *to = room(r, n, sizeof *to);
    for (size_t i = 0; to != NULL && i < n; i++) {
        to[i] = org_of(texts[i]);
    }
    return (struct sb_orgs){to, to == NULL ? 0 : n};
}

static struct sb_references references_of(struct reading *r, char **texts, size_t n)
{
    struct sb_reference *to = room(r, n, sizeof *to);
    for (size_t i = 0; to != NULL && i < n; i++) {
        to[i] = reference_of(texts[i]);
    }
    return (struct sb_references){to, to == NULL ? 0 : n};
}

static struct sb_bytes pack(struct reading *r, const ProtobufCMessage *message)
{
    struct sb_bytes packed = sb_pack(message, r->arena);
    r->failed = r->failed || packed.p == NULL;
    return packed;
}

static void read_agenda_item(struct reading *r, struct sb_statement *s,
                             const Samenbus__AgendaItem *m)
{
    s->agenda_item = (struct sb_agenda_item){
        .item_id = uuid_of(m->item_id),
        .kind = (int)m->kind,
        .status = (int)m->status,
        .secret = m->disclosure == SAMENBUS__DISCLOSURE__DISCLOSURE_SECRET,
        .title = text_of(m->title),
        .number = text_of(m->number),
        .theme = text_of(m->theme),
        .date = text_of(m->date),
        .start = text_of(m->start),
        .parent = reference_of(m->parent),
        .co_editors = orgs_of(r, m->co_editors, m->n_co_editors),
        .supersedes = references_of(r, m->supersedes, m->n_supersedes),
    };
}

/* In the order of the participants; the checks saw that each has one. */
static const uint32_t *weights_of(struct reading *r, const Samenbus__Proposal *m)
{
    uint32_t *to = m->n_weights == 0 ? NULL : room(r, m->n_participants, sizeof *to);
    for (size_t i = 0; to != NULL && i < m->n_participants; i++) {
        to[i] = 0;
        for (size_t k = 0; k < m->n_weights; k++) {
            if (strcmp(m->weights[k]->organisation, m->participants[i]) == 0) {
                to[i] = m->weights[k]->weight;
            }
        }
    }
    return to;
}

static void read_proposal(struct reading *r, struct sb_statement *s, Samenbus__Proposal *m)
{
    s->proposal = (struct sb_proposal){
        .decision_id = uuid_of(m->decision_id),
        .title = text_of(m->title),
        .participants = orgs_of(r, m->participants, m->n_participants),
        .weights = weights_of(r, m),
        .rule = (enum sb_rule)m->rule,
        .tie = (enum sb_tie)m->tie,
        .body = (int)m->body,
        .threshold = m->threshold,
        .quorum = m->quorum,
        .chair = org_of(m->chair),
        .deadline = sb_date_read(text_of(m->deadline)),
        .replaces = reference_of(m->replaces),
        .supersedes = references_of(r, m->supersedes, m->n_supersedes),
    };
    size_t n = m->n_supersedes;
    m->n_supersedes = 0;
    s->proposal.text = pack(r, &m->base);
    m->n_supersedes = n;
    s->date = sb_date_read(text_of(m->date));
}

static void read_position(struct sb_statement *s, const Samenbus__Position *m)
{
    s->position = (struct sb_position){
        .decision = reference_of(m->decision),
        .revision = reference_of(m->revision),
        .value = (enum sb_position_value)m->value,
        .body = (int)m->body,
        .taken = sb_date_read(text_of(m->date_taken)),
        .conditions = text_of(m->conditions),
        .round = m->round,
        .as_chair = m->as_chair,
        .on_behalf_of = org_of(m->on_behalf_of),
    };
}

static void read_withdrawal(struct sb_statement *s, const Samenbus__Withdrawal *m)
{
    s->ending = (struct sb_ending){.decision_id = uuid_of(m->decision_id)};
    s->date = sb_date_read(text_of(m->date));
}

static void read_closing(struct reading *r, struct sb_statement *s, const Samenbus__Closing *m)
{
    struct sb_cut_tip *cut = room(r, m->n_cut, sizeof *cut);
    for (size_t i = 0; cut != NULL && i < m->n_cut; i++) {
        const Samenbus__Tip *tip = m->cut[i];
        cut[i] =
            (struct sb_cut_tip){org_of(tip->origin), {tip->counter, tip->tag}, {tip->seq}, {{0}}};
        if (tip->hash.len == sizeof cut[i].hash.b) {
            memcpy(cut[i].hash.b, tip->hash.data, sizeof cut[i].hash.b);
        }
    }
    s->ending = (struct sb_ending){.decision_id = uuid_of(m->decision_id),
                                   .outcome = (enum sb_outcome)m->outcome,
                                   .cut = cut,
                                   .n_cut = m->n_cut};
    s->date = sb_date_read(text_of(m->date));
}

static void read_notification(struct reading *r, struct sb_statement *s,
                              const Samenbus__Notification *m)
{
    s->notification = (struct sb_notification){
        .notification_id = uuid_of(m->notification_id),
        .severity = (int)m->severity,
        .subject = text_of(m->subject),
        .expires = text_of(m->expires),
        .addressees = orgs_of(r, m->addressees, m->n_addressees),
        .requires_acknowledgement = m->requires_acknowledgement,
    };
    (void)sb_time_parse(&s->notification.expires_at, m->expires, strlen(m->expires));
}

/* The content's message; NULL for those that mean nothing to each other. */
static ProtobufCMessage *read_content(struct reading *r, struct sb_statement *s,
                                      Samenbus__Body *body)
{
    switch (body->content_case) {
    case SAMENBUS__BODY__CONTENT_AGENDA_ITEM:
        read_agenda_item(r, s, body->agenda_item);
        return &body->agenda_item->base;
    case SAMENBUS__BODY__CONTENT_PROPOSAL:
        read_proposal(r, s, body->proposal);
        return &body->proposal->base;
    case SAMENBUS__BODY__CONTENT_POSITION:
        read_position(s, body->position);
        return &body->position->base;
    case SAMENBUS__BODY__CONTENT_WITHDRAWAL:
        read_withdrawal(s, body->withdrawal);
        return &body->withdrawal->base;
    case SAMENBUS__BODY__CONTENT_CLOSING:
        read_closing(r, s, body->closing);
        return &body->closing->base;
    case SAMENBUS__BODY__CONTENT_NOTIFICATION:
        read_notification(r, s, body->notification);
        return &body->notification->base;
    case SAMENBUS__BODY__CONTENT_ACKNOWLEDGEMENT:
        s->acknowledgement =
            (struct sb_acknowledgement){reference_of(body->acknowledgement->notification),
                                        text_of(body->acknowledgement->text)};
        return &body->acknowledgement->base;
    default: return NULL; /* custom and system contents, and what a later version has */
    }
}

static bool has_subject(const struct sb_statement *s)
{
    struct sb_subject subjects[2];
    (void)sb_statement_subjects(s, subjects);
    return !sb_uuid_is_zero(&subjects[0].of.id);
}

bool sb_statement_read(struct sb_statement *out, struct sb_bytes body, struct sb_arena *arena)
{
    struct reading r = {.arena = arena};
    Samenbus__Body *unpacked = sb_unpack(&samenbus__body__descriptor, body, arena);
    if (unpacked == NULL) {
        return false;
    }
    out->time.ms = unpacked->time_ms;
    out->date = SB_DATE_NONE;
    out->content = (enum sb_content)unpacked->content_case;
    const ProtobufCMessage *content = read_content(&r, out, unpacked);
    if (content == NULL || !has_subject(out)) {
        return false;
    }
    out->says = pack(&r, content);
    out->valid = sb_date_tells(out->time) && sb_check_meaning(content);
    if (out->valid && !sb_date_given(out->date)) {
        out->date = sb_date_of(out->time);
    }
    return !r.failed;
}
