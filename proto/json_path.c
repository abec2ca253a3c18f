/* A place in a JSON object as text. No allocation. */
#include "proto/json_path.h"

#include <stdio.h>
#include <string.h>

#include "proto/schema.h"
#include "proto/text.h"

enum { KEY_SHOWN_MAX = 40 };

static size_t format_place(char *out, size_t cap, const struct sb_json_path *path)
{
    size_t at = path->up == NULL ? 0 : format_place(out, cap, path->up);
    char name[SB_SCHEMA_NAME_MAX];
    const char *dot = at == 0 ? "" : ".";
    int n;
    if (path->field != NULL) {
        sb_schema_field_name(name, path->field);
        n = snprintf(out + at, cap - at, "%s%s", dot, name);
    } else if (path->key != NULL) {
        sb_text_escape(name, KEY_SHOWN_MAX,
                       (struct sb_bytes){(const uint8_t *)path->key, strlen(path->key)});
        n = snprintf(out + at, cap - at, "%s%s", dot, name);
    } else {
        n = snprintf(out + at, cap - at, "[%zu]", path->index);
    }
    return n < 0 || (size_t)n >= cap - at ? cap - 1 : at + (size_t)n;
}

void sb_json_path_format(char out[static SB_JSON_PATH_MAX], const struct sb_json_path *path)
{
    out[0] = '\0';
    format_place(out, SB_JSON_PATH_MAX, path);
}
