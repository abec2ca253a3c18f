/* A ring of happenings; see journal.h. */
#include "daemon/shell/journal.h"

#include <stdio.h>
#include <string.h>

#include "proto/text.h"

/* Cut between characters: what is shown must be text still. */
static void put(char *out, size_t cap, const char *text)
{
    size_t n = strlen(text), at = 0;
    while (at < n) {
        uint32_t c;
        size_t length = sb_utf8_next(&c, (const uint8_t *)text + at, n - at);
        length = length == 0 ? 1 : length;
        if (at + length >= cap) {
            break;
        }
        at += length;
    }
    memcpy(out, text, at);
    out[at] = '\0';
}

void sb_journal_add(struct sb_journal *j, struct sb_time now, const struct sb_journal_note *note,
                    const char *text)
{
    struct sb_journal_entry *e = &j->entries[j->n++ % SB_HAPPENINGS_MAX];
    e->time = now;
    e->code = note->code;
    e->origin = note->origin;
    put(e->actor, sizeof e->actor, note->actor);
    put(e->object, sizeof e->object, note->object);
    put(e->result, sizeof e->result, note->result);
    put(e->text, sizeof e->text, text);
}

static const char *keep(struct sb_arena *arena, const char *text)
{
    char safe[4 * SB_JOURNAL_TEXT_MAX]; /* what others wrote may not even be UTF-8 */
    sb_text_escape(safe, sizeof safe, (struct sb_bytes){(const uint8_t *)text, strlen(text)});
    const char *p = (const char *)sb_arena_copy(arena, safe, strlen(safe)).p;
    return p == NULL ? "" : p;
}

void sb_journal_read(const struct sb_journal *j, uint64_t after, struct sb_happenings *out,
                     struct sb_arena *arena)
{
    uint64_t first = j->n > SB_HAPPENINGS_MAX ? j->n - SB_HAPPENINGS_MAX : 0;
    first = after > first ? after : first;
    *out = (struct sb_happenings){.next = j->n + 1};
    out->items = sb_arena_alloc(arena, SB_HAPPENINGS_MAX * sizeof *out->items);
    for (uint64_t i = first; out->items != NULL && i < j->n; i++) {
        const struct sb_journal_entry *e = &j->entries[i % SB_HAPPENINGS_MAX];
        const struct sb_happening_kind *kind = sb_happening_kind(e->code);
        out->items[out->n_items++] = (struct sb_happening){.number = i + 1,
                                                           .time = e->time,
                                                           .code = kind->code,
                                                           .action = kind->action,
                                                           .actor = keep(arena, e->actor),
                                                           .object = keep(arena, e->object),
                                                           .result = keep(arena, e->result),
                                                           .origin = e->origin,
                                                           .text = keep(arena, e->text)};
    }
}
