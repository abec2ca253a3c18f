/* The last happenings of this daemon, in memory, for `samenbus events`; the log has them all. */
#ifndef SB_SHELL_JOURNAL_H
#define SB_SHELL_JOURNAL_H

#include "proto/arena.h"
#include "proto/happening.h"

enum {
    SB_JOURNAL_WORD_MAX = 80, /* bytes of an actor, an object or a result; the rest is cut */
    SB_JOURNAL_TEXT_MAX = 256,
};

struct sb_journal_entry {
    struct sb_time time;
    enum sb_happening_code code;
    const char *origin; /* static storage */
    char actor[SB_JOURNAL_WORD_MAX], object[SB_JOURNAL_WORD_MAX], result[SB_JOURNAL_WORD_MAX];
    char text[SB_JOURNAL_TEXT_MAX];
};

struct sb_journal {
    struct sb_journal_entry entries[SB_HAPPENINGS_MAX]; /* a ring, by number */
    uint64_t n;                                         /* that there ever were */
};

struct sb_journal_note {
    enum sb_happening_code code;
    const char *actor, *object, *result, *origin; /* origin: static storage */
};

void sb_journal_add(struct sb_journal *j, struct sb_time now, const struct sb_journal_note *note,
                    const char *text);
/* Those after this number that are still here; from the arena. */
void sb_journal_read(const struct sb_journal *j, uint64_t after, struct sb_happenings *out,
                     struct sb_arena *arena);

#endif
