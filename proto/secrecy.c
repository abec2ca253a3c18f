/* Looks at one field, without unpacking the rest; see secrecy.h. */
#include "proto/secrecy.h"

#include "proto/body.h"
#include "proto/pb_reader.h"

enum { ITEM_DISCLOSURE = 14, SECRET = 3 };

bool sb_secrecy_imposed(struct sb_bytes submission)
{
    struct sb_body_head head;
    struct sb_pb_reader r;
    uint64_t disclosure = 0;
    if (!sb_body_head_read(&head, submission) || head.content != SB_CONTENT_AGENDA_ITEM) {
        return false;
    }
    sb_pb_reader_init(&r, head.content_bytes);
    while (sb_pb_next(&r)) {
        disclosure = r.field == ITEM_DISCLOSURE ? r.value : disclosure;
    }
    return !r.failed && disclosure == SECRET;
}
