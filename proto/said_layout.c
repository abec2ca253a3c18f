/* The answer to "what was said about this?" as tables (PROTOCOL §8.6). */
#include "proto/said.h"

#include "proto/layout.h"
#include "proto/limits.h"

enum { PLACES_MAX = 16 * SB_SAID_MAX };

static const char *check_chains(const struct sb_said_answer *said)
{
    for (size_t i = 0; i < said->n_chains; i++) {
        for (size_t k = 0; k < said->chains[i].n_parents; k++) {
            if (said->chains[i].parents[k].chain >= said->n_chains) {
                return "a parent on a chain that is not in it";
            }
        }
    }
    return NULL;
}

static const char *finish_said(void *message)
{
    const struct sb_said_answer *said = message;
    for (size_t i = 0; i < said->n_links; i++) {
        if (said->links[i].chain >= said->n_chains) {
            return "a link on a chain that is not in it";
        }
    }
    for (size_t i = 0; i < said->n_items; i++) {
        if (said->items[i].chain >= said->n_chains) {
            return "an event on a chain that is not in it";
        }
        if (said->items[i].item.salt == NULL) {
            return "an event without its salt";
        }
    }
    return check_chains(said);
}

static const struct sb_field PLACE[] = {
    SB_ROW(1, U32, sb_said_place, chain),
    SB_ROW(2, U64, sb_said_place, seq),
};
static const struct sb_layout PLACE_LAYOUT = SB_LAYOUT("SaidPlace", PLACE);

static const struct sb_field CHAIN[] = {
    SB_ROW(1, ORG, sb_said_chain, origin, .required = true),
    SB_ROW(2, U32, sb_said_chain, epoch.counter, .required = true),
    SB_ROW(3, FIXED64, sb_said_chain, epoch.tag),
    SB_ROW(4, U64, sb_said_chain, first),
    SB_ROW(5, U64, sb_said_chain, last),
    SB_ROWS(6, MESSAGE, sb_said_chain, parents, n_parents, PLACES_MAX, .layout = &PLACE_LAYOUT),
    SB_ROW(7, U32, sb_said_chain, branch),
};
static const struct sb_layout CHAIN_LAYOUT = SB_LAYOUT("SaidChain", CHAIN);

static const struct sb_field LINK[] = {
    SB_ROW(1, U32, sb_said_link, chain),
    SB_ROW(2, U64, sb_said_link, seq),
    SB_ROW(3, FIXED_BYTES, sb_said_link, hash, .required = true),
    SB_ROW(4, BOOL, sb_said_link, head),
    SB_ROW(5, CHARS, sb_said_link, epoch_text),
};
static const struct sb_layout LINK_LAYOUT = SB_LAYOUT("SaidLink", LINK);

static const struct sb_field ITEM[] = {
    SB_ROW(1, U32, sb_said_item, chain),
    SB_ROW(2, LINK, sb_said_item, item, .required = true),
    SB_ROW(3, SALT, sb_said_item, item.salt),
    SB_ROW(4, BYTES, sb_said_item, item.body),
};
static const struct sb_layout ITEM_LAYOUT = SB_LAYOUT("SaidItem", ITEM);

static const struct sb_field SAID[] = {
    SB_ROWS(1, MESSAGE, sb_said_answer, chains, n_chains, PLACES_MAX, .layout = &CHAIN_LAYOUT),
    SB_ROWS(2, MESSAGE, sb_said_answer, links, n_links, PLACES_MAX, .layout = &LINK_LAYOUT),
    SB_ROWS(3, MESSAGE, sb_said_answer, items, n_items, SB_SAID_MAX, .layout = &ITEM_LAYOUT),
    SB_ROW(4, BOOL, sb_said_answer, complete),
    SB_ROW(5, BYTES, sb_said_answer, next),
    SB_ROW(6, BOOL, sb_said_answer, end),
};
const struct sb_layout sb_layout_said = SB_LAYOUT("Said", SAID, .finish = finish_said);
