/* samenbus explain: who made an event, who has it, and what it changed in the views, or why it
 * changed nothing. The rules are in proto/rules/; here a view is asked what it says of one
 * statement. */
#include <stdio.h>
#include <string.h>

#include "clients/command/explain_code.h"
#include "clients/command/explain_event.h"
#include "clients/command/gather.h"
#include "clients/command/nearest.h"
#include "clients/command/talk.h"
#include "clients/command/terms.h"
#include "proto/rules/agenda.h"
#include "proto/rules/decision.h"
#include "proto/rules/notification.h"
#include "proto/view_json.h"

enum {
    ANSWER_BYTES = 4096,
    ANSWER_MS = 5000,
    FACTS_BYTES = 1024 * 1024,
    SENTENCE_BYTES = 256,
    ALL_KINDS = 1U << SB_SUBJECT_ITEM | 1U << SB_SUBJECT_DECISION | 1U << SB_SUBJECT_NOTIFICATION,
};

static const char *const formats[] = {"text", "json", NULL};

struct effect {
    const char *name; /* "counted" */
    enum sb_why why;  /* of an ignored one */
    char sentence[SENTENCE_BYTES];
};

static struct effect effect_of(const char *name, enum sb_why why, const char *sentence)
{
    struct effect e = {.name = name, .why = why};
    (void)snprintf(e.sentence, sizeof e.sentence, "%s", sentence);
    return e;
}

static bool find_ignored(const struct sb_ignored *list, size_t n, const struct sb_statement *s,
                         struct effect *out)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].statement == s) {
            *out = effect_of("ignored", list[i].why, sb_why_sentence(list[i].why));
            return true;
        }
    }
    return false;
}

static bool has(const struct sb_statements *list, const struct sb_statement *s)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->p[i] == s) {
            return true;
        }
    }
    return false;
}

/* ---- the three views */

static bool explain_item(struct sb_gathered *g, const struct sb_gathered_subject *of,
                         const struct sb_statement *s, struct effect *out)
{
    const struct sb_agenda_group *group =
        sb_agenda_fold(&of->subject.of.id, of->statements, of->n, &g->arena);
    if (group == NULL) {
        return false;
    }
    *out = effect_of("replaced", SB_WHY_NONE, "a later version has taken its place");
    if (find_ignored(group->ignored, group->n_ignored, s, out)) {
        return true;
    }
    for (size_t i = 0; i < group->n_items; i++) {
        if (group->items[i].winner == s) {
            *out = effect_of("winner", SB_WHY_NONE, "it is what the item says now");
        } else if (has(&group->items[i].conflict, s)) {
            *out = effect_of("conflict", SB_WHY_NONE,
                             "another version, made without knowing this one, is shown; an edit "
                             "that supersedes both ends the conflict");
        }
    }
    return true;
}

static const char *sentence_of(enum sb_position_state state)
{
    switch (state) {
    case SB_POSITION_COUNTED: return "it is what the organisation answers";
    case SB_POSITION_STALE: return "it is about an older text; it can be taken again on this one";
    case SB_POSITION_LATE: return "taken after the deadline, or outside what the closing counted";
    case SB_POSITION_SUPERSEDED: return "another word of the organisation has taken its place";
    case SB_POSITION_UNCLEAR: return "the organisation says two things, none later than the other";
    case SB_POSITION_IGNORED: break;
    }
    return "";
}

static void explain_position(const struct sb_decision_view *view, const struct sb_statement *s,
                             struct effect *out)
{
    for (size_t i = 0; i < view->n_positions; i++) {
        const struct sb_position_view *p = &view->positions[i];
        if (p->statement == s) {
            bool ignored = p->state == SB_POSITION_IGNORED;
            *out = effect_of(sb_position_state_name(p->state), p->why,
                             ignored ? sb_why_sentence(p->why) : sentence_of(p->state));
        }
    }
}

static bool explain_decision(struct sb_gathered *g, const struct sb_gathered_subject *of,
                             const struct sb_statement *s, struct effect *out)
{
    const struct sb_decision_view *view = sb_decision_fold(&of->subject.of, of->statements, of->n,
                                                           &g->past, sb_date_of(g->now), &g->arena);
    if (view == NULL) {
        return false;
    }
    *out = effect_of("replaced", SB_WHY_NONE, "a later text has taken its place");
    if (find_ignored(view->ignored, view->n_ignored, s, out)) {
        return true;
    }
    if (s->content == SB_CONTENT_POSITION) {
        *out = effect_of("later", SB_WHY_NONE, "it is of a day that is still to come");
        explain_position(view, s, out);
    } else if (has(&view->ends, s)) {
        *out = effect_of("end", SB_WHY_NONE,
                         view->ends_contradict ? "it contradicts another end" : "it ended it");
    } else if (has(&view->last_revisions, s)) {
        *out = effect_of("current", SB_WHY_NONE, "it is the text that stands");
    }
    return true;
}

static bool explain_notice(struct sb_gathered *g, const struct sb_gathered_subject *of,
                           const struct sb_statement *s, struct effect *out)
{
    const struct sb_notification_view *view =
        sb_notification_fold(&of->subject.of, of->statements, of->n, &g->past, g->now, &g->arena);
    if (view == NULL) {
        return false;
    }
    *out = effect_of("replaced", SB_WHY_NONE, "another one says the same, or later");
    if (find_ignored(view->ignored, view->n_ignored, s, out)) {
        return true;
    }
    if (view->shown == s) {
        *out = effect_of("shown", SB_WHY_NONE, "it is what the notification says");
    } else if (has(&view->conflict, s)) {
        *out = effect_of("conflict", SB_WHY_NONE, "its sender said something else as well");
    } else if (has(&view->acknowledged, s)) {
        *out = effect_of("counted", SB_WHY_NONE, "it is the acknowledgement that counts");
    }
    return true;
}

/* ---- the answer */

static void put_reference(char out[static SENTENCE_BYTES], const struct sb_reference *of)
{
    char id[SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &of->id);
    (void)snprintf(out, SENTENCE_BYTES, "%s%s%s", of->org.s, of->org.s[0] == '\0' ? "" : "/", id);
}

static void put_json(struct sb_json_out *out, const char *of, const struct sb_statement *s,
                     const struct effect *e)
{
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "of", of);
    sb_json_member_string(out, "type", sb_content_name(s->content));
    sb_json_member_string(out, "state", e->name);
    sb_json_member_string(out, "why", e->why == SB_WHY_NONE ? NULL : sb_why_name(e->why));
    sb_json_member_string(out, "sentence", e->sentence);
    sb_json_put_close(out, '}');
}

/* "about GM0384/…: counted", and a sentence. */
static void print_effect(const char *of, const struct effect *e)
{
    const char *name = sb_term(SB_TERM_EFFECT, e->name);
    name = name == e->name ? sb_term(SB_TERM_STATE, name) : name;
    printf("%s %s: %s%s%s\n  %s\n", sb_term(SB_TERM_LABEL, "about"), of,
           sb_colour(stdout, e->why == SB_WHY_NONE ? SB_GREEN : SB_YELLOW), name,
           sb_colour(stdout, SB_PLAIN),
           sb_term_why(e->why == SB_WHY_NONE ? e->name : sb_why_name(e->why), e->sentence));
}

/* Every subject that has the event, for a successor has two; returns how many, or -1. */
static int explain_all(struct sb_gathered *g, const struct sb_reference *event,
                       struct sb_json_out *out)
{
    bool (*const views[])(struct sb_gathered *, const struct sb_gathered_subject *,
                          const struct sb_statement *, struct effect *) = {
        [SB_SUBJECT_ITEM] = explain_item,
        [SB_SUBJECT_DECISION] = explain_decision,
        [SB_SUBJECT_NOTIFICATION] = explain_notice,
    };
    int found = 0;
    for (size_t i = 0; i < g->n_subjects; i++) {
        const struct sb_gathered_subject *of = &g->subjects[i];
        for (size_t k = 0; k < of->n; k++) {
            const struct sb_statement *s = of->statements[k];
            struct effect e;
            char name[SENTENCE_BYTES];
            if (!sb_reference_eq(&s->event, event)) {
                continue;
            }
            if (!views[of->subject.kind](g, of, s, &e)) {
                return -1;
            }
            found++;
            put_reference(name, &of->subject.of);
            if (out != NULL) {
                put_json(out, name, s, &e);
            } else {
                print_effect(name, &e);
            }
        }
    }
    return found;
}

static int answer_json(struct sb_gathered *g, const struct sb_reference *event,
                       const struct sb_event_facts *facts)
{
    struct sb_json_out out;
    sb_json_out_init(&out, &g->arena, ANSWER_BYTES);
    sb_json_put_open(&out, '{');
    sb_event_facts_put(&out, facts);
    sb_json_put_key(&out, "effects");
    sb_json_put_open(&out, '[');
    int found = explain_all(g, event, &out);
    sb_json_put_close(&out, ']');
    sb_gathered_put_end(&out, g, true);
    sb_json_put_close(&out, '}');
    return found < 0 ? -1 : sb_gathered_print(&out);
}

/* Behind the event itself, which has been told. */
static int answer_text(struct sb_gathered *g, const struct sb_reference *event,
                       const struct sb_event_facts *facts)
{
    int found = explain_all(g, event, NULL);
    if (found == 0 && facts->readable) {
        puts("no view is made of it: it is neither of the agenda, nor of a decision, nor a "
             "notification");
    }
    sb_gathered_say_end(g, true);
    return found < 0 ? -1 : SB_EXIT_OK;
}

/* People also have the names of what events are about: then one of its events, and what shows it.
 */
static bool say_subject(const struct sb_args *args, const struct sb_reference *named)
{
    static const struct {
        const char *what, *show;
    } kinds[] = {
        [SB_SUBJECT_ITEM] = {"an agenda item", "agenda show"},
        [SB_SUBJECT_DECISION] = {"a decision", "decision show"},
        [SB_SUBJECT_NOTIFICATION] = {"a notification", "notify list"},
    };
    struct sb_gathered *g;
    int code = sb_gather(args, ALL_KINDS, &named->id, &g);
    bool found = code == SB_EXIT_OK && g->n_subjects > 0 && g->subjects[0].n > 0;
    if (found) {
        const struct sb_gathered_subject *of = &g->subjects[g->n_subjects - 1];
        bool listed = of->subject.kind == SB_SUBJECT_NOTIFICATION;
        char event[SENTENCE_BYTES];
        put_reference(event, &of->statements[of->n - 1]->event);
        sb_talk("that is %s, not an event: see samenbus %s%s%s; what was said of it is in events "
                "of their own, such as %s",
                kinds[of->subject.kind].what, kinds[of->subject.kind].show, listed ? "" : " ",
                listed ? "" : args->operands[0], event);
    }
    sb_gathered_free(g);
    return found;
}

static int ask(const struct sb_args *args, const struct sb_reference *event,
               struct sb_event_facts *facts, struct sb_arena *arena)
{
    struct sb_client *client;
    struct sb_err err = {0};
    int code = sb_talk_open(args, ANSWER_MS, &client);
    if (code != SB_EXIT_OK) {
        return code;
    }
    enum sb_rc rc = sb_event_facts_ask(facts, client, event, arena, &err);
    bool found = rc == SB_OK && facts->holders.n_items > 0;
    if (rc != SB_OK) {
        code = sb_talk_error(rc, &err);
    } else if (!found) {
        code = SB_EXIT_FAILURE;
        if (!say_subject(args, event)) {
            sb_talk("no such event is known here; if it is new, samenbus status says what is still "
                    "missing here");
            sb_nearest_ask(client, event->org.s);
        }
    }
    sb_client_close(client);
    return code;
}

static int explain(const struct sb_args *args, const struct sb_reference *event, bool json,
                   struct sb_arena *arena)
{
    struct sb_gathered *g = NULL;
    struct sb_event_facts facts;
    int code = ask(args, event, &facts, arena);
    if (code == SB_EXIT_OK && !json) {
        sb_event_facts_print(&facts); /* also where the daemon is too old to have views */
    }
    code = code == SB_EXIT_OK ? sb_gather_event(args, event, &g) : code;
    if (code == SB_EXIT_OK) {
        code = json ? answer_json(g, event, &facts) : answer_text(g, event, &facts);
        if (code < 0) {
            sb_talk("no memory for what was said about it");
            code = SB_EXIT_FAILURE;
        }
    }
    sb_gathered_free(g);
    return code;
}

static int run(const struct sb_args *args)
{
    struct sb_reference event;
    struct sb_arena arena;
    size_t format = 0;
    if (args->n_operands != 1) {
        return sb_args_complain(args, "say which event, ORG/UUID, or which code");
    }
    if (!sb_args_word(args, "output", formats, &format)) {
        return SB_EXIT_USAGE;
    }
    if (strchr(args->operands[0], '/') == NULL) {
        return sb_explain_code(args, args->operands[0], format == 1);
    }
    if (!sb_gather_reference(args, args->operands[0], &event)) {
        return SB_EXIT_USAGE;
    }
    sb_arena_init(&arena, FACTS_BYTES);
    int code = explain(args, &event, format == 1, &arena);
    sb_arena_fini(&arena);
    return code;
}

static const struct sb_flag flags[] = {
    SB_FLAG_CONFIG,
    {"output", 'o', "text|json", "for people (default), or one JSON object"},
};

const struct sb_command sb_command_explain = {
    .words = "explain",
    .synopsis = "ORG/UUID | CODE",
    .about = "say who made an event and when, who has it, and what it changed, or why it changed "
             "nothing",
    SB_FLAGS(flags),
    .operands_max = 1,
    .examples = "  samenbus explain GM0384/01936c9e-8a40-7cc1-b1de-000000000001\n"
                "  samenbus explain stuck_consumer\n",
    .run = run,
};
