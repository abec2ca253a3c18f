/* Asking the daemon to erase events, and what has been erased. Each blocks; see samenbus.h. */
#include <string.h>

#include "clients/lib/client.h"
#include "clients/lib/erasures.h"

struct erasing {
    struct sb_channel channel; /* first: it is the same pointer */
    struct sb_client *client;
    struct sb_message message;
    struct sb_erase_result *results;
    size_t n, answered;
    bool unsent, refused;
    struct sb_refusal refusal;
    struct sb_arena arena; /* of one answer */
};

/* An answer may come in parts, and a part twice: what has been answered is passed over. */
static void take_results(struct erasing *e, const struct sb_results *results)
{
    for (size_t i = 0; i < results->n_items; i++) {
        const struct sb_result *r = &results->items[i];
        struct sb_erase_result *to = r->index < e->n ? &e->results[r->index] : NULL;
        if (to == NULL || to->answered) {
            continue;
        }
        to->answered = true;
        to->code = r->code;
        to->again = r->duplicate;
        to->seq = r->seq;
        memcpy(to->epoch, r->epoch, sizeof to->epoch);
        (void)snprintf(to->text, sizeof to->text, "%s", r->text);
        e->answered++;
    }
}

static void on_frame(struct sb_channel *self, enum sb_msg_type type, uint32_t request,
                     struct sb_bytes frame)
{
    struct erasing *e = (struct erasing *)self;
    struct sb_message m;
    char why[SB_LABEL_MAX + 1];
    (void)type;
    sb_arena_reset(&e->arena);
    if (request != e->message.request || sb_wire_decode(&m, frame, &e->arena, why) != SB_CODE_OK) {
        return;
    }
    if (m.type == SB_MSG_RESULTS) {
        take_results(e, &m.results);
    } else if (m.type == SB_MSG_REFUSAL) {
        e->refused = true;
        e->refusal = m.refusal;
    }
}

static void on_up(struct sb_channel *self)
{
    ((struct erasing *)self)->unsent = true;
}

static bool on_turn(struct sb_channel *self, int64_t now_ms)
{
    struct erasing *e = (struct erasing *)self;
    (void)now_ms;
    if (e->unsent && sb_client_send(e->client, &e->message)) {
        e->unsent = false;
    }
    return e->unsent;
}

static enum sb_rc await(struct erasing *e, int timeout_ms, struct sb_err *err)
{
    int64_t end = sb_connection_now_ms() + timeout_ms;
    enum sb_rc rc = sb_client_connect(e->client, timeout_ms, err);
    while (rc == SB_OK && e->answered < e->n && !e->refused) {
        int64_t left = end - sb_connection_now_ms();
        if (left <= 0) {
            return sb_err_set(err, SB_E_UNREACHABLE,
                              "the daemon of %s does not answer; ask again, which does no harm: it "
                              "may be older than 0.2 and not know how to erase",
                              sb_client_organisation(e->client));
        }
        rc = sb_client_wait(e->client, -1, (int)left, err);
    }
    if (rc == SB_OK && e->refused) {
        return sb_err_set(err, SB_E_REFUSED, "%s: %s", sb_code_name(e->refusal.code),
                          e->refusal.text);
    }
    return rc;
}

enum sb_rc sb_client_erase(struct sb_client *client, const char *ground,
                           struct sb_erase_item *items, size_t n, int timeout_ms,
                           struct sb_erase_result *results, struct sb_err *err)
{
    struct erasing e = {.channel = {.on_frame = on_frame, .on_up = on_up, .on_turn = on_turn},
                        .client = client,
                        .results = results,
                        .n = n,
                        .unsent = true};
    memset(results, 0, n * sizeof *results);
    e.message.type = SB_MSG_ERASE;
    e.message.erase = (struct sb_erase){ground, items, n};
    enum sb_rc rc = sb_channel_open(client, &e.channel, err);
    if (rc != SB_OK) {
        return rc;
    }
    e.message.request = e.channel.number << SB_CHANNEL_SHIFT;
    sb_arena_init(&e.arena, SB_CLIENT_ARENA_BYTES);
    rc = await(&e, timeout_ms, err);
    sb_arena_fini(&e.arena);
    sb_channel_close(client, &e.channel);
    return rc;
}
