/* Who reads consumers: see consumer_readers.h. */
#include "daemon/shell/consumer_readers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/core/plant.h"
#include "daemon/shell/node_internal.h"

struct sb_consumer_reader {
    struct sb_consumer_reader *next;
    uint32_t session;
    uint64_t begun; /* which beginning it subscribed to */
    char name[SB_CONSUMER_NAME_MAX + 1];
};

/* By name: one that was removed and added again may stand in another slot. */
static struct sb_consumer_reader *find(const struct sb_node *node, uint32_t session, uint16_t slot)
{
    const char *name = sb_consumers_at(node, slot)->name;
    struct sb_consumer_reader *r = node->consumers.readers.first;
    while (r != NULL && (r->session != session || strcmp(r->name, name) != 0)) {
        r = r->next;
    }
    return r;
}

/* Forgets what the session read, but for the newest `most`. */
static void keep_newest(struct sb_node *node, uint32_t session, size_t most)
{
    struct sb_consumer_reader **at = &node->consumers.readers.first, *r;
    while ((r = *at) != NULL) {
        if (r->session != session || most > 0) {
            most -= r->session == session;
            at = &r->next;
        } else {
            *at = r->next;
            free(r);
        }
    }
}

bool sb_consumer_readers_note(struct sb_node *node, uint32_t session, uint16_t slot)
{
    struct sb_consumer_readers *readers = &node->consumers.readers;
    struct sb_consumer_reader *r = find(node, session, slot);
    if (r == NULL) {
        keep_newest(node, session, SB_CONSUMERS_MAX - 1);
        r = calloc(1, sizeof *r);
        if (r == NULL) {
            return false;
        }
        r->session = session;
        (void)snprintf(r->name, sizeof r->name, "%s", sb_consumers_at(node, slot)->name);
        r->next = readers->first;
        readers->first = r;
    }
    r->begun = node->consumers.slots[slot].begun;
    return true;
}

bool sb_consumer_readers_outdated(const struct sb_node *node, uint32_t session, uint16_t slot)
{
    const struct sb_consumer_slot *s = &node->consumers.slots[slot];
    const struct sb_consumer_reader *r = find(node, session, slot);
    return r != NULL && (r->begun != s->begun || (s->touched && s->anew)) &&
           !sb_planted(SB_PLANT_ANEW_UNDONE);
}

void sb_consumer_readers_gone(struct sb_node *node, uint32_t session)
{
    keep_newest(node, session, 0);
}

void sb_consumer_readers_begun(struct sb_node *node, uint16_t slot)
{
    node->consumers.slots[slot].begun = ++node->consumers.readers.begun;
    node->consumers.slots[slot].ends = true;
    node->consumers.due_mono_ms = 0;
}

static void end_stream(struct sb_node *node, const struct sb_stream *stream, bool removed)
{
    struct sb_step step = {.in.type = SB_IN_CREDIT};
    step.in.credit.session = stream->session;
    step.in.credit.subscription = stream->subscription;
    sb_turn_step(node, &step); /* a credit of none: it ends */
    uint32_t session = stream->session,
             request = sb_stream_end(node, session, stream->subscription);
    sb_last_word_say(node, session, request,
                     removed ? SB_CODE_UNKNOWN_CONSUMER : SB_CODE_BEGUN_ANEW,
                     removed ? "the consumer was removed while it was read; `samenbus consumer "
                               "add` makes it again"
                             : "the consumer was begun anew while it was read: subscribe to it "
                               "again, and take what comes as if nothing had come before");
}

void sb_consumer_readers_end(struct sb_node *node)
{
    for (uint16_t i = 0; i < SB_CONSUMERS_MAX; i++) {
        struct sb_consumer_slot *s = &node->consumers.slots[i];
        const struct sb_stream *next = s->ends ? node->streams : NULL;
        while (next != NULL && node->turn.rc == SB_OK) {
            const struct sb_stream *stream = next;
            next = next->next;
            if (stream->consumer == i + 1u && !sb_planted(SB_PLANT_ANEW_READS_ON)) {
                end_stream(node, stream, s->durable == NULL);
            }
        }
        s->ends = false;
    }
}

void sb_consumer_readers_fini(struct sb_node *node)
{
    struct sb_consumer_reader *r;
    while ((r = node->consumers.readers.first) != NULL) {
        node->consumers.readers.first = r->next;
        free(r);
    }
}
