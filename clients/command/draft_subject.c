/* What a command that writes is about, looked up in what was gathered; see draft.h. */
#include <stdio.h>

#include "clients/command/draft.h"
#include "clients/command/talk.h"

enum { SENTENCE_BYTES = 512 };

static int out_of_memory(void)
{
    sb_talk("no memory for what was said about it");
    return SB_EXIT_FAILURE;
}

static int refuse_unknown(enum sb_code code, const char *what, const struct sb_reference *of)
{
    char text[SENTENCE_BYTES], id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    (void)snprintf(text, sizeof text,
                   "no %s %s/%s is known here; write the id of one that is, or wait until it has "
                   "come",
                   what, of->org.s, id);
    return sb_draft_refuse(code, text);
}

int sb_draft_decision(struct sb_gathered *g, const struct sb_reference *of,
                      const struct sb_decision_view **out)
{
    const struct sb_subject subject = {SB_SUBJECT_DECISION, *of};
    struct sb_gathered_subject found = sb_gathered_find(g, &subject);
    *out = sb_decision_fold(of, found.statements, found.n, &g->past, sb_date_of(g->now), &g->arena);
    if (*out == NULL) {
        return out_of_memory();
    }
    return (*out)->revision == NULL ? refuse_unknown(SB_CODE_UNKNOWN_DECISION, "decision", of)
                                    : SB_EXIT_OK;
}

int sb_draft_own_decision(struct sb_gathered *g, const struct sb_reference *of,
                          const struct sb_decision_view **out)
{
    char text[SENTENCE_BYTES];
    int code = sb_draft_decision(g, of, out);
    if (code != SB_EXIT_OK || sb_org_eq(&of->org, &g->organisation)) {
        return code;
    }
    (void)snprintf(text, sizeof text, "only %s, which proposed it, may do this; ask it to",
                   of->org.s);
    return sb_draft_refuse(SB_CODE_NOT_ALLOWED, text);
}

int sb_draft_item(struct sb_gathered *g, const struct sb_reference *of,
                  const struct sb_agenda_view **out)
{
    const struct sb_subject subject = {SB_SUBJECT_ITEM, {{{0}}, of->id}};
    struct sb_gathered_subject found = sb_gathered_find(g, &subject);
    const struct sb_agenda_group *group =
        sb_agenda_fold(&of->id, found.statements, found.n, &g->arena);
    if (group == NULL) {
        return out_of_memory();
    }
    for (size_t i = 0; i < group->n_items; i++) {
        if (sb_reference_eq(&group->items[i].item, of)) {
            *out = &group->items[i];
            return SB_EXIT_OK;
        }
    }
    return refuse_unknown(SB_CODE_INVALID_BODY, "agenda item", of);
}
