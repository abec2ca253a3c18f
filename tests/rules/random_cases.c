/* random-rules FIRST COUNT prints random sets of events with the views that the rules of proto/
 * give, one case per line, for another implementation to compare itself with. */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/proto/rules_case.h"
#include "tests/unit/proto/rules_random.h"

static const char *text_of(const json_t *one, const char *key)
{
    return json_string_value(json_object_get(one, key));
}

static const char *view_of(struct rules_case *c, const json_t *one, const char *at)
{
    return text_of(one, "decision") != NULL ? rules_case_decision(c, text_of(one, "decision"), at)
           : text_of(one, "item") != NULL
               ? rules_case_agenda(c, text_of(one, "item"))
               : rules_case_notification(c, text_of(one, "notification"), at);
}

static void print_case(uint64_t seed)
{
    json_t *one = rules_random_case(seed), *views = json_array();
    const json_t *ask = json_object_get(one, "ask");
    struct rules_case c;
    rules_case_load(&c, one);
    for (size_t i = 0; i < json_array_size(ask); i++) {
        const char *at = json_string_value(json_array_get(ask, i));
        json_t *view = json_loads(view_of(&c, one, at), 0, NULL);
        assert(view != NULL);
        json_array_append_new(views, json_pack("{s:s, s:o}", "at", at, "view", view));
    }
    json_object_set_new(one, "views", views);
    char *line = json_dumps(one, JSON_COMPACT);
    assert(line != NULL);
    puts(line);
    free(line);
    rules_case_fini(&c);
    json_decref(one);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: random-rules FIRST COUNT\n");
        return 64;
    }
    uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        print_case(first + i);
    }
    return ferror(stdout) ? 1 : 0;
}
