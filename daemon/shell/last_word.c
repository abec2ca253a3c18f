/* The last word of a stream: see last_word.h. */
#include "daemon/shell/last_word.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/core/limits.h"
#include "daemon/core/plant.h"
#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"
#include "proto/limits.h"

enum { PAUSE_MAX_MS = 1000 };

struct sb_last_word {
    struct sb_last_word *next;
    uint32_t session, request;
    enum sb_code code;
    bool put; /* its frame is at `outgoing` of the turn's outbox */
    size_t outgoing;
    int64_t due_mono_ms, pause_ms;
    char text[SB_TITLE_MAX + 1];
};

static bool has_room(const struct sb_node *node, uint32_t session)
{
    size_t all = 0, of_session = 0;
    for (const struct sb_last_word *w = node->last_words.first; w != NULL; w = w->next) {
        all++;
        of_session += w->session == session;
    }
    return all < SB_LAST_WORDS_MAX && of_session < SB_LAST_WORDS_OF_SESSION_MAX;
}

/* Less and less often: it may be alive and never read again. */
static void wait_a_little(const struct sb_node *node, struct sb_last_word *w)
{
    w->put = false;
    w->due_mono_ms = node->turn.now.mono_ms + w->pause_ms;
    w->pause_ms = w->pause_ms < PAUSE_MAX_MS / 2 ? 2 * w->pause_ms : PAUSE_MAX_MS;
}

static void put(struct sb_node *node, struct sb_last_word *w)
{
    const size_t before = node->n_outgoing;
    struct sb_route route = {SB_ROUTE_SESSION, w->session};
    sb_outbox_refuse(node, route, w->request, w->code, w->text);
    w->put = node->n_outgoing > before;
    w->outgoing = before;
    if (!w->put) {
        wait_a_little(node, w);
    }
}

void sb_last_word_say(struct sb_node *node, uint32_t session, uint32_t request, enum sb_code code,
                      const char *text)
{
    struct sb_last_word *w = has_room(node, session) ? calloc(1, sizeof *w) : NULL;
    if (w == NULL) {
        sb_outbox_refuse(node, (struct sb_route){SB_ROUTE_SESSION, session}, request, code, text);
        return;
    }
    w->session = session;
    w->request = request;
    w->code = code;
    w->pause_ms = SB_BLOCKED_RETRY_MS;
    (void)snprintf(w->text, sizeof w->text, "%s", text);
    struct sb_last_word **at = &node->last_words.first;
    while (*at != NULL) { /* in the order in which they were said */
        at = &(*at)->next;
    }
    *at = w;
    put(node, w);
}

static void forget(struct sb_last_word **at)
{
    struct sb_last_word *w = *at;
    *at = w->next;
    free(w);
}

void sb_last_words_step(struct sb_node *node)
{
    struct sb_last_word **at = &node->last_words.first;
    while (*at != NULL) {
        if ((*at)->put) { /* in the turn before, and nobody said that it did not leave */
            forget(at);
            continue;
        }
        if ((*at)->due_mono_ms <= node->turn.now.mono_ms) {
            put(node, *at);
        }
        at = &(*at)->next;
    }
}

void sb_last_words_unsent(struct sb_node *node, size_t outgoing)
{
    for (struct sb_last_word *w = node->last_words.first; w != NULL; w = w->next) {
        if (w->put && w->outgoing == outgoing && !sb_planted(SB_PLANT_LAST_WORD_ONCE)) {
            wait_a_little(node, w);
        }
    }
}

void sb_last_words_forget(struct sb_node *node, uint32_t session)
{
    struct sb_last_word **at = &node->last_words.first;
    while (*at != NULL) {
        if ((*at)->session == session) {
            forget(at);
        } else {
            at = &(*at)->next;
        }
    }
}

int64_t sb_last_words_deadline(const struct sb_node *node)
{
    int64_t due = INT64_MAX;
    for (const struct sb_last_word *w = node->last_words.first; w != NULL; w = w->next) {
        due = !w->put && w->due_mono_ms < due ? w->due_mono_ms : due;
    }
    return due;
}

void sb_last_words_fini(struct sb_node *node)
{
    while (node->last_words.first != NULL) {
        forget(&node->last_words.first);
    }
}
