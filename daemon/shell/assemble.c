/* Collects broadcasts into batches: see assemble.h. */
#include "daemon/shell/assemble.h"

#include <stdlib.h>
#include <string.h>

struct sb_piece { /* one event, with its bytes and audience behind it */
    struct sb_piece *next;
    struct sb_item item;
};

static void free_pieces(struct sb_piece *p)
{
    while (p != NULL) {
        struct sb_piece *next = p->next;
        free(p);
        p = next;
    }
}

static void reset(struct sb_assembly *all, struct sb_assembler *a)
{
    all->bytes -= a->bytes;
    a->first = NULL;
    a->end = &a->first;
    a->n = a->bytes = 0;
}

static void drop(struct sb_assembly *all, struct sb_assembler *a)
{
    free_pieces(a->first);
    reset(all, a);
}

void sb_assembly_begin_turn(struct sb_assembly *all)
{
    free_pieces(all->finished);
    all->finished = NULL;
}

void sb_assembly_fini(struct sb_assembly *all)
{
    sb_assembly_begin_turn(all);
    while (all->all != NULL) {
        struct sb_assembler *next = all->all->next;
        drop(all, all->all);
        free(all->all);
        all->all = next;
    }
}

/* The place of this history among the publisher's, or the one that it used longest ago. */
static struct sb_assembler *find(struct sb_assembly *all, uint16_t publisher, uint16_t origin,
                                 struct sb_epoch epoch)
{
    struct sb_assembler *oldest = NULL;
    unsigned n = 0;
    for (struct sb_assembler *a = all->all; a != NULL; a = a->next) {
        if (a->publisher != publisher) {
            continue;
        }
        if (a->origin == origin && sb_epoch_eq(a->epoch, epoch)) {
            return a;
        }
        n++;
        oldest = oldest == NULL || a->used < oldest->used ? a : oldest;
    }
    if (n < SB_ASSEMBLERS_PER_PUBLISHER) {
        oldest = calloc(1, sizeof *oldest);
        if (oldest == NULL) {
            return NULL;
        }
        oldest->end = &oldest->first;
        oldest->next = all->all;
        all->all = oldest;
    }
    drop(all, oldest);
    oldest->publisher = publisher;
    oldest->origin = origin;
    oldest->epoch = epoch;
    return oldest;
}

/* The copy lives in one block; nothing of the frame is borrowed. */
static struct sb_piece *copy_piece(const struct sb_item *item, size_t *bytes)
{
    size_t orgs = item->link.audience.n * sizeof item->link.audience.orgs[0];
    size_t salt = item->salt == NULL ? 0 : sizeof *item->salt;
    *bytes = sizeof(struct sb_piece) + orgs + salt + item->link_bytes.n + item->body.n;
    struct sb_piece *piece = malloc(*bytes);
    if (piece == NULL) {
        return NULL;
    }
    uint8_t *at = (uint8_t *)(piece + 1);
    piece->next = NULL;
    piece->item = *item;
    if (orgs > 0) {
        memcpy(at, item->link.audience.orgs, orgs);
        piece->item.link.audience.orgs = (const struct sb_org *)at;
    }
    if (salt > 0) {
        memcpy(at + orgs, item->salt, salt);
        piece->item.salt = (const struct sb_salt *)(at + orgs);
    }
    at += orgs + salt;
    memcpy(at, item->link_bytes.p, item->link_bytes.n);
    piece->item.link_bytes.p = at;
    at += item->link_bytes.n;
    if (item->body.n > 0) {
        memcpy(at, item->body.p, item->body.n);
    }
    piece->item.body.p = at;
    return piece;
}

static bool continues(const struct sb_assembler *a, const struct sb_broadcast *b)
{
    return a->n > 0 && b->item.link.seq.n == a->first->item.link.seq.n + a->n &&
           a->checkpoint.seq.n == b->checkpoint.seq.n &&
           sb_hash_eq(&a->checkpoint.hash, &b->checkpoint.hash);
}

static bool keep(struct sb_assembly *all, struct sb_assembler *a, const struct sb_broadcast *b)
{
    size_t bytes = 0;
    struct sb_piece *piece = copy_piece(&b->item, &bytes);
    if (piece == NULL || a->n == SB_BATCH_EVENTS_MAX || a->bytes + bytes > SB_ASSEMBLY_BYTES_MAX ||
        all->bytes + bytes > SB_ASSEMBLIES_BYTES_MAX) {
        free(piece);
        drop(all, a);
        return false;
    }
    *a->end = piece;
    a->end = &piece->next;
    a->n++;
    a->bytes += bytes;
    all->bytes += bytes;
    return true;
}

static bool complete(struct sb_assembly *all, struct sb_assembler *a, struct sb_arena *arena,
                     struct sb_events *out)
{
    struct sb_item *items = sb_arena_alloc(arena, a->n * sizeof *items);
    struct sb_checkpoint *checkpoint = sb_arena_alloc(arena, sizeof *checkpoint);
    if (items == NULL || checkpoint == NULL) {
        drop(all, a);
        return false;
    }
    *checkpoint = a->checkpoint;
    *out = (struct sb_events){.origin = a->first->item.link.origin,
                              .epoch = a->epoch,
                              .items = items,
                              .n_items = a->n,
                              .checkpoints = checkpoint,
                              .n_checkpoints = 1};
    struct sb_piece *piece = a->first;
    for (size_t i = 0; i < a->n; i++, piece = piece->next) {
        items[i] = piece->item;
    }
    *a->end = all->finished;
    all->finished = a->first;
    reset(all, a);
    return true;
}

bool sb_assembly_add(struct sb_assembly *all, uint16_t publisher, uint16_t origin,
                     const struct sb_broadcast *b, bool starts, struct sb_arena *arena,
                     struct sb_events *out)
{
    struct sb_assembler *a = find(all, publisher, origin, b->item.link.epoch);
    if (a == NULL) {
        return false;
    }
    a->used = ++all->additions;
    if (!continues(a, b)) {
        drop(all, a);
        if (!starts || b->checkpoint.seq.n < b->item.link.seq.n) {
            return false;
        }
        a->checkpoint = b->checkpoint;
    }
    return keep(all, a, b) && b->item.link.seq.n == b->checkpoint.seq.n &&
           complete(all, a, arena, out);
}
