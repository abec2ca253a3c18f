/* Organisations that a stream names before they are known here: see awaited.h. */
#include "daemon/shell/awaited.h"

#include "daemon/shell/covered.h"
#include "daemon/shell/lookup.h"
#include "daemon/shell/node_internal.h"

size_t sb_awaited_tips(const struct sb_node *node, const struct sb_subscribe *subscribe)
{
    size_t n = 0;
    uint16_t number;
    for (size_t i = 0; i < subscribe->n_cursor; i++) {
        n += !sb_lookup_history(node, &subscribe->cursor[i].origin, &number);
    }
    return n;
}

/* Keeps those of `orgs` that are still unknown in awaited, which may be where they stand. */
static void take_origins(const struct sb_node *node, struct sb_stream *stream,
                         const struct sb_org *orgs, size_t n)
{
    uint16_t number;
    stream->n_awaited = 0;
    for (size_t i = 0; i < n; i++) {
        if (sb_lookup_history(node, &orgs[i], &number)) {
            stream->origins[stream->n_origins++] = number;
        } else {
            stream->awaited[stream->n_awaited++] = orgs[i];
        }
    }
}

void sb_awaited_take(const struct sb_node *node, struct sb_stream *stream,
                     const struct sb_subscribe *subscribe)
{
    uint16_t number;
    stream->any_origin = subscribe->n_origins == 0;
    take_origins(node, stream, subscribe->origins, subscribe->n_origins);
    for (size_t i = 0; i < subscribe->n_cursor; i++) {
        if (!sb_lookup_history(node, &subscribe->cursor[i].origin, &number)) {
            stream->later[stream->n_later++] = subscribe->cursor[i];
        }
    }
}

void sb_awaited_learn(const struct sb_node *node, struct sb_stream *stream)
{
    size_t n_later = stream->n_later, n_open = stream->n_open;
    uint16_t number;
    take_origins(node, stream, stream->awaited, stream->n_awaited);
    stream->n_later = 0;
    for (size_t i = 0; i < n_later; i++) {
        const struct sb_tip *tip = &stream->later[i];
        if (sb_lookup_history(node, &tip->origin, &number)) {
            stream->open[stream->n_open++] =
                (struct sb_open_tip){number, tip->epoch, tip->seq, tip->hash};
        } else {
            stream->later[stream->n_later++] = *tip;
        }
    }
    if (stream->n_open > n_open) {
        sb_covered_hold(stream);
    }
}
