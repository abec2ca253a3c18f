/* What must hold between the fields of one content, after each has been found right by itself.
 * Between events nothing is decided here. */
#include "proto/check.h"

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "samenbus.pb-c.h"

static bool given(const char *text)
{
    return text[0] != '\0';
}

/* YYYY-MM-DDThh:mm[:ss]: seconds that are absent are 0, so a shorter one sorts before. */
static bool is_before(const char *a, const char *b)
{
    static const char zero[] = ":00";
    enum { MINUTES = 16 };
    int order = strncmp(a, b, MINUTES);
    const char *a_seconds = strlen(a) > MINUTES ? a + MINUTES : zero;
    const char *b_seconds = strlen(b) > MINUTES ? b + MINUTES : zero;
    return order < 0 || (order == 0 && strcmp(a_seconds, b_seconds) < 0);
}

static bool check_when(struct sb_check *c, const Samenbus__AgendaItem *item)
{
    bool start = given(item->start), end = given(item->end), date = given(item->date);
    if (item->kind == SAMENBUS__AGENDA_KIND__AGENDA_KIND_MEETING && !start && !date) {
        return sb_check_refuse_member(
            c, "start", "missing; a meeting needs start, or date where it takes the whole day");
    }
    if (date && (start || end)) {
        return sb_check_refuse_member(
            c, "date", "given beside start or end; write date for a whole day, else start and end");
    }
    if (end && !start) {
        return sb_check_refuse_member(c, "start", "missing; end needs a start");
    }
    return !end || !is_before(item->end, item->start) ||
           sb_check_refuse_member(c, "end",
                                  "lies before start; write the same time or a later one");
}

/* The content of what is secret stays with its origin: others may know that it exists, by whose
 * order and on what ground. */
static bool check_disclosure(struct sb_check *c, const Samenbus__AgendaItem *item)
{
    bool embargoed = item->disclosure == SAMENBUS__DISCLOSURE__DISCLOSURE_EMBARGOED;
    bool secret = item->disclosure == SAMENBUS__DISCLOSURE__DISCLOSURE_SECRET;
    if (embargoed != given(item->embargo_until)) {
        return sb_check_refuse_member(c, "embargoUntil",
                                      embargoed ? "missing; an embargo needs its end"
                                                : "only with disclosure embargoed");
    }
    if (secret && given(item->description)) {
        return sb_check_refuse_member(
            c, "description", "what is secret does not leave its organisation; leave it out");
    }
    return !secret || item->n_attachments == 0 ||
           sb_check_refuse_member(c, "attachments",
                                  "what is secret does not leave its organisation; leave it out");
}

bool sb_check_secrecy(struct sb_check *c, const ProtobufCMessage *message)
{
    const Samenbus__Body *body = (const Samenbus__Body *)message;
    const Samenbus__AgendaItem *item = body->agenda_item;
    if (body->content_case != SAMENBUS__BODY__CONTENT_AGENDA_ITEM ||
        item->disclosure != SAMENBUS__DISCLOSURE__DISCLOSURE_SECRET) {
        return true;
    }
    const struct {
        const char *member, *value, *what;
    } needed[] = {
        {"agendaItem.secrecyGround", item->secrecy_ground, "the legal ground of secrecy"},
        {"agendaItem.imposedBy", item->imposed_by, "who imposed secrecy"},
        {"agendaItem.liftableBy", item->liftable_by, "who may lift it"},
    };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!given(needed[i].value)) {
            return sb_check_refuse(c, SB_CODE_INVALID_BODY, "%s: missing; write %s",
                                   needed[i].member, needed[i].what);
        }
    }
    return true;
}

static bool is_participant(const Samenbus__Proposal *p, const char *org)
{
    for (size_t i = 0; i < p->n_participants; i++) {
        if (strcmp(p->participants[i], org) == 0) {
            return true;
        }
    }
    return false;
}

/* Every participant has one weight and nobody else does; returns their sum, 0 when that is not so:
 * as many weights as participants, all of participants and all different, are exactly theirs. */
static uint64_t sum_of_weights(const Samenbus__Proposal *p)
{
    uint64_t sum = 0;
    if (p->n_weights != p->n_participants) {
        return 0;
    }
    for (size_t i = 0; i < p->n_weights; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(p->weights[i]->organisation, p->weights[k]->organisation) == 0) {
                return 0;
            }
        }
        if (!is_participant(p, p->weights[i]->organisation)) {
            return 0;
        }
        sum += p->weights[i]->weight;
    }
    return sum;
}

static bool check_weights(struct sb_check *c, const Samenbus__Proposal *p)
{
    if (p->rule != SAMENBUS__DECISION_RULE__DECISION_RULE_WEIGHTED) {
        const char *spare = p->n_weights > 0 ? "weights" : "threshold";
        return (p->n_weights == 0 && p->threshold == 0) ||
               sb_check_refuse_member(c, spare, "only with rule weighted");
    }
    uint64_t sum = sum_of_weights(p);
    if (sum == 0) {
        return sb_check_refuse_member(
            c, "weights", "write one weight for every participant, and for nobody else");
    }
    return (p->threshold >= 1 && p->threshold <= sum) ||
           sb_check_refuse_member(c, "threshold",
                                  "write a number from 1 to the sum of the weights");
}

static bool check_chair(struct sb_check *c, const Samenbus__Proposal *p)
{
    if (p->tie == SAMENBUS__TIE_RULE__TIE_RULE_REVOTE_THEN_CHAIR && !given(p->chair)) {
        return sb_check_refuse_member(c, "chair", "missing; the tie rule lets the chair decide");
    }
    return !given(p->chair) || is_participant(p, p->chair) ||
           sb_check_refuse_member(c, "chair", "write one of the participants");
}

static bool check_proposal(struct sb_check *c, const Samenbus__Proposal *p)
{
    if (p->quorum > p->n_participants) {
        return sb_check_refuse_member(c, "quorum", "write at most the number of participants");
    }
    return check_weights(c, p) && check_chair(c, p);
}

static bool check_closing(struct sb_check *c, const Samenbus__Closing *closing)
{
    return closing->outcome != SAMENBUS__OUTCOME__OUTCOME_OPEN ||
           sb_check_refuse_member(c, "outcome",
                                  "open is not how a decision ends; write another one");
}

bool sb_check_content(struct sb_check *c, const ProtobufCMessage *content)
{
    const ProtobufCMessageDescriptor *of = content->descriptor;
    if (of == &samenbus__agenda_item__descriptor) {
        const Samenbus__AgendaItem *item = (const Samenbus__AgendaItem *)content;
        return check_when(c, item) && check_disclosure(c, item);
    }
    if (of == &samenbus__proposal__descriptor) {
        return check_proposal(c, (const Samenbus__Proposal *)content);
    }
    if (of == &samenbus__closing__descriptor) {
        return check_closing(c, (const Samenbus__Closing *)content);
    }
    return true;
}
