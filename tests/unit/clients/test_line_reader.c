/* Where one object ends and the next begins, however it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/command/line_reader.h"

enum { RECORDS_MAX = 8 };

struct found {
    char *text[RECORDS_MAX];
    unsigned line[RECORDS_MAX];
    bool too_large[RECORDS_MAX];
    size_t n;
};

static void take_all(struct sb_line_reader *r, struct found *found)
{
    struct sb_line_record record;
    while (sb_line_reader_next(r, &record)) {
        assert_true(found->n < RECORDS_MAX);
        found->text[found->n] = record.too_large ? NULL : strndup(record.text, record.n);
        found->line[found->n] = record.line;
        found->too_large[found->n++] = record.too_large;
    }
}

/* Through a pipe, in pieces of `piece` bytes. */
static struct found read_text(const char *text, size_t n, size_t piece)
{
    struct sb_line_reader r;
    struct found found = {0};
    int fds[2];
    assert_true(sb_line_reader_init(&r));
    assert_int_equal(pipe(fds), 0);
    for (size_t at = 0; at < n; at += piece) {
        size_t length = n - at < piece ? n - at : piece;
        assert_int_equal(write(fds[1], text + at, length), length);
        assert_true(sb_line_reader_feed(&r, fds[0]));
        take_all(&r, &found);
    }
    close(fds[1]);
    assert_true(sb_line_reader_feed(&r, fds[0]));
    take_all(&r, &found);
    assert_true(r.ended);
    close(fds[0]);
    sb_line_reader_fini(&r);
    return found;
}

static void expect(const char *text, const char *const *records, const unsigned *lines, size_t n)
{
    for (size_t piece = 1; piece < 40; piece += 6) {
        struct found found = read_text(text, strlen(text), piece);
        assert_int_equal(found.n, n);
        for (size_t i = 0; i < n; i++) {
            assert_string_equal(found.text[i], records[i]);
            assert_int_equal(found.line[i], lines[i]);
            free(found.text[i]);
        }
    }
}

static void test_line_reader_takes_a_record_per_line(void **state)
{
    const char *const records[] = {"{\"a\":1}\n", "not json\n", "{\"b\":\"}\\\"{\"}"};
    const unsigned lines[] = {1, 2, 4};
    (void)state;
    expect("{\"a\":1}\nnot json\n \r\n{\"b\":\"}\\\"{\"}", records, lines, 3);
}

static void test_line_reader_takes_an_object_over_several_lines(void **state)
{
    const char *const records[] = {"{\n \"a\": [\n1]\n}\n", "{}\n"};
    const unsigned lines[] = {1, 5};
    (void)state;
    expect("{\n \"a\": [\n1]\n}\n{}\n", records, lines, 2);
}

static void test_line_reader_ends_a_broken_object_where_another_begins(void **state)
{
    const char *const records[] = {"{\"a\":\n", "{\"b\":2}\n", "{\"c\"\n"};
    const unsigned lines[] = {1, 2, 3};
    (void)state;
    expect("{\"a\":\n{\"b\":2}\n{\"c\"\n", records, lines, 3);
}

static void test_line_reader_passes_over_what_is_too_large(void **state)
{
    size_t n = SB_RECORD_BYTES_MAX + 300000;
    char *text = malloc(n + 4);
    (void)state;
    memset(text, 'x', n);
    memcpy(text + n, "\n{}\n", 4);
    struct found found = read_text(text, n + 4, 60000);
    assert_int_equal(found.n, 2);
    assert_true(found.too_large[0]);
    assert_int_equal(found.line[0], 1);
    assert_string_equal(found.text[1], "{}\n");
    assert_int_equal(found.line[1], 2);
    free(found.text[1]);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_reader_takes_a_record_per_line),
        cmocka_unit_test(test_line_reader_takes_an_object_over_several_lines),
        cmocka_unit_test(test_line_reader_ends_a_broken_object_where_another_begins),
        cmocka_unit_test(test_line_reader_passes_over_what_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
