/* Sorting the agenda; see agenda_order.h. Two entries are compared where their ways from the top
 * part. */
#include "clients/command/agenda_order.h"

#include <string.h>

enum { PARENTS_FOLLOWED_MAX = 64 };

/* ---- parents */

static const struct sb_agenda_entry *find(const struct sb_agenda_entry *entries, size_t n,
                                          const struct sb_reference *of)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct sb_reference *at = &entries[middle].view->item;
        int order = memcmp(at->id.b, of->id.b, sizeof of->id.b);
        order = order != 0 ? order : sb_org_cmp(&at->org, &of->org);
        if (order == 0) {
            return &entries[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static const struct sb_agenda_entry *find_parent(const struct sb_agenda_entry *entries, size_t n,
                                                 const struct sb_agenda_entry *of)
{
    const struct sb_reference *parent = &of->view->winner->agenda_item.parent;
    return sb_uuid_is_zero(&parent->id) ? NULL : find(entries, n, parent);
}

struct sb_date sb_agenda_entry_day(const struct sb_agenda_entry *entry)
{
    while (!sb_date_given(entry->own_day) && entry->parent != NULL) {
        entry = entry->parent;
    }
    return entry->own_day;
}

static bool stands_behind_parent(const struct sb_agenda_entry *entry)
{
    struct sb_date day = entry->own_day;
    return entry->parent != NULL &&
           (!sb_date_given(day) || day.days == sb_agenda_entry_day(entry->parent).days);
}

void sb_agenda_link(struct sb_agenda_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sb_agenda_entry *at = &entries[i];
        unsigned depth = 0;
        while (depth <= PARENTS_FOLLOWED_MAX && (at = find_parent(entries, n, at)) != NULL) {
            depth++;
        }
        bool circle = depth > PARENTS_FOLLOWED_MAX; /* then nobody is above anybody */
        entries[i].depth = circle ? 0 : depth;
        entries[i].parent = circle ? NULL : find_parent(entries, n, &entries[i]);
        entries[i].own_day = sb_agenda_day(&entries[i].view->winner->agenda_item);
    }
    for (size_t i = 0; i < n; i++) {
        entries[i].above = stands_behind_parent(&entries[i]) ? entries[i].parent : NULL;
    }
}

/* ---- comparing */

static int compare_bytes(struct sb_bytes a, struct sb_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The digits that begin here without leading zeros, taken off. */
static struct sb_bytes take_digits(struct sb_bytes *text)
{
    struct sb_bytes digits = {text->p, 0};
    while (digits.n < text->n && is_digit(text->p[digits.n])) {
        digits.n++;
    }
    text->p += digits.n;
    text->n -= digits.n;
    while (digits.n > 1 && digits.p[0] == '0') {
        digits.p++;
        digits.n--;
    }
    return digits;
}

/* 2 before 10, 1.4C before 1.10; what has no number comes last. */
static int compare_numbers(struct sb_bytes a, struct sb_bytes b)
{
    if (a.n == 0 || b.n == 0) {
        return (a.n == 0) - (b.n == 0);
    }
    while (a.n > 0 && b.n > 0) {
        if (is_digit(a.p[0]) && is_digit(b.p[0])) {
            struct sb_bytes x = take_digits(&a), y = take_digits(&b);
            int order = (x.n > y.n) - (x.n < y.n);
            order = order != 0 ? order : memcmp(x.p, y.p, x.n);
            if (order != 0) {
                return order;
            }
        } else if (a.p[0] != b.p[0]) {
            return a.p[0] < b.p[0] ? -1 : 1;
        } else {
            a = (struct sb_bytes){a.p + 1, a.n - 1};
            b = (struct sb_bytes){b.p + 1, b.n - 1};
        }
    }
    return (a.n > 0) - (b.n > 0);
}

static int by_time(const struct sb_agenda_entry *x, const struct sb_agenda_entry *y)
{
    int order =
        compare_bytes(x->view->winner->agenda_item.start, y->view->winner->agenda_item.start);
    return order != 0 ? order : sb_reference_cmp(&x->view->item, &y->view->item);
}

static int by_day(const struct sb_agenda_entry *x, const struct sb_agenda_entry *y)
{
    struct sb_date at = x->own_day, other = y->own_day;
    if (sb_date_given(at) != sb_date_given(other)) {
        return sb_date_given(at) ? -1 : 1;
    }
    if (at.days != other.days) {
        return at.days < other.days ? -1 : 1;
    }
    return by_time(x, y);
}

static int by_number(const struct sb_agenda_entry *x, const struct sb_agenda_entry *y)
{
    int order =
        compare_numbers(x->view->winner->agenda_item.number, y->view->winner->agenda_item.number);
    return order != 0 ? order : by_time(x, y);
}

/* From the top down to the entry itself; returns how many. */
static size_t list_way(const struct sb_agenda_entry *entry,
                       const struct sb_agenda_entry *way[static PARENTS_FOLLOWED_MAX + 1])
{
    size_t n = 0;
    for (const struct sb_agenda_entry *at = entry; at != NULL; at = at->above) {
        n++;
    }
    size_t i = n;
    for (const struct sb_agenda_entry *at = entry; at != NULL; at = at->above) {
        way[--i] = at;
    }
    return n;
}

int sb_agenda_entry_cmp(const void *a, const void *b)
{
    const struct sb_agenda_entry *x[PARENTS_FOLLOWED_MAX + 1], *y[PARENTS_FOLLOWED_MAX + 1];
    size_t n = list_way(*(const struct sb_agenda_entry *const *)a, x);
    size_t m = list_way(*(const struct sb_agenda_entry *const *)b, y);
    for (size_t i = 0; i < n && i < m; i++) {
        if (x[i] != y[i]) {
            return i == 0 ? by_day(x[i], y[i]) : by_number(x[i], y[i]);
        }
    }
    return (n > m) - (n < m);
}
