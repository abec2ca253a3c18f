/* `status -o json`: the daemon's account of itself as one line. */
#include "proto/json.h"

#include "proto/json_out.h"

enum { STATUS_EXPECTED = 2048, PEER_EXPECTED = 512 };

static void put_store(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "store");
    sb_json_put_open(out, '{');
    sb_json_member_uint(out, "events", s->events);
    sb_json_member_uint(out, "bytes", s->bytes);
    sb_json_member_uint(out, "mapBytes", s->map_bytes);
    sb_json_member_uint(out, "maxBytes", s->max_bytes);
    sb_json_member_uint(out, "roomBytes", s->room_bytes);
    sb_json_member_uint(out, "fullInSeconds", s->full_in_seconds);
    sb_json_put_close(out, '}');
}

static void put_heads(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "heads");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < s->n_heads; i++) {
        sb_json_put_open(out, '{');
        sb_json_member_string(out, "origin", s->heads[i].origin);
        sb_json_member_string(out, "epoch", s->heads[i].epoch);
        sb_json_member_uint(out, "seq", s->heads[i].seq);
        sb_json_member_string(out, "time", s->heads[i].time);
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

static void put_direction(struct sb_json_out *out, const char *key,
                          const struct sb_status_direction *d)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "state", d->state);
    sb_json_member_string(out, "reason", d->reason);
    sb_json_put_key(out, "lastContactMs");
    if (d->last_contact_ms < 0) { /* never */
        sb_json_put_null(out);
    } else {
        sb_json_put_int(out, d->last_contact_ms);
    }
    sb_json_put_close(out, '}');
}

static const char *text_or_none(const char *text)
{
    return text == NULL ? "" : text;
}

static void put_list(struct sb_json_out *out, const char *key, const char *const *texts, size_t n)
{
    sb_json_put_key(out, key);
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < n; i++) {
        sb_json_put_string(out, texts[i]);
    }
    sb_json_put_close(out, ']');
}

static void put_peer(struct sb_json_out *out, const struct sb_status_peer *p)
{
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "id", p->id);
    sb_json_member_string(out, "name", p->name);
    put_direction(out, "outgoing", &p->outgoing);
    put_direction(out, "incoming", &p->incoming);
    sb_json_member_uint(out, "lagEvents", p->lag_events);
    sb_json_member_uint(out, "lagSeconds", p->lag_seconds);
    sb_json_member_uint(out, "theirLagEvents", p->their_lag_events);
    sb_json_put_key(out, "theirView");
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "state", p->their_state);
    sb_json_member_string(out, "reason", p->their_reason);
    sb_json_member_string(out, "shows", text_or_none(p->their_shows));
    sb_json_member_uint(out, "hidden", p->their_hidden);
    sb_json_member_string(out, "hiddenTopic", text_or_none(p->their_hidden_topic));
    sb_json_put_close(out, '}');
    sb_json_put_key(out, "overOthers");
    sb_json_put_bool(out, p->over_others);
    sb_json_member_string(out, "shows", text_or_none(p->shows));
    sb_json_member_uint(out, "hidden", p->hidden);
    sb_json_member_string(out, "software", text_or_none(p->software));
    sb_json_put_key(out, "clockOffsetMs");
    if (p->clock_known) {
        sb_json_put_int(out, p->clock_offset_ms);
    } else {
        sb_json_put_null(out);
    }
    put_list(out, "unlisted", p->unlisted, p->n_unlisted);
    put_list(out, "strangers", p->strangers, p->n_strangers);
    sb_json_put_close(out, '}');
}

static void put_peers(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "peers");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < s->n_peers; i++) {
        put_peer(out, &s->peers[i]);
    }
    sb_json_put_close(out, ']');
}

static void put_alarms(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "alarms");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < s->n_alarms; i++) {
        sb_json_put_open(out, '{');
        sb_json_member_string(out, "code", s->alarms[i].code);
        sb_json_member_string(out, "since", s->alarms[i].since);
        sb_json_member_string(out, "text", s->alarms[i].text);
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

static void put_digest(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "configDigest");
    sb_json_put_open(out, '{');
    sb_json_member_string(out, "running", text_or_none(s->running_digest));
    sb_json_member_string(out, "file", text_or_none(s->file_digest));
    sb_json_put_close(out, '}');
}

static void put_consumers(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "consumers");
    sb_json_put_open(out, '[');
    for (size_t i = 0; i < s->n_consumers; i++) {
        const struct sb_status_consumer *c = &s->consumers[i];
        sb_json_put_open(out, '{');
        sb_json_member_string(out, "name", c->name);
        sb_json_member_string(out, "client", c->client);
        sb_json_member_string(out, "state", c->state);
        sb_json_member_uint(out, "behind", c->behind);
        sb_json_member_uint(out, "waitingSeconds", c->waiting_seconds);
        sb_json_member_uint(out, "readers", c->readers);
        sb_json_put_close(out, '}');
    }
    sb_json_put_close(out, ']');
}

static void put_counters(struct sb_json_out *out, const struct sb_status *s)
{
    sb_json_put_key(out, "counters");
    sb_json_put_open(out, '{');
    sb_json_member_uint(out, "malformedFrames", s->malformed_frames);
    sb_json_member_uint(out, "denied", s->denied);
    sb_json_member_uint(out, "missingBodies", s->missing_bodies);
    sb_json_member_uint(out, "commits", s->commits);
    sb_json_member_uint(out, "droppedUnknownOrigin", s->dropped_unknown_origin);
    sb_json_member_uint(out, "withoutEffect", s->without_effect);
    sb_json_put_close(out, '}');
}

struct sb_bytes sb_json_status(const struct sb_status *status, struct sb_arena *arena)
{
    struct sb_json_out out;
    sb_json_out_init(&out, arena, STATUS_EXPECTED + PEER_EXPECTED * status->n_peers);
    sb_json_put_open(&out, '{');
    sb_json_member_string(&out, "organisation", status->organisation);
    sb_json_member_string(&out, "name", status->name);
    sb_json_member_string(&out, "partnership", status->partnership);
    sb_json_member_string(&out, "version", status->version);
    sb_json_member_string(&out, "state", status->state);
    sb_json_member_string(&out, "reason", status->reason);
    sb_json_member_string(&out, "storeId", status->store_id);
    put_digest(&out, status);
    put_store(&out, status);
    sb_json_member_uint(&out, "lagEvents", status->lag_events);
    put_heads(&out, status);
    put_peers(&out, status);
    put_alarms(&out, status);
    put_consumers(&out, status);
    put_counters(&out, status);
    sb_json_put_close(&out, '}');
    return sb_json_out_done(&out);
}
