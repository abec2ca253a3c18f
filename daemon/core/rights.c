/* Rights and rates; see rights.h. A bucket counts in millionths: a rate of one event an hour gives
 * one of them each millisecond, and SB_RATE_EVENT of them are an event, so that nothing is rounded.
 */
#include "daemon/core/rights.h"

#include <string.h>

static bool under_any(const char *topic, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sb_topic_under(topic, prefixes[i])) {
            return true;
        }
    }
    return false;
}

static bool is_addressed(const struct sb_core *c, const struct sb_in_publish *p, size_t origin)
{
    const struct sb_audience *to = p->embargoed ? &p->later : &p->audience;
    bool found = to->n == 0;
    for (size_t i = 0; i < to->n; i++) {
        found |= sb_org_eq(&to->orgs[i], &c->o.origins[origin]);
    }
    return found;
}

uint16_t sb_rights_reads_too_much(const struct sb_core *c, const struct sb_in_publish *p)
{
    bool asked = !p->by_daemon || p->reminds;
    for (size_t i = 1; asked && i < c->o.n_origins; i++) {
        const struct sb_core_partner *partner = &c->partners[i];
        if (partner->partner && partner->n_read > 0 && is_addressed(c, p, i) &&
            !under_any(p->topic, partner->read, partner->n_read)) {
            return (uint16_t)i;
        }
    }
    return 0;
}

enum sb_denied_rule sb_rights_judge(const struct sb_core *c, const struct sb_in_publish *p)
{
    const struct sb_core_client *client = &c->o.clients[p->client];
    if (p->by_daemon) {
        return SB_RULE_NONE;
    }
    if (!under_any(p->topic, client->publish, client->n_publish)) {
        return SB_RULE_PUBLISH;
    }
    return client->max_body > 0 && p->body_len > client->max_body ? SB_RULE_SIZE : SB_RULE_NONE;
}

static int64_t capacity(uint64_t rate_per_hour)
{
    int64_t most = (int64_t)rate_per_hour * SB_RATE_BURST_MS;
    return most > SB_RATE_EVENT ? most : SB_RATE_EVENT;
}

/* Time alone fills it: a wall clock that jumps, and a machine that slept, give nobody more. */
static void fill(const struct sb_core *c, uint64_t rate_per_hour, struct sb_budget_left *b)
{
    int64_t most = capacity(rate_per_hour), passed = c->now.mono_ms - b->mono_ms;
    passed = passed < INT32_MAX ? passed : INT32_MAX;
    b->left = b->begun ? b->left + passed * (int64_t)rate_per_hour : most;
    b->left = b->left < most ? b->left : most;
    b->begun = true;
    b->mono_ms = c->now.mono_ms;
}

static int64_t wait_for_one(const struct sb_core *c, uint64_t rate_per_hour,
                            struct sb_budget_left *b)
{
    fill(c, rate_per_hour, b);
    return b->left >= SB_RATE_EVENT ? 0 : (SB_RATE_EVENT - b->left) / (int64_t)rate_per_hour + 1;
}

int64_t sb_rights_wait(struct sb_core *c, uint16_t client)
{
    uint64_t rate = c->o.clients[client].rate_per_hour;
    bool any = rate == 0 || sb_planted(SB_PLANT_IGNORE_RATE);
    return any ? 0 : wait_for_one(c, rate, &c->budgets[client]);
}

static void take(struct sb_budget_left *b, int64_t parts)
{
    b->left -= parts;
    b->staged += parts;
}

void sb_rights_spend(struct sb_core *c, uint16_t client)
{
    struct sb_budget_left *b = &c->budgets[client];
    if (c->o.clients[client].rate_per_hour > 0) {
        take(b, b->left < SB_RATE_EVENT ? b->left : SB_RATE_EVENT);
    }
}

int64_t sb_rights_intake_wait(struct sb_core *c, uint16_t origin)
{
    uint64_t rate = c->partners[origin].rate_per_hour;
    bool any = rate == 0 || sb_planted(SB_PLANT_IGNORE_INTAKE);
    return any ? 0 : wait_for_one(c, rate, &c->origins[origin].intake);
}

void sb_rights_take(struct sb_core *c, uint16_t origin, size_t n)
{
    if (c->partners[origin].rate_per_hour > 0) {
        take(&c->origins[origin].intake, (int64_t)n * SB_RATE_EVENT);
    }
}

static void settle(struct sb_budget_left *b, bool committed)
{
    b->left += committed ? 0 : b->staged;
    b->staged = 0;
}

void sb_rights_settle(struct sb_core *c, bool committed)
{
    for (uint16_t i = 0; i < c->o.n_origins; i++) {
        settle(&c->origins[i].intake, committed);
    }
    for (uint16_t i = 0; i < c->o.n_clients; i++) {
        settle(&c->budgets[i], committed);
    }
}

void sb_rights_slow(struct sb_core *c, uint16_t origin, bool slowed, struct sb_effects *fx)
{
    sb_core_alarm_state(fx, SB_ALARM_FLOODING, origin, &c->origins[origin].slowed, slowed);
}

void sb_rights_begin(struct sb_core *c)
{
    memset(c->budgets, 0, SB_CLIENT_PLACES * sizeof *c->budgets);
}
