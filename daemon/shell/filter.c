/* Filters and beginnings of streams: see filter.h. */
#include "daemon/shell/filter.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/shell/awaited.h"
#include "daemon/shell/covered.h"
#include "daemon/shell/damage.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/rights.h"

/* What a cursor says about the chains that are here. */
struct cover {
    const struct sb_subscribe *subscribe;
    struct sb_cover chains;
    struct sb_covered *list;
    size_t n, cap;
    struct sb_offset first; /* offset of the first event that the cursor does not cover */
};

static void add_covered(struct cover *c, const struct sb_chain_info *info, uint64_t upto,
                        uint64_t held)
{
    if ((upto > 0 || held > 0) && c->n < c->cap) {
        c->list[c->n++] =
            (struct sb_covered){info->origin, info->branch, info->epoch, {upto}, {held}};
    }
}

/* The first event of the chain that the cursor lacks pulls the beginning down to its offset. */
static void begin_before(struct sb_node *node, struct cover *c, const struct sb_chain_info *info,
                         uint64_t upto)
{
    struct sb_place place = {info->origin, info->branch, info->epoch, info->base};
    struct sb_record record;
    place.seq.n = upto + 1 > place.seq.n ? upto + 1 : place.seq.n;
    if (place.seq.n > info->tip.seq.n) {
        return;
    }
    node->turn.searched++;
    if (sb_turn_found(node, sb_store_at(node->o.store, &place, &record, node->turn.err)) &&
        record.offset.n < c->first.n) {
        c->first = record.offset;
    }
}

/* Epochs that the consumer knows from elsewhere and that are not here yet, or only staged: their
 * first segment may have come in this very turn. Of an epoch the highest tip is the last. */
static void add_unknown_epochs(const struct sb_node *node, struct cover *c)
{
    const struct sb_cover *v = &c->chains;
    for (size_t i = 0; i < v->n_open; i++) {
        const struct sb_open_tip *tip = &v->open[i];
        struct sb_chain_info info = {.origin = tip->origin, .epoch = tip->epoch};
        if (sb_open_tip_is_last(v->open, v->n_open, i) &&
            !sb_core_find_chain(node->core, tip->origin, tip->epoch, 0, &info)) {
            add_covered(c, &info, 0, tip->seq.n);
        }
    }
}

bool sb_filter_find_link(void *context, uint16_t origin, const struct sb_tip *tip, uint16_t *branch)
{
    struct sb_node *node = context;
    if (sb_core_find_tip(node->core, origin, tip->epoch, tip->seq, &tip->hash, branch)) {
        return true;
    }
    if (sb_core_branches(node->core, origin, tip->epoch) == 0) {
        return false;
    }
    node->turn.searched++;
    return sb_turn_found(node, sb_store_find_link(node->o.store, origin, tip->epoch, tip->seq,
                                                  &tip->hash, branch, node->turn.err));
}

static bool make_room(struct sb_node *node, struct cover *c)
{
    struct sb_cover *v = &c->chains;
    size_t chains = sb_core_chain_count(node->core);
    *v = (struct sb_cover){.find = sb_filter_find_link, .context = node};
    v->cap_open = c->subscribe->n_cursor + SB_CURSOR_TIPS_MAX; /* parents may be open as well */
    c->cap = chains + v->cap_open;
    v->upto = sb_arena_alloc(&node->arena, (chains + 1) * sizeof *v->upto);
    v->held = sb_arena_alloc(&node->arena, (chains + 1) * sizeof *v->held);
    v->open = sb_arena_alloc(&node->arena, v->cap_open * sizeof *v->open);
    c->list = sb_arena_alloc(&node->arena, c->cap * sizeof *c->list);
    return v->upto != NULL && v->held != NULL && v->open != NULL && c->list != NULL;
}

static bool make_cover(struct sb_node *node, struct cover *c)
{
    struct sb_cover *v = &c->chains;
    if (!make_room(node, c)) {
        return false;
    }
    sb_core_cover(node->core, c->subscribe->cursor, c->subscribe->n_cursor, v);
    for (size_t o = 0; o < node->n_origins; o++) {
        struct sb_chain_info info;
        uint32_t at = 0;
        while (sb_core_next_chain(node->core, (uint16_t)o, &at, &info)) {
            uint64_t upto = v->upto[info.index], held = v->held[info.index];
            add_covered(c, &info, upto, held);
            begin_before(node, c, &info, upto > held ? upto : held);
        }
    }
    if (v->n_open > 0) {
        qsort(v->open, v->n_open, sizeof *v->open, sb_open_tip_cmp);
    }
    add_unknown_epochs(node, c);
    if (c->n > 0) {
        qsort(c->list, c->n, sizeof *c->list, sb_covered_cmp);
    }
    return true;
}

static bool find_beginning(struct sb_node *node, struct cover *c, struct sb_offset last)
{
    const struct sb_subscribe *s = c->subscribe;
    c->first.n = 1;
    if (s->n_cursor > 0) {
        c->first.n = last.n + 1;
        return node->turn.searched < SB_NODE_SEARCH_MAX && make_cover(node, c);
    }
    if (s->from_offset.n > 0) {
        c->first = s->from_offset;
    } else if (s->since.ms != 0) {
        return sb_turn_found(node,
                             sb_store_since(node->o.store, s->since, &c->first, node->turn.err));
    } else if (s->live_only) {
        c->first.n = last.n + 1;
    }
    return true;
}

static size_t text_bytes(const struct sb_subscribe *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_topics; i++) {
        n += strlen(s->topics[i]) + 1;
    }
    return n;
}

static void copy_topics(struct sb_stream *stream, const struct sb_subscribe *s, char *text)
{
    for (size_t i = 0; i < s->n_topics; i++) {
        size_t n = strlen(s->topics[i]) + 1;
        memcpy(text, s->topics[i], n);
        stream->topics[i] = text;
        text += n;
    }
    stream->n_topics = s->n_topics;
}

/* One block: the stream, what a consumer has, pointers to topics, origins, the topics' texts. There
 * is room for what is said of organisations that are not known here yet. */
static struct sb_stream *make_stream(const struct sb_node *node, const struct cover *c)
{
    const struct sb_subscribe *s = c->subscribe;
    size_t n_later = sb_awaited_tips(node, s);
    size_t covered = (c->n + n_later) * sizeof *c->list;
    size_t open = (c->chains.n_open + n_later) * sizeof *c->chains.open;
    size_t later = n_later * sizeof(struct sb_tip);
    size_t topics = s->n_topics * sizeof(char *);
    size_t origins = s->n_origins * sizeof(uint16_t),
           awaited = s->n_origins * sizeof(struct sb_org);
    size_t bytes = sizeof(struct sb_stream) + covered + open + later + topics + origins + awaited +
                   text_bytes(s);
    if (node->stream_bytes + bytes > SB_STREAM_BYTES_MAX) {
        return NULL;
    }
    struct sb_stream *stream = calloc(1, bytes);
    if (stream == NULL) {
        return NULL;
    }
    char *at = (char *)(stream + 1);
    stream->bytes = bytes;
    stream->system = s->system;
    stream->stubs = s->stubs;
    stream->erasures = s->erasures;
    stream->covered = (struct sb_covered *)(void *)at;
    stream->n_covered = c->n;
    if (c->n > 0) {
        memcpy(stream->covered, c->list, c->n * sizeof *c->list);
    }
    at += covered;
    stream->open = (struct sb_open_tip *)(void *)at;
    stream->n_open = c->chains.n_open;
    if (c->chains.n_open > 0) {
        memcpy(stream->open, c->chains.open, c->chains.n_open * sizeof *c->chains.open);
    }
    at += open;
    stream->later = (struct sb_tip *)(void *)at;
    at += later;
    stream->topics = (const char **)(void *)at;
    stream->origins = (uint16_t *)(void *)(at + topics);
    stream->awaited = (struct sb_org *)(void *)(at + topics + origins);
    sb_awaited_take(node, stream, s);
    copy_topics(stream, s, at + topics + origins + awaited);
    return stream;
}

/* A stream that does not follow ends at the head found now; an empty log is past its end. */
static struct sb_offset find_end(const struct sb_subscribe *s, struct sb_offset last,
                                 struct sb_offset *next)
{
    if (s->follow) {
        return (struct sb_offset){0};
    }
    if (last.n == 0) {
        next->n = 2;
        return (struct sb_offset){1};
    }
    return last;
}

bool sb_filter_make(struct sb_node *node, const struct sb_subscribe *subscribe,
                    struct sb_stream **out, struct sb_offset *next, struct sb_offset *end)
{
    struct cover cover = {.subscribe = subscribe};
    struct sb_offset last, by_class[SB_CLASS_COUNT];
    sb_core_offsets(node->core, &last, by_class);
    if (!find_beginning(node, &cover, last)) {
        return false;
    }
    *next = cover.first;
    *end = find_end(subscribe, last, next);
    *out = make_stream(node, &cover);
    if (*out != NULL) {
        (*out)->begin = *next;
        (*out)->head = last;
    }
    return *out != NULL;
}

static bool takes_origin(const struct sb_stream *stream, uint16_t origin)
{
    for (size_t i = 0; i < stream->n_origins; i++) {
        if (stream->origins[i] == origin) {
            return true;
        }
    }
    return stream->any_origin;
}

/* Without its body an event has no topic, and no prefix takes it. */
static bool takes_topic(const struct sb_node *node, const struct sb_stream *stream,
                        const struct sb_record *record)
{
    const struct sb_core_client *rights = &node->clients[stream->client];
    char topic[SB_TOPIC_MAX + 1];
    if (!sb_filter_has_topics(node, stream)) {
        return true;
    }
    if (record->item.salt == NULL || !sb_rights_topic(topic, record->item.body)) {
        return false;
    }
    return (stream->n_topics == 0 || sb_rights_under(topic, stream->topics, stream->n_topics)) &&
           (rights->n_read == 0 || sb_rights_under(topic, rights->read, rights->n_read));
}

/* With stubs an event is given at its first place, as it is then; where its body came is news only
 * if that was after the stream began, or if the first place lies before its beginning. */
static bool is_its_place(const struct sb_stream *stream, const struct sb_record *record,
                         struct sb_offset at, bool released)
{
    if (!stream->stubs) {
        return released || !record->deferred;
    }
    return !released || at.n > stream->head.n || record->offset.n < stream->begin.n;
}

/* Whoever was given an event is told that it has been erased, whatever its topic was. */
static bool takes_system(const struct sb_stream *stream, const struct sb_record *record)
{
    struct sb_erasure_said said;
    return stream->system || (stream->erasures && record->item.salt != NULL &&
                              sb_erasure_read(&said, record->item.body) &&
                              sb_org_eq(&said.origin, &record->item.link.origin));
}

bool sb_filter_has_topics(const struct sb_node *node, const struct sb_stream *stream)
{
    return stream->n_topics > 0 || node->clients[stream->client].n_read > 0;
}

/* Of a body that is damaged here nobody can tell what it was about: it may have been for whoever
 * reads this stream, and a cursor that goes on beyond it would leave it out for good. */
bool sb_filter_takes(struct sb_node *node, const struct sb_stream *stream, struct sb_record *record,
                     struct sb_offset at, bool released)
{
    bool system = record->item.link.kind == SB_KIND_SYSTEM, here = record->item.salt != NULL;
    if (!is_its_place(stream, record, at, released) || !takes_origin(stream, record->origin) ||
        sb_covered_has(stream, record, at) || (system && !stream->system && !stream->erasures)) {
        return false;
    }
    sb_damage_check(node, record);
    if (here && record->item.salt == NULL) {
        return true;
    }
    return system ? takes_system(stream, record) : takes_topic(node, stream, record);
}
