/* Where in a JSON object something stands, as people write it: proposal.attachments[2].sha256. A
 * chain of places on the stack of whoever walks; the text is made only when there is something to
 * say. */
#ifndef SB_PROTO_JSON_PATH_H
#define SB_PROTO_JSON_PATH_H

#include <stddef.h>

struct ProtobufCFieldDescriptor;

enum { SB_JSON_PATH_MAX = 200 }; /* bytes of the text, with the NUL */

struct sb_json_path {
    const struct sb_json_path *up; /* NULL: a member of the outermost object */
    /* one of the three: a field, a key, or a place in a list */
    const struct ProtobufCFieldDescriptor *field;
    const char *key;
    size_t index;
};

/* Writes the path of a place; a key that came from outside is escaped and shortened. */
void sb_json_path_format(char out[static SB_JSON_PATH_MAX], const struct sb_json_path *path);

#endif
