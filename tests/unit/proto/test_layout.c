/* The tables of the wire against the schema: every field of samenbus.proto that a frame can carry
 * has a row of the same number, name and kind, and no row has no field. The codes and faults that
 * people see are compared with the schema too. */
#include "proto/layout.h"

#include <ctype.h>
#include <protobuf-c/protobuf-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "proto/client_message.h"
#include "proto/segment.h"

#define MESSAGE(name) samenbus__##name##__descriptor
extern const ProtobufCMessageDescriptor MESSAGE(hello), MESSAGE(frontier), MESSAGE(want),
    MESSAGE(events), MESSAGE(view), MESSAGE(summary_request), MESSAGE(summary),
    MESSAGE(want_bodies), MESSAGE(bodies), MESSAGE(frontier_request), MESSAGE(broadcast),
    MESSAGE(refusal), MESSAGE(publish), MESSAGE(results), MESSAGE(subscribe), MESSAGE(deliver),
    MESSAGE(credit), MESSAGE(unsubscribe), MESSAGE(fetch), MESSAGE(fetched), MESSAGE(query),
    MESSAGE(answer), MESSAGE(evidence), MESSAGE(holders), MESSAGE(consume), MESSAGE(consumers),
    MESSAGE(admin), MESSAGE(administered), MESSAGE(erase), MESSAGE(erasures), MESSAGE(possession),
    MESSAGE(said), MESSAGE(happenings), MESSAGE(body);
extern const ProtobufCEnumDescriptor samenbus__code__descriptor, samenbus__body_state__descriptor;

static const struct {
    const struct sb_layout *layout;
    const ProtobufCMessageDescriptor *schema;
} PAIRS[] = {
    {&sb_layout_hello, &MESSAGE(hello)},
    {&sb_layout_frontier, &MESSAGE(frontier)},
    {&sb_layout_want, &MESSAGE(want)},
    {&sb_layout_events, &MESSAGE(events)},
    {&sb_layout_view, &MESSAGE(view)},
    {&sb_layout_summary_request, &MESSAGE(summary_request)},
    {&sb_layout_summary, &MESSAGE(summary)},
    {&sb_layout_want_bodies, &MESSAGE(want_bodies)},
    {&sb_layout_bodies, &MESSAGE(bodies)},
    {&sb_layout_frontier_request, &MESSAGE(frontier_request)},
    {&sb_layout_broadcast, &MESSAGE(broadcast)},
    {&sb_layout_refusal, &MESSAGE(refusal)},
    {&sb_layout_publish, &MESSAGE(publish)},
    {&sb_layout_results, &MESSAGE(results)},
    {&sb_layout_subscribe, &MESSAGE(subscribe)},
    {&sb_layout_deliver, &MESSAGE(deliver)},
    {&sb_layout_credit, &MESSAGE(credit)},
    {&sb_layout_unsubscribe, &MESSAGE(unsubscribe)},
    {&sb_layout_fetch, &MESSAGE(fetch)},
    {&sb_layout_fetched, &MESSAGE(fetched)},
    {&sb_layout_query, &MESSAGE(query)},
    {&sb_layout_answer, &MESSAGE(answer)},
    {&sb_layout_evidence, &MESSAGE(evidence)},
    {&sb_layout_holders, &MESSAGE(holders)},
    {&sb_layout_consume, &MESSAGE(consume)},
    {&sb_layout_consumers, &MESSAGE(consumers)},
    {&sb_layout_happenings, &MESSAGE(happenings)},
    {&sb_layout_admin, &MESSAGE(admin)},
    {&sb_layout_administered, &MESSAGE(administered)},
    {&sb_layout_possession, &MESSAGE(possession)},
    {&sb_layout_said, &MESSAGE(said)},
    {&sb_layout_erase, &MESSAGE(erase)},
    {&sb_layout_erasures, &MESSAGE(erasures)},
};

static bool same_kind(const struct sb_field *row, const ProtobufCFieldDescriptor *field)
{
    switch (row->type) {
    case SB_FIELD_U32: return field->type == PROTOBUF_C_TYPE_UINT32;
    case SB_FIELD_U64: return field->type == PROTOBUF_C_TYPE_UINT64;
    case SB_FIELD_I64: return field->type == PROTOBUF_C_TYPE_INT64;
    case SB_FIELD_BOOL: return field->type == PROTOBUF_C_TYPE_BOOL;
    case SB_FIELD_ENUM: return field->type == PROTOBUF_C_TYPE_ENUM;
    case SB_FIELD_CONST:
        return field->type == PROTOBUF_C_TYPE_UINT32 || field->type == PROTOBUF_C_TYPE_ENUM;
    case SB_FIELD_FIXED64: return field->type == PROTOBUF_C_TYPE_FIXED64;
    case SB_FIELD_FIXED_BYTES:
    case SB_FIELD_CHECKPOINT:
    case SB_FIELD_SALT:
    case SB_FIELD_BYTES:
    case SB_FIELD_LINK: return field->type == PROTOBUF_C_TYPE_BYTES;
    case SB_FIELD_ORG:
    case SB_FIELD_TEXT:
    case SB_FIELD_CHARS: return field->type == PROTOBUF_C_TYPE_STRING;
    case SB_FIELD_MESSAGE: return field->type == PROTOBUF_C_TYPE_MESSAGE;
    }
    return false;
}

static void compare(const struct sb_layout *layout, const ProtobufCMessageDescriptor *schema)
{
    assert_string_equal(layout->name, schema->short_name);
    if (layout->n != schema->n_fields) {
        fail_msg("%s has %u fields in the schema", layout->name, schema->n_fields);
    }
    for (size_t i = 0; i < layout->n; i++) {
        const struct sb_field *row = &layout->fields[i];
        const ProtobufCFieldDescriptor *field = &schema->fields[i]; /* in order of number */
        bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
        if (row->number != field->id || !same_kind(row, field) || row->repeated != repeated) {
            fail_msg("%s.%s is not as in the schema", layout->name, field->name);
        }
        if (row->type == SB_FIELD_MESSAGE) {
            compare(row->layout, (const ProtobufCMessageDescriptor *)field->descriptor);
        }
        assert_true(!repeated || row->max > 0);
        assert_true(row->type != SB_FIELD_TEXT || row->max_bytes > 0);
    }
}

static void test_every_table_is_as_the_schema_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        compare(PAIRS[i].layout, PAIRS[i].schema);
    }
}

/* "CODE_ID_CONFLICT" and "id_conflict" */
static void assert_same_name(const char *in_schema, const char *prefix, const char *ours)
{
    char lower[64];
    size_t skip = strlen(prefix), n = strlen(in_schema);
    assert_true(strncmp(in_schema, prefix, skip) == 0 && n - skip < sizeof lower);
    for (size_t i = skip; i <= n; i++) {
        lower[i - skip] = (char)tolower((unsigned char)in_schema[i]);
    }
    assert_string_equal(lower, ours);
}

static void test_codes_and_states_are_those_of_the_schema(void **state)
{
    const ProtobufCEnumDescriptor *codes = &samenbus__code__descriptor;
    const ProtobufCEnumDescriptor *states = &samenbus__body_state__descriptor;
    (void)state;
    assert_int_equal(codes->values[codes->n_values - 1].value, SB_CODE_COUNT - 1);
    unsigned named = 0; /* numbers may be left out */
    for (int code = 0; code < SB_CODE_COUNT; code++) {
        named += strcmp(sb_code_name((enum sb_code)code), "unknown") != 0;
    }
    assert_int_equal(codes->n_values, named);
    for (size_t i = 0; i < codes->n_values; i++) {
        enum sb_code code = (enum sb_code)codes->values[i].value;
        assert_same_name(codes->values[i].name, "CODE_", sb_code_name(code));
        assert_true(strlen(sb_code_sentence(code)) > 10);
    }
    assert_string_equal(sb_code_name(SB_CODE_COUNT), "unknown");
    assert_int_equal(states->n_values, SB_BODY_HIDDEN + 1);
    for (size_t i = 1; i < states->n_values; i++) {
        assert_same_name(states->values[i].name, "BODY_STATE_",
                         sb_body_state_name((enum sb_body_state)states->values[i].value));
    }
}

static void test_contents_are_those_of_the_schema(void **state)
{
    size_t contents = 0;
    (void)state;
    for (unsigned i = 0; i < MESSAGE(body).n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &MESSAGE(body).fields[i];
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) {
            continue;
        }
        const char *name = sb_content_name((enum sb_content)field->id);
        assert_int_equal(tolower((unsigned char)name[0]), field->name[0]);
        assert_true(strlen(name) > 0);
        contents++;
    }
    assert_int_equal(contents, 12);
    assert_string_equal(sb_content_name(SB_CONTENT_AGENDA_ITEM), "agendaItem");
    assert_string_equal(sb_content_name(SB_CONTENT_NONE), "");
    assert_string_equal(sb_content_name((enum sb_content)99), "");
}

static void test_faults_have_names_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < SB_FAULT_COUNT; i++) {
        assert_true(strlen(sb_fault_sentence((enum sb_fault)i)) > 10);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(sb_fault_name((enum sb_fault)i),
                                    sb_fault_name((enum sb_fault)j));
        }
    }
    assert_string_equal(sb_fault_name(SB_FAULT_BAD_LINK), "bad_link");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_is_as_the_schema_says),
        cmocka_unit_test(test_codes_and_states_are_those_of_the_schema),
        cmocka_unit_test(test_contents_are_those_of_the_schema),
        cmocka_unit_test(test_faults_have_names_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
