/* Names and sentences of the verdicts. Pure: the core links this file. */
#include "proto/code.h"

#include <stdbool.h>
#include <stddef.h>

struct code_text {
    const char *name, *sentence;
};

static const struct code_text TEXTS[SB_CODE_COUNT] = {
    [SB_CODE_OK] = {"ok", "The request was carried out."},
    [SB_CODE_MALFORMED] = {"malformed", "The request could not be read."},
    [SB_CODE_TOO_LARGE] = {"too_large", "The request exceeds a limit on size or number."},
    [SB_CODE_INVALID_BODY] = {"invalid_body",
                              "The content lacks a required field or has a value that is not "
                              "allowed."},
    [SB_CODE_INVALID_TOPIC] = {"invalid_topic",
                               "The topic is not 2 to 8 segments of a-z, 0-9 and '-' joined by "
                               "'/', or does not fit the content."},
    [SB_CODE_NOT_ALLOWED] = {"not_allowed", "This key has no right to do that."},
    [SB_CODE_ID_CONFLICT] = {"id_conflict", "An event with this id and another content exists."},
    [SB_CODE_RECOVERING] = {"recovering",
                            "The daemon is fetching its own history back; nothing was published, "
                            "try again."},
    [SB_CODE_STORE_FULL] = {"store_full", "The store has no room; nothing was published."},
    [SB_CODE_QUOTA] = {"quota", "The disk quota of this origin has been reached."},
    [SB_CODE_ERASED] = {"erased", "An event with this id was published before and has been "
                                  "erased."},
    [SB_CODE_SHUTTING_DOWN] = {"shutting_down", "The daemon is stopping; nothing was published."},
    [SB_CODE_UNKNOWN_DECISION] = {"unknown_decision", "No such decision is known here."},
    [SB_CODE_STALE_REVISION] = {"stale_revision",
                                "The position is about a text that has been revised since."},
    [SB_CODE_NOT_PARTICIPANT] = {"not_participant",
                                 "The organisation is not a participant in this decision."},
    [SB_CODE_CLOSED] = {"closed", "The decision has been closed."},
    [SB_CODE_REMOTE_IMPOSSIBLE] = {"remote_impossible",
                                   "Fewer partners may hold this event than were to confirm it."},
    [SB_CODE_UNKNOWN_OUTCOME] = {"unknown_outcome",
                                 "It is not known whether this was done; ask again with the same "
                                 "id."},
    [SB_CODE_UNKNOWN_CONSUMER] = {"unknown_consumer", "No consumer of this name is kept here."},
    [SB_CODE_CONSUMER_CONFLICT] = {"consumer_conflict",
                                   "A consumer of this name exists and is another client's, or "
                                   "has other filters."},
    [SB_CODE_RATE] = {"rate", "This key has published as much as it may for now; nothing was "
                              "published, try again later."},
    [SB_CODE_BEGUN_ANEW] = {"begun_anew", "The consumer was begun anew while it was read: what it "
                                          "gave before counts no more."},
    [SB_CODE_UNKNOWN_EVENT] = {"unknown_event", "No such event is known here."},
    [SB_CODE_NOT_ERASABLE] = {"not_erasable",
                              "Only its origin erases an event, and never one of the system's."},
};

static const struct code_text *text_of(enum sb_code code)
{
    static const struct code_text unknown = {"unknown", "The other side gave an unknown code."};
    bool known = (unsigned)code < SB_CODE_COUNT && TEXTS[code].name != NULL;
    return known ? &TEXTS[code] : &unknown;
}

const char *sb_code_name(enum sb_code code)
{
    return text_of(code)->name;
}

const char *sb_code_sentence(enum sb_code code)
{
    return text_of(code)->sentence;
}
