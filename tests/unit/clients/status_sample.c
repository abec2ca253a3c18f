/* The sample; see status_sample.h. */
#include "tests/unit/clients/status_sample.h"

#include <assert.h>

static const struct sb_status_direction live = {"live", "", 400};

void sample_init(struct sample *s)
{
    static const char *const ids[] = {"GM0437", "GM0451", "GM0736"};
    static const char *const names[] = {"Ouder-Amstel", "Uithoorn", "De Ronde Venen"};
    *s = (struct sample){.status = {.organisation = "GM0384",
                                    .name = "Diemen",
                                    .partnership = "duoplus",
                                    .version = "0.1.0",
                                    .state = "ready",
                                    .reason = "",
                                    .store_id = "0011",
                                    .events = 57,
                                    .bytes = 3 << 20,
                                    .map_bytes = 4 << 20,
                                    .commits = 12},
                         .alarms = {{"", "", ""}, {"", "", ""}}};
    for (size_t i = 0; i < SAMPLE_PEERS; i++) {
        s->peers[i] = (struct sb_status_peer){.id = ids[i],
                                              .name = names[i],
                                              .outgoing = live,
                                              .incoming = live,
                                              .their_state = "live",
                                              .their_reason = ""};
        s->heads[i] = (struct sb_status_head){ids[i], "1-00", 5, "2026-11-23T10:00:00.250Z"};
    }
    s->status.peers = s->peers;
    s->status.n_peers = SAMPLE_PEERS;
    s->status.heads = s->heads;
    s->status.n_heads = SAMPLE_PEERS;
    s->status.alarms = s->alarms;
}

char *printed(void (*print)(FILE *to, const void *context), const void *context)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    assert(to != NULL);
    print(to, context);
    assert(fclose(to) == 0);
    return text;
}
