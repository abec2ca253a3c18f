/* Finding the objects in what is to be published; see line_reader.h. */
#include "clients/command/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_BYTES = 64 * 1024 };

bool sb_line_reader_init(struct sb_line_reader *r)
{
    *r = (struct sb_line_reader){.line = 1, .cap = SB_RECORD_BYTES_MAX + 2 * CHUNK_BYTES};
    r->bytes = malloc(r->cap);
    return r->bytes != NULL;
}

void sb_line_reader_fini(struct sb_line_reader *r)
{
    free(r->bytes);
    r->bytes = NULL;
}

bool sb_line_reader_feed(struct sb_line_reader *r, int fd)
{
    memmove(r->bytes, r->bytes + r->at, r->n - r->at);
    r->n -= r->at;
    r->at = 0;
    size_t room = r->cap - r->n;
    ssize_t n = read(fd, r->bytes + r->n, room < CHUNK_BYTES ? room : CHUNK_BYTES);
    if (n < 0) {
        return errno == EINTR;
    }
    r->n += (size_t)n;
    r->ended = n == 0;
    return true;
}

/* How brackets stand after a stretch of text. */
struct brackets {
    unsigned open;
    bool quoted, escaped;
};

static void count_brackets(struct brackets *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (b->escaped) {
            b->escaped = false;
        } else if (b->quoted) {
            b->escaped = c == '\\';
            b->quoted = c != '"';
        } else if (c == '"') {
            b->quoted = true;
        } else if (c == '{' || c == '[') {
            b->open++;
        } else if ((c == '}' || c == ']') && b->open > 0) {
            b->open--;
        }
    }
}

/* Bytes of the line at `from` with its line feed; 0 when it is not complete. */
static size_t line_length(const struct sb_line_reader *r, size_t from)
{
    const char *end = from < r->n ? memchr(r->bytes + from, '\n', r->n - from) : NULL;
    if (end != NULL) {
        return (size_t)(end - (r->bytes + from)) + 1;
    }
    return r->ended ? r->n - from : 0;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0') {
            return false;
        }
    }
    return true;
}

/* The end of the record that begins at `at`; 0 when more must be read to tell. */
static size_t find_end(const struct sb_line_reader *r, unsigned *lines)
{
    struct brackets b = {0};
    size_t end = r->at;
    for (*lines = 0;; ++*lines) {
        size_t n = line_length(r, end);
        bool another = *lines > 0 && end < r->n && r->bytes[end] == '{';
        if (another || (n == 0 && r->ended)) {
            return end;
        }
        if (n == 0) {
            return 0;
        }
        count_brackets(&b, r->bytes + end, n);
        end += n;
        if (b.open == 0) { /* an open quote without a bracket is no object: it ends here as well */
            ++*lines;
            return end;
        }
    }
}

/* Passes over what is left of a line that was given up. False: more of it must be read. */
static bool skip_line(struct sb_line_reader *r)
{
    size_t n = line_length(r, r->at);
    r->at = n == 0 ? r->n : r->at + n;
    r->skipping = n == 0;
    r->line += n == 0 ? 0 : 1;
    return n != 0;
}

static bool is_too_large(const struct sb_line_reader *r, size_t end)
{
    return (end == 0 ? r->n : end) - r->at > SB_RECORD_BYTES_MAX;
}

bool sb_line_reader_next(struct sb_line_reader *r, struct sb_line_record *out)
{
    for (;;) {
        unsigned lines = 0;
        if (r->skipping && !skip_line(r)) {
            return false;
        }
        size_t end = find_end(r, &lines);
        if (is_too_large(r, end)) {
            *out = (struct sb_line_record){.line = r->line, .too_large = true};
            r->skipping = true;
            return true;
        }
        if (end == 0 || end == r->at) {
            return false;
        }
        *out = (struct sb_line_record){.text = r->bytes + r->at, .n = end - r->at, .line = r->line};
        r->at = end;
        r->line += lines;
        if (!is_blank(out->text, out->n)) {
            return true;
        }
    }
}
