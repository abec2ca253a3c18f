/* Who lacked which right, in words; see rights.h. */
#include "daemon/shell/rights.h"

#include <stdio.h>
#include <string.h>

#include "daemon/shell/node_internal.h"
#include "daemon/shell/outbox.h"

enum { PREFIXES_BYTES = SB_NODE_TEXT_MAX, SENTENCE_BYTES = 3 * SB_NODE_TEXT_MAX };

const char *sb_rights_list(const char *const *prefixes, size_t n_prefixes, char *out, size_t size)
{
    enum { MORE = 32 };
    size_t n = 0;
    snprintf(out, size, "nothing");
    for (size_t i = 0; i < n_prefixes; i++) {
        if (n + strlen(prefixes[i]) + MORE > size) {
            snprintf(out + n, size - n, " and %zu more", n_prefixes - i);
            break;
        }
        n += (size_t)snprintf(out + n, size - n, "%s%s", i == 0 ? "" : ", ", prefixes[i]);
    }
    return out;
}

static const char *keep(struct sb_node *node, const char *text)
{
    return (const char *)sb_arena_copy(&node->arena, text, strlen(text)).p;
}

static void say_rate(char out[static SENTENCE_BYTES], const char *who, uint64_t per_hour,
                     int64_t wait_ms)
{
    bool seconds = per_hour % 3600 == 0, minutes = per_hour % 60 == 0;
    snprintf(out, SENTENCE_BYTES,
             "client %s may publish %llu events per %s: its `rate` under `clients` in "
             "samenbusd.yaml; nothing was published, try again in %lld ms",
             who,
             (unsigned long long)(seconds   ? per_hour / 3600
                                  : minutes ? per_hour / 60
                                            : per_hour),
             seconds   ? "second"
             : minutes ? "minute"
                       : "hour",
             (long long)wait_ms);
}

/* The sentence for the client, and the rule for the log. */
static const char *explain(const struct sb_node *node, const struct sb_in_publish *p,
                           const struct sb_effect *fx, char out[static SENTENCE_BYTES])
{
    char list[PREFIXES_BYTES];
    const struct sb_core_client *client = &node->clients[p->client];
    const char *who = sb_people_name(node, SB_IDENTITY_CLIENT + (uint32_t)p->client);
    const char *topic = p->topic == NULL ? "" : p->topic;
    switch (fx->ack.denial.rule) {
    case SB_RULE_NONE: break;
    case SB_RULE_PUBLISH:
        snprintf(out, SENTENCE_BYTES,
                 "client %s may not publish to %s: its `publish` under `clients` in "
                 "samenbusd.yaml names %s",
                 who, topic, sb_rights_list(client->publish, client->n_publish, list, sizeof list));
        return "denied: clients.publish names no prefix of this topic";
    case SB_RULE_SIZE:
        snprintf(out, SENTENCE_BYTES,
                 "an event of %u bytes; client %s may publish %u at most: its `max_body` under "
                 "`clients` in samenbusd.yaml",
                 p->body_len, who, client->max_body);
        return "denied: larger than clients.max_body";
    case SB_RULE_RATE:
        say_rate(out, who, client->rate_per_hour, fx->ack.denial.wait_ms);
        return "denied: more often than clients.rate";
    case SB_RULE_PARTNER_READ:
        snprintf(out, SENTENCE_BYTES,
                 "partner %s may not be given %s: its `read` under `peers` in samenbusd.yaml does "
                 "not name it; give an `audience` without %s",
                 sb_people_name(node, fx->ack.denial.about), topic,
                 sb_people_name(node, fx->ack.denial.about));
        return "denied: peers.read of a partner in the audience names no prefix of this topic";
    }
    out[0] = '\0';
    return "denied";
}

void sb_rights_refuse(struct sb_node *node, const struct sb_step *step, struct sb_effect *refusal)
{
    char what[SB_NODE_TEXT_MAX], text[SENTENCE_BYTES];
    const struct sb_in_publish *p = &step->in.publish;
    const char *rule = explain(node, p, refusal, text);
    snprintf(what, sizeof what, "publish %s", p->topic == NULL ? "" : p->topic);
    sb_people_deny(node, SB_IDENTITY_CLIENT + (uint32_t)p->client, what, rule);
    refusal->ack.text = keep(node, text);
}

bool sb_rights_under(const char *topic, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sb_topic_under(topic, prefixes[i])) {
            return true;
        }
    }
    return false;
}

bool sb_rights_topic(char out[static SB_TOPIC_MAX + 1], struct sb_bytes body)
{
    struct sb_body_head head;
    if (!sb_body_head_read(&head, body) || head.topic.n == 0 || head.topic.n > SB_TOPIC_MAX) {
        return false;
    }
    memcpy(out, head.topic.p, head.topic.n);
    out[head.topic.n] = '\0';
    return true;
}

bool sb_rights_subscribe(struct sb_node *node, uint16_t client, uint32_t session, uint32_t request,
                         const char *const *topics, size_t n_topics)
{
    const struct sb_core_client *rights = &node->clients[client];
    char list[PREFIXES_BYTES], text[SENTENCE_BYTES], what[SB_NODE_TEXT_MAX];
    for (size_t i = 0; rights->n_read > 0 && i < n_topics; i++) {
        const char *topic = topics[i];
        if (sb_rights_under(topic, rights->read, rights->n_read)) {
            continue;
        }
        const uint32_t identity = SB_IDENTITY_CLIENT + (uint32_t)client;
        snprintf(text, sizeof text,
                 "client %s may not read %s: its `read` under `clients` in samenbusd.yaml names %s",
                 sb_people_name(node, identity), topic,
                 sb_rights_list(rights->read, rights->n_read, list, sizeof list));
        snprintf(what, sizeof what, "subscribe %s", topic);
        sb_people_deny(node, identity, what, "denied: clients.read names no prefix of this topic");
        sb_last_word_say(node, session, request, SB_CODE_NOT_ALLOWED, text);
        return false;
    }
    return true;
}
