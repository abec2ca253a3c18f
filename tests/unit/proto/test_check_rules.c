/* The table of rules against the schema: a field without its rule, a rule in the wrong place, a
 * name that the JSON could not write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <protobuf-c/protobuf-c.h>

#include "proto/check.h"
#include "proto/schema.h"

/* Of the generated code, which only proto/ sees, this is where everything hangs. */
extern const ProtobufCMessageDescriptor samenbus__body__descriptor;

/* What the member of a content consists of: "proposal", "rule"; the content itself with NULL. */
static const void *part(const char *content, const char *member)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&samenbus__body__descriptor, content);
    assert_non_null(field);
    if (member == NULL) {
        return field->descriptor;
    }
    field = protobuf_c_message_descriptor_get_field_by_name(field->descriptor, member);
    assert_non_null(field);
    return field->descriptor;
}

static bool fits(const ProtobufCFieldDescriptor *field, enum sb_check_kind kind)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: return kind < SB_CHECK_TEXT_KINDS || kind == SB_CHECK_DAEMONS;
    case PROTOBUF_C_TYPE_ENUM: return kind == SB_CHECK_ENUM;
    case PROTOBUF_C_TYPE_BOOL: return kind == SB_CHECK_FLAG;
    case PROTOBUF_C_TYPE_BYTES: return kind == SB_CHECK_BYTES;
    case PROTOBUF_C_TYPE_MESSAGE: return kind == SB_CHECK_MESSAGE || kind == SB_CHECK_DAEMONS;
    default: return kind == SB_CHECK_NUMBER || kind == SB_CHECK_DAEMONS;
    }
}

/* Every message that a client can reach from a Body. */
static unsigned check_tables(const ProtobufCMessageDescriptor *message)
{
    const struct sb_check_rule *rules = sb_check_rules(message);
    unsigned checked = 0;
    assert_non_null(rules);
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        bool free_text = rules[i].kind == SB_CHECK_LINE || rules[i].kind == SB_CHECK_LINES;
        assert_string_equal(rules[i].field, field->name);
        assert_true(fits(field, rules[i].kind));
        assert_int_equal(rules[i].max_count > 0, field->label == PROTOBUF_C_LABEL_REPEATED);
        assert_true(!free_text || rules[i].max_bytes > 0);
        if (rules[i].kind == SB_CHECK_MESSAGE) {
            checked += check_tables(field->descriptor);
        }
    }
    return checked + 1;
}

static void test_rules_match_the_schema(void **state)
{
    (void)state;
    assert_true(check_tables(&samenbus__body__descriptor) >= 12);
    assert_null(sb_check_rules(part("epoch_start", NULL)));
}

static void expect_name(const ProtobufCMessageDescriptor *message, const char *snake,
                        const char *camel)
{
    char name[SB_SCHEMA_NAME_MAX];
    const ProtobufCFieldDescriptor *field = sb_schema_field(message, camel);
    assert_non_null(field);
    assert_ptr_equal(field, sb_schema_field(message, snake));
    sb_schema_field_name(name, field);
    assert_string_equal(name, camel);
}

static void test_schema_names_of_fields(void **state)
{
    (void)state;
    expect_name(part("agenda_item", NULL), "item_id", "itemId");
    expect_name(part("agenda_item", "attachments"), "sha256", "sha256");
    expect_name(part("notification", NULL), "requires_acknowledgement", "requiresAcknowledgement");
    assert_null(sb_schema_field(part("agenda_item", NULL), "itemid"));
    assert_null(sb_schema_field(part("agenda_item", NULL), ""));
}

static void expect_values(const ProtobufCEnumDescriptor *values, const char *list)
{
    char all[SB_SCHEMA_LIST_MAX];
    sb_schema_list_values(all, values);
    assert_string_equal(all, list);
}

/* What the manual writes, for every enum that a client may write. */
static void test_schema_names_of_values(void **state)
{
    (void)state;
    expect_values(part("position", "body"),
                  "council, college, mayor, board, portfolio_holders, other");
    expect_values(part("agenda_item", "disclosure"), "public, closed, secret, embargoed");
    expect_values(part("agenda_item", "kind"), "meeting, item, deadline, forward_agenda");
    expect_values(part("agenda_item", "status"), "planned, confirmed, postponed, cancelled, held");
    expect_values(part("proposal", "rule"),
                  "consultation, consent_all, majority, two_thirds, weighted");
    expect_values(part("proposal", "tie"), "rejected, postponed, revote_then_chair");
    expect_values(part("position", "value"),
                  "in_favour, in_favour_with_conditions, against, consent_withheld, "
                  "view_submitted, no_view, abstained, deferred, not_taken, information_only");
    expect_values(part("position", "kind"), "view, consent, vote, wishes");
    expect_values(part("closing", "outcome"),
                  "open, adopted, adopted_with_conditions, not_adopted, lapsed, withdrawn, "
                  "superseded, unclear");
    expect_values(part("notification", "severity"), "information, attention, urgent");
}

static void test_schema_values_read_back(void **state)
{
    (void)state;
    const ProtobufCEnumDescriptor *values = part("position", "value");
    char name[SB_SCHEMA_NAME_MAX];
    int value;
    for (int i = 1; i <= 10; i++) {
        assert_true(sb_schema_value_name(name, values, i));
        assert_true(sb_schema_value(&value, values, name));
        assert_int_equal(value, i);
    }
    assert_false(sb_schema_value_name(name, values, 0));
    assert_false(sb_schema_value_name(name, values, 11));
    assert_false(sb_schema_value(&value, values, "unspecified"));
    assert_false(sb_schema_value(&value, values, "IN_FAVOUR"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_match_the_schema),
        cmocka_unit_test(test_schema_names_of_fields),
        cmocka_unit_test(test_schema_names_of_values),
        cmocka_unit_test(test_schema_values_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
