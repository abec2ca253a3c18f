/* The set of links; see links.h. A change has two steps: what is new is opened beside what there
 * is, which may fail; then what is no more is closed, which may not. */
#include "daemon/net/links.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MONITORS_OF_LINK = 2, OUR_MONITORS = 1 };

enum sb_rc sb_net_links_init(struct sb_net_links *links, struct sb_err *err)
{
    links->place = calloc(SB_NET_LINK_PLACES, sizeof *links->place);
    links->sorted = calloc(SB_NET_LINK_PLACES, sizeof(struct sb_net_partner_link *));
    links->n_monitors = OUR_MONITORS;
    return links->place != NULL && links->sorted != NULL
               ? SB_OK
               : sb_err_set(err, SB_E_NOMEM, "no memory for the links to partners");
}

void sb_net_links_close(struct sb_net_links *links, int linger_ms)
{
    for (size_t i = 0; links->place != NULL && i < SB_NET_LINK_PLACES; i++) {
        if (links->place[i].used) {
            sb_net_partner_link_close(&links->place[i], linger_ms);
        }
    }
}

static int compare_links(const void *a, const void *b)
{
    const struct sb_net_partner_link *left = *(struct sb_net_partner_link *const *)a;
    const struct sb_net_partner_link *right = *(struct sb_net_partner_link *const *)b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static void sort(struct sb_net_links *links)
{
    links->n = 0;
    for (size_t i = 0; i < SB_NET_LINK_PLACES; i++) {
        if (links->place[i].used) {
            links->sorted[links->n++] = &links->place[i];
        }
    }
    qsort(links->sorted, links->n, sizeof(struct sb_net_partner_link *), compare_links);
}

struct sb_net_partner_link *sb_net_links_find(const struct sb_net_links *links, uint32_t number)
{
    struct sb_net_partner_link wanted = {.number = number}, *at = &wanted, **found;
    found =
        bsearch(&at, links->sorted, links->n, sizeof(struct sb_net_partner_link *), compare_links);
    return found == NULL ? NULL : *found;
}

static bool same_endpoint(const char *ours, const char *theirs)
{
    return ours == NULL || theirs == NULL ? ours == theirs : strcmp(ours, theirs) == 0;
}

/* Connected with a key that it has, now or next? */
static bool has_key(const struct sb_net_outgoing *o, const struct sb_net_partner *partner)
{
    const struct sb_curve_key *used = &o->keys[o->key];
    return o->data.socket == NULL || memcmp(used, &partner->key, sizeof *used) == 0 ||
           memcmp(used, &partner->next_key, sizeof *used) == 0;
}

bool sb_net_links_leads_to(const struct sb_net_partner_link *link,
                           const struct sb_net_partner *partner)
{
    return has_key(&link->ask, partner) && has_key(&link->follow, partner) &&
           same_endpoint(link->ask.endpoint, partner->service) &&
           same_endpoint(link->follow.endpoint, partner->publish);
}

static enum sb_rc watch(struct sb_net_ready *ready, struct sb_net_outgoing *o, struct sb_err *err)
{
    if (o->data.socket == NULL) {
        return SB_OK;
    }
    enum sb_rc rc = sb_net_ready_add(ready, &o->data, err);
    return rc == SB_OK ? sb_net_ready_add(ready, &o->events, err) : rc;
}

static void unwatch(struct sb_net_ready *ready, struct sb_net_outgoing *o)
{
    if (o->data.socket != NULL) {
        sb_net_ready_remove(ready, &o->data);
    }
    if (o->events.socket != NULL) {
        sb_net_ready_remove(ready, &o->events);
    }
}

/* The count of what is queued stays: libzmq lets go of it later. */
static void close_link(struct sb_net_partner_link *link, struct sb_net_ready *ready)
{
    unwatch(ready, &link->ask);
    unwatch(ready, &link->follow);
    sb_net_partner_link_close(link, 0);
    link->ask = link->follow = (struct sb_net_outgoing){0};
    link->used = false;
}

static struct sb_net_partner_link *take_place(struct sb_net_links *links)
{
    size_t i = 0;
    while (links->place[i].used) {
        i++;
        assert(i < SB_NET_LINK_PLACES); /* half of them are free between two changes */
    }
    return &links->place[i];
}

static enum sb_rc open_link(struct sb_net_links *links, struct sb_net_ready *ready, void *context,
                            const struct sb_net_options *o, const struct sb_net_partner *partner,
                            struct sb_err *err)
{
    struct sb_net_partner_link *link = take_place(links);
    uint32_t monitors = links->n_monitors;
    links->n_monitors += MONITORS_OF_LINK;
    link->stays = true;
    enum sb_rc rc = sb_net_partner_link_open(link, context, (uint32_t)(link - links->place),
                                             monitors, o, partner, err);
    rc = rc == SB_OK ? watch(ready, &link->ask, err) : rc;
    return rc == SB_OK ? watch(ready, &link->follow, err) : rc;
}

enum sb_rc sb_net_links_prepare(struct sb_net_links *links, struct sb_net_ready *ready,
                                void *context, const struct sb_net_options *o, struct sb_err *err)
{
    for (size_t i = 0; i < links->n; i++) {
        links->sorted[i]->stays = false;
    }
    for (size_t i = 0; i < o->n_partners; i++) {
        struct sb_net_partner_link *old = sb_net_links_find(links, o->partners[i].number);
        if (old != NULL && sb_net_links_leads_to(old, &o->partners[i])) {
            old->stays = true;
            continue;
        }
        enum sb_rc rc = open_link(links, ready, context, o, &o->partners[i], err);
        if (rc != SB_OK) {
            sb_net_links_revert(links, ready);
            return rc;
        }
    }
    return SB_OK;
}

void sb_net_links_revert(struct sb_net_links *links, struct sb_net_ready *ready)
{
    for (size_t i = 0; i < SB_NET_LINK_PLACES; i++) {
        struct sb_net_partner_link *link = &links->place[i];
        bool before = false;
        for (size_t k = 0; k < links->n && link->used; k++) {
            before |= links->sorted[k] == link;
        }
        if (link->used && !before) {
            close_link(link, ready);
        }
    }
}

void sb_net_links_settle(struct sb_net_links *links, struct sb_net_ready *ready,
                         const struct sb_net_options *o)
{
    for (size_t i = 0; i < o->n_partners; i++) {
        struct sb_net_partner_link *link = sb_net_links_find(links, o->partners[i].number);
        if (link != NULL && link->stays) {
            sb_net_outgoing_rekey(&link->ask, &o->partners[i]);
            sb_net_outgoing_rekey(&link->follow, &o->partners[i]);
        }
    }
    for (size_t i = 0; i < links->n; i++) {
        if (!links->sorted[i]->stays) {
            close_link(links->sorted[i], ready);
        }
    }
    sort(links);
}
