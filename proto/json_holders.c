/* `where -o json`: who has an event. */
#include "proto/json.h"

#include <stdio.h>

#include "proto/json_out.h"

enum { HOLDERS_EXPECTED = 4096 };

static void put_holding(struct sb_json_out *out, const char *key, enum sb_holding holding)
{
    sb_json_put_key(out, key);
    if (holding == SB_HOLDING_UNKNOWN) {
        sb_json_put_null(out);
    } else {
        sb_json_put_bool(out, holding == SB_HOLDING_YES);
    }
}

static void put_since(struct sb_json_out *out, const char *key, enum sb_holding holding,
                      struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    sb_json_member_string(out, key, holding == SB_HOLDING_YES && time.ms != 0 ? text : NULL);
}

static void put_holder(struct sb_json_out *out, const struct sb_holder *h)
{
    enum sb_holding bodies = h->entitled ? h->bodies : SB_HOLDING_UNKNOWN;
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "organisation", h->organisation.s);
    sb_json_put_key(out, "entitled");
    sb_json_put_bool(out, h->entitled);
    put_holding(out, "links", h->links);
    put_holding(out, "bodies", bodies);
    put_since(out, "since", h->links, h->links_since);
    sb_json_put_key(out, "orEarlier");
    sb_json_put_bool(out, h->links == SB_HOLDING_YES && h->links_earlier);
    put_since(out, "bodiesSince", bodies, h->bodies_since);
    sb_json_put_key(out, "bodiesOrEarlier");
    sb_json_put_bool(out, bodies == SB_HOLDING_YES && h->bodies_earlier);
    sb_json_put_close(out, '}');
}

void sb_json_put_holders(struct sb_json_out *out, const struct sb_holders *holders)
{
    char id[SB_UUID_TEXT_MAX], event[SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX];
    sb_uuid_format(id, &holders->id);
    (void)snprintf(event, sizeof event, "%s/%s", holders->origin.s, id);
    sb_json_member_string(out, "event", event);
    sb_json_member_string(out, "origin", holders->origin.s);
    sb_json_member_string(out, "epoch", holders->epoch_text);
    sb_json_member_uint(out, "seq", holders->seq.n);
    sb_json_put_key(out, "holders");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < holders->n_items; i++) {
        put_holder(out, &holders->items[i]);
    }
    sb_json_put_close(out, ']');
}

struct sb_bytes sb_json_holders(const struct sb_holders *holders, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, HOLDERS_EXPECTED);
    sb_json_put_open(&out, '{');
    sb_json_put_holders(&out, holders);
    sb_json_put_close(&out, '}');
    return sb_json_out_done(&out);
}
