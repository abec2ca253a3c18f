/* Broadcasts on the PUB endpoint: what every admitted key may read. A restricted event goes out as
 * its link alone; system events go with their bodies, under link/ as well. */
#include <stdio.h>
#include <string.h>

#include "daemon/shell/erasure.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

/* Borrowed from the body, or made: "link/GM0384". */
static struct sb_bytes topic_of(struct sb_node *node, const struct sb_staged *s,
                                const struct sb_item *item)
{
    struct sb_body_head head;
    enum sb_class class;
    if (s->class != SB_CLASS_LINK && item->salt != NULL && sb_body_head_read(&head, item->body) &&
        sb_topic_valid((const char *)head.topic.p, head.topic.n, &class)) {
        return head.topic;
    }
    char text[sizeof "link/" + SB_ORG_MAX];
    int n = snprintf(text, sizeof text, "link/%s", item->link.origin.s);
    return sb_arena_copy(&node->arena, text, (size_t)n);
}

static void send_one(struct sb_node *node, const struct sb_group *group, const struct sb_staged *s,
                     size_t i)
{
    struct sb_message m = {.type = SB_MSG_BROADCAST};
    struct sb_item *item = &m.broadcast.item;
    *item = group->items[i];
    bool unasked =
        group->notes != NULL && item->link.kind != SB_KIND_SYSTEM &&
        sb_core_settling(node->core); /* it may have been erased: it is asked for later */
    bool withheld =
        unasked ||
        (group->notes != NULL && (!group->notes[i].has_body || group->notes[i].erased)) ||
        sb_erasure_in_round(node, s->origin, &item->link.id);
    bool restricted = item->link.kind == SB_KIND_RESTRICTED;
    if (withheld || (restricted && !sb_planted(SB_PLANT_BROADCAST_RESTRICTED))) {
        item->salt = NULL;
        item->body = (struct sb_bytes){NULL, 0};
    }
    if (item->link_bytes.p == NULL) {
        uint8_t bytes[SB_LINK_MAX];
        size_t n = sb_link_encode(bytes, &item->link);
        item->link_bytes = sb_arena_copy(&node->arena, bytes, n);
    }
    m.broadcast.checkpoint = *sb_group_checkpoint(group, s->seq);
    m.broadcast.offset = s->offset;
    m.broadcast.previous = s->previous;
    sb_outbox_publish(node, topic_of(node, s, item), &m);
}

void sb_broadcast_send(struct sb_node *node, const struct sb_effect *fx)
{
    const struct sb_staged *staged = sb_core_staged(node->core);
    uint32_t end = fx->append.first + fx->append.n;
    if (!node->turn.followed) {
        return;
    }
    for (size_t g = 0; g < node->turn.n_groups; g++) {
        const struct sb_group *group = &node->turn.groups[g];
        size_t n = (size_t)(group->to.n - group->from.n + 1);
        for (size_t i = 0; i < n && node->turn.rc == SB_OK; i++) {
            uint32_t at = group->first + (uint32_t)i;
            if (at >= fx->append.first && at < end) {
                send_one(node, group, &staged[at], i);
            }
        }
    }
}
