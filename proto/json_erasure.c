/* `erasures -o json`: what was erased, who has confirmed it, who has not. */
#include "proto/json.h"

#include <stdio.h>

#include "proto/json_out.h"

enum { ERASURE_EXPECTED = 2048, EVENT_TEXT_MAX = SB_ORG_MAX + 1 + SB_UUID_TEXT_MAX };

static void put_event(struct sb_json_out *out, const char *key, const struct sb_org *origin,
                      const struct sb_uuid *id)
{
    char uuid[SB_UUID_TEXT_MAX], event[EVENT_TEXT_MAX];
    sb_uuid_format(uuid, id);
    (void)snprintf(event, sizeof event, "%s/%s", origin->s, uuid);
    sb_json_member_string(out, key, sb_uuid_is_zero(id) ? NULL : event);
}

static void put_time(struct sb_json_out *out, const char *key, struct sb_time time)
{
    char text[SB_TIME_TEXT_MAX];
    sb_time_format(text, time);
    sb_json_member_string(out, key, text);
}

static void put_confirmed(struct sb_json_out *out, const struct sb_erasure *e)
{
    sb_json_put_key(out, "confirmed");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < e->n_holders; i++) {
        if (e->holders[i].time.ms != 0) {
            sb_json_put_open(out, '{');
            sb_json_member_string(out, "organisation", e->holders[i].organisation.s);
            put_time(out, "time", e->holders[i].time);
            sb_json_put_close(out, '}');
        }
    }
    sb_json_put_close(out, ']');
}

static void put_waiting(struct sb_json_out *out, const struct sb_erasure *e)
{
    sb_json_put_key(out, "waiting");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < e->n_holders; i++) {
        if (e->holders[i].time.ms == 0) {
            sb_json_put_string(out, e->holders[i].organisation.s);
        }
    }
    sb_json_put_close(out, ']');
}

struct sb_bytes sb_json_erasure(const struct sb_erasure *e, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, ERASURE_EXPECTED);
    sb_json_put_open(&out, '{');
    put_event(&out, "event", &e->origin, &e->id);
    sb_json_member_string(&out, "state", sb_uuid_is_zero(&e->erasure) ? "expired" : "erased");
    put_event(&out, "erasure", &e->origin, &e->erasure);
    put_time(&out, "since", e->since);
    sb_json_member_string(&out, "ground", e->ground);
    sb_json_put_key(&out, "inFiles");
    sb_json_put_bool(&out, e->in_files);
    put_confirmed(&out, e);
    put_waiting(&out, e);
    sb_json_put_close(&out, '}');
    return sb_json_out_done(&out);
}
