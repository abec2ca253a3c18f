/* Organisations that nobody knows; see nearest.h. */
#include "clients/command/nearest.h"

#include <string.h>

#include "clients/command/talk.h"
#include "proto/suggest.h"

enum { ANSWER_MS = 5000 };

bool sb_nearest_knows(const struct sb_status *status, const char *org)
{
    struct sb_suggestion near = {.word = org, .n = strlen(org)};
    bool known = strcmp(org, status->organisation) == 0;
    sb_suggest_offer(&near, status->organisation);
    for (size_t i = 0; i < status->n_peers; i++) {
        known |= strcmp(org, status->peers[i].id) == 0;
        sb_suggest_offer(&near, status->peers[i].id);
    }
    for (size_t i = 0; i < status->n_heads; i++) { /* former partners too */
        known |= strcmp(org, status->heads[i].origin) == 0;
    }
    if (!known) {
        sb_talk("%s is no organisation of this partnership%s%s%s", org,
                near.best != NULL ? "; did you mean " : "", near.best != NULL ? near.best : "",
                near.best != NULL ? "?" : "");
    }
    return known;
}

void sb_nearest_ask(struct sb_client *client, const char *org)
{
    const struct sb_status *status;
    struct sb_err err = {0};
    if (sb_client_status(client, ANSWER_MS, &status, &err) == SB_OK) {
        (void)sb_nearest_knows(status, org);
    }
}

void sb_nearest_connect(const struct sb_args *args, const char *orgs)
{
    struct sb_client *client;
    if (sb_talk_open(args, ANSWER_MS, &client) != SB_EXIT_OK) {
        return;
    }
    for (const char *at = orgs; *at != '\0'; at += *at == ',') {
        char org[SB_ORG_MAX + 1];
        size_t n = strcspn(at, ",");
        (void)snprintf(org, sizeof org, "%.*s", (int)n, at);
        sb_nearest_ask(client, org);
        at += n;
    }
    sb_client_close(client);
}
