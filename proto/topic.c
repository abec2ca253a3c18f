/* Topics: their form, their class, and what lies under a prefix. Pure: the core links this file.
 * Declared in ids.h. */
#include "proto/ids.h"

#include <string.h>

static bool is_topic_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static bool class_of(const char *segment, size_t n, enum sb_class *out)
{
    static const char *const names[] = {"agenda", "decision", "notification", "custom"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], segment, n) == 0) {
            *out = (enum sb_class)i;
            return true;
        }
    }
    return false;
}

bool sb_topic_valid(const char *topic, size_t n, enum sb_class *class_out)
{
    if (n == 0 || n > SB_TOPIC_MAX) {
        return false;
    }
    size_t segments = 1, length = 0, first = n;
    for (size_t i = 0; i < n; i++) {
        if (is_topic_char(topic[i])) {
            length++;
        } else if (topic[i] != '/' || length == 0) {
            return false;
        } else {
            first = segments == 1 ? i : first;
            segments++;
            length = 0;
        }
    }
    return length > 0 && segments >= SB_TOPIC_SEGMENTS_MIN && segments <= SB_TOPIC_SEGMENTS_MAX &&
           class_of(topic, first, class_out);
}

bool sb_topic_under(const char *topic, const char *prefix)
{
    size_t n = strlen(prefix);
    if (n > 0 && prefix[n - 1] == '/') {
        return strncmp(topic, prefix, n) == 0;
    }
    return strcmp(topic, prefix) == 0;
}
