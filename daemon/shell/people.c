/* What a node says to people: who somebody is, complaints, alarms and changes of state. It keeps
 * the alarms that are raised, for `status`. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "proto/text.h"

const char *sb_people_name(const struct sb_node *node, uint32_t identity)
{
    if (identity >= SB_IDENTITY_CLIENT) {
        size_t client = identity - SB_IDENTITY_CLIENT;
        return client < node->o.n_clients ? node->o.clients[client].name : "somebody";
    }
    return identity < node->n_origins ? node->orgs[identity].s : "somebody";
}

void sb_people_complain(struct sb_node *node, uint32_t identity, const char *what, const char *why)
{
    const struct sb_node_events *events = &node->o.events;
    node->malformed++;
    if (events->complaint != NULL) {
        events->complaint(events->context, sb_people_name(node, identity), what, why);
    }
}

void sb_people_deny(struct sb_node *node, uint32_t identity, const char *what, const char *rule)
{
    const struct sb_node_events *events = &node->o.events;
    node->denied++;
    if (events->denial != NULL) {
        events->denial(events->context, sb_people_name(node, identity), what, rule);
    }
}

void sb_people_epoch(const struct sb_node *node, uint16_t origin, struct sb_epoch epoch,
                     struct sb_epoch_name *name)
{
    if (name->epoch.counter != 0 && name->origin == origin && sb_epoch_eq(name->epoch, epoch)) {
        return;
    }
    name->origin = origin;
    name->epoch = epoch;
    name->forked = sb_core_branches(node->core, origin, epoch) > 1;
    sb_epoch_format(name->text, epoch, sb_core_epoch_digits(node->core, origin, epoch));
}

static const char *alarm_sentence(enum sb_alarm_code code)
{
    switch (code) {
    case SB_ALARM_FORK:
        return "two signed histories at one place; both are kept and count: see `samenbus evidence "
               "list`, and find out which machines have that key";
    case SB_ALARM_SECOND_INSTANCE:
        return "a second instance of this daemon, or a resumed snapshot, wrote after us";
    case SB_ALARM_QUOTA:
        return "its events have reached the disk quota; raise store.max_size_per_origin";
    case SB_ALARM_STALLED:
        return "nothing arrives from this partner; samenbus status says which way, and why";
    case SB_ALARM_FLOODING:
        return "it publishes more than its `rate` under `peers` in samenbusd.yaml: what is beyond "
               "that is fetched later, and nobody else waits for it";
    case SB_ALARM_STORE_FULL: return "the store is full; publishes are refused until there is room";
    case SB_ALARM_COUNT: break;
    }
    return "";
}

/* Of one that is over: what was wrong would read as if it still were. */
static const char *over_sentence(enum sb_alarm_code code)
{
    switch (code) {
    case SB_ALARM_FORK:
    case SB_ALARM_SECOND_INSTANCE: break;
    case SB_ALARM_QUOTA: return "its events have room again";
    case SB_ALARM_STALLED: return "it is heard again, or is no partner any more";
    case SB_ALARM_FLOODING: return "it keeps to its rate again, or is no partner any more";
    case SB_ALARM_STORE_FULL: return "the store has room again";
    case SB_ALARM_COUNT: break;
    }
    return "nothing is wrong any more";
}

static void describe_alarm(const struct sb_node *node, const struct sb_effect *fx,
                           char text[static SB_NODE_TEXT_MAX])
{
    const char *sentence =
        fx->alarm.raised ? alarm_sentence(fx->alarm.code) : over_sentence(fx->alarm.code);
    const char *org = fx->alarm.origin < node->n_origins ? node->orgs[fx->alarm.origin].s : "?";
    if (fx->alarm.code == SB_ALARM_STORE_FULL) {
        snprintf(text, SB_NODE_TEXT_MAX, "%s", sentence);
        return;
    }
    if (fx->alarm.epoch.counter == 0) {
        snprintf(text, SB_NODE_TEXT_MAX, "%s: %s", org, sentence);
        return;
    }
    struct sb_epoch_name name = {.origin = 0};
    sb_people_epoch(node, fx->alarm.origin, fx->alarm.epoch, &name);
    snprintf(text, SB_NODE_TEXT_MAX, "%s %s:%llu: %s", org, name.text,
             (unsigned long long)fx->alarm.seq.n, sentence);
}

static size_t find_raised(const struct sb_node *node, const char *code, uint16_t origin)
{
    size_t i = 0;
    while (i < node->n_raised &&
           (strcmp(node->raised[i].code, code) != 0 || node->raised[i].origin != origin)) {
        i++;
    }
    return i;
}

static void keep_alarm(struct sb_node *node, const char *code, uint16_t origin, const char *text)
{
    size_t at = find_raised(node, code, origin);
    if (at == SB_NODE_ALARMS_MAX) {
        return;
    }
    struct sb_raised *raised = &node->raised[at];
    if (at == node->n_raised) {
        node->n_raised++;
        raised->since = node->turn.now.wall;
    }
    raised->code = code;
    raised->origin = origin;
    snprintf(raised->text, sizeof raised->text, "%s", text);
}

static void forget_alarm(struct sb_node *node, const char *code, uint16_t origin)
{
    size_t at = find_raised(node, code, origin);
    if (at < node->n_raised) {
        node->raised[at] = node->raised[--node->n_raised];
    }
}

static void change_alarm(struct sb_node *node, const char *code, uint16_t origin, bool raised,
                         const char *text)
{
    const struct sb_node_events *events = &node->o.events;
    if (raised) {
        keep_alarm(node, code, origin, text);
    } else {
        forget_alarm(node, code, origin);
    }
    if (events->alarm != NULL) {
        events->alarm(events->context, code, raised, text);
    }
}

void sb_people_alarm_of(struct sb_node *node, const char *code, uint16_t number, bool raised,
                        const char *text)
{
    change_alarm(node, code, number, raised, text);
}

void sb_people_alarm(struct sb_node *node, const struct sb_effect *fx)
{
    char text[SB_NODE_TEXT_MAX];
    describe_alarm(node, fx, text);
    change_alarm(node, sb_alarm_name(fx->alarm.code), fx->alarm.origin, fx->alarm.raised, text);
}

void sb_node_alarm(struct sb_node *node, const char *code, bool raised, const char *text)
{
    const uint16_t ourselves = 0;
    change_alarm(node, code, ourselves, raised, text);
}

void sb_people_state(struct sb_node *node, const struct sb_effect *fx)
{
    const struct sb_node_events *events = &node->o.events;
    if (events->state != NULL && fx->state.partner < node->n_origins) {
        const char *why = fx->state.why == NULL ? "" : fx->state.why;
        events->state(events->context, node->orgs[fx->state.partner].s, fx->state.what,
                      fx->state.from, fx->state.to, why);
    }
}
