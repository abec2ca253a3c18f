/* Erasures in a node: what system events say of them, what is staged, when the file is compacted
 * and the receipt written. Included by daemon/shell/ only. */
#ifndef SB_SHELL_ERASURE_H
#define SB_SHELL_ERASURE_H

#include "daemon/shell/portion.h"
#include "daemon/shell/turn.h"
#include "daemon/store/erasing.h"
#include "proto/erasure.h"

/* What one event of a step says. */
enum sb_word_kind { SB_WORD_NONE, SB_WORD_ERASURE, SB_WORD_RECEIPT };

struct sb_word {
    enum sb_word_kind kind;
    struct sb_uuid by; /* the event that says it */
    struct sb_erasure_said erasure;
    struct sb_receipt_said receipt;
};

/* An event that this round has erased. */
struct sb_erased_key {
    uint16_t origin;
    struct sb_uuid event;
};

enum {
    SB_COMPACT_QUIET_MS = 1000,   /* after the last erasure: many are one compaction */
    SB_COMPACT_LATEST_MS = 10000, /* after the first, however many follow */
    SB_COMPACT_RETRY_MS = 10000,  /* at least, after one that found no room */
    SB_COMPACT_SHARE = 4,         /* pauses last as many times as long as compactions */
    SB_COMPACT_LOOK_MS = 20,      /* how often one under way is looked at */
    SB_COMPACT_GAP_MS = 1000,     /* between two looks: whoever is away for longer does nothing */
    SB_ERASING_LOOK_MS = 500,     /* how often what is left to do is looked for */
    SB_ERASING_SLICE = 1024,      /* erasures looked at in one turn */
    SB_OVERDUE_LOOK_MS = 10000,   /* how often missing receipts are looked for */
    SB_ERASING_AGAIN_MS = 2000,   /* so long what was put off has to come again before others */
};

/* What is left to do, between turns. */
struct sb_erasing_work {
    struct sb_portion portion;   /* of what is recorded */
    int64_t read_again_ms;       /* when what was read again is tried again */
    int64_t others_ms;           /* until when retention leaves it its place */
    bool in_files;               /* something stands in the file that has been erased */
    int64_t first_ms, last_ms;   /* when the first and the last of it was recorded */
    int64_t looked_ms, spent_ms; /* on the compaction under way */
    int64_t not_before;          /* the next one */
    bool no_room;                /* its alarm */
    uint16_t origin;             /* where the look for what is left goes on */
    struct sb_uuid event;
    int64_t look_ms;
    struct sb_overdue { /* a look for missing receipts, under way or told */
        struct sb_uuid event;
        uint64_t n, told;
        struct sb_uuid oldest;
        struct sb_time since;
        uint16_t lacks; /* who has not confirmed the oldest */
        int64_t look_ms;
    } overdue;
};

/* ---- from messages to inputs */

/* Notes which of these items are erased or erase, and reads what the system events among them say;
 * NULL where they say nothing. False: no memory. */
bool sb_erasure_note(struct sb_node *node, uint16_t origin, const struct sb_item *items, size_t n,
                     struct sb_item_note *notes, const struct sb_word **words);
/* Beside an Erasure: need its body not come now? One is short, but of many each has places of its
 * own in the store. Without the start of its epoch nobody could verify the Erasure. */
static inline bool sb_erasure_may_wait(const struct sb_link *link)
{
    return link->kind != SB_KIND_SYSTEM || link->seq.n != 1;
}
/* Has it a body that erases something? */
bool sb_erasure_says(const struct sb_item *item);
/* How many erasures may be recorded in this round. */
unsigned sb_erasure_left(struct sb_node *node);
/* One has found no place in this round, and comes again. */
void sb_erasure_put_off(struct sb_node *node);
/* What erases beyond that comes without its body, as from a sender that had no room for it: it is
 * asked for then, and erases when it comes. Into a full store so does what comes with an Erasure
 * and may wait. */
void sb_erasure_leave_out(struct sb_node *node, const struct sb_item *items,
                          struct sb_item_note *notes, size_t n);
/* Is any of the events here that have this id for this organisation? One id may have been used
 * twice. `r` is room for one. */
bool sb_erasure_entitles(struct sb_node *node, uint16_t origin, const struct sb_uuid *event,
                         const struct sb_org *org, struct sb_record *r);
/* Another event of an erased id is staged that is for us: where those that were here before were
 * not, nothing has been confirmed, and now it is due. */
void sb_erasure_comes_late(struct sb_node *node, uint16_t origin, const struct sb_uuid *event);
/* Is this of what keeps, or would keep, an item under embargo? The Erasure of that item erases it
 * too. `r` is room for one. */
bool sb_erasure_is_of_hold(struct sb_node *node, const struct sb_erased *e, struct sb_record *r);
bool sb_erasure_has(struct sb_node *node, uint16_t origin, const struct sb_uuid *event);
/* The Erasure by which it is erased, where that counts; what has expired has none. */
bool sb_erasure_find_by(struct sb_node *node, uint16_t origin, const struct sb_uuid *event,
                        struct sb_record *r);
/* Of an event that was read again after a start: does what a daemon before this one left undone.
 * True: nothing is left. False: it has to be read again once more. */
bool sb_erasure_read_again(struct sb_node *node, const struct sb_record *record);

/* ---- what we say ourselves */

/* What the one event of the step says; NULL: no memory, and the turn has failed. */
struct sb_word *sb_erasure_new_word(struct sb_node *node, struct sb_step *step,
                                    enum sb_word_kind kind);
/* The event by which we say it; false: no memory. */
bool sb_erasure_make_event(struct sb_node *node, struct sb_step *step, struct sb_word *word,
                           struct sb_bytes body, struct sb_in_said *said);

/* ---- staging */
void sb_erasure_apply(struct sb_node *node, const struct sb_step *step, const struct sb_effect *fx);
void sb_erasure_put_receipts(struct sb_node *node, const struct sb_step *step);
/* Did this round erase the event? Then nothing of it leaves, though its bytes are at hand. */
bool sb_erasure_in_round(const struct sb_node *node, uint16_t origin, const struct sb_uuid *event);
/* Whether what this round recorded stands: where it does not, fewer are tried at once. */
void sb_erasure_settle(struct sb_node *node, bool committed);
/* Records staged by whatever else forgets: they are to be compacted away. */
void sb_erasure_staged(struct sb_node *node);

/* ---- work that is left, at the beginning of a turn */

/* A step of the compaction under way, or the beginning of one that is due. */
enum sb_rc sb_erasure_compact(struct sb_node *node, struct sb_err *err);
void sb_erasure_tend(struct sb_node *node);
void sb_erasure_audit(struct sb_node *node);
int64_t sb_erasure_deadline(const struct sb_node *node);

/* How long partners may take to confirm from now on, before there is an alarm; 0: for ever. */
void sb_node_expect_receipts(struct sb_node *node, int64_t within_ms);

/* ---- answers */
void sb_erasure_answer(struct sb_node *node, uint32_t session, uint32_t request,
                       struct sb_bytes from);

#endif
