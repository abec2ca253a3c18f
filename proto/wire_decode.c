/* The reading half of layout.h. Everything here is fed by strangers: a count is bounded before its
 * elements are allocated, nesting is bounded by the tables, which do not recurse, and unknown
 * fields are skipped, for a newer node may send them. */
#include "proto/wire_decode.h"

#include <assert.h>
#include <string.h>

#include "proto/pb_reader.h"
#include "proto/wire_value.h"

enum { ROWS_MAX = 24 };

static bool read_message(struct sb_wire_decoder *d, void *message, const struct sb_layout *layout,
                         struct sb_bytes bytes);

static bool malformed(struct sb_wire_decoder *d, const struct sb_field *f, const char *what)
{
    return sb_wire_refuse(d, SB_CODE_MALFORMED, f->name, what);
}

static enum sb_pb_type wire_type_of(enum sb_field_type type)
{
    if (type <= SB_FIELD_CONST) {
        return SB_PB_VARINT;
    }
    return type == SB_FIELD_FIXED64 ? SB_PB_FIXED64 : SB_PB_BYTES;
}

/* The field's place in the struct. */
static void *at_offset(void *message, size_t offset)
{
    return (uint8_t *)message + offset;
}

/* The elements' pointer, whatever its type. */
static uint8_t *load_pointer(const void *from)
{
    uint8_t *p;
    memcpy(&p, from, sizeof p);
    return p;
}

static size_t *count_of(void *message, const struct sb_field *f)
{
    return at_offset(message, f->count_offset);
}

/* The next of the elements that count_elements made room for. */
static void *next_element(void *message, const struct sb_field *f)
{
    uint8_t *elements = load_pointer(at_offset(message, f->offset));
    return elements + (*count_of(message, f))++ * f->size;
}

static bool store_packed(struct sb_wire_decoder *d, const struct sb_field *f, void *message,
                         struct sb_bytes bytes)
{
    struct sb_pb_reader r;
    uint64_t value;
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_varint(&r, &value)) {
        if (!sb_wire_store_number(d, f, next_element(message, f), value)) {
            return false;
        }
    }
    return true; /* a varint cut short was seen when they were counted */
}

static bool is_packed(const struct sb_field *f, const struct sb_pb_reader *r)
{
    return f->repeated && r->type == SB_PB_BYTES && wire_type_of(f->type) == SB_PB_VARINT;
}

static bool store_field(struct sb_wire_decoder *d, const struct sb_field *f, void *message,
                        const struct sb_pb_reader *r)
{
    if (is_packed(f, r)) {
        return store_packed(d, f, message, r->bytes);
    }
    if (r->type != wire_type_of(f->type)) {
        return malformed(d, f, "the wrong wire type");
    }
    void *to = f->repeated ? next_element(message, f) : at_offset(message, f->offset);
    if (f->type == SB_FIELD_MESSAGE) {
        return read_message(d, to, f->layout, r->bytes);
    }
    return r->type == SB_PB_BYTES ? sb_wire_store_bytes(d, f, to, r->bytes)
                                  : sb_wire_store_number(d, f, to, r->value);
}

/* Fields nearly always come in the order of the table: the search begins where the last one was. */
static const struct sb_field *find_row(const struct sb_layout *layout, uint32_t number,
                                       size_t *hint)
{
    for (size_t i = 0; i < layout->n; i++) {
        size_t at = (*hint + i) % layout->n;
        if (layout->fields[at].number == number) {
            *hint = at;
            return &layout->fields[at];
        }
    }
    return NULL;
}

static bool count_packed(size_t *count, struct sb_bytes bytes)
{
    struct sb_pb_reader r;
    uint64_t value;
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_varint(&r, &value)) {
        (*count)++;
    }
    return !r.failed;
}

/* First walk: how many elements each repeated field has. */
static bool count_elements(struct sb_wire_decoder *d, const struct sb_layout *layout,
                           struct sb_bytes bytes, size_t counts[static ROWS_MAX])
{
    struct sb_pb_reader r;
    size_t hint = 0;
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_next(&r)) {
        const struct sb_field *f = find_row(layout, r.field, &hint);
        if (f == NULL || !f->repeated) {
            continue;
        }
        if (!is_packed(f, &r)) {
            counts[hint]++;
        } else if (!count_packed(&counts[hint], r.bytes)) {
            return malformed(d, f, "a packed number is cut short");
        }
        if (counts[hint] > f->max) {
            return sb_wire_refuse(d, SB_CODE_TOO_LARGE, f->name, "too many");
        }
    }
    return !r.failed || sb_wire_refuse(d, SB_CODE_MALFORMED, layout->name, "not protobuf");
}

/* Absent texts are empty, never NULL. The rest is zero already. */
static void clear_message(void *message, const struct sb_layout *layout)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct sb_field *f = &layout->fields[i];
        if (f->type == SB_FIELD_TEXT && !f->repeated) {
            *(const char **)at_offset(message, f->offset) = "";
        } else if (f->type == SB_FIELD_MESSAGE && !f->repeated) {
            clear_message(at_offset(message, f->offset), f->layout);
        }
    }
}

static bool make_room(struct sb_wire_decoder *d, void *message, const struct sb_field *f,
                      size_t count)
{
    uint8_t *elements = count == 0 ? NULL : sb_wire_allocate(d, f->name, count * f->size);
    if (elements == NULL && count > 0) {
        return false;
    }
    if (count > 0) {
        memset(elements, 0, count * f->size);
    }
    for (size_t i = 0; f->type == SB_FIELD_MESSAGE && i < count; i++) {
        clear_message(elements + i * f->size, f->layout);
    }
    memcpy(at_offset(message, f->offset), &elements, sizeof elements);
    *count_of(message, f) = 0;
    return true;
}

static bool make_rooms(struct sb_wire_decoder *d, void *message, const struct sb_layout *layout,
                       struct sb_bytes bytes)
{
    size_t counts[ROWS_MAX] = {0};
    if (!count_elements(d, layout, bytes, counts)) {
        return false;
    }
    for (size_t i = 0; i < layout->n; i++) {
        const struct sb_field *f = &layout->fields[i];
        if (f->repeated && !make_room(d, message, f, counts[i])) {
            return false;
        }
    }
    return true;
}

static bool is_present(const struct sb_pb_reader *r)
{
    return r->type == SB_PB_BYTES ? r->bytes.n > 0 : r->value != 0;
}

static bool finish_message(struct sb_wire_decoder *d, void *message, const struct sb_layout *layout,
                           uint32_t seen)
{
    for (size_t i = 0; i < layout->n; i++) {
        if (layout->fields[i].required && (seen >> i & 1) == 0) {
            return malformed(d, &layout->fields[i], "missing");
        }
    }
    const char *complaint = layout->finish == NULL ? NULL : layout->finish(message);
    return complaint == NULL || sb_wire_refuse(d, SB_CODE_MALFORMED, layout->name, complaint);
}

static bool read_message(struct sb_wire_decoder *d, void *message, const struct sb_layout *layout,
                         struct sb_bytes bytes)
{
    struct sb_pb_reader r;
    size_t hint = 0;
    uint32_t seen = 0, met = 0;
    assert(layout->n <= ROWS_MAX);
    if (!make_rooms(d, message, layout, bytes)) {
        return false;
    }
    sb_pb_reader_init(&r, bytes);
    while (sb_pb_next(&r)) {
        const struct sb_field *f = find_row(layout, r.field, &hint);
        if (f == NULL) {
            continue;
        }
        uint32_t bit = 1U << hint;
        if (f->type == SB_FIELD_MESSAGE && !f->repeated && (met & bit) != 0) {
            return malformed(d, f, "is there twice");
        }
        if (!store_field(d, f, message, &r)) {
            return false;
        }
        met |= bit;
        seen = is_present(&r) ? seen | bit : seen & ~bit; /* the last one counts */
    }
    return finish_message(d, message, layout, seen);
}

enum sb_code sb_wire_read(void *message, const struct sb_layout *layout, struct sb_bytes bytes,
                          struct sb_arena *arena, char *why, size_t why_cap)
{
    struct sb_wire_decoder d = {.arena = arena, .why = why, .why_cap = why_cap};
    clear_message(message, layout);
    (void)read_message(&d, message, layout, bytes);
    return d.code;
}
