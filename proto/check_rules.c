/* One rule for every field that a client may write, in the order of samenbus.proto. A field of the
 * schema without its rule here ends the tests. */
#include "proto/check.h"

#include <assert.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "proto/limits.h"

#include "samenbus.pb-c.h"

#define LINE(n)     .kind = SB_CHECK_LINE, .max_bytes = (n)
#define LINES(n)    .kind = SB_CHECK_LINES, .max_bytes = (n)
#define REFERENCES  .kind = SB_CHECK_REFERENCE, .distinct = true, .max_count = SB_REFERENCES_MAX
#define ORGS        .kind = SB_CHECK_ORG, .distinct = true, .max_count = SB_AUDIENCE_MAX
#define ATTACHMENTS .kind = SB_CHECK_MESSAGE, .max_count = SB_ATTACHMENTS_MAX

static const struct sb_check_rule body_rules[] = {
    {"topic", .kind = SB_CHECK_TOPIC, .required = true},
    {"time_ms", .kind = SB_CHECK_DAEMONS},
    {"publisher", .kind = SB_CHECK_DAEMONS},
    {"references", REFERENCES},
    {"agenda_item", .kind = SB_CHECK_MESSAGE},
    {"proposal", .kind = SB_CHECK_MESSAGE},
    {"position", .kind = SB_CHECK_MESSAGE},
    {"withdrawal", .kind = SB_CHECK_MESSAGE},
    {"closing", .kind = SB_CHECK_MESSAGE},
    {"notification", .kind = SB_CHECK_MESSAGE},
    {"acknowledgement", .kind = SB_CHECK_MESSAGE},
    {"custom", .kind = SB_CHECK_MESSAGE},
    {"epoch_start", .kind = SB_CHECK_DAEMONS},
    {"key_certificate", .kind = SB_CHECK_DAEMONS},
    {"erasure", .kind = SB_CHECK_DAEMONS},
    {"receipt", .kind = SB_CHECK_DAEMONS},
};

static const struct sb_check_rule attachment_rules[] = {
    {"title", LINE(SB_TITLE_MAX), .required = true},
    {"media_type", .kind = SB_CHECK_MEDIA_TYPE, .max_bytes = SB_CONTENT_TYPE_MAX},
    {"size", .kind = SB_CHECK_NUMBER},
    {"sha256", .kind = SB_CHECK_SHA256},
    {"url", .kind = SB_CHECK_URL, .max_bytes = SB_URL_MAX},
};

static const struct sb_check_rule agenda_item_rules[] = {
    {"item_id", .kind = SB_CHECK_UUID, .required = true},
    {"kind", .kind = SB_CHECK_ENUM, .required = true},
    {"title", LINE(SB_TITLE_MAX), .required = true},
    {"description", LINES(SB_TEXT_MAX)},
    {"body", .kind = SB_CHECK_ENUM},
    {"start", .kind = SB_CHECK_LOCAL_TIME},
    {"end", .kind = SB_CHECK_LOCAL_TIME},
    {"timezone", .kind = SB_CHECK_ZONE},
    {"date", .kind = SB_CHECK_DATE},
    {"location", LINE(SB_TITLE_MAX)},
    {"status", .kind = SB_CHECK_ENUM},
    {"participants", ORGS},
    {"attachments", ATTACHMENTS},
    {"disclosure", .kind = SB_CHECK_ENUM},
    {"embargo_until", .kind = SB_CHECK_TIME},
    {"secrecy_ground", LINE(SB_TITLE_MAX)},
    {"imposed_by", LINE(SB_LABEL_MAX)},
    {"liftable_by", LINE(SB_LABEL_MAX)},
    {"number", LINE(SB_LABEL_MAX)},
    {"parent", .kind = SB_CHECK_REFERENCE},
    {"portfolio_holder", LINE(SB_LABEL_MAX)},
    {"theme", LINE(SB_LABEL_MAX)},
    {"co_editors", ORGS},
    {"supersedes", REFERENCES},
};

static const struct sb_check_rule weight_rules[] = {
    {"organisation", .kind = SB_CHECK_ORG, .required = true},
    {"weight", .kind = SB_CHECK_NUMBER, .required = true},
};

static const struct sb_check_rule proposal_rules[] = {
    {"decision_id", .kind = SB_CHECK_UUID, .required = true},
    {"title", LINE(SB_TITLE_MAX), .required = true},
    {"text", LINES(SB_TEXT_MAX)},
    {"dossier", LINE(SB_LABEL_MAX)},
    {"participants", ORGS, .required = true},
    {"rule", .kind = SB_CHECK_ENUM, .required = true},
    {"weights", .kind = SB_CHECK_MESSAGE, .max_count = SB_AUDIENCE_MAX},
    {"threshold", .kind = SB_CHECK_NUMBER},
    {"tie", .kind = SB_CHECK_ENUM},
    {"chair", .kind = SB_CHECK_ORG},
    {"quorum", .kind = SB_CHECK_NUMBER},
    {"body", .kind = SB_CHECK_ENUM},
    {"deadline", .kind = SB_CHECK_DATE},
    {"date", .kind = SB_CHECK_DATE},
    {"replaces", .kind = SB_CHECK_REFERENCE},
    {"supersedes", REFERENCES},
    {"attachments", ATTACHMENTS},
};

static const struct sb_check_rule position_rules[] = {
    {"decision", .kind = SB_CHECK_REFERENCE, .required = true},
    {"revision", .kind = SB_CHECK_REFERENCE, .required = true},
    {"value", .kind = SB_CHECK_ENUM, .required = true},
    {"kind", .kind = SB_CHECK_ENUM},
    {"body", .kind = SB_CHECK_ENUM},
    {"date_taken", .kind = SB_CHECK_DATE, .required = true},
    {"conditions", LINES(SB_TEXT_MAX)},
    {"reference", LINE(SB_LABEL_MAX)},
    {"round", .kind = SB_CHECK_NUMBER},
    {"as_chair", .kind = SB_CHECK_FLAG},
    {"on_behalf_of", .kind = SB_CHECK_ORG},
};

static const struct sb_check_rule withdrawal_rules[] = {
    {"decision_id", .kind = SB_CHECK_UUID, .required = true},
    {"reason", LINES(SB_TEXT_MAX)},
    {"date", .kind = SB_CHECK_DATE},
};

static const struct sb_check_rule tip_rules[] = {
    {"origin", .kind = SB_CHECK_ORG, .required = true},
    {"counter", .kind = SB_CHECK_NUMBER, .required = true},
    {"tag", .kind = SB_CHECK_NUMBER},
    {"seq", .kind = SB_CHECK_NUMBER, .required = true},
    {"hash", .kind = SB_CHECK_BYTES, .required = true},
    {"past", .kind = SB_CHECK_FLAG},
};

static const struct sb_check_rule closing_rules[] = {
    {"decision_id", .kind = SB_CHECK_UUID, .required = true},
    {"outcome", .kind = SB_CHECK_ENUM, .required = true},
    {"date", .kind = SB_CHECK_DATE},
    {"cut", .kind = SB_CHECK_MESSAGE, .max_count = SB_CURSOR_TIPS_MAX},
};

static const struct sb_check_rule notification_rules[] = {
    {"notification_id", .kind = SB_CHECK_UUID, .required = true},
    {"severity", .kind = SB_CHECK_ENUM, .required = true},
    {"subject", LINE(SB_TITLE_MAX), .required = true},
    {"text", LINES(SB_TEXT_MAX)},
    {"addressees", ORGS},
    {"expires", .kind = SB_CHECK_TIME},
    {"requires_acknowledgement", .kind = SB_CHECK_FLAG},
};

static const struct sb_check_rule acknowledgement_rules[] = {
    {"notification", .kind = SB_CHECK_REFERENCE, .required = true},
    {"text", LINES(SB_TEXT_MAX)},
};

static const struct sb_check_rule custom_rules[] = {
    {"content_type", .kind = SB_CHECK_MEDIA_TYPE, .max_bytes = SB_CONTENT_TYPE_MAX,
     .required = true},
    {"data", .kind = SB_CHECK_BYTES, .max_bytes = SB_BODY_MAX},
};

#define TABLE(message, rules)                                                                      \
    {                                                                                              \
        &samenbus__##message##__descriptor, rules, sizeof rules / sizeof *rules                    \
    }

static const struct {
    const ProtobufCMessageDescriptor *message;
    const struct sb_check_rule *rules;
    size_t n;
} tables[] = {
    TABLE(body, body_rules),
    TABLE(custom, custom_rules),
    TABLE(agenda_item, agenda_item_rules),
    TABLE(proposal, proposal_rules),
    TABLE(position, position_rules),
    TABLE(withdrawal, withdrawal_rules),
    TABLE(closing, closing_rules),
    TABLE(notification, notification_rules),
    TABLE(acknowledgement, acknowledgement_rules),
    TABLE(attachment, attachment_rules),
    TABLE(weight, weight_rules),
    TABLE(tip, tip_rules),
};

const struct sb_check_rule *sb_check_rules(const ProtobufCMessageDescriptor *message)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i].message == message) {
            assert(tables[i].n == message->n_fields);
            return tables[i].rules;
        }
    }
    return NULL;
}
