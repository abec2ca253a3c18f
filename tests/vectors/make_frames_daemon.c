/* Frames between a client and its daemon about the daemon itself: orders, what it holds, and what
 * was erased. */
#include <jansson.h>

#include "proto/wire.h"
#include "tests/vectors/chain.h"

static void add_possession(json_t *list, struct sb_arena *arena)
{
    struct sb_message m = {.type = SB_MSG_QUERY, .request = 8};
    m.query = (struct sb_query){.challenge = seeded("challenge")};
    add_frame(list, "a question for a statement of possession", &m, arena);
    m = (struct sb_message){.type = SB_MSG_POSSESSION, .request = 8};
    m.possession.statement = (struct sb_bytes){(const uint8_t *)"signed", 6};
    add_frame(list, "a statement of possession", &m, arena);
}

static void add_admin(json_t *list, struct sb_arena *arena)
{
    struct sb_message m = {.type = SB_MSG_ADMIN, .request = 8};
    m.admin = (struct sb_admin){.order = SB_ADMIN_RELOAD, .dry_run = true};
    add_frame(list, "a reload that only says what would change", &m, arena);
    m.admin = (struct sb_admin){.order = SB_ADMIN_RETRY, .peer = org_of("GM0451")};
    add_frame(list, "a partner to be called at once", &m, arena);
    m = (struct sb_message){.type = SB_MSG_ADMINISTERED, .request = 8};
    m.administered = (struct sb_administered){SB_ADMIN_DONE, "+ partner GM0451\n"};
    add_frame(list, "what a reload changed", &m, arena);
}

static void add_erasures(json_t *list, struct sb_arena *arena)
{
    struct sb_erase_item items[] = {{org_of("GM0384"), uuid_of(1)}, {org_of("GM0384"), uuid_of(2)}};
    struct sb_erasure_holder holders[] = {{org_of("GM0384"), VECTOR_TIME}, {org_of("GM0451"), {0}}};
    struct sb_erasure erasures[] = {
        {org_of("GM0384"), uuid_of(1), uuid_of(3), VECTOR_TIME, "AVG art. 17", true, holders, 2},
        {.origin = org_of("GM0451"),
         .id = uuid_of(4),
         .since = VECTOR_TIME,
         .ground = "its time was up"}};
    struct sb_message m = {.type = SB_MSG_ERASE, .request = 10};
    m.erase = (struct sb_erase){"AVG art. 17", items, 2};
    add_frame(list, "two events are to be erased", &m, arena);
    m = (struct sb_message){.type = SB_MSG_QUERY, .request = 11, .query = {.erasures = true}};
    add_frame(list, "a question for erasures", &m, arena);
    m = (struct sb_message){.type = SB_MSG_ERASURES, .request = 11};
    m.erasures = (struct sb_erasures){erasures, 2, {(const uint8_t *)"\1\2", 2}, false, true};
    add_frame(list, "one that a partner has not confirmed, and one that has expired", &m, arena);
    m.erasures = (struct sb_erasures){.end = true};
    add_frame(list, "nothing was erased, as far as is known", &m, arena);
}

void add_daemon_frames(json_t *list, struct sb_arena *arena)
{
    add_admin(list, arena);
    add_possession(list, arena);
    add_erasures(list, arena);
}
