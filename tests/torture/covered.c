/* A set of places, by open addressing; see covered.h. */
#include "tests/torture/covered.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    return x * 0x9e3779b97f4a7c15U;
}

/* Where it is, or the free slot where it belongs. */
static struct covered_place *find(const struct covered *c, const struct sb_org *origin,
                                  struct sb_epoch epoch, struct sb_seq seq)
{
    uint64_t tag = 0, org = 0;
    memcpy(&tag, &epoch.tag, sizeof tag);
    memcpy(&org, origin->s, sizeof org);
    uint64_t h = mix(mix(tag ^ org) ^ epoch.counter) ^ mix(seq.n);
    for (size_t i = mix(h) >> 20;; i++) {
        struct covered_place *p = &c->places[i & (c->cap - 1)];
        if (p->seq.n == 0 ||
            (p->seq.n == seq.n && sb_epoch_eq(p->epoch, epoch) && sb_org_eq(&p->origin, origin))) {
            return p;
        }
    }
}

static void grow(struct covered *c)
{
    struct covered wider = {.cap = c->cap == 0 ? 1024 : c->cap * 2};
    wider.places = calloc(wider.cap, sizeof *wider.places);
    if (wider.places == NULL) {
        abort();
    }
    for (size_t i = 0; i < c->cap; i++) {
        const struct covered_place *p = &c->places[i];
        if (p->seq.n != 0) {
            *find(&wider, &p->origin, p->epoch, p->seq) = *p;
        }
    }
    free(c->places);
    wider.n = c->n;
    *c = wider;
}

bool covered_has(const struct covered *c, const struct sb_org *origin, struct sb_epoch epoch,
                 struct sb_seq seq)
{
    return c->n > 0 && find(c, origin, epoch, seq)->seq.n != 0;
}

bool covered_add(struct covered *c, const struct sb_org *origin, struct sb_epoch epoch,
                 struct sb_seq seq)
{
    if (c->n >= c->cap / 2) {
        grow(c);
    }
    struct covered_place *p = find(c, origin, epoch, seq);
    if (p->seq.n != 0) {
        return false;
    }
    *p = (struct covered_place){*origin, epoch, seq};
    c->n++;
    return true;
}

void covered_clear(struct covered *c)
{
    free(c->places);
    *c = (struct covered){0};
}

void covered_move(struct covered *to, struct covered *from)
{
    for (size_t i = 0; i < from->cap; i++) {
        const struct covered_place *p = &from->places[i];
        if (p->seq.n != 0) {
            (void)covered_add(to, &p->origin, p->epoch, p->seq);
        }
    }
    covered_clear(from);
}
