/* Cursors; see cursor.h. The text:
 *     samenbus-cursor-1
 *     at STORE OFFSET
 *     tip ORIGIN COUNTER-TAG SEQ HASH        one per epoch */
#include "clients/lib/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/lib/samenbus_consumer.h"

enum { TAG_DIGITS = 16, LINE_MAX_BYTES = 256 };

static const char FIRST_LINE[] = "samenbus-cursor-1";

void sb_cursor_fini(struct sb_cursor *cursor)
{
    free(cursor->tips);
    *cursor = (struct sb_cursor){0};
}

static int compare_place(const struct sb_tip *tip, const struct sb_org *origin,
                         struct sb_epoch epoch)
{
    int order = sb_org_cmp(&tip->origin, origin);
    return order != 0 ? order : sb_epoch_cmp(tip->epoch, epoch);
}

/* The index of the first tip that is not before this place. */
static size_t find_place(const struct sb_cursor *cursor, const struct sb_org *origin,
                         struct sb_epoch epoch)
{
    size_t low = 0, high = cursor->n_tips;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_place(&cursor->tips[middle], origin, epoch) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The oldest epoch of the origin at `at`, which may be the one that comes. */
static size_t forget_oldest(struct sb_cursor *cursor, size_t at, const struct sb_org *origin)
{
    size_t first = at < cursor->n_tips ? at : cursor->n_tips - 1;
    while (first > 0 && sb_org_eq(&cursor->tips[first - 1].origin, origin)) {
        first--;
    }
    cursor->n_tips--;
    memmove(&cursor->tips[first], &cursor->tips[first + 1],
            (cursor->n_tips - first) * sizeof *cursor->tips);
    return first < at ? at - 1 : at;
}

static enum sb_rc insert_tip(struct sb_cursor *cursor, size_t at, const struct sb_tip *tip)
{
    if (cursor->n_tips == SB_CURSOR_TIPS_MAX) {
        at = forget_oldest(cursor, at, &tip->origin);
    }
    if (cursor->n_tips == cursor->cap) {
        size_t cap = cursor->cap == 0 ? 16 : 2 * cursor->cap;
        struct sb_tip *grown = realloc(cursor->tips, cap * sizeof *grown);
        if (grown == NULL) {
            return SB_E_NOMEM;
        }
        cursor->tips = grown;
        cursor->cap = cap;
    }
    memmove(&cursor->tips[at + 1], &cursor->tips[at], (cursor->n_tips - at) * sizeof *cursor->tips);
    cursor->tips[at] = *tip;
    cursor->n_tips++;
    return SB_OK;
}

enum sb_rc sb_cursor_take(struct sb_cursor *cursor, const struct sb_tip *tip)
{
    size_t at = find_place(cursor, &tip->origin, tip->epoch);
    if (at == cursor->n_tips || compare_place(&cursor->tips[at], &tip->origin, tip->epoch) != 0) {
        return insert_tip(cursor, at, tip);
    }
    if (tip->seq.n > cursor->tips[at].seq.n) { /* a cursor never goes back */
        cursor->tips[at] = *tip;
    }
    return SB_OK;
}

enum sb_rc sb_cursor_pass(struct sb_cursor *cursor, const struct sb_item *item)
{
    struct sb_tip tip = {.origin = item->link.origin,
                         .epoch = item->link.epoch,
                         .seq = item->link.seq,
                         .hash = sb_link_hash_bytes(item->link_bytes.p, item->link_bytes.n)};
    return sb_cursor_take(cursor, &tip);
}

bool sb_cursor_has(const struct sb_cursor *cursor, const struct sb_link *link)
{
    size_t at = find_place(cursor, &link->origin, link->epoch);
    return at < cursor->n_tips &&
           compare_place(&cursor->tips[at], &link->origin, link->epoch) == 0 &&
           cursor->tips[at].seq.n >= link->seq.n;
}

/* ---- text */

char *sb_cursor_print(const struct sb_cursor *cursor)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    if (out == NULL) {
        return NULL;
    }
    fprintf(out, "%s\nat %s %" PRIu64 "\n", FIRST_LINE, cursor->store[0] ? cursor->store : "-",
            cursor->offset.n);
    for (size_t i = 0; i < cursor->n_tips; i++) {
        const struct sb_tip *tip = &cursor->tips[i];
        char epoch[SB_EPOCH_TEXT_MAX], hash[2 * sizeof tip->hash.b + 1];
        sb_epoch_format(epoch, tip->epoch, TAG_DIGITS);
        sb_hex_encode(hash, tip->hash.b, sizeof tip->hash.b);
        fprintf(out, "tip %s %s %" PRIu64 " %s\n", tip->origin.s, epoch, tip->seq.n, hash);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static bool parse_tip(struct sb_tip *out, const char *line)
{
    char origin[SB_ORG_MAX + 2], epoch[SB_EPOCH_TEXT_MAX + 1], hash[2 * sizeof out->hash.b + 2];
    unsigned digits;
    int end = 0;
    *out = (struct sb_tip){0};
    return sscanf(line, "tip %33s %28s %" SCNu64 " %65s%n", origin, epoch, &out->seq.n, hash,
                  &end) == 4 &&
           line[end] == '\0' && sb_org_parse(&out->origin, origin, strlen(origin)) &&
           sb_epoch_parse(&out->epoch, &digits, epoch, strlen(epoch)) && digits == TAG_DIGITS &&
           sb_hex_decode(out->hash.b, sizeof out->hash.b, hash, strlen(hash));
}

static bool parse_at(struct sb_cursor *out, const char *line)
{
    int end = 0;
    bool ok = sscanf(line, "at %63s %" SCNu64 "%n", out->store, &out->offset.n, &end) == 2 &&
              line[end] == '\0';
    if (ok && strcmp(out->store, "-") == 0) {
        out->store[0] = '\0';
    }
    return ok;
}

static enum sb_rc parse_line(struct sb_cursor *out, unsigned number, const char *line,
                             struct sb_err *err)
{
    struct sb_tip tip;
    bool ok = number == 1   ? strcmp(line, FIRST_LINE) == 0
              : number == 2 ? parse_at(out, line)
                            : parse_tip(&tip, line);
    if (!ok) {
        return sb_err_set(err, SB_E_INPUT, "not a cursor: line %u: %.40s", number,
                          number == 1 ? "it begins with samenbus-cursor-1" : "not of its form");
    }
    if (number > 2 && sb_cursor_take(out, &tip) != SB_OK) {
        return sb_err_set(err, SB_E_NOMEM, "no memory");
    }
    return SB_OK;
}

enum sb_rc sb_cursor_parse(struct sb_cursor *out, const char *text, struct sb_err *err)
{
    unsigned number = 0;
    enum sb_rc rc = SB_OK;
    while (rc == SB_OK && *text != '\0') {
        char line[LINE_MAX_BYTES];
        size_t n = strcspn(text, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line), text);
        rc = parse_line(out, ++number, line, err);
        text += n + (text[n] == '\n' ? 1 : 0);
    }
    if (rc == SB_OK && number < 2) {
        rc = sb_err_set(err, SB_E_INPUT, "not a cursor: it has no second line");
    }
    return rc;
}

char *sb_consumer_cursor_text(const struct sb_consumer *consumer)
{
    const struct sb_cursor cursor = {.tips = consumer->cursor, .n_tips = consumer->n_cursor};
    return sb_cursor_print(&cursor);
}

enum sb_rc sb_consumer_cursor_read(struct sb_tip **tips, size_t *n, const char *text,
                                   struct sb_err *err)
{
    struct sb_cursor cursor = {.store = ""};
    enum sb_rc rc = sb_cursor_parse(&cursor, text, err);
    if (rc != SB_OK) {
        sb_cursor_fini(&cursor);
        return rc;
    }
    *tips = cursor.tips;
    *n = cursor.n_tips;
    return SB_OK;
}
