/* Damaged bodies; see damage.h. */
#include "daemon/shell/damage.h"

#include <stdio.h>

#include "daemon/shell/node_internal.h"
#include "proto/segment.h"

static void tell(struct sb_node *node, const struct sb_record *record)
{
    char text[SB_NODE_TEXT_MAX];
    struct sb_epoch_name name = {.origin = 0};
    sb_people_epoch(node, record->origin, record->item.link.epoch, &name);
    snprintf(text, sizeof text,
             "%s %s:%llu: its body in the store is damaged and is given to nobody; stop samenbusd "
             "and run `samenbus repair`, then partners bring it again",
             node->orgs[record->origin].s, name.text, (unsigned long long)record->item.link.seq.n);
    sb_node_alarm(node, "damaged", true, text);
}

void sb_damage_check(struct sb_node *node, struct sb_record *record)
{
    struct sb_item *item = &record->item;
    if (item->salt == NULL ||
        sb_body_verify(&item->link, item->salt, item->body) == SB_FAULT_NONE) {
        return;
    }
    item->salt = NULL;
    item->body = (struct sb_bytes){NULL, 0};
    record->state = SB_BODY_MISSING;
    if (!node->damage_told) {
        node->damage_told = true;
        tell(node, record);
    }
}
