/* Tells people what has become durable, in the order of commits: every event once, at the offset
 * where streams show it too. A deferred event is told when it is released. */
#include <string.h>

#include "daemon/shell/node_internal.h"

static void tell(struct sb_node *node, const struct sb_epoch_name *e, struct sb_delivered *d)
{
    d->forked = e->forked;
    memcpy(d->epoch, e->text, sizeof d->epoch);
    node->o.events.committed(node->o.events.context, d);
}

static void tell_appended(struct sb_node *node, const struct sb_epoch_name *e,
                          const struct sb_group *group)
{
    const struct sb_staged *staged = sb_core_staged(node->core) + group->first;
    size_t n = (size_t)(group->to.n - group->from.n + 1);
    for (size_t i = 0; i < n; i++) {
        if (staged[i].deferred) {
            continue;
        }
        struct sb_delivered d = {
            .offset = staged[i].offset, .item = group->items[i], .state = staged[i].state};
        d.checkpoint_time = sb_group_checkpoint(group, staged[i].seq)->time;
        if (group->notes != NULL && !group->notes[i].has_body) {
            d.item.salt = NULL;
            d.item.body = (struct sb_bytes){NULL, 0};
        }
        tell(node, e, &d);
    }
}

static void tell_released(struct sb_node *node, const struct sb_epoch_name *e,
                          const struct sb_group *group)
{
    struct sb_place place = {group->origin, group->branch, group->epoch, group->from};
    struct sb_offset at = group->offset;
    for (; place.seq.n <= group->to.n; place.seq.n++, at.n++) {
        struct sb_record record;
        struct sb_checkpoint checkpoint = {.time = {0}};
        if (!sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err))) {
            return;
        }
        sb_turn_found(node,
                      sb_store_checkpoint(node->o.store, &place, &checkpoint, node->turn.err));
        struct sb_delivered d = {.offset = at, .item = record.item, .state = record.state};
        d.checkpoint_time = checkpoint.time;
        tell(node, e, &d);
    }
}

void sb_tell_committed(struct sb_node *node)
{
    struct sb_epoch_name e = {.origin = 0};
    if (node->o.events.committed == NULL) {
        return;
    }
    for (size_t i = 0; i < node->turn.n_groups && node->turn.rc == SB_OK; i++) {
        const struct sb_group *group = &node->turn.groups[i];
        sb_people_epoch(node, group->origin, group->epoch, &e);
        if (group->release) {
            tell_released(node, &e, group);
        } else {
            tell_appended(node, &e, group);
        }
    }
}
